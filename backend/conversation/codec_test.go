package conversation_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

var update = flag.Bool("update", false, "write golden files of new events; released ones never change")

// every lists one of each event with all its fields set.
var every = []conversation.Event{
	conversation.Started{Channel: "web", Account: "shop", Contact: "ct-1", Guest: "g-1", Profile: "f/conv-1/profile"},
	conversation.Queued{Queue: "orders", Since: t0, Reason: "new"},
	conversation.MessageReceived{Message: "m-1", PlatformID: "p-1", Body: message.Ref{Length: 12, Digest: "00ff", Files: []message.File{{ID: "f-1", Size: 3}}}},
	conversation.MessageSent{Message: "m-2", Agent: "ann", Body: message.Ref{Length: 5, Digest: "00fe"}},
	conversation.DeliveryChanged{Message: "m-2", State: message.Failed, Reason: "gone"},
	conversation.Alerted{Communication: "c-1", Agent: "ann", Until: t0.Add(30 * time.Second), Why: "longest idle of 2"},
	conversation.Connected{Communication: "c-1", Agent: "ann", Auto: true, Why: "longest idle of 2"},
	conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "declined"},
	conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent", WrapUpDue: true, ACWUntil: t0.Add(time.Minute)},
	conversation.WrappedUp{Communication: "c-1", Agent: "ann", Code: "refund", Expired: true},
	conversation.Ended{Reason: "agent"},
	conversation.ContactReturned{},
	conversation.ContactCleared{},
	conversation.ReadByAgent{Agent: "ann", Inbound: 4},
	conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "taken_over", By: "sue", WrapUpDue: true, Optional: true, ACWUntil: t0},
	conversation.Parked{Communication: "c-1", Agent: "ann", Until: t0.Add(time.Hour)},
	conversation.Unparked{Communication: "c-1", Agent: "ann"},
	conversation.AssignmentLapsed{Communication: "c-1", Agent: "ann"},
	conversation.PriorityChanged{Priority: -3, By: "sue"},
	conversation.NoteAdded{Note: "n-1", Agent: "ann", Body: message.Ref{Length: 9, Digest: "00fd"}, Kind: "transfer"},
	conversation.HelpAsked{Agent: "ann"},
	conversation.HelpEnded{By: "sue"},
	conversation.SurveyAsked{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour)},
	conversation.SurveyAnswered{Score: 4, Comment: "m-10", Body: &message.Ref{Length: 7, Digest: "00fc"}},
	conversation.SurveyCommented{Comment: "m-11", Body: message.Ref{Length: 8, Digest: "00fb"}},
	conversation.MessageNamed{Message: "m-2", Part: 1, Of: 2},
	conversation.PartDelivered{Message: "m-2", Part: 1, State: message.Delivered},
	conversation.MessageUnsent{Message: "m-1"},
	conversation.MessageChanged{Message: "m-1", Content: "m-11", Body: message.Ref{Length: 4, Digest: "00fb"}, Why: "edited"},
	conversation.Reacted{Message: "m-2", Reaction: "m-12", Body: message.Ref{Length: 4, Digest: "00fa"}},
	conversation.ConsentChanged{OptedOut: true},
	conversation.ContactDescribed{Profile: "f/ct-1/profile"},
	conversation.WindowOpened{By: channel.OpenByReaction},
}

// grown lists events that gained fields after their release, with all of them
// set. Without them they are written as they always were.
var grown = []conversation.Event{
	conversation.Queued{Queue: "orders", Since: t0, Reason: "transferred", Priority: 2, Skills: []id.Skill{"returns", "de"}, For: "bob"},
	conversation.MessageSent{Message: "m-2", Body: message.Ref{Length: 5, Digest: "00fe"}, Auto: "greeting"},
	conversation.Connected{Communication: "c-1", Agent: "sue", How: "taken_over"},
	conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "moved", By: "sue"},
	conversation.Unparked{Communication: "c-1", Agent: "ann", Reservation: "c-2"},
	conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent", WrapUpDue: true, Optional: true},
	conversation.SurveyAsked{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour), Comment: true},
	conversation.SurveyAnswered{Score: 4, Message: "m-10", Said: &message.Ref{Length: 1, Digest: "00fc"}},
}

func TestEventsThatGrewReadBackWhole(t *testing.T) {
	encoded, err := conversation.Encode(grown)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range encoded {
		if back := conversation.Decode(e); !reflect.DeepEqual(back, grown[i]) {
			t.Errorf("%s reads back as\n%#v, want\n%#v", e.Type, back, grown[i])
		}
	}
}

func TestEventsKeepTheirReleasedForm(t *testing.T) {
	encoded, err := conversation.Encode(every)
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
		back := conversation.Decode(eventlog.Event{Type: e.Type, Data: golden})
		if !reflect.DeepEqual(back, every[i]) {
			t.Errorf("%s reads back as\n%#v, want\n%#v", e.Type, back, every[i])
		}
	}
}

func TestEveryGoldenFileIsAnEventOfToday(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) != len(every) {
		t.Fatalf("%d golden files for %d events (%v)", len(files), len(every), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		e := conversation.Decode(eventlog.Event{Type: strings.TrimSuffix(filepath.Base(f), ".json"), Data: data})
		if u, ok := e.(conversation.Unknown); ok {
			t.Errorf("%s can no longer be read: %+v", f, u.Type)
		}
	}
}

func TestLaterEventsAreKeptAndSkipped(t *testing.T) {
	later := eventlog.Event{Type: "summoned", Data: []byte(`{"by":"owl"}`)}
	u := conversation.Decode(later)
	s := given(begun)
	before := s.Clone()
	s.Record(u, t0)
	if !reflect.DeepEqual(s, before) {
		t.Error("an unknown event changed the state")
	}
	back, err := conversation.Encode([]conversation.Event{u})
	if err != nil || !reflect.DeepEqual(back, []eventlog.Event{later}) {
		t.Errorf("it came back as %+v, %v", back, err)
	}
}

func FuzzDecode(f *testing.F) {
	encoded, err := conversation.Encode(every)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range encoded {
		f.Add(e.Type, e.Data)
	}
	f.Add("queued", []byte(`{"since":"nonsense"}`))
	f.Add("message_received", []byte(`{"message":"m-1","body":{"length":01}}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		readsAlike(t, kind, data)
		s := given(begun)
		s.Record(conversation.Decode(eventlog.Event{Type: kind, Data: data}), t0)
		if s.Unread() < 0 {
			t.Errorf("%d unread", s.Unread())
		}
	})
}
