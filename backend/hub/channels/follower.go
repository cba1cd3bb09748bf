package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/id"
	"parley/backend/message"
)

// follower goes through the log for what is to be done outside: messages to
// send, content to erase. Its cursor is that of the first commit that is not
// done with; from there a restarted hub goes on, and what is done by then, the
// log or a journal says.
type follower struct {
	h    *Hub
	file string

	mu       sync.Mutex
	at       uint64              // the last commit that was looked at
	underway map[uint64]struct{} // commits that are not done with
	saved    uint64
}

type cursor struct {
	Epoch string `json:"epoch"`
	Pos   uint64 `json:"pos"`
}

const cursorFile = "cursor.json"

func (f *follower) open(h *Hub) error {
	f.h, f.file, f.underway = h, filepath.Join(h.o.Dir, cursorFile), map[uint64]struct{}{}
	if err := os.MkdirAll(h.o.Dir, 0o700); err != nil {
		return fmt.Errorf("make the directory of what is under way: %w", err)
	}
	data, err := os.ReadFile(f.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var c cursor
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil {
		h.log.Error("how far messages were sent cannot be read; the log is followed from its beginning", "file", f.file, "error", err)
		return nil
	}
	tail, err := h.o.Log.Tail(h.ctx, 0)
	if err != nil {
		return fmt.Errorf("find the log's end: %w", err)
	}
	if c.Epoch == h.o.Log.Epoch() && c.Pos <= tail.Pos {
		f.at, f.saved = c.Pos, c.Pos
	}
	return nil
}

// cursor is the position before the first commit that is not done with.
func (f *follower) cursor() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.at
	for pos := range f.underway {
		c = min(c, pos-1)
	}
	return c
}

func (f *follower) save() error {
	c := cursor{Epoch: f.h.o.Log.Epoch(), Pos: f.cursor()}
	if c.Pos == f.saved {
		return nil
	}
	data, err := json.Marshal(c)
	if err == nil {
		err = auth.WriteFile(f.file, data)
	}
	if err == nil {
		f.saved = c.Pos
	}
	return err
}

// saveEvery is how many commits lie between two stored cursors.
const saveEvery = 5000

func (f *follower) run(ctx context.Context) {
	for c, err := range f.h.o.Log.Follow(ctx, 0, f.at) {
		if errors.Is(err, eventlog.ErrDamaged) {
			f.h.log.Error("a commit is damaged; if it was a message it is not sent", "position", c.Pos)
			continue
		}
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, eventlog.ErrClosed) {
				f.h.log.Error("the channels cannot follow the log", "error", err)
			}
			return
		}
		f.commit(ctx, c)
		f.mu.Lock()
		f.at = c.Pos
		f.mu.Unlock()
		if c.Pos%saveEvery == 0 {
			if err := f.save(); err != nil {
				f.h.log.Error("how far messages were sent cannot be stored", "error", err)
			}
		}
	}
}

// begin notes that a commit is not done with; the returned function, that it is.
func (f *follower) begin(pos uint64) (done func()) {
	f.mu.Lock()
	f.underway[pos] = struct{}{}
	f.mu.Unlock()
	return func() {
		f.mu.Lock()
		delete(f.underway, pos)
		f.mu.Unlock()
	}
}

// commit looks at one commit.
func (f *follower) commit(ctx context.Context, c eventlog.Stored) {
	if c.Stream.Kind != eventlog.Conversation {
		return
	}
	conv := id.Conversation(c.Stream.ID)
	for _, stored := range c.Events {
		switch stored.Type {
		case "message_sent", "message_unsent", "read_by_agent":
		default:
			continue
		}
		switch e := conversation.Decode(stored).(type) {
		case conversation.MessageSent:
			f.sent(ctx, conv, c, e)
		case conversation.MessageUnsent:
			f.unsent(ctx, conv, c.Pos, e.Message)
		case conversation.ReadByAgent:
			f.read(ctx, conv, c.At)
		}
	}
}

// sent queues a message that is to be sent, if it is not already.
func (f *follower) sent(ctx context.Context, conv id.Conversation, c eventlog.Stored, e conversation.MessageSent) {
	if e.Auto == Elsewhere {
		return
	}
	st, err := f.h.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		if ctx.Err() == nil {
			f.h.log.Error("a message cannot be sent: its conversation cannot be read", "conversation", conv, "message", e.Message, "error", err)
		}
		return
	}
	if st.Channel == channel.Web || st.Outstanding[e.Message] != message.Sending {
		return
	}
	out := outgoing{h: f.h, conv: conv, rev: c.Rev, at: c.At, event: e, contact: st.Contact}
	a := f.h.accounts[accountKey{st.Channel, st.Account}]
	if a == nil {
		out.record(ctx, channel.Receipt{State: message.Failed, Reason: "this account is no longer configured"})
		return
	}
	out.a = a
	done := f.begin(c.Pos)
	a.lane.track(e.Message, conv, true)
	a.lane.add(st.Contact, func() {
		if out.send(f.h.ctx) {
			a.lane.track(e.Message, "", false)
			done()
		}
	})
}

// unsent erases what a message held, until it is done.
func (f *follower) unsent(ctx context.Context, conv id.Conversation, pos uint64, m id.Message) {
	done := f.begin(pos)
	f.h.work.Go(func() {
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := f.h.erase(ctx, place{conv: conv, message: m})
			if err == nil {
				done()
				return
			}
			if ctx.Err() == nil {
				f.h.log.Error("a message that was taken back is not erased yet", "conversation", conv, "message", m, "retry_in", wait, "error", err)
			}
			if pause(ctx, wait) != nil {
				return
			}
		}
	})
}

// fresh is how old a reading may be that the contact is told of.
const fresh = time.Minute

// read tells the contact that the agent has read; it can be lost.
func (f *follower) read(ctx context.Context, conv id.Conversation, at time.Time) {
	if f.h.now().Sub(at) > fresh {
		return
	}
	st, err := f.h.o.Engine.ConversationState(ctx, conv)
	if err != nil || st.Channel == channel.Web {
		return
	}
	a := f.h.accounts[accountKey{st.Channel, st.Account}]
	if a == nil || !a.profile.Capabilities.ReadOut {
		return
	}
	f.h.show(a, conv, func(to, last string) channel.Task { return channel.SendRead{To: to, LastInbound: last} })
}

// pause waits, or gives why not.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resume goes on with what journals say is under way, beside what the follower
// finds: files that were being fetched, deliveries that are unknown.
func (h *Hub) resume() {
	files, err := os.ReadDir(h.o.Dir)
	if err != nil {
		h.log.Error("what is under way cannot be listed", "error", err)
		return
	}
	for _, f := range files {
		what, _, _ := strings.Cut(f.Name(), "-")
		if !slices.Contains([]string{sending, fetching}, what) || h.ctx.Err() != nil {
			continue
		}
		j, err := h.keys.readJournal(filepath.Join(h.o.Dir, f.Name()))
		if err != nil {
			h.log.Error("the journal of a task cannot be read", "journal", f.Name(), "error", err)
			if j != nil {
				j.leave()
			}
			continue
		}
		if what == fetching {
			h.resumeFetch(j)
			continue
		}
		h.resumeSent(j)
	}
}

// resumeSent asks again about a delivery that is unknown. One that is under way
// is the follower's.
func (h *Hub) resumeSent(j *journal) {
	t := j.task
	a := h.accounts[accountKey{t.Kind, t.Account}]
	st, err := h.o.Engine.ConversationState(h.ctx, t.Conversation)
	if a == nil || err != nil {
		j.leave()
		return
	}
	switch state, open := st.Outstanding[t.Message]; {
	case open && state == message.Sending:
		j.leave()
	case open && state == message.Unknown && a.profile.Capabilities.Reconciles:
		out, err := h.outgoingOf(h.ctx, a, st, t.Message)
		if err != nil {
			h.log.Error("a message whose delivery is unknown cannot be read", "conversation", t.Conversation, "message", t.Message, "error", err)
			j.leave()
			return
		}
		h.work.Go(func() { out.reconcile(h.ctx, j) })
	default:
		if err := j.remove(); err != nil {
			h.log.Error("a journal cannot be removed", "error", err)
		}
	}
}
