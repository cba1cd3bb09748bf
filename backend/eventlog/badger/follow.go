package badger

import (
	"context"
	"errors"
	"iter"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// Follow implements eventlog.Log. A damaged commit is yielded as its Position
// with ErrDamaged; a consumer that goes on gets the commits after it.
func (l *Log) Follow(ctx context.Context, partition uint32, after uint64) iter.Seq2[eventlog.Stored, error] {
	return func(yield func(eventlog.Stored, error) bool) {
		if partition != 0 {
			yield(eventlog.Stored{}, noPartition(partition))
			return
		}
		more, leave := l.recent.follow()
		defer leave()
		var buf []held
		for next := after + 1; ; {
			if err := ctx.Err(); err != nil {
				yield(eventlog.Stored{}, err)
				return
			}
			batch, older := l.recent.from(next, readBatch, buf[:0])
			switch {
			case older:
				var err error
				if next, err = l.followDisk(ctx, next, yield); err != nil {
					if !errors.Is(err, errEnough) {
						yield(eventlog.Stored{}, err)
					}
					return
				}
			case len(batch) == 0:
				select {
				case <-more:
				case <-l.ending:
					yield(eventlog.Stored{}, eventlog.ErrClosed)
					return
				case <-ctx.Done():
				}
			default:
				for i := range batch {
					if !yield(batch[i].Stored, nil) {
						return
					}
				}
				next += uint64(len(batch))
				clear(batch)
				buf = batch
			}
		}
	}
}

// errEnough: the consumer has had enough.
var errEnough = errors.New("enough")

// followDisk yields what one group on disk holds from position next on and
// returns the position after it.
func (l *Log) followDisk(ctx context.Context, next uint64, yield func(eventlog.Stored, error) bool) (uint64, error) {
	batch, upTo, err := l.readGroup(ctx, next)
	if err != nil {
		return next, err
	}
	for i := range batch {
		var damaged error
		if batch[i].damaged {
			damaged = eventlog.ErrDamaged
		}
		if !yield(batch[i].Stored, damaged) {
			return next, errEnough
		}
	}
	return upTo, nil
}

// readGroup reads the group that holds position next, from next on, with the
// sealed keys of each commit. A damaged commit has a position and the hash it
// should have. When the group itself is damaged, one entry without a hash
// stands for all of it.
func (l *Log) readGroup(ctx context.Context, next uint64) (out []held, upTo uint64, err error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, next, err
	}
	defer leave()
	g, upTo, err := findGroup(l.db, l.readTs.Load(), next)
	if err != nil {
		return nil, next, err
	}
	if g == nil {
		upTo = min(upTo, l.recent.last()+1)
		_ = l.found(Damage{Position: eventlog.Position{Pos: next}, Where: WhereLog, What: "the record of a group of commits is missing or damaged"})
		return []held{{Stored: eventlog.Stored{Position: eventlog.Position{Pos: next}}, damaged: true}}, upTo, nil
	}
	txn := l.db.NewTransactionAt(l.readTs.Load(), false)
	defer txn.Discard()
	for pos := next; pos <= g.last(); pos++ {
		e := &g.entries[pos-g.first]
		h := held{Stored: eventlog.Stored{Position: eventlog.Position{Pos: pos}}}
		if err := readEntry(txn, e, &h); err != nil {
			h.Hash, h.damaged = e.hash, true
			stream, rev, _ := parseCommitKey(e.key)
			_ = l.found(Damage{Stream: stream, Rev: rev, Position: h.Position, Where: WhereLog, What: "a commit is missing or fails its checksum"})
		}
		for _, key := range e.sealed {
			h.sealed = append(h.sealed, eventlog.Sealed{Key: key})
		}
		out = append(out, h)
	}
	return out, g.last() + 1, nil
}

// readEntry reads the commit of one entry and holds it against the entry.
func readEntry(txn *badgerdb.Txn, e *entry, h *held) error {
	item, err := txn.Get(e.key)
	if err != nil {
		return err
	}
	value, err := item.ValueCopy(nil)
	if err != nil {
		return err
	}
	c, err := openCommit(e.key, value)
	if err != nil || c.Hash != e.hash || c.Pos != h.Pos {
		return errRecord
	}
	h.Stored, h.encoded = c, value[commitHeader:]
	return nil
}

// findGroup returns the group that holds pos, or nil and where the next good
// one begins.
func findGroup(db *badgerdb.DB, ts, pos uint64) (g *group, next uint64, err error) {
	g, err = groupAt(db, ts, pos)
	if err == nil && g != nil && g.last() >= pos {
		return g, g.last() + 1, nil
	}
	if err != nil && !errors.Is(err, errRecord) {
		return nil, pos, err
	}
	next = ^uint64(0)
	txn := db.NewTransactionAt(ts, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: []byte{prefixGroup}})
	defer it.Close()
	for it.Seek(posKey(prefixGroup, pos+1)); it.Valid(); it.Next() {
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, pos, err
		}
		if later, err := openGroup(it.Item().KeyCopy(nil), value); err == nil {
			return nil, later.first, nil
		}
	}
	return nil, next, nil
}
