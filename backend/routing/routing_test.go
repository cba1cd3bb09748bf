package routing_test

import (
	"reflect"
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
	all := routing.Config{Queues: map[id.Queue]routing.Rules{"web": {Members: []id.Agent{"ann", "bob", "cyd", "dan"}}}}
	for _, tc := range []struct {
		name    string
		waiting []routing.Waiting
		agents  []routing.Agent
		config  routing.Config
		want    []offer
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
			want: []offer{
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
			want: []offer{{
				Waiting: waits("c1", 0), Agent: "bob", Why: "the only one idle", Passed: map[routing.Reason]int{routing.LessIdle: 1},
			}},
		},
		{
			name:    "among busy agents the one with the fewest",
			waiting: []routing.Waiting{waits("c1", 0)},
			agents:  []routing.Agent{who("ann", agent.Interacting, 2, 4, time.Hour), who("bob", agent.Interacting, 1, 4, time.Second)},
			config:  all,
			want: []offer{{
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
			want:    []offer{{Waiting: waits("c1", 0), Agent: "ann", Why: "the only one free", Passed: map[routing.Reason]int{}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := told(routing.Match(tc.waiting, tc.agents, tc.config, noon)); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}
