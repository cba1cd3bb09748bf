package acd

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// ErrLapsed: the assignment was begun earlier, never came to be and was ruled
// out meanwhile. Whoever asked may ask anew, with another command.
var ErrLapsed = errors.New("this took too long and was given up; do it again")

// Pull connects an agent to a conversation that waits, by their own choice.
//
// Pull, TakeOver and Unpark reserve on the agent's stream first and then
// execute cmd on the conversation's; what is refused is released at once. cmd
// names the communication too. A retry finds the first result, also after a
// restart. Whether the agent may do so at all is the caller's to check; what
// the cores refuse comes back as their errors: agent.ErrNoCapacity,
// agent.ErrInterrupted, conversation.ErrNotWaiting and so on, and ErrLapsed.
func (r *Router) Pull(ctx context.Context, cmd id.Command, a id.Agent, conv id.Conversation) (engine.Result, error) {
	return r.assign(ctx, cmd, a, conv, func(s *conversation.State, c id.Communication) (conversation.Command, error) {
		if s.Phase != conversation.Waiting {
			return nil, conversation.ErrNotWaiting
		}
		return conversation.Pull{Communication: c, Agent: a}, nil
	})
}

// TakeOver connects a supervisor in place of whoever has the conversation; see
// Pull.
func (r *Router) TakeOver(ctx context.Context, cmd id.Command, a id.Agent, conv id.Conversation) (engine.Result, error) {
	return r.assign(ctx, cmd, a, conv, func(s *conversation.State, c id.Communication) (conversation.Command, error) {
		switch {
		case !s.Phase.Live():
			return nil, conversation.ErrEnded
		case s.Holder() == a && s.Phase != conversation.Alerting:
			return nil, conversation.ErrSameAgent
		}
		return conversation.TakeOver{Communication: c, Agent: a}, nil
	})
}

// Unpark takes up a conversation that the agent has parked; see Pull.
func (r *Router) Unpark(ctx context.Context, cmd id.Command, a id.Agent, conv id.Conversation) (engine.Result, error) {
	return r.assign(ctx, cmd, a, conv, func(s *conversation.State, c id.Communication) (conversation.Command, error) {
		if s.Phase != conversation.Aside || s.Leg.Agent != a {
			return nil, conversation.ErrNotParked
		}
		return conversation.Unpark{Communication: s.Leg.Communication, Agent: a, Reservation: c}, nil
	})
}

// try is one command's turn: whoever repeats it waits for the first.
type try struct {
	turn  chan struct{} // holds one while it is somebody's
	users int
}

// turn waits for a command's turn.
func (r *Router) turn(ctx context.Context, cmd id.Command) (end func(), err error) {
	r.mu.Lock()
	t := r.trying[cmd]
	if t == nil {
		t = &try{turn: make(chan struct{}, 1)}
		r.trying[cmd] = t
	}
	t.users++
	r.mu.Unlock()
	leave := func() {
		r.mu.Lock()
		if t.users--; t.users == 0 {
			delete(r.trying, cmd)
		}
		r.mu.Unlock()
	}
	select {
	case t.turn <- struct{}{}:
		return func() { <-t.turn; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}

// maxAttempts bounds how often one command reserves anew.
const maxAttempts = 16

// assign reserves and executes. Each attempt has a reservation of its own, so
// that nobody gives back what another attempt relies on; the log takes cmd once,
// so one attempt at most comes to be.
func (r *Router) assign(ctx context.Context, cmd id.Command, a id.Agent, conv id.Conversation,
	make func(*conversation.State, id.Communication) (conversation.Command, error),
) (engine.Result, error) {
	end, err := r.turn(ctx, cmd)
	if err != nil {
		return engine.Result{}, err
	}
	defer end()
	if first, err := r.o.Engine.Executed(ctx, cmd); !errors.Is(err, eventlog.ErrNotFound) {
		return assigned(first, conv, err)
	}
	s, err := r.o.Engine.ConversationState(ctx, conv)
	switch {
	case err != nil:
		return engine.Result{}, err
	case s.Phase == conversation.New:
		return engine.Result{}, fmt.Errorf("assign %s: %w", conv, conversation.ErrNotStarted)
	}
	if _, err := make(s, ""); err != nil {
		return engine.Result{}, fmt.Errorf("assign %s: %w", conv, err)
	}
	c, err := r.reserve(ctx, cmd, a, conv, s.Channel)
	if err != nil {
		if first, found := r.o.Engine.Executed(ctx, cmd); found == nil {
			return assigned(first, conv, nil) // another hub was faster
		}
		return engine.Result{}, err
	}
	command, err := make(s, c)
	if err != nil {
		return engine.Result{}, err
	}
	result, err := r.o.Engine.Conversation(ctx, conv, cmd, actor(a), command)
	if (err != nil && r.refused(err)) || (result.Again && !takes(result, c)) {
		r.giveBack(ctx, a, c)
	}
	// After trouble with the log nobody knows; the reservation lapses if it failed.
	return assigned(result, conv, err)
}

// actor is who an agent is in the log.
func actor(a id.Agent) string { return "agent:" + string(a) }

// reserve holds capacity for the next attempt of a command.
func (r *Router) reserve(ctx context.Context, cmd id.Command, a id.Agent, conv id.Conversation, k channel.Kind) (id.Communication, error) {
	for n := range maxAttempts {
		c := attempt(cmd, n)
		result, err := r.o.Engine.Agent(ctx, a, reserving(c), actor(a), agent.Reserve{Communication: c, Conversation: conv, Channel: k, Manual: true})
		switch {
		case err != nil:
			return "", err
		case !result.Again && !result.Nothing:
			return c, nil
		}
	}
	return "", fmt.Errorf("assign %s: %w", conv, ErrLapsed)
}

// giveBack releases at once what an attempt reserved and did not use. If that
// fails the reservation lapses.
func (r *Router) giveBack(ctx context.Context, a id.Agent, c id.Communication) {
	_, err := r.o.Engine.Agent(context.WithoutCancel(ctx), a, releasing(c), Actor, agent.Release{Communication: c, Reason: "withdrawn"})
	if err != nil {
		r.log.Warn("an unused reservation could not be given back; it will lapse", "agent", a, "communication", c, "error", err)
	}
}

// assigned checks what came of a command.
func assigned(result engine.Result, conv id.Conversation, err error) (engine.Result, error) {
	switch {
	case err != nil:
		return engine.Result{}, err
	case result.Stream != eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv)}:
		return engine.Result{}, fmt.Errorf("assign %s: %w", conv, engine.ErrCommandReused)
	}
	for _, e := range result.Conversation {
		if _, lapsed := e.(conversation.AssignmentLapsed); lapsed {
			return engine.Result{}, fmt.Errorf("assign %s: %w", conv, ErrLapsed)
		}
	}
	return result, nil
}

// takes says whether a result made the assignment that reserved as c.
func takes(result engine.Result, c id.Communication) bool {
	for _, e := range result.Conversation {
		switch e := e.(type) {
		case conversation.Alerted:
			return e.Communication == c
		case conversation.Connected:
			return e.Communication == c
		case conversation.Unparked:
			return e.Reservation == c
		default:
		}
	}
	return false
}
