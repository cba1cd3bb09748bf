package hub_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// TestReplays: a command that was executed is answered with its first result,
// to whoever sent it and for what it was. Any other command under its ID is
// refused: an acknowledgement would hide that it was not executed.
func TestReplays(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	c := h.customer()
	c.say("Hello?")
	conv := ann.inPhase(conversation.Alerting)
	leg := ann.leg(conv)
	accept := protocol.Command{ID: "accept-it", Accept: &leg}
	ann.must(accept)
	first := id.Message(id.New())
	send := func(m id.Message, text string) protocol.Command {
		return protocol.Command{ID: "send-it-once", Send: &protocol.Send{Conversation: conv, Message: m, Body: message.Body{Text: text}}}
	}
	ann.must(send(first, "one"))
	again := send(first, "one")
	ann.must(again)
	if !ann.acks[again.ID].Again {
		t.Error("a repeated command is not told from a new one")
	}
	ann.must(accept)
	read := protocol.Command{ID: again.ID, MarkRead: &protocol.MarkRead{Conversation: conv, Inbound: 1}}
	for name, try := range map[string]struct {
		who *desk
		cmd protocol.Command
	}{
		"another message":       {ann, send(id.Message(id.New()), "two")},
		"another kind":          {ann, read},
		"another agent":         {bob, again},
		"another agent's other": {bob, read},
	} {
		if p := try.who.command(try.cmd); p == nil || p.Code != "id_reused" {
			t.Errorf("%s: %+v, want id_reused", name, p)
		}
	}
	if p := bob.command(protocol.Command{ID: accept.ID, Accept: &leg}); p == nil || p.Code != "id_reused" {
		t.Errorf("bob replays ann's answer: %+v", p)
	}
	ann.until("one message", func() bool { return len(ann.order[conv]) == 2 })
	if bob.agent.Presence == agent.OnQueue {
		t.Error("bob is on queue")
	}
}

// TestDamagedLogCannotBeFolded: a hub whose lists must be made anew from a log
// that is damaged says so and how to mend it, and does not try for ever.
func TestDamagedLogCannotBeFolded(t *testing.T) {
	h := startHub(t)
	for range 20 {
		c := h.customer()
		c.say(strings.Repeat("a long complaint ", 100))
		_ = c.ws.Close()
	}
	h.stop()
	tables, err := filepath.Glob(filepath.Join(hub.LogDir(h.data), "log", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		data, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for at := len(data) / 10; at < len(data)*6/10; at += 4001 {
			data[at] ^= 0x55
		}
		if err := os.WriteFile(table, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(h.data, "readmodel")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = hub.Run(ctx, hub.Options{Data: h.data, Config: h.config, Log: h.log, Ready: func(hub.Ready) { t.Error("the hub says that it is ready") }})
	if err == nil || !strings.Contains(err.Error(), "parley-hub repair") || ctx.Err() != nil {
		t.Errorf("got %v after at most %v", err, patience.Round(time.Second))
	}
}
