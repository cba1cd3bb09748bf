package readmodel

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
	"parley/backend/internal/diskspace"
)

// writes are values on their way to the store; nil deletes.
type writes struct {
	values map[string][]byte
	bytes  int
}

func newWrites() writes { return writes{values: map[string][]byte{}} }

// writeCost is what one entry costs beside its key and value, in bytes.
const writeCost = 64

func (w *writes) put(key, value []byte) {
	w.values[string(key)] = value
	w.bytes += len(key) + len(value) + writeCost
}

func (m *Model) put(key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	m.pending.put(key, value)
}

func (m *Model) delete(key []byte) { m.pending.put(key, nil) }

// get reads one value as applied, stored or not. m.mu is held.
func (m *Model) get(key []byte) ([]byte, error) {
	if v, ok := m.pending.values[string(key)]; ok {
		return found(v)
	}
	if v, ok := m.flushing.values[string(key)]; ok {
		return found(v)
	}
	return m.stored(key)
}

func found(v []byte) ([]byte, error) {
	if v == nil {
		return nil, ErrNotFound
	}
	return v, nil
}

// stored reads one value from Badger.
func (m *Model) stored(key []byte) (value []byte, err error) {
	defer recovered(&err)
	if m.db.IsClosed() {
		return nil, ErrClosed
	}
	txn := m.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	item, err := txn.Get(key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	err = item.Value(func(v []byte) error {
		body, err := openRecord(key, v)
		value = bytes.Clone(body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return value, nil
}

// recovered turns a panic of Badger over damaged tables into ErrCorrupt.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrCorrupt, p)
	}
}

// keys returns all keys with a prefix as applied, sorted. m.mu is held.
func (m *Model) keys(prefix []byte) ([]string, error) { return m.keysFrom(prefix, prefix) }

// keysFrom lists those that are start or come after it.
func (m *Model) keysFrom(prefix, start []byte) ([]string, error) {
	set, err := m.storedKeys(prefix, start)
	if err != nil {
		return nil, err
	}
	for _, w := range []writes{m.flushing, m.pending} {
		for k, v := range w.values {
			if !strings.HasPrefix(k, string(prefix)) || k < string(start) {
				continue
			}
			if v == nil {
				delete(set, k)
				continue
			}
			set[k] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(set)), nil
}

func (m *Model) storedKeys(prefix, start []byte) (set map[string]struct{}, err error) {
	defer recovered(&err)
	if m.db.IsClosed() {
		return nil, ErrClosed
	}
	txn := m.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: prefix})
	defer it.Close()
	set = map[string]struct{}{}
	for it.Seek(start); it.Valid(); it.Next() {
		set[string(it.Item().Key())] = struct{}{}
	}
	return set, nil
}

// Flush stores what is applied. The owner need not call it; Close does.
func (m *Model) Flush() error { return m.flush() }

func (m *Model) flush() error {
	m.flushMu.Lock()
	defer m.flushMu.Unlock()
	m.mu.Lock()
	if m.broken != nil {
		m.mu.Unlock()
		return nil // what is stored stays as it was before the half-way fold
	}
	if len(m.pending.values) == 0 && len(m.dirty) == 0 && !m.moved {
		m.mu.Unlock()
		return nil
	}
	m.gather()
	out := m.flushing
	m.mu.Unlock()

	err := m.write(out)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.putBack()
		return err
	}
	m.flushing, m.lastErr = writes{}, nil
	return nil
}

// gather moves what is applied to flushing, with records and cursors as they
// are now. m.mu is held.
func (m *Model) gather() {
	for s, rec := range m.dirty {
		m.put(streamKey(keyRecord, s), rec.encode())
		rec.dirty = false
	}
	if m.moved {
		m.putMeta()
	}
	m.flushing, m.pending = m.pending, newWrites()
	m.dirty, m.moved = map[eventlog.Stream]*record{}, false
}

// putBack makes what could not be stored pending again. m.mu is held.
func (m *Model) putBack() {
	for k, v := range m.flushing.values {
		if _, newer := m.pending.values[k]; !newer {
			m.pending.put([]byte(k), v)
		}
	}
	m.flushing = writes{}
}

// write stores w in one transaction, or, when that is too large, what a
// repeated fold writes the same again before the rest.
func (m *Model) write(w writes) (err error) {
	defer recovered(&err)
	if m.dir != "" {
		if err := diskspace.Room(m.dir, int64(2*w.bytes)+m.opt.slack(), m.opt.Reserve); err != nil {
			return err
		}
	}
	err = m.commit(w.values, func(string) bool { return true }, false)
	if !errors.Is(err, badgerdb.ErrTxnTooBig) {
		return err
	}
	early := func(k string) bool { return k[0] < 'a' }
	if err := m.commit(w.values, early, true); err != nil {
		return err
	}
	return m.commit(w.values, func(k string) bool { return !early(k) }, false)
}

// commit stores the chosen values; split allows more than one transaction.
func (m *Model) commit(values map[string][]byte, choose func(string) bool, split bool) error {
	m.ts++
	txn := m.db.NewTransactionAt(m.ts, true)
	defer func() { txn.Discard() }()
	for k, v := range values {
		if !choose(k) {
			continue
		}
		err := set(txn, k, v)
		if split && errors.Is(err, badgerdb.ErrTxnTooBig) {
			if err := txn.CommitAt(m.ts, nil); err != nil {
				return storeError(err)
			}
			m.ts++
			txn = m.db.NewTransactionAt(m.ts, true)
			err = set(txn, k, v)
		}
		if err != nil {
			return storeError(err)
		}
	}
	if err := txn.CommitAt(m.ts, nil); err != nil {
		return storeError(err)
	}
	m.db.SetDiscardTs(m.ts)
	return nil
}

func set(txn *badgerdb.Txn, key string, value []byte) error {
	if value == nil {
		return txn.Delete([]byte(key))
	}
	// Clipped, so that the checksum never lands in a value that a query returned.
	return txn.Set([]byte(key), sealRecord(key, slices.Clip(value)))
}

func storeError(err error) error { return fmt.Errorf("store the read model: %w", err) }

// empty throws everything away and begins with epoch.
func (m *Model) empty(epoch string) error {
	m.flushMu.Lock()
	defer m.flushMu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.contents = nil
	if err := m.db.DropAll(); err != nil {
		return fmt.Errorf("empty the read model: %w", err)
	}
	m.epoch, m.cursors = epoch, map[uint32]Cursor{}
	m.pending, m.flushing = newWrites(), writes{}
	m.dirty, m.records = map[eventlog.Stream]*record{}, newCache(m.opt.States)
	m.advanced()
	return nil
}
