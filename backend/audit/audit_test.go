package audit_test

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/audit"
	"parley/backend/coach"
	"parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/message"
	"parley/backend/monitor"
)

var update = flag.Bool("update", false, "write the golden file of a new event; a released one never changes")

var t0 = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func TestRecordsKeepTheirReleasedForm(t *testing.T) {
	r := audit.Record{
		At: t0, Who: "agent:ada", Action: "change_configuration", Subject: []string{"queue orders"}, Outcome: audit.Refused, Detail: "forbidden",
		Session: "0a1b2c", Device: "laptop", Skipped: 3, Commit: &audit.Ref{Stream: eventlog.Stream{Kind: eventlog.Config, ID: "org"}, Rev: 7, Hash: "00ff"},
	}
	events, err := audit.Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	const file = "testdata/events/recorded.json"
	if _, err := os.Stat(file); err != nil && *update {
		if err := os.WriteFile(file, append(events[0].Data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil || string(golden) != string(events[0].Data)+"\n" {
		t.Errorf("written as\n%s\nreleased as\n%s (%v)", events[0].Data, golden, err)
	}
	back := audit.Decode(eventlog.Commit{Events: []eventlog.Event{{Type: "later", Data: golden}, {Type: "recorded", Data: golden}}})
	if !reflect.DeepEqual(back, []audit.Record{r}) {
		t.Errorf("reads back as %+v", back)
	}
}

// stored encodes events of any core.
func stored[E any](t *testing.T, kind eventlog.Kind, key, actor string, encode func([]E) ([]eventlog.Event, error), events ...E) eventlog.Stored {
	t.Helper()
	encoded, err := encode(events)
	if err != nil {
		t.Fatal(err)
	}
	return eventlog.Stored{Commit: eventlog.Commit{
		Stream: eventlog.Stream{Kind: kind, ID: key}, Rev: 3, At: t0, Actor: actor, Events: encoded,
	}, Hash: eventlog.Hash{1}}
}

func TestDerive(t *testing.T) {
	talk := func(actor string, events ...conversation.Event) eventlog.Stored {
		return stored(t, eventlog.Conversation, "c1", actor, conversation.Encode, events...)
	}
	who := func(actor string, events ...agent.Event) eventlog.Stored {
		return stored(t, eventlog.Agent, "ann", actor, agent.Encode, events...)
	}
	set := func(actor string, events ...config.Event) eventlog.Stored {
		return stored(t, eventlog.Config, "org", actor, config.Encode, events...)
	}
	queued := conversation.Queued{Queue: "billing", Reason: "transferred"}
	meant := conversation.Queued{Queue: "billing", Reason: "transferred", For: "bob"}
	for _, tc := range []struct {
		name   string
		commit eventlog.Stored
		want   string // who, action, detail, subject; "" = no record
	}{
		{"a queue is set", set("agent:ada", config.Requested{Via: config.ViaDesk, Session: "s1"}, config.QueueSet{Queue: config.Queue{ID: "orders"}}, config.UserRemoved{ID: "bob"}), "agent:ada change_configuration desk s1 [queue orders, user bob]"},
		{"at the first start", set("hub", config.Requested{Via: config.ViaStart}, config.GeneralSet{}), "hub change_configuration start [general]"},
		{"a supervisor takes over", talk("agent:sue", conversation.LegEnded{Agent: "ann", Reason: "taken_over", By: "sue"}, conversation.Connected{Agent: "sue", How: "taken_over"}), "agent:sue take_over [conversation c1]"},
		{"an agent pulls", talk("agent:ann", conversation.Connected{Agent: "ann", How: "pulled"}), ""},
		{"an agent transfers their own", talk("agent:ann", conversation.LegEnded{Agent: "ann", Reason: "transferred"}, queued), ""},
		{"a supervisor moves an agent's", talk("agent:sue", conversation.LegEnded{Agent: "ann", Reason: "transferred", By: "sue"}, meant), "agent:sue reassign [conversation c1, queue billing, agent bob]"},
		{"a supervisor moves what alerts", talk("agent:sue", conversation.AlertEnded{Agent: "ann", Reason: "moved", By: "sue"}, queued), "agent:sue reassign [conversation c1, queue billing]"},
		{"a supervisor assigns what waits", talk("agent:sue", meant), "agent:sue assign [conversation c1, queue billing, agent bob]"},
		{"the hub moves what waits", talk("hub", queued), ""},
		{"an alert ran out", talk("hub", conversation.AlertEnded{Agent: "ann", Reason: "expired"}, conversation.Queued{Queue: "billing", Reason: "alert_expired"}), ""},
		{"priority", talk("agent:sue", conversation.PriorityChanged{Priority: -3, By: "sue"}), "agent:sue set_priority -3 [conversation c1]"},
		{"a supervisor ends it", talk("agent:sue", conversation.Disconnected{Agent: "ann", By: "supervisor"}, conversation.Ended{Reason: "supervisor"}), "agent:sue disconnect_other supervisor [conversation c1]"},
		{"a supervisor ends what waits", talk("agent:sue", conversation.Ended{Reason: "supervisor"}), "agent:sue disconnect_other supervisor [conversation c1]"},
		{"the agent ends it", talk("agent:ann", conversation.Disconnected{Agent: "ann", By: "agent"}, conversation.Ended{Reason: "agent"}), ""},
		{"a message", talk("agent:ann", conversation.MessageSent{Message: "m", Body: message.Ref{Length: 3}}), ""},
		{"a status set by a supervisor", who("agent:sue", agent.PresenceChanged{Presence: agent.Away, By: "sue"}), "agent:sue set_status away [agent ann]"},
		{"a status of one's own", who("agent:ann", agent.PresenceChanged{Presence: agent.Away}), ""},
		{"taken from a queue", who("agent:sue", agent.QueueLeft{Queue: "orders", By: "sue"}), "agent:sue set_membership left [agent ann, queue orders]"},
		{"put into a queue", who("agent:sue", agent.QueueJoined{Queue: "orders", By: "sue"}), "agent:sue set_membership joined [agent ann, queue orders]"},
		{"leaving a queue", who("agent:ann", agent.QueueLeft{Queue: "orders"}), ""},
		{"watching begins", stored(t, eventlog.Monitor, "c1", "agent:sue", monitor.Encode, monitor.Event(monitor.Started{By: "sue"})), "agent:sue monitor [conversation c1, agent sue]"},
		{"watching ends", stored(t, eventlog.Monitor, "c1", "hub", monitor.Encode, monitor.Event(monitor.Ended{By: "sue", Reason: "disconnected"})), "hub end_monitor disconnected [conversation c1, agent sue]"},
		{"coaching", stored(t, eventlog.Coach, "leg", "agent:sue", coach.Encode, coach.Event(coach.Message{Conversation: "c1", By: "sue"})), "agent:sue coach [conversation c1]"},
		{"a record itself", eventlog.Stored{Commit: eventlog.Commit{Stream: audit.Stream}}, ""},
		{"a kind of later", eventlog.Stored{Commit: eventlog.Commit{Stream: eventlog.Stream{Kind: "weather", ID: "c1"}}}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, ok := audit.Derive(tc.commit)
			got := ""
			if ok {
				got = fmt.Sprintf("%s [%s]", strings.Join(strings.Fields(strings.Join([]string{r.Who, r.Action, r.Detail, r.Session}, " ")), " "), strings.Join(r.Subject, ", "))
				if !r.At.Equal(t0) || r.Outcome != audit.Done || r.Commit.Stream != tc.commit.Stream || r.Commit.Rev != 3 || r.Commit.Hash != tc.commit.Hash.String() {
					t.Errorf("the record is %+v", r)
				}
			}
			if got != tc.want {
				t.Errorf("derived %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAChangeOfEverythingIsOneShortRecord(t *testing.T) {
	var events []config.Event
	for i := range 60 {
		events = append(events, config.SkillRemoved{ID: fmt.Sprint("s", i)})
	}
	r, _ := audit.Derive(stored(t, eventlog.Config, "org", "agent:ada", config.Encode, events...))
	if len(r.Subject) != 51 || r.Subject[50] != "and 10 more" {
		t.Errorf("it names %v", r.Subject)
	}
}

func BenchmarkDeriveOfAMessage(b *testing.B) {
	encoded, err := conversation.Encode([]conversation.Event{conversation.MessageSent{Message: "m", Agent: "ann", Body: message.Ref{Length: 3}}})
	if err != nil {
		b.Fatal(err)
	}
	c := eventlog.Stored{Commit: eventlog.Commit{Stream: eventlog.Stream{Kind: eventlog.Conversation, ID: "c1"}, Actor: "agent:ann", Events: encoded}}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := audit.Derive(c); ok {
			b.Fatal("a message is recorded")
		}
	}
}
