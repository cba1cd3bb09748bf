// Package channels is the hub's side of every messaging channel but web
// messaging: it takes platforms' webhooks, and calls platforms with what agents
// write. What a request means and how a call looks is the connectors' (package
// channel and below); HTTP, storage, secrets, retries and time are this
// package's, once for all.
//
// In: a webhook is answered once everything that it tells is in the log. What a
// platform repeats is found there by the ID of a command that derives from
// account and platform ID. A contact's messages are one thread: they go into
// the conversation that is open, or begin another.
//
// Out: the log is followed. Each message is a task with a journal: what is about
// to be called is written down before, and what came of it after. A hub that
// was killed in between does not call again; it tells the connector that the
// answer is missing, and what remains unclear is asked, or awaited, never
// repeated.
package channels

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/instagram"
	"parley/backend/channel/messenger"
	"parley/backend/channel/open"
	"parley/backend/channel/sms"
	"parley/backend/channel/whatsapp"
	"parley/backend/channel/x"
	"parley/backend/eventlog"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// Model finds conversations; readmodel.Model does.
type Model interface {
	ByGuest(id.Guest) ([]id.Conversation, error)
	WaitFor(ctx context.Context, p eventlog.Position) error
	Transcript(c id.Conversation, from, count int) ([]readmodel.Item, int, error)
	Place(c id.Conversation, m id.Message) (int, error)
}

// Files keeps the bytes of attachments, sealed, and removes those that never get
// into a message; unsent.Register does.
type Files interface {
	Put(ctx context.Context, u unsent.Upload, r io.Reader) (size int64, err error)
	Open(a id.Attachment) (io.ReadSeekCloser, error)
	Delete(a id.Attachment) error
	// Sent says that a message that is in the log carries these.
	Sent(...id.Attachment)
}

// Eraser makes sealed content unreadable for ever; vault.Vault does.
type Eraser interface {
	Erase(ctx context.Context, keys ...string) error
}

// Options of the channels. All but those with a default must be set.
type Options struct {
	Endpoints []config.Channel
	Engine    *engine.Engine
	Log       eventlog.Log // is followed for what goes out
	Model     Model
	Files     Files
	Vault     Eraser
	// Secret is 32 bytes that names of contacts and commands, and addresses of
	// files, are made with. With another secret no contact is known again.
	Secret []byte
	// Dir holds what is under way.
	Dir       string
	PublicURL string
	// Demo lets calls go to loopback.
	Demo bool
	// Asks tells with which priority a queue's conversations begin, and what they
	// ask for.
	Asks func(id.Queue) (priority int, skills []id.Skill)
	// Typing tells desks that a conversation's contact types. It returns at once.
	Typing func(id.Conversation)
	// AgentName is what contacts are told of an agent.
	AgentName func(id.Agent) string
	Logger    *slog.Logger     // default slog.Default
	Now       func() time.Time // default time.Now
}

// Hub serves the channels. Its methods are safe for concurrent use.
type Hub struct {
	o          Options
	log        *slog.Logger
	keys       keys
	connectors map[channel.Kind]channel.Connector
	endpoints  []*endpoint
	accounts   map[accountKey]*account
	caller     *caller
	threads    threads
	stories    stories
	skipped    counter
	pictures   chan struct{} // holds one while a picture is decoded
	bodies     chan struct{} // holds one for each webhook that is being taken on

	ctx  context.Context // of what the hub does by itself
	stop context.CancelFunc
	work sync.WaitGroup

	follower follower
}

// accountKey names an account over all kinds.
type accountKey struct {
	kind channel.Kind
	id   string
}

// Connectors are the codecs of the channels that this package serves.
func Connectors() map[channel.Kind]channel.Connector {
	return map[channel.Kind]channel.Connector{
		channel.Messenger: messenger.Connector{}, channel.Instagram: instagram.Connector{}, channel.WhatsApp: whatsapp.Connector{},
		channel.X: x.Connector{}, channel.SMS: sms.Connector{}, channel.Open: open.Connector{},
	}
}

// maxWebhooks is how many webhooks are taken on at once; others wait.
const maxWebhooks = 64

// New makes the channels. Start follows the log; Close ends both.
func New(o Options) (*Hub, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Hub{
		o: o, log: o.Logger, keys: newKeys(o.Secret), connectors: Connectors(), accounts: map[accountKey]*account{},
		skipped: counter{of: map[string]int{}}, pictures: make(chan struct{}, 1), bodies: make(chan struct{}, maxWebhooks),
	}
	h.threads.init()
	h.stories.init()
	h.ctx, h.stop = context.WithCancel(context.Background())
	for _, c := range o.Endpoints {
		if err := h.add(c); err != nil {
			h.stop()
			return nil, err
		}
	}
	h.caller = newCaller(o.Demo)
	if err := h.follower.open(h); err != nil {
		h.stop()
		return nil, err
	}
	return h, nil
}

// Start resumes what was under way and follows the log from where it was left.
func (h *Hub) Start() {
	for _, a := range h.accounts {
		h.work.Go(a.lane.watch)
	}
	h.work.Go(h.resume)
	h.work.Go(func() { h.follower.run(h.ctx) })
}

// Close ends calls under way and waits for all work. What is not done goes on at
// the next start.
func (h *Hub) Close() {
	h.stop()
	h.work.Wait()
	if err := h.follower.save(); err != nil {
		h.log.Error("how far messages were sent cannot be stored", "error", err)
	}
}

// Routes adds the platforms' addresses to mux.
func (h *Hub) Routes(mux *http.ServeMux) {
	mux.HandleFunc("/webhooks/{kind}/{endpoint}", h.webhook)
	mux.HandleFunc("GET "+PathFiles+"{grant}", h.serveFile)
	mux.HandleFunc(open.PathToken, h.openCall)
	mux.HandleFunc("/api/v2/conversations/messages/", h.openCall)
}

// Profile is what an account can do and may do. An account that is no longer
// configured has the profile of its kind.
func (h *Hub) Profile(kind channel.Kind, id string) channel.Profile {
	if a := h.accounts[accountKey{kind, id}]; a != nil {
		return a.profile
	}
	if c := h.connectors[kind]; c != nil {
		return c.Profile(channel.Account{Kind: kind})
	}
	return channel.Profile{Kind: kind}
}

// Profiles are one profile for each kind in use, the first account's, in the
// order of channel.Kinds.
func (h *Hub) Profiles() []channel.Profile {
	var out []channel.Profile
	for _, kind := range channel.Kinds() {
		for _, e := range h.endpoints {
			if e.config.Kind == kind && len(e.config.Accounts) > 0 {
				out = append(out, h.Profile(kind, e.config.Accounts[0].ID))
				break
			}
		}
	}
	return out
}

// Context ends when the channels do.
func (h *Hub) Context() context.Context { return h.ctx }

// now is the clock in the log's precision.
func (h *Hub) now() time.Time { return h.o.Now().UTC().Truncate(time.Millisecond) }

// actor is how commits name a channel.
func actor(k channel.Kind) string { return "channel:" + string(k) }

// counter counts by word, and says which counts are new.
type counter struct {
	mu sync.Mutex
	of map[string]int
}

// maxWords bounds the words that are counted one by one.
const maxWords = 1000

func (c *counter) add(word string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.of[word]; !known && len(c.of) >= maxWords {
		word = "other"
	}
	c.of[word]++
	return c.of[word]
}

// Skipped are the parts of webhooks that meant nothing, counted by channel and
// kind, such as "whatsapp/field:flows".
func (h *Hub) Skipped() map[string]int {
	h.skipped.mu.Lock()
	defer h.skipped.mu.Unlock()
	out := make(map[string]int, len(h.skipped.of))
	for k, n := range h.skipped.of {
		out[k] = n
	}
	return out
}

// skip counts something that means nothing here, and logs the first, the tenth,
// the hundredth and so on of its kind.
func (h *Hub) skip(k channel.Kind, kind, reason string) {
	n := h.skipped.add(string(k) + "/" + kind)
	for ten := 1; ten <= n; ten *= 10 {
		if n == ten {
			h.log.Info("a part of a webhook was skipped", "channel", k, "kind", kind, "reason", reason, "times", n)
		}
	}
}
