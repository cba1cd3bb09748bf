package channels

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
)

// lane is what goes out on one account: contacts beside each other, each
// contact's messages in their order. Accounts never wait for each other.
type lane struct {
	h     *Hub
	a     *account
	slots chan struct{} // holds one for each call under way

	mu       sync.Mutex
	contacts map[id.Contact]*waiting
	open     map[id.Message]id.Conversation // messages that are not settled
	until    time.Time                      // nothing is called before
	stopped  string                         // why nothing is called
	secrets  string                         // fingerprint when it was stopped
	changed  chan struct{}                  // closed when it goes on
}

// waiting are a contact's tasks, in order.
type waiting struct {
	jobs []func()
	idle chan struct{} // closed when there are none
}

// callsAtOnce is how many calls an account makes at a time.
const callsAtOnce = 8

func newLane(h *Hub, a *account) *lane {
	return &lane{
		h: h, a: a, slots: make(chan struct{}, callsAtOnce), contacts: map[id.Contact]*waiting{},
		open: map[id.Message]id.Conversation{}, changed: make(chan struct{}),
	}
}

// add queues a task behind the contact's others.
func (l *lane) add(c id.Contact, job func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.contacts[c]
	if w != nil {
		w.jobs = append(w.jobs, job)
		return
	}
	w = &waiting{jobs: []func(){job}, idle: make(chan struct{})}
	l.contacts[c] = w
	l.h.work.Go(func() { l.run(c, w) })
}

func (l *lane) run(c id.Contact, w *waiting) {
	for {
		l.mu.Lock()
		if len(w.jobs) == 0 {
			delete(l.contacts, c)
			close(w.idle)
			l.mu.Unlock()
			return
		}
		job := w.jobs[0]
		w.jobs = w.jobs[1:]
		l.mu.Unlock()
		job()
	}
}

// settled returns when nothing of a contact is under way, or after a while.
func (l *lane) settled(ctx context.Context, c id.Contact, most time.Duration) {
	l.mu.Lock()
	w := l.contacts[c]
	l.mu.Unlock()
	if w == nil {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-w.idle:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// track notes that a message is under way, or is settled.
func (l *lane) track(m id.Message, conv id.Conversation, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if open {
		l.open[m] = conv
		return
	}
	delete(l.open, m)
}

func (l *lane) conversationOf(m id.Message) (id.Conversation, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	conv, ok := l.open[m]
	return conv, ok
}

// hold lets nothing be called before a time.
func (l *lane) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) {
		l.until = until
	}
}

// trouble stops the account until one of its secrets is another, or the hub is
// started again.
func (l *lane) trouble(reason string) {
	l.mu.Lock()
	first := l.stopped == ""
	l.stopped, l.secrets = reason, l.a.fingerprint()
	l.mu.Unlock()
	if first {
		l.h.log.Error("an account is stopped and needs its administrator; it goes on when one of its secrets changes or the hub is started again",
			"channel", l.a.Kind, "account", l.a.ID, "reason", reason)
	}
}

// Troubles say in words which accounts are stopped, and why.
func (h *Hub) Troubles() []string {
	var out []string
	for _, e := range h.endpoints {
		for _, name := range sortedKeys(e.accounts) {
			l := h.accounts[accountKey{e.config.Kind, name}].lane
			l.mu.Lock()
			if l.stopped != "" {
				out = append(out, string(e.config.Kind)+" account "+name+": "+l.stopped)
			}
			l.mu.Unlock()
		}
	}
	return out
}

// lookAgain is how often a stopped account's secrets are looked at.
const lookAgain = 5 * time.Second

// watch goes on with a stopped account once its secrets change.
func (l *lane) watch() {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-l.h.ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		stopped, secrets := l.stopped, l.secrets
		l.mu.Unlock()
		if stopped == "" || l.a.fingerprint() == secrets {
			continue
		}
		l.mu.Lock()
		l.stopped = ""
		close(l.changed)
		l.changed = make(chan struct{})
		l.mu.Unlock()
		l.h.log.Info("an account has new secrets and goes on", "channel", l.a.Kind, "account", l.a.ID)
	}
}

// clear returns once the account may call, and no earlier than at.
func (l *lane) clear(ctx context.Context, at time.Time) error {
	for {
		l.mu.Lock()
		stopped, until, changed := l.stopped, l.until, l.changed
		l.mu.Unlock()
		if at.After(until) {
			until = at
		}
		wait := until.Sub(l.h.now())
		switch {
		case stopped != "":
			select {
			case <-changed:
			case <-ctx.Done():
				return ctx.Err()
			}
		case wait <= 0:
			return ctx.Err()
		default:
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			}
		}
	}
}

// free tells whether the account may call now: what can be lost does not wait.
func (l *lane) free() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped == "" && !l.until.After(l.h.now())
}

// errNoCall: a connector gave a step that the hub cannot do.
var errNoCall = errors.New("the connector gave no call")

// perform does a task to its end. With a journal it goes on where the task was
// left, and the error of an ended ctx leaves it there.
func (h *Hub) perform(ctx context.Context, a *account, t channel.Task, j *journal) (channel.Receipt, error) {
	return h.performWith(ctx, a, t, j, nil)
}

func (h *Hub) performWith(ctx context.Context, a *account, t channel.Task, j *journal, take sink) (channel.Receipt, error) {
	var done []channel.Exchange
	if j != nil {
		if j.open { // killed between a call and its answer
			if err := j.finish(channel.Exchange{Err: "the hub was stopped before the answer came", At: h.now()}); err != nil {
				return channel.Receipt{}, err
			}
		}
		done = j.done
	}
	for {
		step, err := a.connector.Next(a.Account, t, done, h.now())
		switch {
		case err != nil:
			return channel.Receipt{}, err
		case step.Done != nil:
			if step.Done.Trouble != "" {
				a.lane.trouble(step.Done.Trouble)
			}
			return *step.Done, nil
		case step.Call == nil:
			return channel.Receipt{}, errNoCall
		}
		if err := h.wait(ctx, a, step, done); err != nil {
			return channel.Receipt{}, err
		}
		x, err := h.exchange(ctx, a, *step.Call, j, take)
		if err != nil {
			return channel.Receipt{}, err
		}
		x.Step = step
		done = append(done, x)
	}
}

// wait does what a step asks for before it is done.
func (h *Hub) wait(ctx context.Context, a *account, step channel.Step, done []channel.Exchange) error {
	var at time.Time
	if step.After > 0 && len(done) > 0 {
		// A little more than was asked for, so that not all come back at once.
		at = done[len(done)-1].At.Add(step.After + time.Duration(rand.Int64N(int64(step.After)/10+1)))
		if step.Hold == channel.HoldAccount {
			a.lane.hold(at)
		}
	}
	return a.lane.clear(ctx, at)
}

// exchange makes one call and writes down before that it will, and after what
// came of it.
func (h *Hub) exchange(ctx context.Context, a *account, c channel.Call, j *journal, take sink) (channel.Exchange, error) {
	select {
	case a.lane.slots <- struct{}{}:
		defer func() { <-a.lane.slots }()
	case <-ctx.Done():
		return channel.Exchange{}, ctx.Err()
	}
	if j != nil {
		if err := j.begin(h.now()); err != nil {
			return channel.Exchange{}, err
		}
	}
	x := h.call(ctx, a, c, take)
	if x.Err != "" && !x.Unsent && ctx.Err() != nil {
		return x, ctx.Err() // the journal says that it began: the next start reckons with it
	}
	if j != nil {
		if err := j.finish(x); err != nil {
			return x, err
		}
	}
	return x, ctx.Err()
}
