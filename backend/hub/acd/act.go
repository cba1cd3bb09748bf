package acd

import (
	"context"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// action is what follows from something that happened. It is tried until the
// log takes it or the core says that it no longer applies.
type action struct {
	what string // for the log
	do   func(context.Context) (engine.Result, error)
}

func (r *Router) onAgent(cmd id.Command, a id.Agent, c agent.Command) {
	r.actions = append(r.actions, action{what: string(cmd), do: func(ctx context.Context) (engine.Result, error) {
		return r.o.Engine.Agent(ctx, a, cmd, Actor, c)
	}})
}

func (r *Router) onConversation(cmd id.Command, conv id.Conversation, c conversation.Command) {
	r.actions = append(r.actions, action{what: string(cmd), do: func(ctx context.Context) (engine.Result, error) {
		return r.o.Engine.Conversation(ctx, conv, cmd, Actor, c)
	}})
}

func (r *Router) release(l leg, reason string, notResponding bool) {
	if l.reservation == "" {
		return
	}
	r.onAgent(releasing(l.reservation), l.agent, agent.Release{Communication: l.reservation, Reason: reason, NotResponding: notResponding})
}

func (r *Router) withdraw(o *open) {
	r.onConversation(engine.FollowUp("withdraw", string(o.leg.communication)), o.id, conversation.WithdrawAlert{Communication: o.leg.communication})
}

// act does what is to be done and says whether all of it is.
func (r *Router) act(ctx context.Context) bool {
	for len(r.actions) > 0 {
		a := r.actions[0]
		result, err := a.do(ctx)
		if err != nil && !r.refused(err) {
			r.failed(ctx, a.what, err)
			return false
		}
		if err != nil {
			r.log.Warn("routing could not end what it began", "command", a.what, "error", err)
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
func (r *Router) refused(err error) bool { return !engine.MayPass(err) }

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
