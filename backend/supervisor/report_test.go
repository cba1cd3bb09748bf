package supervisor_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// week is two days with figures by intervals.
func week() []supervisor.Day {
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixMilli()
	hour := time.Hour.Milliseconds()
	day := 24 * hour
	queue := func(at int64, queue id.Queue, kind channel.Kind, answered, wait int64) supervisor.QueueInterval {
		return supervisor.QueueInterval{
			AtMs: at, Queue: queue, Channel: kind,
			Figures: supervisor.Figures{Offered: answered, Answered: answered, WaitMs: wait, WaitMaxMs: wait},
		}
	}
	return []supervisor.Day{
		{
			StartMs: monday, EndMs: monday + day,
			Queues: []supervisor.QueueInterval{
				queue(monday+9*hour, "orders", "web", 3, 30), queue(monday+9*hour, "orders", "sms", 1, 90),
				queue(monday+9*hour+hour/4, "orders", "web", 2, 10), queue(monday+10*hour, "returns", "web", 7, 70),
			},
			Agents: []supervisor.AgentInterval{
				{AtMs: monday + 9*hour, Agent: "ann", AgentFigures: supervisor.AgentFigures{Handled: 4, OnQueueMs: 900, BusyMs: 450}},
				{AtMs: monday + 10*hour, Agent: "bob", AgentFigures: supervisor.AgentFigures{Handled: 1}},
			},
			Codes: []supervisor.CodeInterval{
				{AtMs: monday + 9*hour, Queue: "orders", Channel: "web", Code: "refund", CodeFigures: supervisor.CodeFigures{Count: 2, TalkMs: 20}},
				{AtMs: monday + 10*hour, Queue: "orders", Channel: "web", Code: "refund", CodeFigures: supervisor.CodeFigures{Count: 1, TalkMs: 5}},
				{AtMs: monday + 10*hour, Queue: "returns", Channel: "web", Code: "exchange", CodeFigures: supervisor.CodeFigures{Count: 9}},
			},
		},
		{
			StartMs: monday + day, EndMs: monday + 2*day,
			Queues: []supervisor.QueueInterval{queue(monday+day+9*hour, "orders", "web", 5, 20)},
			Agents: []supervisor.AgentInterval{{AtMs: monday + day, Agent: "ann", AgentFigures: supervisor.AgentFigures{Handled: 6}}},
		},
	}
}

func TestReports(t *testing.T) {
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixMilli()
	hour := time.Hour.Milliseconds()
	day := 24 * hour
	figures := func(answered, wait, longest int64) *supervisor.Figures {
		return &supervisor.Figures{Offered: answered, Answered: answered, WaitMs: wait, WaitMaxMs: longest}
	}
	type rows = []supervisor.ReportRow
	for _, tt := range []struct {
		name string
		ask  supervisor.Query
		want rows
	}{
		{"all together", supervisor.Query{Of: supervisor.OfQueues}, rows{{OfQueues: figures(18, 220, 90)}}},
		{"by queue", supervisor.Query{Of: supervisor.OfQueues, By: []supervisor.Group{supervisor.ByQueue}},
			rows{{Queue: "orders", OfQueues: figures(11, 150, 90)}, {Queue: "returns", OfQueues: figures(7, 70, 70)}}},
		{"one queue by day", supervisor.Query{Of: supervisor.OfQueues, By: []supervisor.Group{supervisor.ByDay}, Queues: []id.Queue{"orders"}},
			rows{{AtMs: monday, OfQueues: figures(6, 130, 90)}, {AtMs: monday + day, OfQueues: figures(5, 20, 20)}}},
		{"by channel and hour", supervisor.Query{Of: supervisor.OfQueues, By: []supervisor.Group{supervisor.ByChannel, supervisor.ByHour}, Queues: []id.Queue{"orders"}},
			rows{{Channel: "sms", AtMs: monday + 9*hour, OfQueues: figures(1, 90, 90)}, {Channel: "web", AtMs: monday + 9*hour, OfQueues: figures(5, 40, 30)},
				{Channel: "web", AtMs: monday + day + 9*hour, OfQueues: figures(5, 20, 20)}}},
		{"one channel by interval", supervisor.Query{Of: supervisor.OfQueues, By: []supervisor.Group{supervisor.ByInterval}, Channels: []channel.Kind{"sms"}},
			rows{{AtMs: monday + 9*hour, OfQueues: figures(1, 90, 90)}}},
		{"agents", supervisor.Query{Of: supervisor.OfAgents, By: []supervisor.Group{supervisor.ByAgent}},
			rows{{Agent: "ann", OfAgents: &supervisor.AgentFigures{Handled: 10, OnQueueMs: 900, BusyMs: 450}}, {Agent: "bob", OfAgents: &supervisor.AgentFigures{Handled: 1}}}},
		{"one agent by day", supervisor.Query{Of: supervisor.OfAgents, By: []supervisor.Group{supervisor.ByDay}, Agents: []id.Agent{"bob"}},
			rows{{AtMs: monday, OfAgents: &supervisor.AgentFigures{Handled: 1}}}},
		{"codes", supervisor.Query{Of: supervisor.OfCodes, By: []supervisor.Group{supervisor.ByCode}},
			rows{{Code: "exchange", OfCodes: &supervisor.CodeFigures{Count: 9}}, {Code: "refund", OfCodes: &supervisor.CodeFigures{Count: 3, TalkMs: 25}}}},
		{"nothing", supervisor.Query{Of: supervisor.OfCodes, Queues: []id.Queue{"nowhere"}}, rows{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.ask.FromMs, tt.ask.ToMs = monday, monday+day
			if err := tt.ask.Check(); err != nil {
				t.Fatal(err)
			}
			got, err := supervisor.Make(tt.ask, week())
			if err != nil || !reflect.DeepEqual(got.Rows, tt.want) {
				t.Errorf("got %+v, %v\nwant %+v", got.Rows, err, tt.want)
			}
		})
	}
}

func TestQueriesAreChecked(t *testing.T) {
	good := supervisor.Query{Of: supervisor.OfQueues, FromMs: 1, ToMs: 2}
	for name, change := range map[string]func(*supervisor.Query){
		"of nothing":         func(q *supervisor.Query) { q.Of = "weather" },
		"by what is not":     func(q *supervisor.Query) { q.By = []supervisor.Group{"moon"} },
		"by what is another": func(q *supervisor.Query) { q.By = []supervisor.Group{supervisor.ByAgent} },
		"twice by one":       func(q *supervisor.Query) { q.By = []supervisor.Group{supervisor.ByQueue, supervisor.ByQueue} },
		"by two times":       func(q *supervisor.Query) { q.By = []supervisor.Group{supervisor.ByDay, supervisor.ByHour} },
		"backwards":          func(q *supervisor.Query) { q.FromMs = 3 },
		"without a time":     func(q *supervisor.Query) { q.FromMs = 0 },
	} {
		q := good
		change(&q)
		if err := q.Check(); !errors.Is(err, supervisor.ErrQuery) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	q := good
	q.ToMs = q.FromMs + 401*24*time.Hour.Milliseconds()
	if err := q.Check(); !errors.Is(err, supervisor.ErrTooLong) {
		t.Errorf("more than a year gives %v", err)
	}
	many := supervisor.Day{}
	for i := range supervisor.MostRows + 1 {
		many.Agents = append(many.Agents, supervisor.AgentInterval{AtMs: int64(i)})
	}
	q = supervisor.Query{Of: supervisor.OfAgents, By: []supervisor.Group{supervisor.ByInterval}, FromMs: 1, ToMs: 2}
	if _, err := supervisor.Make(q, []supervisor.Day{many}); !errors.Is(err, supervisor.ErrTooMany) {
		t.Errorf("too many rows give %v", err)
	}
}
