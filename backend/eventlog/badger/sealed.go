package badger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// The methods in this file are the vault's. They read of a sealed value no more
// than its first eight bytes: the epoch of the key it is sealed under.

// administer runs f inside the committer and syncs what it wrote.
func (l *Log) administer(f func(*badgerdb.Txn) error) error {
	leave, err := l.use(context.Background())
	if err != nil {
		return err
	}
	r := &request{ctx: context.Background(), admin: f, done: make(chan struct{})}
	l.queue <- r
	leave()
	<-r.done
	return r.err
}

// Retire refuses from now on, with ErrConflict, appends that carry content
// sealed in epoch. What was sealed in it before is either stored by now or
// never will be.
func (l *Log) Retire(ctx context.Context, epoch uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return l.administer(func(*badgerdb.Txn) error {
		l.committer.retired[epoch] = true
		return nil
	})
}

// SealedIn yields all content sealed in epoch, in no particular order. Content
// that cannot be read is yielded as its key with ErrDamaged.
func (l *Log) SealedIn(ctx context.Context, epoch uint64) iter.Seq2[eventlog.Sealed, error] {
	return func(yield func(eventlog.Sealed, error) bool) {
		keys, err := l.keysIn(ctx, epoch)
		if err != nil {
			yield(eventlog.Sealed{}, err)
			return
		}
		seen := make(map[string]bool, len(keys))
		for _, key := range keys {
			if seen[key] {
				continue
			}
			seen[key] = true
			value, err := l.Sealed(ctx, key)
			if errors.Is(err, eventlog.ErrNotFound) || err == nil && sealedEpoch(value) != epoch {
				continue
			}
			if !yield(eventlog.Sealed{Key: key, Value: value}, err) {
				return
			}
		}
	}
}

// keysIn returns the keys of what was ever sealed in epoch.
func (l *Log) keysIn(ctx context.Context, epoch uint64) (keys []string, err error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	txn := l.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	prefix := posKey(prefixEpoch, epoch)
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(prefix); it.Valid(); it.Next() {
		rest := it.Item().KeyCopy(nil)[len(prefix):]
		switch {
		case len(rest) == 9 && rest[0] == prefixGroup:
			g, err := groupAt(l.db, math.MaxUint64, binary.BigEndian.Uint64(rest[1:]))
			if err != nil || g == nil || g.first != binary.BigEndian.Uint64(rest[1:]) {
				return nil, fmt.Errorf("list epoch %d: %w", epoch, eventlog.ErrDamaged)
			}
			for i := range g.entries {
				keys = append(keys, g.entries[i].sealed...)
			}
		case len(rest) > 1 && rest[0] == 'k':
			keys = append(keys, string(rest[1:]))
		}
	}
	return keys, nil
}

// EpochsOf returns every epoch in which content was ever sealed under key,
// replaced versions included.
func (l *Log) EpochsOf(ctx context.Context, key string) ([]uint64, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var epochs []uint64
	value, err := l.sealedValue(key)
	if err == nil {
		epochs = append(epochs, sealedEpoch(value))
	} else if !errors.Is(err, eventlog.ErrNotFound) {
		return nil, err
	}
	txn := l.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	prefix := append(append([]byte{prefixOlder}, key...), 0)
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Seek(prefix); it.Valid(); it.Next() {
		if rest := bytes.TrimPrefix(it.Item().Key(), prefix); len(rest) == 8 {
			epochs = append(epochs, binary.BigEndian.Uint64(rest))
		}
	}
	return epochs, nil
}

// Rewrite replaces sealed content, in both stores, by the same content sealed
// in another epoch. What was erased meanwhile stays erased.
func (l *Log) Rewrite(ctx context.Context, items []eventlog.Sealed) error {
	return l.change(ctx, items, sealedLive)
}

// Erase removes sealed content from both stores. Unknown keys are ignored.
func (l *Log) Erase(ctx context.Context, keys ...string) error {
	items := make([]eventlog.Sealed, len(keys))
	for i, key := range keys {
		items[i].Key = key
	}
	return l.change(ctx, items, sealedErased)
}

// change writes items in transactions small enough for Badger, first in the
// log, then in the second copy.
func (l *Log) change(ctx context.Context, items []eventlog.Sealed, state byte) error {
	for len(items) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, size := 0, 0
		for n < len(items) && n < 256 && size < l.opt.maxCommit() {
			size += 2*len(items[n].Key) + len(items[n].Value) + 256
			n++
		}
		if state == sealedLive {
			if err := l.reserve.take(size); err != nil {
				return err
			}
		}
		var written []keyed
		err := l.administer(func(txn *badgerdb.Txn) (err error) {
			written, err = l.setSealed(txn, items[:n], state)
			return err
		})
		if err != nil {
			return err
		}
		if err := l.witness.set(written); err != nil {
			return err
		}
		items = items[n:]
	}
	return nil
}

// setSealed runs inside the committer.
func (l *Log) setSealed(txn *badgerdb.Txn, items []eventlog.Sealed, state byte) (written []keyed, err error) {
	for _, s := range items {
		if _, err := l.sealedValue(s.Key); errors.Is(err, eventlog.ErrNotFound) {
			continue
		} else if err != nil && !errors.Is(err, eventlog.ErrDamaged) {
			return nil, err
		}
		key := sealedKey(s.Key)
		k := keyed{key, sealedRecord(key, state, s.Value)}
		if err := txn.Set(k.key, k.value); err != nil {
			return nil, err
		}
		written = append(written, k)
		if state != sealedLive {
			continue
		}
		index := append(epochKey(sealedEpoch(s.Value), 'k'), s.Key...)
		if err := txn.Set(index, record(index, nil)); err != nil {
			return nil, err
		}
	}
	return written, nil
}

// erased says whether key was erased, not lost.
func (l *Log) erased(key string) bool {
	k := sealedKey(key)
	value, err := get(l.db, math.MaxUint64, k)
	if err != nil {
		return false
	}
	payload, err := unseal(k, value)
	return err == nil && len(payload) > 0 && payload[0] == sealedErased
}

// set writes sealed records to the second copy, once it has all commits up to
// now: later ones cannot bring older content back.
func (w *witness) set(records []keyed) error {
	if err := w.upTo(w.l.recent.last()); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	txn := w.db.NewTransactionAt(math.MaxUint64, true)
	defer txn.Discard()
	for _, r := range records {
		if err := txn.Set(r.key, r.value); err != nil {
			return err
		}
	}
	w.ts++
	if err := txn.CommitAt(w.ts, nil); err != nil {
		return err
	}
	w.db.SetDiscardTs(w.ts)
	return w.db.Sync()
}
