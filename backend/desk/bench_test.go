package desk_test

import (
	"fmt"
	"testing"

	"parley/backend/conversation"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/message"
)

// BenchmarkOpen opens a desk that holds 100,000 messages in 2,000 conversations,
// of which 50 are open, up to the roster of its last known state.
func BenchmarkOpen(b *testing.B) {
	const conversations, open = 2000, 50
	h, dir := newHub(b), b.TempDir()
	h.set(func() {
		for n := range conversations {
			c := id.Conversation(fmt.Sprintf("c%d", n))
			h.bodies[c] = map[id.Message]message.Body{}
			events := []conversation.Event{
				conversation.Started{Channel: "web", Contact: "contact"}, conversation.Queued{Queue: "help"},
				conversation.Connected{Communication: "leg", Agent: "ann"},
			}
			for k := range 50 {
				m := id.Message(fmt.Sprintf("m%d-%d", n, k))
				h.bodies[c][m] = message.Body{Text: "where is my parcel, please? It was to be here on Tuesday"}
				events = append(events, conversation.MessageReceived{Message: m, Body: message.Ref{Length: 56}})
			}
			if n >= open {
				events = append(events, conversation.Disconnected{Communication: "leg", Agent: "ann", By: "agent"}, conversation.Ended{Reason: "agent"})
			}
			for _, e := range events {
				encoded, err := conversation.Encode([]conversation.Event{e})
				if err != nil {
					b.Fatal(err)
				}
				h.append(convStream(c), id.Command(id.New()), encoded)
			}
		}
	})
	o := options(b, h, dir)
	o.Cache.MemTable = 8 << 20
	d, err := desk.Open(o)
	if err != nil {
		b.Fatal(err)
	}
	synced(b, d)
	shut(b, d)
	b.ResetTimer()
	for range b.N {
		d, err := desk.Open(o)
		if err != nil {
			b.Fatal(err)
		}
		if s := d.Snapshot(); len(s.Interactions) < open {
			b.Fatalf("%d interactions", len(s.Interactions))
		}
		b.StopTimer()
		until(b, d, "all", func(s *desk.Snapshot) bool { return len(s.Interactions) == conversations })
		shut(b, d)
		b.StartTimer()
	}
}

// synced waits as long as it takes.
func synced(b *testing.B, d *desk.Desk) {
	b.Helper()
	w := d.Watch()
	defer w.Close()
	for range w.C {
		if online(d.Snapshot()) {
			return
		}
	}
}
