package supervisor_test

import (
	"reflect"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/supervisor"
)

const second = time.Second

func TestWhatCounts(t *testing.T) {
	type row = supervisor.QueueRow
	type figures = supervisor.Figures
	at := func(d time.Duration) int64 { return t0.Add(d).UnixMilli() }
	for _, tt := range []struct {
		name  string
		given func(*world)
		want  row // of the queue orders
		other row // of the queue returns
	}{
		{"one that waits", func(w *world) { w.start("c1").after(5 * second) },
			row{Waiting: 1, LongestMs: at(0), Today: figures{Offered: 1}}, row{}},
		{"one that alerts has no answer yet", func(w *world) { w.start("c1").after(5*second).offer("c1", "ann", "l1") },
			row{Waiting: 1, Alerting: 1, LongestMs: at(0), Today: figures{Offered: 1}}, row{}},
		{"answered in time", func(w *world) { w.start("c1").after(20*second).connect("c1", "ann", "l1") },
			row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 20_000, WaitMaxMs: 20_000}}, row{}},
		{"answered too late", func(w *world) { w.start("c1").after(20*second+time.Millisecond).connect("c1", "ann", "l1") },
			row{Connected: 1, Today: figures{Offered: 1, Answered: 1, WaitMs: 20_001, WaitMaxMs: 20_001}}, row{}},
		{"a declined alert goes on waiting", func(w *world) {
			w.start("c1").offer("c1", "ann", "l1").after(5 * second)
			w.must(w.do("c1", conversation.Decline{Agent: "ann", Communication: "l1"}))
			w.after(5*second).connect("c1", "bob", "l2")
		}, row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 10_000, WaitMaxMs: 10_000, Unanswered: 1}}, row{}},
		{"abandoned while waiting", func(w *world) {
			w.start("c1").after(3 * second)
			w.must(w.do("c1", conversation.Clear{}))
		}, row{Today: figures{Offered: 1, Abandoned: 1, AbandonMs: 3000, AbandonMaxMs: 3000}}, row{}},
		{"abandoned while alerting", func(w *world) {
			w.start("c1").offer("c1", "ann", "l1").after(3 * second)
			w.must(w.do("c1", conversation.Expire{}))
		}, row{Today: figures{Offered: 1, Abandoned: 1, AbandonMs: 3000, AbandonMaxMs: 3000}}, row{}},
		{"a short abandon counts apart", func(w *world) {
			w.start("c1").after(2 * second)
			w.must(w.do("c1", conversation.Clear{}))
		}, row{Today: figures{Offered: 1, ShortAbandoned: 1}}, row{}},
		{"ended by a supervisor while waiting", func(w *world) {
			w.start("c1").after(9 * second)
			w.must(w.do("c1", conversation.Disconnect{Agent: "sue", Steer: true}))
		}, row{Today: figures{Offered: 1, FlowedOut: 1}}, row{}},
		{"talk, park and after-call work", func(w *world) {
			w.start("c1").connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.Park{Agent: "ann", Communication: "l1", Until: w.now.Add(time.Hour)}))
			w.after(600 * second)
			w.must(w.do("c1", conversation.Unpark{Agent: "ann", Communication: "l1"}))
			w.after(30*second).hangUp("c1", "ann", "l1").after(12*second).wrapUp("c1", "ann", "l1", "refund")
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Parked: 1, Handled: 1, TalkMs: 90_000, ACWMs: 12_000, HandleMaxMs: 102_000}}, row{}},
		{"ended while parked", func(w *world) {
			w.start("c1").connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.Park{Agent: "ann", Communication: "l1", Until: w.now.Add(time.Hour)}))
			w.after(600*second).hangUp("c1", "ann", "l1").wrapUp("c1", "ann", "l1", "refund")
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Parked: 1, Handled: 1, TalkMs: 60_000, HandleMaxMs: 60_000}}, row{}},
		{"optional after-call work is no handle time", func(w *world) {
			w.settings.ACWOptional = true
			w.start("c1").connect("c1", "ann", "l1").after(60*second).hangUp("c1", "ann", "l1").after(12*second).wrapUp("c1", "ann", "l1", "")
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Handled: 1, TalkMs: 60_000, HandleMaxMs: 60_000}}, row{}},
		{"after-call work that is open", func(w *world) {
			w.start("c1").connect("c1", "ann", "l1").after(60*second).hangUp("c1", "ann", "l1")
		}, row{AfterCall: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1}}, row{}},
		{"transferred to another queue by its agent", func(w *world) {
			w.settings.WrapUp = false
			w.start("c1").after(4*second).connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.Transfer{By: "ann", Communication: "l1", Queue: "returns"}))
			w.after(7*second).connect("c1", "bob", "l2")
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 4000, WaitMaxMs: 4000, Handled: 1, TalkMs: 60_000, HandleMaxMs: 60_000, TransfersOut: 1}},
			row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 7000, WaitMaxMs: 7000, TransfersIn: 1}}},
		{"transferred to a colleague of the queue", func(w *world) {
			w.settings.WrapUp = false
			w.start("c1").connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.Transfer{By: "ann", Communication: "l1", To: "bob"}))
			w.after(7*second).connect("c1", "bob", "l2")
		}, row{Connected: 1, Today: figures{Offered: 2, Answered: 2, AnsweredWithin: 2, WaitMs: 7000, WaitMaxMs: 7000, Handled: 1, TalkMs: 60_000,
			HandleMaxMs: 60_000, TransfersOut: 1, TransfersIn: 1}}, row{}},
		{"moved on while waiting", func(w *world) {
			w.start("c1").after(9 * second)
			w.must(w.do("c1", conversation.Transfer{By: "sue", Steer: true, Queue: "returns"}))
			w.after(7*second).connect("c1", "bob", "l2")
		}, row{Today: figures{Offered: 1, FlowedOut: 1, TransfersOut: 1}},
			row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 7000, WaitMaxMs: 7000, TransfersIn: 1}}},
		{"moved on while waiting, it keeps its place", func(w *world) {
			w.start("c1").after(9 * second)
			w.must(w.do("c1", conversation.Transfer{By: "sue", Steer: true, Queue: "returns"}))
		}, row{Today: figures{Offered: 1, FlowedOut: 1, TransfersOut: 1}},
			row{Waiting: 1, LongestMs: at(0), Today: figures{Offered: 1, TransfersIn: 1}}},
		{"assigned in its queue while waiting", func(w *world) {
			w.start("c1").after(9 * second)
			w.must(w.do("c1", conversation.Transfer{By: "sue", Steer: true, To: "bob"}))
			w.after(7*second).connect("c1", "bob", "l2")
		}, row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 16_000, WaitMaxMs: 16_000}}, row{}},
		{"taken over while waiting is answered", func(w *world) {
			w.start("c1").after(9 * second)
			w.must(w.do("c1", conversation.TakeOver{Agent: "sue", Communication: "l9"}))
		}, row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 9000, WaitMaxMs: 9000, TakenOver: 1}}, row{}},
		{"taken over while connected", func(w *world) {
			w.settings.WrapUp = false
			w.start("c1").connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.TakeOver{Agent: "sue", Communication: "l9"}))
		}, row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Handled: 1, TalkMs: 60_000, HandleMaxMs: 60_000, TakenOver: 1}}, row{}},
		{"pulled", func(w *world) {
			w.start("c1").after(second)
			w.must(w.do("c1", conversation.Pull{Agent: "ann", Communication: "l1"}))
		}, row{Connected: 1, Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, WaitMs: 1000, WaitMaxMs: 1000, Pulled: 1}}, row{}},
		{"its time parked ran out", func(w *world) {
			w.start("c1").connect("c1", "ann", "l1").after(60 * second)
			w.must(w.do("c1", conversation.Park{Agent: "ann", Communication: "l1", Until: w.now.Add(time.Minute)}))
			w.after(time.Minute)
			w.must(w.do("c1", conversation.ExpirePark{Communication: "l1"}))
		}, row{Waiting: 1, LongestMs: at(2 * time.Minute), Today: figures{Offered: 2, Answered: 1, AnsweredWithin: 1, Handled: 1, TalkMs: 60_000, HandleMaxMs: 60_000, Parked: 1}}, row{}},
		{"nobody said anything", func(w *world) {
			w.settings.WrapUp = false
			w.start("c1").connect("c1", "ann", "l1").after(time.Hour)
			w.must(w.do("c1", conversation.ExpireInactive{Communication: "l1"}))
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Inactive: 1, Handled: 1, TalkMs: 3_600_000, HandleMaxMs: 3_600_000}}, row{}},
		{"a survey", func(w *world) {
			w.start("c1").connect("c1", "ann", "l1").hangUp("c1", "ann", "l1").wrapUp("c1", "ann", "l1", "refund")
			w.must(w.do("c1", conversation.AskSurvey{Message: "m9", Body: body(), Scale: 5, Until: w.now.Add(24 * time.Hour)}))
			w.after(time.Hour)
			w.must(w.do("c1", conversation.AnswerSurvey{Score: 4}))
		}, row{Today: figures{Offered: 1, Answered: 1, AnsweredWithin: 1, Handled: 1, Surveys: 1, Score: 4, Scale: 5}}, row{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.given(w)
			tt.want.Queue, tt.want.Channel = "orders", "web"
			if got := w.line("orders"); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("orders\n got %+v\nwant %+v", got, tt.want)
			}
			if tt.other.Today != (supervisor.Figures{}) {
				tt.other.Queue, tt.other.Channel = "returns", "web"
			}
			if got := w.line("returns"); !reflect.DeepEqual(got, tt.other) {
				t.Errorf("returns\n got %+v\nwant %+v", got, tt.other)
			}
		})
	}
}

func TestDerivedFigures(t *testing.T) {
	f := supervisor.Figures{Offered: 12, Answered: 8, AnsweredWithin: 6, Abandoned: 2, ShortAbandoned: 2, WaitMs: 80_000, Handled: 4, TalkMs: 100, ACWMs: 20}
	if sl, ok := f.ServiceLevel(); !ok || sl != 0.6 {
		t.Errorf("service level %v %v", sl, ok)
	}
	if r, ok := f.AbandonRate(); !ok || r != 0.2 {
		t.Errorf("abandon rate %v %v", r, ok)
	}
	if ms, ok := f.SpeedOfAnswer(); !ok || ms != 10_000 {
		t.Errorf("speed of answer %v %v", ms, ok)
	}
	if ms, ok := f.HandleTime(); !ok || ms != 30 {
		t.Errorf("handle time %v %v", ms, ok)
	}
	var none supervisor.Figures
	if _, ok := none.ServiceLevel(); ok {
		t.Error("there is a service level of nothing")
	}
	if _, ok := none.HandleTime(); ok {
		t.Error("there is a handle time of nothing")
	}
}

func TestAgents(t *testing.T) {
	w := newWorld(t)
	w.presence("ann", agent.OnQueue)
	w.after(60 * second) // idle
	if got := w.worker("ann"); got.Status != supervisor.Idle || got.StatusMs != t0.UnixMilli() {
		t.Errorf("idle: %+v", got)
	}
	w.start("c1")
	w.must(w.agent("ann", agent.Reserve{Communication: "l1", Conversation: "c1", Channel: "web"}))
	w.offer("c1", "ann", "l1").after(20 * second) // alerting is not busy
	if got := w.worker("ann"); got.Status != supervisor.Idle || got.Alerting != 1 || got.Held["web"] != 1 {
		t.Errorf("alerting: %+v", got)
	}
	w.accept("c1", "ann", "l1").after(90 * second)
	if got := w.worker("ann"); got.Status != supervisor.Interacting || got.Alerting != 0 || got.Talking != 1 {
		t.Errorf("connected: %+v", got)
	}
	w.must(w.do("c1", conversation.Park{Agent: "ann", Communication: "l1", Until: w.now.Add(time.Hour)}))
	w.after(20 * second) // parked is not busy
	w.must(w.agent("ann", agent.StartExternal{External: "x1", Media: "voice"}))
	w.after(10 * second) // outside Parley is
	if got := w.worker("ann"); got.Status != supervisor.Interacting || got.Held["voice"] != 1 {
		t.Errorf("outside: %+v", got)
	}
	w.must(w.agent("ann", agent.EndExternal{External: "x1"}))
	w.hangUp("c1", "ann", "l1").after(40 * second)
	if got := w.worker("ann"); got.Status != supervisor.AfterCall || got.AfterCall != 1 {
		t.Errorf("after-call work: %+v", got)
	}
	w.wrapUp("c1", "ann", "l1", "refund").after(50 * second)
	w.must(w.agent("ann", agent.Release{Communication: "l1", Reason: "declined", NotResponding: true}))
	w.after(30 * second)
	got := w.worker("ann")
	want := supervisor.AgentFigures{
		Alerted: 1, Answered: 1, NotResponding: 1, Handled: 1, TalkMs: 90_000, ACWMs: 40_000, HandleMaxMs: 130_000, Parked: 1,
		OnQueueMs: 290_000, BusyMs: 140_000, NotRespondingMs: 0,
	}
	if got.Status != supervisor.NotResponding || got.StatusMs != w.now.Add(-30*second).UnixMilli() || got.Today != want {
		t.Errorf("not responding: %+v\nwant %+v", got, want)
	}
	if part, ok := got.Occupancy(w.now); !ok || part != 140.0/320 {
		t.Errorf("occupancy %v, want %v", part, 140.0/320)
	}
	w.presence("ann", agent.Break)
	w.must(w.agent("ann", agent.SetQueue{Queue: "orders", By: "sue"}))
	w.after(5*time.Minute).presence("ann", agent.Offline)
	w.after(time.Hour).presence("ann", agent.Available)
	got = w.worker("ann")
	want.NotRespondingMs, want.OnQueueMs, want.BreakMs = 30_000, 320_000, 300_000
	if got.Today != want || got.Status != "available" || !reflect.DeepEqual(got.Left, []id.Queue{"orders"}) {
		t.Errorf("at the end: %+v\nwant %+v", got, want)
	}
}

func TestIntervalsAndDays(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.now = time.Date(2026, 10, 24, 21, 50, 0, 0, time.UTC) // 23:50 in Berlin, the day before its longest
	w.presence("ann", agent.OnQueue)
	w.start("c1").connect("c1", "ann", "l1").after(15*time.Minute).hangUp("c1", "ann", "l1") // 22:05
	w.after(24*time.Hour+50*time.Minute).wrapUp("c1", "ann", "l1", "refund")                 // 22:55, still Sunday
	in := rules
	in.Zone = zone
	s := supervisor.New(in)
	for _, c := range w.log {
		s.Apply(c)
	}
	saturday, sunday := s.Day(w.log[0].At, w.now), s.Day(w.now, w.now)
	if length := sunday.EndMs - sunday.StartMs; length != 25*time.Hour.Milliseconds() || saturday.EndMs != sunday.StartMs {
		t.Errorf("Sunday has %v", time.Duration(length)*time.Millisecond)
	}
	var onSaturday, onSunday supervisor.AgentFigures
	for _, i := range saturday.Agents {
		onSaturday.Add(i.AgentFigures)
	}
	for _, i := range sunday.Agents {
		onSunday.Add(i.AgentFigures)
	}
	ten := (10 * time.Minute).Milliseconds()
	rest := w.now.UnixMilli() - sunday.StartMs
	if onSaturday.OnQueueMs != ten || onSaturday.BusyMs != ten || onSunday.OnQueueMs != rest || onSunday.BusyMs != rest {
		t.Errorf("Saturday %+v\nSunday %+v", onSaturday, onSunday)
	}
	if len(saturday.Queues) != 1 || saturday.Queues[0].Answered != 1 || saturday.Queues[0].Handled != 0 {
		t.Errorf("Saturday's queues %+v", saturday.Queues)
	}
	if len(sunday.Codes) != 1 || sunday.Codes[0].Code != "refund" || sunday.Codes[0].Count != 1 || sunday.Codes[0].AtMs != w.now.Truncate(15*time.Minute).UnixMilli() {
		t.Errorf("Sunday's codes %+v", sunday.Codes)
	}
	if b := s.Board(w.now); b.Queues[0].Today.Answered != 0 || b.Queues[0].Today.Handled != 1 {
		t.Errorf("the board counts more than today: %+v", b.Queues[0].Today)
	}
	if b := s.Board(w.now.Add(2 * time.Hour)); b.Queues[0].Today != (supervisor.Figures{}) {
		t.Errorf("the next day begins with %+v", b.Queues[0].Today)
	}
}

func TestSparkLine(t *testing.T) {
	w := newWorld(t)
	w.start("c1").after(90*second).start("c2").after(2*time.Minute).connect("c1", "ann", "l1").after(30 * second)
	b := w.fold().Board(w.now)
	spark := b.Queues[0].Spark
	if len(spark) != 60 || !reflect.DeepEqual(spark[55:], []int{1, 2, 2, 1, 1}) || spark[54] != 0 {
		t.Errorf("spark line %v", spark)
	}
	later := w.fold().Board(w.now.Add(3 * time.Hour)).Queues[0].Spark
	for _, n := range later {
		if n != 1 {
			t.Fatalf("after three quiet hours %v", later)
		}
	}
}

func TestLiveRows(t *testing.T) {
	w := newWorld(t)
	w.must(w.do("c1", conversation.Receive{First: &conversation.Start{Channel: "web", Contact: "ida", Queue: "orders", Priority: 3}, Message: "m1", Body: body()}))
	w.after(second).connect("c1", "ann", "l1").after(second)
	w.must(w.do("c1", conversation.AskHelp{Agent: "ann", Communication: "l1"}))
	want := supervisor.LiveRow{
		Conversation: "c1", Channel: "web", Queue: "orders", Contact: "ida", Phase: supervisor.Connected, PhaseMs: t0.Add(second).UnixMilli(),
		StartedMs: t0.UnixMilli(), QueuedMs: t0.UnixMilli(), Agent: "ann", Communication: "l1", Priority: 3,
		UnansweredMs: t0.UnixMilli(), HelpMs: t0.Add(2 * second).UnixMilli(),
	}
	check := func(what string) {
		t.Helper()
		got := w.fold().Board(w.now).Conversations
		if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
		}
	}
	check("asked for help")
	w.must(w.do("c1", conversation.SendAuto{Kind: "greeting", Message: "m2", Body: body()}))
	check("an automatic message is no answer")
	w.must(w.do("c1", conversation.Send{Agent: "ann", Message: "m3", Body: body()}))
	w.must(w.do("c1", conversation.EndHelp{By: "sue"}))
	want.UnansweredMs, want.HelpMs = 0, 0
	check("answered, and helped")
	w.after(second).hangUp("c1", "ann", "l1")
	want.Phase, want.PhaseMs = supervisor.Wrapping, w.now.UnixMilli()
	check("after-call work")
	w.wrapUp("c1", "ann", "l1", "refund")
	if got := w.fold().Board(w.now).Conversations; len(got) != 0 {
		t.Errorf("over: %+v", got)
	}
}
