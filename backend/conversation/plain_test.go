package conversation_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// ofMessages lists events that are written without reflection, with s in every
// field that takes it.
func ofMessages(s string) map[string]conversation.Event {
	return map[string]conversation.Event{
		"message_received": conversation.MessageReceived{Message: id.Message(s), PlatformID: s, Body: message.Ref{Length: 12, Digest: s}},
		"message_sent":     conversation.MessageSent{Message: id.Message(s), Agent: id.Agent(s), Auto: s, Body: message.Ref{Length: 5, Digest: s}},
		"delivery_changed": conversation.DeliveryChanged{Message: id.Message(s), State: message.Delivery(s), Reason: s},
		"read_by_agent":    conversation.ReadByAgent{Agent: id.Agent(s), Inbound: 7},
	}
}

func TestEventsOfMessagesAreWrittenAndReadAsEncodingJSONDoes(t *testing.T) {
	for _, s := range []string{"", "m-1", "größer", `"<&>\`, "a\u2028b", "line\nend", "\xff"} {
		for kind, e := range ofMessages(s) {
			want, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			got, err := conversation.Encode([]conversation.Event{e})
			if err != nil || got[0].Type != kind || string(got[0].Data) != string(want) {
				t.Errorf("%s with %q is written as %s, want %s (%v)", kind, s, got[0].Data, want, err)
			}
			readsAlike(t, kind, want)
		}
	}
}

// TestEveryFieldIsWritten: a field that is added to one of these events is
// written and read by hand, too, and is in ofMessages.
func TestEveryFieldIsWritten(t *testing.T) {
	var set func(name string, v reflect.Value)
	set = func(name string, v reflect.Value) {
		switch {
		case name == "MessageReceived.Body.Files" || name == "MessageSent.Body.Files":
			// With files the event goes the long way.
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				set(name+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case v.IsZero():
			t.Errorf("%s is not set in ofMessages", name)
		}
	}
	for _, e := range ofMessages("x") {
		set(reflect.TypeOf(e).Name(), reflect.ValueOf(e))
	}
}

// readsAlike compares an event as read with what encoding/json makes of it.
func readsAlike(t *testing.T, kind string, data []byte) {
	t.Helper()
	sample := ofMessages("")[kind]
	if sample == nil {
		return
	}
	into := reflect.New(reflect.TypeOf(sample))
	want := any(conversation.Unknown{Type: kind, Data: data})
	if json.Unmarshal(data, into.Interface()) == nil {
		want = into.Elem().Interface()
	}
	if got := conversation.Decode(eventlog.Event{Type: kind, Data: data}); !reflect.DeepEqual(any(got), want) {
		t.Errorf("%s %s reads as %#v, want %#v", kind, data, got, want)
	}
}

func BenchmarkMessageReceived(b *testing.B) {
	events := []conversation.Event{conversation.MessageReceived{
		Message: "0193654a8bde7c3f8d1e2f3a4b5c6d7e", Body: message.Ref{Length: 80, Digest: "00112233445566778899aabbccddeeff"},
	}}
	b.ReportAllocs()
	for b.Loop() {
		encoded, err := conversation.Encode(events)
		if err != nil {
			b.Fatal(err)
		}
		conversation.Decode(encoded[0])
	}
}
