package channels

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// thread is a contact on an account while something happens there. Nothing in it
// is the only copy of anything that must last.
type thread struct {
	account *account
	from    string // the contact's ID on the channel
	guest   id.Guest
	contact id.Contact
	users   int // guarded by threads

	// mu is held while the contact's events change conversations, so that they
	// take effect in the order of their arrival.
	mu       sync.Mutex
	loaded   bool
	conv     id.Conversation // the latest, "" = none
	person   channel.Person  // as told last
	consent  *bool           // opted out, or in, before there was a conversation
	lookedUp time.Time       // when the platform was last asked who they are
}

// threads are those in use, and some that were.
type threads struct {
	mu sync.Mutex
	by map[id.Guest]*thread
}

// maxThreads is how many threads stay in memory beyond those in use.
const maxThreads = 32_768

func (t *threads) init() { t.by = map[id.Guest]*thread{} }

// enter returns a contact's thread, to be given back by leave.
func (h *Hub) enter(a *account, from string) *thread {
	g := h.keys.guest(a.Kind, a.ID, from)
	all := &h.threads
	all.mu.Lock()
	defer all.mu.Unlock()
	t := all.by[g]
	if t == nil {
		if len(all.by) >= maxThreads {
			for other, old := range all.by {
				if old.users == 0 {
					delete(all.by, other)
				}
			}
		}
		t = &thread{account: a, from: from, guest: g, contact: contactOf(a.Kind, g)}
		all.by[g] = t
	}
	t.users++
	return t
}

func (h *Hub) leave(t *thread) {
	h.threads.mu.Lock()
	t.users--
	h.threads.mu.Unlock()
}

// modelTimeout is how long the read model may be behind the log.
const modelTimeout = 10 * time.Second

// load finds the contact's latest conversation, once: under this ID, or under
// another that the platform says is the same person's. t.mu is held.
func (h *Hub) load(ctx context.Context, t *thread, also ...string) error {
	if t.loaded && (t.conv != "" || len(also) == 0) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	if err := h.o.Model.WaitFor(ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return fmt.Errorf("wait for the read model: %w", err)
	}
	names := []id.Guest{t.guest}
	for _, other := range also {
		names = append(names, h.keys.guest(t.account.Kind, t.account.ID, other))
	}
	var all []id.Conversation
	for _, g := range names {
		list, err := h.o.Model.ByGuest(g)
		if err != nil {
			return fmt.Errorf("find a contact's conversations: %w", err)
		}
		all = append(all, list...)
	}
	if t.loaded = true; len(all) > 0 {
		t.conv = slices.Max(all) // IDs sort by time
	}
	return nil
}

// conversations are the contact's latest ones, newest first, at most n.
func (h *Hub) conversations(ctx context.Context, t *thread, n int) ([]id.Conversation, error) {
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	if err := h.o.Model.WaitFor(ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return nil, fmt.Errorf("wait for the read model: %w", err)
	}
	all, err := h.o.Model.ByGuest(t.guest)
	if err != nil {
		return nil, fmt.Errorf("find a contact's conversations: %w", err)
	}
	if t.conv != "" && !slices.Contains(all, t.conv) {
		all = append(all, t.conv)
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all[:min(n, len(all))], nil
}
