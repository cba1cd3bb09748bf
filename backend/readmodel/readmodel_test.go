package readmodel_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
)

func small() readmodel.Options {
	o := readmodel.Hub()
	o.MemTable, o.MemTables, o.IndexCache, o.States = 4<<20, 2, 2<<20, 8
	return o
}

func open(t testing.TB, dir string, o readmodel.Options) *readmodel.Model {
	t.Helper()
	m, err := readmodel.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// picture is everything a model answers about a story.
type picture struct {
	States      map[id.Conversation]*conversation.State
	Agents      map[id.Agent]*agent.State
	Transcripts map[id.Conversation][]readmodel.Item
	Phases      map[conversation.Phase][]id.Conversation
	Guests      map[id.Guest][]id.Conversation
	ByAgent     map[id.Agent][]id.Conversation
	ByContact   []readmodel.Answered
	Streams     []eventlog.Stream
}

func pictureOf(t testing.TB, m *readmodel.Model, s *story) picture {
	t.Helper()
	p := picture{
		States: map[id.Conversation]*conversation.State{}, Agents: map[id.Agent]*agent.State{},
		Transcripts: map[id.Conversation][]readmodel.Item{}, Phases: map[conversation.Phase][]id.Conversation{},
		Guests: map[id.Guest][]id.Conversation{}, ByAgent: map[id.Agent][]id.Conversation{},
	}
	for c := range s.states {
		p.States[c] = must(m.ConversationState(c))(t)
		items, total, err := m.Transcript(c, 0, 1<<30)
		if err != nil || total != len(items) {
			t.Fatalf("transcript: %d of %d items, %v", len(items), total, err)
		}
		p.Transcripts[c] = items
	}
	for _, a := range []id.Agent{"ann", "bob"} {
		p.Agents[a] = must(m.AgentState(a))(t)
		p.ByAgent[a] = must(m.ByAgent(a, time.Time{}))(t)
	}
	for _, ph := range []conversation.Phase{conversation.Waiting, conversation.Alerting, conversation.Talking, conversation.AfterCall, conversation.Done} {
		p.Phases[ph] = must(m.InPhase(ph))(t)
	}
	for _, g := range []id.Guest{"guest-0", "guest-1", "guest-2"} {
		p.Guests[g] = must(m.ByGuest(g))(t)
	}
	p.ByContact = must(m.ByContact("contact"))(t)
	p.Streams = must(m.Streams())(t)
	return p
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %.2000s\nwant %.2000s", what, asJSON(got), asJSON(want))
	}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	return fmt.Sprint(string(b), err)
}

// The law of every projection: however the log is cut, repeated, stored and
// opened again, the answers are those of one fold in memory.
func TestModelIsTheFoldOfTheLog(t *testing.T) {
	for seed := range uint64(6) {
		s := newStory(t)
		s.random(seed, 12, 600)

		whole := open(t, "", small())
		if err := whole.Apply(s.log); err != nil {
			t.Fatal(err)
		}
		want := pictureOf(t, whole, s)
		for c, st := range s.states {
			same(t, "state of "+string(c), want.States[c], st)
			if at := slices.Index(want.Phases[st.Phase], c); at < 0 {
				t.Errorf("%s is not listed in phase %s", c, st.Phase)
			}
		}
		for a, st := range s.agents {
			same(t, "agent "+string(a), want.Agents[a], st)
		}

		dir := t.TempDir()
		for from := 0; from < len(s.log); from += 97 {
			m := must(readmodel.Open(dir, small()))(t)
			again := max(from-13, 0) // some of it a second time
			if err := m.Apply(s.log[again:min(from+97, len(s.log))]); err != nil {
				t.Fatal(err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
		parts := open(t, dir, small())
		same(t, "model folded in parts", pictureOf(t, parts, s), want)
		same(t, "cursor", parts.Cursor(0), whole.Cursor(0))
		if got, want := parts.Cursor(0).Pos, uint64(len(s.log)); got != want {
			t.Errorf("cursor at %d, want %d", got, want)
		}
	}
}

func TestTranscriptLines(t *testing.T) {
	s := newStory(t)
	ref := message.Ref{Length: 2, Digest: "ab"}
	s.happen("c", conversation.Started{Channel: "web", Guest: "g"},
		conversation.Queued{Queue: "help", Since: noon, Reason: "new"},
		conversation.MessageReceived{Message: "in", Body: ref})
	s.happen("c", conversation.Alerted{Communication: "leg", Agent: "ann", Until: noon, Why: "longest idle"})
	s.happen("c", conversation.Connected{Communication: "leg", Agent: "ann"})
	s.happen("c", conversation.MessageSent{Message: "out", Agent: "ann", Body: ref})
	s.happen("c", conversation.Unknown{Type: "of_a_later_version", Data: []byte(`{}`)})
	s.happen("c", conversation.DeliveryChanged{Message: "out", State: message.Failed, Reason: "gone"})
	s.happen("c", conversation.WrappedUp{Communication: "leg", Agent: "ann", Code: "solved"})
	m := open(t, "", small())
	if err := m.Apply(s.log); err != nil {
		t.Fatal(err)
	}
	at := func(rev int) time.Time { return noon.Add(time.Duration(rev) * time.Second) }
	want := []readmodel.Item{
		{Rev: 1, N: 1, At: at(1), Event: readmodel.ItemQueued, Queue: "help", Reason: "new"},
		{Rev: 1, N: 2, At: at(1), Message: "in", Direction: message.Inbound, Body: ref},
		{Rev: 2, At: at(2), Event: readmodel.ItemAlerted, Agent: "ann", Reason: "longest idle"},
		{Rev: 3, At: at(3), Event: readmodel.ItemConnected, Agent: "ann"},
		{Rev: 4, At: at(4), Message: "out", Direction: message.Outbound, Agent: "ann", Body: ref, Delivery: message.Failed, Reason: "gone"},
		{Rev: 7, At: at(7), Event: readmodel.ItemWrappedUp, Agent: "ann", Code: "solved"},
	}
	got, total, err := m.Transcript("c", 0, 100)
	if err != nil || total != len(want) {
		t.Fatalf("total %d, %v", total, err)
	}
	same(t, "transcript", got, want)
	if place, err := m.Place("c", "out"); err != nil || place != 4 {
		t.Errorf("the outbound message stands at %d, %v", place, err)
	}
	if _, err := m.Place("c", "in"); !errors.Is(err, readmodel.ErrNotFound) {
		t.Errorf("place of an inbound message: %v", err)
	}
	part, _, err := m.Transcript("c", 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "part of it", part, want[4:5])
	if beyond, _, err := m.Transcript("c", 9, 5); err != nil || len(beyond) != 0 {
		t.Errorf("beyond the end: %v, %v", beyond, err)
	}
	if _, _, err := m.Transcript("other", 0, 1); !errors.Is(err, readmodel.ErrNotFound) {
		t.Errorf("transcript of nothing: %v", err)
	}
}

func TestAnAgentWhoWasOnlyAlertedLeavesTheList(t *testing.T) {
	s := newStory(t)
	s.happen("c", conversation.Started{Channel: "web"}, conversation.Queued{Queue: "help"})
	s.happen("c", conversation.Alerted{Communication: "1", Agent: "ann"})
	s.happen("c", conversation.AlertEnded{Communication: "1", Agent: "ann", Reason: "declined"})
	s.happen("c", conversation.Alerted{Communication: "2", Agent: "bob"})
	s.happen("c", conversation.Connected{Communication: "2", Agent: "bob"})
	m := open(t, "", small())
	lists := func() [2][]id.Conversation {
		return [2][]id.Conversation{must(m.ByAgent("ann", time.Time{}))(t), must(m.ByAgent("bob", time.Time{}))(t)}
	}
	if err := m.Apply(s.log[:2]); err != nil {
		t.Fatal(err)
	}
	same(t, "while ann is alerted", lists(), [2][]id.Conversation{{"c"}, nil})
	if err := m.Apply(s.log); err != nil {
		t.Fatal(err)
	}
	same(t, "after bob answered", lists(), [2][]id.Conversation{nil, {"c"}})
	last := s.now
	if got := must(m.ByAgent("bob", last))(t); len(got) != 1 {
		t.Errorf("since the last activity: %v", got)
	}
	if got := must(m.ByAgent("bob", last.Add(time.Millisecond)))(t); len(got) != 0 {
		t.Errorf("since later: %v", got)
	}
}

func TestGaps(t *testing.T) {
	s := newStory(t)
	s.random(1, 3, 60)
	m := open(t, "", small())
	if err := m.Apply(s.log[:10]); err != nil {
		t.Fatal(err)
	}
	before := pictureOf(t, m, &story{})
	if err := m.Apply(s.log[11:]); !errors.Is(err, readmodel.ErrGap) {
		t.Fatalf("a missing position: %v", err)
	}
	same(t, "after the gap", pictureOf(t, m, &story{}), before)
	if err := m.Apply(s.log); err != nil {
		t.Errorf("after the gap was filled: %v", err)
	}

	broken := s.log[len(s.log)-1]
	broken.Rev, broken.Pos = broken.Rev+2, broken.Pos+1
	if err := m.Apply([]eventlog.Stored{broken}); !errors.Is(err, readmodel.ErrGap) {
		t.Errorf("a missing revision: %v", err)
	}
}

func TestEpochs(t *testing.T) {
	s := newStory(t)
	s.random(2, 3, 60)
	dir := t.TempDir()
	m := must(readmodel.Open(dir, small()))(t)
	if fresh := must(m.Adopt("one"))(t); !fresh {
		t.Error("a new model is not fresh")
	}
	if err := m.Apply(s.log); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m = open(t, dir, small())
	if fresh := must(m.Adopt("one"))(t); fresh || m.Cursor(0).Epoch != "one" {
		t.Errorf("the same epoch: fresh %v, cursor %+v", fresh, m.Cursor(0))
	}
	if fresh := must(m.Adopt("two"))(t); !fresh {
		t.Error("another epoch is not fresh")
	}
	same(t, "cursor", m.Cursor(0), readmodel.Cursor{Epoch: "two"})
	if streams := must(m.Streams())(t); len(streams) != 0 {
		t.Errorf("streams left: %v", streams)
	}
}

func TestWaitFor(t *testing.T) {
	s := newStory(t)
	s.random(3, 3, 60)
	m := open(t, "", small())
	got := make(chan error, 1)
	go func() { got <- m.WaitFor(t.Context(), eventlog.Position{Pos: 20}) }()
	<-m.Wanted() // whoever feeds the model is told
	if err := m.Apply(s.log[:19]); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-got:
		t.Fatalf("returned one commit early: %v", err)
	default:
	}
	if err := m.Apply(s.log[19:20]); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.WaitFor(ctx, eventlog.Position{Pos: 21}); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

func desk(key []byte) readmodel.Options {
	o := readmodel.Desk()
	o.MemTable, o.EncryptionKey = 4<<20, key
	return o
}

func TestDeskKeepsForgetsAndSeals(t *testing.T) {
	s := newStory(t)
	s.random(4, 6, 300)
	dir, key := t.TempDir(), bytes.Repeat([]byte{7}, 32)
	m := must(readmodel.Open(dir, desk(key)))(t)

	// Whole streams, one after the other, as a hub syncs them.
	sorted := slices.Clone(s.log)
	slices.SortStableFunc(sorted, func(a, b eventlog.Stored) int { return strings.Compare(a.Stream.ID, b.Stream.ID) })
	forgotten := streamOf("conversation-1")
	secret := []byte("a secret that no disk may show")
	changes, err := m.Fold(readmodel.Batch{Commits: sorted, Beside: []readmodel.Beside{
		{Stream: forgotten, Name: "body", Value: secret}, {Name: "own", Value: []byte("note")},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Stream.Kind == eventlog.Conversation && c.From != 0 {
			t.Errorf("%v changed from %d", c.Stream, c.From)
		}
	}
	m.SetCursor(readmodel.Cursor{Epoch: "e", Pos: 300})
	if got := must(m.Beside(forgotten, "body"))(t); !bytes.Equal(got, secret) {
		t.Errorf("beside: %q", got)
	}
	want := pictureOf(t, m, s)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	mustNotContain(t, dir, secret)

	m = open(t, dir, desk(key))
	same(t, "after a restart", pictureOf(t, m, s), want)
	if m.Cursor(0).Pos != 300 {
		t.Errorf("cursor %+v", m.Cursor(0))
	}
	first := s.log[slices.IndexFunc(s.log, func(c eventlog.Stored) bool { return c.Stream == forgotten })]
	if got := must(m.CommitBytes(forgotten, 1))(t); eventlog.HashOf(got) != first.Hash {
		t.Error("another commit came back")
	}

	if _, err := m.Fold(readmodel.Batch{Reset: []eventlog.Stream{forgotten}}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Beside(forgotten, "body"); !errors.Is(err, readmodel.ErrNotFound) {
		t.Errorf("a forgotten body: %v", err)
	}
	if _, err := m.ConversationState("conversation-1"); !errors.Is(err, readmodel.ErrNotFound) {
		t.Errorf("a forgotten state: %v", err)
	}
	for a := range want.ByAgent {
		if slices.Contains(must(m.ByAgent(a, time.Time{}))(t), "conversation-1") {
			t.Errorf("still on %s's list", a)
		}
	}
	if got := must(m.Beside(eventlog.Stream{}, "own"))(t); string(got) != "note" {
		t.Errorf("own note: %q", got)
	}
	if err := m.Apply(sorted); err != nil { // all of it again
		t.Fatal(err)
	}
	same(t, "after it came back", pictureOf(t, m, s), want)
}

func mustNotContain(t *testing.T, dir string, secret []byte) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, secret) {
			t.Errorf("%s holds it in plain", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusals(t *testing.T) {
	s := newStory(t)
	s.random(5, 6, 2000)
	key := bytes.Repeat([]byte{7}, 32)
	made := func(t *testing.T) string {
		dir := t.TempDir()
		m := must(readmodel.Open(dir, desk(key)))(t)
		if err := m.Apply(s.log); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	t.Run("another key", func(t *testing.T) {
		if _, err := readmodel.Open(made(t), desk(bytes.Repeat([]byte{8}, 32))); !errors.Is(err, readmodel.ErrCorrupt) {
			t.Errorf("%v", err)
		}
	})
	t.Run("opened twice", func(t *testing.T) {
		dir := made(t)
		open(t, dir, desk(key))
		if _, err := readmodel.Open(dir, desk(key)); !errors.Is(err, readmodel.ErrInUse) {
			t.Errorf("%v", err)
		}
	})
	t.Run("no room", func(t *testing.T) {
		o := desk(key)
		o.Reserve = 1 << 60
		if _, err := readmodel.Open(made(t), o); err == nil || !strings.Contains(err.Error(), "disk is almost full") {
			t.Errorf("%v", err)
		}
	})
	for _, file := range []string{"MANIFEST", "000001.sst", "KEYREGISTRY"} {
		t.Run("damaged "+file, func(t *testing.T) {
			dir := made(t)
			path := filepath.Join(dir, file)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := len(b) / 3; i < len(b); i += 64 {
				b[i] ^= 0x55
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := readmodel.Open(dir, desk(key))
			if err == nil { // read all of it: something must notice
				for c := range s.states {
					_, _, e := m.Transcript(c, 0, 1<<30)
					err = errors.Join(err, e)
				}
				_ = m.Close()
			}
			if !errors.Is(err, readmodel.ErrCorrupt) {
				t.Errorf("%v", err)
			}
		})
	}
}

// Damage that no query has come upon: Open finds it or, where that is left to
// Verify, this does, unless the model has been emptied since.
func TestVerify(t *testing.T) {
	s := newStory(t)
	s.random(4, 6, 3000)
	o := desk(bytes.Repeat([]byte{7}, 32))
	dir := t.TempDir()
	m := must(readmodel.Open(dir, o))(t)
	must(m.Adopt("epoch"))(t)
	if err := errors.Join(m.Apply(s.log), m.Close()); err != nil {
		t.Fatal(err)
	}
	sound := must(readmodel.Open(dir, o))(t)
	if err := errors.Join(sound.Verify(t.Context()), sound.Close()); err != nil {
		t.Fatal(err)
	}
	found := must(filepath.Glob(filepath.Join(dir, "*.sst")))(t)
	for _, name := range found {
		b := must(os.ReadFile(name))(t)
		b[len(b)/2] ^= 1
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := o
	at.VerifyLater = false
	if _, err := readmodel.Open(dir, at); !errors.Is(err, readmodel.ErrCorrupt) {
		t.Errorf("%d damaged tables, and Open says %v", len(found), err)
	}
	m = open(t, dir, o)
	if err := m.Verify(t.Context()); !errors.Is(err, readmodel.ErrCorrupt) {
		t.Errorf("Verify says %v", err)
	}
	if fresh := must(m.Adopt("another"))(t); !fresh {
		t.Fatal("it was not emptied")
	}
	if err := m.Verify(t.Context()); err != nil {
		t.Errorf("emptied: %v", err)
	}
}
