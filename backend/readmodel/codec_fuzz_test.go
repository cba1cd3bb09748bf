package readmodel

import (
	"reflect"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/message"
)

// The encodings are read back from a disk that may have gone bad, so whatever
// the bytes: no panic, and what decodes must encode to something that decodes
// to the same.

func FuzzDecodeItem(f *testing.F) {
	it := Item{Rev: 3, At: time.Unix(5, 7).UTC(), Message: "m", Body: message.Ref{Length: 2, Files: []message.File{{ID: "a", Size: -1}}}}
	f.Add(it.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := decodeItem(b)
		if err != nil {
			return
		}
		again, err := decodeItem(it.encode())
		if err != nil || !reflect.DeepEqual(again, it) {
			t.Errorf("%+v came back as %+v, %v", it, again, err)
		}
	})
}

func FuzzDecodeRecord(f *testing.F) {
	conv := eventlog.Stream{Kind: eventlog.Conversation, ID: "c"}
	ann := eventlog.Stream{Kind: eventlog.Agent, ID: "ann"}
	f.Add(true, (&record{rev: 1, conv: &conversation.State{Leg: &conversation.Leg{Auto: true}}}).encode())
	f.Add(false, (&record{rev: 2, agent: &agent.State{Presence: agent.OnQueue}}).encode())
	f.Fuzz(func(t *testing.T, conversation bool, b []byte) {
		s := ann
		if conversation {
			s = conv
		}
		rec, err := decodeRecord(s, b)
		if err != nil {
			return
		}
		again, err := decodeRecord(s, rec.encode())
		if err != nil || !reflect.DeepEqual(again, rec) {
			t.Errorf("%+v came back as %+v, %v", rec, again, err)
		}
	})
}
