package readmodel_test

import (
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/readmodel"
)

func TestWhoAnsweredAContactLast(t *testing.T) {
	s := newStory(t)
	begin := func(c id.Conversation, contact id.Contact) {
		s.happen(c, conversation.Started{Channel: "web", Account: "shop", Contact: contact}, conversation.Queued{Queue: "help", Since: s.now})
	}
	answer := func(c id.Conversation, a id.Agent) time.Time {
		s.happen(c, conversation.Connected{Communication: id.Communication(c) + "-" + id.Communication(a), Agent: a, Auto: true})
		return s.now
	}
	m := open(t, "", small())
	want := func(what string, contact id.Contact, who id.Agent, at time.Time) {
		t.Helper()
		if err := m.Apply(s.log); err != nil {
			t.Fatal(err)
		}
		if a, when, err := m.LastAgent(contact); err != nil || a != who || !when.Equal(at) {
			t.Errorf("%s: %q at %v, %v; want %q at %v", what, a, when, err, who, at)
		}
	}
	begin("c-1", "ida")
	want("nobody has", "ida", "", time.Time{})
	at := answer("c-1", "ann")
	want("while they talk", "ida", "ann", at)
	s.happen("c-1", conversation.LegEnded{Communication: "c-1-ann", Agent: "ann", Reason: "transferred"}, conversation.Queued{Queue: "help", Since: s.now})
	want("when it ended", "ida", "ann", s.now)
	at = answer("c-1", "bob")
	want("whoever got it then", "ida", "bob", at)
	begin("c-0", "ida")
	at = answer("c-0", "ann")
	want("in another conversation", "ida", "ann", at)
	s.happen("c-1", conversation.Disconnected{Communication: "c-1-bob", Agent: "bob", By: "agent"}, conversation.Ended{Reason: "agent"})
	want("the one that ended last", "ida", "bob", s.now)
	want("another contact", "tom", "", time.Time{})
	if _, err := m.Fold(readmodel.Batch{Reset: []eventlog.Stream{streamOf("c-1")}}); err != nil {
		t.Fatal(err)
	}
	if list, err := m.ByContact("ida"); err != nil || len(list) != 1 || list[0] != (readmodel.Answered{Conversation: "c-0", Agent: "ann", At: at}) {
		t.Errorf("after a reset: %+v, %v", list, err)
	}
}
