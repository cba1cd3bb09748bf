package acd

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// reconcile reads what is open and ends what an earlier life left half done:
// reservations without a communication, and alerts, parks and after-call work
// whose time ran out meanwhile.
func (r *Router) reconcile(ctx context.Context) error {
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
		r.adopt(conv, s)
	}
	now := r.o.Engine.Now()
	for _, a := range r.o.Agents {
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
	r.changed = true
	return nil
}

func online(s *agent.State) bool { return s.Presence != agent.Offline && s.Presence != "" }

// take folds one commit and notes what follows from it.
func (r *Router) take(ctx context.Context, c *engine.Commit) {
	switch c.Stream.Kind {
	case eventlog.Agent:
		r.takeAgent(ctx, c)
	case eventlog.Conversation:
		r.takeConversation(c)
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
			r.log.Error("an agent's stream cannot be read; nothing is routed to them", "agent", a, "error", err)
			return
		}
		r.agents[a] = s
	}
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
		for _, conv := range r.conversations {
			if conv.phase == conversation.Alerting && conv.leg.agent == a {
				r.withdraw(conv)
			}
		}
		return
	}
	r.mu.Lock()
	if _, counting := r.gone[a]; r.desks[a] == 0 && !counting {
		r.gone[a] = r.o.Engine.Now()
	}
	r.mu.Unlock()
}

// line is a queue's waiting conversations, who waits longest first.
type line []*open

func (l line) find(o *open) (int, bool) {
	return slices.BinarySearchFunc(l, o, func(a, b *open) int {
		return cmp.Or(a.queuedAt.Compare(b.queuedAt), cmp.Compare(a.id, b.id))
	})
}

func (r *Router) wait(o *open) {
	l := r.lines[o.queue]
	if i, there := l.find(o); !there {
		r.lines[o.queue] = slices.Insert(l, i, o)
	}
}

func (r *Router) unwait(o *open) {
	l := r.lines[o.queue]
	if i, there := l.find(o); there {
		r.lines[o.queue] = slices.Delete(l, i, i+1)
	}
}
