package deskapi

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/backend/coach"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// The most that one Commits frame of a catch-up holds.
const (
	frameCommits = 256
	frameBytes   = 256 << 10
)

// sync brings the desk up to date: it forgets what it may not see, and gets
// what it lacks. The socket follows the feed from before, so nothing falls in
// between; what comes twice is left out by its Rev.
func (s *socket) sync(ctx context.Context, hello protocol.Hello) error {
	h := s.hub
	pos := h.o.Engine.Position()
	if err := h.o.Index.WaitFor(ctx, eventlog.Position{Pos: pos}); err != nil {
		return fmt.Errorf("wait for the read model: %w", err)
	}
	now := h.o.Engine.Now()
	list, err := h.o.Index.ByAgent(s.agent, now.AddDate(0, 0, -h.o.Config.KeepDays))
	if err != nil {
		return fmt.Errorf("list conversations of %s: %w", s.agent, err)
	}
	may := map[eventlog.Stream]bool{{Kind: eventlog.Agent, ID: string(s.agent)}: true}
	h.mu.Lock()
	for _, conv := range list {
		if _, gone := s.hidden[conv]; !gone {
			h.view(conv, s, theirs)
		}
	}
	s.hidden = nil
	for conv := range s.views {
		may[eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv)}] = true
	}
	h.mu.Unlock()
	beside, err := s.beside(ctx, hello.Have)
	if err != nil {
		return fmt.Errorf("find what stands beside conversations: %w", err)
	}
	for _, stream := range beside {
		may[stream] = true
	}
	held := map[eventlog.Stream]protocol.Held{}
	var forget []eventlog.Stream
	for _, have := range hello.Have {
		switch {
		case !may[have.Stream]:
			forget = append(forget, have.Stream)
		case hello.Epoch == h.o.Engine.Epoch():
			held[have.Stream] = have
		}
	}
	if len(forget) > 0 {
		if err := s.send(&protocol.ToDesk{Forget: &protocol.Forget{Streams: forget}}); err != nil {
			return err
		}
	}
	for _, stream := range inOrder(may) {
		if err := s.resume(ctx, stream, held[stream]); err != nil {
			return err
		}
	}
	return s.complete(pos)
}

// inOrder puts the agent's own stream first, then conversations from the newest
// to the oldest: IDs sort by time.
func inOrder(streams map[eventlog.Stream]bool) []eventlog.Stream {
	return slices.SortedFunc(maps.Keys(streams), func(a, b eventlog.Stream) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(b.ID, a.ID))
	})
}

// resume sends what a stream has beyond what the desk holds.
func (s *socket) resume(ctx context.Context, stream eventlog.Stream, held protocol.Held) error {
	after, reset := uint64(0), true
	if held.Rev > 0 {
		ok, err := s.holds(ctx, stream, held)
		if err != nil {
			return err
		}
		if ok {
			after, reset = held.Rev, false
			s.sent[stream] = held.Rev
		}
	}
	return s.catchUp(ctx, stream, after, 0, reset)
}

// holds tells whether the desk's last commit is the one stored.
func (s *socket) holds(ctx context.Context, stream eventlog.Stream, held protocol.Held) (bool, error) {
	for c, err := range s.hub.o.Engine.Read(ctx, stream, held.Rev-1) {
		if err != nil {
			return false, err
		}
		return c.Rev == held.Rev && hex.EncodeToString(c.Hash[:]) == held.Hash, nil
	}
	return false, nil
}

// catchUp sends a stream's commits after Rev after, up to Rev to, or all if to
// is 0. A stream that is damaged is logged and left out.
func (s *socket) catchUp(ctx context.Context, stream eventlog.Stream, after, to uint64, reset bool) error {
	f := frame{stream: stream, reset: reset}
	for c, err := range s.hub.o.Engine.Read(ctx, stream, after) {
		if errors.Is(err, eventlog.ErrDamaged) {
			s.hub.log.Error("a damaged stream is not sent to a desk", "stream", stream.String(), "error", err)
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		if to > 0 && c.Rev > to {
			break
		}
		if err := s.addStored(ctx, &f, c); err != nil {
			return err
		}
		if len(f.commits) >= frameCommits || f.bytes >= frameBytes {
			if err := s.sendFrame(&f); err != nil {
				return err
			}
		}
	}
	return s.sendFrame(&f)
}

// frame gathers consecutive commits of one stream.
type frame struct {
	stream  eventlog.Stream
	reset   bool
	commits [][]byte
	bytes   int
	rev     uint64
	pos     uint64
	hash    eventlog.Hash // of the last one
	bodies  map[id.Message]message.Body
	contact *protocol.Contact
}

func (f *frame) add(c eventlog.Stored) {
	b := c.Encode()
	f.commits = append(f.commits, b)
	f.bytes += len(b)
	f.rev, f.pos, f.hash = c.Rev, c.Pos, c.Hash
}

func (f *frame) body(m id.Message, b message.Body) {
	if f.bodies == nil {
		f.bodies = map[id.Message]message.Body{}
	}
	f.bodies[m] = b
	f.bytes += len(b.Text) + len(b.Raw)
}

// addStored adds a commit read from the log, with the content it refers to.
func (s *socket) addStored(ctx context.Context, f *frame, c eventlog.Stored) error {
	f.add(c)
	conv, messages := s.content(c)
	for _, m := range messages {
		b, err := s.hub.o.Engine.Body(ctx, conv, m)
		switch {
		case err == nil:
			f.body(m, b)
			s.hub.owners.note(conv, b)
		case errors.Is(err, eventlog.ErrNotFound): // erased
		default:
			s.hub.log.Error("a message cannot be opened and goes to a desk without its content", "conversation", conv, "message", m, "error", err)
		}
	}
	if c.Stream.Kind == eventlog.Conversation && f.reset && f.contact == nil {
		contact, err := s.contact(ctx, conv)
		if err != nil {
			return err
		}
		f.contact = contact
	}
	return nil
}

// content tells which bodies a commit refers to, and of which conversation.
func (s *socket) content(c eventlog.Stored) (id.Conversation, []id.Message) {
	switch c.Stream.Kind {
	case eventlog.Conversation:
		events := make([]conversation.Event, 0, len(c.Events))
		for _, e := range c.Events {
			events = append(events, conversation.Decode(e))
		}
		return id.Conversation(c.Stream.ID), engine.Messages(events)
	case eventlog.Coach:
		for _, e := range c.Events {
			if said, ok := coach.Decode(e).(coach.Message); ok {
				s.threads[c.Stream] = said.Conversation
				return said.Conversation, []id.Message{said.Message}
			}
		}
	}
	return "", nil
}

// forgetWatched lets the desk forget what came because it monitored: the
// conversation too, unless it keeps it for another reason.
func (s *socket) forgetWatched(conv id.Conversation, keep bool) error {
	streams := []eventlog.Stream{monitorOf(conv)}
	if !keep {
		streams = append(streams, conversationOf(conv))
	}
	for thread, of := range s.threads {
		if of == conv && !keep {
			streams = append(streams, thread)
			delete(s.threads, thread)
		}
	}
	for _, stream := range streams {
		delete(s.sent, stream)
	}
	return s.send(&protocol.ToDesk{Forget: &protocol.Forget{Streams: streams}})
}

func (s *socket) contact(ctx context.Context, conv id.Conversation) (*protocol.Contact, error) {
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		return nil, err
	}
	p, err := s.hub.o.Engine.ContactProfile(ctx, state.Contact)
	if err != nil {
		s.hub.log.Error("a contact's profile cannot be opened", "conversation", conv, "error", err)
	}
	return contactOf(state.Contact, p), nil
}

func contactOf(c id.Contact, p engine.Profile) *protocol.Contact {
	return &protocol.Contact{ID: c, Name: p.Name, Handle: p.Handle, Attributes: p.Attributes}
}

// sendFrame sends what a frame has gathered, if anything, and empties it.
func (s *socket) sendFrame(f *frame) error {
	if len(f.commits) == 0 {
		return nil
	}
	err := s.send(&protocol.ToDesk{Commits: &protocol.Commits{
		Stream: f.stream, Reset: f.reset, Commits: f.commits, Pos: f.pos, Hash: f.hash.String(), Bodies: f.bodies, Contact: f.contact,
	}})
	s.sent[f.stream] = f.rev
	*f = frame{stream: f.stream}
	return err
}

func (s *socket) complete(pos uint64) error {
	return s.send(&protocol.ToDesk{Complete: &protocol.Complete{Pos: pos, AtMs: s.hub.o.Engine.Now().UnixMilli()}})
}

// flush sends queued items in one piece.
func (s *socket) flush(ctx context.Context, items []item, synced bool) error {
	s.wire.hold()
	err := s.sendItems(ctx, items, synced)
	if failed := s.wire.release(); err == nil && failed != nil {
		err = &writeError{failed}
	}
	return err
}

// sendItems sends queued items: commits of one stream that follow each other in
// one frame, and one Complete after the last of all. Before Hello was answered
// only plain frames go out; commits are left to the catch-up.
func (s *socket) sendItems(ctx context.Context, items []item, synced bool) error {
	var f frame
	pos := uint64(0)
	for _, i := range items {
		if i.commit == nil || i.commit.Stream != f.stream {
			if err := s.sendFrame(&f); err != nil {
				return err
			}
		}
		if err := s.one(ctx, &f, i, synced); err != nil {
			return err
		}
		if i.commit != nil {
			pos = max(pos, i.commit.Pos)
		}
		pos = max(pos, i.pos)
	}
	if err := s.sendFrame(&f); err != nil {
		return err
	}
	if pos == 0 || !synced {
		return nil
	}
	return s.complete(pos)
}

func (s *socket) one(ctx context.Context, f *frame, i item, synced bool) error {
	switch {
	case i.frame != nil:
		err := s.send(i.frame)
		if i.frame.Board != nil {
			s.board.arrived()
			s.hub.tellBoards()
		}
		return err
	case i.complete || !synced:
		return nil
	case i.unwatch != "":
		return s.forgetWatched(i.unwatch, i.keep)
	case i.follow.ID != "":
		if s.sent[i.follow] > 0 {
			return nil
		}
		return s.catchUp(ctx, i.follow, 0, 0, true)
	case i.forget.ID != "":
		delete(s.sent, i.forget)
		return s.send(&protocol.ToDesk{Forget: &protocol.Forget{Streams: []eventlog.Stream{i.forget}}})
	}
	c := i.commit
	sent := s.sent[c.Stream]
	if len(f.commits) > 0 {
		sent = f.rev
	}
	switch {
	case c.Rev <= sent:
		return nil
	case c.Rev != sent+1 || (sent == 0 && c.Stream.Kind == eventlog.Conversation):
		if err := s.sendFrame(f); err != nil {
			return err
		}
		return s.catchUp(ctx, c.Stream, sent, c.Rev, sent == 0)
	}
	f.stream, f.reset = c.Stream, sent == 0
	f.add(c.Stored)
	s.addLive(ctx, f, c)
	return nil
}

// addLive adds what a commit brought with it.
func (s *socket) addLive(ctx context.Context, f *frame, c *engine.Commit) {
	conv, messages := s.content(c.Stored)
	for _, m := range messages {
		if b, ok := c.Body(m); ok {
			f.body(m, b)
			s.hub.owners.note(conv, b)
		}
	}
	if _, changed := c.Profile(); !changed {
		return
	}
	contact, err := s.contact(ctx, conv)
	if err != nil {
		s.hub.log.Error("a contact's profile cannot be sent to a desk", "conversation", conv, "error", err)
		return
	}
	f.contact = contact
}

// agentTyping passes an agent's typing on, at most once in a second.
func (s *socket) agentTyping(ctx context.Context, conv id.Conversation) {
	now := s.hub.o.Engine.Now()
	if now.Sub(s.typing[conv]) < time.Second {
		return
	}
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil || state.Phase != conversation.Talking || state.Leg.Agent != s.agent {
		return // losable, and not this agent's
	}
	if len(s.typing) > 64 {
		clear(s.typing)
	}
	s.typing[conv] = now
	me, _ := s.hub.o.Organisation.View().User(s.agent)
	s.hub.o.Typing(conv, me.Name)
}
