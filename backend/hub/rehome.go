package hub

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
)

// rehome moves what waits in a queue that is not there any more to the queue in
// which its channel's conversations begin. Commands are derived from what they
// follow from, so that a hub that died in between moves nothing twice.
type rehome struct {
	engine *engine.Engine
	live   *organisation.Live
	open   func(context.Context) ([]id.Conversation, error)
	// home is where an account's conversations begin; "" if it has no place.
	home func(channel.Kind, string) id.Queue
	log  *slog.Logger

	wake chan struct{} // holds one

	mu      sync.Mutex
	all     bool // whatever is open may be homeless
	pending []id.Conversation
}

func newRehome(e *engine.Engine, live *organisation.Live, open func(context.Context) ([]id.Conversation, error), home func(channel.Kind, string) id.Queue, log *slog.Logger) *rehome {
	return &rehome{engine: e, live: live, open: open, home: home, log: log, wake: make(chan struct{}, 1), all: true}
}

// run moves until ctx ends. It begins with what an earlier life left.
func (r *rehome) run(ctx context.Context) {
	defer r.live.Watch(func(*organisation.View) { r.note("", true) })()
	defer r.engine.Subscribe(r.receive)()
	r.note("", true)
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		for wait := time.Second; !r.step(ctx) && ctx.Err() == nil; wait = min(2*wait, 30*time.Second) {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
			}
		}
	}
}

// receive looks out for conversations that return to a queue that is gone.
func (r *rehome) receive(c *engine.Commit) {
	for _, e := range c.Conversation {
		if q, ok := e.(conversation.Queued); ok && !r.live.View().HasQueue(q.Queue) {
			r.note(id.Conversation(c.Stream.ID), false)
		}
	}
}

func (r *rehome) note(conv id.Conversation, all bool) {
	r.mu.Lock()
	r.all = r.all || all
	if conv != "" {
		r.pending = append(r.pending, conv)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// step moves what is noted; false if it must be tried again.
func (r *rehome) step(ctx context.Context) bool {
	r.mu.Lock()
	all, pending := r.all, r.pending
	r.all, r.pending = false, nil
	r.mu.Unlock()
	if all {
		open, err := r.open(ctx)
		if err != nil {
			r.again(ctx, "list open conversations", err)
			return false
		}
		pending = append(pending, open...)
	}
	for _, conv := range pending {
		if err := r.move(ctx, conv); err != nil {
			r.again(ctx, string(conv), err)
			return false
		}
	}
	return true
}

func (r *rehome) again(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		r.log.Error("conversations in a queue that is gone could not be moved and will be tried again", "step", what, "error", err)
	}
	r.mu.Lock()
	r.all = true
	r.mu.Unlock()
}

// move moves a conversation if it waits in a queue that is gone. An error means
// trouble with the log that may pass.
func (r *rehome) move(ctx context.Context, conv id.Conversation) error {
	s, err := r.engine.ConversationState(ctx, conv)
	if errors.Is(err, eventlog.ErrDamaged) {
		return nil // nobody serves it
	}
	if err != nil {
		return err
	}
	if s.Phase != conversation.Waiting || r.live.View().HasQueue(s.Queue) {
		return nil
	}
	to, there := r.live.View().Organisation.Queue(r.home(s.Channel, s.Account))
	if !there {
		r.log.Error("a conversation waits in a queue that is gone, and its channel has none: a supervisor of any queue cannot see it; add the queue again", "conversation", conv, "queue", s.Queue)
		return nil
	}
	cmd := engine.FollowUp("rehome", string(conv), strconv.FormatUint(s.Rev, 10))
	_, err = r.engine.Conversation(ctx, conv, cmd, organisation.Actor, conversation.Transfer{Steer: true, Queue: to.ID, To: s.For, Skills: to.Asks()})
	switch {
	case err == nil:
		r.log.Info("a conversation was moved out of a queue that is gone", "conversation", conv, "from", s.Queue, "to", to.ID)
	case errors.Is(err, conversation.ErrEnded), errors.Is(err, conversation.ErrSameAgent):
		return nil // it moved on meanwhile
	}
	return err
}
