package guest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"parley/backend/channel/web"
	"parley/backend/hub/config"
)

// TestOrigins: by host name, ignoring case, scheme and port; subdomains match;
// no Origin is allowed; a refusal is HTTP 403 on the upgrade.
func TestOrigins(t *testing.T) {
	p := start(t, nil)
	tests := map[string]int{
		"":                             101,
		"https://shop.example":         101,
		"http://SHOP.example:8443":     101,
		"https://www.shop.example":     101,
		"https://shop.example.evil.io": 403,
		"https://evilshop.example":     403,
		"https://other.example":        403,
		"null":                         403,
	}
	for origin, want := range tests {
		t.Run(origin, func(t *testing.T) {
			header := http.Header{}
			if origin != "" {
				header.Set("Origin", origin)
			}
			ws, res, err := websocket.DefaultDialer.Dial(p.url(), header)
			if err == nil {
				_ = ws.Close()
			}
			if res == nil || res.StatusCode != want {
				t.Errorf("got %v (%v), want %d", res, err, want)
			}
		})
	}
}

// TestUpgradeRefusals: unknown and inactive deployments, and requests that are
// no upgrade.
func TestUpgradeRefusals(t *testing.T) {
	no := false
	p := start(t, func(c *config.Config) {
		off := shop()
		off.ID, off.Active = "off", &no
		c.Deployments = append(c.Deployments, off)
		c.Limits.MaxGuests = 1
	})
	base := strings.TrimSuffix(p.url(), deployment)
	for name, address := range map[string]string{"unknown": base + "nobody", "inactive": base + "off", "none": base} {
		t.Run(name, func(t *testing.T) {
			_, res, err := websocket.DefaultDialer.Dial(address, nil)
			if err == nil || res == nil || res.StatusCode != http.StatusForbidden {
				t.Errorf("got %v, %v", res, err)
			}
		})
	}
	if res, _ := p.request(http.MethodGet, "http"+strings.TrimPrefix(p.url(), "ws"), nil, nil); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a plain GET gets %d", res.StatusCode)
	}
	p.join(newToken())
	if _, res, err := websocket.DefaultDialer.Dial(p.url(), nil); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one socket too many gets %v, %v", res, err)
	}
}

// TestRefusedFrames: each is answered with a code and words under the
// request's tracing ID, and the session goes on.
func TestRefusedFrames(t *testing.T) {
	p := start(t, unlimited)
	token := newToken()
	c := p.dial(token)
	on := func(message string) string {
		return fmt.Sprintf(`{"action":"onMessage","token":%q,"tracingId":"t","message":%s}`, token, message)
	}
	attributes := func(n int) string {
		return fmt.Sprintf(`{"action":"onMessage","token":%q,"tracingId":"t","message":{"type":"Text","text":"x"},"channel":{"metadata":{"customAttributes":{"k":%q}}}}`, token, strings.Repeat("v", n))
	}
	refused := 0
	refuse := func(name, frame string, code int, tracing string) {
		refused++
		t.Run(name, func(t *testing.T) {
			c.send(frame)
			if f := c.next("string"); f.Code != code || f.TracingID != tracing || f.text() == "" || f.Type != "response" {
				t.Errorf("got %.300s, want code %d", f.raw, code)
			}
		})
	}
	refuse("before configure", on(`{"type":"Text","text":"x"}`), web.CodeSessionNotFound, "t")
	refuse("configure elsewhere", fmt.Sprintf(`{"action":"configureSession","deploymentId":"x","token":%q,"tracingId":"t"}`, token), web.CodeForbidden, "t")
	for name, weak := range map[string]string{"short": "abc", "31 hex": strings.Repeat("a", 31), "33 hex": strings.Repeat("a", 33), "32 text": strings.Repeat("z", 32), "too long": strings.Repeat("a", 257)} {
		refuse("token "+name, fmt.Sprintf(`{"action":"configureSession","deploymentId":%q,"token":%q,"tracingId":"t"}`, deployment, weak), web.CodeBadRequest, "t")
	}
	c.configure()
	refuse("another token", fmt.Sprintf(`{"action":"getJwt","token":%q,"tracingId":"t"}`, newToken()), web.CodeSessionNotFound, "t")
	refuse("no JSON", `hello`, web.CodeBadRequest, "")
	refuse("an array", `[]`, web.CodeBadRequest, "")
	refuse("unknown action", fmt.Sprintf(`{"action":"fly","token":%q,"tracingId":"t"}`, token), web.CodeBadRequest, "t")
	refuse("no token", `{"action":"onMessage","tracingId":"t","message":{"text":"x"}}`, web.CodeMissingParameter, "t")
	refuse("text too long", on(`{"type":"Text","text":"`+strings.Repeat("ä", 2049)+`"}`), web.CodeMessageTooLong, "t")
	refuse("attributes too large", attributes(2048), web.CodeAttributesTooLarge, "t")
	refuse("unknown attachment", on(`{"content":[{"contentType":"Attachment","attachment":{"id":"0d4f0c2a-b1d9-4cc0-a3f2-f9f4d6f6a0b1"}}]}`), web.CodeAttachmentNotFound, "t")
	refuse("unknown event", on(`{"type":"Event","events":[{"eventType":"Video"}]}`), web.CodeUnavailable, "t")
	refuse("oversized frame", on(`{"type":"Text","text":"`+strings.Repeat("x", 70_000)+`"}`), web.CodeMessageTooLong, "")
	for _, action := range []string{"configureAuthenticatedSession", "resumeToken", "disconnectCustomer"} {
		refuse(action, fmt.Sprintf(`{"action":%q,"token":%q,"tracingId":"t"}`, action, token), web.CodeUnavailable, "t")
	}
	if err := c.ws.WriteMessage(websocket.BinaryMessage, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if f := c.next("string"); f.Code != web.CodeBadRequest {
		t.Errorf("a binary frame gets %s", f.raw)
	}
	c.say("fine", strings.Repeat("ä", 2048))
	if e := c.next("StructuredMessage").entity(t); len(e.Text) != 4096 {
		t.Errorf("the longest text came back with %d bytes", len(e.Text))
	}
	c.send(attributes(2047))
	c.next("StructuredMessage")
	if n := strings.Count(p.logged.String(), `"guest request refused"`); n != refused+1 {
		t.Errorf("%d log lines for %d refusals:\n%s", n, refused+1, p.logged)
	}
}

// TestHardLimit: a frame beyond all measure ends the connection, and that only.
func TestHardLimit(t *testing.T) {
	p := start(t, nil)
	c, other := p.join(newToken()), p.join(newToken())
	_ = c.ws.WriteMessage(websocket.TextMessage, make([]byte, 2<<20)) // the hub may hang up while it is sent
	c.gone()
	other.say("m", "hello")
	other.next("StructuredMessage")
}

// TestHexTokens: a UUID without dashes will do.
func TestHexTokens(t *testing.T) {
	p := start(t, nil)
	if s := p.dial(strings.ReplaceAll(newToken(), "-", "")).configure(); !s.Connected {
		t.Errorf("session is %+v", s)
	}
}

// TestRates: each limit is answered with 429 and the seconds to wait.
func TestRates(t *testing.T) {
	tests := map[string]struct {
		allowed int
		send    func(*client)
		class   string
		words   string
	}{
		"messages":      {5, func(c *client) { c.say("t", "hello") }, "StructuredMessage", "Message rate too high for this session"},
		"health checks": {2, func(c *client) { c.do("echo", `,"tracingId":"t","message":{"type":"Text","text":"ping"}`) }, "StructuredMessage", web.HealthCheckRateTooHigh},
		"requests":      {59, func(c *client) { c.do("getConfiguration", `,"tracingId":"t"`) }, "GetConfigurationResponse", web.RequestRateTooHigh},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := start(t, nil)
			p.stopClock()
			c := p.join(newToken())
			for range test.allowed {
				test.send(c)
				c.next(test.class)
			}
			test.send(c)
			f := c.next("TooManyRequestsErrorMessage")
			if f.Code != 429 || f.TracingID != "t" || f.Type != "response" ||
				!strings.Contains(string(f.Body), `"errorCode":4029`) || !strings.Contains(string(f.Body), test.words) || strings.Contains(string(f.Body), `"retryAfter":0`) {
				t.Errorf("got %s", f.raw)
			}
		})
	}
}

// TestHealthCheck: the answer is known by its tracing ID, its numbers are
// strings, and nothing is stored.
func TestHealthCheck(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	c, other := p.join(token), p.join(token)
	c.do("echo", `,"tracingId":"SGVhbHRoQ2hlY2tNZXNzYWdlSWQ=","message":{"type":"Text","text":"ping"}`)
	f := c.next("StructuredMessage")
	e := f.entity(t)
	if f.Type != "response" || f.TracingID != "SGVhbHRoQ2hlY2tNZXNzYWdlSWQ=" || e.Text != "ping" || e.Direction != "Inbound" ||
		e.Metadata["durationSeconds"] != "3600" || len(e.Metadata["expirationDate"]) != 10 {
		t.Errorf("got %s", f.raw)
	}
	other.quiet()
	if p.count(isStarted) != 0 {
		t.Error("a health check began a conversation")
	}
}

// TestTypingSwitchedOff answers with 403.
func TestTypingSwitchedOff(t *testing.T) {
	p := start(t, func(c *config.Config) { no := false; c.Deployments[0].ContactTyping = &no })
	c := p.join(newToken())
	c.event("t", `{"eventType":"Typing","typing":{"type":"On"}}`)
	if f := c.next("string"); f.Code != 403 || f.TracingID != "t" {
		t.Errorf("got %s", f.raw)
	}
}

// TestPing: a client's ping is answered with its own data.
func TestPing(t *testing.T) {
	p := start(t, nil)
	ws, _, err := websocket.DefaultDialer.Dial(p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	pong := make(chan string, 1)
	ws.SetPongHandler(func(data string) error { pong <- data; return ws.Close() })
	if err := ws.WriteMessage(websocket.PingMessage, []byte("still there?")); err != nil {
		t.Fatal(err)
	}
	_, _, _ = ws.ReadMessage() // handles the pong, which closes the socket
	select {
	case data := <-pong:
		if data != "still there?" {
			t.Errorf("pong with %q", data)
		}
	default:
		t.Error("no pong")
	}
}
