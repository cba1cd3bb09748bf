package acd_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/hub/acd"
	"parley/backend/id"
	"parley/backend/routing"
)

// TestLaws lets contacts, agents, supervisors, desks, the disk and the hub
// itself do what they like, in random order, and checks what must hold at every
// commit, what must hold once all is quiet, and that everybody is served in the
// end.
func TestLaws(t *testing.T) { play(t, seeds, false) }

// TestLawsOfTwoOwners does so with a second owner of routing on the same log,
// each believing itself the only one. Both are slow at times, or die, between
// reservation and offer.
func TestLawsOfTwoOwners(t *testing.T) { play(t, seeds, true) }

func play(t *testing.T, seeds uint64, two bool) {
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed, two)
			for range 150 {
				w.act()
				if w.r.IntN(3) > 0 {
					synctest.Wait()
				}
			}
			w.settle()
			report := func(what string, err error) {
				if err != nil {
					t.Errorf("seed %d: %s: %v", seed, what, err)
				}
			}
			report("at rest", w.quiet())
			report("served", w.drain())
			report("in the end", w.quiet())
			report("history", w.history())
			w.end()
		})
		if t.Failed() {
			return
		}
	}
}

// world is a hub, or two owners of one log, and all who do something to it.
type world struct {
	*hub
	r      *rand.Rand
	owners []*owner
	desks  map[id.Agent][]func()
	n      int  // commands so far
	calm   bool // nobody is slow or dies any more
}

// owner is a router with an engine of its own.
type owner struct {
	engine *shaky
	router *acd.Router
	stop   func()
}

func newWorld(t *testing.T, seed uint64, two bool) *world {
	w := &world{hub: start(t, 1+int(seed%2), "ann", "bob", "cyd", "sue"), r: rand.New(rand.NewPCG(seed, 2)), desks: map[id.Agent][]func(){}}
	w.stop()
	w.rules.change = func(q id.Queue, s *conversation.Settings) {
		s.ACWOptional = q == "optional"
		s.Inactivity, s.InactiveRequeue = 5*time.Minute, q == "skilled"
	}
	for q, rules := range map[id.Queue]routing.Rules{
		"optional": {Members: w.agents, Keep: 30 * time.Second},
		"skilled":  {Members: w.agents[:2], Mode: routing.Bullseye, Rings: []routing.Ring{{After: time.Minute, Drop: []id.Skill{"de"}}}},
	} {
		w.options.Routing.Queues[q] = rules
	}
	w.options.Skills["ann"] = map[id.Skill]int{"de": 3}
	w.options.LastAgent = func(context.Context, id.Contact) (id.Agent, time.Time, error) { return "bob", time.Now(), nil }
	w.owners = []*owner{{engine: w.engine}}
	if two {
		w.owners = append(w.owners, &owner{})
		for _, o := range w.owners {
			w.found(o)
		}
	}
	for _, o := range w.owners {
		w.own(o)
	}
	return w
}

// found gives an owner an engine that is slow or dies now and then.
func (w *world) found(o *owner) {
	if o.engine != nil && o.engine != w.engine {
		o.engine.Close()
	}
	o.engine = w.another()
	if w.calm {
		return
	}
	r := rand.New(rand.NewPCG(w.r.Uint64(), 3))
	o.engine.reserved = func() (time.Duration, bool) {
		switch n := r.IntN(20); {
		case n == 0:
			return 0, true
		case n < 4:
			return time.Duration(r.IntN(120)) * time.Second, false
		}
		return 0, false
	}
}

// own begins a life of an owner.
func (w *world) own(o *owner) {
	options := w.options
	options.Engine = o.engine
	o.router, o.stop = w.run(options)
	w.router = o.router
}

// end ends all lives.
func (w *world) end() {
	for _, o := range w.owners {
		o.stop()
		if o.engine != w.engine {
			o.engine.Close()
		}
	}
	w.engine.Close()
}

// some is one of the routers.
func (w *world) some() *owner { return w.owners[w.r.IntN(len(w.owners))] }

// try does what may be refused, as people do.
func (w *world) try(conv id.Conversation, c conversation.Command) {
	_, _ = w.engine.Engine.Conversation(w.t.Context(), conv, id.Command(id.New()), "test", c)
}

func (w *world) say(a id.Agent, c agent.Command) {
	if _, err := w.engine.Engine.Agent(w.t.Context(), a, id.Command(id.New()), "test", c); err != nil {
		w.t.Error(err)
	}
}

func (w *world) be(a id.Agent, p agent.Presence) { w.say(a, agent.SetPresence{Presence: p}) }

// open opens a desk of an agent's at every owner.
func (w *world) open(a id.Agent) {
	for _, o := range w.owners {
		w.desks[a] = append(w.desks[a], o.router.DeskOpened(a))
	}
}

func (w *world) shut(a id.Agent) {
	for _, closed := range w.desks[a] {
		closed()
	}
	delete(w.desks, a)
}

func (w *world) act() {
	a := w.agents[w.r.IntN(len(w.agents))]
	switch n := w.r.IntN(100); {
	case n < 22:
		w.arrive()
	case n < 26 && len(w.convs) > 0:
		w.try(w.convs[w.r.IntN(len(w.convs))], conversation.Clear{})
	case n < 62 && len(w.convs) > 0:
		w.handle(w.convs[w.r.IntN(len(w.convs))])
	case n < 72 && len(w.convs) > 0:
		w.byHand(a, w.convs[w.r.IntN(len(w.convs))])
	case n < 76:
		w.outside(a)
	case n < 85:
		w.be(a, agent.OnQueue)
	case n < 88:
		w.be(a, []agent.Presence{agent.Away, agent.Offline, agent.Available}[w.r.IntN(3)])
	case n < 91 && w.desks[a] != nil:
		w.shut(a)
	case n < 91:
		w.open(a)
	case n < 96:
		<-time.After(time.Duration(w.r.IntN(40)) * time.Second)
	case n < 98:
		w.fill(w.some())
	default:
		w.restart(w.some())
	}
	for _, o := range w.owners {
		if o.engine.isDead() {
			w.restart(o)
		}
	}
}

func (w *world) arrive() {
	conv := id.Conversation(fmt.Sprint("c", len(w.convs)))
	w.known(conv)
	start := conversation.Start{
		Channel: []channel.Kind{channel.Web, channel.Web, "sms"}[w.r.IntN(3)], Account: "shop", Contact: "ida",
		Queue: []id.Queue{"web", "auto", "plain", "optional", "skilled"}[w.r.IntN(5)], Priority: w.r.IntN(3),
	}
	if w.r.IntN(2) == 0 {
		start.Skills = []id.Skill{"de"}
	}
	w.try(conv, start)
}

// handle does the next thing that the conversation's agent, or a supervisor, may
// do.
func (w *world) handle(conv id.Conversation) {
	s := w.conv(conv)
	for c, l := range s.Wrapping {
		if w.r.IntN(3) == 0 {
			w.try(conv, conversation.WrapUp{Agent: l.Agent, Communication: c, Code: "x"})
		}
	}
	if w.r.IntN(10) == 0 {
		w.try(conv, conversation.SetPriority{By: "sue", Priority: w.r.IntN(5)})
		return
	}
	if w.r.IntN(12) == 0 {
		w.move(conv, "sue", "", true)
		return
	}
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
		switch w.r.IntN(4) {
		case 0:
			w.move(conv, a, leg, false)
		case 1:
			w.try(conv, conversation.Park{Agent: a, Communication: leg, Until: w.engine.Now().Add(time.Duration(1+w.r.IntN(200)) * time.Second)})
		default:
			w.try(conv, conversation.Disconnect{Agent: a, Communication: leg})
		}
	case conversation.AfterCall:
		w.try(conv, conversation.WrapUp{Agent: a, Communication: leg, Code: "x"})
	case conversation.New, conversation.Waiting, conversation.Aside, conversation.Done:
	}
}

func (w *world) move(conv id.Conversation, by id.Agent, leg id.Communication, steer bool) {
	w.try(conv, conversation.Transfer{
		By: by, Steer: steer, Communication: leg, Queue: []id.Queue{"", "plain", "auto", "skilled"}[w.r.IntN(4)],
		To: []id.Agent{"", "", "ann", "bob"}[w.r.IntN(4)],
	})
}

// byHand pulls, takes over or takes up again, at some owner, more than once at
// times, and does not wait for it.
func (w *world) byHand(a id.Agent, conv id.Conversation) {
	w.n++
	cmd := id.Command(fmt.Sprint("by-hand-", w.n))
	kind := w.r.IntN(3)
	if s := w.conv(conv); s.Phase == conversation.Aside {
		kind, a = 2, s.Leg.Agent
	}
	for range 1 + w.r.IntN(2) {
		o := w.some()
		f := []assigning{o.router.Pull, o.router.TakeOver, o.router.Unpark}[kind]
		go func() { _, _ = f(w.t.Context(), cmd, a, conv) }()
	}
}

// outside is work outside Parley, or a queue left for now.
func (w *world) outside(a id.Agent) {
	x := id.External(fmt.Sprint("x", w.r.IntN(2)))
	switch w.r.IntN(4) {
	case 0:
		w.say(a, agent.StartExternal{External: x, Media: []channel.Kind{"voice", "mail"}[w.r.IntN(2)]})
	case 1:
		w.say(a, agent.EndExternal{External: x})
	default:
		w.say(a, agent.SetQueue{Queue: []id.Queue{"web", "auto"}[w.r.IntN(2)], Join: w.r.IntN(2) == 0})
	}
}

// fill fills an owner's disk, or empties it.
func (w *world) fill(o *owner) {
	o.engine.mu.Lock()
	defer o.engine.mu.Unlock()
	o.engine.refuse = nil
	if seed := w.r.Uint64(); seed%2 == 0 {
		r := rand.New(rand.NewPCG(seed, 3))
		o.engine.refuse = func() bool { return r.IntN(3) == 0 }
	}
}

// restart ends a life of an owner and begins another. Desks open anew.
func (w *world) restart(o *owner) {
	o.stop()
	if len(w.owners) > 1 {
		w.found(o)
	}
	w.own(o)
	for _, a := range w.agents {
		if w.desks[a] != nil {
			w.shut(a)
			w.open(a)
		}
	}
}
