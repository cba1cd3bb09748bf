package readmodel_test

import (
	"slices"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// Conversations of id.New are found by when they began, stored or not.
func TestConversationsAreFoundByTheirBeginning(t *testing.T) {
	s := newStory(t)
	earlier := id.Conversation(id.From(noon.Add(-time.Second)) + "7000800000000000ffff")
	at := id.Conversation(id.From(noon) + "70008000000000000000")
	ended := id.Conversation(id.From(noon.Add(time.Hour)) + "70008000000000000000")
	for _, c := range []id.Conversation{earlier, at, ended} {
		s.happen(c, conversation.Started{Channel: "web"}, conversation.Queued{Queue: "help"})
	}
	s.happen(ended, conversation.Ended{Reason: "contact"})
	m := open(t, "", readmodel.Options{})
	if err := m.Apply(s.log[:2]); err != nil {
		t.Fatal(err)
	}
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := m.Apply(s.log[2:]); err != nil {
		t.Fatal(err)
	}
	got, err := m.BegunSince(noon, conversation.Waiting, conversation.Done)
	if want := []id.Conversation{at, ended}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, want %v (%v)", got, want, err)
	}
}
