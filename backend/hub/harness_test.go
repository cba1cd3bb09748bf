package hub_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub"
	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

const (
	password = "correct horse battery"
	patience = 20 * time.Second // how long a test waits for what must come
)

var hash = sync.OnceValue(func() string { return auth.Hash(password) })

const organisation = `
organisation: Tarn & Fell
listen: 127.0.0.1:0
capacity: {web: 2}
users:
  - {id: ann, name: Ann, passwordHash: "HASH"}
  - {id: bob, name: Bob, passwordHash: "HASH"}
queues:
  - id: web
    name: Web
    members: [ann, bob]
    alertTimeoutSeconds: 30
    acwSeconds: 60
    defaultCode: done
    codes: [{id: done, name: Done}, {id: refund, name: Refund}]
deployments:
  - {id: shop, name: Shop, queue: web, allowedOrigins: ["https://shop.example"]}
`

// running is a hub in this process, on loopback.
type running struct {
	t      *testing.T
	data   string
	config *config.Config
	log    badger.Options
	pace   time.Duration // hub.Options.Stall
	ahead  atomic.Int64  // how far the clock is ahead, in nanoseconds
	words  *words        // its log

	url  string
	stop func()
}

type words struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed at the next word; nil while nobody waits
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.more != nil {
		close(w.more)
		w.more = nil
	}
	return w.b.Write(p)
}

// until waits until a text stands in the log.
func (w *words) until(t *testing.T, text string) {
	t.Helper()
	late := time.After(patience)
	for {
		w.mu.Lock()
		said := strings.Contains(w.b.String(), text)
		if w.more == nil {
			w.more = make(chan struct{})
		}
		more := w.more
		w.mu.Unlock()
		if said {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("the hub never said %q", text)
		}
	}
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func parse(t *testing.T, yaml string) *config.Config {
	t.Helper()
	c, err := config.Parse("test", []byte(strings.ReplaceAll(yaml, "HASH", hash())))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newHub(t *testing.T) *running {
	return &running{t: t, data: t.TempDir(), config: parse(t, organisation), log: badger.Small(), words: &words{}}
}

func startHub(t *testing.T) *running {
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.start()
	return h
}

func (h *running) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan hub.Ready, 1), make(chan error, 1)
	go func() {
		done <- hub.Run(ctx, hub.Options{
			Data: h.data, Config: h.config, Log: h.log, Logger: slog.New(slog.NewTextHandler(h.words, nil)), Stall: h.pace,
			Ready: func(r hub.Ready) { ready <- r },
			Now:   func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) },
		})
	}()
	select {
	case r := <-ready:
		h.url = r.URL
	case err := <-done:
		cancel()
		h.t.Fatalf("the hub did not start: %v", err)
	}
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("the hub ended with %v", err)
		}
	})
	h.t.Cleanup(h.stop)
}

// call makes a request of the desk API and returns status and body.
func (h *running) call(method, path, token string, body any, change ...func(*http.Request)) (int, []byte) {
	h.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, in)
	if err != nil {
		h.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, c := range change {
		c(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (h *running) signIn(user, device string) string {
	h.t.Helper()
	status, body := h.call(http.MethodPost, protocol.PathSession, "", protocol.SignIn{User: user, Password: password, Device: device})
	var in protocol.SignedIn
	if err := json.Unmarshal(body, &in); err != nil || status != http.StatusOK {
		h.t.Fatalf("sign in: %d %s", status, body)
	}
	return in.Token
}

// desk is a desk reduced to what it must hold: folds of the streams that it was
// sent, which verify every chain, and the bodies.
type desk struct {
	t     *testing.T
	user  string
	token string
	ws    *websocket.Conn

	epoch   string
	agent   *agent.State
	convs   map[id.Conversation]*conversation.State
	bodies  map[id.Message]message.Body
	order   map[id.Conversation][]id.Message
	contact map[id.Conversation]protocol.Contact
	resets  int
	commits int
	// deliveries are how far its messages have come.
	deliveries map[id.Message]message.Delivery
	unsent     map[id.Conversation][]id.Message
	changed    map[id.Conversation][]id.Message
	acks       map[id.Command]protocol.Ack
	nacks      map[id.Command]protocol.Nack
	typing     map[id.Conversation]bool
	queues     protocol.Queues
	bye        *protocol.Problem
	synced     bool
}

func newDesk(t *testing.T, user, token string) *desk {
	return &desk{
		t: t, user: user, token: token, agent: &agent.State{}, convs: map[id.Conversation]*conversation.State{},
		bodies: map[id.Message]message.Body{}, order: map[id.Conversation][]id.Message{}, contact: map[id.Conversation]protocol.Contact{},
		deliveries: map[id.Message]message.Delivery{}, unsent: map[id.Conversation][]id.Message{}, changed: map[id.Conversation][]id.Message{},
		acks: map[id.Command]protocol.Ack{}, nacks: map[id.Command]protocol.Nack{}, typing: map[id.Conversation]bool{},
	}
}

func (h *running) desk(user string) *desk {
	h.t.Helper()
	d := newDesk(h.t, user, h.signIn(user, "test"))
	d.connect(h.url)
	return d
}

func (d *desk) dial(url string) error {
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+protocol.PathSocket, http.Header{"Authorization": {"Bearer " + d.token}})
	if err != nil {
		return err
	}
	d.ws, d.synced, d.bye, d.resets, d.commits = ws, false, nil, 0, 0
	return nil
}

// connect opens the socket, says hello and waits until all is complete.
func (d *desk) connect(url string) {
	d.t.Helper()
	if err := d.dial(url); err != nil {
		d.t.Fatal(err)
	}
	ws := d.ws
	d.t.Cleanup(func() { _ = ws.Close() })
	d.until("welcome", func() bool { return d.epoch != "" })
	d.hello()
	d.until("complete", func() bool { return d.synced })
}

func (d *desk) hello() {
	h := protocol.Hello{Epoch: d.epoch}
	if d.agent.Rev > 0 {
		h.Have = append(h.Have, protocol.Held{Stream: eventlog.Stream{Kind: eventlog.Agent, ID: d.user}, Rev: d.agent.Rev, Hash: hex.EncodeToString(d.agent.Hash[:])})
	}
	for c, s := range d.convs {
		h.Have = append(h.Have, protocol.Held{Stream: eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}, Rev: s.Rev, Hash: hex.EncodeToString(s.Hash[:])})
	}
	d.send(protocol.ToHub{Hello: &h})
}

func (d *desk) send(f protocol.ToHub) {
	d.t.Helper()
	if err := d.ws.WriteJSON(f); err != nil {
		d.t.Fatal(err)
	}
}

// until takes frames until done.
func (d *desk) until(what string, done func() bool) {
	d.t.Helper()
	for !done() {
		if err := d.step(); err != nil {
			d.t.Fatalf("%s waits for %s: %v", d.user, what, err)
		}
	}
}

// errWrong: the hub did what it must not; all other errors of frames are the
// connection's.
var errWrong = errors.New("wrong")

// step takes one frame.
func (d *desk) step() error {
	_ = d.ws.SetReadDeadline(time.Now().Add(patience))
	var f protocol.ToDesk
	if err := d.ws.ReadJSON(&f); err != nil {
		return err
	}
	switch {
	case f.Welcome != nil:
		d.epoch = f.Welcome.Epoch
	case f.Commits != nil:
		if err := d.take(*f.Commits); err != nil {
			return fmt.Errorf("%w: %w", errWrong, err)
		}
	case f.Forget != nil:
		for _, s := range f.Forget.Streams {
			delete(d.convs, id.Conversation(s.ID))
			delete(d.order, id.Conversation(s.ID))
		}
	case f.Complete != nil:
		d.synced = true
	case f.Ack != nil:
		d.acks[f.Ack.ID] = *f.Ack
	case f.Nack != nil:
		d.nacks[f.Nack.ID] = *f.Nack
	case f.Typing != nil:
		d.typing[f.Typing.Conversation] = true
	case f.Queues != nil:
		d.queues = *f.Queues
	case f.Bye != nil:
		d.bye = f.Bye
	}
	return nil
}

// take folds commits. A gap, a repetition or a broken chain is an error.
func (d *desk) take(f protocol.Commits) error {
	conv := id.Conversation(f.Stream.ID)
	if f.Reset {
		d.resets++
		if f.Stream.Kind == eventlog.Agent {
			d.agent = &agent.State{}
		} else {
			d.convs[conv], d.order[conv] = &conversation.State{}, nil
		}
	}
	if f.Contact != nil {
		d.contact[conv] = *f.Contact
	}
	for _, b := range f.Commits {
		c, err := eventlog.Decode(b)
		if err != nil {
			return err
		}
		d.commits++
		s := eventlog.Stored{Commit: c, Hash: eventlog.HashOf(b)}
		if f.Stream.Kind == eventlog.Agent {
			if c.Rev <= d.agent.Rev {
				return fmt.Errorf("%s rev %d comes twice", f.Stream, c.Rev)
			}
			if err := d.agent.Apply(s); err != nil {
				return err
			}
			continue
		}
		state := d.convs[conv]
		if state == nil {
			return fmt.Errorf("%s comes without its beginning", f.Stream)
		}
		if c.Rev <= state.Rev {
			return fmt.Errorf("%s rev %d comes twice", f.Stream, c.Rev)
		}
		if err := state.Apply(s); err != nil {
			return err
		}
		for _, e := range c.Events {
			switch e := conversation.Decode(e).(type) {
			case conversation.MessageReceived:
				d.order[conv] = append(d.order[conv], e.Message)
			case conversation.MessageSent:
				d.order[conv] = append(d.order[conv], e.Message)
			case conversation.DeliveryChanged:
				d.deliveries[e.Message] = e.State
			case conversation.MessageUnsent:
				d.unsent[conv] = append(d.unsent[conv], e.Message)
			case conversation.MessageChanged:
				d.changed[conv] = append(d.changed[conv], e.Content)
			}
		}
	}
	for m, b := range f.Bodies {
		d.bodies[m] = b
	}
	return nil
}

// texts are a conversation's messages as the desk shows them.
func (d *desk) texts(conv id.Conversation) []string {
	var out []string
	for _, m := range d.order[conv] {
		out = append(out, d.bodies[m].Text)
	}
	return out
}

// command sends a command and waits for its answer; nil if it was done.
func (d *desk) command(c protocol.Command) *protocol.Problem {
	d.t.Helper()
	if c.ID == "" {
		c.ID = id.Command(id.New())
	}
	delete(d.acks, c.ID)
	delete(d.nacks, c.ID)
	d.send(protocol.ToHub{Command: &c})
	d.until("an answer", func() bool { return d.acks[c.ID].ID != "" || d.nacks[c.ID].ID != "" })
	if n, refused := d.nacks[c.ID]; refused {
		return &n.Problem
	}
	return nil
}

func (d *desk) must(c protocol.Command) {
	d.t.Helper()
	if p := d.command(c); p != nil {
		d.t.Fatalf("%s: refused with %+v", d.user, *p)
	}
}

func (d *desk) onQueue() {
	d.t.Helper()
	d.must(protocol.Command{Presence: &protocol.SetPresence{Presence: string(agent.OnQueue)}})
}

// inPhase waits until exactly one conversation is in a phase, and returns it.
func (d *desk) inPhase(p conversation.Phase) (conv id.Conversation) {
	d.t.Helper()
	d.until("a conversation "+string(p), func() bool {
		for c, s := range d.convs {
			if s.Phase == p {
				conv = c
				return true
			}
		}
		return false
	})
	return conv
}

func (d *desk) leg(conv id.Conversation) protocol.OnLeg {
	return protocol.OnLeg{Conversation: conv, Communication: d.convs[conv].Leg.Communication}
}

func (d *desk) say(conv id.Conversation, text string) *protocol.Problem {
	d.t.Helper()
	return d.command(protocol.Command{Send: &protocol.Send{Conversation: conv, Message: id.Message(id.New()), Body: message.Body{Text: text}}})
}
