package deskapi_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/acd"
	"parley/backend/hub/auth"
	"parley/backend/hub/board"
	"parley/backend/hub/config"
	"parley/backend/hub/deskapi"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

const password = "correct horse battery"

// plain seals nothing.
type plain struct{ log eventlog.Log }

func (plain) Seal(key string, b []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{Key: key, Value: append(make([]byte, 8), b...)}, "", nil
}

func (p plain) Open(ctx context.Context, key string) ([]byte, error) {
	b, err := p.log.Sealed(ctx, key)
	if err != nil {
		return nil, err
	}
	return b[8:], nil
}

type rules struct{}

func (rules) Queue(id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: time.Minute}
}
func (rules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }
func (rules) Utilization(id.Agent) agent.Utilization {
	return agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: 9}}
}

// lagging is an index that knows nothing of what happened since it was made:
// the slowest that a read model may be.
type lagging struct{ list []id.Conversation }

func (l lagging) ByAgent(id.Agent, time.Time) ([]id.Conversation, error) { return l.list, nil }
func (lagging) InPhase(...conversation.Phase) ([]id.Conversation, error) { return nil, nil }
func (lagging) ConversationState(id.Conversation) (*conversation.State, error) {
	return &conversation.State{}, nil
}
func (lagging) WaitFor(context.Context, eventlog.Position) error { return nil }

type noRouting struct{}

func (noRouting) DeskOpened(id.Agent) func()     { return func() {} }
func (noRouting) Queues() map[id.Queue]acd.Queue { return nil }
func (noRouting) Unpark(context.Context, id.Command, id.Agent, id.Conversation) (engine.Result, error) {
	return engine.Result{}, agent.ErrNoCapacity
}
func (noRouting) Pull(context.Context, id.Command, id.Agent, id.Conversation) (engine.Result, error) {
	return engine.Result{}, agent.ErrNoCapacity
}
func (noRouting) TakeOver(context.Context, id.Command, id.Agent, id.Conversation) (engine.Result, error) {
	return engine.Result{}, conversation.ErrEnded
}

type noFiles struct{}

func (noFiles) Put(context.Context, unsent.Upload, io.Reader) (int64, error) {
	return 0, eventlog.ErrFull
}
func (noFiles) PutBeside(context.Context, id.Attachment, io.Reader) (int64, error) {
	return 0, eventlog.ErrFull
}
func (noFiles) Hold(...id.Attachment) (func(), error)         { return func() {}, nil }
func (noFiles) Sent(...id.Attachment)                         {}
func (noFiles) Open(id.Attachment) (io.ReadSeekCloser, error) { return nil, eventlog.ErrNotFound }
func (noFiles) Delete(id.Attachment) error                    { return nil }

// place is a desk API on a loopback port, with a log in memory.
type place struct {
	t      testing.TB
	engine *engine.Engine
	live   *organisation.Live
	trail  *noted
	hub    *deskapi.Hub
	url    string
	token  string
	signIn func(id.Agent) string
}

func start(t testing.TB, queue int, known ...id.Conversation) *place {
	t.Helper()
	return startWith(t, "organisation: Test\nlimits: {rates: false}\nusers: [{id: ann, name: Ann}]\n", queue, known...)
}

func startWith(t testing.TB, file string, queue int, known ...id.Conversation) *place {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	log := memory.New()
	e, err := engine.Open(t.Context(), engine.Options{Log: log, Vault: plain{log}, Rules: rules{}, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	hash := auth.Hash(password)
	sessions, err := auth.Open(auth.Options{File: filepath.Join(t.TempDir(), "sessions"), Password: func(id.Agent) (string, bool) { return hash, true }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("test", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	boards, err := board.Open(t.Context(), board.Options{Log: log, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	live, err := organisation.Open(t.Context(), organisation.Options{Engine: e, Wish: c.Organisation, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(live.Close)
	p := &place{t: t, engine: e, live: live, trail: &noted{}}
	p.hub = deskapi.New(deskapi.Options{
		Config: c, Organisation: live, Trail: p.trail, Engine: e, Index: lagging{known}, Routing: noRouting{}, Sessions: sessions, Files: noFiles{},
		Board:  boards,
		Typing: func(id.Conversation, string) {}, Logger: quiet, Queue: queue,
	})
	mux := http.NewServeMux()
	p.hub.Routes(mux)
	server := httptest.NewServer(mux)
	p.url = server.URL
	p.signIn = func(user id.Agent) string {
		token, _, err := sessions.SignIn(user, password, "test", "here")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	p.token = p.signIn("ann")
	t.Cleanup(func() {
		p.hub.Close()
		server.Close()
		boards.Close()
		e.Close()
	})
	return p
}

// dial opens a socket that takes in little at a time, and reads the welcome.
func (p *place) dial() *websocket.Conn { return p.dialAs(p.token) }

func (p *place) dialAs(token string) *websocket.Conn {
	p.t.Helper()
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(4096)
		}
		return c, err
	}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(p.url, "http")+protocol.PathSocket, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = ws.Close() })
	if f := p.read(ws); f.Welcome == nil {
		p.t.Fatalf("the first frame is %+v", f)
	}
	return ws
}

func (p *place) read(ws *websocket.Conn) protocol.ToDesk {
	p.t.Helper()
	var f protocol.ToDesk
	_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	if err := ws.ReadJSON(&f); err != nil {
		p.t.Fatal(err)
	}
	return f
}

func (p *place) greet(ws *websocket.Conn) {
	p.t.Helper()
	if err := ws.WriteJSON(protocol.ToHub{Hello: &protocol.Hello{}}); err != nil {
		p.t.Fatal(err)
	}
	for f := p.read(ws); f.Complete == nil; f = p.read(ws) {
	}
}

func (p *place) do(conv id.Conversation, c conversation.Command) {
	p.t.Helper()
	if _, err := p.engine.Conversation(p.t.Context(), conv, id.Command(id.New()), "test", c); err != nil {
		p.t.Fatal(err)
	}
}

// A desk that does not read what it is sent is sent away with the advice to
// come back, and costs the hub no more than its queue.
func TestSlowDesk(t *testing.T) {
	p := start(t, 64)
	ws := p.dial()
	p.greet(ws)
	for i := range 30_000 { // far more than sockets hold for a reader who does not read
		presence := []agent.Presence{agent.Away, agent.Busy}[i%2]
		if _, err := p.engine.Agent(t.Context(), "ann", id.Command(id.New()), "test", agent.SetPresence{Presence: presence}); err != nil {
			t.Fatal(err)
		}
	}
	for {
		f := p.read(ws)
		if f.Bye == nil {
			continue
		}
		if f.Bye.Code != "slow" || !f.Bye.Retry {
			t.Errorf("goodbye is %+v", *f.Bye)
		}
		return
	}
}

// What ended between connecting and hello stays hidden, however late the read
// model is; what began is shown.
func TestIndexThatLags(t *testing.T) {
	conv := func(n string) id.Conversation { return id.Conversation("conversation-" + n) }
	p := start(t, 4096, conv("declined"))
	for _, n := range []string{"declined", "offered"} {
		p.do(conv(n), conversation.Start{Channel: channel.Web, Contact: "ida", Queue: "web"})
	}
	p.do(conv("declined"), conversation.Offer{Communication: "leg-1", Agent: "ann"})
	ws := p.dial()
	followed := make(chan *engine.Commit, 16)
	defer p.engine.Subscribe(func(c *engine.Commit) { followed <- c })()
	p.do(conv("declined"), conversation.Decline{Agent: "ann", Communication: "leg-1"})
	p.do(conv("offered"), conversation.Offer{Communication: "leg-2", Agent: "ann"})
	for c := range followed { // the desk API has followed up to here, too
		if c.Stream.ID == string(conv("offered")) && c.Rev == 2 {
			break
		}
	}
	if err := ws.WriteJSON(protocol.ToHub{Hello: &protocol.Hello{}}); err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for f := p.read(ws); f.Complete == nil; f = p.read(ws) {
		if f.Commits != nil {
			shown[f.Commits.Stream.ID] += len(f.Commits.Commits)
		}
	}
	if len(shown) != 1 || shown[string(conv("offered"))] != 2 {
		t.Errorf("shown are %v, want both commits of the one that is offered", shown)
	}
}

// A long stream comes in several frames, whole and in order.
func TestLongCatchUp(t *testing.T) {
	p := start(t, 4096)
	const n = 1000
	for i := range n {
		presence := []agent.Presence{agent.Away, agent.Busy}[i%2]
		if _, err := p.engine.Agent(t.Context(), "ann", id.Command(id.New()), "test", agent.SetPresence{Presence: presence}); err != nil {
			t.Fatal(err)
		}
	}
	ws := p.dial()
	if err := ws.WriteJSON(protocol.ToHub{Hello: &protocol.Hello{}}); err != nil {
		t.Fatal(err)
	}
	var s agent.State
	frames := 0
	for f := p.read(ws); f.Complete == nil; f = p.read(ws) {
		if f.Commits == nil {
			continue
		}
		if f.Commits.Reset != (frames == 0) {
			t.Errorf("frame %d: reset is %v", frames, f.Commits.Reset)
		}
		frames++
		for _, b := range f.Commits.Commits {
			c, err := eventlog.Decode(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Apply(eventlog.Stored{Commit: c, Hash: eventlog.HashOf(b)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.Rev != n || frames < 2 {
		t.Errorf("%d of %d commits in %d frames", s.Rev, n, frames)
	}
}

// Whatever a desk sends, the hub answers the next good command.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		"", "{", "null", `{"hello":{"epoch":"x","have":[{"stream":{"kind":"agent","id":"ann"},"rev":18446744073709551615,"hash":"zz"}]}}`,
		`{"command":{"id":"0123456789","send":{"conversation":"0123456789","message":"0123456789","body":{"text":"x","attachments":[{"id":"0123456789"}]}}}}`,
		`{"command":{"id":"0123456789","markRead":{"conversation":"0123456789","inbound":-1}}}`, `{"typing":{"conversation":""}}`,
		`{"command":{"id":"0123456789","wrapUp":{"conversation":"../..","communication":"","code":""}}}`,
	} {
		f.Add([]byte(seed))
	}
	p := start(f, 4096)
	ws := p.dial()
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > 1<<20 {
			return
		}
		if err := ws.WriteMessage(websocket.TextMessage, frame); err != nil {
			t.Fatal(err)
		}
		cmd := protocol.Command{ID: id.Command(id.New()), Presence: &protocol.SetPresence{Presence: string(agent.Away)}}
		if err := ws.WriteJSON(protocol.ToHub{Command: &cmd}); err != nil {
			t.Fatal(err)
		}
		for {
			var got protocol.ToDesk
			_ = ws.SetReadDeadline(time.Now().Add(20 * time.Second))
			if err := ws.ReadJSON(&got); err != nil {
				t.Fatal(err)
			}
			if got.Bye != nil {
				t.Fatalf("sent away: %+v", *got.Bye)
			}
			if (got.Ack != nil && got.Ack.ID == cmd.ID) || (got.Nack != nil && got.Nack.ID == cmd.ID) {
				return
			}
		}
	})
}

// The connected agent's word that a message arrived goes into the log as theirs.
func TestConfirm(t *testing.T) {
	const conv, leg, msg = "conversation-1", "leg-1", "message-1"
	p := start(t, 4096)
	p.do(conv, conversation.Start{Channel: channel.Web, Contact: "ida", Queue: "web"})
	p.do(conv, conversation.Offer{Communication: leg, Agent: "ann"})
	p.do(conv, conversation.Accept{Agent: "ann", Communication: leg})
	p.do(conv, conversation.Send{Agent: "ann", Message: msg, Body: message.Ref{Length: 2}})
	p.do(conv, conversation.Deliver{Message: msg, State: message.Unknown})
	ws := p.dial()
	p.greet(ws)
	followed := make(chan *engine.Commit, 16)
	defer p.engine.Subscribe(func(c *engine.Commit) { followed <- c })()
	cmd := protocol.Command{ID: "confirm-1", Confirm: &protocol.Confirm{Conversation: conv, Message: msg}}
	if err := ws.WriteJSON(protocol.ToHub{Command: &cmd}); err != nil {
		t.Fatal(err)
	}
	for f := p.read(ws); f.Ack == nil; f = p.read(ws) {
		if f.Nack != nil {
			t.Fatalf("refused: %+v", *f.Nack)
		}
	}
	state, err := p.engine.ConversationState(t.Context(), conv)
	if err != nil || state.Outstanding[msg] != message.Sent {
		t.Errorf("outstanding %v, %v", state.Outstanding, err)
	}
	for c := range followed {
		if c.Stream.ID == conv && c.Rev == 6 {
			if c.Actor != "agent:ann" {
				t.Errorf("the log says it was %q", c.Actor)
			}
			return
		}
	}
}
