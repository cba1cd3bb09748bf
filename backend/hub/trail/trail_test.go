package trail_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/audit"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/auth"
	"parley/backend/hub/engine"
	"parley/backend/hub/trail"
	"parley/backend/id"
)

type noVault struct{}

func (noVault) Seal(string, []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{}, "", errors.New("nothing is sealed here")
}
func (noVault) Open(context.Context, string) ([]byte, error) { return nil, eventlog.ErrNotFound }

type noRules struct{}

func (noRules) Queue(id.Queue) conversation.Settings         { return conversation.Settings{} }
func (noRules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }
func (noRules) Utilization(id.Agent) agent.Utilization       { return agent.Utilization{} }

// place is a log with an engine, and a file for the trail's cursor.
type place struct {
	t      *testing.T
	log    eventlog.Log
	engine *engine.Engine
	file   string
}

func start(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, log: memory.New(), file: filepath.Join(t.TempDir(), "audit.json")}
	var err error
	if p.engine, err = engine.Open(t.Context(), engine.Options{Log: p.log, Vault: noVault{}, Rules: noRules{}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.engine.Close)
	return p
}

func (p *place) open(log eventlog.Log) *trail.Trail {
	p.t.Helper()
	tr, err := trail.Open(p.t.Context(), trail.Options{Log: log, Engine: p.engine, File: p.file, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		p.t.Fatal(err)
	}
	return tr
}

// status makes a supervisor set an agent's status, which is recorded.
func (p *place) status(cmd string, to agent.Presence) engine.Result {
	p.t.Helper()
	r, err := p.engine.Agent(p.t.Context(), "ann", id.Command(cmd), "agent:sue", agent.SetPresence{Presence: to, By: "sue"})
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func (p *place) records() []trail.Entry {
	p.t.Helper()
	var out []trail.Entry
	if err := trail.List(p.t.Context(), p.log, 0, time.Time{}, func(e trail.Entry) bool {
		out = append(out, e)
		return true
	}); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *place) wait(tr *trail.Trail, pos uint64) {
	p.t.Helper()
	if err := tr.WaitFor(p.t.Context(), pos); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) verify(log eventlog.Log, expect eventlog.Head) trail.Report {
	p.t.Helper()
	r, err := trail.Verify(p.t.Context(), log, expect)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// However often the hub is started again, with or without its cursor, each commit
// is recorded once and none is left out.
func TestNothingLostAndNothingTwiceOverRestarts(t *testing.T) {
	p := start(t)
	p.status("status-1", agent.Away) // before the first trail
	var last engine.Result
	for life := range 6 {
		tr := p.open(p.log)
		if life%2 == 0 {
			last = p.status(fmt.Sprint("status-on-", life), agent.Busy)
			p.wait(tr, last.Pos)
		}
		tr.Close()
		last = p.status(fmt.Sprint("status-off-", life), []agent.Presence{agent.Meal, agent.Break}[life%2]) // nobody follows
		if life == 3 {
			p.file = filepath.Join(t.TempDir(), "lost.json")
		}
	}
	if r := p.verify(p.log, eventlog.Head{}); len(r.Wrong) > 0 || r.Behind == 0 {
		t.Errorf("before the last start: %+v", r)
	}
	tr := p.open(p.log)
	p.wait(tr, last.Pos)
	tr.Close()
	seen := map[uint64]int{}
	for _, e := range p.records() {
		seen[e.Commit.Rev]++
		if e.Who != "agent:sue" || e.Action != "set_status" || !reflect.DeepEqual(e.Subject, []string{"agent ann"}) {
			t.Errorf("recorded %+v", e)
		}
	}
	state, err := p.engine.AgentState(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	for rev := uint64(1); rev <= state.Rev; rev++ {
		if seen[rev] != 1 {
			t.Errorf("revision %d is recorded %d times", rev, seen[rev])
		}
	}
	if r := p.verify(p.log, eventlog.Head{}); len(r.Wrong) > 0 || r.Behind > 0 || r.Records != int(state.Rev) || r.Derived != r.Records {
		t.Errorf("at last: %+v", r)
	}
}

// A version that finds more in the log walks it again.
func TestAnotherDerivationWalksTheLogAgain(t *testing.T) {
	p := start(t)
	tr := p.open(p.log)
	first := p.status("status-1", agent.Away)
	p.wait(tr, first.Pos)
	tr.Close()
	missed := p.status("status-2", agent.Busy)
	old := fmt.Sprintf(`{"epoch":%q,"pos":%d,"derivation":%d}`, p.log.Epoch(), missed.Pos, audit.Derivation-1)
	if err := os.WriteFile(p.file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	tr = p.open(p.log)
	p.wait(tr, missed.Pos)
	tr.Close()
	if r := p.verify(p.log, eventlog.Head{}); len(r.Wrong) > 0 || r.Behind > 0 || r.Records != 2 {
		t.Errorf("walked again: %+v", r)
	}
}

func TestARecordNamesTheSession(t *testing.T) {
	p := start(t)
	tr := p.open(p.log)
	defer tr.Close()
	tr.Acting("status-1", auth.Session{ID: "0a1b2c", Device: "desk of Sue"})
	p.wait(tr, p.status("status-1", agent.Away).Pos)
	if got := p.records(); len(got) != 1 || got[0].Session != "0a1b2c" || got[0].Device != "desk of Sue" {
		t.Errorf("recorded %+v", got)
	}
	if r := p.verify(p.log, eventlog.Head{}); len(r.Wrong) > 0 {
		t.Errorf("verified: %v", r.Wrong)
	}
}

// Who is refused over and over fills no disk, and how often is told.
func TestRefusalsAreBoundedAndCounted(t *testing.T) {
	p := start(t)
	tr := p.open(p.log)
	defer tr.Close()
	const tries = 1000
	for range tries {
		tr.Refused(t.Context(), audit.Record{Who: "agent:eve", Action: "erase", Detail: "forbidden"})
	}
	tr.Refused(t.Context(), audit.Record{Who: "agent:bob", Action: "erase", Detail: "forbidden"})
	got := p.records()
	if len(got) < 10 || len(got) > 100 {
		t.Fatalf("%d refusals make %d records", tries, len(got))
	}
	told := 0
	for _, e := range got {
		told += 1 + e.Skipped
		if e.Outcome != audit.Refused {
			t.Errorf("recorded %+v", e)
		}
	}
	if last := got[len(got)-1]; last.Who != "agent:bob" || told != tries+1 {
		t.Errorf("the records tell of %d refusals, want %d; the last is %+v", told, tries+1, last)
	}
}

func TestListSince(t *testing.T) {
	p := start(t)
	tr := p.open(p.log)
	defer tr.Close()
	for i := range 9 {
		if err := tr.Record(t.Context(), audit.Record{Who: "agent:ada", Action: audit.SignIn, Subject: []string{fmt.Sprint(i)}, Outcome: audit.Done}); err != nil {
			t.Fatal(err)
		}
	}
	all := p.records()
	since := all[4].At
	var got []string
	if err := trail.List(t.Context(), p.log, 0, since, func(e trail.Entry) bool {
		got = append(got, e.Subject[0])
		return len(got) < 3
	}); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if !all[i].At.Before(since) {
			if want := []string{fmt.Sprint(i), fmt.Sprint(i + 1), fmt.Sprint(i + 2)}; i+2 < len(all) && !reflect.DeepEqual(got, want) {
				t.Errorf("since %v: %v, want %v", since, got, want)
			}
			break
		}
	}
	got = nil
	if err := trail.List(t.Context(), p.log, 0, all[8].At.Add(time.Hour), func(e trail.Entry) bool { got = append(got, e.Who); return true }); err != nil || got != nil {
		t.Errorf("since later than all: %v, %v", got, err)
	}
}

// rewritten is a log whose audit stream somebody wrote anew, with a chain that
// holds together.
type rewritten struct {
	eventlog.Log
	edit func([]eventlog.Commit) []eventlog.Commit
}

func (l rewritten) Read(ctx context.Context, s eventlog.Stream, after uint64) iter.Seq2[eventlog.Stored, error] {
	if s != audit.Stream {
		return l.Log.Read(ctx, s, after)
	}
	return func(yield func(eventlog.Stored, error) bool) {
		var all []eventlog.Commit
		for c := range l.Log.Read(ctx, s, 0) {
			all = append(all, c.Commit)
		}
		prev := eventlog.Hash{}
		for i, c := range l.edit(all) {
			c.Rev, c.PrevHash = uint64(i+1), prev
			prev = eventlog.HashOf(c.Encode())
			if c.Rev > after && !yield(eventlog.Stored{Commit: c, Hash: prev}, nil) {
				return
			}
		}
	}
}

func TestTamperingIsFound(t *testing.T) {
	p := start(t)
	tr := p.open(p.log)
	p.wait(tr, p.status("status-1", agent.Away).Pos)
	tr.Refused(t.Context(), audit.Record{Who: "agent:eve", Action: "erase", Detail: "forbidden"})
	p.wait(tr, p.status("status-2", agent.Busy).Pos)
	tr.Close()
	good := p.verify(p.log, eventlog.Head{})
	if len(good.Wrong) > 0 || good.Records != 3 || good.Head.Rev != 3 {
		t.Fatalf("untouched: %+v", good)
	}
	record := func(r audit.Record) []eventlog.Event {
		events, err := audit.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	change := func(i int, edit func(*audit.Record)) func([]eventlog.Commit) []eventlog.Commit {
		return func(all []eventlog.Commit) []eventlog.Commit {
			r := audit.Decode(all[i])[0]
			edit(&r)
			all[i].Events = record(r)
			return all
		}
	}
	for _, tc := range []struct {
		name   string
		edit   func([]eventlog.Commit) []eventlog.Commit
		expect eventlog.Head
		want   string
	}{
		{"another name", change(0, func(r *audit.Record) { r.Who = "agent:bob" }), eventlog.Head{}, "record 1 is not what follows from agent/ann at 1"},
		{"another commit", change(0, func(r *audit.Record) { r.Commit.Rev = 9 }), eventlog.Head{}, "record 1 tells of agent/ann at 9, which is gone"},
		{"one taken out", func(all []eventlog.Commit) []eventlog.Commit { return all[1:] }, eventlog.Head{}, "agent/ann at 1 should be recorded and is not"},
		{"one put in twice", func(all []eventlog.Commit) []eventlog.Commit { return append(all, all[0]) }, eventlog.Head{}, "record 4 repeats what was recorded of agent/ann at 1"},
		{"a refusal taken out, and the head was noted", func(all []eventlog.Commit) []eventlog.Commit { return append(all[:1], all[2]) }, good.Head, "record 3, which was noted, is gone"},
		{"a refusal changed, and the head was noted", change(1, func(r *audit.Record) { r.Who = "agent:bob" }), good.Head, "record 3 has the hash"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := p.verify(rewritten{p.log, tc.edit}, tc.expect)
			if !strings.Contains(strings.Join(r.Wrong, "\n"), tc.want) {
				t.Errorf("found %q, want %q", r.Wrong, tc.want)
			}
		})
	}
	if r := p.verify(p.log, good.Head); len(r.Wrong) > 0 {
		t.Errorf("untouched, and the head was noted: %v", r.Wrong)
	}
}
