package supervisor_test

import (
	"fmt"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/monitor"
	"parley/backend/supervisor"
)

// t0 is ten in the morning, at the beginning of an interval.
var t0 = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

// world makes a log with the real cores: what they refuse does not happen.
type world struct {
	t   testing.TB
	now time.Time
	log []eventlog.Stored

	settings      conversation.Settings
	conversations map[id.Conversation]*conversation.State
	agents        map[id.Agent]*agent.State
	monitors      map[id.Conversation]*monitor.State
}

func newWorld(t testing.TB) *world {
	return &world{
		t: t, now: t0, settings: conversation.Settings{AlertTimeout: 30 * time.Second, WrapUp: true, Manual: true, Inactivity: time.Hour},
		conversations: map[id.Conversation]*conversation.State{}, agents: map[id.Agent]*agent.State{}, monitors: map[id.Conversation]*monitor.State{},
	}
}

func (w *world) after(d time.Duration) *world {
	w.now = w.now.Add(d)
	return w
}

// do lets a conversation's command happen and says whether it did.
func (w *world) do(conv string, c conversation.Command) bool {
	w.t.Helper()
	s := w.conversations[id.Conversation(conv)]
	if s == nil {
		s = &conversation.State{}
		w.conversations[id.Conversation(conv)] = s
	}
	events, err := conversation.Decide(s, c, conversation.Env{Now: w.now, Settings: w.settings})
	if err != nil || len(events) == 0 {
		return false
	}
	encoded, err := conversation.Encode(events)
	w.ok(err)
	w.ok(s.Apply(w.append(eventlog.Stream{Kind: eventlog.Conversation, ID: conv}, s.Rev, s.Hash, encoded)))
	return true
}

func (w *world) agent(a string, c agent.Command) bool {
	w.t.Helper()
	s := w.agents[id.Agent(a)]
	if s == nil {
		s = &agent.State{}
		w.agents[id.Agent(a)] = s
	}
	events, err := agent.Decide(s, c, agent.Env{Now: w.now, Utilization: agent.Utilization{Capacity: map[channel.Kind]int{"web": 9, "sms": 9}}})
	if err != nil || len(events) == 0 {
		return false
	}
	encoded, err := agent.Encode(events)
	w.ok(err)
	w.ok(s.Apply(w.append(eventlog.Stream{Kind: eventlog.Agent, ID: a}, s.Rev, s.Hash, encoded)))
	return true
}

func (w *world) monitor(conv string, c monitor.Command) bool {
	w.t.Helper()
	s := w.monitors[id.Conversation(conv)]
	if s == nil {
		s = &monitor.State{}
		w.monitors[id.Conversation(conv)] = s
	}
	events, err := monitor.Decide(s, c)
	if err != nil || len(events) == 0 {
		return false
	}
	encoded, err := monitor.Encode(events)
	w.ok(err)
	w.ok(s.Apply(w.append(eventlog.Stream{Kind: eventlog.Monitor, ID: conv}, s.Rev, s.Hash, encoded)))
	return true
}

func (w *world) append(s eventlog.Stream, rev uint64, prev eventlog.Hash, events []eventlog.Event) eventlog.Stored {
	pos := uint64(len(w.log) + 1)
	c := eventlog.Commit{Stream: s, Rev: rev + 1, PrevHash: prev, ID: id.Command(fmt.Sprint("c", pos)), At: w.now, Actor: "test", Events: events}
	stored := eventlog.Stored{Commit: c, Position: eventlog.Position{Pos: pos}, Hash: eventlog.HashOf(c.Encode())}
	w.log = append(w.log, stored)
	return stored
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// must lets something happen that the test needs.
func (w *world) must(happened bool) *world {
	w.t.Helper()
	if !happened {
		w.t.Fatal("the core refused a step of this test")
	}
	return w
}

func (w *world) start(conv string) *world {
	w.t.Helper()
	return w.must(w.do(conv, conversation.Start{Channel: "web", Contact: id.Contact("of-" + conv), Queue: "orders"}))
}

func (w *world) offer(conv, a, leg string) *world {
	w.t.Helper()
	return w.must(w.do(conv, conversation.Offer{Agent: id.Agent(a), Communication: id.Communication(leg)}))
}

func (w *world) accept(conv, a, leg string) *world {
	w.t.Helper()
	return w.must(w.do(conv, conversation.Accept{Agent: id.Agent(a), Communication: id.Communication(leg)}))
}

func (w *world) connect(conv, a, leg string) *world {
	w.t.Helper()
	return w.offer(conv, a, leg).accept(conv, a, leg)
}

func (w *world) hangUp(conv, a, leg string) *world {
	w.t.Helper()
	return w.must(w.do(conv, conversation.Disconnect{Agent: id.Agent(a), Communication: id.Communication(leg)}))
}

func (w *world) wrapUp(conv, a, leg, code string) *world {
	w.t.Helper()
	return w.must(w.do(conv, conversation.WrapUp{Agent: id.Agent(a), Communication: id.Communication(leg), Code: code}))
}

func (w *world) presence(a string, p agent.Presence) *world {
	w.t.Helper()
	return w.must(w.agent(a, agent.SetPresence{Presence: p}))
}

func body() message.Ref { return message.Ref{Length: 3} }

var rules = supervisor.Rules{Default: supervisor.QueueRules{ServiceLevel: 20 * time.Second, ShortAbandon: 2 * time.Second}}

// fold folds the whole log.
func (w *world) fold() *supervisor.State {
	s := supervisor.New(rules)
	for _, c := range w.log {
		s.Apply(c)
	}
	return s
}

// line returns a queue's row on the web.
func (w *world) line(queue id.Queue) supervisor.QueueRow {
	for _, r := range w.fold().Board(w.now).Queues {
		if r.Queue == queue && r.Channel == "web" {
			r.Spark = nil
			return r
		}
	}
	return supervisor.QueueRow{}
}

func (w *world) worker(a id.Agent) supervisor.AgentRow {
	for _, r := range w.fold().Board(w.now).Agents {
		if r.Agent == a {
			return r
		}
	}
	return supervisor.AgentRow{}
}
