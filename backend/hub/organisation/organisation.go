// Package organisation keeps the organisation's configuration as it is now: it
// sets it up at the first start, executes changes, and tells who follows it.
package organisation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	org "parley/backend/config"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// Options of a Live. All but those with a default must be set.
type Options struct {
	Engine *engine.Engine
	// Wish is what the configuration file wants the organisation to be. It is
	// set up with it at the first start.
	Wish org.Organisation
	// Follow makes it the wish again at each start as long as nobody but the hub
	// has changed it; a demo does.
	Follow bool
	// Offline leaves the organisation as it is found, even if there is none.
	Offline bool
	// Pinned are queues that the hub's own settings need, and what does.
	Pinned map[id.Queue]string
	Logger *slog.Logger // default slog.Default
}

// Live is the organisation as it is now. Its methods are safe for concurrent use.
type Live struct {
	o       Options
	log     *slog.Logger
	streams *engine.Streams[org.State, org.Command, org.Event]
	cancel  func() // ends the subscription
	stop    chan struct{}
	wake    chan struct{} // holds one: the view is new
	work    sync.WaitGroup

	view atomic.Pointer[View]

	mu       sync.Mutex
	state    *org.State
	before   *org.State    // the state before it; nil at first
	changed  chan struct{} // closed and replaced with each new view
	watchers []*watcher
}

type watcher struct{ tell func(*View) }

// Open reads the organisation, and sets it up if there is none. Close it.
func Open(ctx context.Context, o Options) (*Live, error) {
	l := &Live{o: o, log: o.Logger, stop: make(chan struct{}), wake: make(chan struct{}, 1), changed: make(chan struct{})}
	if l.log == nil {
		l.log = slog.Default()
	}
	l.view.Store(NewView(&org.State{}))
	l.streams = engine.NewStreams(o.Engine, l.core(), 1)
	l.mu.Lock() // what comes meanwhile is folded after what was there
	l.cancel = o.Engine.Subscribe(l.receive)
	state, err := l.streams.State(ctx, org.StreamID)
	if err == nil {
		l.state = state
		l.publish()
	}
	l.mu.Unlock()
	if err == nil && !o.Offline {
		err = l.begin(ctx)
	}
	if err != nil {
		l.cancel()
		return nil, fmt.Errorf("read the organisation: %w", err)
	}
	told := l.View()
	l.work.Go(func() { l.tell(told) })
	return l, nil
}

// Close ends following. Views that were given out stay good.
func (l *Live) Close() {
	l.cancel()
	close(l.stop)
	l.work.Wait()
}

func (l *Live) core() engine.Core[org.State, org.Command, org.Event] {
	return engine.Core[org.State, org.Command, org.Event]{
		Kind: eventlog.Config, Apply: (*org.State).Apply, Clone: (*org.State).Clone, Encode: org.Encode,
		Decide: func(_ string, s *org.State, c org.Command, now time.Time) ([]org.Event, time.Time, error) {
			events, err := org.Decide(s, c, org.Env{Pinned: l.o.Pinned})
			return events, now, err
		},
		Head:   func(s *org.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *org.State, events []org.Event, c eventlog.Stored) { s.Record(c, events) },
	}
}

// Actor is who the hub is in the log when it sets up the organisation.
const Actor = "hub"

// begin sets up an organisation that is not there yet. Of one that is another
// than the file wants, it is told how to see and apply the difference.
func (l *Live) begin(ctx context.Context) error {
	now := l.View()
	if now.Rev == 0 || (l.o.Follow && now.By == Actor) {
		wish := org.Replace{Origin: org.Origin{Via: org.ViaStart}, Rev: now.Rev, Organisation: l.o.Wish}
		_, err := l.Execute(ctx, engine.FollowUp("configure", id.New()), Actor, wish)
		if err != nil {
			return fmt.Errorf("set up the organisation: %w", err)
		}
	}
	now = l.View()
	for queue, by := range l.o.Pinned {
		if _, there := now.Organisation.Queue(queue); !there {
			if l.o.Follow {
				return l.again(ctx)
			}
			return fmt.Errorf("%s sends conversations to the queue %s, which the organisation does not have; run: parley-hub config apply FILE --data DIR", by, queue)
		}
	}
	if steps := org.Diff(now.Organisation, l.o.Wish); len(steps) > 0 && !l.o.Follow {
		l.log.Warn("the organisation is another than its configuration file wants; to see how, run: parley-hub config plan FILE --hub URL --user USER", "differences", len(steps), "revision", now.Rev)
	}
	return nil
}

// again sets a demo up anew that lacks what its own settings need, because it is
// from an earlier version and somebody has changed it.
func (l *Live) again(ctx context.Context) error {
	wish := org.Replace{Origin: org.Origin{Via: org.ViaStart}, Rev: l.View().Rev, Organisation: l.o.Wish}
	if _, err := l.Execute(ctx, engine.FollowUp("configure", id.New()), Actor, wish); err != nil {
		return fmt.Errorf("set up the organisation: %w", err)
	}
	l.log.Warn("the demo's organisation lacked a queue that its deployments need, and was set up anew")
	return nil
}

// View is the organisation now. It never changes; take a new one each time.
func (l *Live) View() *View { return l.view.Load() }

// Watch calls tell with the view after each change, on a goroutine of its own;
// of changes that come quickly, only the last.
func (l *Live) Watch(tell func(*View)) (cancel func()) {
	w := &watcher{tell}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, w)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, other := range l.watchers {
			if other == w {
				l.watchers = append(l.watchers[:i:i], l.watchers[i+1:]...)
				return
			}
		}
	}
}

// Execute executes a command, and returns when View shows what came of it.
// Errors are those of config.Decide and of the engine.
func (l *Live) Execute(ctx context.Context, cmd id.Command, actor string, c org.Command) (engine.Result, error) {
	r, err := l.streams.Execute(ctx, "", org.StreamID, cmd, actor, c)
	if err != nil {
		return r, err
	}
	return r, l.wait(ctx, r.Rev)
}

// wait returns when the view shows a revision.
func (l *Live) wait(ctx context.Context, rev uint64) error {
	for {
		l.mu.Lock()
		changed, there := l.changed, l.state.Rev >= rev
		l.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receive folds commits as they come.
func (l *Live) receive(c *engine.Commit) {
	if c.Stream.Kind != eventlog.Config {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == nil || c.Rev <= l.state.Rev {
		return
	}
	next := l.state.Clone()
	if err := next.Apply(c.Stored); err != nil {
		l.log.Error("a change of the organisation cannot be followed; start the hub again", "revision", c.Rev, "error", err)
		return
	}
	l.before, l.state = l.state, next
	l.publish()
}

// publish shows the state to all. l.mu is held.
func (l *Live) publish() {
	l.view.Store(NewView(l.state))
	close(l.changed)
	l.changed = make(chan struct{})
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// tell tells the watchers what is newer than told.
func (l *Live) tell(told *View) {
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		view := l.View()
		if view == told {
			continue
		}
		told = view
		l.mu.Lock()
		watchers := l.watchers
		l.mu.Unlock()
		for _, w := range watchers {
			w.tell(view)
		}
	}
}

// Changes lists what changed after a revision, oldest first.
func (l *Live) Changes(ctx context.Context, after uint64) ([]Change, error) {
	var out []Change
	stream := eventlog.Stream{Kind: eventlog.Config, ID: org.StreamID}
	for c, err := range l.o.Engine.Read(ctx, stream, after) {
		if err != nil {
			return nil, fmt.Errorf("read what changed: %w", err)
		}
		change := Change{Rev: c.Rev, At: c.At, By: c.Actor}
		for _, e := range c.Events {
			if ref := org.About(org.Decode(e)); ref != (org.Ref{}) {
				change.About = append(change.About, ref)
			}
		}
		out = append(out, change)
	}
	return out, nil
}

// Plan says what a command would change in a view, or why it may not. Nothing
// happens.
func (l *Live) Plan(v *View, c org.Replace) ([]org.Step, error) {
	if _, err := org.Decide(v.State, c, org.Env{Pinned: l.o.Pinned}); err != nil {
		return nil, err
	}
	next := c.Organisation.Clone()
	next.Complete()
	return org.Diff(v.Organisation, next), nil
}

// StepsOf tells what the change to a revision was.
func (l *Live) StepsOf(ctx context.Context, rev uint64) ([]org.Step, error) {
	l.mu.Lock()
	before, after := l.before, l.state
	l.mu.Unlock()
	if before == nil || before.Rev+1 != rev || after.Rev != rev {
		var err error
		if before, after, err = l.around(ctx, rev); err != nil {
			return nil, fmt.Errorf("read what changed: %w", err)
		}
	}
	return org.Diff(before.Organisation, after.Organisation), nil
}

// around folds the states before and after a revision.
func (l *Live) around(ctx context.Context, rev uint64) (before, after *org.State, err error) {
	before, after = &org.State{}, &org.State{}
	for c, err := range l.o.Engine.Read(ctx, eventlog.Stream{Kind: eventlog.Config, ID: org.StreamID}, 0) {
		if err != nil {
			return nil, nil, err
		}
		if err := after.Apply(c); err != nil {
			return nil, nil, err
		}
		if c.Rev == rev {
			break
		}
		if err := before.Apply(c); err != nil {
			return nil, nil, err
		}
	}
	return before, after, ctx.Err()
}

// Change is one commit, in short.
type Change struct {
	Rev   uint64
	At    time.Time
	By    string // the actor
	About []org.Ref
}

// Stale tells whether an error says that somebody else was faster.
func Stale(err error) bool { return errors.Is(err, org.ErrStale) || errors.Is(err, engine.ErrBusy) }
