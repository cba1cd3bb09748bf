package engine

import (
	"container/list"
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"parley/backend/eventlog"
)

// folds keeps the states of the streams of one kind that were used last, each
// behind a lock of its own. What is in use is never evicted.
type folds[S any] struct {
	kind  eventlog.Kind
	log   eventlog.Log
	apply func(*S, eventlog.Stored) error
	seed  maphash.Seed
	limit int // per shard
	shard [64]shard[S]
}

type shard[S any] struct {
	mu    sync.Mutex
	cells map[string]*cell[S]
	used  list.List // of *cell, last used first
}

// cell holds one stream's fold. State is nil until somebody needs it.
type cell[S any] struct {
	id    string
	users int           // guarded by the shard
	place *list.Element // in the shard's list; guarded by the shard

	mu    sync.Mutex
	state *S

	stale atomic.Bool // another writer wrote the stream; fold it anew
}

func newFolds[S any](limit int, kind eventlog.Kind, log eventlog.Log, apply func(*S, eventlog.Stored) error) *folds[S] {
	f := &folds[S]{kind: kind, log: log, apply: apply, seed: maphash.MakeSeed()}
	f.limit = max(1, limit/len(f.shard))
	for i := range f.shard {
		f.shard[i].cells = map[string]*cell[S]{}
	}
	return f
}

func (f *folds[S]) of(id string) *shard[S] {
	return &f.shard[maphash.String(f.seed, id)%uint64(len(f.shard))]
}

// take returns the stream's cell for use; put gives it back.
func (f *folds[S]) take(id string) *cell[S] {
	sh := f.of(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c := sh.cells[id]
	if c == nil {
		c = &cell[S]{id: id}
		sh.cells[id], c.place = c, sh.used.PushFront(c)
	}
	sh.used.MoveToFront(c.place)
	c.users++
	return c
}

func (f *folds[S]) put(c *cell[S]) {
	sh := f.of(c.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c.users--
	for e := sh.used.Back(); e != nil && sh.used.Len() > f.limit; {
		oldest, at := e.Value.(*cell[S]), e
		e = e.Prev()
		if oldest.users == 0 {
			sh.used.Remove(at)
			delete(sh.cells, oldest.id)
		}
	}
}

// outdated notes that another writer wrote a stream.
func (f *folds[S]) outdated(id string) {
	sh := f.of(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if c := sh.cells[id]; c != nil {
		c.stale.Store(true)
	}
}

// load returns the cell's state, folded from the log if need be. The cell must
// be locked.
func (f *folds[S]) load(ctx context.Context, c *cell[S]) (*S, error) {
	if c.stale.Swap(false) {
		c.state = nil
	}
	if c.state != nil {
		return c.state, nil
	}
	s := new(S)
	stream := eventlog.Stream{Kind: f.kind, ID: c.id}
	for stored, err := range f.log.Read(ctx, stream, 0) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", stream, err)
		}
		if err := f.apply(s, stored); err != nil {
			return nil, fmt.Errorf("fold %s: %w", stream, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err // the sequence may have ended early
	}
	c.state = s
	return s, nil
}
