package deskside

import (
	"log/slog"
	"reflect"
	"testing"
	"time"

	"parley/app"
	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/config"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

var now = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func ago(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

// snapshot is a supervisor's of the queues returns and web.
func snapshot() *desk.Snapshot {
	both := []id.Queue{"returns", "web"}
	return &desk.Snapshot{
		Supervision: desk.Supervision{Board: true},
		Org: protocol.Org{
			Revision: 3, Capacity: map[channel.Kind]int{"web": 4, "sms": 2}, Zone: "Europe/Berlin",
			Queues: []protocol.Queue{
				{ID: "returns", Name: "Returns", ServiceLevel: &config.ServiceLevel{Percent: 80, Seconds: 20}},
				{ID: "web", Name: "Web orders"},
			},
			Agents: []protocol.Person{
				{Agent: "ann", Name: "Ann Smith", Queues: both}, {Agent: "bob", Name: "Bob", Queues: []id.Queue{"web"}},
				{Agent: "cem", Name: "Cem", Queues: []id.Queue{"web"}}, {Agent: "dan", Name: "Dan", Queues: []id.Queue{"elsewhere"}},
			},
			Rights: []protocol.Right{
				{Action: "see_agents", Scope: "supervised", Queues: both}, {Action: "monitor", Scope: "supervised", Queues: both},
				{Action: "send", Scope: "own"},
			},
			Thresholds: []config.Threshold{
				{Metric: config.MetricWaiting, Warn: 5, Alarm: 9}, {Metric: config.MetricLongestWait, Warn: 60, Alarm: 240},
				{Metric: config.MetricServiceLevel, Warn: 80, Alarm: 60}, {Metric: config.MetricWaiting, Queue: "web", Warn: 2},
			},
		},
	}
}

func told() supervisor.Board {
	return supervisor.Board{
		Pos: 9, AtMs: now.UnixMilli(), DayMs: 1,
		Queues: []supervisor.QueueRow{
			{Queue: "returns", Channel: "sms", Waiting: 2, LongestMs: ago(252 * time.Second), Today: supervisor.Figures{Offered: 4, Answered: 2}, Spark: []int{1, 2}},
			{Queue: "returns", Channel: "web", Waiting: 7, Alerting: 1, LongestMs: ago(time.Minute),
				Today: supervisor.Figures{Offered: 13, Answered: 5, AnsweredWithin: 4, Abandoned: 1, WaitMs: 50_000, WaitMaxMs: 20_000, Handled: 2, TalkMs: 60_000, ACWMs: 4000}, Spark: []int{3, 7}},
			{Queue: "web", Channel: "web", Today: supervisor.Figures{Offered: 1, Answered: 1, AnsweredWithin: 1}},
		},
		Agents: []supervisor.AgentRow{
			{Agent: "ann", Status: supervisor.Interacting, StatusMs: ago(time.Minute), Presence: agent.OnQueue, Held: map[channel.Kind]int{"web": 2, "sms": 1},
				Talking: 3, Left: []id.Queue{"web"}, Today: supervisor.AgentFigures{Answered: 3, OnQueueMs: 100, BusyMs: 50}, SettledMs: ago(time.Second), Busy: true},
			{Agent: "bob", Status: "break", Presence: agent.Break},
		},
		Conversations: []supervisor.LiveRow{{Conversation: "c1", Channel: "web", Queue: "returns", Phase: supervisor.Connected, Agent: "ann", For: "", Watchers: []id.Agent{"bob"}}},
	}
}

func TestBoardInTheWindowsWords(t *testing.T) {
	s := &Session{log: slog.New(slog.DiscardHandler)}
	c := &desk.BoardChange{Live: true, Board: told(), Contacts: map[id.Conversation]string{"c1": "Priya"}, Whole: true}
	b := s.board(c, snapshot())
	if b.State != "live" || !b.Whole || b.AtMs != now.UnixMilli() {
		t.Errorf("the board is %+v", b)
	}
	var ids []string
	for _, q := range b.Queues {
		ids = append(ids, q.ID)
	}
	if want := []string{"returns", "returns/sms", "returns/web", "web", "web/web"}; !reflect.DeepEqual(ids, want) {
		t.Fatalf("rows are %v, want %v", ids, want)
	}
	q := b.Queues[0]
	if q.Name != "Returns" || q.Waiting != 9 || q.Alerting != 1 || q.LongestMs != ago(252*time.Second) || q.Offered != 17 || q.ServiceLevel != 50 ||
		q.AsaMs != 7142 || q.AhtMs != 32_000 || q.Target != 80 || q.WithinMs != 20_000 || !reflect.DeepEqual(q.Spark, []int{4, 9}) ||
		!reflect.DeepEqual(q.Channels, []string{"sms", "web"}) {
		t.Errorf("returns is %+v", q)
	}
	if want := (app.QueueAgents{Interacting: 1}); q.Agents != want {
		t.Errorf("its agents are %+v", q.Agents)
	}
	want := []app.BoardAlert{{Metric: "waiting", Level: "alarm", Limit: 9}, {Metric: "longestWait", Level: "alarm", Limit: 240}, {Metric: "serviceLevel", Level: "alarm", Limit: 60}}
	if !reflect.DeepEqual(q.Alerts, want) {
		t.Errorf("its alerts are %+v, want %+v", q.Alerts, want)
	}
	if web := b.Queues[3]; len(web.Alerts) != 0 || web.Agents != (app.QueueAgents{}) || web.ServiceLevel != 100 || web.AhtMs != -1 || web.Score != -1 {
		t.Errorf("web orders, which Ann has left, is %+v", web)
	}
	if len(b.Agents) != 3 || b.Agents[2].ID != "cem" || b.Agents[2].Status != "offline" || b.Agents[2].Label != "Offline" {
		t.Fatalf("agents are %+v", b.Agents)
	}
	ann := b.Agents[0]
	if ann.Name != "Ann Smith" || ann.Used != 3 || ann.Capacity != 6 || !ann.OnQueue || !ann.Busy || ann.AhtMs != -1 ||
		!reflect.DeepEqual(ann.Channels, []app.ChannelCount{{Channel: "sms", Count: 1}, {Channel: "web", Count: 2}}) ||
		!reflect.DeepEqual(ann.Queues, []app.AgentQueue{{ID: "returns", Name: "Returns", Joined: true}, {ID: "web", Name: "Web orders"}}) {
		t.Errorf("Ann is %+v", ann)
	}
	if live := b.Live[0]; live.Contact != "Priya" || live.AgentName != "Ann Smith" || live.QueueName != "Returns" || !reflect.DeepEqual(live.Watchers, []string{"Bob"}) {
		t.Errorf("the conversation is %+v", live)
	}
	if tot := b.Total; tot.Waiting != 9 || tot.LongestQueue != "Returns" || tot.OnQueue != 1 || tot.Idle != 0 || tot.Away != 1 || tot.Offered != 18 {
		t.Errorf("the total is %+v", tot)
	}
}

func TestChangesOnTheBoard(t *testing.T) {
	s := &Session{log: slog.New(slog.DiscardHandler)}
	c := &desk.BoardChange{Live: true, Board: told(), Agents: []id.Agent{"bob"}, Gone: []id.Conversation{"c0"}}
	b := s.board(c, snapshot())
	if b.Whole || len(b.Agents) != 1 || b.Agents[0].ID != "bob" || len(b.Live) != 0 || !reflect.DeepEqual(b.Gone, []string{"c0"}) {
		t.Errorf("the change is %+v", b)
	}
	if len(b.Queues) != 2 || b.Queues[0].ID != "web" { // Bob's queue counts its members anew
		t.Errorf("the queues told are %+v", b.Queues)
	}
	if b.Total.Waiting != 9 {
		t.Errorf("the total is of the change alone: %+v", b.Total)
	}
	snap := snapshot()
	c.Live = false
	if got := s.board(c, snap).State; got != "stale" {
		t.Errorf("out of reach it is %s", got)
	}
	c.Board = supervisor.Board{}
	if got := s.board(c, snap).State; got != "loading" {
		t.Errorf("before anything came it is %s", got)
	}
	snap.Supervision.Board = false
	if got := s.board(c, snap).State; got != "off" {
		t.Errorf("unwatched it is %s", got)
	}
}

func TestSupervisionInTheWindowsWords(t *testing.T) {
	snap := snapshot()
	snap.Supervision.Monitored = []desk.Monitored{{Conversation: "c1", Contact: "Priya", Phase: "connected", Watchers: []string{"Mina"}, Loaded: true}}
	snap.Supervision.Coaching = []desk.Coaching{{Conversation: "c1", Lines: []desk.CoachLine{{ID: "m1", By: "Ann", Text: "hello"}}}}
	got := supervision(snap)
	want := app.Supervision{
		Zone: "Europe/Berlin", WatchBoard: true,
		Rights:    []app.Right{{Action: "see_agents", Queues: []string{"returns", "web"}}, {Action: "monitor", Queues: []string{"returns", "web"}}},
		Monitored: []app.Monitored{{ID: "c1", Contact: "Priya", Phase: "connected", Watchers: []string{"Mina"}, Loaded: true}},
		Coaching:  []app.Coaching{{ID: "c1", Lines: []app.CoachLine{{ID: "m1", By: "Ann", Text: "hello"}}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
