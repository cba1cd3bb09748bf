package coach_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"parley/backend/coach"
	"parley/backend/eventlog"
	"parley/backend/message"
)

var t0 = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	say := coach.Say{Conversation: "conv-1", Message: "m-1", By: "sue", Body: message.Ref{Length: 4, Digest: "00ff"}}
	with := func(change func(*coach.Say)) coach.Say {
		c := say
		change(&c)
		return c
	}
	begun := coach.State{Rev: 1, Conversation: "conv-1"}
	for _, tt := range []struct {
		name  string
		given coach.State
		when  coach.Say
		fails error
	}{
		{"the first word", coach.State{}, say, nil},
		{"another", begun, say, nil},
		{"nothing", begun, with(func(c *coach.Say) { c.Body.Length = 0 }), coach.ErrEmpty},
		{"too much", begun, with(func(c *coach.Say) { c.Body.Length = coach.MaxBytes + 1 }), coach.ErrTooLong},
		{"of another conversation", begun, with(func(c *coach.Say) { c.Conversation = "conv-2" }), coach.ErrOther},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := coach.Decide(&tt.given, tt.when)
			if !errors.Is(err, tt.fails) {
				t.Fatalf("decided %+v, %v; want %v", got, err, tt.fails)
			}
			if err == nil && !reflect.DeepEqual(got, []coach.Event{coach.Message(tt.when)}) {
				t.Errorf("decided %+v", got)
			}
		})
	}
}

func commit(t *testing.T, rev uint64, prev eventlog.Hash, events ...coach.Event) eventlog.Stored {
	t.Helper()
	encoded, err := coach.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	c := eventlog.Commit{Stream: eventlog.Stream{Kind: eventlog.Coach, ID: "one"}, Rev: rev, PrevHash: prev, At: t0, Events: encoded}
	return eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode())}
}

func TestApply(t *testing.T) {
	s := &coach.State{}
	said := coach.Message{Conversation: "conv-1", Message: "m-1", By: "sue", Body: message.Ref{Length: 4}}
	first := commit(t, 1, eventlog.Hash{}, said)
	second := commit(t, 2, first.Hash, said)
	for _, c := range []eventlog.Stored{first, first, second, second} {
		if err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	if s.Messages != 2 || s.Conversation != "conv-1" || s.Rev != 2 || !s.LastAt.Equal(t0) {
		t.Errorf("folded to %+v", s)
	}
	third := commit(t, 4, second.Hash)
	if err := s.Apply(third); !errors.Is(err, coach.ErrGap) {
		t.Errorf("a gap gives %v", err)
	}
	third.Stream.Kind = eventlog.Conversation
	if err := s.Apply(third); !errors.Is(err, coach.ErrOtherStream) {
		t.Errorf("another stream gives %v", err)
	}
}

var update = flag.Bool("update", false, "write golden files of new events; released ones never change")

func TestEventsKeepTheirReleasedForm(t *testing.T) {
	every := []coach.Event{
		coach.Message{Conversation: "conv-1", Message: "m-1", By: "sue", Body: message.Ref{Length: 4, Digest: "00ff"}},
	}
	encoded, err := coach.Encode(every)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range encoded {
		file := filepath.Join("testdata", "events", e.Type+".json")
		if *update {
			if _, err := os.Stat(file); err == nil {
				continue // released
			}
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
		if back := coach.Decode(eventlog.Event{Type: e.Type, Data: golden}); !reflect.DeepEqual(back, every[i]) {
			t.Errorf("%s reads back as\n%#v, want\n%#v", e.Type, back, every[i])
		}
	}
	grown := coach.Message{Conversation: "conv-1", Message: "m-1", By: "sue", Agent: "ann"}
	if encoded, err := coach.Encode([]coach.Event{grown}); err != nil || !reflect.DeepEqual(coach.Decode(encoded[0]), coach.Event(grown)) {
		t.Errorf("with its agent it reads back as %+v, %v", encoded, err)
	}
	later := eventlog.Event{Type: "summoned", Data: []byte(`{"by":"owl"}`)}
	back, err := coach.Encode([]coach.Event{coach.Decode(later)})
	if err != nil || !reflect.DeepEqual(back, []eventlog.Event{later}) {
		t.Errorf("an unknown event came back as %+v, %v", back, err)
	}
}
