package config_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/config"
	"parley/backend/eventlog"
	"parley/backend/id"
)

var update = flag.Bool("update", false, "write golden files: of new events, and of differences")

// every lists one of each event with all its fields set.
func every() []config.Event {
	o := whole()
	o.Capacity = map[channel.Kind]int{channel.Web: 4, "voice": 1}
	q, _ := o.Queue("orders")
	u, _ := o.User("ann")
	u.Roles, u.Supervises = []config.Role{config.RoleAgent, config.RoleSupervisor}, []id.Queue{"orders"}
	return []config.Event{
		config.Requested{Via: config.ViaDesk, Session: "0a1b2c"},
		config.GeneralSet{General: o.General},
		config.SkillSet{Skill: o.Skills[0]},
		config.SkillRemoved{ID: "warranty"},
		config.HoursSet{Hours: o.Hours[0]},
		config.HoursRemoved{ID: "office"},
		config.QueueSet{Queue: q},
		config.QueueRemoved{ID: "billing"},
		config.UserSet{User: u},
		config.UserRemoved{ID: "bob"},
		config.LibrarySet{Library: o.Libraries[0]},
		config.LibraryRemoved{ID: "returns"},
	}
}

func TestEventsKeepTheirReleasedForm(t *testing.T) {
	encoded, err := config.Encode(every())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || (len(files) != len(encoded) && !*update) {
		t.Fatalf("%d golden files for %d events (%v)", len(files), len(encoded), err)
	}
	for i, e := range encoded {
		file := filepath.Join("testdata", "events", e.Type+".json")
		if _, err := os.Stat(file); err != nil && *update {
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
		if back := config.Decode(eventlog.Event{Type: e.Type, Data: golden}); !reflect.DeepEqual(back, every()[i]) {
			t.Errorf("%s reads back as\n%#v, want\n%#v", e.Type, back, every()[i])
		}
	}
}

func TestLaterEventsAreKeptAndSkipped(t *testing.T) {
	later := eventlog.Event{Type: "bonus_set", Data: []byte(`{"by":"owl"}`)}
	u := config.Decode(later)
	s := given(t, whole())
	before := s.Organisation.Clone()
	s.Record(eventlog.Stored{Commit: eventlog.Commit{Rev: 2}}, []config.Event{u})
	if !reflect.DeepEqual(s.Organisation, before) {
		t.Error("an unknown event changed the organisation")
	}
	back, err := config.Encode([]config.Event{u})
	if err != nil || !reflect.DeepEqual(back, []eventlog.Event{later}) {
		t.Errorf("it came back as %+v, %v", back, err)
	}
}

func FuzzDecode(f *testing.F) {
	encoded, err := config.Encode(every())
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range encoded {
		f.Add(e.Type, e.Data)
	}
	f.Add("queue_set", []byte(`{"rings":null,"survey":{}}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		s := config.State{Organisation: whole()}
		s.Record(eventlog.Stored{Commit: eventlog.Commit{Rev: 2}}, []config.Event{config.Decode(eventlog.Event{Type: kind, Data: data})})
		s.Organisation.Complete()
		s.Organisation.Check()
		_ = config.Text(config.Diff(whole(), s.Organisation))
	})
}

// commit stores what a command decides, as a log would.
func commit(t *testing.T, s *config.State, events []config.Event) eventlog.Stored {
	t.Helper()
	encoded, err := config.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	c := eventlog.Commit{
		Stream: eventlog.Stream{Kind: eventlog.Config, ID: config.StreamID}, Rev: s.Rev + 1, PrevHash: s.Hash,
		ID: id.Command(fmt.Sprint("cmd-", s.Rev)), At: t0.Add(time.Duration(s.Rev) * time.Minute), Actor: "agent:ada", Events: encoded,
	}
	stored := eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode())}
	if err := s.Apply(stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

// history makes up a life: random wishes, some of them wrong.
func history(t *testing.T, r *rand.Rand, steps int) []eventlog.Stored {
	t.Helper()
	s := &config.State{}
	var out []eventlog.Stored
	for range steps {
		next := whole()
		q := queue(&next, "orders")
		q.AlertSeconds, q.Manual = r.IntN(100), r.IntN(2) == 0
		if r.IntN(3) == 0 {
			next.Libraries = nil
		}
		if r.IntN(4) == 0 {
			next.Queues = next.Queues[1:]
		}
		cmds := []config.Command{
			config.Replace{Rev: s.Rev, Organisation: next},
			config.Replace{Rev: uint64(r.IntN(3)), Organisation: next},
			config.Change{Origin: config.Origin{By: "ada"}, Rev: s.Rev, Events: []config.Event{every()[r.IntN(len(every()))]}},
			config.Change{Origin: config.Origin{By: "ann"}, Rev: s.Rev, Events: []config.Event{every()[r.IntN(len(every()))]}},
			config.Change{Rev: s.Rev, Events: []config.Event{every()[r.IntN(len(every()))], every()[r.IntN(len(every()))]}},
		}
		events, err := config.Decide(s, cmds[r.IntN(len(cmds))], config.Env{})
		if err != nil || len(events) == 0 {
			continue
		}
		out = append(out, commit(t, s, events))
		if faults := s.Organisation.Check(); len(faults) > 0 {
			t.Fatalf("what was decided is wrong: %v", faults)
		}
	}
	return out
}

func TestReplayFromAnyCutGivesTheSame(t *testing.T) {
	for seed := range uint64(20) {
		commits := history(t, rand.New(rand.NewPCG(seed, 7)), 60)
		if len(commits) < 10 {
			t.Fatalf("seed %d: only %d commits", seed, len(commits))
		}
		all := &config.State{}
		for _, c := range commits {
			if err := all.Apply(c); err != nil {
				t.Fatal(err)
			}
		}
		for cut := range commits {
			s := &config.State{}
			for i, c := range commits {
				if i == cut {
					s = s.Clone()
				}
				if err := s.Apply(c); err != nil {
					t.Fatal(err)
				}
				if err := s.Apply(commits[i/2]); err != nil { // a repeat
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(s, all) {
				t.Fatalf("seed %d, cut %d: another state\n%+v\n%+v", seed, cut, s, all)
			}
		}
	}
}

func TestApplyRefusesGapsAndStrangers(t *testing.T) {
	commits := history(t, rand.New(rand.NewPCG(1, 7)), 40)
	s := &config.State{}
	if err := s.Apply(commits[1]); err != config.ErrGap {
		t.Errorf("the second commit first: %v", err)
	}
	other := commits[0]
	other.Stream.Kind = eventlog.Agent
	if err := s.Apply(other); err != config.ErrOtherStream {
		t.Errorf("a commit of an agent: %v", err)
	}
}

// given is the state after one commit that sets up o.
func given(t *testing.T, o config.Organisation) *config.State {
	t.Helper()
	s := &config.State{}
	events, err := config.Decide(s, config.Replace{Origin: config.Origin{Via: config.ViaStart}, Organisation: o}, config.Env{})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, events)
	return s
}

func TestDiffIsForPeople(t *testing.T) {
	to := edited(func(o *config.Organisation) {
		q := queue(o, "orders")
		q.AlertSeconds, q.Members, q.ServiceLevel, q.Hours, q.Away = 30, []id.Agent{"ann", "sue"}, nil, "", ""
		q.Codes = []config.Code{{ID: "none", Name: "Nobody answered"}, {ID: "exchange", Name: "Exchange"}}
		o.Queues = append(o.Queues[1:], config.Queue{ID: "returns", Name: "Returns \x1b[31m", Members: []id.Agent{"ann"}})
		o.Libraries[0].Responses[0].Text = "Hello,\nyour label: " + strings.Repeat("long ", 40)
		o.Capacity[channel.X] = 2
		o.Users = o.Users[1:]
		o.Complete()
	})
	got := config.Text(config.Diff(whole(), to))
	if *update {
		if err := os.WriteFile("testdata/diff.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/diff.txt")
	if err != nil || got != string(want) {
		t.Errorf("got\n%s\nwant\n%s (%v)", got, want, err)
	}
	if same := config.Diff(to, to); len(same) > 0 {
		t.Errorf("nothing differs, and yet: %v", same)
	}
}
