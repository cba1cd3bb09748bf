package acd

import (
	"context"
	"errors"
	"maps"

	"parley/backend/agent"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/routing"
)

// reconcile reads what is open and ends what an earlier life left half done:
// reservations without a communication, and alerts, parks and after-call work
// whose time ran out meanwhile.
func (r *Router) reconcile(ctx context.Context) error {
	if err := r.employ(ctx, r.organisation.Agents); err != nil {
		return err
	}
	list, err := r.o.Open(ctx)
	if err != nil {
		return err
	}
	for _, conv := range list {
		s, err := r.o.Engine.ConversationState(ctx, conv)
		if errors.Is(err, eventlog.ErrDamaged) {
			r.log.Error("a conversation is damaged and is not routed", "conversation", conv, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		r.adopt(ctx, conv, s)
	}
	for a, s := range r.agents {
		if !online(s) {
			for o := range r.alerts[a] {
				r.withdraw(o)
			}
		}
	}
	r.adoptOrganisation(r.organisation)
	return nil
}

// employ reads the agents who are not known yet.
func (r *Router) employ(ctx context.Context, agents []id.Agent) error {
	now := r.o.Engine.Now()
	for _, a := range agents {
		if r.agents[a] != nil {
			continue
		}
		s, err := r.o.Engine.AgentState(ctx, a)
		if errors.Is(err, eventlog.ErrDamaged) {
			r.log.Error("an agent's stream is damaged; nothing is routed to them", "agent", a, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		s.ID = a
		r.agents[a] = s
		for c, held := range s.Reservations {
			r.watch(a, c, held)
		}
		r.mu.Lock()
		if online(s) && r.desks[a] == 0 {
			r.gone[a] = now
		}
		r.mu.Unlock()
	}
	return nil
}

// seat puts an agent on the board as they are now.
func (r *Router) seat(a id.Agent) {
	s := r.agents[a]
	if s == nil || !r.users[a] {
		r.board.RemoveAgent(a)
		return
	}
	r.board.Agent(routing.Agent{
		ID: a, Routing: s.Routing(), FreeSince: s.FreeSince, Held: s.Held(), Utilization: r.organisation.Utilization(a),
		Skills: r.organisation.Skills[a], Left: maps.Clone(s.Left),
	})
}

func online(s *agent.State) bool { return s.Presence != agent.Offline && s.Presence != "" }

// take folds one commit and notes what follows from it.
func (r *Router) take(ctx context.Context, c *engine.Commit) {
	switch c.Stream.Kind {
	case eventlog.Agent:
		r.takeAgent(ctx, c)
	case eventlog.Conversation:
		r.takeConversation(ctx, c)
	}
}

func (r *Router) takeAgent(ctx context.Context, c *engine.Commit) {
	a := id.Agent(c.Stream.ID)
	s := r.agents[a]
	if s == nil || c.Rev <= s.Rev {
		return
	}
	r.changed = true
	if err := s.Apply(c.Stored); err != nil {
		s, err := r.o.Engine.AgentState(ctx, a)
		if err != nil {
			delete(r.agents, a)
			r.seat(a)
			r.log.Error("an agent's stream cannot be read; nothing is routed to them", "agent", a, "error", err)
			return
		}
		r.agents[a] = s
	}
	r.seat(a)
	for _, e := range c.Agent {
		switch e := e.(type) {
		case agent.PresenceChanged:
			r.presence(a, e.Presence)
		case agent.Reserved:
			r.watch(a, e.Communication, agent.Reservation{Conversation: e.Conversation, Since: c.At})
		case agent.Released, agent.StoppedResponding, agent.QueueLeft, agent.QueueJoined, agent.ExternalStarted,
			agent.ExternalEnded, agent.Resumed, agent.Unknown:
		}
	}
}

func (r *Router) presence(a id.Agent, p agent.Presence) {
	if p == agent.Offline {
		for o := range r.alerts[a] {
			r.withdraw(o)
		}
		return
	}
	r.mu.Lock()
	if _, counting := r.gone[a]; r.desks[a] == 0 && !counting {
		r.gone[a] = r.o.Engine.Now()
	}
	r.mu.Unlock()
}
