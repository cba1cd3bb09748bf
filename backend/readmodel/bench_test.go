package readmodel_test

import (
	"fmt"
	"testing"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
)

// BenchmarkApply folds messages of 10,000 conversations one commit at a time,
// as a hub that follows its log does.
func BenchmarkApply(b *testing.B) {
	s := newStory(b)
	const conversations = 10_000
	for n := range conversations {
		s.happen(id.Conversation(fmt.Sprintf("conversation-%d", n)),
			conversation.Started{Channel: "web", Account: "shop", Guest: "g"}, conversation.Queued{Queue: "help"})
	}
	for n := len(s.log); n < conversations+b.N; n++ {
		s.happen(id.Conversation(fmt.Sprintf("conversation-%d", n*7919%conversations)), conversation.MessageReceived{
			Message: id.Message(fmt.Sprintf("0198c0de000000000000%012d", n)),
			Body:    message.Ref{Length: 300, Digest: "00112233445566778899aabbccddeeff"},
		})
	}
	m := open(b, b.TempDir(), readmodel.Hub())
	if err := m.Apply(s.log[:conversations]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := range b.N {
		at := conversations + n
		if err := m.Apply(s.log[at : at+1]); err != nil {
			b.Fatal(err)
		}
	}
	if err := m.Flush(); err != nil {
		b.Fatal(err)
	}
}
