package guest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// The limits of the protocol.
const (
	maxConnections    = 3    // sockets of one token
	maxTextBytes      = 4096 // of one message
	maxAttributeBytes = 2048 // of all custom attributes
	messagesPerSecond = 5    // of one session
	maxRequests       = 60   // per minute and socket
	maxHealthChecks   = 2    // per minute and socket
	maxConfigures     = 60   // per minute and session
	maxHistory        = 10   // per minute and session

	// linger is how long a session without sockets stays in memory; it is longer
	// than absence, so that a hub that has not restarted knows how long a guest
	// was away.
	linger  = 60 * time.Second
	absence = 30 * time.Second // after which a return is told to agent and queue
	// typingGap is the shortest time between two typing frames; each holds 5 s.
	typingGap = 2 * time.Second
)

// session is a guest's session while somebody uses it. Nothing in it is the
// only copy of anything that must last.
type session struct {
	guest      id.Guest
	contact    id.Contact
	deployment *deployment

	// write is held while the guest's requests change conversations, so that
	// they take effect in the order of their arrival. It comes before mu.
	write  sync.Mutex
	loaded bool // under write

	messages, configures, history *rate.Limiter

	mu       sync.Mutex
	conns    []*conn           // oldest first
	convs    []id.Conversation // the session's own, oldest first
	before   id.Conversation   // the last one of the session before; "" if none
	open     bool              // the last of convs takes messages
	readOnly bool
	fresh    bool      // nobody has configured it yet
	over     bool      // cleared or expired; a new configure makes another
	lastAt   time.Time // last message, or the session's beginning
	leftAt   time.Time // when the last socket left; zero while there is one
	typedAt  time.Time // last typing frame to the guest
}

// actor is how commits name the guest.
func (s *session) actor() string { return "guest:" + string(s.guest) }

// expiry is when the session ends without another message. s.mu is held.
func (s *session) expiry() time.Time { return s.lastAt.Add(s.deployment.Session()) }

// last is the session's latest conversation, or "".
func (s *session) last() (c id.Conversation, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.convs) == 0 {
		return "", false
	}
	return s.convs[len(s.convs)-1], s.open
}

func (s *session) mayType(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) == 0 || now.Sub(s.typedAt) < typingGap {
		return false
	}
	s.typedAt = now
	return true
}

func (s *session) touched(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.lastAt) {
		s.lastAt = at
	}
}

// enter gives the session of a guest, made if need be. With a socket it is
// attached at once, so that nobody forgets the session in between.
func (h *Hub) enter(g id.Guest, d *deployment, c *conn) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[g]
	if s == nil {
		s = &session{guest: g, contact: id.Contact("web-" + string(g)), deployment: d, fresh: true, lastAt: h.now(), leftAt: h.now()}
		if h.rates {
			s.messages = rate.NewLimiter(messagesPerSecond, messagesPerSecond)
			s.configures = rate.NewLimiter(rate.Every(time.Minute/maxConfigures), maxConfigures)
			s.history = rate.NewLimiter(rate.Every(time.Minute/maxHistory), maxHistory)
		}
		h.sessions[g] = s
	}
	if c != nil {
		h.attach(s, c)
	}
	return s
}

// attach adds a socket to a session; the oldest of too many is closed. h.mu is
// held.
func (h *Hub) attach(s *session, c *conn) {
	s.mu.Lock()
	var oldest *conn
	if !slices.Contains(s.conns, c) {
		s.conns = append(s.conns, c)
		if len(s.conns) > maxConnections {
			oldest = s.conns[0]
			s.conns = slices.Delete(s.conns, 0, 1)
		}
	}
	s.mu.Unlock()
	c.mu.Lock()
	c.session, c.expired = s, false
	c.mu.Unlock()
	if oldest != nil {
		h.part(oldest)
		oldest.send(web.ConnectionClosed(""))
		oldest.close(1000)
	}
}

// part takes its session from a socket that has been taken from the session.
func (h *Hub) part(c *conn) {
	c.mu.Lock()
	c.session, c.left = nil, time.Now()
	c.mu.Unlock()
}

// detach takes a socket from its session.
func (h *Hub) detach(c *conn) {
	s := c.in()
	if s == nil {
		return
	}
	h.part(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.conns, c); i >= 0 {
		s.conns = slices.Delete(s.conns, i, i+1)
		if len(s.conns) == 0 {
			s.conns, s.leftAt = nil, h.now()
		}
	}
}

// detachAll takes all sockets but one from a session.
func (h *Hub) detachAll(s *session, but *conn) []*conn {
	s.mu.Lock()
	var gone, kept []*conn
	for _, c := range s.conns {
		if c == but {
			kept = append(kept, c)
		} else {
			gone = append(gone, c)
		}
	}
	s.conns = kept
	if len(kept) == 0 {
		s.leftAt = h.now()
	}
	s.mu.Unlock()
	for _, c := range gone {
		h.part(c)
	}
	return gone
}

// push sends a frame to all sockets of a session. done, if any, is told once
// whether at least one of them took it.
func (h *Hub) push(s *session, frame []byte, done func(bool)) {
	s.mu.Lock()
	conns := slices.Clone(s.conns)
	s.mu.Unlock()
	if done == nil {
		for _, c := range conns {
			c.send(frame)
		}
		return
	}
	if len(conns) == 0 {
		done(false)
		return
	}
	var (
		mu   sync.Mutex
		left = len(conns)
		told bool
	)
	report := func(written bool) {
		mu.Lock()
		left--
		tell := !told && (written || left == 0)
		told = told || tell
		mu.Unlock()
		if tell {
			done(written)
		}
	}
	for _, c := range conns {
		c.enqueue(outgoing{kind: 1, frame: frame, done: report})
	}
}

// remember makes a conversation the session's latest, so that commits about it
// find the session. forget undoes it.
func (h *Hub) remember(s *session, c id.Conversation, open bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.byConv[c] = s
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.convs); n == 0 || s.convs[n-1] != c {
		s.convs = append(s.convs, c)
	}
	s.open = open
}

func (h *Hub) forget(s *session, c id.Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.byConv, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.convs); n > 0 && s.convs[n-1] == c {
		s.convs, s.open = s.convs[:n-1], false
	}
}

// remove drops a session from memory. h.mu is held.
func (h *Hub) remove(s *session) {
	if h.sessions[s.guest] == s {
		delete(h.sessions, s.guest)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	for _, c := range s.convs {
		if h.byConv[c] == s {
			delete(h.byConv, c)
		}
	}
}

// load reads a session from the read model, once. s.write is held. It says
// whether the session was already alive there.
func (h *Hub) load(ctx context.Context, s *session) (alive bool, err error) {
	if s.loaded {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	if err := h.o.Model.WaitFor(ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return false, fmt.Errorf("wait for the read model: %w", err)
	}
	d, err := h.derive(s.guest, s.deployment)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	for _, c := range d.convs {
		h.byConv[c] = s
	}
	h.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.convs, s.before, s.open, s.readOnly = d.convs, d.before, d.open, d.readOnly
	if len(d.convs) > 0 {
		s.lastAt, s.fresh = d.lastAt, false
	}
	s.loaded = true
	return len(d.convs) > 0, nil
}

// modelTimeout is how long the read model may be behind the log.
const modelTimeout = 10 * time.Second

// derived is what the log says of a guest's session.
type derived struct {
	convs          []id.Conversation
	before         id.Conversation
	open, readOnly bool
	lastAt         time.Time
}

// derive walks a guest's conversations from the newest back to where the
// session began: a cleared or expired conversation ends the one before, and so
// does any ended one where the end makes sessions read-only.
func (h *Hub) derive(g id.Guest, d *deployment) (derived, error) {
	all, err := h.o.Model.ByGuest(g)
	if err != nil {
		return derived{}, fmt.Errorf("find the guest's conversations: %w", err)
	}
	slices.Sort(all)
	var out derived
	next := h.now() // when what came after a conversation began
	for i := len(all) - 1; i >= 0; i-- {
		st, err := h.o.Model.ConversationState(all[i])
		if err != nil {
			return derived{}, fmt.Errorf("read conversation %s: %w", all[i], err)
		}
		newest := len(out.convs) == 0
		gone, err := h.gone(st, next, d)
		if err != nil {
			return derived{}, err
		}
		if gone || (!newest && d.Disconnect == "ReadOnly") {
			out.before = all[i]
			break
		}
		if newest {
			out.open = st.Phase != conversation.Done && st.Phase != conversation.AfterCall
			out.readOnly = d.Disconnect == "ReadOnly" && !out.open
			out.lastAt = lastAt(st)
		}
		out.convs = append(out.convs, all[i])
		next = st.StartedAt
	}
	slices.Reverse(out.convs)
	return out, nil
}

func lastAt(st *conversation.State) time.Time {
	if st.LastAt.IsZero() {
		return st.StartedAt
	}
	return st.LastAt
}

// tailItems is how far back in a transcript a clear can lie: after it come at
// most the end, the wrap-up and their like.
const tailItems = 16

// gone says whether a conversation belongs to a session that is over.
func (h *Hub) gone(st *conversation.State, next time.Time, d *deployment) (bool, error) {
	if st.EndReason == "cleared" || st.EndReason == "expired" || !next.Before(lastAt(st).Add(d.Session())) {
		return true, nil
	}
	if st.EndReason == "" {
		return false, nil
	}
	// A conversation that had ended already may have been cleared afterwards.
	_, total, err := h.o.Model.Transcript(st.ID, 0, 0)
	if err != nil {
		return false, fmt.Errorf("read the transcript of %s: %w", st.ID, err)
	}
	items, _, err := h.o.Model.Transcript(st.ID, total-tailItems, tailItems)
	if err != nil && !errors.Is(err, readmodel.ErrNotFound) {
		return false, fmt.Errorf("read the transcript of %s: %w", st.ID, err)
	}
	return slices.ContainsFunc(items, func(it readmodel.Item) bool { return it.Event == readmodel.ItemContactCleared }), nil
}
