package acd

import (
	"context"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// lapseAfter is how long a reservation may be without its communication: far
// longer than it takes from one command to the next.
const lapseAfter = 10 * time.Second

// watch sees to it that a reservation is used or given back.
func (r *Router) watch(a id.Agent, c id.Communication, held agent.Reservation) {
	r.timers.Add(timer{at: held.Since.Add(lapseAfter), kind: lapseTimer, conversation: held.Conversation, communication: c, agent: a})
}

// lapse gives a reservation back that nothing uses: whoever made it died, or was
// cut off, before its assignment.
func (r *Router) lapse(t timer) {
	s := r.agents[t.agent]
	if s == nil {
		return
	}
	if _, held := s.Reservations[t.communication]; !held {
		return
	}
	if o := r.conversations[t.conversation]; o != nil && o.holds(t.communication) {
		return
	}
	r.actions = append(r.actions, action{what: "lapse:" + string(t.communication), do: func(ctx context.Context) (engine.Result, error) {
		return r.ruleOut(ctx, t)
	}})
}

func (o *open) holds(c id.Communication) bool {
	if o.leg.reservation == c {
		return true
	}
	for _, l := range o.wrapping {
		if l.reservation == c {
			return true
		}
	}
	return false
}

// ruleOut first takes the ID of the command that would use the reservation, so
// that one who was only slow finds it taken; what is over never comes back. Only
// then is it safe to release.
func (r *Router) ruleOut(ctx context.Context, t timer) (engine.Result, error) {
	result, err := r.o.Engine.Conversation(ctx, t.conversation, commandOf(t.communication), Actor,
		conversation.Lapse{Communication: t.communication, Agent: t.agent})
	if err != nil && !r.refused(err) {
		return result, err
	}
	s, err := r.o.Engine.ConversationState(ctx, t.conversation)
	switch {
	case err != nil && !r.refused(err):
		return engine.Result{}, err
	case err == nil && s.Holding()[t.communication] != "":
		return engine.Result{Nothing: true}, nil
	}
	return r.o.Engine.Agent(ctx, t.agent, releasing(t.communication), Actor, agent.Release{Communication: t.communication, Reason: "orphaned"})
}
