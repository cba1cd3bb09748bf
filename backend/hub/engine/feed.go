package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Commit is a stored commit on its way to whoever follows, decoded and with
// the content it brought. Receivers share it and change nothing in it.
type Commit struct {
	eventlog.Stored
	Conversation []conversation.Event // of a conversation's commit
	Agent        []agent.Event        // of an agent's commit

	bodies  []Content
	profile *Profile
}

// Body returns the content of a message that this commit brought.
func (c *Commit) Body(m id.Message) (message.Body, bool) {
	for i := range c.bodies {
		if c.bodies[i].Message == m {
			return c.bodies[i].Body, true
		}
	}
	return message.Body{}, false
}

// Profile returns the contact's profile if this commit brought one.
func (c *Commit) Profile() (Profile, bool) {
	if c.profile == nil {
		return Profile{}, false
	}
	return *c.profile, true
}

// flight is what a commit carries past the log, so that nobody reads back from
// disk what was in memory a moment ago.
type flight struct {
	stream       eventlog.Stream
	conversation []conversation.Event
	agent        []agent.Event
	bodies       []Content
	profile      *Profile
}

// feed hands commits to its subscribers in the order of their positions.
type feed struct {
	mu      sync.Mutex
	flights map[id.Command]*flight
	others  map[eventlog.Kind][]func(stream string) // told of streams that another writer wrote

	subscribers atomic.Pointer[[]*subscriber]
	position    atomic.Uint64
	failed      atomic.Pointer[error]
}

type subscriber struct{ receive func(*Commit) }

func (f *feed) init(pos uint64) {
	f.flights = map[id.Command]*flight{}
	f.subscribers.Store(&[]*subscriber{})
	f.position.Store(pos)
}

// foreign has tell called with each stream of a kind that another writer wrote.
func (f *feed) foreign(k eventlog.Kind, tell func(stream string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.others == nil {
		f.others = map[eventlog.Kind][]func(string){}
	}
	f.others[k] = append(f.others[k], tell)
}

// depart registers a flight before its commit is appended. A repeated command
// finds the first one there and leaves it: that is the one that will be stored.
func (f *feed) depart(c id.Command, fl *flight) {
	f.mu.Lock()
	if f.flights[c] == nil {
		f.flights[c] = fl
	}
	f.mu.Unlock()
}

// abort forgets a flight that did not become a commit, if it is the own one.
func (f *feed) abort(c id.Command, fl *flight) {
	f.mu.Lock()
	if f.flights[c] == fl {
		delete(f.flights, c)
	}
	f.mu.Unlock()
}

// arrive returns the flight that became a commit, or nil if none is known.
func (f *feed) arrive(s eventlog.Stored) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl := f.flights[s.ID]
	if fl == nil || fl.stream != s.Stream {
		return nil
	}
	delete(f.flights, s.ID)
	return fl
}

// Subscribe calls receive with every commit from now on, in the order of
// positions, each once. It is called by one goroutine at a time and must return
// at once: it puts the commit into a queue and no more. The call of cancel does
// not wait for a receive under way.
func (e *Engine) Subscribe(receive func(*Commit)) (cancel func()) {
	s := &subscriber{receive: receive}
	f := &e.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	next := append(slices.Clone(*f.subscribers.Load()), s)
	f.subscribers.Store(&next)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		next := slices.DeleteFunc(slices.Clone(*f.subscribers.Load()), func(x *subscriber) bool { return x == s })
		f.subscribers.Store(&next)
	}
}

// Position is that of the last commit that every subscriber has received.
func (e *Engine) Position() uint64 { return e.feed.position.Load() }

// Err is why the log takes or gives nothing more; nil while it works.
func (e *Engine) Err() error {
	if p := e.feed.failed.Load(); p != nil {
		return *p
	}
	return nil
}

// follow runs the feed until ctx ends.
func (e *Engine) follow(ctx context.Context, after uint64) {
	for stored, err := range e.log.Follow(ctx, 0, after) {
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, eventlog.ErrClosed) {
				e.feed.failed.CompareAndSwap(nil, &err)
				e.logger.Error("following the log failed", "error", err)
			}
			return
		}
		e.dispatch(ctx, stored)
	}
}

func (e *Engine) dispatch(ctx context.Context, stored eventlog.Stored) {
	c := &Commit{Stored: stored}
	if fl := e.feed.arrive(stored); fl != nil {
		c.Conversation, c.Agent, c.bodies, c.profile = fl.conversation, fl.agent, fl.bodies, fl.profile
	} else {
		e.feed.mu.Lock()
		told := e.feed.others[stored.Stream.Kind]
		e.feed.mu.Unlock()
		for _, tell := range told {
			tell(stored.Stream.ID)
		}
		e.reread(ctx, c)
	}
	for _, s := range *e.feed.subscribers.Load() {
		s.receive(c)
	}
	e.feed.position.Store(stored.Pos)
}

// reread completes a commit that this engine did not make.
func (e *Engine) reread(ctx context.Context, c *Commit) {
	c.Conversation, c.Agent = decode(c.Stored)
	for _, m := range Messages(c.Conversation) {
		conv := id.Conversation(c.Stream.ID)
		b, err := e.Body(ctx, conv, m)
		switch {
		case err == nil:
			c.bodies = append(c.bodies, Content{Message: m, Body: b})
		case !errors.Is(err, eventlog.ErrNotFound):
			e.logger.Error("a message cannot be opened", "conversation", conv, "message", m, "error", err)
		}
	}
}

// Messages lists what events bring that has a body: messages, notes, scores,
// comments.
func Messages(events []conversation.Event) []id.Message {
	var out []id.Message
	for _, ev := range events {
		switch ev := ev.(type) {
		case conversation.MessageReceived:
			out = append(out, ev.Message)
		case conversation.MessageSent:
			out = append(out, ev.Message)
		case conversation.NoteAdded:
			out = append(out, ev.Note)
		case conversation.MessageChanged:
			out = append(out, ev.Content)
		case conversation.Reacted:
			out = append(out, ev.Reaction)
		case conversation.SurveyAnswered:
			if ev.Message != "" {
				out = append(out, ev.Message)
			}
			if ev.Comment != "" {
				out = append(out, ev.Comment)
			}
		case conversation.SurveyCommented:
			out = append(out, ev.Comment)
		}
	}
	return out
}
