package desk_test

import (
	"errors"
	"testing"

	"parley/backend/conversation"
	"parley/backend/desk"
	"parley/backend/message"
)

// The agent's word for a message is there at once, outlives a restart of the
// desk while the hub is away, and reaches the log.
func TestTheAgentsWordForAMessage(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	m, err := d.Send("c", "did it arrive?", nil)
	ok(t, err)
	until(t, d, "sent", settled)
	if err := d.Confirm("c", m); err != nil {
		t.Errorf("of a message that is on its way: %v", err)
	}
	same(t, "on its way", lines(t, d, "c"), []string{"in: hello", "out(sending): did it arrive?"})
	h.set(func() {
		h.must("c", conversation.Deliver{Message: m, State: message.Unknown, Reason: "no answer"}, true)
	})
	until(t, d, "unknown", func(*desk.Snapshot) bool { return lines(t, d, "c")[1] == "out(unknown): did it arrive?" })

	h.set(func() { h.noSocket = 503 })
	h.cut()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	ok(t, d.Confirm("c", m))
	ok(t, d.Confirm("c", m)) // said twice, meant once
	want := []string{"in: hello", "out(sent): did it arrive?"}
	same(t, "at once", lines(t, d, "c"), want)
	same(t, "pending", d.Snapshot().Link.Pending, 1)
	shut(t, d)

	d = open(t, options(t, h, dir))
	same(t, "after a restart", lines(t, d, "c"), want)
	h.set(func() { h.noSocket = 0 })
	d.Reconnect()
	until(t, d, "settled", settled)
	page, err := d.Tail("c", 1)
	ok(t, err)
	same(t, "the log's word", []string{page.Items[0].Delivery, page.Items[0].Reason}, []string{"sent", conversation.ByWord})
	if err := d.Confirm("nowhere", m); !errors.Is(err, desk.ErrNoConversation) {
		t.Errorf("in no conversation: %v", err)
	}
	mustBeEmpty(t, dir, "outbox")
}
