package deskapi

import (
	"sync"

	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/protocol"
)

// item is one thing to send. Exactly one of commit, frame, forget, follow, unwatch
// and complete is set.
type item struct {
	commit   *engine.Commit
	frame    *protocol.ToDesk
	forget   eventlog.Stream
	follow   eventlog.Stream // send it from its beginning, if the desk has nothing of it
	unwatch  id.Conversation // is no longer monitored
	keep     bool            // of unwatch: the desk sees the conversation all the same
	complete bool
	pos      uint64 // of forget, unwatch and complete
}

// outbox is what a desk has yet to be sent, bounded: a desk that does not keep
// up is sent away, and resumes where it was when it comes back.
type outbox struct {
	limit int
	wake  chan struct{} // holds one

	mu     sync.Mutex
	items  []item
	spare  []item // the slice taken before, for reuse
	ending *protocol.Problem
}

func newOutbox(limit int) *outbox { return &outbox{limit: limit, wake: make(chan struct{}, 1)} }

// put queues an item. When there is no room the desk is sent away.
func (o *outbox) put(i item) {
	o.mu.Lock()
	if o.ending == nil {
		if len(o.items) < o.limit {
			o.items = append(o.items, i)
		} else {
			o.ending = &protocol.Problem{Code: "slow", Message: "this desk does not keep up with the hub", Retry: true}
			o.items = nil
		}
	}
	o.mu.Unlock()
	o.poke()
}

// losable queues an item if the desk keeps up well, and drops it otherwise.
func (o *outbox) losable(i item) {
	o.mu.Lock()
	room := len(o.items) < o.limit/4
	o.mu.Unlock()
	if room {
		o.put(i)
	}
}

// bye ends the connection after what is queued.
func (o *outbox) bye(p protocol.Problem) {
	o.mu.Lock()
	if o.ending == nil {
		o.ending = &p
	}
	o.mu.Unlock()
	o.poke()
}

func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take returns all that is queued, and why the connection ends if it does. The
// slice is valid until the next call.
func (o *outbox) take() ([]item, *protocol.Problem) {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := o.items
	clear(o.spare)
	o.items, o.spare = o.spare[:0], items
	return items, o.ending
}
