package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// sources are the two stores a repair draws on. Either may be nil.
type sources struct {
	opt     Options
	log     *badgerdb.DB
	witness *badgerdb.DB
	epoch   string

	group   *group // the log's group at hand
	chunk   *chunk // the second copy's chunk at hand
	orphans map[uint64][]byte
}

func openSources(dir string, o Options) (*sources, error) {
	s := &sources{opt: o}
	var errs []error
	for _, store := range []struct {
		dir string
		db  **badgerdb.DB
	}{{filepath.Join(dir, logDir), &s.log}, {o.WitnessDir, &s.witness}} {
		if _, err := os.Stat(store.dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		db, err := o.open(store.dir, false)
		switch {
		case err == nil:
			*store.db = db
		case errors.Is(err, eventlog.ErrDamaged):
			o.Logger.Warn("store cannot be opened", "error", err)
			errs = append(errs, err)
		default:
			return nil, errors.Join(err, s.close())
		}
	}
	if s.log == nil && s.witness == nil {
		return nil, fmt.Errorf("neither store can be opened: %w", errors.Join(errs...))
	}
	s.readEpoch()
	return s, nil
}

func (s *sources) readEpoch() {
	var l life
	if s.log != nil {
		if found, err := readMark(s.log, markLife, &l); found && err == nil {
			s.epoch = l.Epoch
			return
		}
	}
	var m mark
	if s.witness != nil {
		if found, err := readMark(s.witness, markWitness, &m); found && err == nil {
			s.epoch = m.Epoch
		}
	}
}

func (s *sources) close() error {
	var errs []error
	for _, db := range []*badgerdb.DB{s.log, s.witness} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// last returns the last position that either store knows of.
func (s *sources) last() (uint64, error) {
	var last uint64
	if s.log != nil {
		err := eachKey(s.log, []byte{prefixGroup}, func(key, value []byte) error {
			if g, err := openGroup(key, value); err == nil {
				last = max(last, g.last())
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		if err := s.findOrphans(); err != nil {
			return 0, err
		}
		for pos := range s.orphans {
			last = max(last, pos)
		}
	}
	if s.witness != nil {
		err := chunks(s.witness, 0, func(_ uint64, c *chunk) bool {
			if c != nil {
				last = max(last, c.last())
			}
			return true
		})
		if err != nil {
			return 0, err
		}
		var m mark
		if found, err := readMark(s.witness, markWitness, &m); err == nil && found {
			last = max(last, m.Pos)
		}
	}
	return last, nil
}

// findOrphans lists commits of the log whose group record is gone.
func (s *sources) findOrphans() error {
	s.orphans = make(map[uint64][]byte)
	var g *group
	return eachKey(s.log, []byte{prefixCommit}, func(key, value []byte) error {
		c, err := openCommit(key, value)
		if err != nil {
			return nil // damaged: the second copy may have it
		}
		if g == nil || c.Pos < g.first || c.Pos > g.last() {
			found, _, err := findGroup(s.log, math.MaxUint64, c.Pos)
			if err != nil {
				return err
			}
			if found == nil {
				s.orphans[c.Pos] = key
				return nil
			}
			g = found
		}
		return nil
	})
}

// fromLog returns the commit at pos as the log has it.
func (s *sources) fromLog(pos uint64) (h held, ok bool) {
	if s.log == nil {
		return held{}, false
	}
	txn := s.log.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	if s.group == nil || pos < s.group.first || pos > s.group.last() {
		g, _, err := findGroup(s.log, math.MaxUint64, pos)
		if err != nil {
			return held{}, false
		}
		s.group = g
	}
	h.Pos = pos
	if s.group == nil {
		key, ok := s.orphans[pos]
		if !ok {
			return held{}, false
		}
		value, err := getIn(txn, key)
		if err != nil {
			return held{}, false
		}
		if h.Stored, err = openCommit(key, value); err != nil {
			return held{}, false
		}
		h.encoded = value[commitHeader:]
		return h, true
	}
	e := &s.group.entries[pos-s.group.first]
	if err := readEntry(txn, e, &h); err != nil {
		return held{}, false
	}
	for _, key := range e.sealed {
		h.sealed = append(h.sealed, eventlog.Sealed{Key: key})
	}
	return h, true
}

// fromWitness returns the commit at pos as the second copy has it.
func (s *sources) fromWitness(pos uint64) (h held, ok bool) {
	if s.witness == nil {
		return held{}, false
	}
	if s.chunk == nil || pos < s.chunk.first || pos > s.chunk.last() {
		s.chunk = nil
		err := seekBefore(s.witness, math.MaxUint64, []byte{prefixChunk}, posKey(prefixChunk, pos), func(key, value []byte) error {
			if c, err := openChunk(key, value); err == nil && pos <= c.last() {
				s.chunk = c
			}
			return nil
		})
		if err != nil || s.chunk == nil {
			return held{}, false
		}
	}
	one := s.chunk.commits[pos-s.chunk.first]
	c, err := eventlog.Decode(one.encoded)
	if err != nil {
		return held{}, false
	}
	h.Stored = eventlog.Stored{Commit: c, Position: eventlog.Position{Pos: pos}, Hash: one.hash}
	h.encoded = one.encoded
	for _, key := range one.sealed {
		h.sealed = append(h.sealed, eventlog.Sealed{Key: key})
	}
	return h, true
}

// eachKey calls f with copies of every record of a prefix, in order of key.
func eachKey(db *badgerdb.DB, prefix []byte, f func(key, value []byte) error) error {
	txn := db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: prefix, PrefetchValues: true, PrefetchSize: readBatch})
	defer it.Close()
	for it.Seek(prefix); it.Valid(); it.Next() {
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		if err := f(it.Item().KeyCopy(nil), value); err != nil {
			return err
		}
	}
	return nil
}
