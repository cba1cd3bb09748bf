package acd

import (
	"context"
	"maps"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/routing"
)

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
	cmd := id.Command(id.New())
	c := attempt(cmd, 0)
	result, err := r.o.Engine.Agent(ctx, o.Agent, reserving(c), Actor,
		agent.Reserve{Communication: c, Conversation: o.Conversation, Channel: o.Channel})
	if err != nil {
		if r.refused(err) {
			return true // the agent changed a moment ago; the feed will tell
		}
		r.failed(ctx, "reserve", err)
		return false
	}
	r.did(result)
	result, err = r.o.Engine.Conversation(ctx, o.Conversation, cmd, Actor, conversation.Offer{Communication: c, Agent: o.Agent, Why: o.Why})
	switch {
	case err == nil && takes(result, c):
		r.did(result)
		return true
	case err == nil || r.refused(err):
		r.release(leg{agent: o.Agent, reservation: c}, "withdrawn", false)
		r.poke()
		return true // the contact left a moment ago
	}
	// Nobody knows whether it came to be; if not, the reservation lapses.
	r.failed(ctx, "offer", err)
	return false
}
