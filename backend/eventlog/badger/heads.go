package badger

import (
	"container/list"
	"sync"

	"parley/backend/eventlog"
)

// heads remembers the last commits of the streams used most recently. Only the
// committer adds to it, so it never holds an older head than the log.
type heads struct {
	mu    sync.Mutex
	max   int
	order *list.List // of *headEntry, the newest first
	byKey map[eventlog.Stream]*list.Element
}

type headEntry struct {
	stream eventlog.Stream
	head   eventlog.Head
}

func newHeads(limit int) *heads {
	return &heads{max: limit, order: list.New(), byKey: make(map[eventlog.Stream]*list.Element)}
}

func (h *heads) get(s eventlog.Stream) (eventlog.Head, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, ok := h.byKey[s]
	if !ok {
		return eventlog.Head{}, false
	}
	return e.Value.(*headEntry).head, true
}

func (h *heads) put(s eventlog.Stream, head eventlog.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.byKey[s]; ok {
		e.Value.(*headEntry).head = head
		h.order.MoveToFront(e)
		return
	}
	h.byKey[s] = h.order.PushFront(&headEntry{s, head})
	if h.order.Len() > h.max {
		last := h.order.Back()
		delete(h.byKey, last.Value.(*headEntry).stream)
		h.order.Remove(last)
	}
}

func (h *heads) forget(s eventlog.Stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.byKey[s]; ok {
		h.order.Remove(e)
		delete(h.byKey, s)
	}
}
