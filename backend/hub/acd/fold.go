package acd

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// open is what routing needs of a conversation that is not over.
type open struct {
	id            id.Conversation
	rev           uint64
	phase         conversation.Phase
	channel       channel.Kind
	queue         id.Queue
	queuedAt      time.Time
	communication id.Communication
	agent         id.Agent
}

// reconcile reads what is open and ends what an earlier life left half done:
// reservations without a communication, and alerts and after-call work whose
// time ran out meanwhile.
func (r *Router) reconcile(ctx context.Context) error {
	list, err := r.o.Open(ctx)
	if err != nil {
		return err
	}
	held := map[id.Communication]bool{}
	for _, conv := range list {
		s, err := r.o.Engine.ConversationState(ctx, conv)
		if errors.Is(err, eventlog.ErrDamaged) {
			r.log.Error("a conversation is damaged and is not routed", "conversation", conv, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		if leg := r.adopt(conv, s); leg != "" {
			held[leg] = true
		}
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
		for c := range s.Reservations {
			if !held[c] {
				r.release(a, c, "orphaned", false)
			}
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

// adopt takes a conversation as it stands and returns the communication that
// holds an agent's capacity, if there is one.
func (r *Router) adopt(conv id.Conversation, s *conversation.State) id.Communication {
	c := &open{id: conv, rev: s.Rev, phase: s.Phase, channel: s.Channel, queue: s.Queue, queuedAt: s.QueuedAt}
	switch s.Phase {
	case conversation.Waiting:
		r.wait(c)
	case conversation.Alerting:
		r.timers.add(timer{at: s.Leg.AlertUntil, conversation: conv, communication: s.Leg.Communication})
	case conversation.AfterCall:
		if !s.Leg.ACWUntil.IsZero() {
			r.timers.add(timer{at: s.Leg.ACWUntil, conversation: conv, communication: s.Leg.Communication})
		}
	case conversation.Talking:
	case conversation.New, conversation.Done:
		return ""
	}
	r.conversations[conv] = c
	if s.Leg == nil || s.Phase == conversation.Waiting {
		return ""
	}
	c.communication, c.agent = s.Leg.Communication, s.Leg.Agent
	return c.communication
}

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
		if e, ok := e.(agent.PresenceChanged); ok {
			r.presence(a, e.Presence)
		}
	}
}

func (r *Router) presence(a id.Agent, p agent.Presence) {
	if p == agent.Offline {
		for _, conv := range r.conversations {
			if conv.phase == conversation.Alerting && conv.agent == a {
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

func (r *Router) takeConversation(c *engine.Commit) {
	conv := id.Conversation(c.Stream.ID)
	o := r.conversations[conv]
	if o == nil {
		if len(c.Conversation) == 0 {
			return
		}
		if _, first := c.Conversation[0].(conversation.Started); !first {
			return // it is over
		}
		o = &open{id: conv}
		r.conversations[conv] = o
	}
	if c.Rev <= o.rev {
		return
	}
	o.rev = c.Rev
	r.unwait(o)
	for _, e := range c.Conversation {
		r.record(o, e)
	}
	r.changed = true
	if o.phase == conversation.Waiting {
		r.wait(o)
	}
	if o.phase == conversation.Done {
		delete(r.conversations, conv)
	}
}

func (r *Router) record(o *open, e conversation.Event) {
	switch e := e.(type) {
	case conversation.Started:
		o.channel, o.phase = e.Channel, conversation.Waiting
	case conversation.Queued:
		o.phase, o.queue, o.queuedAt = conversation.Waiting, e.Queue, e.Since
		o.communication, o.agent = "", ""
	case conversation.Alerted:
		o.phase, o.communication, o.agent = conversation.Alerting, e.Communication, e.Agent
		r.timers.add(timer{at: e.Until, conversation: o.id, communication: e.Communication})
		if s := r.agents[e.Agent]; s != nil && !online(s) {
			r.withdraw(o) // they left between reservation and alert
		}
	case conversation.Connected:
		o.phase, o.communication, o.agent = conversation.Talking, e.Communication, e.Agent
	case conversation.AlertEnded:
		r.release(e.Agent, e.Communication, e.Reason, e.Reason != "withdrawn")
	case conversation.Disconnected:
		o.phase = conversation.Done
		if e.WrapUpDue {
			o.phase = conversation.AfterCall
			if !e.ACWUntil.IsZero() {
				r.timers.add(timer{at: e.ACWUntil, conversation: o.id, communication: e.Communication})
			}
			return
		}
		r.release(e.Agent, e.Communication, "completed", false)
	case conversation.WrappedUp:
		o.phase = conversation.Done
		r.release(e.Agent, e.Communication, "completed", false)
	case conversation.Ended:
		if o.phase != conversation.AfterCall {
			o.phase = conversation.Done
		}
	case conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged, conversation.ContactReturned,
		conversation.ContactCleared, conversation.ReadByAgent, conversation.Unknown:
	}
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
