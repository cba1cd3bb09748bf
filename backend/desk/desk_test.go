package desk_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

var key = bytes.Repeat([]byte{1}, 32)

func client(t testing.TB, h *fakeHub) *desk.Client {
	t.Helper()
	c, err := desk.NewClient(h.srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func options(t testing.TB, h *fakeHub, dir string) desk.Options {
	cache := readmodel.Desk()
	cache.MemTable, cache.Reserve = 2<<20, 64<<20
	o := desk.Options{Client: client(t, h), Token: "token", Agent: "ann", Dir: dir, Cache: cache}
	if dir != "" {
		o.Key = key
	}
	return o
}

func open(t testing.TB, o desk.Options) *desk.Desk {
	t.Helper()
	d, err := desk.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, d) })
	return d
}

func shut(t testing.TB, d *desk.Desk) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// until waits for a view that satisfies ok.
func until(t testing.TB, d *desk.Desk, what string, ok func(*desk.Snapshot) bool) *desk.Snapshot {
	t.Helper()
	w := d.Watch()
	defer w.Close()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-w.C:
			if s := w.Take().Snapshot; ok(s) {
				return s
			}
		case <-deadline:
			t.Fatalf("never: %s; last: %+v", what, d.Snapshot())
		}
	}
}

func online(s *desk.Snapshot) bool { return s.Link.State == desk.Online }

func card(s *desk.Snapshot, c id.Conversation) desk.Interaction {
	for _, in := range s.Interactions {
		if in.ID == string(c) {
			return in
		}
	}
	return desk.Interaction{}
}

func has(c id.Conversation, status desk.Status) func(*desk.Snapshot) bool {
	return func(s *desk.Snapshot) bool { return card(s, c).Status == status }
}

// settled: the hub has answered everything.
func settled(s *desk.Snapshot) bool { return online(s) && s.Link.Pending == 0 }

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lines lists a transcript's messages as "in: …", "out(delivery): …".
func lines(t testing.TB, d *desk.Desk, c id.Conversation) []string {
	t.Helper()
	p, err := d.Transcript(c, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Items) != p.Total {
		t.Fatalf("%d of %d lines", len(p.Items), p.Total)
	}
	var out []string
	for _, it := range p.Items {
		switch {
		case it.Kind == "event":
		case it.Direction == "inbound":
			out = append(out, "in: "+it.Text)
		default:
			out = append(out, "out("+it.Delivery+"): "+it.Text)
		}
	}
	return out
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// connected brings a conversation to ann and answers it.
func connected(t testing.TB, h *fakeHub, d *desk.Desk, c id.Conversation) {
	t.Helper()
	until(t, d, "online", online)
	h.says(c, "hello")
	h.alert(c)
	until(t, d, "alerting", has(c, desk.Alerting))
	ok(t, d.Answer(c))
	until(t, d, "connected", func(s *desk.Snapshot) bool { return has(c, desk.Connected)(s) && settled(s) })
}

func TestSignIn(t *testing.T) {
	h := newHub(t)
	c := client(t, h)
	about, err := c.About(t.Context())
	ok(t, err)
	same(t, "about", about, protocol.About{Product: "parley", Name: "Shop", Version: 1})
	_, err = c.SignIn(t.Context(), protocol.SignIn{User: "ann", Password: "wrong"})
	var p protocol.Problem
	if !errors.As(err, &p) || p.Code != "wrong_password" || errors.Is(err, desk.ErrSignedOut) {
		t.Errorf("a wrong password: %v", err)
	}
	in, err := c.SignIn(t.Context(), protocol.SignIn{User: "ann", Password: password})
	ok(t, err)
	same(t, "signed in", in, protocol.SignedIn{Token: "token", Agent: "ann", Name: "Ann", Role: "agent"})
	h.stop()
	if _, err := c.About(t.Context()); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hub that is down: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"localhost:8600":             "http://localhost:8600",
		"http://127.0.0.1:8600/":     "http://127.0.0.1:8600",
		"hub.example.org":            "https://hub.example.org",
		" https://hub.example.org/ ": "https://hub.example.org",
	} {
		c, err := desk.NewClient(in, nil)
		ok(t, err)
		same(t, in, c.Address(), want)
	}
	for in, want := range map[string]error{
		"":                              desk.ErrAddress,
		"ftp://hub":                     desk.ErrAddress,
		"https://hub/path":              desk.ErrAddress,
		"https://user:secret@hub":       desk.ErrAddress,
		"http://hub.example.org":        desk.ErrInsecure,
		"https://hub.example.org?q=1":   desk.ErrAddress,
		"http://127.0.0.1.example.org/": desk.ErrInsecure,
	} {
		if _, err := desk.NewClient(in, nil); !errors.Is(err, want) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestConversationBothWays(t *testing.T) {
	for name, dir := range map[string]string{"on disk": t.TempDir(), "in memory": ""} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			d := open(t, options(t, h, dir))
			until(t, d, "online", online)
			ok(t, d.SetPresence("on_queue"))
			if p := d.Snapshot().Me.Presence; p != "on_queue" {
				t.Errorf("the forecast shows %q", p)
			}
			s := until(t, d, "on queue", settled)
			same(t, "routing", s.Me.Routing, "idle")

			h.says("c", "hello\nthere")
			h.alert("c")
			s = until(t, d, "alerting", has("c", desk.Alerting))
			in := card(s, "c")
			in.LastMs, in.QueuedMs, in.AlertedMs, in.AlertUntilMs = 0, 0, 0, 0
			same(t, "card", in, desk.Interaction{
				ID: "c", Communication: "leg-c", Channel: "web", ContactID: "contact", Contact: "Rosa", Handle: "Guest 1",
				Queue: "help", QueueName: "Help", Status: desk.Alerting, Group: desk.GroupAlerting, LastText: "hello there",
				LastDirection: "inbound", Unread: 1, Inbound: 1, Why: "longest idle", Details: []desk.KeyValue{{Key: "page", Value: "/roses"}},
			})
			ok(t, d.Answer("c"))
			same(t, "forecast", card(d.Snapshot(), "c").Status, desk.Connected)
			s = until(t, d, "answered", settled)
			same(t, "group", card(s, "c").Group, desk.NeedsReply)

			_, err := d.Send("c", "good day ", nil)
			ok(t, err)
			ok(t, d.MarkRead("c", 1))
			s = until(t, d, "sent", func(s *desk.Snapshot) bool { return settled(s) && card(s, "c").Unread == 0 })
			same(t, "group", card(s, "c").Group, desk.WaitsContact)
			h.says("c", "thanks")
			until(t, d, "thanks", func(s *desk.Snapshot) bool { return card(s, "c").LastText == "thanks" })
			want := []string{"in: hello\nthere", "out: good day", "in: thanks"}
			same(t, "the hub's log", h.texts("c"), want)
			same(t, "transcript", lines(t, d, "c"), []string{"in: hello\nthere", "out(sending): good day", "in: thanks"})

			ok(t, d.End("c"))
			until(t, d, "after-call work", func(s *desk.Snapshot) bool { return has("c", desk.ACW)(s) && settled(s) })
			if err := d.WrapUp("c", "nonsense"); err == nil {
				t.Error("a wrap-up code that does not exist was taken")
			}
			ok(t, d.WrapUp("c", "solved"))
			s = until(t, d, "ended", func(s *desk.Snapshot) bool { return has("c", desk.Ended)(s) && settled(s) })
			same(t, "code", card(s, "c").WrapUpCode, "solved")
			if _, err := d.Send("c", "too late", nil); err == nil {
				t.Error("a message was taken after the end")
			}
		})
	}
}
