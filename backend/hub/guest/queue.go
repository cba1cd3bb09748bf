package guest

import "sync"

// queue hands items to handle in order of arrival, on at most limit goroutines
// that exist only while there is something to do. It never blocks who puts.
type queue[T any] struct {
	handle func(T)
	limit  int
	work   *sync.WaitGroup

	mu      sync.Mutex
	items   []T
	workers int
	closed  bool
}

func newQueue[T any](work *sync.WaitGroup, limit int, handle func(T)) *queue[T] {
	return &queue[T]{handle: handle, limit: limit, work: work}
}

func (q *queue[T]) put(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.items = append(q.items, item)
	if q.workers < q.limit {
		q.workers++
		q.work.Go(q.run)
	}
}

func (q *queue[T]) run() {
	for {
		q.mu.Lock()
		if len(q.items) == 0 {
			q.items = nil
			q.workers--
			q.mu.Unlock()
			return
		}
		item := q.items[0]
		q.items = q.items[1:]
		q.mu.Unlock()
		q.handle(item)
	}
}

// close drops what waits and all that comes.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items = true, nil
}
