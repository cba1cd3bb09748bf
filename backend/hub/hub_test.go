package hub_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

func TestConversation(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	c := h.customer()
	c.say("Hello?")
	conv := ann.inPhase(conversation.Alerting)
	if got := ann.texts(conv); !reflect.DeepEqual(got, []string{"Hello?"}) {
		t.Errorf("ann sees %q before she answers", got)
	}
	if ann.contact[conv].ID == "" {
		t.Error("the contact is not told")
	}
	if p := ann.say(conv, "too early"); p == nil || p.Code != "not_connected" {
		t.Errorf("a message before the answer: %+v", p)
	}
	leg := ann.leg(conv)
	ann.must(protocol.Command{Accept: &leg})
	ann.inPhase(conversation.Talking)
	if p := ann.say(conv, "Hello, this is Ann"); p != nil {
		t.Fatalf("%+v", p)
	}
	c.until("the answer", func() bool { return len(c.heard) == 1 })
	if c.heard[0] != "Hello, this is Ann" {
		t.Errorf("the customer heard %q", c.heard)
	}
	c.say("I lost my parcel")
	ann.until("the question", func() bool { return len(ann.order[conv]) == 3 })
	if err := c.write(map[string]any{"action": "onMessage", "message": map[string]any{"type": "Event", "events": []any{map[string]any{"eventType": "Typing", "typing": map[string]any{"type": "On"}}}}}); err != nil {
		t.Fatal(err)
	}
	ann.until("typing", func() bool { return ann.typing[conv] })
	ann.send(protocol.ToHub{Typing: &protocol.Typing{Conversation: conv}})
	c.until("typing", func() bool { return c.typed })
	ann.until("delivery", func() bool { return len(ann.convs[conv].Outstanding) == 0 })

	if p := bob.command(protocol.Command{Disconnect: &leg}); p == nil || p.Code != "not_connected" {
		t.Errorf("bob ends ann's conversation: %+v", p)
	}
	if len(bob.convs) > 0 {
		t.Errorf("bob was sent %v", bob.convs)
	}
	ann.must(protocol.Command{Disconnect: &leg})
	ann.inPhase(conversation.AfterCall)
	if p := ann.command(protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg, Code: "nonsense"}}); p == nil || p.Code != "unknown_code" || p.Message != `no such wrap-up code in this queue: "nonsense"` {
		t.Errorf("an unknown code: %+v", p)
	}
	ann.must(protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg, Code: "refund"}})
	ann.until("her capacity", func() bool { return ann.convs[conv].Phase == conversation.Done && len(ann.agent.Reservations) == 0 })
	for _, secret := range []string{"Hello", "parcel", password, ann.token} {
		if strings.Contains(h.words.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

func TestDeclineForgetsAndGoesOn(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	h.customer().say("Hello?")
	conv := ann.inPhase(conversation.Alerting)
	bob.onQueue()
	leg := ann.leg(conv)
	ann.must(protocol.Command{Decline: &leg})
	ann.until("not responding", func() bool { return ann.agent.Routing() == agent.NotResponding && len(ann.convs) == 0 })
	if got := bob.inPhase(conversation.Alerting); got != conv {
		t.Errorf("bob is offered %s, want %s", got, conv)
	}
	if got := bob.texts(conv); !reflect.DeepEqual(got, []string{"Hello?"}) {
		t.Errorf("bob sees %q", got)
	}
}

func TestAlertRunsOut(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	h.customer().say("Hello?")
	conv := ann.inPhase(conversation.Alerting)
	leg := ann.leg(conv)
	h.ahead.Add(int64(31 * time.Second))
	bob.onQueue() // routing looks at the clock whenever something happens
	ann.until("not responding", func() bool { return ann.agent.NotRespondingTo == leg.Communication && len(ann.convs) == 0 })
	if p := ann.command(protocol.Command{Accept: &leg}); p == nil || p.Code != "not_alerting" {
		t.Errorf("answered too late: %+v", p)
	}
	bob.inPhase(conversation.Alerting)
}

func TestQueuesAreCounted(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	h.customer().say("one")
	h.customer().say("two")
	ann.until("two waiting", func() bool { return ann.queues.Waiting == 2 && ann.queues.LongestSinceMs > 0 })
}

// A desk that comes back gets what it missed and no more, also from a hub that
// was started anew; its retries find their first results.
func TestResume(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	ann.onQueue()
	c := h.customer()
	c.say("one")
	conv := ann.inPhase(conversation.Alerting)
	leg := ann.leg(conv)
	ann.must(protocol.Command{Accept: &leg})
	reply := protocol.Command{ID: id.Command(id.New()), Send: &protocol.Send{Conversation: conv, Message: id.Message(id.New()), Body: message.Body{Text: "two"}}}
	ann.must(reply)
	ann.until("delivery", func() bool { return len(ann.order[conv]) == 2 && len(ann.convs[conv].Outstanding) == 0 })
	missed := func(what string, want []string) {
		t.Helper()
		before := ann.convs[conv].Rev
		ann.connect(h.url)
		ann.until(what, func() bool { return len(ann.order[conv]) == len(want) })
		if got := ann.texts(conv); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
		if ann.resets > 0 {
			t.Errorf("%s: %d streams were sent whole", what, ann.resets)
		}
		if n := int(ann.convs[conv].Rev - before); ann.commits > n {
			t.Errorf("%s: %d commits were sent for %d that were missed", what, ann.commits, n)
		}
		ann.must(reply)
		if a := ann.acks[reply.ID]; !a.Again {
			t.Errorf("%s: a retry was executed anew: %+v", what, a)
		}
	}
	_ = ann.ws.Close()
	c.say("three")
	missed("after the desk was away", []string{"one", "two", "three"})

	h.stop()
	ann.until("goodbye", func() bool { return ann.bye != nil })
	if ann.bye.Code != "restart" || !ann.bye.Retry {
		t.Errorf("goodbye is %+v", ann.bye)
	}
	h.start()
	if err := c.connect(h.url, "shop", "https://shop.example"); err != nil {
		t.Fatal(err)
	}
	c.say("four")
	missed("after the hub was away", []string{"one", "two", "three", "four"})

	other := newDesk(t, "ann", h.signIn("ann", "another device"))
	other.connect(h.url)
	if got := other.texts(conv); !reflect.DeepEqual(got, []string{"one", "two", "three", "four"}) {
		t.Errorf("another device of hers: %q", got)
	}
	ann.epoch = "another life"
	_ = ann.ws.Close()
	if err := ann.dial(h.url); err != nil {
		t.Fatal(err)
	}
	ann.hello()
	ann.until("complete", func() bool { return ann.synced })
	if ann.resets != 2 {
		t.Errorf("of another epoch %d streams were sent whole, want both", ann.resets)
	}
}

func TestFiles(t *testing.T) {
	h := startHub(t)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	c := h.customer()
	c.say("a form, please")
	conv := ann.inPhase(conversation.Alerting)
	leg := ann.leg(conv)
	ann.must(protocol.Command{Accept: &leg})
	content := []byte("fill this in\n")
	status, body := h.call(http.MethodPost, protocol.PathFiles+"?name=..%2Fform.txt", ann.token, content)
	var file message.Attachment
	if err := json.Unmarshal(body, &file); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if want := (message.Attachment{ID: file.ID, Name: "form.txt", MIME: "text/plain", Size: int64(len(content))}); file != want {
		t.Errorf("uploaded %+v, want %+v", file, want)
	}
	send := func(d *desk, f message.Attachment) *protocol.Problem {
		return d.command(protocol.Command{Send: &protocol.Send{Conversation: conv, Message: id.Message(id.New()), Body: message.Body{Text: "here", Attachments: []message.Attachment{f}}}})
	}
	if p := send(bob, file); p == nil || p.Code != "unknown_file" {
		t.Errorf("bob sends ann's file: %+v", p)
	}
	disguised := file
	disguised.MIME, disguised.Name = "text/html", "form.html"
	if p := send(ann, disguised); p != nil {
		t.Fatalf("%+v", p)
	}
	ann.until("her message", func() bool { return len(ann.order[conv]) == 2 })
	if got := ann.bodies[ann.order[conv][1]].Attachments; !reflect.DeepEqual(got, []message.Attachment{file}) {
		t.Errorf("the message carries %+v, want what was uploaded", got)
	}
	for _, tc := range []struct {
		name, token string
		want        int
	}{{"ann", ann.token, 200}, {"bob", bob.token, 404}, {"nobody", "", 401}} {
		status, got := h.call(http.MethodGet, protocol.PathFiles+string(file.ID), tc.token, nil)
		if status != tc.want || (status == 200 && !slices.Equal(got, content)) {
			t.Errorf("%s gets %d %q, want %d", tc.name, status, got, tc.want)
		}
	}
	if status, body := h.call(http.MethodPost, protocol.PathFiles+"?name=long.txt", ann.token, bytes.Repeat([]byte("x"), 10<<20+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a file that is too large: %d %s", status, body)
	}
	if status, _ := h.call(http.MethodPost, protocol.PathFiles+"?name=virus.html", ann.token, []byte("<html>")); status != http.StatusUnsupportedMediaType {
		t.Errorf("a type that may not be sent: %d", status)
	}
}

func TestRefusedAtTheDoor(t *testing.T) {
	h := startHub(t)
	token := h.signIn("ann", "test")
	header := func(k, v string) func(*http.Request) {
		return func(r *http.Request) {
			if k == "Host" {
				r.Host = v
				return
			}
			r.Header.Set(k, v)
		}
	}
	in := protocol.SignIn{User: "ann", Password: "wrong", Device: "x"}
	for _, tc := range []struct {
		name, method, path, token string
		body                      any
		change                    func(*http.Request)
		want                      int
		code                      string
	}{
		{"about", http.MethodGet, protocol.PathAbout, "", nil, nil, 200, ""},
		{"another host", http.MethodGet, protocol.PathAbout, "", nil, header("Host", "evil.example"), 421, ""},
		{"another port", http.MethodGet, protocol.PathAbout, "", nil, header("Host", "localhost:1"), 421, ""},
		{"a web page", http.MethodGet, protocol.PathAbout, "", nil, header("Origin", "https://shop.example"), 403, "origin_refused"},
		{"its own page", http.MethodGet, protocol.PathAbout, "", nil, header("Origin", h.url), 403, "origin_refused"},
		{"a page at the socket", http.MethodGet, protocol.PathSocket, token, nil, header("Origin", "null"), 403, "origin_refused"},
		{"no token", http.MethodGet, protocol.PathSocket, "", nil, nil, 401, "signed_out"},
		{"a made-up token", http.MethodGet, protocol.PathSocket, "x", nil, nil, 401, "signed_out"},
		{"no upgrade", http.MethodGet, protocol.PathSocket, token, nil, nil, 400, ""},
		{"a wrong password", http.MethodPost, protocol.PathSession, "", in, nil, 403, "wrong_password"},
		{"no JSON", http.MethodPost, protocol.PathSession, "", []byte("{"), nil, 400, "malformed"},
		{"a huge body", http.MethodPost, protocol.PathSession, "", []byte(`{"user":"` + strings.Repeat("x", 1<<20)), nil, 400, "malformed"},
		{"another method", http.MethodPut, protocol.PathAbout, "", nil, nil, 405, ""},
		{"a file name that climbs", http.MethodGet, protocol.PathFiles + "..%2f..%2fdemo.json", token, nil, nil, 404, "not_found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var changes []func(*http.Request)
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			status, body := h.call(tc.method, tc.path, tc.token, tc.body, changes...)
			var p protocol.Problem
			_ = json.Unmarshal(body, &p)
			if status != tc.want || p.Code != tc.code && tc.code != "" {
				t.Errorf("got %d %s, want %d %s", status, body, tc.want, tc.code)
			}
		})
	}
	c := &customer{t: t, token: "5f0c2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9"}
	if err := c.connect(h.url, "shop", "https://evil.example"); err == nil {
		t.Error("a guest from a forbidden origin is let in")
	}
}

func TestSignOutEndsTheSocket(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	if status, _ := h.call(http.MethodDelete, protocol.PathSession, ann.token, nil); status != http.StatusNoContent {
		t.Fatal(status)
	}
	ann.until("goodbye", func() bool { return ann.bye != nil })
	if ann.bye.Code != "signed_out" || ann.bye.Retry {
		t.Errorf("goodbye is %+v", ann.bye)
	}
	if err := ann.dial(h.url); err == nil {
		t.Error("the token still opens a socket")
	}
}

func TestBadFrames(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	for _, raw := range []string{"{", `"text"`, `{"hello":{}}`, `{"something":1}`, `{"command":{"id":"x"}}`, `{"command":{"id":"long-enough-id"}}`, `{"command":{"id":"release:0123456789","presence":{"presence":"away"}}}`} {
		ann.nacks = map[id.Command]protocol.Nack{}
		if err := ann.ws.WriteMessage(websocket.TextMessage, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		ann.until("a refusal of "+raw, func() bool { return len(ann.nacks) == 1 })
	}
	ann.onQueue() // the socket is still good
	if err := ann.ws.WriteMessage(websocket.TextMessage, make([]byte, 1<<20+1)); err != nil {
		t.Fatal(err)
	}
	for {
		if err := ann.step(); err != nil {
			if !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
				t.Errorf("a frame that is too large: %v", err)
			}
			return
		}
	}
}

func TestSecondHubIsRefused(t *testing.T) {
	h := startHub(t)
	err := hub.Run(t.Context(), hub.Options{Data: h.data, Config: h.config, Log: h.log})
	if err == nil || !strings.Contains(err.Error(), "another hub") {
		t.Errorf("got %v", err)
	}
}

func TestWhereAHubListens(t *testing.T) {
	plain := parse(t, organisation)
	for _, tc := range []struct {
		name string
		o    hub.Options
		want string
	}{
		{"beyond loopback without TLS", hub.Options{Config: plain, Listen: "0.0.0.0:0"}, "needs tls"},
		{"a name beyond loopback", hub.Options{Config: plain, Listen: "chat.example:0"}, "needs tls"},
		{"every interface", hub.Options{Config: plain, Listen: ":0"}, "needs tls"},
		{"a demo beyond loopback", hub.Options{Demo: true, Listen: "0.0.0.0:0"}, "loopback only"},
		{"no port", hub.Options{Config: plain, Listen: "127.0.0.1"}, "HOST:PORT"},
		{"no configuration", hub.Options{Listen: "127.0.0.1:0"}, "needs a configuration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.o.Data = t.TempDir()
			if err := hub.Run(t.Context(), tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// With more to keep free than the disk has, everything that writes is refused
// in words, and reading goes on.
func TestFullDisk(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	ann.onQueue()
	h.stop()
	h.log.Reserve = 1 << 60
	h.start()
	ann.connect(h.url)
	if ann.agent.Presence != agent.OnQueue {
		t.Errorf("what is stored reads as %q", ann.agent.Presence)
	}
	p := ann.command(protocol.Command{Presence: &protocol.SetPresence{Presence: string(agent.Away)}})
	want := protocol.Problem{Code: "disk_full", Message: "the disk is almost full, so new writes are refused", Retry: true}
	if p == nil || *p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	if status, body := h.call(http.MethodGet, "/readyz", "", nil); status != http.StatusServiceUnavailable || !strings.Contains(string(body), "disk is almost full") {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, body := h.call(http.MethodGet, "/healthz", "", nil); status != http.StatusOK {
		t.Errorf("healthz: %d %s", status, body)
	}
	h.stop()
	h.log.Reserve = 1 << 20
	h.start()
	ann.connect(h.url)
	ann.must(protocol.Command{Presence: &protocol.SetPresence{Presence: string(agent.Away)}})
}
