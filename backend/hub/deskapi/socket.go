package deskapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"parley/backend/eventlog"
	"parley/backend/hub/acd"
	"parley/backend/hub/auth"
	"parley/backend/id"
	"parley/backend/protocol"
)

const (
	maxFrame   = 1 << 20 // bytes of one frame from a desk
	writeWait  = 10 * time.Second
	pingEvery  = 25 * time.Second
	quietLimit = 60 * time.Second // without a frame or pong from the desk
)

// socket is one connected desk.
type socket struct {
	hub     *Hub
	ws      *websocket.Conn
	wire    *wire // under ws
	agent   id.Agent
	session auth.Session
	token   string
	out     *outbox
	hello   chan protocol.Hello
	sent    map[eventlog.Stream]uint64          // Rev that the desk holds; the writer's
	threads map[eventlog.Stream]id.Conversation // of the coaching sent; the writer's
	dead    chan struct{}                       // closed when reading ends

	views map[id.Conversation]sight // guarded by the hub
	board boardWatch
	// hidden are conversations that were taken away since the socket opened,
	// until it is synced: the index may not know yet. Guarded by the hub.
	hidden  map[id.Conversation]struct{}
	ending  atomic.Bool // goodbye was said
	counted atomic.Pointer[protocol.Queues]

	rate   *rate.Limiter
	typing map[id.Conversation]time.Time // the reader's
}

func (h *Hub) serveSocket(w http.ResponseWriter, r *http.Request, who signedIn) {
	wired := &wiring{ResponseWriter: w}
	ws, err := h.upgrade.Upgrade(wired, r, nil)
	if err != nil {
		h.log.Info("a desk's socket could not be opened", "agent", who.session.Agent, "error", err)
		return // Upgrade has answered
	}
	s := &socket{
		hub: h, ws: ws, wire: wired.wire, agent: who.session.Agent, session: who.session, token: who.token,
		out: newOutbox(h.o.Queue), hello: make(chan protocol.Hello, 1), dead: make(chan struct{}),
		sent: map[eventlog.Stream]uint64{}, threads: map[eventlog.Stream]id.Conversation{}, views: map[id.Conversation]sight{}, hidden: map[id.Conversation]struct{}{},
		rate: rate.NewLimiter(rate.Inf, 0), typing: map[id.Conversation]time.Time{},
	}
	if *h.o.Config.Limits.Rates {
		s.rate = rate.NewLimiter(50, 200)
	}
	if !h.open(s) {
		s.finish(protocol.Problem{Code: "restart", Message: "the hub is being restarted", Retry: true})
		s.abort()
		return
	}
	defer h.close(s)
	defer h.o.Routing.DeskOpened(s.agent)()
	h.log.Info("desk connected", "agent", s.agent, "device", s.session.Device)
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	var writer sync.WaitGroup
	writer.Go(func() { s.write(ctx) })
	defer func() { // also when a command panics, which must not leave the desk waiting
		close(s.dead)
		s.out.poke()
		_ = ws.Close()
		writer.Wait()
	}()
	err = s.read(ctx)
	h.log.Info("desk disconnected", "agent", s.agent, "device", s.session.Device, "reason", reason(err))
}

// reason is why reading ended, for the log.
func reason(err error) string {
	var closed *websocket.CloseError
	switch {
	case err == nil:
		return "closed"
	case errors.As(err, &closed):
		return "closed by the desk"
	case errors.Is(err, websocket.ErrReadLimit):
		return "a frame larger than 1 MiB"
	}
	return err.Error()
}

// read takes frames until the socket ends. What is wrong with one of them is
// told to the desk, and the socket stays open.
func (s *socket) read(ctx context.Context) error {
	s.ws.SetReadLimit(maxFrame)
	s.ws.SetPongHandler(func(string) error { return s.awake() })
	greeted := false
	for {
		if err := s.awake(); err != nil {
			return err
		}
		kind, b, err := s.ws.ReadMessage()
		if err != nil {
			return err
		}
		if s.ending.Load() {
			return nil
		}
		if err := s.rate.Wait(ctx); err != nil {
			return err
		}
		var f protocol.ToHub
		if kind != websocket.TextMessage || json.Unmarshal(b, &f) != nil {
			s.refuse("", protocol.Problem{Code: "malformed", Message: "this frame cannot be read: it must be JSON as protocol.ToHub describes"})
			continue
		}
		switch {
		case f.Hello != nil && greeted:
			s.refuse("", protocol.Problem{Code: "malformed", Message: "hello was said before on this socket"})
		case f.Hello != nil:
			greeted = true
			s.hello <- *f.Hello
			s.out.poke()
		case f.Command != nil:
			s.command(ctx, *f.Command)
		case f.Watch != nil:
			s.watch(ctx, *f.Watch)
		case f.Typing != nil:
			s.agentTyping(ctx, f.Typing.Conversation)
		default:
			s.refuse("", protocol.Problem{Code: "unknown_frame", Message: "this frame holds nothing that this hub knows"})
		}
	}
}

// awake gives the desk another while to say something, unless it is sent away.
func (s *socket) awake() error {
	if s.ending.Load() {
		return nil
	}
	return s.ws.SetReadDeadline(time.Now().Add(quietLimit))
}

// refuse answers a command, or a frame without one, with why not.
func (s *socket) refuse(cmd id.Command, p protocol.Problem) {
	s.hub.log.Info("a desk's frame was refused", "agent", s.agent, "command", cmd, "code", p.Code)
	s.out.put(item{frame: &protocol.ToDesk{Nack: &protocol.Nack{ID: cmd, Problem: p}}})
}

// count tells the desk how many wait in its agent's queues, if that changed.
func (s *socket) count(now map[id.Queue]acd.Queue) {
	var q protocol.Queues
	for _, name := range s.hub.o.Organisation.View().MemberOf(s.agent) {
		in := now[name]
		q.Waiting += in.Waiting
		if since := in.Longest.UnixMilli(); in.Waiting > 0 && (q.LongestSinceMs == 0 || since < q.LongestSinceMs) {
			q.LongestSinceMs = since
		}
	}
	if old := s.counted.Load(); old != nil && *old == q {
		return
	}
	s.counted.Store(&q)
	s.out.put(item{frame: &protocol.ToDesk{Queues: &q}})
}

// write sends frames until the socket or the outbox ends.
func (s *socket) write(ctx context.Context) {
	now := s.hub.o.Engine.Now()
	welcome := &protocol.Welcome{
		Version: protocol.Version, Epoch: s.hub.o.Engine.Epoch(), Agent: s.agent, NowMs: now.UnixMilli(),
		Org: s.hub.told.Load().to(s.agent), KeepDays: s.hub.o.Config.KeepDays,
	}
	if s.send(&protocol.ToDesk{Welcome: welcome}) != nil {
		return
	}
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	synced := false
	for {
		select {
		case <-s.dead:
			return
		case <-ping.C:
			if s.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWait)) != nil {
				s.abort()
				return
			}
			if synced {
				s.out.put(item{complete: true, pos: s.hub.o.Engine.Position()})
			}
		case hello := <-s.hello:
			if err := s.sync(ctx, hello); err != nil {
				s.fail(err)
				return
			}
			synced = true
			s.count(s.hub.o.Routing.Queues())
		case <-s.out.wake:
		}
		items, ending := s.out.take()
		if err := s.flush(ctx, items, synced); err != nil {
			s.fail(err)
			return
		}
		if ending != nil {
			s.finish(*ending)
			return
		}
	}
}

// fail ends a socket that cannot be written to, or whose agent's streams
// cannot be read.
func (s *socket) fail(err error) {
	var broken *writeError
	if !errors.As(err, &broken) {
		p := s.hub.problem(err)
		s.hub.log.Error("a desk could not be synced", "agent", s.agent, "error", err)
		p.Retry = true
		s.finish(p)
		return
	}
	s.abort()
}

// finish says goodbye and ends the socket.
func (s *socket) finish(p protocol.Problem) {
	s.ending.Store(true)
	if s.send(&protocol.ToDesk{Bye: &p}) == nil {
		code := websocket.CloseGoingAway
		if !p.Retry {
			code = websocket.ClosePolicyViolation
		}
		_ = s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, p.Code), time.Now().Add(writeWait))
	}
	// The desk has a moment to answer; then reading ends in any case.
	_ = s.ws.SetReadDeadline(time.Now().Add(time.Second))
}

// abort closes the connection, which makes reading end.
func (s *socket) abort() { _ = s.ws.Close() }

// writeError: the desk's connection failed.
type writeError struct{ cause error }

func (e *writeError) Error() string { return "write to the desk: " + e.cause.Error() }
func (e *writeError) Unwrap() error { return e.cause }

func (s *socket) send(f *protocol.ToDesk) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := s.ws.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return &writeError{err}
	}
	if err := s.ws.WriteMessage(websocket.TextMessage, b); err != nil {
		return &writeError{err}
	}
	return nil
}
