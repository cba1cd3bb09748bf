// Package memory is a home of the log that forgets everything at the end: for
// tests of what stands on the log. It passes the same suite as the lasting homes
// as far as one process lives.
package memory

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Log implements eventlog.Log, and the vault's store, in memory. Use New.
type Log struct {
	mu      sync.RWMutex
	epoch   string
	all     []eventlog.Stored // at Pos-1
	streams map[eventlog.Stream][]uint64
	byID    map[id.Command]uint64
	sealed  map[string][]byte
	older   map[string][]uint64
	retired map[uint64]bool
	wake    chan struct{} // closed at the next commit and at Close
	closed  bool
}

var _ eventlog.Log = (*Log)(nil)

// New returns an empty log.
func New() *Log {
	return &Log{
		epoch:   id.New(),
		streams: make(map[eventlog.Stream][]uint64),
		byID:    make(map[id.Command]uint64),
		sealed:  make(map[string][]byte),
		older:   make(map[string][]uint64),
		retired: make(map[uint64]bool),
		wake:    make(chan struct{}),
	}
}

// Epoch implements eventlog.Log.
func (l *Log) Epoch() string { return l.epoch }

func (l *Log) ready(ctx context.Context) error {
	if l.closed {
		return eventlog.ErrClosed
	}
	return ctx.Err()
}

// Append implements eventlog.Log.
func (l *Log) Append(ctx context.Context, c eventlog.Commit, sealed ...eventlog.Sealed) (eventlog.Stored, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return eventlog.Stored{}, false, err
	}
	if c.ID == "" || c.Rev == 0 || c.Stream.Kind == "" || c.Stream.ID == "" {
		return eventlog.Stored{}, false, fmt.Errorf("append: the commit lacks a command, a revision or a stream")
	}
	if pos, ok := l.byID[c.ID]; ok {
		return l.all[pos-1], true, nil
	}
	if head := l.head(c.Stream); c.Rev != head.Rev+1 || c.PrevHash != head.Hash {
		return eventlog.Stored{}, false, fmt.Errorf("append rev %d to %s at rev %d: %w", c.Rev, c.Stream, head.Rev, eventlog.ErrConflict)
	}
	for _, s := range sealed {
		if l.retired[epochOf(s.Value)] {
			return eventlog.Stored{}, false, fmt.Errorf("append to %s content sealed under a retired key: %w", c.Stream, eventlog.ErrConflict)
		}
	}
	c.At = time.UnixMilli(c.At.UnixMilli()).UTC()
	pos := uint64(len(l.all)) + 1
	s := eventlog.Stored{Commit: c, Position: eventlog.Position{Pos: pos}, Hash: eventlog.HashOf(c.Encode())}
	l.all = append(l.all, s)
	l.streams[c.Stream] = append(l.streams[c.Stream], pos)
	l.byID[c.ID] = pos
	for _, s := range sealed {
		if old, ok := l.sealed[s.Key]; ok {
			l.older[s.Key] = append(l.older[s.Key], epochOf(old))
		}
		l.sealed[s.Key] = slices.Clone(s.Value)
	}
	close(l.wake)
	l.wake = make(chan struct{})
	return s, false, nil
}

func epochOf(value []byte) uint64 {
	if len(value) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

func (l *Log) head(s eventlog.Stream) eventlog.Head {
	at := l.streams[s]
	if len(at) == 0 {
		return eventlog.Head{}
	}
	last := l.all[at[len(at)-1]-1]
	return eventlog.Head{Rev: last.Rev, Hash: last.Hash}
}

// Head implements eventlog.Log.
func (l *Log) Head(ctx context.Context, s eventlog.Stream) (eventlog.Head, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.ready(ctx); err != nil {
		return eventlog.Head{}, err
	}
	return l.head(s), nil
}

// Read implements eventlog.Log.
func (l *Log) Read(ctx context.Context, s eventlog.Stream, after uint64) iter.Seq2[eventlog.Stored, error] {
	return func(yield func(eventlog.Stored, error) bool) {
		l.mu.RLock()
		err := l.ready(ctx)
		at := l.streams[s]
		l.mu.RUnlock()
		if err != nil {
			yield(eventlog.Stored{}, err)
			return
		}
		for i := after; i < uint64(len(at)); i++ {
			l.mu.RLock()
			c := l.all[at[i]-1]
			l.mu.RUnlock()
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Follow implements eventlog.Log.
func (l *Log) Follow(ctx context.Context, partition uint32, after uint64) iter.Seq2[eventlog.Stored, error] {
	return func(yield func(eventlog.Stored, error) bool) {
		for next := after; ; {
			l.mu.RLock()
			err, tail, wake := l.ready(ctx), uint64(len(l.all)), l.wake
			if err == nil && partition != 0 {
				err = fmt.Errorf("partition %d: %w", partition, eventlog.ErrNotFound)
			}
			var c eventlog.Stored
			if next < tail {
				c = l.all[next]
			}
			l.mu.RUnlock()
			switch {
			case err != nil:
				yield(eventlog.Stored{}, err)
				return
			case next < tail:
				next++
				if !yield(c, nil) {
					return
				}
			default:
				select {
				case <-wake:
				case <-ctx.Done():
				}
			}
		}
	}
}

// Tail implements eventlog.Log.
func (l *Log) Tail(ctx context.Context, partition uint32) (eventlog.Position, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.ready(ctx); err != nil {
		return eventlog.Position{}, err
	}
	if partition != 0 {
		return eventlog.Position{}, fmt.Errorf("partition %d: %w", partition, eventlog.ErrNotFound)
	}
	return eventlog.Position{Pos: uint64(len(l.all))}, nil
}

// Lookup implements eventlog.Log.
func (l *Log) Lookup(ctx context.Context, c id.Command) (eventlog.Stored, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.ready(ctx); err != nil {
		return eventlog.Stored{}, err
	}
	pos, ok := l.byID[c]
	if !ok {
		return eventlog.Stored{}, fmt.Errorf("command %s: %w", c, eventlog.ErrNotFound)
	}
	return l.all[pos-1], nil
}

// Sealed implements eventlog.Log.
func (l *Log) Sealed(ctx context.Context, key string) ([]byte, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	value, ok := l.sealed[key]
	if !ok {
		return nil, fmt.Errorf("sealed %s: %w", key, eventlog.ErrNotFound)
	}
	return slices.Clone(value), nil
}

// Close implements eventlog.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.wake)
	}
	return nil
}
