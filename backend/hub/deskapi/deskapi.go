// Package deskapi is the hub's side of package protocol: sign-in, files and the
// socket on which a desk gets what its agent may see and sends what they do.
//
// An agent sees their own stream, and conversations that alert them, or to
// which they are or were connected in the last days. Commits are never filtered
// inside a stream: it is seen whole or not at all.
package deskapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/audit"
	"parley/backend/channel"
	"parley/backend/coach"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/acd"
	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/monitor"
	"parley/backend/protocol"
)

// Index answers which conversations are an agent's; readmodel.Model does.
type Index interface {
	// ByAgent lists the conversations that alert an agent, or to which the agent
	// is or was connected, and in which something happened at since or later.
	ByAgent(a id.Agent, since time.Time) ([]id.Conversation, error)
	// InPhase lists the conversations that are in one of the phases, oldest first.
	InPhase(...conversation.Phase) ([]id.Conversation, error)
	ConversationState(id.Conversation) (*conversation.State, error)
	// WaitFor returns when ByAgent accounts for p.
	WaitFor(ctx context.Context, p eventlog.Position) error
}

// Routing is what desks need of acd.Router.
type Routing interface {
	DeskOpened(id.Agent) (closed func())
	Queues() map[id.Queue]acd.Queue
	// Unpark reserves capacity and takes a parked conversation up again.
	Unpark(ctx context.Context, cmd id.Command, a id.Agent, c id.Conversation) (engine.Result, error)
	// Pull reserves capacity and connects a conversation that waits.
	Pull(ctx context.Context, cmd id.Command, a id.Agent, c id.Conversation) (engine.Result, error)
	// TakeOver reserves capacity and connects a supervisor in place of whoever has
	// a conversation.
	TakeOver(ctx context.Context, cmd id.Command, a id.Agent, c id.Conversation) (engine.Result, error)
}

// Organisation is the organisation as it is now; organisation.Live is one.
type Organisation interface {
	View() *organisation.View
	Watch(tell func(*organisation.View)) (cancel func())
}

// Trail writes the audit log; trail.Trail does.
type Trail interface {
	// Acting tells whose session a command is of, before it is executed.
	Acting(cmd id.Command, s auth.Session)
	// Record records what happened; Refused what was refused, if that does not
	// come too fast.
	Record(ctx context.Context, r audit.Record) error
	Refused(ctx context.Context, r audit.Record)
}

// Files keeps the bytes of attachments, sealed, and accounts for those that are
// in no message yet; an unsent.Register does.
type Files interface {
	Put(ctx context.Context, u unsent.Upload, r io.Reader) (size int64, err error)
	PutBeside(ctx context.Context, a id.Attachment, r io.Reader) (size int64, err error)
	// Open gives eventlog.ErrNotFound if there is no such file.
	Open(a id.Attachment) (io.ReadSeekCloser, error)
	Delete(a id.Attachment) error
	// Hold keeps files from being removed until release is called, and gives
	// eventlog.ErrNotFound if one is going. Sent says that a message carries them.
	Hold(files ...id.Attachment) (release func(), err error)
	Sent(files ...id.Attachment)
}

// Options of the desk API. All but those with a default must be set.
type Options struct {
	Config       *config.Config // the hub's own settings; the organisation in it is not used
	Organisation Organisation
	Engine       *engine.Engine
	Index        Index
	Routing      Routing
	Sessions     *auth.Sessions
	Trail        Trail
	Files        Files
	Board        Boards
	Profiles     []channel.Profile
	// Typing shows a conversation's contact that the agent types. It returns at
	// once.
	Typing func(c id.Conversation, agentName string)
	// Ephemeral loads what a message shows that may not be kept; nil if no channel
	// has any. Its error is in words for the agent.
	Ephemeral func(ctx context.Context, c id.Conversation, m id.Message) (data []byte, mime string, err error)
	// Demo and ShopURL are told to desks.
	Demo    bool
	ShopURL string
	Logger  *slog.Logger // default slog.Default
	// Queue is how many frames a desk may be behind before it is sent away;
	// default 4,096.
	Queue int
}

// Hub serves desks. Its methods are safe for concurrent use.
type Hub struct {
	o       Options
	log     *slog.Logger
	told    atomic.Pointer[told]
	upgrade websocket.Upgrader

	ctx     context.Context // of what the hub does by itself
	stop    context.CancelFunc
	cancel  func() // ends the subscriptions
	work    sync.WaitGroup
	sockets sync.WaitGroup
	recount chan struct{} // holds one: the queues' counters changed
	reboard chan struct{} // holds one: a desk waits for the boards
	review  chan struct{} // holds one: what is monitored may be no more
	names   names
	owners  owners
	decoder chan struct{} // holds one while a picture is decoded

	monitors *engine.Streams[monitor.State, monitor.Command, monitor.Event]
	coaching *engine.Streams[coach.State, coach.Say, coach.Event]

	mu      sync.RWMutex
	closed  bool
	agents  map[id.Agent][]*socket
	viewers map[id.Conversation][]*socket
}

// New starts serving. Close it.
func New(o Options) *Hub {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Queue <= 0 {
		o.Queue = 4096
	}
	h := &Hub{
		o: o, log: o.Logger, recount: make(chan struct{}, 1), reboard: make(chan struct{}, 1), review: make(chan struct{}, 1), owners: newOwners(), decoder: make(chan struct{}, 1),
		agents: map[id.Agent][]*socket{}, viewers: map[id.Conversation][]*socket{},
		upgrade: websocket.Upgrader{
			HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: new(sync.Pool),
			CheckOrigin: func(*http.Request) bool { return true }, // guard has refused every origin
		},
	}
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.monitors = engine.NewStreams(o.Engine, monitorCore(), besideFolds)
	h.coaching = engine.NewStreams(o.Engine, coachCore(), besideFolds)
	unwatch := o.Organisation.Watch(h.reconfigure)
	unfollow := o.Engine.Subscribe(h.follow)
	h.cancel = func() { unwatch(); unfollow() }
	h.told.Store(h.describe(o.Organisation.View()))
	h.work.Go(h.countLoop)
	h.work.Go(h.boardLoop)
	h.work.Go(h.reviewLoop)
	h.work.Go(h.lapseEarlier)
	return h
}

// besideFolds is how many states of monitoring and coaching stay in memory.
const besideFolds = 1024

// Routes adds the desks' addresses to mux.
func (h *Hub) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+protocol.PathAbout, h.guard(h.about))
	mux.HandleFunc("POST "+protocol.PathSession, h.guard(h.signIn))
	mux.HandleFunc("DELETE "+protocol.PathSession, h.guard(h.signOut))
	mux.HandleFunc("GET "+protocol.PathSocket, h.guard(h.signedIn(h.serveSocket)))
	mux.HandleFunc("GET "+protocol.PathEphemeral+"{conversation}/{message}", h.guard(h.signedIn(h.ephemeral)))
	mux.HandleFunc("GET "+protocol.PathWaiting, h.guard(h.signedIn(h.waiting)))
	mux.HandleFunc("GET "+protocol.PathTargets, h.guard(h.signedIn(h.targets)))
	mux.HandleFunc("POST "+protocol.PathCommand, h.guard(h.signedIn(h.call)))
	mux.HandleFunc("GET "+protocol.PathBoard, h.guard(h.signedIn(h.boardAt)))
	mux.HandleFunc("POST "+protocol.PathReport, h.guard(h.signedIn(h.report)))
	mux.HandleFunc("GET "+protocol.PathHistory+"{conversation}", h.guard(h.signedIn(h.history)))
	mux.HandleFunc("POST "+protocol.PathFiles+"{$}", h.guard(h.signedIn(h.upload)))
	mux.HandleFunc("GET "+protocol.PathFiles+"{file}", h.guard(h.signedIn(h.download)))
}

// Close tells every desk to come back later and waits until all are gone.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	h.closed = true
	var open []*socket
	for _, list := range h.agents {
		open = append(open, list...)
	}
	h.mu.Unlock()
	for _, s := range open {
		s.out.bye(protocol.Problem{Code: "restart", Message: "the hub is being restarted", Retry: true})
	}
	h.sockets.Wait()
	h.stop()
	h.work.Wait()
}

// ContactTyping shows a conversation's agent that the contact types.
func (h *Hub) ContactTyping(c id.Conversation) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.viewers[c] {
		s.out.losable(item{frame: &protocol.ToDesk{Typing: &protocol.Typing{Conversation: c}}})
	}
}

// follow hands a commit to the desks that may see it. It only queues.
func (h *Hub) follow(c *engine.Commit) {
	switch c.Stream.Kind {
	case eventlog.Agent:
		h.mu.RLock()
		defer h.mu.RUnlock()
		for _, s := range h.agents[id.Agent(c.Stream.ID)] {
			s.out.put(item{commit: c})
		}
		return
	case eventlog.Monitor, eventlog.Coach:
		h.followBeside(c)
		return
	case eventlog.Conversation:
	default:
		return // no desk sees it
	}
	conv := id.Conversation(c.Stream.ID)
	var left id.Agent
	for _, e := range c.Conversation {
		switch e := e.(type) {
		case conversation.Alerted:
			h.show(conv, e.Agent)
		case conversation.Connected:
			h.show(conv, e.Agent)
		case conversation.AlertEnded:
			left = e.Agent
		case conversation.Queued:
			h.moved(conv)
		}
	}
	if left != "" {
		h.hide(conv, left, c)
	}
	if _, renamed := c.Profile(); renamed {
		h.names.changed(conv)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.viewers[conv] {
		s.out.put(item{commit: c})
	}
}

// show lets an agent's desks see a conversation.
func (h *Hub) show(conv id.Conversation, a id.Agent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.agents[a] {
		h.view(conv, s, theirs)
		delete(s.hidden, conv)
	}
}

// view lets one socket see a conversation, for one reason more. h.mu is held.
func (h *Hub) view(conv id.Conversation, s *socket, why sight) {
	if s.views[conv] == 0 {
		h.viewers[conv] = append(h.viewers[conv], s)
	}
	s.views[conv] |= why
}

// unview takes a reason away and returns those that are left. h.mu is held.
func (h *Hub) unview(conv id.Conversation, s *socket, why sight) (left sight) {
	if left = s.views[conv] &^ why; left != 0 {
		s.views[conv] = left
		return left
	}
	delete(s.views, conv)
	next := slices.DeleteFunc(slices.Clone(h.viewers[conv]), func(other *socket) bool { return other == s })
	if len(next) == 0 {
		delete(h.viewers, conv)
		return 0
	}
	h.viewers[conv] = next
	return 0
}

// hide takes a conversation from the desks of an agent whose alert ended.
func (h *Hub) hide(conv id.Conversation, a id.Agent, c *engine.Commit) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.agents[a] {
		if s.hidden != nil {
			s.hidden[conv] = struct{}{}
		}
		if h.unview(conv, s, theirs) == 0 {
			s.out.put(item{forget: c.Stream, pos: c.Pos})
		}
	}
}

// open registers a socket; false once the hub closes.
func (h *Hub) open(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.agents[s.agent] = append(h.agents[s.agent], s)
	h.sockets.Add(1)
	return true
}

func (h *Hub) close(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for conv, why := range s.views {
		h.unview(conv, s, ^sight(0))
		if why&watched != 0 {
			h.work.Go(func() { h.lapse(s.agent, conv) })
		}
	}
	list := h.agents[s.agent]
	for i, other := range list {
		if other == s {
			h.agents[s.agent] = append(append([]*socket(nil), list[:i]...), list[i+1:]...)
			break
		}
	}
	if len(h.agents[s.agent]) == 0 {
		delete(h.agents, s.agent)
	}
	h.sockets.Done()
}

// QueuesChanged tells that Routing.Queues answers something new.
func (h *Hub) QueuesChanged() {
	select {
	case h.recount <- struct{}{}:
	default:
	}
}

// countLoop tells desks how many wait, at most four times in a second.
func (h *Hub) countLoop() {
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.recount:
		}
		now := h.o.Routing.Queues()
		h.mu.RLock()
		for _, list := range h.agents {
			for _, s := range list {
				s.count(now)
			}
		}
		h.mu.RUnlock()
		pause := time.NewTimer(250 * time.Millisecond)
		select {
		case <-h.ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}
