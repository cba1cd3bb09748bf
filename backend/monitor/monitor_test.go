package monitor_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/monitor"
)

var t0 = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	full := make([]monitor.Event, monitor.MostWatchers)
	for i := range full {
		full[i] = monitor.Started{By: id.Agent(fmt.Sprint("s", i))}
	}
	for _, tt := range []struct {
		name  string
		given []monitor.Event
		when  monitor.Command
		then  []monitor.Event
		fails error
	}{
		{"begins", nil, monitor.Start{By: "sue"}, []monitor.Event{monitor.Started{By: "sue"}}, nil},
		{"a second one watches too", []monitor.Event{monitor.Started{By: "sue"}}, monitor.Start{By: "tom"}, []monitor.Event{monitor.Started{By: "tom"}}, nil},
		{"watches already", []monitor.Event{monitor.Started{By: "sue"}}, monitor.Start{By: "sue"}, nil, nil},
		{"too many", full, monitor.Start{By: "sue"}, nil, monitor.ErrTooMany},
		{"ends", []monitor.Event{monitor.Started{By: "sue"}}, monitor.End{By: "sue", Reason: "disconnected"},
			[]monitor.Event{monitor.Ended{By: "sue", Reason: "disconnected"}}, nil},
		{"has ended already", []monitor.Event{monitor.Started{By: "sue"}, monitor.Ended{By: "sue"}}, monitor.End{By: "sue"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &monitor.State{}
			for _, e := range tt.given {
				s.Record(e, t0)
			}
			before := s.Clone()
			got, err := monitor.Decide(s, tt.when)
			if !errors.Is(err, tt.fails) || !reflect.DeepEqual(got, tt.then) {
				t.Errorf("decided %+v, %v; want %+v, %v", got, err, tt.then, tt.fails)
			}
			if !reflect.DeepEqual(s, before) {
				t.Error("deciding changed the state")
			}
		})
	}
}

func commit(t *testing.T, rev uint64, prev eventlog.Hash, events ...monitor.Event) eventlog.Stored {
	t.Helper()
	encoded, err := monitor.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	c := eventlog.Commit{Stream: eventlog.Stream{Kind: eventlog.Monitor, ID: "one"}, Rev: rev, PrevHash: prev, At: t0, Events: encoded}
	return eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode())}
}

func TestApply(t *testing.T) {
	s := &monitor.State{}
	first := commit(t, 1, eventlog.Hash{}, monitor.Started{By: "sue"}, monitor.Started{By: "tom"})
	second := commit(t, 2, first.Hash, monitor.Ended{By: "sue"})
	for _, c := range []eventlog.Stored{first, first, second, second} {
		if err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Names(); !reflect.DeepEqual(got, []id.Agent{"tom"}) || s.Rev != 2 {
		t.Errorf("%v watch at revision %d", got, s.Rev)
	}
	third := commit(t, 4, second.Hash)
	if err := s.Apply(third); !errors.Is(err, monitor.ErrGap) {
		t.Errorf("a gap gives %v", err)
	}
	third.Stream.Kind = eventlog.Conversation
	if err := s.Apply(third); !errors.Is(err, monitor.ErrOtherStream) {
		t.Errorf("another stream gives %v", err)
	}
}

var update = flag.Bool("update", false, "write golden files of new events; released ones never change")

func TestEventsKeepTheirReleasedForm(t *testing.T) {
	every := []monitor.Event{
		monitor.Started{By: "sue"},
		monitor.Ended{By: "sue", Reason: "disconnected"},
	}
	encoded, err := monitor.Encode(every)
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
		if back := monitor.Decode(eventlog.Event{Type: e.Type, Data: golden}); !reflect.DeepEqual(back, every[i]) {
			t.Errorf("%s reads back as\n%#v, want\n%#v", e.Type, back, every[i])
		}
	}
	later := eventlog.Event{Type: "summoned", Data: []byte(`{"by":"owl"}`)}
	back, err := monitor.Encode([]monitor.Event{monitor.Decode(later)})
	if err != nil || !reflect.DeepEqual(back, []eventlog.Event{later}) {
		t.Errorf("an unknown event came back as %+v, %v", back, err)
	}
}
