package hub_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// called is one call that a platform's twin got.
type called struct {
	method, path string
	header       http.Header
	body         []byte
}

func (c called) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(c.body, &out); err != nil {
		t.Fatalf("%s %s: %q is no JSON", c.method, c.path, c.body)
	}
	return out
}

// platform is a twin of a platform: it notes every call, and answers as told.
type platform struct {
	*httptest.Server
	calls chan called

	mu     sync.Mutex
	answer func(http.ResponseWriter, called)
}

func newPlatform(t *testing.T, answer func(http.ResponseWriter, called)) *platform {
	p := &platform{calls: make(chan called, 4096), answer: answer}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c := called{method: r.Method, path: r.URL.RequestURI(), header: r.Header, body: body}
		p.calls <- c
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		answer(w, c)
	}))
	t.Cleanup(p.Close)
	return p
}

// next is the next call whose path has this in it.
func (p *platform) next(t *testing.T, path string) called {
	t.Helper()
	for {
		select {
		case c := <-p.calls:
			if strings.Contains(c.path, path) {
				return c
			}
		case <-time.After(patience):
			t.Fatalf("no call of %s", path)
		}
	}
}

const channelsYAML = organisation + `
channels:
  - kind: whatsapp
    endpoint: support
    platformUrl: PLATFORM/whatsapp
    privateAddresses: [127.0.0.1]
    secrets: {app_secret: {env: T_APP}, verify_token: {env: T_VERIFY}}
    accounts: [{id: "1065", name: Support, queue: web, secrets: {token: {env: T_TOKEN}}}]
  - kind: messenger
    endpoint: support
    platformUrl: PLATFORM/messenger
    privateAddresses: [127.0.0.1]
    secrets: {app_secret: {env: T_APP}, verify_token: {env: T_VERIFY}}
    accounts: [{id: "1100", name: Page, queue: web, settings: {humanAgent: "on"}, secrets: {token: {env: T_TOKEN}}}]
  - kind: instagram
    endpoint: support
    platformUrl: PLATFORM/instagram
    privateAddresses: [127.0.0.1]
    secrets: {app_secret: {env: T_APP}, verify_token: {env: T_VERIFY}}
    accounts: [{id: "1784", name: Pictures, queue: web, secrets: {token: {env: T_TOKEN}}}]
  - kind: x
    endpoint: support
    platformUrl: PLATFORM/x
    privateAddresses: [127.0.0.1]
    secrets: {consumer_secret: {env: T_APP}}
    accounts: [{id: "1500", name: Posts, queue: web, secrets: {consumer_key: {env: T_TOKEN}, token: {env: T_TOKEN}, token_secret: {env: T_TOKEN}}}]
  - kind: sms
    endpoint: support
    platformUrl: PLATFORM/sms
    privateAddresses: [127.0.0.1]
    secrets: {auth_token: {env: T_APP}}
    accounts: [{id: "+35621000000", name: Number, queue: web, settings: {accountSid: AC1}, secrets: {api_user: {env: T_TOKEN}, api_password: {env: T_TOKEN}}}]
  - kind: open
    endpoint: app
    platformUrl: PLATFORM/open
    privateAddresses: [127.0.0.1]
    secrets: {client_id: {env: T_CLIENT}, client_secret: {env: T_APP}}
    accounts: [{id: "34a1", name: App, queue: web, secrets: {webhook_secret: {env: T_VERIFY}}}]
`

const (
	appSecret   = "app-secret-0123456789"
	verifyToken = "verify-token-0123456789"
	accessToken = "access-token-0123456789"
)

// newChannels is a hub with an account of every channel, and the platforms that
// it calls.
func newChannels(t *testing.T, answer func(http.ResponseWriter, called)) (*running, *platform) {
	t.Helper()
	for name, v := range map[string]string{"T_APP": appSecret, "T_VERIFY": verifyToken, "T_TOKEN": accessToken, "T_CLIENT": "client-1"} {
		t.Setenv(name, v)
	}
	p := newPlatform(t, answer)
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.config = parse(t, strings.ReplaceAll(strings.ReplaceAll(channelsYAML, "{web: 2}", "{web: 2}"), "PLATFORM", p.URL))
	return h, p
}

// webhook posts a webhook of a Meta channel, signed.
func (h *running) webhook(kind, body string, change ...func(*http.Request)) (int, []byte) {
	h.t.Helper()
	m := hmac.New(sha256.New, []byte(appSecret))
	m.Write([]byte(body))
	sign := func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(m.Sum(nil))) }
	return h.call(http.MethodPost, "/webhooks/"+kind+"/support", "", []byte(body), append([]func(*http.Request){sign}, change...)...)
}

func (h *running) took(kind, body string) {
	h.t.Helper()
	if status, answer := h.webhook(kind, body); status != http.StatusOK {
		h.t.Fatalf("a %s webhook is answered with %d %s", kind, status, answer)
	}
}

// answered connects the desk to whatever alerts it.
func (d *desk) answered() (id.Conversation, protocol.OnLeg) {
	d.t.Helper()
	conv := d.inPhase(conversation.Alerting)
	leg := d.leg(conv)
	d.must(protocol.Command{Accept: &leg})
	d.until("the connection", func() bool { return d.convs[conv].Phase == conversation.Talking })
	return conv, leg
}

// sent says something and returns the message's name.
func (d *desk) sent(conv id.Conversation, text string) id.Message {
	d.t.Helper()
	m := id.Message(id.New())
	d.must(protocol.Command{Send: &protocol.Send{Conversation: conv, Message: m, Body: message.Body{Text: text}}})
	return m
}

func (d *desk) delivery(conv id.Conversation, m id.Message, want message.Delivery) {
	d.t.Helper()
	d.until(string(want), func() bool { return d.deliveries[m] == want })
}

func waText(wamid, from, text string) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"102","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
		"metadata":{"display_phone_number":"356","phone_number_id":"1065"},"contacts":[{"profile":{"name":"Bo"},"wa_id":%q}],
		"messages":[{"from":%q,"id":%q,"timestamp":"%d","type":"text","text":{"body":%q}}]}}]}]}`, from, from, wamid, time.Now().Unix(), text)
}

func waStatus(wamid, state, to string, m id.Message) string {
	return fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"102","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
		"metadata":{"phone_number_id":"1065"},"statuses":[{"id":%q,"status":%q,"timestamp":"%d","recipient_id":%q}]}}]}]}`, wamid, state, time.Now().Unix(), to)
}

func reply(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(body))
}

func TestWhatsAppEndToEnd(t *testing.T) {
	h, p := newChannels(t, func(w http.ResponseWriter, c called) { reply(w, `{"messages":[{"id":"wamid.OUT1"}]}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", waText("wamid.IN1", "35699000001", "Where is my parcel?"))
	h.took("whatsapp", waText("wamid.IN1", "35699000001", "Where is my parcel?")) // repeated
	conv, _ := ann.answered()
	if got := ann.texts(conv); len(got) != 1 || got[0] != "Where is my parcel?" {
		t.Errorf("ann sees %q", got)
	}
	if c := ann.contact[conv]; c.Name != "Bo" {
		t.Errorf("the contact is %+v", c)
	}
	m := ann.sent(conv, "On its way")
	c := p.next(t, "/messages")
	if c.path != "/whatsapp/v23.0/1065/messages" || c.header.Get("Authorization") != "Bearer "+accessToken {
		t.Errorf("the call is %s with %q", c.path, c.header.Get("Authorization"))
	}
	body := c.json(t)
	if text, _ := body["text"].(map[string]any); body["to"] != "35699000001" || text["body"] != "On its way" {
		t.Errorf("the call says %s", c.body)
	}
	ann.delivery(conv, m, message.Sent)
	h.took("whatsapp", waStatus("wamid.OUT1", "delivered", "35699000001", m))
	ann.delivery(conv, m, message.Delivered)
	h.took("whatsapp", waStatus("wamid.OUT1", "read", "35699000001", m))
	ann.delivery(conv, m, message.Read)
	for _, secret := range []string{"parcel", "On its way", accessToken, appSecret, "35699000001"} {
		if strings.Contains(h.words.String(), secret) {
			t.Errorf("the log tells %q", secret)
		}
	}
}

func TestForgedWebhooksChangeNothing(t *testing.T) {
	h, _ := newChannels(t, func(w http.ResponseWriter, c called) { reply(w, `{}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	good := waText("wamid.IN1", "35699000001", "Hello?")
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		body   string
		want   int
	}{
		{"no signature", func(r *http.Request) { r.Header.Del("X-Hub-Signature-256") }, good, 403},
		{"another signature", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64)) }, good, 403},
		{"no signature's form", func(r *http.Request) { r.Header.Set("X-Hub-Signature-256", "hello") }, good, 400},
		{"truncated", nil, good[:len(good)/2], 200}, // signed, unreadable: sending it again would not help
		{"nested deeply", nil, strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), 200},
		{"wrongly encoded", nil, "\xff\xfe" + good, 200},
		{"gigantic", nil, strings.Repeat(" ", 5<<20), 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			var change []func(*http.Request)
			if c.change != nil {
				change = append(change, c.change)
			}
			if status, answer := h.webhook("whatsapp", c.body, change...); status != c.want {
				t.Errorf("answered with %d %s, want %d", status, answer, c.want)
			}
		})
	}
	if status, _ := h.call(http.MethodPost, "/webhooks/whatsapp/elsewhere", "", []byte(good)); status != 404 {
		t.Errorf("an endpoint that is not there answers %d", status)
	}
	status, body := h.call(http.MethodGet, "/webhooks/whatsapp/support?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="+verifyToken, "", nil)
	if status != 200 || !bytes.Equal(body, []byte("1158201444")) {
		t.Errorf("the challenge is answered with %d %s", status, body)
	}
	h.took("whatsapp", waText("wamid.IN2", "35699000001", "Now in earnest"))
	conv := ann.inPhase(conversation.Alerting)
	if got := ann.texts(conv); len(got) != 1 || got[0] != "Now in earnest" || len(ann.convs) != 1 {
		t.Errorf("ann sees %q in %d conversations", got, len(ann.convs))
	}
}
