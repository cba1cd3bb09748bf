package acd

import (
	"context"
	"maps"
	"strconv"
	"time"

	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/internal/ladder"
)

// Queue is what waits in one queue.
type Queue struct {
	Waiting int
	Longest time.Time // the longest waits since; zero if none
}

// queued is a conversation's place in its queue.
type queued struct {
	since time.Time
	id    id.Conversation
}

func (q queued) before(p queued) bool {
	return q.since.Before(p.since) || (q.since.Equal(p.since) && q.id < p.id)
}

// line puts a conversation where it is found: on the board and in its queue, or
// with the agent whom it alerts.
func (r *Router) line(o *open) {
	switch o.phase {
	case conversation.Waiting:
		r.board.Wait(o.waiting(), r.o.Engine.Now())
		l := r.lines[o.queue]
		if l == nil {
			l = &ladder.Ladder[queued]{Before: queued.before}
			r.lines[o.queue] = l
		}
		l.Add(queued{o.queuedAt, o.id})
		r.changed = true
	case conversation.Alerting:
		if r.alerts[o.leg.agent] == nil {
			r.alerts[o.leg.agent] = map[*open]bool{}
		}
		r.alerts[o.leg.agent][o] = true
	case conversation.New, conversation.Talking, conversation.Aside, conversation.AfterCall, conversation.Done:
	}
}

// unline takes it from there.
func (r *Router) unline(o *open) {
	switch o.phase {
	case conversation.Waiting:
		r.board.Leave(o.id)
		if l := r.lines[o.queue]; l != nil {
			l.Drop(queued{o.queuedAt, o.id})
		}
		r.changed = true
	case conversation.Alerting:
		delete(r.alerts[o.leg.agent], o)
	case conversation.New, conversation.Talking, conversation.Aside, conversation.AfterCall, conversation.Done:
	}
}

// evict sends back what users have who are none any more.
func (r *Router) evict(o *open) {
	gone := func(a id.Agent) {
		if a == "" || r.users[a] {
			return
		}
		r.onConversation(engine.FollowUp("removed", string(a), string(o.id), strconv.FormatUint(o.rev, 10)), o.id, conversation.RemoveAgent{Agent: a})
	}
	gone(o.meant)
	gone(o.leg.agent)
	for _, l := range o.wrapping {
		gone(l.agent)
	}
}

// window is for how long whoever answered a contact last is looked for.
const window = 72 * time.Hour

// lastAgent is who answered a contact last, "" if nobody did in the window.
func (r *Router) lastAgent(ctx context.Context, c id.Contact) id.Agent {
	if r.o.LastAgent == nil || c == "" {
		return ""
	}
	a, at, err := r.o.LastAgent(ctx, c)
	if err != nil {
		r.log.Warn("who answered a contact last cannot be found", "contact", c, "error", err)
		return ""
	}
	if a == "" || r.o.Engine.Now().Sub(at) > window {
		return ""
	}
	return a
}

// Queues tells what waits in each queue now.
func (r *Router) Queues() map[id.Queue]Queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counted
}

// count publishes what waits.
func (r *Router) count() {
	if !r.changed {
		return
	}
	counted := make(map[id.Queue]Queue, len(r.lines))
	for q, l := range r.lines {
		if l.Len() > 0 {
			counted[q] = Queue{Waiting: l.Len(), Longest: l.First().since}
		}
	}
	r.mu.Lock()
	same := maps.Equal(r.counted, counted)
	r.counted = counted
	r.mu.Unlock()
	if !same && r.o.Counted != nil {
		r.o.Counted()
	}
}
