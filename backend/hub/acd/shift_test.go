package acd_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/internal/ladder"
	"parley/backend/routing"
)

var (
	shiftHours     = flag.Int("shift.hours", 1, "how long the simulated shift is")
	shiftAgents    = flag.Int("shift.agents", 50, "how many agents work in it")
	shiftCustomers = flag.Int("shift.customers", 2000, "how many customers come")
)

// TestShift lives through a shift in simulated time, with all that people do:
// they accept, decline and overlook alerts, transfer, park and take up again,
// take breaks and calls; customers lose patience. When it is over, every
// conversation is accounted for; when the last one has gone, nothing is held.
func TestShift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newDay(t, *shiftAgents)
		defer s.close()
		length := time.Duration(*shiftHours) * time.Hour
		for n := range *shiftCustomers {
			s.at(time.Duration(s.r.Int64N(int64(length))), func() { s.arrive(n) })
		}
		s.until(length)
		books := s.books()
		t.Logf("at the end of the shift, %d h, %d agents:\n%s", *shiftHours, *shiftAgents, books)
		if err := books.balanced(); err != nil {
			t.Error(err)
		}
		if books.sum("answered") < *shiftCustomers/2 || books.n["leg transferred"] == 0 || books.n["taken up again"] == 0 || books.n["alert expired"] == 0 || books.n["taken_over"] == 0 || books.n["pulled"] == 0 {
			t.Error("too little happened for this to tell anything")
		}
		s.until(length + 2*time.Hour)
		books = s.books()
		t.Logf("when everybody has gone:\n%s", books)
		if err := books.balanced(); err != nil {
			t.Error(err)
		}
		if phases, work := books.open(); phases[conversation.Done] != *shiftCustomers || work > 0 || len(books.held) > 0 {
			t.Errorf("left over: %v, %d in after-call work, %d reservations", phases, work, len(books.held))
		}
	})
}

// day is a hub and everybody's appointments.
type day struct {
	*hub
	r     *rand.Rand
	begin time.Time
	plan  ladder.Ladder[appointment]
	n     int

	mu   sync.Mutex
	news []*engine.Commit
	wake chan struct{} // holds one
}

// appointment is what somebody does at a time.
type appointment struct {
	at time.Time
	n  int
	do func()
}

func newDay(t *testing.T, agents int) *day {
	var names []id.Agent
	for n := range agents {
		names = append(names, id.Agent(fmt.Sprintf("agent-%03d", n)))
	}
	d := &day{hub: start(t, 3, names...), r: rand.New(rand.NewPCG(1, 1)), begin: time.Now(), wake: make(chan struct{}, 1)}
	d.plan.Before = func(a, b appointment) bool { return a.at.Before(b.at) || (a.at.Equal(b.at) && a.n < b.n) }
	d.stop()
	d.rules.change = func(q id.Queue, s *conversation.Settings) { s.Inactivity, s.InactiveRequeue = 15*time.Minute, true }
	d.options.Routing.Queues["skilled"] = routing.Rules{
		Members: names[:len(names)/2], Mode: routing.Bullseye, Keep: 20 * time.Second,
		Rings: []routing.Ring{{After: 90 * time.Second, Drop: []id.Skill{"de"}}},
	}
	for n, a := range names {
		d.options.Skills[a] = map[id.Skill]int{"de": n % 4}
	}
	d.options.LastAgent = func(context.Context, id.Contact) (id.Agent, time.Time, error) {
		return names[len(names)/3], time.Now(), nil
	}
	d.route()
	d.engine.Subscribe(d.hear)
	d.at(time.Minute, d.oversee)
	for _, a := range names {
		d.router.DeskOpened(a)
		d.at(d.within(time.Minute), func() { d.say(a, agent.SetPresence{Presence: agent.OnQueue}) })
		d.at(d.within(time.Hour), func() { d.pause(a) })
	}
	return d
}

// within is a random time of at most d.
func (d *day) within(most time.Duration) time.Duration { return time.Duration(d.r.Int64N(int64(most))) }

// at makes an appointment, from now on.
func (d *day) at(in time.Duration, do func()) {
	d.n++
	d.plan.Add(appointment{time.Now().Add(in), d.n, do})
}

// hear takes news out of the feed.
func (d *day) hear(c *engine.Commit) {
	d.mu.Lock()
	d.news = append(d.news, c)
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// until lives on until so long after the beginning.
func (d *day) until(length time.Duration) {
	end := time.After(time.Until(d.begin.Add(length)))
	for {
		d.mu.Lock()
		news := d.news
		d.news = nil
		d.mu.Unlock()
		for _, c := range news {
			for _, e := range c.Conversation {
				d.react(id.Conversation(c.Stream.ID), e)
			}
		}
		next := time.NewTimer(time.Hour)
		if d.plan.Len() > 0 {
			next.Reset(max(0, time.Until(d.plan.First().at)))
		}
		select {
		case <-end:
			return
		case <-d.wake:
		case <-next.C:
			if d.plan.Len() > 0 && !d.plan.First().at.After(time.Now()) {
				a := d.plan.First()
				d.plan.Drop(a)
				a.do()
			}
		}
	}
}

// say and try do what may be refused, as people do.
func (d *day) say(a id.Agent, c agent.Command) {
	_, _ = d.engine.Engine.Agent(d.t.Context(), a, id.Command(id.New()), actorOf(a), c)
}

func (d *day) try(conv id.Conversation, c conversation.Command) {
	_, _ = d.engine.Engine.Conversation(d.t.Context(), conv, id.Command(id.New()), "test", c)
}

func actorOf(a id.Agent) string { return "agent:" + string(a) }

// arrive lets a customer come, who waits for an answer only so long.
func (d *day) arrive(n int) {
	conv := id.Conversation(fmt.Sprintf("conv-%05d", n))
	start := conversation.Start{
		Channel: "web", Account: "shop", Contact: id.Contact(fmt.Sprint("contact-", n)), Priority: d.r.IntN(3),
		Queue: []id.Queue{"web", "web", "auto", "plain", "skilled"}[d.r.IntN(5)],
	}
	if d.r.IntN(3) == 0 {
		start.Skills = []id.Skill{"de"}
	}
	d.known(conv)
	d.try(conv, start)
	d.at(2*time.Minute+d.within(8*time.Minute), func() {
		if d.conv(conv).AnsweredAt.IsZero() {
			d.try(conv, conversation.Clear{})
		}
	})
}

// react has people do something about what they see.
func (d *day) react(conv id.Conversation, e conversation.Event) {
	switch e := e.(type) {
	case conversation.Alerted:
		d.answer(conv, e)
	case conversation.Connected:
		d.at(20*time.Second+d.within(5*time.Minute), func() { d.finish(conv, e.Agent, e.Communication) })
	case conversation.Unparked:
		d.at(d.within(2*time.Minute), func() { d.finish(conv, e.Agent, e.Communication) })
	case conversation.AlertEnded:
		if e.Reason == "declined" || e.Reason == "expired" {
			d.at(d.within(2*time.Minute), func() { d.say(e.Agent, agent.SetPresence{Presence: agent.OnQueue}) })
		}
	case conversation.Disconnected:
		d.wrapUp(conv, e.Agent, e.Communication)
	case conversation.LegEnded:
		d.wrapUp(conv, e.Agent, e.Communication)
	default:
	}
}

func (d *day) answer(conv id.Conversation, e conversation.Alerted) {
	switch n := d.r.IntN(100); {
	case n < 5: // overlooked
	case n < 9:
		d.at(d.within(20*time.Second), func() { d.try(conv, conversation.Decline{Agent: e.Agent, Communication: e.Communication}) })
	default:
		d.at(d.within(20*time.Second), func() { d.try(conv, conversation.Accept{Agent: e.Agent, Communication: e.Communication}) })
	}
}

// finish ends a leg, one way or another.
func (d *day) finish(conv id.Conversation, a id.Agent, leg id.Communication) {
	switch n := d.r.IntN(100); {
	case n < 15:
		d.try(conv, conversation.Clear{}) // the customer has what they wanted
	case n < 24:
		d.try(conv, conversation.Transfer{By: a, Communication: leg, Queue: []id.Queue{"plain", "skilled", "auto"}[d.r.IntN(3)]})
	case n < 28:
		d.try(conv, conversation.Transfer{By: a, Communication: leg, To: d.agents[d.r.IntN(len(d.agents))]})
	case n < 36:
		until := time.Minute + d.within(6*time.Minute)
		d.try(conv, conversation.Park{Agent: a, Communication: leg, Until: d.engine.Now().Add(until)})
		if d.r.IntN(3) > 0 {
			d.at(d.within(until), func() { _, _ = d.router.Unpark(d.t.Context(), id.Command(id.New()), a, conv) })
		}
	case n < 38: // forgotten: silence ends it
	default:
		d.try(conv, conversation.Disconnect{Agent: a, Communication: leg})
	}
}

// wrapUp wraps up in time, mostly.
func (d *day) wrapUp(conv id.Conversation, a id.Agent, leg id.Communication) {
	if d.r.IntN(5) > 0 {
		d.at(d.within(50*time.Second), func() { d.try(conv, conversation.WrapUp{Agent: a, Communication: leg, Code: "x"}) })
	}
}

// oversee has a supervisor take over a conversation now and then, and agents pull
// what waits.
func (d *day) oversee() {
	if n := len(d.list()); n > 0 {
		conv := d.list()[max(0, n-1-d.r.IntN(50))]
		if d.r.IntN(2) == 0 {
			_, _ = d.router.TakeOver(d.t.Context(), id.Command(id.New()), d.agents[0], conv)
		} else {
			_, _ = d.router.Pull(d.t.Context(), id.Command(id.New()), d.agents[d.r.IntN(len(d.agents))], conv)
		}
	}
	d.at(d.within(30*time.Second), d.oversee)
}

// pause takes an agent off for a while, by a break or a call, and again later.
func (d *day) pause(a id.Agent) {
	if d.r.IntN(2) == 0 {
		d.say(a, agent.StartExternal{External: "call", Media: "voice"})
		d.at(d.within(6*time.Minute), func() { d.say(a, agent.EndExternal{External: "call"}) })
	} else {
		d.say(a, agent.SetPresence{Presence: agent.Break})
		d.at(d.within(10*time.Minute), func() { d.say(a, agent.SetPresence{Presence: agent.OnQueue}) })
	}
	d.at(20*time.Minute+d.within(time.Hour), func() { d.pause(a) })
}

// books counts the whole log.
func (d *day) books() *ledger {
	synctest.Wait()
	books := newLedger()
	tail, err := d.log.Tail(d.t.Context(), 0)
	if err != nil {
		d.t.Fatal(err)
	}
	for c, err := range d.log.Follow(d.t.Context(), 0, 0) {
		if err != nil {
			d.t.Fatal(err)
		}
		books.take(c)
		if c.Pos == tail.Pos {
			break
		}
	}
	return books
}
