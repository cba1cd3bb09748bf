package guest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/hub/config"
	"parley/backend/id"
	"parley/backend/message"
)

func received(_ id.Conversation, e conversation.Event) bool {
	_, ok := e.(conversation.MessageReceived)
	return ok
}

func isReceived(e conversation.Event) bool { return received("", e) }

func isStarted(e conversation.Event) bool { _, ok := e.(conversation.Started); return ok }

func returned(_ id.Conversation, e conversation.Event) bool {
	_, ok := e.(conversation.ContactReturned)
	return ok
}

// open begins a conversation with one message and connects ann.
func (c *client) open(text string) id.Conversation {
	c.p.t.Helper()
	c.say("open", text)
	echo := c.next("StructuredMessage").entity(c.p.t)
	conv := c.p.until("the first message", func(_ id.Conversation, e conversation.Event) bool {
		m, ok := e.(conversation.MessageReceived)
		return ok && string(m.Message) == echo.ID
	})
	c.p.answer(conv)
	return conv
}

// TestEchoGoesToAllConnections: each socket of the token, the sender's
// included, gets the echo with the sender's tracing ID.
func TestEchoGoesToAllConnections(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	a, b, stranger := p.join(token), p.join(token), p.join(newToken())
	a.say("m-1", "hello")
	one, two := a.next("StructuredMessage"), b.next("StructuredMessage")
	if string(one.raw) != string(two.raw) || one.TracingID != "m-1" {
		t.Errorf("echoes differ:\n%s\n%s", one.raw, two.raw)
	}
	stranger.quiet()
}

// TestTimesIncrease: every message of a session has a time of its own.
func TestTimesIncrease(t *testing.T) {
	p := start(t, unlimited)
	c := p.join(newToken())
	last := ""
	for i := range 40 {
		c.say("", fmt.Sprint("message ", i))
		e := c.next("StructuredMessage").entity(t)
		if e.Channel.Time <= last || e.Text != fmt.Sprint("message ", i) {
			t.Fatalf("message %d at %s after %s: %q", i, e.Channel.Time, last, e.Text)
		}
		last = e.Channel.Time
	}
}

// TestResendDuplicatesNothing: the same message with the same tracing ID is
// answered with its first echo, also on another socket, after the conversation
// ended and after a restart.
func TestResendDuplicatesNothing(t *testing.T) {
	p := start(t, unlimited)
	token := newToken()
	c := p.join(token)
	conv := c.open("first")
	c.say("m-2", "once")
	first := c.next("StructuredMessage")
	c.say("m-2", "once")
	if again := c.next("StructuredMessage"); string(again.raw) != string(first.raw) {
		t.Errorf("the echo differs:\n%s\n%s", first.raw, again.raw)
	}
	p.hangUp(conv)
	c.next("StructuredMessage")
	other := p.join(token)
	other.say("m-2", "once")
	if again := other.next("StructuredMessage"); string(again.raw) != string(first.raw) {
		t.Errorf("after the end the echo differs:\n%s\n%s", first.raw, again.raw)
	}
	c.quiet()
	other.say("m-3", "a new conversation")
	c.next("StructuredMessage")
	other.next("StructuredMessage")
	other.say("m-2", "once")
	if again := other.next("StructuredMessage"); string(again.raw) != string(first.raw) {
		t.Errorf("from the next conversation the echo differs:\n%s\n%s", first.raw, again.raw)
	}
	p.stop()
	p.open()
	back := p.join(token)
	back.say("m-2", "once")
	if again := back.next("StructuredMessage"); string(again.raw) != string(first.raw) {
		t.Errorf("after a restart the echo differs:\n%s\n%s", first.raw, again.raw)
	}
	back.say("m-2", "another text under a tracing ID in use")
	if e := back.next("StructuredMessage").entity(t); e.Text != "another text under a tracing ID in use" {
		t.Errorf("a new message under an old tracing ID was lost: %+v", e)
	}
}

// TestWithoutTracingIDNothingIsDropped: equal messages are two messages.
func TestWithoutTracingIDNothingIsDropped(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	ids := map[string]bool{}
	for range 3 {
		c.do("onMessage", `,"message":{"type":"Text","text":"yes"}`)
		f := c.next("StructuredMessage")
		if strings.Contains(string(f.raw), "tracingId") {
			t.Errorf("a tracing ID from nowhere: %s", f.raw)
		}
		ids[f.entity(t).ID] = true
	}
	if len(ids) != 3 {
		t.Errorf("three messages, %d IDs", len(ids))
	}
}

// TestReturn: a guest who resumes after an absence finds the conversation where
// it was, and agent and queue are told; one who reconnects at once is not
// announced.
func TestReturn(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c := p.join(token)
	conv := c.open("hello")
	c.leave()
	quick := p.join(token)
	quick.say("quick", "back at once")
	quick.next("StructuredMessage")
	if p.count(func(e conversation.Event) bool { return returned("", e) }) != 0 {
		t.Error("a quick reconnect was announced as a return")
	}
	p.stop()
	p.open()
	back := p.dial(token)
	if s := back.configure(); s.NewSession || s.ReadOnly {
		t.Errorf("session is %+v, want a live one", s)
	}
	if got := p.until("return", returned); got != conv {
		t.Errorf("returned to %s, want %s", got, conv)
	}
	back.say("m", "still me")
	back.next("StructuredMessage")
	if p.count(isStarted) != 0 { // since the restart
		t.Error("a second conversation began")
	}
}

// TestAbsence: without a restart, thirty seconds without a socket make a return.
func TestAbsence(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c := p.join(token)
	conv := c.open("hello")
	c.leave()
	p.say(conv, message.Body{Text: "Are you there?"})
	p.until("sent, not delivered", func(_ id.Conversation, e conversation.Event) bool {
		d, ok := e.(conversation.DeliveryChanged)
		return ok && d.State == message.Sent
	})
	p.later(31 * time.Second)
	back := p.join(token)
	p.until("return", returned)
	history := back.history("")
	if len(history.Entities) != 2 || history.Entities[0].Text != "Are you there?" || history.Total != 2 {
		t.Errorf("history is %+v", history)
	}
	p.until("delivered with the history", func(_ id.Conversation, e conversation.Event) bool {
		d, ok := e.(conversation.DeliveryChanged)
		return ok && d.State == message.Delivered
	})
}

// TestSendMode: after the agent ended a conversation, the next message begins
// another for the same token.
func TestSendMode(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	first := c.open("hello")
	p.hangUp(first)
	e := c.next("StructuredMessage").entity(t)
	if e.Type != "Event" || e.Events[0].Presence.Type != "Disconnect" || e.Metadata["readOnly"] != "false" || e.Direction != "Outbound" {
		t.Errorf("the end is %+v", e)
	}
	c.say("m-2", "one more thing")
	if e := c.next("StructuredMessage").entity(t); e.Text != "one more thing" {
		t.Errorf("echo is %+v", e)
	}
	if n := p.count(isStarted); n != 2 {
		t.Errorf("%d conversations, want 2", n)
	}
	if h := c.history(""); h.Total != 3 || h.Entities[1].Events[0].Presence.Type != "Disconnect" {
		t.Errorf("history is %+v", h)
	}
}

// TestReadOnlyMode: messages are refused with 409 until the client closes the
// session and starts a new one on the same socket.
func TestReadOnlyMode(t *testing.T) {
	p := start(t, func(c *config.Config) { c.Deployments[0].Disconnect = "ReadOnly" })
	token := newToken()
	c, other := p.join(token), p.join(token)
	conv := c.open("hello")
	other.next("StructuredMessage")
	p.hangUp(conv)
	for _, x := range []*client{c, other} {
		if e := x.next("StructuredMessage").entity(t); e.Metadata["readOnly"] != "true" {
			t.Errorf("the end is %+v", e)
		}
	}
	c.say("m-2", "hello?")
	if f := c.next("string"); f.Code != 409 || f.TracingID != "m-2" || f.text() != "Session is read-only, no new messages allowed" {
		t.Errorf("refusal is %s", f.raw)
	}
	third := p.dial(token)
	if s := third.configure(); !s.ReadOnly || s.NewSession || !s.Connected {
		t.Errorf("a later configure answers %+v", s)
	}
	c.do("closeSession", `,"closeAllConnections":true,"tracingId":"t-9"`)
	if s := c.session(); s.Connected || !s.ReadOnly {
		t.Errorf("close answers %+v", s)
	}
	for _, x := range []*client{other, third} {
		x.next("ConnectionClosedEvent")
		x.gone()
	}
	c.send(fmt.Sprintf(`{"action":"configureSession","deploymentId":%q,"token":%q,"startNew":true}`, deployment, token))
	if s := c.session(); !s.Connected || !s.NewSession || s.ReadOnly {
		t.Errorf("a new start answers %+v", s)
	}
	c.say("m-3", "a new matter")
	if e := c.next("StructuredMessage").entity(t); e.Text != "a new matter" {
		t.Errorf("echo is %+v", e)
	}
	if h := c.history(""); h.Total != 1 {
		t.Errorf("the new session's history is %+v", h)
	}
}

// TestStartNewOnALiveSession does nothing special.
func TestStartNewOnALiveSession(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c := p.join(token)
	c.open("hello")
	c.send(fmt.Sprintf(`{"action":"configureSession","deploymentId":%q,"token":%q,"startNew":true}`, deployment, token))
	if s := c.session(); s.NewSession || s.ReadOnly || !s.Connected {
		t.Errorf("got %+v", s)
	}
}

// TestClear: echo, cleared, closed, in this order, to all; the agent's side
// learns it; the messages are gone for the guest, also after a restart.
func TestClear(t *testing.T) {
	for _, ended := range []bool{false, true} {
		t.Run(fmt.Sprint("ended=", ended), func(t *testing.T) {
			p := start(t, nil)
			token := newToken()
			c, other := p.join(token), p.join(token)
			conv := c.open("hello")
			other.next("StructuredMessage")
			if ended {
				p.hangUp(conv)
				c.next("StructuredMessage")
				other.next("StructuredMessage")
			}
			c.event("clr", `{"eventType":"Presence","presence":{"type":"Clear"}}`)
			for _, x := range []*client{c, other} {
				f := x.next("StructuredMessage")
				if e := f.entity(t); f.TracingID != "clr" || e.Direction != "Inbound" || e.Events[0].Presence.Type != "Clear" {
					t.Errorf("echo is %s", f.raw)
				}
				x.next("SessionClearedEvent")
				x.next("ConnectionClosedEvent")
				x.gone()
			}
			p.until("cleared", func(got id.Conversation, e conversation.Event) bool {
				return got == conv && e == conversation.ContactCleared{}
			})
			for _, restart := range []bool{false, true} {
				if restart {
					p.stop()
					p.open()
				}
				again := p.dial(token)
				if s := again.configure(); !s.NewSession {
					t.Errorf("restart %v: session is %+v, want a new one", restart, s)
				}
				if h := again.history(""); h.Total != 0 || len(h.Entities) != 0 {
					t.Errorf("restart %v: history is %+v", restart, h)
				}
			}
		})
	}
}

func TestClearSwitchedOff(t *testing.T) {
	p := start(t, func(c *config.Config) { no := false; c.Deployments[0].Clear = &no })
	c := p.join(newToken())
	c.open("hello")
	c.event("clr", `{"eventType":"Presence","presence":{"type":"Clear"}}`)
	if f := c.next("string"); f.Code != 403 || f.TracingID != "clr" || !strings.Contains(strings.ToLower(f.text()), "conversation clear") {
		t.Errorf("refusal is %s", f.raw)
	}
}

// TestJoin: the conversation begins without a word.
func TestJoin(t *testing.T) {
	p := start(t, func(c *config.Config) { c.Deployments[0].AutoStart = true })
	c := p.join(newToken())
	c.do("onMessage", `,"tracingId":"j","message":{"type":"Event","events":[{"eventType":"Presence","presence":{"type":"Join"}}],"channel":{"metadata":{"customAttributes":{"name":"Ida"}}}}`)
	f := c.next("StructuredMessage")
	if e := f.entity(t); f.TracingID != "j" || e.Direction != "Inbound" || e.Events[0].Presence.Type != "Join" {
		t.Errorf("echo is %s", f.raw)
	}
	conv := p.until("a start", func(_ id.Conversation, e conversation.Event) bool { return isStarted(e) })
	c.say("m", "hello")
	c.next("StructuredMessage")
	if n := p.count(isStarted); n != 1 {
		t.Errorf("%d conversations, want 1", n)
	}
	st, err := p.engine.ConversationState(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	if profile, err := p.engine.ContactProfile(t.Context(), st.Contact); err != nil || profile.Name != "Ida" {
		t.Errorf("profile is %v %q", err, profile.Name)
	}
	if h := c.history(""); h.Total != 2 || h.Entities[1].Events[0].Presence.Type != "Join" {
		t.Errorf("history is %+v", h)
	}
}

// TestExpiry: the session ends a set time after its last message, with an
// event; a configure begins another.
func TestExpiry(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c := p.join(token)
	conv := c.open("hello")
	p.later(59 * time.Minute)
	c.quiet()
	p.later(2 * time.Minute)
	if f := c.next("SessionExpiredEvent"); string(f.Body) != "{}" {
		t.Errorf("event is %s", f.raw)
	}
	p.until("expired", func(got id.Conversation, e conversation.Event) bool {
		return got == conv && e == conversation.Ended{Reason: "expired"}
	})
	c.say("late", "hello?")
	if f := c.next("string"); f.Code != web.CodeSessionExpired || f.TracingID != "late" {
		t.Errorf("a message after the end gets %s", f.raw)
	}
	if s := c.configure(); !s.NewSession {
		t.Errorf("session is %+v, want a new one", s)
	}
	if h := c.history(""); h.Total != 0 {
		t.Errorf("history is %+v", h)
	}
}

// TestExpiryOfTheAbsent: a guest who never comes back leaves no conversation
// waiting for good.
func TestExpiryOfTheAbsent(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	conv := c.open("hello")
	c.leave()
	p.later(5 * time.Minute) // out of memory
	p.later(58 * time.Minute)
	p.until("expired", func(got id.Conversation, e conversation.Event) bool {
		return got == conv && e == conversation.Ended{Reason: "expired"}
	})
}

// TestConnections: a fourth socket of a token closes the oldest.
func TestConnections(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	oldest := p.join(token)
	rest := []*client{p.join(token), p.join(token), p.join(token)}
	oldest.next("ConnectionClosedEvent")
	oldest.gone()
	rest[0].say("m", "hello")
	for _, c := range rest {
		c.next("StructuredMessage")
	}
}

// TestTokenIsBoundToItsDeployment: elsewhere the token is another guest.
func TestTokenIsBoundToItsDeployment(t *testing.T) {
	p := start(t, func(c *config.Config) {
		second := shop()
		second.ID = "6a6a2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9"
		c.Deployments = append(c.Deployments, second)
	})
	token := newToken()
	c := p.join(token)
	c.open("hello")
	c.send(fmt.Sprintf(`{"action":"configureSession","deploymentId":"6a6a2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9","token":%q}`, token))
	if f := c.next("string"); f.Code != 403 {
		t.Errorf("another deployment on this socket gets %s", f.raw)
	}
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(p.url(), deployment, "6a6a2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	if err := ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"action":"configureSession","deploymentId":"6a6a2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9","token":%q}`, token)); err != nil {
		t.Fatal(err)
	}
	var f struct{ Body web.Session }
	if err := ws.ReadJSON(&f); err != nil || !f.Body.NewSession {
		t.Errorf("the token elsewhere is %+v (%v), want a new session", f, err)
	}
}

// TestTokenNeverStoredOrLogged looks for tokens in commits and log lines.
func TestTokenNeverStoredOrLogged(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c := p.join(token)
	c.open("a secret sentence")
	c.send(`{"action":"nonsense","token":"` + token + `"}`)
	c.next("string")
	c.do("onMessage", `,"message":{"text":7}`)
	c.next("string")
	c.do("onMessage", `,"message":{"text":"`+strings.Repeat("secret ", 1000)+`"}`)
	c.next("string")
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, commit := range p.commits {
		if b := string(commit.Encode()); strings.Contains(b, token) || strings.Contains(b, "secret") {
			t.Errorf("in the log: %s", b)
		}
	}
	if s := p.logged.String(); strings.Contains(s, token) || strings.Contains(s, "secret") || strings.Count(s, "guest request refused") != 3 {
		t.Errorf("logged: %s", s)
	}
}

// historyPage is an answer of the history call.
type historyPage struct {
	Entities                               []entity
	PageSize, PageNumber, Total, PageCount int
}

func (c *client) jwt() string {
	c.p.t.Helper()
	c.do("getJwt", `,"tracingId":"jwt"`)
	f := c.next("JwtResponse")
	var body struct {
		JWT string
		Exp int64
	}
	if err := json.Unmarshal(f.Body, &body); err != nil || body.Exp <= c.p.now().Unix() || body.JWT == "" || f.TracingID != "jwt" {
		c.p.t.Fatalf("%v: %s", err, f.raw)
	}
	return body.JWT
}

func (c *client) history(query string) historyPage {
	c.p.t.Helper()
	res, b := c.p.request(http.MethodGet, c.p.server.URL+"/api/v2/webmessaging/messages"+query, map[string]string{"Authorization": "bearer " + c.jwt()}, nil)
	var out historyPage
	if err := json.Unmarshal(b, &out); err != nil || res.StatusCode != http.StatusOK {
		c.p.t.Fatalf("%d %v: %s", res.StatusCode, err, b)
	}
	return out
}
