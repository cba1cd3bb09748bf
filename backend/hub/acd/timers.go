package acd

import (
	"context"
	"errors"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// timerKind says what runs out.
type timerKind int

const (
	alertTimer  timerKind = iota
	workTimer             // after-call work
	parkTimer             //
	meantTimer            // waiting for one agent
	silentTimer           // a connected conversation without a word
	lapseTimer            // a reservation that no communication uses
)

// timer is when something runs out. Those that no longer apply are dropped when
// they are due.
type timer struct {
	at            time.Time
	kind          timerKind
	conversation  id.Conversation
	communication id.Communication // of a lapse: the reservation's name
	agent         id.Agent         // of a lapse, or who is waited for
	// early says that the clock was put back: what is due is so by the time that
	// passed, not by the clock.
	early bool
}

func (t timer) before(u timer) bool {
	switch {
	case !t.at.Equal(u.at):
		return t.at.Before(u.at)
	case t.kind != u.kind:
		return t.kind < u.kind
	case t.conversation != u.conversation:
		return t.conversation < u.conversation
	case t.communication != u.communication:
		return t.communication < u.communication
	case t.agent != u.agent:
		return t.agent < u.agent
	}
	return !t.early && u.early
}

// due turns what has become due into actions.
func (r *Router) due(now time.Time) {
	for r.timers.Len() > 0 && !r.timers.First().at.After(now) {
		t := r.timers.First()
		r.timers.Drop(t)
		if t.kind == lapseTimer {
			r.lapse(t)
		} else if o := r.conversations[t.conversation]; o != nil {
			r.expire(o, t)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, since := range r.gone {
		if now.Sub(since) < r.o.Grace {
			continue
		}
		delete(r.gone, a)
		if s := r.agents[a]; s != nil && online(s) {
			r.onAgent(id.Command(id.New()), a, agent.SetPresence{Presence: agent.Offline, Reason: "disconnected"})
		}
	}
}

// expire ends what a conversation's timer says has run out, if it still stands.
func (r *Router) expire(o *open, t timer) {
	c := t.communication
	current := o.leg.communication == c
	switch t.kind {
	case alertTimer:
		switch {
		case o.phase != conversation.Alerting || !current:
		case t.early:
			r.withdraw(o) // nobody can be told that it ran out: by the clock it has not
		default:
			r.onTime(t, engine.FollowUp("expire", string(c)), conversation.ExpireAlert{Communication: c})
		}
	case workTimer:
		if _, open := o.wrapping[c]; open {
			r.onTime(t, engine.FollowUp("acw", string(c)), conversation.ExpireACW{Communication: c})
		}
	case parkTimer:
		if o.phase == conversation.Aside && current && !o.leg.until.After(r.o.Engine.Now()) {
			r.onTime(t, engine.FollowUp("unpark", string(c)), conversation.ExpirePark{Communication: c})
		}
	case meantTimer:
		if o.phase == conversation.Waiting && o.meant == t.agent && o.meantTill.Equal(t.at) {
			r.onConversation(id.Command(id.New()), o.id, conversation.OpenToAll{For: t.agent})
		}
	case silentTimer:
		if o.phase == conversation.Talking && current && o.leg.silent.Equal(t.at) {
			r.actions = append(r.actions, action{what: "silence:" + string(c), do: func(ctx context.Context) (engine.Result, error) {
				return r.silence(ctx, o)
			}})
		}
	case lapseTimer:
	}
}

// onTime does what a timer says. If the clock was put back meanwhile, it is too
// early and tried again.
func (r *Router) onTime(t timer, cmd id.Command, c conversation.Command) {
	r.actions = append(r.actions, action{what: string(cmd), do: func(ctx context.Context) (engine.Result, error) {
		result, err := r.o.Engine.Conversation(ctx, t.conversation, cmd, Actor, c)
		if errors.Is(err, conversation.ErrNotDue) {
			t.at = r.o.Engine.Now().Add(time.Second)
			r.timers.Add(t)
			return engine.Result{Nothing: true}, nil
		}
		return result, err
	}})
}

// listen looks after the silence of a connected conversation whose queue has a
// rule about it.
func (r *Router) listen(o *open) {
	if o.phase == conversation.Talking && o.leg.silent.IsZero() {
		r.hush(o, r.o.Engine.Now().Add(r.inactivity(o.queue)))
	}
}

// hush looks after it at a time.
func (r *Router) hush(o *open, at time.Time) {
	o.leg.silent = time.Time{}
	if r.inactivity(o.queue) > 0 {
		o.leg.silent = at
		r.timers.Add(timer{at: at, kind: silentTimer, conversation: o.id, communication: o.leg.communication})
	}
}

func (r *Router) inactivity(q id.Queue) time.Duration {
	if r.organisation.Queue == nil {
		return 0
	}
	return r.organisation.Queue(q).Inactivity
}

// silence does what the queue's rule says if nobody has said anything for long
// enough, and otherwise looks again when that may be so.
func (r *Router) silence(ctx context.Context, o *open) (engine.Result, error) {
	s, err := r.o.Engine.ConversationState(ctx, o.id)
	if err != nil {
		return engine.Result{}, err
	}
	now := r.o.Engine.Now()
	later := now.Add(r.inactivity(o.queue))
	at := s.InactiveAt(r.organisation.Queue(o.queue))
	if at.IsZero() { // a contact waits: not before an answer, and then for as long
		at = later
	}
	if now.Before(at) {
		r.hush(o, at)
		return engine.Result{Nothing: true}, nil
	}
	c := o.leg.communication
	result, err := r.o.Engine.Conversation(ctx, o.id, engine.FollowUp("inactive", string(c)), Actor, conversation.ExpireInactive{Communication: c})
	if result.Nothing || errors.Is(err, conversation.ErrNotDue) {
		r.hush(o, later)
		return engine.Result{Nothing: true}, nil
	}
	return result, err
}

// tick notes how the clock went, beside the time that passed. A clock that was
// put back must not keep anybody waiting for as long again.
func (r *Router) tick(now time.Time) {
	passed := time.Now()
	back := passed.Sub(r.passed) - now.Sub(r.clock)
	if r.clock.IsZero() {
		back = 0
	}
	r.passed, r.clock = passed, now
	if back < time.Second {
		return
	}
	r.log.Warn("the clock was put back", "by", back)
	for _, alerts := range r.alerts {
		for o := range alerts {
			r.timers.Add(timer{
				at: o.leg.until.Add(-back), kind: alertTimer, conversation: o.id, communication: o.leg.communication, early: true,
			})
		}
	}
	r.retryAt = r.retryAt.Add(-back)
	r.mu.Lock()
	for a, since := range r.gone {
		r.gone[a] = since.Add(-back)
	}
	r.mu.Unlock()
	r.changed = true
}

// nextTime is when to wake without being woken.
func (r *Router) nextTime() (time.Time, bool) {
	var next time.Time
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if r.timers.Len() > 0 {
		earlier(r.timers.First().at)
	}
	if at, ok := r.board.Next(); ok {
		earlier(at)
	}
	r.mu.Lock()
	behind := r.received < r.ahead
	for _, since := range r.gone {
		earlier(since.Add(r.o.Grace))
	}
	r.mu.Unlock()
	if behind {
		return time.Time{}, false // the feed will wake us
	}
	if r.o.Engine.Now().Before(r.retryAt) { // the log is in trouble
		if len(r.actions) > 0 || r.changed {
			next = r.retryAt
		}
		if !next.IsZero() && next.Before(r.retryAt) {
			next = r.retryAt
		}
	}
	return next, !next.IsZero()
}
