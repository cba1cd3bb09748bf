package memory

import (
	"context"
	"iter"
	"slices"

	"parley/backend/eventlog"
)

// The methods in this file are the vault's; vault.Store says what they promise.

// Retire implements vault.Store.
func (l *Log) Retire(ctx context.Context, epoch uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return err
	}
	l.retired[epoch] = true
	return nil
}

// SealedIn implements vault.Store.
func (l *Log) SealedIn(ctx context.Context, epoch uint64) iter.Seq2[eventlog.Sealed, error] {
	return func(yield func(eventlog.Sealed, error) bool) {
		l.mu.RLock()
		err := l.ready(ctx)
		var found []eventlog.Sealed
		for key, value := range l.sealed {
			if epochOf(value) == epoch {
				found = append(found, eventlog.Sealed{Key: key, Value: slices.Clone(value)})
			}
		}
		l.mu.RUnlock()
		if err != nil {
			yield(eventlog.Sealed{}, err)
			return
		}
		for _, s := range found {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// EpochsOf implements vault.Store.
func (l *Log) EpochsOf(ctx context.Context, key string) ([]uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.ready(ctx); err != nil {
		return nil, err
	}
	var epochs []uint64
	if value, ok := l.sealed[key]; ok {
		epochs = append(epochs, epochOf(value))
	}
	return append(epochs, l.older[key]...), nil
}

// Rewrite implements vault.Store.
func (l *Log) Rewrite(ctx context.Context, items []eventlog.Sealed) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return err
	}
	for _, s := range items {
		if _, ok := l.sealed[s.Key]; ok {
			l.sealed[s.Key] = slices.Clone(s.Value)
		}
	}
	return nil
}

// Erase implements vault.Store.
func (l *Log) Erase(ctx context.Context, keys ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.ready(ctx); err != nil {
		return err
	}
	for _, key := range keys {
		delete(l.sealed, key)
	}
	return nil
}
