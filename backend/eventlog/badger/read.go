package badger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Head implements eventlog.Log.
func (l *Log) Head(ctx context.Context, s eventlog.Stream) (eventlog.Head, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return eventlog.Head{}, err
	}
	defer leave()
	if err := l.damage.of(s); err != nil {
		return eventlog.Head{}, err
	}
	if head, ok := l.heads.get(s); ok {
		return head, nil
	}
	return l.loadHead(s)
}

// loadHead reads a stream's last commit from disk, and asks the second copy
// whether it knows a later one.
func (l *Log) loadHead(s eventlog.Stream) (eventlog.Head, error) {
	// The second copy is asked first: it only ever holds what the log has, so
	// whatever it knew then, a look at the log afterwards must find.
	second, ok, err := l.witness.head(s)
	if err != nil {
		return eventlog.Head{}, err
	}
	prefix := streamKey(prefixCommit, s)
	var head eventlog.Head
	err = seekBefore(l.db, l.readTs.Load(), prefix, commitKey(s, math.MaxUint64), func(key, value []byte) error {
		c, err := openCommit(key, value)
		head = eventlog.Head{Rev: c.Rev, Hash: c.Hash}
		return err
	})
	if err != nil {
		return eventlog.Head{}, l.found(Damage{Stream: s, Where: WhereLog, What: "its last commit cannot be read"})
	}
	if ok && (second.Rev > head.Rev || second.Rev == head.Rev && second.Hash != head.Hash) {
		return eventlog.Head{}, l.found(Damage{Stream: s, Rev: head.Rev + 1, Where: WhereLog,
			What: fmt.Sprintf("it ends at rev %d, the second copy knows rev %d", head.Rev, second.Rev)})
	}
	return head, nil
}

// readBatch is how many commits are read at once, between which the reader
// holds neither locks nor Badger's iterators.
const readBatch = 128

// Read implements eventlog.Log.
func (l *Log) Read(ctx context.Context, s eventlog.Stream, after uint64) iter.Seq2[eventlog.Stored, error] {
	return func(yield func(eventlog.Stored, error) bool) {
		head, err := l.Head(ctx, s)
		damaged := errors.Is(err, eventlog.ErrDamaged)
		if err != nil && !damaged {
			yield(eventlog.Stored{}, err)
			return
		}
		if damaged {
			// What lies before the damage still holds together.
			head = eventlog.Head{Rev: math.MaxUint64}
		}
		failed := err
		for after < head.Rev {
			batch, err := l.readSome(ctx, s, after, head)
			for _, c := range batch {
				if !yield(c, nil) {
					return
				}
				after = c.Rev
			}
			if err != nil {
				if damaged && errors.Is(err, eventlog.ErrDamaged) {
					err = failed
				}
				yield(eventlog.Stored{}, err)
				return
			}
		}
	}
}

// readSome reads commits after Rev after. Each is proven by the PrevHash of the
// one after it, the last one by the head.
func (l *Log) readSome(ctx context.Context, s eventlog.Stream, after uint64, head eventlog.Head) ([]eventlog.Stored, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	txn := l.db.NewTransactionAt(l.readTs.Load(), false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: streamKey(prefixCommit, s), PrefetchValues: true, PrefetchSize: readBatch})
	defer it.Close()
	var out []eventlog.Stored
	var last eventlog.Stored // read, not proven yet
	next := after + 1
	for it.Seek(commitKey(s, next)); it.Valid() && next <= head.Rev && len(out) < readBatch; it.Next() {
		c, err := l.item(it.Item())
		if err != nil || c.Rev != next || c.Stream != s {
			return out, l.found(Damage{Stream: s, Rev: next, Where: WhereLog, What: "a commit is missing or fails its checksum"})
		}
		if last.Rev > 0 {
			if c.PrevHash != last.Hash {
				return out, l.found(Damage{Stream: s, Rev: last.Rev, Position: last.Position, Where: WhereLog, What: "a commit fails its chain"})
			}
			out = append(out, last)
		}
		last = c
		next++
	}
	switch {
	case last.Rev == head.Rev && last.Hash == head.Hash && last.Rev > 0:
		return append(out, last), nil
	case next <= head.Rev && len(out) < readBatch, len(out) == 0:
		return out, l.found(Damage{Stream: s, Rev: next, Where: WhereLog, What: "a commit is missing"})
	}
	return out, nil
}

func (l *Log) item(item *badgerdb.Item) (eventlog.Stored, error) {
	value, err := item.ValueCopy(nil)
	if err != nil {
		return eventlog.Stored{}, err
	}
	return openCommit(item.KeyCopy(nil), value)
}

// Tail implements eventlog.Log.
func (l *Log) Tail(ctx context.Context, partition uint32) (eventlog.Position, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return eventlog.Position{}, err
	}
	defer leave()
	if partition != 0 {
		return eventlog.Position{}, noPartition(partition)
	}
	return eventlog.Position{Pos: l.recent.last()}, nil
}

func noPartition(p uint32) error {
	return fmt.Errorf("partition %d: %w: this log has partition 0 only", p, eventlog.ErrNotFound)
}

// Lookup implements eventlog.Log.
func (l *Log) Lookup(ctx context.Context, c id.Command) (eventlog.Stored, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return eventlog.Stored{}, err
	}
	defer leave()
	if s, found, _ := l.recent.lookup(c); found {
		return s, nil
	}
	return l.lookupOlder(c)
}

// lookupOlder finds a commit by its command, on disk if there may be one.
func (l *Log) lookupOlder(c id.Command) (eventlog.Stored, error) {
	if !l.known.maybe(c) {
		return eventlog.Stored{}, errNoCommand
	}
	return l.lookupDisk(c)
}

// errNoCommand: as most commands are new, it is made once.
var errNoCommand = fmt.Errorf("command: %w", eventlog.ErrNotFound)

// lookupDisk finds a commit by its command. The commit's own checksum and the
// command in it vouch for it.
func (l *Log) lookupDisk(c id.Command) (eventlog.Stored, error) {
	ts := l.readTs.Load()
	key := commandKey(c)
	value, err := get(l.db, ts, key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return eventlog.Stored{}, fmt.Errorf("command %s: %w", c, eventlog.ErrNotFound)
	} else if err != nil {
		return eventlog.Stored{}, fmt.Errorf("look up command %s: %w", c, err)
	}
	at, err := unseal(key, value)
	if err != nil {
		return eventlog.Stored{}, l.found(Damage{Where: WhereLog, What: "the index entry of command " + string(c) + " fails its checksum"})
	}
	stream, rev, err := parseCommitKey(at)
	if err != nil {
		return eventlog.Stored{}, l.found(Damage{Where: WhereLog, What: "the index entry of command " + string(c) + " names no commit"})
	}
	value, err = get(l.db, ts, at)
	if err == nil {
		var s eventlog.Stored
		if s, err = openCommit(at, value); err == nil && s.ID == c {
			return s, nil
		}
	}
	return eventlog.Stored{}, l.found(Damage{Stream: stream, Rev: rev, Where: WhereLog, What: "a commit is missing or fails its checksum"})
}

// Sealed implements eventlog.Log.
func (l *Log) Sealed(ctx context.Context, key string) ([]byte, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return l.sealedValue(key)
}

func (l *Log) sealedValue(key string) ([]byte, error) {
	k := sealedKey(key)
	// The newest version, synced or not: sealed content says nothing by itself,
	// and a version replaced meanwhile may be gone.
	value, err := get(l.db, math.MaxUint64, k)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return nil, fmt.Errorf("sealed %s: %w", key, eventlog.ErrNotFound)
	} else if err != nil {
		return nil, fmt.Errorf("sealed %s: %w", key, err)
	}
	payload, err := unseal(k, value)
	if err != nil || len(payload) == 0 {
		return nil, fmt.Errorf("sealed %s: %w", key, eventlog.ErrDamaged)
	}
	if payload[0] == sealedErased {
		return nil, fmt.Errorf("sealed %s: %w", key, eventlog.ErrNotFound)
	}
	return payload[1:], nil
}
