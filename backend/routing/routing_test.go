package routing_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/routing"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) time.Time { return noon.Add(-d) }

func waits(conv string, since time.Duration) routing.Waiting {
	return routing.Waiting{Conversation: id.Conversation(conv), Queue: "web", Channel: channel.Web, Since: before(since)}
}

func who(name string, r agent.Routing, used, capacity int, free time.Duration) routing.Agent {
	return routing.Agent{
		ID: id.Agent(name), Routing: r, FreeSince: before(free),
		Held: map[channel.Kind]int{channel.Web: used}, Utilization: agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: capacity}},
	}
}

func TestMatch(t *testing.T) {
	all := routing.Config{Members: map[id.Queue][]id.Agent{"web": {"ann", "bob", "cyd", "dan"}}}
	for _, tc := range []struct {
		name    string
		waiting []routing.Waiting
		agents  []routing.Agent
		config  routing.Config
		want    []routing.Offer
	}{
		{name: "nobody waits", agents: []routing.Agent{who("ann", agent.Idle, 0, 1, 0)}, config: all},
		{name: "nobody is there", waiting: []routing.Waiting{waits("c1", 0)}, config: all},
		{
			name:    "longest idle takes longest waiting",
			waiting: []routing.Waiting{waits("late", time.Second), waits("early", time.Minute)},
			agents: []routing.Agent{
				who("ann", agent.Idle, 0, 1, time.Second), who("bob", agent.Idle, 0, 1, 130*time.Second),
				who("cyd", agent.NotResponding, 0, 1, time.Hour), who("dan", agent.OffQueue, 0, 1, time.Hour),
			},
			config: all,
			want: []routing.Offer{
				{
					Waiting: waits("early", time.Minute), Agent: "bob", Why: "longest idle of 2, for 2m",
					Passed: map[routing.Reason]int{routing.LessIdle: 1, routing.NotResponding: 1, routing.OffQueue: 1},
				},
				{
					Waiting: waits("late", time.Second), Agent: "ann", Why: "the only one free",
					Passed: map[routing.Reason]int{routing.Full: 1, routing.NotResponding: 1, routing.OffQueue: 1},
				},
			},
		},
		{
			name:    "an idle agent goes before a busy one with room",
			waiting: []routing.Waiting{waits("c1", 0)},
			agents:  []routing.Agent{who("ann", agent.Interacting, 1, 4, time.Hour), who("bob", agent.Idle, 0, 4, time.Second)},
			config:  all,
			want: []routing.Offer{{
				Waiting: waits("c1", 0), Agent: "bob", Why: "the only one idle", Passed: map[routing.Reason]int{routing.LessIdle: 1},
			}},
		},
		{
			name:    "among busy agents the one with the fewest",
			waiting: []routing.Waiting{waits("c1", 0)},
			agents:  []routing.Agent{who("ann", agent.Interacting, 2, 4, time.Hour), who("bob", agent.Interacting, 1, 4, time.Second)},
			config:  all,
			want: []routing.Offer{{
				Waiting: waits("c1", 0), Agent: "bob", Why: "fewest interactions of 2", Passed: map[routing.Reason]int{routing.LessIdle: 1},
			}},
		},
		{
			name:    "only members of the queue",
			waiting: []routing.Waiting{waits("c1", 0)},
			agents:  []routing.Agent{who("eve", agent.Idle, 0, 1, 0)},
			config:  all,
		},
		{
			name:    "one that waits twice is offered once",
			waiting: []routing.Waiting{waits("c1", 0), waits("c1", 0)},
			agents:  []routing.Agent{who("ann", agent.Idle, 0, 4, 0)},
			config:  all,
			want:    []routing.Offer{{Waiting: waits("c1", 0), Agent: "ann", Why: "the only one free", Passed: map[routing.Reason]int{}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := routing.Match(tc.waiting, tc.agents, tc.config, noon); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

// TestLaws checks what holds for every match, on random ones.
func TestLaws(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		waiting, agents, config := random(r)
		offers := routing.Match(waiting, agents, config, noon)
		if err := laws(waiting, agents, config, offers); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		r.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		r.Shuffle(len(agents), func(i, j int) { agents[i], agents[j] = agents[j], agents[i] })
		if again := routing.Match(waiting, agents, config, noon); !reflect.DeepEqual(again, offers) {
			t.Fatalf("seed %d: another order of arguments gives other offers", seed)
		}
	}
}

func random(r *rand.Rand) ([]routing.Waiting, []routing.Agent, routing.Config) {
	kinds := []channel.Kind{"web", "sms"}
	queues := []id.Queue{"q1", "q2", "q3"}
	config := routing.Config{Members: map[id.Queue][]id.Agent{}}
	var agents []routing.Agent
	for i := range r.IntN(6) {
		a := routing.Agent{
			ID:        id.Agent(fmt.Sprint("a", i)),
			Routing:   []agent.Routing{agent.Idle, agent.Interacting, agent.NotResponding, agent.OffQueue}[r.IntN(4)],
			FreeSince: before(time.Duration(r.IntN(5)) * time.Minute),
			Held:      map[channel.Kind]int{}, Utilization: agent.Utilization{Capacity: map[channel.Kind]int{}},
		}
		for _, k := range kinds {
			a.Utilization.Capacity[k] = r.IntN(4)
			a.Held[k] = r.IntN(a.Utilization.Capacity[k] + 2) // may exceed it after a change of configuration
		}
		agents = append(agents, a)
		for _, q := range queues {
			if r.IntN(2) == 0 {
				config.Members[q] = append(config.Members[q], a.ID)
			}
		}
	}
	var waiting []routing.Waiting
	for i := range r.IntN(20) {
		waiting = append(waiting, routing.Waiting{
			Conversation: id.Conversation(fmt.Sprint("c", i)), Queue: queues[r.IntN(3)], Channel: kinds[r.IntN(2)],
			Since: before(time.Duration(r.IntN(8)) * time.Second),
		})
	}
	return waiting, agents, config
}

func laws(waiting []routing.Waiting, agents []routing.Agent, config routing.Config, offers []routing.Offer) error {
	type slot struct {
		agent id.Agent
		kind  channel.Kind
	}
	left := map[slot]int{}
	for _, a := range agents {
		for k, n := range a.Utilization.Capacity {
			if a.Routing == agent.Idle || a.Routing == agent.Interacting {
				left[slot{a.ID, k}] = n - a.Held[k]
			}
		}
	}
	offered := map[id.Conversation]bool{}
	for i, o := range offers {
		if offered[o.Conversation] {
			return fmt.Errorf("%s is offered twice", o.Conversation)
		}
		offered[o.Conversation] = true
		if !slices.Contains(config.Members[o.Queue], o.Agent) {
			return fmt.Errorf("%s is no member of %s", o.Agent, o.Queue)
		}
		s := slot{o.Agent, o.Channel}
		if left[s]--; left[s] < 0 {
			return fmt.Errorf("%s has no capacity for %s", o.Agent, o.Conversation)
		}
		if i > 0 && o.Since.Before(offers[i-1].Since) {
			return fmt.Errorf("%s waited longer and comes later", o.Conversation)
		}
		others := 0
		for _, n := range o.Passed {
			others += n
		}
		if want := len(config.Members[o.Queue]) - 1; others != want {
			return fmt.Errorf("%s: %d others are accounted for, not %d", o.Conversation, others, want)
		}
	}
	// Who is not offered has nobody left, so nobody was overtaken either.
	for _, w := range waiting {
		if offered[w.Conversation] {
			continue
		}
		for _, a := range config.Members[w.Queue] {
			if left[slot{a, w.Channel}] > 0 {
				return fmt.Errorf("%s waits although %s is free", w.Conversation, a)
			}
		}
	}
	return nil
}
