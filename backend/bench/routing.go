package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/routing"
)

// crowd is a large organisation: 20 queues, a third each by idle time, by skills
// and in rings, three channels, and agents who are members of five queues and
// take up to four interactions of each channel.
type crowd struct {
	r      *rand.Rand
	config routing.Config
	agents []routing.Agent
	queues []id.Queue
	n      int // conversations so far
}

var (
	benchKinds = []channel.Kind{"web", "whatsapp", "sms"}
	benchNoon  = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
)

const (
	benchQueues = 20
	benchRoom   = 4
)

func newCrowd(agents int) *crowd {
	c := &crowd{r: rand.New(rand.NewPCG(7, 7)), config: routing.Config{Queues: map[id.Queue]routing.Rules{}}}
	members := map[id.Queue][]id.Agent{}
	for q := range benchQueues {
		c.queues = append(c.queues, id.Queue(fmt.Sprint("queue-", q)))
	}
	for i := range agents {
		a := routing.Agent{
			ID: id.Agent(fmt.Sprintf("agent-%04d", i)), Routing: agent.Idle, FreeSince: benchNoon.Add(-time.Duration(c.r.IntN(3600)) * time.Second),
			Held: map[channel.Kind]int{}, Skills: map[id.Skill]int{"de": c.r.IntN(6), "fr": c.r.IntN(6), "returns": 1 + c.r.IntN(5)},
			Utilization: agent.Utilization{Capacity: map[channel.Kind]int{}},
		}
		for _, k := range benchKinds {
			a.Utilization.Capacity[k] = benchRoom
		}
		c.agents = append(c.agents, a)
		for range 5 {
			q := c.queues[c.r.IntN(benchQueues)]
			members[q] = append(members[q], a.ID)
		}
	}
	for q, name := range c.queues {
		c.config.Queues[name] = routing.Rules{
			Members: members[name], Mode: []routing.Mode{routing.ByIdle, routing.BySkill, routing.Bullseye}[q%3], Keep: 10 * time.Second,
			Rings: []routing.Ring{{After: time.Minute, Drop: []id.Skill{"de"}}, {After: 5 * time.Minute, Drop: []id.Skill{"fr", "returns"}}},
		}
	}
	return c
}

// waits makes one more conversation that waits since a moment before a time.
func (c *crowd) waits(at time.Time, within time.Duration) routing.Waiting {
	c.n++
	w := routing.Waiting{
		Conversation: id.Conversation(fmt.Sprintf("conversation-%09d", c.n)), Queue: c.queues[c.r.IntN(benchQueues)],
		Channel: benchKinds[c.r.IntN(len(benchKinds))], Since: at.Add(-time.Duration(c.r.Int64N(int64(within)))).Truncate(time.Millisecond),
		Priority: c.r.IntN(3), Skills: [][]id.Skill{nil, {"de"}, {"fr"}, {"de", "returns"}}[c.r.IntN(4)],
	}
	if c.r.IntN(4) == 0 {
		w.Preferred = c.agents[c.r.IntN(len(c.agents))].ID
	}
	return w
}

// busy gives every agent some work.
func (c *crowd) busy(held func() int) {
	for i := range c.agents {
		for _, k := range benchKinds {
			c.agents[i].Held[k] = held()
		}
	}
}

func routingBenches(pairs int) ([]result, error) {
	full, err := fullPass(pairs)
	if err != nil {
		return nil, err
	}
	curve, err := perEvent(pairs)
	return append(full, curve...), err
}

// fullPass matches 10,000 who wait with 1,000 agents who have half of their
// capacity left, from nothing.
func fullPass(pairs int) ([]result, error) {
	c := newCrowd(1000)
	c.busy(func() int { return c.r.IntN(benchRoom + 1) })
	waiting := make([]routing.Waiting, 10_000)
	for i := range waiting {
		waiting[i] = c.waits(benchNoon, 10*time.Minute)
	}
	var took []float64
	for n := range 4*pairs + 1 {
		begin := time.Now()
		offers := routing.Match(waiting, c.agents, c.config, benchNoon)
		if len(offers) < 1000 {
			return nil, fmt.Errorf("%d offers only", len(offers))
		}
		if n > 0 {
			took = append(took, time.Since(begin).Seconds()*1e3)
		}
	}
	return []result{{Name: "routing.full_pass", Ours: median(took), Goal: "<=10", Unit: "ms"}}, nil
}

// perEvent measures what one event costs while more and more wait: a contact
// comes, an agent finishes, the next one is found and taken. Everybody else has
// no room, as when so many wait.
func perEvent(pairs int) ([]result, error) {
	sizes := []int{1_000, 10_000, 100_000}
	boards := make([]*shift, len(sizes))
	for i, n := range sizes {
		boards[i] = newShift(n)
	}
	took := make([][]float64, len(sizes))
	var ratios []float64
	for n := range 2*pairs + 1 {
		for i, b := range boards {
			t, err := b.events(2000)
			if err != nil {
				return nil, err
			}
			if n > 0 {
				took[i] = append(took[i], t)
			}
		}
		if n > 0 {
			ratios = append(ratios, took[2][n-1]/took[0][n-1])
		}
	}
	var out []result
	for i, n := range sizes {
		out = append(out, result{Name: fmt.Sprintf("routing.per_event_%dk", n/1000), Ours: median(took[i]), Goal: "report", Unit: "µs"})
	}
	return append(out, result{
		Name: "routing.per_event_curve", Ours: median(took[2]), Baseline: median(took[0]), Ratio: median(ratios), Goal: "<=1.5", Unit: "µs",
	}), nil
}

// shift is a board on which so many wait and nobody is free.
type shift struct {
	*crowd
	board *routing.Board
	now   time.Time
}

func newShift(waiting int) *shift {
	s := &shift{crowd: newCrowd(1000), now: benchNoon}
	s.busy(func() int { return benchRoom })
	s.board = routing.NewBoard(s.config)
	for _, a := range s.agents {
		a.Routing = agent.Interacting
		s.board.Agent(a)
	}
	for range waiting {
		s.board.Wait(s.waits(s.now, time.Hour), s.now)
	}
	return s
}

// events lets n contacts come and n interactions end, and returns how long one
// of each took with what follows from it, in µs.
func (s *shift) events(n int) (float64, error) {
	coming := make([]routing.Waiting, n)
	for i := range coming {
		coming[i] = s.waits(s.now.Add(time.Duration(i)*time.Millisecond), time.Millisecond)
	}
	begin := time.Now()
	for _, w := range coming {
		s.now = s.now.Add(time.Millisecond)
		s.board.Wait(w, s.now)
		if len(s.board.Match(s.now)) > 0 {
			return 0, fmt.Errorf("somebody is free")
		}
		a := s.agents[s.r.IntN(len(s.agents))]
		k := benchKinds[s.r.IntN(len(benchKinds))]
		a.FreeSince = s.now
		a.Held[k]--
		s.board.Agent(a)
		offers := s.board.Match(s.now)
		if len(offers) != 1 {
			return 0, fmt.Errorf("%d offers, want one", len(offers))
		}
		a.Held[k]++
		s.board.Agent(a)
		s.board.Leave(offers[0].Conversation)
	}
	return float64(time.Since(begin).Microseconds()) / float64(n), nil
}
