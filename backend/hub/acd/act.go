package acd

import (
	"container/heap"
	"context"
	"errors"
	"maps"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/routing"
)

// action is a command that follows from something that happened. It is tried
// until the log takes it or the core says that it no longer applies.
type action struct {
	id           id.Command
	conversation id.Conversation // set for onConversation
	agent        id.Agent        // set for onAgent

	onConversation conversation.Command
	onAgent        agent.Command
}

func (r *Router) release(a id.Agent, c id.Communication, reason string, notResponding bool) {
	r.actions = append(r.actions, action{
		id: engine.FollowUp("release", string(c)), agent: a,
		onAgent: agent.Release{Communication: c, Reason: reason, NotResponding: notResponding},
	})
}

func (r *Router) withdraw(o *open) {
	r.actions = append(r.actions, action{
		id: engine.FollowUp("withdraw", string(o.communication)), conversation: o.id,
		onConversation: conversation.WithdrawAlert{Communication: o.communication},
	})
}

// due turns what has become due into actions.
func (r *Router) due(now time.Time) {
	for len(r.timers) > 0 && !r.timers[0].at.After(now) {
		t := heap.Pop(&r.timers).(timer)
		o := r.conversations[t.conversation]
		if o == nil || o.communication != t.communication {
			continue
		}
		a := action{conversation: o.id}
		switch o.phase {
		case conversation.Alerting:
			a.id, a.onConversation = engine.FollowUp("expire", string(t.communication)), conversation.ExpireAlert{Communication: t.communication}
		case conversation.AfterCall:
			a.id, a.onConversation = engine.FollowUp("acw", string(t.communication)), conversation.ExpireACW{Communication: t.communication}
		case conversation.New, conversation.Waiting, conversation.Talking, conversation.Done:
			continue
		}
		r.actions = append(r.actions, a)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, since := range r.gone {
		if now.Sub(since) < r.o.Grace {
			continue
		}
		delete(r.gone, a)
		if s := r.agents[a]; s != nil && online(s) {
			r.actions = append(r.actions, action{
				id: id.Command(id.New()), agent: a,
				onAgent: agent.SetPresence{Presence: agent.Offline, Reason: "disconnected"},
			})
		}
	}
}

// act does what is to be done and says whether all of it is.
func (r *Router) act(ctx context.Context) bool {
	for len(r.actions) > 0 {
		a := r.actions[0]
		var (
			result engine.Result
			err    error
		)
		if a.onAgent != nil {
			result, err = r.o.Engine.Agent(ctx, a.agent, a.id, Actor, a.onAgent)
		} else {
			result, err = r.o.Engine.Conversation(ctx, a.conversation, a.id, Actor, a.onConversation)
		}
		if err != nil && !r.refused(err) {
			r.failed(ctx, string(a.id), err)
			return false
		}
		if err != nil {
			r.log.Warn("routing could not end what it began", "command", a.id, "error", err)
		}
		r.did(result)
		r.actions = r.actions[1:]
	}
	r.actions = nil
	return true
}

// did notes how far the feed must come before anything else is decided.
func (r *Router) did(result engine.Result) {
	r.failures = 0
	if !result.Nothing && !result.Again {
		r.ahead = max(r.ahead, result.Pos)
	}
}

// refused tells an answer of the core, or a damaged stream, from trouble with
// the log that may pass.
func (r *Router) refused(err error) bool {
	for _, trouble := range []error{eventlog.ErrFull, eventlog.ErrStopped, eventlog.ErrClosed, context.Canceled, context.DeadlineExceeded, engine.ErrBusy} {
		if errors.Is(err, trouble) {
			return false
		}
	}
	return true
}

// match offers what can be offered.
func (r *Router) match(ctx context.Context, now time.Time) {
	r.changed = false
	if !r.anyWaiting() {
		return
	}
	agents, free := r.candidates()
	waiting := r.longest(free)
	for _, offer := range routing.Match(waiting, agents, r.o.Config, now) {
		if !r.offer(ctx, offer) {
			r.changed = true
			return
		}
	}
}

func (r *Router) anyWaiting() bool {
	for _, l := range r.lines {
		if len(l) > 0 {
			return true
		}
	}
	return false
}

// candidates gives all agents as a match sees them, and how much capacity is
// free on each channel at most.
func (r *Router) candidates() ([]routing.Agent, map[channel.Kind]int) {
	agents := make([]routing.Agent, 0, len(r.agents))
	free := map[channel.Kind]int{}
	for _, s := range r.agents {
		a := routing.Agent{ID: s.ID, Routing: s.Routing(), FreeSince: s.FreeSince, Utilization: r.o.Utilization(s.ID)}
		if a.Routing == agent.Idle || a.Routing == agent.Interacting {
			a.Held = s.Held()
			for k, n := range a.Utilization.Capacity {
				free[k] += max(0, n-a.Held[k])
			}
		}
		agents = append(agents, a)
	}
	return agents, free
}

// longest gives of each queue and channel those who wait longest, no more than
// there is capacity for: the others cannot be offered in this match.
func (r *Router) longest(free map[channel.Kind]int) []routing.Waiting {
	var out []routing.Waiting
	for q, l := range r.lines {
		left := maps.Clone(free)
		for _, o := range l {
			if left[o.channel] == 0 {
				continue
			}
			left[o.channel]--
			out = append(out, routing.Waiting{Conversation: o.id, Queue: q, Channel: o.channel, Since: o.queuedAt})
		}
	}
	return out
}

// offer reserves and offers. It is false if the log is in trouble.
func (r *Router) offer(ctx context.Context, o routing.Offer) bool {
	c := id.Communication(id.New())
	result, err := r.o.Engine.Agent(ctx, o.Agent, engine.FollowUp("reserve", string(c)), Actor,
		agent.Reserve{Communication: c, Conversation: o.Conversation, Channel: o.Channel})
	if err != nil {
		if r.refused(err) {
			return true // the agent changed a moment ago; the feed will tell
		}
		r.failed(ctx, "reserve", err)
		return false
	}
	r.did(result)
	result, err = r.o.Engine.Conversation(ctx, o.Conversation, engine.FollowUp("offer", string(c)), Actor,
		conversation.Offer{Communication: c, Agent: o.Agent, Why: o.Why})
	if err != nil {
		r.release(o.Agent, c, "withdrawn", false)
		if r.refused(err) {
			r.poke()
			return true // the contact left a moment ago
		}
		r.failed(ctx, "offer", err)
		return false
	}
	r.did(result)
	return true
}

// failed notes that the log is in trouble, and when to try again: after a
// second at first, half a minute at most.
func (r *Router) failed(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	wait := min(time.Second<<min(r.failures, 5), 30*time.Second)
	r.failures++
	r.retryAt = r.o.Engine.Now().Add(wait)
	if r.failures == 1 {
		r.log.Error("routing waits for the log", "step", what, "error", err)
	}
}

// nextTime is when to wake without being woken.
func (r *Router) nextTime() (time.Time, bool) {
	var next time.Time
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if len(r.timers) > 0 {
		earlier(r.timers[0].at)
	}
	r.mu.Lock()
	for _, since := range r.gone {
		earlier(since.Add(r.o.Grace))
	}
	r.mu.Unlock()
	if r.failures > 0 && (len(r.actions) > 0 || r.changed) {
		earlier(r.retryAt)
	}
	if r.failures > 0 && next.Before(r.retryAt) && !next.IsZero() {
		next = r.retryAt
	}
	return next, !next.IsZero()
}

// timer is when an alert or after-call work runs out.
type timer struct {
	at            time.Time
	conversation  id.Conversation
	communication id.Communication
}

// timers is a heap; entries that no longer apply are dropped when they are due.
type timers []timer

func (t *timers) add(x timer) { heap.Push(t, x) }

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }

func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}
