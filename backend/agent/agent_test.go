package agent_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
)

var t0 = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

type events = []agent.Event

func given(es ...agent.Event) *agent.State {
	s := &agent.State{ID: "ann"}
	for _, e := range es {
		s.Record(e, t0)
	}
	return s
}

func TestDecide(t *testing.T) {
	on := agent.PresenceChanged{Presence: agent.OnQueue}
	held := agent.Reserved{Communication: "c-1", Conversation: "conv-1", Channel: channel.Web}
	reserve := agent.Reserve{Communication: "c-1", Conversation: "conv-1", Channel: channel.Web}
	silent := agent.StoppedResponding{Communication: "c-1"}
	for _, tt := range []struct {
		name  string
		given events
		when  agent.Command
		then  events
		fails error
	}{
		{"goes on queue", nil, agent.SetPresence{Presence: agent.OnQueue}, events{on}, nil},
		{"is on queue already", events{on}, agent.SetPresence{Presence: agent.OnQueue}, nil, nil},
		{"a new agent is offline already", nil, agent.SetPresence{Presence: agent.Offline}, nil, nil},
		{"an invented presence is refused", nil, agent.SetPresence{Presence: "asleep"}, nil, agent.ErrUnknownPresence},
		{"comes back from not responding", events{on, silent}, agent.SetPresence{Presence: agent.OnQueue}, events{agent.Resumed{}}, nil},
		{"reserves", events{on}, reserve, events{held}, nil},
		{"reserving twice says nothing", events{on, held}, reserve, nil, nil},
		{"is not on queue", nil, reserve, nil, agent.ErrUnavailable},
		{"is not responding", events{on, silent}, reserve, nil, agent.ErrUnavailable},
		{"has no capacity left", events{on, agent.Reserved{Communication: "c-0", Channel: channel.Web}}, reserve, nil, agent.ErrNoCapacity},
		{"has no capacity for the channel", events{on}, agent.Reserve{Communication: "c-9", Channel: "sms"}, nil, agent.ErrNoCapacity},
		{"releases", events{on, held}, agent.Release{Communication: "c-1", Reason: "completed"},
			events{agent.Released{Communication: "c-1", Reason: "completed"}}, nil},
		{"an alert that went unanswered stops the queue", events{on, held},
			agent.Release{Communication: "c-1", Reason: "expired", NotResponding: true},
			events{agent.Released{Communication: "c-1", Reason: "expired"}, silent}, nil},
		{"off queue there is nothing to stop", events{held},
			agent.Release{Communication: "c-1", Reason: "expired", NotResponding: true},
			events{agent.Released{Communication: "c-1", Reason: "expired"}}, nil},
		{"by hand off queue too", nil, agent.Reserve{Communication: "c-1", Conversation: "conv-1", Channel: channel.Web, Manual: true}, events{held}, nil},
		{"by hand not beyond the capacity", events{held},
			agent.Reserve{Communication: "c-2", Conversation: "conv-2", Channel: channel.Web, Manual: true}, nil, agent.ErrNoCapacity},
		{"a call may not be interrupted", events{on, agent.ExternalStarted{External: "x-1", Media: "voice"}}, reserve, nil, agent.ErrInterrupted},
		{"a call that is over", events{on, agent.ExternalStarted{External: "x-1", Media: "voice"}, agent.ExternalEnded{External: "x-1"}}, reserve, events{held}, nil},
		{"a call begins", nil, agent.StartExternal{External: "x-1", Media: "voice"}, events{agent.ExternalStarted{External: "x-1", Media: "voice"}}, nil},
		{"once", events{agent.ExternalStarted{External: "x-1", Media: "voice"}}, agent.StartExternal{External: "x-1", Media: "voice"}, nil, nil},
		{"of a medium with a name", nil, agent.StartExternal{External: "x-1", Media: "Voice call!"}, nil, agent.ErrMedia},
		{"ends what is open", nil, agent.EndExternal{External: "x-1"}, nil, nil},
		{"leaves a queue", nil, agent.SetQueue{Queue: "orders", By: "sue"}, events{agent.QueueLeft{Queue: "orders", By: "sue"}}, nil},
		{"leaves it once", events{agent.QueueLeft{Queue: "orders"}}, agent.SetQueue{Queue: "orders"}, nil, nil},
		{"joins it again", events{agent.QueueLeft{Queue: "orders"}}, agent.SetQueue{Queue: "orders", Join: true}, events{agent.QueueJoined{Queue: "orders"}}, nil},
		{"is in it already", nil, agent.SetQueue{Queue: "orders", Join: true}, nil, nil},
		{"a supervisor changes the presence", nil, agent.SetPresence{Presence: agent.Break, By: "sue"}, events{agent.PresenceChanged{Presence: agent.Break, By: "sue"}}, nil},
		{"releases nothing twice", events{on}, agent.Release{Communication: "c-1", Reason: "completed"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := given(tt.given...)
			before := s.Clone()
			got, err := agent.Decide(s, tt.when, agent.Env{Now: t0, Utilization: agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: 1}}})
			if !errors.Is(err, tt.fails) || !reflect.DeepEqual(got, tt.then) {
				t.Fatalf("\n got %#v, %v\nwant %#v, %v", got, err, tt.then, tt.fails)
			}
			if !reflect.DeepEqual(s, before) {
				t.Error("Decide changed the state")
			}
		})
	}
}

func TestRoutingStatus(t *testing.T) {
	on := agent.PresenceChanged{Presence: agent.OnQueue}
	held := agent.Reserved{Communication: "c-1", Channel: channel.Web}
	for _, tt := range []struct {
		name  string
		given events
		want  agent.Routing
	}{
		{"a new agent", nil, agent.OffQueue},
		{"on queue", events{on}, agent.Idle},
		{"with an interaction", events{on, held}, agent.Interacting},
		{"not responding", events{on, held, agent.StoppedResponding{Communication: "c-1"}}, agent.NotResponding},
		{"gone for a break with an interaction", events{on, held, agent.PresenceChanged{Presence: agent.Break}}, agent.OffQueue},
		{"back", events{on, agent.StoppedResponding{}, agent.Resumed{}}, agent.Idle},
	} {
		if got := given(tt.given...).Routing(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Random commands, in any order, never hold more than the capacity, and what
// was decided folds to the same state from any cut.
func TestCapacityIsNeverExceeded(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		capacity := map[channel.Kind]int{channel.Web: r.IntN(4)}
		s, now := &agent.State{}, t0
		var h []eventlog.Stored
		for n := range 100 {
			now = now.Add(time.Second)
			leg := id.Communication(fmt.Sprint("c-", r.IntN(8)))
			cmd := []agent.Command{
				agent.SetPresence{Presence: agent.Presences()[r.IntN(4)]}, agent.SetPresence{Presence: agent.OnQueue},
				agent.Reserve{Communication: leg, Channel: channel.Web}, agent.Reserve{Communication: leg, Channel: channel.Web},
				agent.Release{Communication: leg, Reason: "completed", NotResponding: r.IntN(3) == 0},
				agent.Reserve{Communication: leg, Channel: channel.Web, Manual: true},
				agent.StartExternal{External: id.External(leg), Media: "voice"}, agent.EndExternal{External: id.External(leg)},
				agent.SetQueue{Queue: "orders", Join: r.IntN(2) == 0},
			}[r.IntN(9)]
			es, err := agent.Decide(s, cmd, agent.Env{Now: now, Utilization: agent.Utilization{Capacity: capacity}})
			if err != nil || len(es) == 0 {
				continue
			}
			encoded, err := agent.Encode(es)
			if err != nil {
				t.Fatal(err)
			}
			c := eventlog.Commit{
				Stream: eventlog.Stream{Kind: eventlog.Agent, ID: "ann"}, Rev: s.Rev + 1, PrevHash: s.Hash,
				ID: id.Command(fmt.Sprint(n)), At: now, Actor: "test", Events: encoded,
			}
			h = append(h, eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode())})
			if err := s.Apply(h[len(h)-1]); err != nil {
				t.Fatal(err)
			}
			if s.Held()[channel.Web] > capacity[channel.Web] {
				t.Fatalf("seed %d: %d reserved of %d", seed, s.Held()[channel.Web], capacity[channel.Web])
			}
		}
		again := &agent.State{}
		cut := r.IntN(len(h) + 1)
		for _, c := range append(h[:cut:cut], h[max(0, cut-2):]...) {
			if err := again.Apply(c); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(again, s) {
			t.Fatalf("seed %d: replay gives\n%+v, want\n%+v", seed, again, s)
		}
	}
}

var update = flag.Bool("update", false, "write golden files of new events; released ones never change")

func TestEventsKeepTheirReleasedForm(t *testing.T) {
	every := events{
		agent.PresenceChanged{Presence: agent.Offline, Reason: "disconnected"},
		agent.Reserved{Communication: "c-1", Conversation: "conv-1", Channel: channel.Web},
		agent.Released{Communication: "c-1", Reason: "completed"},
		agent.StoppedResponding{Communication: "c-1"},
		agent.Resumed{},
		agent.QueueLeft{Queue: "orders", By: "sue"},
		agent.QueueJoined{Queue: "orders", By: "sue"},
		agent.ExternalStarted{External: "x-1", Media: "voice"},
		agent.ExternalEnded{External: "x-1"},
	}
	encoded, err := agent.Encode(every)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range encoded {
		file := filepath.Join("testdata", "events", e.Type+".json")
		if _, err := os.Stat(file); *update && errors.Is(err, os.ErrNotExist) {
			if err := os.WriteFile(file, append(e.Data, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(e.Data) + "\n"; got != string(golden) {
			t.Errorf("%s is written as\n%swas released as\n%s", e.Type, got, golden)
		}
		if back := agent.Decode(eventlog.Event{Type: e.Type, Data: golden}); !reflect.DeepEqual(back, every[i]) {
			t.Errorf("%s reads back as %#v", e.Type, back)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("presence_changed", []byte(`{"presence":"on_queue"}`))
	f.Add("reserved", []byte(`{"communication":"c-1","conversation":"x","channel":"web"}`))
	f.Add("released", []byte(`[]`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		s := given()
		s.Record(agent.Decode(eventlog.Event{Type: kind, Data: data}), t0)
		_ = s.Routing()
		if again := s.Clone(); !reflect.DeepEqual(again, s) {
			t.Error("a clone differs")
		}
	})
}
