package deskside_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/app"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// scriptedHub hands out one conversation, "c1", and goes away when told:
// agent-1 is connected to it, and nobody knows whether "m1" arrived.
type scriptedHub struct {
	server *httptest.Server
	frames []protocol.ToDesk

	mu      sync.Mutex
	sockets []*websocket.Conn
}

func serveOne(t *testing.T) *scriptedHub {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	encoded, err := conversation.Encode([]conversation.Event{
		conversation.Started{Channel: "web", Account: "shop", Contact: "rosa", Guest: "guest"},
		conversation.Queued{Queue: "help", Since: now, Reason: "new"},
		conversation.Connected{Communication: "leg", Agent: "agent-1", Auto: true},
		conversation.MessageSent{Message: "m1", Agent: "agent-1", Body: message.Ref{Length: 5}},
		conversation.DeliveryChanged{Message: "m1", State: message.Unknown, Reason: "no answer"},
	})
	if err != nil {
		t.Fatal(err)
	}
	stream := eventlog.Stream{Kind: eventlog.Conversation, ID: "c1"}
	raw := eventlog.Commit{Stream: stream, Rev: 1, ID: "first", At: now, Actor: "hub", Events: encoded}.Encode()
	h := &scriptedHub{frames: []protocol.ToDesk{
		{Commits: &protocol.Commits{
			Stream: stream, Reset: true, Commits: [][]byte{raw}, Pos: 1, Hash: eventlog.HashOf(raw).String(),
			Bodies: map[id.Message]message.Body{"m1": {Text: "hello"}},
		}},
		{Complete: &protocol.Complete{Pos: 1, AtMs: now.UnixMilli()}},
	}}
	h.server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.away)
	return h
}

func (h *scriptedHub) serve(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	h.mu.Lock()
	h.sockets = append(h.sockets, ws)
	h.mu.Unlock()
	welcome := protocol.Welcome{Version: protocol.Version, Epoch: "one", Agent: "agent-1", NowMs: time.Now().UnixMilli(), KeepDays: 30}
	_ = ws.WriteJSON(protocol.ToDesk{Welcome: &welcome})
	for {
		var f protocol.ToHub
		if err := ws.ReadJSON(&f); err != nil {
			return
		}
		for i := range h.frames {
			if f.Hello != nil {
				_ = ws.WriteJSON(h.frames[i])
			}
		}
	}
}

// away ends the hub: nobody answers at its address any more.
func (h *scriptedHub) away() {
	h.mu.Lock()
	for _, ws := range h.sockets {
		_ = ws.Close()
	}
	h.mu.Unlock()
	h.server.Close()
}

// openOffline opens a desk that has synced with a hub that is gone since.
func openOffline(t *testing.T) opened {
	t.Helper()
	hub := serveOne(t)
	d := open(t, t.TempDir(), hub.server.URL)
	d.await(t, "the interaction", func(p app.Push) bool { return p.Roster != nil && len(p.Roster.Interactions) == 1 })
	hub.away()
	d.await(t, "being offline", func(p app.Push) bool { return p.Link != nil && p.Link.State == "offline" })
	return d
}

// messages lists a transcript's messages as "delivery: text".
func messages(t *testing.T, d opened) []string {
	t.Helper()
	page, err := d.Transcript("c1", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, item := range page.Items {
		if item.Kind == "message" {
			out = append(out, item.Delivery+": "+item.Text)
		}
	}
	return out
}

// What nobody knows of is the agent's to choose: it goes out again, or their
// word for it counts.
func TestUnknownDelivery(t *testing.T) {
	d := openOffline(t)
	same(t, "before", messages(t, d), []string{"unknown: hello"})
	if err := d.Retry("c1", "m1"); err != nil {
		t.Fatal(err)
	}
	same(t, "sent again", messages(t, d), []string{"unknown: hello", "pending: hello"})
	if err := d.Confirm("c1", "m1"); err != nil {
		t.Fatal(err)
	}
	same(t, "confirmed", messages(t, d), []string{"sent: hello", "pending: hello"})
	if err := d.Retry("c1", "m1"); err == nil || err.Error() != "that message has not failed" {
		t.Errorf("sending again what arrived: %v", err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A message that waits comes back with its text and files, over a restart too.
func TestEditWhatWaits(t *testing.T) {
	d := openOffline(t)
	d.OpenTab("c1")
	if err := d.AddFile("c1", "a.txt", "text/plain", []byte("content")); err != nil {
		t.Fatal(err)
	}
	message, err := d.Send("c1", "see the file")
	if err != nil {
		t.Fatal(err)
	}
	d.SaveDraft("c1", "and more")
	if err := d.AddFile("c1", "b.txt", "text/plain", []byte("another")); err != nil {
		t.Fatal(err)
	}
	text, err := d.Edit("c1", message)
	if err != nil || text != "see the file" {
		t.Errorf("text %q, %v", text, err)
	}
	same(t, "messages", messages(t, d), []string{"unknown: hello"})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = open(t, d.dir, d.hub)
	tab := d.Tabs().Open[0]
	same(t, "draft", tab.Draft, "see the file\nand more")
	same(t, "files", []string{tab.Files[0].Name, tab.Files[1].Name}, []string{"a.txt", "b.txt"})
	if _, err := d.Send("c1", "see the files"); err != nil {
		t.Errorf("sent after it was edited: %v", err)
	}
	if _, err := d.Edit("c1", "m1"); err == nil || err.Error() != "The message may have left already, so it cannot be taken back" {
		t.Errorf("taking back what may have arrived: %v", err)
	}
}
