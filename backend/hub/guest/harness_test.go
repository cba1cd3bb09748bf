package guest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/channel/web"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/hub/guest"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
	"parley/backend/vault"
)

const (
	deployment = "5f0c2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9"
	patience   = 20 * time.Second // how long a test waits for what must come
)

// place is a hub for guests with everything behind it, on a loopback port.
type place struct {
	t      *testing.T
	log    *memory.Log
	vault  *vault.Vault
	blobs  *vault.Blobs
	files  *unsent.Register
	model  *readmodel.Model
	engine *engine.Engine
	hub    *guest.Hub
	server *httptest.Server
	config *config.Config
	secret []byte
	logged *logged
	typing chan id.Conversation
	ahead  atomic.Int64                  // how far the clock is ahead, in nanoseconds
	full   atomic.Bool                   // the disk is full
	held   atomic.Pointer[chan struct{}] // see fillable
	bad    atomic.Pointer[string]        // see fillable
	ping   time.Duration
	fixed  atomic.Int64 // Unix nanoseconds at which the clock stands; 0 = it runs

	mu      sync.Mutex
	commits []*engine.Commit
	changed chan struct{}
}

// logged keeps what the hub logs.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type rules struct{}

func (rules) Queue(id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: time.Minute, AutoAnswer: true}
}

func (rules) Profile(k channel.Kind, account string) channel.Profile {
	return web.Connector{}.Profile(channel.Account{Kind: k, ID: account})
}

func (rules) Utilization(id.Agent) agent.Utilization {
	return agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: 9}}
}

// shop is the usual deployment, with everything switched on.
func shop() config.Deployment {
	yes := true
	side, bottom := 20, 12
	return config.Deployment{
		ID: deployment, Name: "shop", Active: &yes, Queue: "web", AllowedOrigins: []string{"https://shop.example"},
		Languages: []string{"en-us"}, DefaultLanguage: "en-us", PrimaryColor: "#0a6c74", Launcher: "On", Alignment: "Auto",
		SideSpace: &side, BottomSpace: &bottom, SessionSeconds: 3600, Disconnect: "Send", Clear: &yes, AgentTyping: &yes,
		ContactTyping: &yes, Uploads: &yes, UploadTypes: []string{"image/*", "application/pdf", "text/plain"}, UploadMaxKB: 64,
	}
}

// unlimited switches the rate limits off.
func unlimited(c *config.Config) { no := false; c.Limits.Rates = &no }

// start opens a place; change may alter its configuration.
func start(t *testing.T, change func(*config.Config)) *place {
	t.Helper()
	p := &place{
		t: t, log: memory.New(), secret: bytes.Repeat([]byte("s"), 32), logged: &logged{},
		typing: make(chan id.Conversation, 16), changed: make(chan struct{}),
	}
	rates := true
	p.config = &config.Config{
		Deployments: []config.Deployment{shop()}, Limits: config.Limits{Rates: &rates, MaxGuests: 50},
		Organisation: org.Organisation{Users: []org.User{{ID: "ann", Name: "Ann"}}},
	}
	if change != nil {
		change(p.config)
	}
	var err error
	dir := t.TempDir()
	if p.vault, err = vault.Open(filepath.Join(dir, "keys"), [32]byte{1}, p.log, vault.Options{}); err != nil {
		t.Fatal(err)
	}
	if p.blobs, err = p.vault.Blobs(filepath.Join(dir, "blobs"), nil); err != nil {
		t.Fatal(err)
	}
	if p.files, err = unsent.Open(filepath.Join(dir, "unsent"), p.blobs, p.now, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.stop(); _ = p.log.Close() })
	p.open()
	return p
}

// open starts engine, read model and hub on what the log holds.
func (p *place) open() {
	p.t.Helper()
	logger := slog.New(slog.NewJSONHandler(p.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if p.model, err = readmodel.Open("", readmodel.Options{Logger: logger}); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.model.Adopt(p.log.Epoch()); err != nil {
		p.t.Fatal(err)
	}
	tail, err := p.log.Tail(context.Background(), 0)
	if err != nil {
		p.t.Fatal(err)
	}
	for pos := uint64(0); pos < tail.Pos; pos = p.model.Cursor(0).Pos {
		stored, err := p.first(pos)
		if err != nil {
			p.t.Fatal(err)
		}
		if err := p.model.Apply([]eventlog.Stored{stored}); err != nil {
			p.t.Fatal(err)
		}
	}
	if p.engine, err = engine.Open(context.Background(), engine.Options{Log: fillable{p.log, &p.full, &p.held, &p.bad}, Vault: p.vault, Rules: rules{}, Logger: logger, Now: p.now}); err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.commits = nil
	p.mu.Unlock()
	p.engine.Subscribe(func(c *engine.Commit) {
		if err := p.model.Apply([]eventlog.Stored{c.Stored}); err != nil {
			p.t.Errorf("apply: %v", err)
		}
		p.mu.Lock()
		p.commits = append(p.commits, c)
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	})
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	p.hub, err = guest.New(guest.Options{
		Config: p.config, Engine: p.engine, Model: p.model, Files: p.files, Secret: p.secret, PublicURL: p.server.URL,
		Typing: func(c id.Conversation) { p.typing <- c }, Logger: logger, Now: p.now, Every: 5 * time.Millisecond, Ping: p.ping,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.hub.Routes(mux)
}

// first gives the first commit after a position.
func (p *place) first(after uint64) (eventlog.Stored, error) {
	for stored, err := range p.log.Follow(context.Background(), 0, after) {
		return stored, err
	}
	return eventlog.Stored{}, eventlog.ErrNotFound
}

func (p *place) stop() {
	p.hub.Close()
	p.server.Close()
	p.engine.Close()
	if err := p.model.Close(); err != nil {
		p.t.Error(err)
	}
}

// stopClock makes the hub's time stand still, so that no limit recovers.
func (p *place) stopClock() { p.fixed.Store(time.Now().UnixNano()) }

// stopClockAfter makes it stand still some time ahead.
func (p *place) stopClockAfter(d time.Duration) { p.fixed.Store(time.Now().Add(d).UnixNano()) }

func (p *place) now() time.Time {
	if at := p.fixed.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Now().Add(time.Duration(p.ahead.Load()))
}

func (p *place) later(d time.Duration) { p.ahead.Add(int64(d)) }

// until waits for a conversation event for which want says true.
func (p *place) until(what string, want func(id.Conversation, conversation.Event) bool) id.Conversation {
	p.t.Helper()
	late := time.After(patience)
	for {
		p.mu.Lock()
		commits, changed := p.commits, p.changed
		p.mu.Unlock()
		for _, c := range commits {
			for _, e := range c.Conversation {
				if want(id.Conversation(c.Stream.ID), e) {
					return id.Conversation(c.Stream.ID)
				}
			}
		}
		select {
		case <-changed:
		case <-late:
			p.t.Fatalf("no event: %s\n%s", what, p.logged)
		}
	}
}

func (p *place) do(c id.Conversation, cmd conversation.Command, content ...engine.Content) {
	p.t.Helper()
	if _, err := p.engine.Conversation(context.Background(), c, id.Command(id.New()), "test", cmd, content...); err != nil {
		p.t.Fatal(err)
	}
}

// answer connects agent ann to a conversation.
func (p *place) answer(c id.Conversation) {
	p.t.Helper()
	p.do(c, conversation.Offer{Communication: "leg-" + id.Communication(c), Agent: "ann"})
}

func (p *place) say(c id.Conversation, body message.Body) id.Message {
	p.t.Helper()
	m := id.Message(id.New())
	p.do(c, conversation.Send{Agent: "ann", Message: m}, engine.Content{Message: m, Body: body})
	return m
}

func (p *place) hangUp(c id.Conversation) {
	p.t.Helper()
	p.do(c, conversation.Disconnect{Agent: "ann", Communication: "leg-" + id.Communication(c)})
}

// frame is one frame from the server.
type frame struct {
	Type, Class, TracingID string
	Code                   int
	Body                   json.RawMessage
	raw                    []byte
}

// entity is the part of a StructuredMessage that tests look at.
type entity struct {
	ID, Direction, Type, Text, OriginatingEntity string
	Channel                                      struct {
		Time, MessageID string
		From            struct{ Nickname string }
	}
	Content []struct {
		ContentType string
		Attachment  struct{ ID, URL, Filename, MIME, MediaType string }
	}
	Events []struct {
		EventType string
		Presence  struct{ Type string }
		Typing    struct {
			Type     string
			Duration int
		}
	}
	Metadata map[string]string
}

func (f frame) entity(t *testing.T) entity {
	t.Helper()
	var e entity
	if err := json.Unmarshal(f.Body, &e); err != nil {
		t.Fatalf("%v: %s", err, f.raw)
	}
	return e
}

func (f frame) text() string {
	var s string
	_ = json.Unmarshal(f.Body, &s)
	return s
}

// client is one socket of a guest.
type client struct {
	p      *place
	ws     *websocket.Conn
	token  string
	frames chan frame
}

func (p *place) url() string {
	return "ws" + strings.TrimPrefix(p.server.URL, "http") + "/v1?deploymentId=" + deployment
}

func (p *place) dial(token string) *client {
	p.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(p.url(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	c := &client{p: p, ws: ws, token: token, frames: make(chan frame, 256)}
	go c.read()
	p.t.Cleanup(func() { _ = ws.Close() })
	return c
}

func (c *client) read() {
	defer close(c.frames)
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		f := frame{raw: b}
		if err := json.Unmarshal(b, &f); err != nil {
			c.p.t.Errorf("%v: %s", err, b)
			return
		}
		c.frames <- f
	}
}

// join dials and configures.
func (p *place) join(token string) *client {
	p.t.Helper()
	c := p.dial(token)
	c.configure()
	return c
}

func (c *client) configure() web.Session {
	c.p.t.Helper()
	c.send(fmt.Sprintf(`{"action":"configureSession","deploymentId":%q,"token":%q,"tracingId":"cfg"}`, deployment, c.token))
	return c.session()
}

func (c *client) session() web.Session {
	c.p.t.Helper()
	f := c.next("SessionResponse")
	var s web.Session
	if err := json.Unmarshal(f.Body, &s); err != nil {
		c.p.t.Fatal(err)
	}
	return s
}

func (c *client) send(text string) {
	c.p.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.p.t.Fatal(err)
	}
}

// do sends an action with the client's token; more is further fields, each
// with a comma before it.
func (c *client) do(action, more string) {
	c.p.t.Helper()
	c.send(fmt.Sprintf(`{"action":%q,"token":%q%s}`, action, c.token, more))
}

func (c *client) say(tracing, text string) {
	c.p.t.Helper()
	quoted, _ := json.Marshal(text)
	c.do("onMessage", fmt.Sprintf(`,"tracingId":%q,"message":{"type":"Text","text":%s}`, tracing, quoted))
}

func (c *client) event(tracing, event string) {
	c.p.t.Helper()
	c.do("onMessage", fmt.Sprintf(`,"tracingId":%q,"message":{"type":"Event","events":[%s]}`, tracing, event))
}

// next gives the next frame, which must be of the class.
func (c *client) next(class string) frame {
	c.p.t.Helper()
	select {
	case f, ok := <-c.frames:
		if !ok {
			c.p.t.Fatalf("the socket closed before %s", class)
		}
		if f.Class != class {
			c.p.t.Fatalf("got %s, want %s: %s", f.Class, class, f.raw)
		}
		return f
	case <-time.After(patience):
		c.p.t.Fatalf("no %s\n%s", class, c.p.logged)
	}
	return frame{}
}

// gone waits until the server has closed the socket.
func (c *client) gone() {
	c.p.t.Helper()
	select {
	case f, ok := <-c.frames:
		if ok {
			c.p.t.Fatalf("a frame instead of the end: %s", f.raw)
		}
	case <-time.After(patience):
		c.p.t.Fatal("the socket stays open")
	}
}

// leave closes the socket and waits until the hub has let go of it.
func (c *client) leave() {
	c.p.t.Helper()
	if err := c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience)); err != nil {
		c.p.t.Fatal(err)
	}
	c.gone()
	_, _ = io.Copy(io.Discard, c.ws.NetConn()) // until the hub closes, after it let go
	_ = c.ws.Close()
}

// quiet proves by a request's answer that nothing else came before it.
func (c *client) quiet() {
	c.p.t.Helper()
	c.do("getConfiguration", "")
	c.next("GetConfigurationResponse")
}

func newToken() string { return uuid.NewString() }

func (p *place) request(method, url string, header map[string]string, body io.Reader) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		p.t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res, b
}
