package badger

import (
	"bytes"
	"errors"
	"math"
	"os"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// rebuild writes a new log to dir from what holds together in the sources.
func (s *sources) rebuild(dir string) (report Report, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return report, err
	}
	db, err := s.opt.open(dir, false)
	if err != nil {
		return report, err
	}
	b := &builder{from: s, db: db, report: &report, heads: make(map[eventlog.Stream]eventlog.Head)}
	err = b.run()
	if err == nil {
		err = db.Sync()
	}
	return report, errors.Join(err, db.Close())
}

// builder writes the new log.
type builder struct {
	from   *sources
	db     *badgerdb.DB
	report *Report
	heads  map[eventlog.Stream]eventlog.Head
	lost   map[string]bool // sealed content that is nowhere

	ts      uint64
	pos     uint64 // last position written
	rolling eventlog.Hash
	batch   []held
	size    int
}

func (b *builder) run() error {
	if err := b.sealed(); err != nil {
		return err
	}
	last, err := b.from.last()
	if err != nil {
		return err
	}
	for pos := uint64(1); pos <= last; pos++ {
		if err := b.take(pos); err != nil {
			return err
		}
	}
	if err := b.flush(); err != nil {
		return err
	}
	b.report.Commits = b.pos
	b.report.settleEpoch(b.from.epoch)
	return b.write(func(txn *badgerdb.Txn) error {
		return setMark(txn, markLife, life{Format: formatVersion, Epoch: b.report.Epoch})
	})
}

// take chooses the commit for a position: one that follows its stream's head,
// from the log if it has such a one.
func (b *builder) take(pos uint64) error {
	mine, inLog := b.from.fromLog(pos)
	if inLog && b.follows(mine) {
		return b.add(mine)
	}
	copied, inCopy := b.from.fromWitness(pos)
	if inCopy && b.follows(copied) {
		b.report.Restored++
		return b.add(copied)
	}
	switch {
	case inLog:
		b.report.lose(unchained(mine))
	case inCopy:
		b.report.lose(unchained(copied))
	default:
		b.report.lose(lostAt(pos))
	}
	return nil
}

func unchained(h held) Damage {
	return Damage{Stream: h.Stream, Rev: h.Rev, Position: h.Position, Where: WhereLog, What: "a commit before it in its stream is lost"}
}

func (b *builder) follows(h held) bool {
	head := b.heads[h.Stream]
	return h.Rev == head.Rev+1 && h.PrevHash == head.Hash
}

func (b *builder) add(h held) error {
	b.heads[h.Stream] = eventlog.Head{Rev: h.Rev, Hash: h.Hash}
	for _, s := range h.sealed {
		key := sealedKey(s.Key)
		if _, err := get(b.db, math.MaxUint64, key); errors.Is(err, badgerdb.ErrKeyNotFound) {
			b.loseSealed(key)
		} else if err != nil {
			return err
		}
	}
	b.batch = append(b.batch, h)
	b.size += 2*len(h.encoded) + 256
	if len(b.batch) >= readBatch || b.size >= b.from.opt.maxCommit() {
		return b.flush()
	}
	return nil
}

// flush writes the batch as one group.
func (b *builder) flush() error {
	if len(b.batch) == 0 {
		return nil
	}
	g := group{first: b.pos + 1, before: b.rolling, after: b.rolling}
	err := b.write(func(txn *badgerdb.Txn) error {
		for i := range b.batch {
			h := &b.batch[i]
			b.pos++
			r := request{held: *h, key: commitKey(h.Stream, h.Rev), value: append(make([]byte, commitHeader), h.encoded...)}
			r.place(b.pos)
			command := commandKey(h.ID)
			if err := errors.Join(txn.Set(r.key, r.value), txn.Set(command, record(command, r.key))); err != nil {
				return err
			}
			e := entry{key: r.key, hash: h.Hash}
			for _, s := range h.sealed {
				e.sealed = append(e.sealed, s.Key)
			}
			g.entries = append(g.entries, e)
			g.after = roll(g.after, h.Hash)
		}
		key, value := g.encode()
		return txn.Set(key, value)
	})
	b.rolling, b.batch, b.size = g.after, b.batch[:0], 0
	return err
}

func (b *builder) write(f func(*badgerdb.Txn) error) error {
	txn := b.db.NewTransactionAt(math.MaxUint64, true)
	defer txn.Discard()
	if err := f(txn); err != nil {
		return err
	}
	b.ts++
	return txn.CommitAt(b.ts, nil)
}

// sealed copies sealed content: the log's where it is whole, for it may be newer
// or erased since, else the second copy's. Its epochs are indexed anew.
func (b *builder) sealed() error {
	if b.from.log != nil {
		err := eachKey(b.from.log, []byte{prefixSealed}, func(key, value []byte) error {
			if _, err := unseal(key, value); err != nil {
				return nil // the second copy may have it
			}
			return b.setSealed(key, value)
		})
		if err != nil {
			return err
		}
		err = eachKey(b.from.log, []byte{prefixOlder}, func(key, _ []byte) error {
			return b.write(func(txn *badgerdb.Txn) error { return txn.Set(key, record(key, nil)) })
		})
		if err != nil {
			return err
		}
	}
	if b.from.witness == nil {
		return nil
	}
	return eachKey(b.from.witness, []byte{prefixSealed}, func(key, value []byte) error {
		if _, err := get(b.db, math.MaxUint64, key); err == nil {
			return nil
		} else if !errors.Is(err, badgerdb.ErrKeyNotFound) {
			return err
		}
		if _, err := unseal(key, value); err != nil {
			return nil // the commit that refers to it will say so
		}
		b.report.SealedBack++
		return b.setSealed(key, value)
	})
}

// loseSealed notes content once, whose commit is there.
func (b *builder) loseSealed(key []byte) {
	if b.lost == nil {
		b.lost = make(map[string]bool)
	}
	if !b.lost[string(key)] {
		b.lost[string(key)] = true
		b.report.lose(Damage{Where: WhereLog, What: "neither store holds sealed content " + string(key[1:])})
	}
}

func (b *builder) setSealed(key, value []byte) error {
	b.report.Sealed++
	return b.write(func(txn *badgerdb.Txn) error {
		epoch := sealedEpoch(value[crcSize+1:])
		if value[crcSize] == sealedLive && epoch > 0 {
			index := append(epochKey(epoch, 'k'), bytes.Clone(key[1:])...)
			if err := txn.Set(index, record(index, nil)); err != nil {
				return err
			}
		}
		return txn.Set(key, value)
	})
}
