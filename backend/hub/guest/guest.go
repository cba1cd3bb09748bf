// Package guest is the customers' side of the hub: the web messaging guest
// protocol over sockets and HTTP. A guest's session is derived, not stored: its
// name is a keyed hash of the token, its conversations come from the read
// model, and what lies in memory can be lost at any moment.
//
// An echo, which is the protocol's acknowledgement, is sent after the engine's
// append returned. What agents write is delivered by following the engine's
// commits.
package guest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// Model is what guests need of the read model.
type Model interface {
	// ByGuest lists a guest's conversations.
	ByGuest(id.Guest) ([]id.Conversation, error)
	// ConversationState returns a copy of a state, or readmodel.ErrNotFound.
	ConversationState(id.Conversation) (*conversation.State, error)
	// Transcript returns up to count items from index from on, and how many
	// there are.
	Transcript(c id.Conversation, from, count int) ([]readmodel.Item, int, error)
	// InPhase lists the conversations in one of the phases.
	InPhase(...conversation.Phase) ([]id.Conversation, error)
	// BegunSince lists those that began at a time or later.
	BegunSince(time.Time, ...conversation.Phase) ([]id.Conversation, error)
	// WaitFor returns when the model accounts for a position.
	WaitFor(context.Context, eventlog.Position) error
}

// Files keeps the bytes of attachments, sealed, and accounts for those that are
// in no message yet; an unsent.Register does. All methods are safe for
// concurrent use.
type Files interface {
	// Put stores all of r; a failed Put leaves nothing behind. An ID in use is
	// refused.
	Put(context.Context, unsent.Upload, io.Reader) (size int64, err error)
	// Open returns the bytes, or eventlog.ErrNotFound.
	Open(id.Attachment) (io.ReadSeekCloser, error)
	// Delete drops a file for good; one that is not there is no error.
	Delete(id.Attachment) error
	// Sent says that a message carries files.
	Sent(...id.Attachment)
}

// Options of a Hub. Everything without a default must be set.
type Options struct {
	Config *config.Config
	Engine *engine.Engine
	Model  Model
	Files  Files
	// Secret is 32 random bytes or more, kept for good: another secret makes
	// every guest a stranger.
	Secret []byte
	// PublicURL is where guests reach the hub, without trailing slash.
	PublicURL string
	// Asks tells with which priority a queue's conversations begin, and what they
	// ask of agents; default: with none, for nothing.
	Asks func(id.Queue) (priority int, skills []id.Skill)
	// AgentName is an agent's name for guests; default: the configured name.
	AgentName func(id.Agent) string
	// Typing is told that a contact types, and must return at once.
	Typing func(id.Conversation)
	Logger *slog.Logger     // default slog.Default
	Now    func() time.Time // default time.Now
	// Every is the pace of housekeeping: expiry, pings, forgotten uploads.
	// Default 1 s.
	Every time.Duration
	// Ping is how long a socket may be quiet before it is pinged; default 25 s.
	// One that stays quiet for three times as long is closed.
	Ping time.Duration
}

// Hub serves guests. Its methods are safe for concurrent use.
type Hub struct {
	o      Options
	keys   keys
	log    *slog.Logger
	rates  bool
	media  map[id.Deployment]*deployment
	secure bool // PublicURL is https

	commits    *queue[*engine.Commit]
	deliveries *queue[delivery]
	pictures   chan struct{} // holds a token while a picture is decoded
	cancel     func()        // ends the subscription

	ctx  context.Context // of everything the hub does by itself
	stop context.CancelFunc
	work sync.WaitGroup // sockets, writers, queues, housekeeping

	writeBuffers sync.Pool // gorilla's own
	readBuffers  sync.Pool // of *bytes.Buffer

	mu       sync.Mutex
	closed   bool
	sockets  map[*conn]struct{}
	sessions map[id.Guest]*session
	byConv   map[id.Conversation]*session
	uploads  map[id.Attachment]*upload
}

// New starts serving. Close it.
func New(o Options) (*Hub, error) {
	if len(o.Secret) < 32 {
		return nil, errors.New("the guests' secret needs at least 32 bytes")
	}
	public, err := url.Parse(o.PublicURL)
	if err != nil || public.Host == "" || (public.Scheme != "http" && public.Scheme != "https") {
		return nil, fmt.Errorf("publicUrl %q: want http:// or https:// and a host", o.PublicURL)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Ping <= 0 {
		o.Ping = 25 * time.Second
	}
	if o.Asks == nil {
		o.Asks = func(id.Queue) (int, []id.Skill) { return 0, nil }
	}
	if o.AgentName == nil {
		o.AgentName = agentNames(o.Config)
	}
	h := &Hub{
		o: o, keys: newKeys(o.Secret), log: o.Logger, secure: public.Scheme == "https",
		rates:    o.Config.Limits.Rates == nil || *o.Config.Limits.Rates,
		media:    map[id.Deployment]*deployment{},
		pictures: make(chan struct{}, 1),
		sockets:  map[*conn]struct{}{}, sessions: map[id.Guest]*session{},
		byConv: map[id.Conversation]*session{}, uploads: map[id.Attachment]*upload{},
	}
	for _, d := range o.Config.Deployments {
		h.media[d.ID] = newDeployment(d)
	}
	h.readBuffers.New = func() any { return new(bytes.Buffer) }
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.commits = newQueue(&h.work, 1, h.follow)
	h.deliveries = newQueue(&h.work, maxDeliveries, h.deliver)
	h.cancel = o.Engine.Subscribe(h.commits.put)
	h.work.Go(h.housekeeping)
	return h, nil
}

func agentNames(c *config.Config) func(id.Agent) string {
	names := map[id.Agent]string{}
	for _, u := range c.Users {
		names[u.ID] = u.Name
	}
	return func(a id.Agent) string { return names[a] }
}

// Close closes all sockets with "going away" and waits for what is under way.
// Guests reconnect to the next hub.
func (h *Hub) Close() {
	h.cancel()
	h.mu.Lock()
	h.closed = true
	sockets := make([]*conn, 0, len(h.sockets))
	for c := range h.sockets {
		sockets = append(sockets, c)
	}
	h.mu.Unlock()
	for _, c := range sockets {
		c.goAway()
	}
	h.stop()
	h.commits.close()
	h.deliveries.close()
	h.work.Wait()
}

// Routes adds the guests' addresses to mux.
func (h *Hub) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1", h.serveSocket)
	mux.HandleFunc("GET /api/v2/webmessaging/messages", h.serveHistory)
	mux.HandleFunc("OPTIONS /api/v2/webmessaging/messages", h.preflight("GET", "Authorization"))
	mux.HandleFunc("GET /webdeployments/v1/deployments/{deployment}/config.json", h.serveConfig)
	mux.HandleFunc("GET /webdeployments/v1/deployments/{deployment}/domains.json", h.serveDomains)
	mux.HandleFunc("PUT "+pathUploads+"{file}", h.serveUpload)
	mux.HandleFunc("OPTIONS "+pathUploads+"{file}", h.preflight("PUT", "Content-Type, "+uploadHeader))
	mux.HandleFunc("GET "+pathFiles+"{file}", h.serveFile)
}

// Typing shows a conversation's guest that the agent types. It is losable, and
// sent at most once in typingGap.
func (h *Hub) Typing(c id.Conversation, agentName string) {
	s := h.sessionOf(c)
	if s == nil || !*s.deployment.AgentTyping {
		return
	}
	now := h.now()
	if !s.mayType(now) {
		return
	}
	h.push(s, web.OutboundFrame(web.TypingEntity(string(s.guest), agentName, now)), nil)
}

func (h *Hub) now() time.Time { return h.o.Now().UTC().Truncate(time.Millisecond) }

// sessionOf returns the session in memory whose conversation c is, or nil.
func (h *Hub) sessionOf(c id.Conversation) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.byConv[c]
}
