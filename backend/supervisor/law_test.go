package supervisor_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/monitor"
	"parley/backend/supervisor"
)

// chance makes a log of what comes to mind: over two midnights, in three queues,
// with every command that there is. The cores refuse what makes no sense.
func chance(t testing.TB, seed uint64, steps int) *world {
	w := newWorld(t)
	w.now = t0.Add(9 * time.Hour)
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	someone := func() id.Agent { return id.Agent(pick("ann", "bob", "cem", "sue")) }
	for n := range steps {
		w.after(time.Duration(r.IntN(80_000)) * time.Millisecond)
		if r.IntN(300) == 0 {
			w.after(6 * time.Hour)
		}
		w.settings.WrapUp, w.settings.ACWOptional, w.settings.InactiveRequeue = r.IntN(3) > 0, r.IntN(4) == 0, r.IntN(2) == 0
		w.settings.AutoAnswer = r.IntN(6) == 0
		conv := fmt.Sprint("c", max(0, n/12-r.IntN(8)))
		if r.IntN(3) == 0 {
			a := someone()
			w.agent(string(a), []agent.Command{
				agent.SetPresence{Presence: agent.Presences()[r.IntN(9)]},
				agent.SetPresence{Presence: agent.OnQueue},
				agent.Reserve{Communication: id.Communication(fmt.Sprint("l", n)), Conversation: id.Conversation(conv), Channel: "web"},
				agent.Release{Communication: id.Communication(fmt.Sprint("l", n-r.IntN(20))), Reason: "completed", NotResponding: r.IntN(4) == 0},
				agent.SetQueue{Queue: "orders", Join: r.IntN(2) == 0, By: "sue"},
				agent.StartExternal{External: id.External(pick("x1", "x2")), Media: "voice"},
				agent.EndExternal{External: id.External(pick("x1", "x2"))},
			}[r.IntN(7)])
			continue
		}
		var leg id.Communication
		a := someone()
		if s := w.conversations[id.Conversation(conv)]; s != nil && s.Leg != nil && r.IntN(8) > 0 {
			leg, a = s.Leg.Communication, s.Leg.Agent
		}
		fresh := id.Communication(fmt.Sprint("l", n))
		commands := []conversation.Command{
			conversation.Offer{Agent: someone(), Communication: fresh},
			conversation.Accept{Agent: a, Communication: leg},
			conversation.Accept{Agent: a, Communication: leg},
			conversation.Decline{Agent: a, Communication: leg},
			conversation.ExpireAlert{Communication: leg},
			conversation.Receive{Message: id.Message(fmt.Sprint("m", n)), Body: body()},
			conversation.Send{Agent: a, Message: id.Message(fmt.Sprint("m", n)), Body: body()},
			conversation.Disconnect{Agent: a, Communication: leg, Steer: r.IntN(5) == 0},
			conversation.WrapUp{Agent: a, Communication: leg, Code: pick("refund", "answered")},
			conversation.ExpireACW{Communication: leg},
			conversation.Pull{Agent: someone(), Communication: fresh},
			conversation.TakeOver{Agent: "sue", Communication: fresh},
			conversation.Transfer{By: a, Communication: leg, Queue: id.Queue(pick("orders", "returns", "")), To: id.Agent(pick("", "", "bob")), Steer: r.IntN(3) == 0},
			conversation.Park{Agent: a, Communication: leg, Until: w.now.Add(time.Minute)},
			conversation.Unpark{Agent: a, Communication: leg},
			conversation.ExpirePark{Communication: leg},
			conversation.ExpireInactive{Communication: leg},
			conversation.SetPriority{By: "sue", Priority: r.IntN(9)},
			conversation.AskHelp{Agent: a, Communication: leg},
			conversation.EndHelp{By: "sue"},
			conversation.AskSurvey{Message: id.Message(fmt.Sprint("s", n)), Body: body(), Scale: 5, Until: w.now.Add(9 * time.Hour)},
			conversation.AnswerSurvey{Score: 1 + r.IntN(5)},
			conversation.Clear{},
		}
		w.do(conv, conversation.Start{Channel: "web", Contact: "ida", Queue: id.Queue(pick("orders", "shop"))})
		w.do(conv, commands[r.IntN(len(commands))])
		if r.IntN(20) == 0 {
			w.monitor(conv, []monitor.Command{monitor.Start{By: "sue"}, monitor.Start{By: "tom"}, monitor.End{By: "sue"}}[r.IntN(3)])
		}
	}
	return w
}

// The same log gives the same state: whether it is looked at, cut into
// snapshots, repeated or relieved of old intervals on the way.
func TestReplayEqualsLive(t *testing.T) {
	for seed := range uint64(4) {
		w := chance(t, seed, 3000)
		replayed := supervisor.New(rules)
		for _, c := range w.log {
			replayed.Apply(c)
		}
		r := rand.New(rand.NewPCG(seed, 2))
		lived := supervisor.New(rules)
		for i, c := range w.log {
			lived.Apply(c)
			switch r.IntN(20) {
			case 0:
				lived.Board(c.At.Add(time.Duration(r.IntN(9)) * time.Hour))
			case 1:
				lived.Apply(w.log[r.IntN(i+1)])
			case 2:
				next, err := supervisor.Decode(lived.Encode(), rules)
				if err != nil {
					t.Fatal(err)
				}
				lived = next
			case 3:
				lived.Day(c.At, c.At)
			}
		}
		if !bytes.Equal(lived.Encode(), replayed.Encode()) {
			t.Fatalf("seed %d: the live state is another than the replayed one", seed)
		}
		sameBoard(t, "live", lived.Board(w.now), replayed.Board(w.now))

		kept := supervisor.New(rules)
		for _, c := range w.log {
			start, _ := rules.Day(c.At)
			kept.Keep(start)
			kept.Apply(c)
		}
		sameBoard(t, "without the days before", kept.Board(w.now), replayed.Board(w.now))
		if got, want := kept.Day(w.now, w.now), replayed.Day(w.now, w.now); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: the day is another without the days before", seed)
		}
	}
}

func sameBoard(t *testing.T, what string, got, want supervisor.Board) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	firstDifference(t, what, got.Queues, want.Queues)
	firstDifference(t, what, got.Agents, want.Agents)
	firstDifference(t, what, got.Conversations, want.Conversations)
	got.Queues, got.Agents, got.Conversations, want.Queues, want.Agents, want.Conversations = nil, nil, nil, nil, nil, nil
	t.Fatalf("%s, the board is another: %+v, want %+v", what, got, want)
}

func firstDifference[R any](t *testing.T, what string, got, want []R) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s, row %d is\n%+v\nwant\n%+v", what, i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s, there are %d rows, want %d", what, len(got), len(want))
	}
}

// A board that is told changes is the whole board.
func TestChangesMakeTheWhole(t *testing.T) {
	w := chance(t, 3, 2500)
	s := supervisor.New(rules)
	var told supervisor.Board
	wholes, days := 0, map[int64]bool{}
	r := rand.New(rand.NewPCG(9, 9))
	for _, c := range w.log {
		s.Apply(c)
		if r.IntN(10) > 0 {
			continue
		}
		change := s.Since(told.Pos, told.DayMs, c.At, true)
		if change.Whole {
			wholes++
		}
		told.Take(change)
		days[told.DayMs] = true
		sameBoard(t, "told", told, s.Board(c.At))
	}
	if wholes != len(days) || wholes < 2 { // the first, and one at each midnight
		t.Errorf("%d boards were whole on %d days", wholes, len(days))
	}
	// After too many changes the whole comes again.
	old := told
	for n := range 10_000 {
		conv := fmt.Sprint("late-", n)
		w.start(conv)
		w.must(w.do(conv, conversation.Clear{}))
	}
	for _, c := range w.log {
		s.Apply(c)
	}
	change := s.Since(old.Pos, s.Board(w.now).DayMs, w.now, true)
	if !change.Whole {
		t.Error("a change that lacks what has gone does not say that it is whole")
	}
	old.Take(change)
	sameBoard(t, "told late", old, s.Board(w.now))
}

// Whoever came into a queue left it somehow, or waits; and a day is the sum of
// its intervals.
func TestSumsAgree(t *testing.T) {
	for seed := range uint64(4) {
		w := chance(t, 100+seed, 2500)
		s := w.fold()
		total := map[string]*supervisor.Figures{}
		b := s.Board(w.now)
		today := map[string]supervisor.Figures{}
		var tomorrow time.Time
		for d, _ := rules.Day(w.log[0].At); !d.After(w.now); d = tomorrow {
			_, tomorrow = rules.Day(d)
			sum := map[string]supervisor.Figures{}
			for _, i := range s.Day(d, w.now).Queues {
				f := sum[string(i.Queue)]
				f.Add(i.Figures)
				sum[string(i.Queue)] = f
			}
			for q, f := range sum {
				if total[q] == nil {
					total[q] = &supervisor.Figures{}
				}
				total[q].Add(f)
			}
			today = sum
		}
		answered := int64(0)
		for _, row := range b.Queues {
			f := total[string(row.Queue)]
			if f.Offered != f.Answered+f.Abandoned+f.ShortAbandoned+f.FlowedOut+int64(row.Waiting) {
				t.Errorf("seed %d, %s: offered is not what came of it: %+v, waiting %d", seed, row.Queue, *f, row.Waiting)
			}
			if today[string(row.Queue)] != row.Today {
				t.Errorf("seed %d, %s: the board says %+v, the day's intervals %+v", seed, row.Queue, row.Today, today[string(row.Queue)])
			}
			answered += f.Answered
		}
		if answered < 50 {
			t.Errorf("seed %d: only %d were answered, so this says little", seed, answered)
		}
		for _, row := range b.Agents {
			var f supervisor.AgentFigures
			for _, i := range s.Day(w.now, w.now).Agents {
				if i.Agent == row.Agent {
					f.Add(i.AgentFigures)
				}
			}
			want, wantOK := f.Occupancy()
			if got, ok := row.Occupancy(w.now); got != want || ok != wantOK {
				t.Errorf("seed %d, %s: occupancy %v, of the intervals %v", seed, row.Agent, got, want)
			}
		}
	}
}

// What the board shows as live is what the conversations' own folds say.
func TestLiveIsWhatTheConversationsAre(t *testing.T) {
	for seed := range uint64(4) {
		w := chance(t, 200+seed, 3000)
		got := map[id.Conversation]supervisor.LiveRow{}
		for _, r := range w.fold().Board(w.now).Conversations {
			got[r.Conversation] = r
		}
		want := map[conversation.Phase]supervisor.Phase{
			conversation.Waiting: supervisor.Waiting, conversation.Alerting: supervisor.Alerting, conversation.Talking: supervisor.Connected,
			conversation.Aside: supervisor.Parked, conversation.AfterCall: supervisor.Wrapping,
		}
		for conv, s := range w.conversations {
			r, shown := got[conv]
			if shown != (want[s.Phase] != "") || r.Phase != want[s.Phase] {
				t.Errorf("seed %d, %s is %q, the board says %q", seed, conv, s.Phase, r.Phase)
			}
			if s.Phase.Live() && (r.Queue != s.Queue || r.Agent != s.Holder() || r.Priority != s.Priority || r.For != s.For || r.QueuedMs != s.QueuedAt.UnixMilli()) {
				t.Errorf("seed %d, %s is\n%+v, the board says\n%+v", seed, conv, s, r)
			}
			if m := w.monitors[conv]; shown && m != nil && !slices.Equal(r.Watchers, m.Names()) {
				t.Errorf("seed %d, %s is watched by %v, the board says %v", seed, conv, m.Names(), r.Watchers)
			}
			delete(got, conv)
		}
		if len(got) > 0 {
			t.Errorf("seed %d: the board shows what is not there: %v", seed, got)
		}
		for a, s := range w.agents {
			r := w.worker(a)
			held := 0
			for _, n := range r.Held {
				held += n
			}
			if r.Presence != s.Presence && s.Presence != "" || held != len(s.Reservations)+len(s.Externals) || len(r.Left) != len(s.Left) {
				t.Errorf("seed %d, %s is\n%+v, the board says\n%+v", seed, a, s, r)
			}
		}
	}
}

// Every figure is encoded, added up and reset: a field that is forgotten shows.
func TestEveryFigureCounts(t *testing.T) {
	var f supervisor.Figures
	v := reflect.ValueOf(&f).Elem()
	for i := range v.NumField() {
		v.Field(i).SetInt(int64(i + 1))
	}
	var a supervisor.AgentFigures
	v = reflect.ValueOf(&a).Elem()
	for i := range v.NumField() {
		v.Field(i).SetInt(int64(i + 1))
	}
	c := supervisor.CodeFigures{Count: 1, TalkMs: 2, ACWMs: 3}
	day := supervisor.Day{
		StartMs: 5, EndMs: 9, Queues: []supervisor.QueueInterval{{AtMs: 7, Queue: "orders", Channel: "web", Figures: f}},
		Agents: []supervisor.AgentInterval{{AtMs: 7, Agent: "ann", AgentFigures: a}},
		Codes:  []supervisor.CodeInterval{{AtMs: 7, Queue: "orders", Channel: "web", Code: "refund", CodeFigures: c}},
	}
	back, err := supervisor.DecodeDay(day.Encode())
	if err != nil || !reflect.DeepEqual(back, day) {
		t.Errorf("a day reads back as\n%+v, %v; want\n%+v", back, err, day)
	}
	var sum supervisor.Figures
	sum.Add(f)
	var agents supervisor.AgentFigures
	agents.Add(a)
	var codes supervisor.CodeFigures
	codes.Add(c)
	if sum != f || agents != a || codes != c {
		t.Errorf("nothing and something is %+v, %+v, %+v", sum, agents, codes)
	}
}

func TestSnapshotsOfOtherVersionsAreRefused(t *testing.T) {
	good := chance(t, 1, 300).fold().Encode()
	for _, b := range [][]byte{nil, {0}, good[:len(good)-1], append(bytes.Clone(good), 0), append([]byte{200}, good[1:]...)} {
		if _, err := supervisor.Decode(b, rules); err == nil {
			t.Errorf("%d bytes were taken for a snapshot", len(b))
		}
	}
}

func FuzzDecode(f *testing.F) {
	w := chance(f, 1, 200)
	f.Add(w.fold().Encode())
	f.Add(supervisor.New(rules).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := supervisor.Decode(b, rules)
		if err != nil {
			return
		}
		if again, err := supervisor.Decode(s.Encode(), rules); err != nil || !bytes.Equal(again.Encode(), s.Encode()) {
			t.Errorf("what was read cannot be read again: %v", err)
		}
		s.Board(t0)
	})
}

// What is no event of ours changes nothing and breaks nothing.
func FuzzApply(f *testing.F) {
	for _, c := range chance(f, 2, 300).log {
		for _, e := range c.Events {
			f.Add(string(c.Stream.Kind), e.Type, e.Data)
		}
	}
	f.Fuzz(func(t *testing.T, kind, event string, data []byte) {
		s := chance(t, 4, 30).fold()
		s.Apply(eventlog.Stored{
			Commit:   eventlog.Commit{Stream: eventlog.Stream{Kind: eventlog.Kind(kind), ID: "c1"}, At: t0.Add(24 * time.Hour), Events: []eventlog.Event{{Type: event, Data: data}}},
			Position: eventlog.Position{Pos: s.Pos() + 1},
		})
		if _, err := supervisor.Decode(s.Encode(), rules); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkApply(b *testing.B) {
	log := chance(b, 5, 60_000).log
	b.ReportAllocs()
	for b.Loop() {
		s := supervisor.New(rules)
		for _, c := range log {
			s.Apply(c)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(log))/b.Elapsed().Seconds(), "commits/s")
}
