package acd_test

import (
	"fmt"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/routing"
)

// settle lets the disks work, everybody come back, and routing come to rest.
func (w *world) settle() {
	w.calm = true
	for _, o := range w.owners {
		o.engine.mu.Lock()
		o.engine.refuse, o.engine.reserved = nil, nil
		o.engine.mu.Unlock()
		if o.engine.isDead() {
			w.restart(o)
		}
	}
	pass(5 * time.Minute)
	w.back()
	pass(time.Minute)
	w.back()
}

// back brings everybody back on queue, with nothing else to do.
func (w *world) back() {
	for _, a := range w.agents {
		if w.desks[a] == nil {
			w.open(a)
		}
		for _, x := range []id.External{"x0", "x1"} {
			w.say(a, agent.EndExternal{External: x})
		}
		for _, q := range []id.Queue{"web", "auto"} {
			w.say(a, agent.SetQueue{Queue: q, Join: true})
		}
		w.be(a, agent.OnQueue)
	}
	synctest.Wait()
}

// drain has the agents answer and end everything. Nobody may be left.
func (w *world) drain() error {
	for range 40 + 4*len(w.convs) {
		left := 0
		for _, conv := range w.list() {
			s := w.conv(conv)
			if s.Phase == conversation.Done || s.Phase == conversation.New {
				continue
			}
			left++
			for c, l := range s.Wrapping {
				w.try(conv, conversation.WrapUp{Agent: l.Agent, Communication: c, Code: "x"})
			}
			switch s.Phase {
			case conversation.Alerting:
				w.try(conv, conversation.Accept{Agent: s.Leg.Agent, Communication: s.Leg.Communication})
			case conversation.Talking, conversation.Aside:
				w.try(conv, conversation.Disconnect{Agent: s.Leg.Agent, Communication: s.Leg.Communication})
			case conversation.AfterCall:
				w.try(conv, conversation.WrapUp{Agent: s.Leg.Agent, Communication: s.Leg.Communication, Code: "x"})
			case conversation.New, conversation.Waiting, conversation.Done:
			}
		}
		if left == 0 {
			return nil
		}
		pass(time.Second)
		w.back()
	}
	out := ""
	for _, conv := range w.list() {
		if s := w.conv(conv); s.Phase != conversation.Done {
			out += fmt.Sprintf(" %s %s", conv, w.at(conv))
		}
	}
	return fmt.Errorf("never served:%s", out)
}

// quiet checks what holds at rest: reservations are those of communications, what
// waits is counted, and nothing that can be offered is not.
func (w *world) quiet() error {
	held := map[id.Agent]map[id.Communication]bool{}
	var waiting []routing.Waiting
	for _, conv := range w.convs {
		s := w.conv(conv)
		for c, a := range s.Holding() {
			if held[a] == nil {
				held[a] = map[id.Communication]bool{}
			}
			held[a][c] = true
		}
		if s.Phase == conversation.Waiting {
			waiting = append(waiting, routing.Waiting{
				Conversation: conv, Queue: s.Queue, Channel: s.Channel, Since: s.QueuedAt, Priority: s.Priority, Skills: s.Skills, For: s.For,
			})
		}
	}
	var agents []routing.Agent
	for _, a := range w.agents {
		s := w.agent(a)
		for c, r := range s.Reservations {
			if !held[a][c] {
				return fmt.Errorf("%s holds capacity for %s, which is not theirs", a, r.Conversation)
			}
		}
		if len(held[a]) != len(s.Reservations) {
			return fmt.Errorf("%s has %d communications and %d reservations", a, len(held[a]), len(s.Reservations))
		}
		agents = append(agents, routing.Agent{
			ID: a, Routing: s.Routing(), FreeSince: s.FreeSince, Held: s.Held(), Utilization: w.rules.Utilization(a),
			Skills: w.options.Skills[a], Left: s.Left,
		})
	}
	if offers := routing.Match(waiting, agents, w.options.Routing, w.engine.Now()); len(offers) > 0 {
		return fmt.Errorf("%s waits although %s is free", offers[0].Conversation, offers[0].Agent)
	}
	for _, o := range w.owners {
		n := 0
		for _, q := range o.router.Queues() {
			n += q.Waiting
		}
		if n != len(waiting) {
			return fmt.Errorf("queues count %v, %d wait", o.router.Queues(), len(waiting))
		}
	}
	return nil
}

// past folds the log, commit by commit.
type past struct {
	w      *world
	agents map[id.Agent]*agent.State
	convs  map[id.Conversation]*conversation.State
}

// history checks at every commit that nobody is above capacity, and that every
// communication that needs capacity has it reserved, by the same agent.
func (w *world) history() error {
	p := &past{w: w, agents: map[id.Agent]*agent.State{}, convs: map[id.Conversation]*conversation.State{}}
	tail, err := w.log.Tail(w.t.Context(), 0)
	if err != nil {
		return err
	}
	for c, err := range w.log.Follow(w.t.Context(), 0, 0) {
		if err != nil {
			return err
		}
		if err := p.fold(c); err != nil {
			return fmt.Errorf("at position %d, %s by %s: %w", c.Pos, c.ID, c.Actor, err)
		}
		if c.Pos == tail.Pos {
			break
		}
	}
	return nil
}

func (p *past) fold(c eventlog.Stored) error {
	if c.Stream.Kind == eventlog.Conversation {
		conv := id.Conversation(c.Stream.ID)
		if p.convs[conv] == nil {
			p.convs[conv] = &conversation.State{}
		}
		if err := p.convs[conv].Apply(c); err != nil {
			return err
		}
		return p.backed(conv)
	}
	a := id.Agent(c.Stream.ID)
	s := p.agents[a]
	if s == nil {
		s = &agent.State{}
		p.agents[a] = s
	}
	for _, stored := range c.Events {
		switch e := agent.Decode(stored).(type) {
		case agent.Reserved:
			if err := p.w.rules.Utilization(a).Room(s.Held(), e.Channel); err != nil {
				return fmt.Errorf("%s takes one too many: %w", a, err)
			}
		case agent.Released:
			defer func(conv id.Conversation) {
				if err := p.backed(conv); err != nil {
					p.w.t.Errorf("after the release of %s: %v", e.Communication, err)
				}
			}(s.Reservations[e.Communication].Conversation)
		default:
		}
	}
	return s.Apply(c)
}

// backed says that what a conversation holds is reserved.
func (p *past) backed(conv id.Conversation) error {
	s := p.convs[conv]
	if s == nil {
		return nil
	}
	for c, a := range s.Holding() {
		if st := p.agents[a]; st == nil || st.Reservations[c].Conversation != conv {
			return fmt.Errorf("%s is with %s as %s without a reservation", conv, a, c)
		}
	}
	return nil
}
