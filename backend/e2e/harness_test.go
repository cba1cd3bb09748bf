// Package e2e_test runs hub, desk and guest together over real sockets: what
// must hold between them, whatever breaks.
package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/desk"
	"parley/backend/eventlog/badger"
	"parley/backend/hub"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

func quietLog() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}

// runningHub is a demo hub in this process.
type runningHub struct {
	t      testing.TB
	data   string
	listen string
	ready  hub.Ready
	stop   func()
}

func startHub(t testing.TB) *runningHub {
	h := &runningHub{t: t, data: t.TempDir(), listen: "127.0.0.1:0"}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

// start starts the hub, after stop at the same address and with the same data.
func (h *runningHub) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan hub.Ready, 1), make(chan error, 1)
	go func() {
		ended <- hub.Run(ctx, hub.Options{
			Data: h.data, Listen: h.listen, Demo: true, Logger: quietLog(), Log: badger.Small(),
			Ready: func(r hub.Ready) { ready <- r },
		})
	}()
	select {
	case h.ready = <-ready:
		h.listen = strings.TrimPrefix(h.ready.URL, "http://")
	case err := <-ended:
		cancel()
		h.t.Fatalf("the hub did not start: %v", err)
	}
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("the hub ended with %v", err)
		}
	})
}

func (h *runningHub) password(user string) string {
	for _, u := range h.ready.Users {
		if u.User == user {
			return u.Password
		}
	}
	h.t.Fatalf("no user %s", user)
	return ""
}

// signIn signs agent-1 in and returns the options of a desk.
func (h *runningHub) signIn(dir string) desk.Options {
	h.t.Helper()
	o, err := signIn(h.ready.URL, "agent-1", h.password("agent-1"), dir)
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

func signIn(url, user, password, dir string) (desk.Options, error) {
	c, err := desk.NewClient(url, nil)
	if err != nil {
		return desk.Options{}, err
	}
	in, err := c.SignIn(context.Background(), protocol.SignIn{User: user, Password: password, Device: "test"})
	if err != nil {
		return desk.Options{}, err
	}
	return deskOptions(c, in.Token, in.Agent, dir), nil
}

func deskOptions(c *desk.Client, token string, agent id.Agent, dir string) desk.Options {
	cache := readmodel.Desk()
	cache.MemTable, cache.Reserve = 2<<20, 64<<20
	o := desk.Options{Client: c, Token: token, Agent: agent, Dir: dir, Logger: quietLog(), Cache: cache}
	if dir != "" {
		o.Key = make([]byte, 32)
	}
	return o
}

func openDesk(t testing.TB, o desk.Options) *desk.Desk {
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

// until waits for a view of the desk that satisfies ok.
func until(t testing.TB, d *desk.Desk, what string, ok func(*desk.Snapshot) bool) *desk.Snapshot {
	t.Helper()
	w := d.Watch()
	defer w.Close()
	late := time.After(patience)
	for {
		select {
		case <-w.C:
			if s := w.Take().Snapshot; ok(s) {
				return s
			}
		case <-late:
			t.Fatalf("never: %s; last: %+v", what, d.Snapshot())
		}
	}
}

func settled(s *desk.Snapshot) bool { return s.Link.State == desk.Online && s.Link.Pending == 0 }

func first(status desk.Status) func(*desk.Snapshot) bool {
	return func(s *desk.Snapshot) bool { return len(s.Interactions) > 0 && s.Interactions[0].Status == status }
}

// lines lists a transcript's messages: "in …" and "out …".
func lines(t testing.TB, d *desk.Desk, conv id.Conversation) []string {
	t.Helper()
	p, err := d.Transcript(conv, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, it := range p.Items {
		switch {
		case it.Kind != "message":
		case it.Direction == "inbound":
			out = append(out, "in "+it.Text)
		default:
			out = append(out, "out "+it.Text)
		}
	}
	return out
}

// cutter dials so that all its connections can be cut at once.
type cutter struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (c *cutter) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			c.mu.Lock()
			c.conns = append(c.conns, conn)
			c.mu.Unlock()
		}
		return conn, err
	}}
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

// guest is a customer on the guest protocol.
type guest struct {
	t          testing.TB
	ws         *websocket.Conn
	token      string
	deployment string

	mu      sync.Mutex
	texts   []string // outbound texts, in order of arrival
	replies []string // payloads of the last suggestions
	typing  int
	changed chan struct{}
}

type guestFrame struct {
	Type, Class string
	Code        int
	Body        json.RawMessage
}

func joinGuest(t testing.TB, h *runningHub) *guest {
	t.Helper()
	return joinGuestAt(t, h, h.ready.DeploymentID)
}

// joinGuestAt joins by another deployment than the first.
func joinGuestAt(t testing.TB, h *runningHub, deployment string) *guest {
	t.Helper()
	g := &guest{t: t, token: uuid.NewString(), deployment: deployment, changed: make(chan struct{})}
	g.connect(h)
	return g
}

// deploymentOf is the one whose customers wait in a queue.
func (h *runningHub) deploymentOf(queue string) string {
	h.t.Helper()
	for _, d := range h.ready.Deployments {
		if d.Queue == queue {
			return d.ID
		}
	}
	h.t.Fatalf("no deployment for %s", queue)
	return ""
}

// connect opens a socket and configures the session; texts that come again on a
// new socket are the transcript's, so they are read from this one on.
func (g *guest) connect(h *runningHub) {
	g.t.Helper()
	url := "ws" + strings.TrimPrefix(h.ready.URL, "http") + "/v1?deploymentId=" + g.deployment
	ws, _, err := websocket.DefaultDialer.Dial(url, http.Header{"Origin": {h.ready.URL}})
	if err != nil {
		g.t.Fatal(err)
	}
	g.ws = ws
	g.t.Cleanup(func() { _ = ws.Close() })
	g.write(fmt.Sprintf(`{"action":"configureSession","deploymentId":%q,"token":%q}`, g.deployment, g.token))
	joined := make(chan struct{})
	go g.read(ws, joined)
	select {
	case <-joined:
	case <-time.After(patience):
		g.t.Fatal("the guest's session was not configured")
	}
}

func (g *guest) write(s string) {
	g.t.Helper()
	if err := g.ws.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
		g.t.Fatal(err)
	}
}

func (g *guest) say(text string) {
	g.t.Helper()
	g.write(fmt.Sprintf(`{"action":"onMessage","token":%q,"message":{"type":"Text","text":%q}}`, g.token, text))
}

func (g *guest) types() {
	g.t.Helper()
	g.write(fmt.Sprintf(`{"action":"onMessage","token":%q,"message":{"type":"Event","events":[{"eventType":"Typing","typing":{"type":"On"}}]}}`, g.token))
}

func (g *guest) read(ws *websocket.Conn, joined chan struct{}) {
	open := sync.OnceFunc(func() { close(joined) })
	for {
		var f guestFrame
		if err := ws.ReadJSON(&f); err != nil {
			return
		}
		if f.Class == "SessionResponse" && f.Code == 200 {
			open()
		}
		if f.Class != "StructuredMessage" {
			continue
		}
		var m struct {
			Type, Direction, Text string
			Events                []struct{ EventType string }
			Content               []struct{ QuickReply struct{ Payload string } }
		}
		if json.Unmarshal(f.Body, &m) != nil || m.Direction != "Outbound" {
			continue
		}
		g.mu.Lock()
		if m.Type != "Event" {
			g.texts, g.replies = append(g.texts, m.Text), nil
		}
		for _, c := range m.Content {
			g.replies = append(g.replies, c.QuickReply.Payload)
		}
		for _, e := range m.Events {
			if e.EventType == "Typing" {
				g.typing++
			}
		}
		close(g.changed)
		g.changed = make(chan struct{})
		g.mu.Unlock()
	}
}

// until waits until what the guest has seen satisfies ok.
func (g *guest) until(what string, ok func(texts []string, typing int) bool) {
	g.t.Helper()
	late := time.After(patience)
	for {
		g.mu.Lock()
		done, changed := ok(g.texts, g.typing), g.changed
		g.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late:
			g.t.Fatalf("the guest never saw: %s; texts: %q", what, g.texts)
		}
	}
}
