package acd_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// TestLaws lets contacts, agents, desks, the disk and the hub itself do what
// they like, in random order, and checks what must hold at every commit and
// what must hold once all is quiet.
func TestLaws(t *testing.T) {
	for seed := range uint64(150) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			w := &world{hub: start(t, 1+r.IntN(2), "ann", "bob", "cyd"), r: r, desks: map[id.Agent]func(){}}
			for range 150 {
				w.act()
				if r.IntN(3) > 0 {
					synctest.Wait()
				}
			}
			w.settle()
			if err := w.history(); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			if err := w.quiet(); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			w.close()
		})
		if t.Failed() {
			return
		}
	}
}

type world struct {
	*hub
	r     *rand.Rand
	desks map[id.Agent]func()
}

// try does what may be refused, as people do.
func (w *world) try(conv id.Conversation, c conversation.Command) {
	_, _ = w.engine.Engine.Conversation(w.t.Context(), conv, id.Command(id.New()), "test", c)
}

func (w *world) be(a id.Agent, p agent.Presence) {
	if _, err := w.engine.Engine.Agent(w.t.Context(), a, id.Command(id.New()), "test", agent.SetPresence{Presence: p}); err != nil {
		w.t.Error(err)
	}
}

func (w *world) act() {
	a := w.agents[w.r.IntN(len(w.agents))]
	switch n := w.r.IntN(100); {
	case n < 25:
		conv := id.Conversation(fmt.Sprint("c", len(w.convs)))
		w.known(conv)
		q := []id.Queue{"web", "auto", "plain"}[w.r.IntN(3)]
		w.try(conv, conversation.Start{Channel: channel.Web, Account: "shop", Contact: "ida", Queue: q})
	case n < 30 && len(w.convs) > 0:
		w.try(w.convs[w.r.IntN(len(w.convs))], conversation.Clear{})
	case n < 75 && len(w.convs) > 0:
		w.handle(w.convs[w.r.IntN(len(w.convs))])
	case n < 85:
		w.be(a, agent.OnQueue)
	case n < 88:
		w.be(a, []agent.Presence{agent.Away, agent.Offline, agent.Available}[w.r.IntN(3)])
	case n < 92:
		if closed := w.desks[a]; closed != nil {
			closed()
			delete(w.desks, a)
		} else {
			w.desks[a] = w.router.DeskOpened(a)
		}
	case n < 96:
		<-time.After(time.Duration(w.r.IntN(40)) * time.Second)
	case n < 98:
		w.engine.mu.Lock()
		w.engine.refuse = nil
		if seed := w.r.Uint64(); seed%2 == 0 {
			r := rand.New(rand.NewPCG(seed, 3))
			w.engine.refuse = func() bool { return r.IntN(3) == 0 }
		}
		w.engine.mu.Unlock()
	default:
		w.stop()
		w.desks = map[id.Agent]func(){}
		w.route()
	}
}

// handle does the next thing that the conversation's agent may do.
func (w *world) handle(conv id.Conversation) {
	s := w.conv(conv)
	if s.Leg == nil {
		return
	}
	a, leg := s.Leg.Agent, s.Leg.Communication
	switch s.Phase {
	case conversation.Alerting:
		if w.r.IntN(3) == 0 {
			w.try(conv, conversation.Decline{Agent: a, Communication: leg})
			return
		}
		w.try(conv, conversation.Accept{Agent: a, Communication: leg})
	case conversation.Talking:
		w.try(conv, conversation.Disconnect{Agent: a, Communication: leg})
	case conversation.AfterCall:
		w.try(conv, conversation.WrapUp{Agent: a, Communication: leg, Code: "x"})
	case conversation.New, conversation.Waiting, conversation.Done:
	}
}

// settle lets the disk work, everybody come back, and routing come to rest.
func (w *world) settle() {
	w.engine.mu.Lock()
	w.engine.refuse = nil
	w.engine.mu.Unlock()
	pass(31 * time.Second)
	for _, a := range w.agents {
		if w.desks[a] == nil {
			w.desks[a] = w.router.DeskOpened(a)
		}
		w.be(a, agent.OnQueue)
	}
	synctest.Wait()
}

// history checks the log, commit by commit: nobody is ever above capacity, and
// every alert has capacity reserved for it, by the same agent.
func (w *world) history() error {
	agents := map[string]*agent.State{}
	tail, err := w.log.Tail(w.t.Context(), 0)
	if err != nil {
		return err
	}
	for c, err := range w.log.Follow(w.t.Context(), 0, 0) {
		if err != nil {
			return err
		}
		if err := check(agents, c, w.capacity); err != nil {
			return fmt.Errorf("at position %d: %w", c.Pos, err)
		}
		if c.Pos == tail.Pos {
			break
		}
	}
	return nil
}

func check(agents map[string]*agent.State, c eventlog.Stored, capacity int) error {
	if c.Stream.Kind == eventlog.Agent {
		s := agents[c.Stream.ID]
		if s == nil {
			s = &agent.State{}
			agents[c.Stream.ID] = s
		}
		if err := s.Apply(c); err != nil {
			return err
		}
		if n := s.Held()[channel.Web]; n > capacity {
			return fmt.Errorf("%s has %d of %d", c.Stream.ID, n, capacity)
		}
		return nil
	}
	holds := func(a id.Agent, leg id.Communication) error {
		if s := agents[string(a)]; s == nil || string(s.Reservations[leg].Conversation) != c.Stream.ID {
			return fmt.Errorf("%s is offered to %s without a reservation", c.Stream.ID, a)
		}
		return nil
	}
	for _, e := range c.Events {
		switch e := conversation.Decode(e).(type) {
		case conversation.Alerted:
			return holds(e.Agent, e.Communication)
		case conversation.Connected:
			return holds(e.Agent, e.Communication)
		}
	}
	return nil
}

// quiet checks what holds at rest: reservations are those of communications,
// and nobody waits while somebody is free.
func (w *world) quiet() error {
	held := map[id.Agent]map[id.Communication]bool{}
	waiting := 0
	for _, conv := range w.convs {
		s := w.conv(conv)
		switch s.Phase {
		case conversation.Waiting:
			waiting++
		case conversation.Alerting, conversation.Talking, conversation.AfterCall:
			if held[s.Leg.Agent] == nil {
				held[s.Leg.Agent] = map[id.Communication]bool{}
			}
			held[s.Leg.Agent][s.Leg.Communication] = true
		case conversation.New, conversation.Done:
		}
	}
	for _, a := range w.agents {
		s := w.agent(a)
		for leg, r := range s.Reservations {
			if !held[a][leg] {
				return fmt.Errorf("%s holds capacity for %s, which is not theirs", a, r.Conversation)
			}
		}
		if len(held[a]) != len(s.Reservations) {
			return fmt.Errorf("%s has %d communications and %d reservations", a, len(held[a]), len(s.Reservations))
		}
		if waiting > 0 && s.Routing() != agent.NotResponding && len(s.Reservations) < w.capacity {
			return fmt.Errorf("%d wait although %s is free", waiting, a)
		}
	}
	if n := w.router.Queues(); n["web"].Waiting+n["auto"].Waiting+n["plain"].Waiting != waiting {
		return fmt.Errorf("queues count %v, %d wait", n, waiting)
	}
	return nil
}
