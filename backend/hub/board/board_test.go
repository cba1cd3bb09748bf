package board_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/board"
	"parley/backend/id"
	"parley/backend/supervisor"
)

var rules = supervisor.Rules{Default: supervisor.QueueRules{ServiceLevel: 20 * time.Second}}

// place is a log that is written to, and the board that follows it.
type place struct {
	t      *testing.T
	log    *watched
	dir    string
	now    time.Time
	states map[id.Conversation]*conversation.State
	ann    agent.State
	r      *rand.Rand
}

// watched tells from where its followers begin.
type watched struct {
	eventlog.Log
	after atomic.Uint64
}

func (w *watched) Follow(ctx context.Context, partition uint32, after uint64) iter.Seq2[eventlog.Stored, error] {
	w.after.Store(after)
	return w.Log.Follow(ctx, partition, after)
}

func newPlace(t *testing.T) *place {
	return &place{
		t: t, log: &watched{Log: memory.New()}, dir: t.TempDir(), now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		states: map[id.Conversation]*conversation.State{}, r: rand.New(rand.NewPCG(1, 2)),
	}
}

func (p *place) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) open() *board.Board {
	p.t.Helper()
	b, err := board.Open(p.t.Context(), board.Options{
		Log: p.log, Dir: p.dir, Rules: rules, Every: 40, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return p.now },
	})
	p.ok(err)
	p.await(b)
	return b
}

// await waits until the board has folded all that is written.
func (p *place) await(b *board.Board) supervisor.Board {
	p.t.Helper()
	tail, err := p.log.Tail(p.t.Context(), 0)
	p.ok(err)
	late := time.After(20 * time.Second)
	select {
	case <-b.Ready():
	case <-late:
		p.t.Fatal("the board is never ready")
	}
	for {
		if now, _, ok := b.Since(board.Mark{}, true); ok && now.Pos >= tail.Pos {
			return now
		}
		select {
		case <-b.Changed():
		case <-late:
			p.t.Fatal("the board does not follow")
		}
	}
}

func (p *place) append(s eventlog.Stream, rev uint64, prev eventlog.Hash, events []eventlog.Event) eventlog.Stored {
	p.t.Helper()
	c := eventlog.Commit{Stream: s, Rev: rev + 1, PrevHash: prev, ID: id.Command(id.New()), At: p.now, Actor: "test", Events: events}
	stored, _, err := p.log.Append(p.t.Context(), c)
	p.ok(err)
	return stored
}

// do lets a command happen, if its core takes it.
func (p *place) do(conv string, c conversation.Command) {
	p.t.Helper()
	s := p.states[id.Conversation(conv)]
	if s == nil {
		s = &conversation.State{}
		p.states[id.Conversation(conv)] = s
	}
	events, err := conversation.Decide(s, c, conversation.Env{Now: p.now, Settings: conversation.Settings{AlertTimeout: time.Minute, WrapUp: true}})
	if err != nil || len(events) == 0 {
		return
	}
	encoded, err := conversation.Encode(events)
	p.ok(err)
	p.ok(s.Apply(p.append(eventlog.Stream{Kind: eventlog.Conversation, ID: conv}, s.Rev, s.Hash, encoded)))
}

func (p *place) presence(to agent.Presence) {
	p.t.Helper()
	encoded, err := agent.Encode([]agent.Event{agent.PresenceChanged{Presence: to}})
	p.ok(err)
	p.ok(p.ann.Apply(p.append(eventlog.Stream{Kind: eventlog.Agent, ID: "ann"}, p.ann.Rev, p.ann.Hash, encoded)))
}

// work lets so many conversations be served, with a pause after each step.
func (p *place) work(n int, pause time.Duration) {
	p.t.Helper()
	p.presence([]agent.Presence{agent.OnQueue, agent.Available}[n%2])
	for range n {
		conv := fmt.Sprint("c", len(p.states))
		leg := id.Communication(conv + "-leg")
		steps := []conversation.Command{
			conversation.Start{Channel: "web", Contact: "ida", Queue: "orders"},
			conversation.Offer{Agent: "ann", Communication: leg},
			conversation.Accept{Agent: "ann", Communication: leg},
			conversation.Disconnect{Agent: "ann", Communication: leg},
			conversation.WrapUp{Agent: "ann", Communication: leg, Code: "refund"},
		}
		for _, c := range steps[:2+p.r.IntN(4)] {
			p.do(conv, c)
			p.now = p.now.Add(time.Duration(p.r.Int64N(int64(pause))))
			p.now = p.now.Truncate(time.Millisecond)
		}
	}
}

// folded folds all commits before the first that came after a moment.
func (p *place) folded(at time.Time) supervisor.Board {
	p.t.Helper()
	s := supervisor.New(rules)
	tail, err := p.log.Tail(p.t.Context(), 0)
	p.ok(err)
	for c, err := range p.log.Follow(p.t.Context(), 0, 0) {
		p.ok(err)
		if c.At.After(at) {
			break
		}
		if s.Apply(c); c.Pos == tail.Pos {
			break
		}
	}
	return s.Board(at)
}

func (p *place) files(pattern string) []string {
	p.t.Helper()
	list, err := filepath.Glob(filepath.Join(p.dir, pattern))
	p.ok(err)
	return list
}

func TestAnyMomentOfToday(t *testing.T) {
	p := newPlace(t)
	begin := p.now
	b := p.open()
	defer b.Close()
	p.work(150, 40*time.Second)
	p.await(b)
	if n := len(p.files("*.checkpoint")); n < 5 {
		t.Fatalf("only %d checkpoints, so this says little", n)
	}
	for range 30 {
		at := begin.Add(time.Duration(p.r.Int64N(int64(p.now.Sub(begin))))).Truncate(time.Millisecond)
		got, err := b.At(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if p.log.after.Load() == 0 && at.Sub(begin) > time.Hour {
			t.Errorf("the board at %s was folded from the log's beginning", at)
		}
		if want := p.folded(at); !reflect.DeepEqual(got, want) {
			t.Fatalf("at %s the board is\n%+v\nwant\n%+v", at, got, want)
		}
	}
	if _, err := b.At(t.Context(), p.now.Add(time.Second)); !errors.Is(err, board.ErrFuture) {
		t.Errorf("the future is %v", err)
	}
	if _, err := b.At(t.Context(), begin.Add(-10*time.Hour)); !errors.Is(err, board.ErrNotToday) {
		t.Errorf("yesterday is %v", err)
	}
}

func TestGoesOnFromItsLastCheckpoint(t *testing.T) {
	p := newPlace(t)
	b := p.open()
	p.work(60, 40*time.Second)
	before := p.await(b)
	b.Close()
	p.work(3, time.Second) // while the hub is down
	b = p.open()
	if after := p.log.after.Load(); after != before.Pos {
		t.Errorf("it went on from %d, want %d", after, before.Pos)
	}
	if got, want := p.await(b), p.folded(p.now); !reflect.DeepEqual(got, want) {
		t.Errorf("it is\n%+v\nwant\n%+v", got, want)
	}
	b.Close()

	// The last checkpoints are damaged: an earlier one is taken.
	files := p.files("*.checkpoint")
	for i, f := range files[len(files)-2:] {
		raw, err := os.ReadFile(f)
		p.ok(err)
		raw = [][]byte{raw[:len(raw)/2], append(raw[:len(raw)-9], make([]byte, 9)...)}[i]
		p.ok(os.WriteFile(f, raw, 0o600))
	}
	b = p.open()
	var sound uint64
	_, err := fmt.Sscanf(filepath.Base(files[len(files)-3]), "%016x", &sound)
	p.ok(err)
	if after := p.log.after.Load(); after != sound {
		t.Errorf("it went on from %d, want %d", after, sound)
	}
	if got, want := p.await(b), p.folded(p.now); !reflect.DeepEqual(got, want) {
		t.Errorf("from an earlier one it is\n%+v\nwant\n%+v", got, want)
	}
	b.Close()

	// Another life of the log: nothing of the old one counts.
	p.log = &watched{Log: memory.New()}
	p.states = map[id.Conversation]*conversation.State{}
	p.ann = agent.State{}
	b = p.open()
	defer b.Close()
	if now := p.await(b); len(now.Queues) != 0 || p.log.after.Load() != 0 {
		t.Errorf("of another log it is %+v", now)
	}
}

func TestDaysArePutAway(t *testing.T) {
	p := newPlace(t)
	begin := p.now
	b := p.open()
	for range 3 {
		p.work(40, 40*time.Second)
		p.now = time.Date(p.now.Year(), p.now.Month(), p.now.Day()+1, 9, 0, 0, 0, time.UTC)
	}
	p.work(10, 40*time.Second)
	p.await(b)
	want := p.whole(begin)
	check := func(what string) {
		t.Helper()
		got, err := b.Days(begin, p.now)
		if err != nil || len(got) != 4 {
			t.Fatalf("%s: %d days, %v", what, len(got), err)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s, day %d is\n%+v\nwant\n%+v", what, i, got[i], want[i])
			}
		}
	}
	check("live")
	if days := p.files("*.day"); len(days) != 3 || filepath.Base(days[0]) != "2026-11-26.day" {
		t.Errorf("put away are %v", days)
	}
	for _, f := range p.files("*.checkpoint") {
		var pos uint64
		var at int64
		if _, err := fmt.Sscanf(filepath.Base(f), "%016x-%d.checkpoint", &pos, &at); err != nil || p.now.Sub(time.UnixMilli(at)) > 48*time.Hour {
			t.Errorf("%s is kept for nothing", filepath.Base(f))
		}
	}
	b.Close()
	b = p.open()
	check("after a restart")
	b.Close()
	p.ok(os.WriteFile(filepath.Join(p.dir, "2026-11-27.day"), []byte("nonsense"), 0o600))
	b = p.open()
	defer b.Close()
	if _, err := b.Days(begin, p.now); err == nil {
		t.Error("a damaged day is told as if nothing had happened")
	}
	if got, err := b.Days(p.now, p.now); err != nil || len(got) != 1 {
		t.Errorf("today is %v, %v", got, err)
	}
}

// whole gives the figures of all days as a fold that forgets nothing has them.
func (p *place) whole(from time.Time) []supervisor.Day {
	p.t.Helper()
	s := supervisor.New(rules)
	tail, err := p.log.Tail(p.t.Context(), 0)
	p.ok(err)
	for c, err := range p.log.Follow(p.t.Context(), 0, 0) {
		p.ok(err)
		if s.Apply(c); c.Pos == tail.Pos {
			break
		}
	}
	var out []supervisor.Day
	for d := from; !d.After(p.now); d = d.AddDate(0, 0, 1) {
		out = append(out, s.Day(d, p.now))
	}
	return out
}

func TestOtherRulesReckonTodayAnew(t *testing.T) {
	p := newPlace(t)
	begin := p.now
	b := p.open()
	p.work(40, 40*time.Second)
	p.now = begin.AddDate(0, 0, 1)
	p.work(60, 40*time.Second)
	before := p.await(b)
	yesterday, err := b.Days(begin, begin)
	p.ok(err)
	_, mark, _ := b.Since(board.Mark{}, true)

	strict := supervisor.Rules{Default: supervisor.QueueRules{ServiceLevel: time.Millisecond}}
	b.Reckon(strict)
	late := time.After(20 * time.Second)
	var now supervisor.Board
	for len(now.Queues) == 0 || now.Queues[0].Today.AnsweredWithin == before.Queues[0].Today.AnsweredWithin {
		select {
		case <-b.Changed():
		case <-late:
			t.Fatal("nothing was reckoned anew")
		}
		now, _, _ = b.Since(mark, false)
	}
	if !now.Whole {
		t.Error("what is told after it is not whole")
	}
	want := before.Queues[0].Today
	want.AnsweredWithin = now.Queues[0].Today.AnsweredWithin
	if now.Queues[0].Today != want || want.AnsweredWithin > want.Answered/10 {
		t.Errorf("today is %+v, was %+v", now.Queues[0].Today, before.Queues[0].Today)
	}
	if same, err := b.Days(begin, begin); err != nil || !reflect.DeepEqual(same, yesterday) {
		t.Errorf("yesterday has changed: %v", err)
	}
	p.work(5, time.Second)
	p.await(b)
	b.Close()

	// Opened with the first rules again, it reckons by those.
	b = p.open()
	defer b.Close()
	got := p.await(b)
	want2 := p.folded(p.now)
	if !slices.EqualFunc(got.Queues, want2.Queues, func(a, b supervisor.QueueRow) bool { return a.Today == b.Today }) {
		t.Errorf("it is\n%+v\nwant\n%+v", got.Queues, want2.Queues)
	}
}
