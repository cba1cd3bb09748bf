package badger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Log is an open log. It implements eventlog.Log with one partition, 0.
type Log struct {
	opt     Options
	log     *slog.Logger
	db      *badgerdb.DB
	wal     *wal
	life    life
	heads   *heads
	recent  *recent
	known   *known
	reserve *reserve
	witness *witness
	damage  *damages

	queue chan *request
	// readTs is the Badger timestamp of the last synced group: reads at it see
	// nothing that is not durable yet.
	readTs atomic.Uint64

	state  sync.RWMutex // held for reading by whoever uses the stores
	closed bool
	ending chan struct{} // closed when Close begins
	done   sync.WaitGroup

	committer committer
}

// life is the log's identity, kept in both stores.
type life struct {
	Format int    `json:"format"`
	Epoch  string `json:"epoch"`
}

const (
	formatVersion = 1
	markLife      = "life"
	markScrub     = "scrub"
	logDir        = "log"
)

// Open opens the log in dir, or makes one there, and starts its committer, its
// second copy and its scrub. It finishes a repair that was interrupted. What it
// finds damaged is in Damage, and is not served; an error that matches
// eventlog.ErrDamaged means that nothing can be served before Repair.
func Open(dir string, o Options) (*Log, error) {
	o = o.withDefaults(dir)
	if err := finishRepair(dir, o); err != nil {
		return nil, err
	}
	for _, d := range []string{filepath.Join(dir, logDir), o.WitnessDir} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("open log: %w", err)
		}
	}
	l := &Log{
		opt: o, log: o.Logger,
		heads:   newHeads(o.HeadCache),
		known:   newKnown(o.Commands),
		reserve: &reserve{dirs: []string{dir, o.WitnessDir}, keep: o.Reserve},
		damage:  &damages{},
		queue:   make(chan *request, 1024),
		ending:  make(chan struct{}),
	}
	if err := l.openStores(dir); err != nil {
		return nil, err
	}
	if err := l.start(); err != nil {
		_ = l.closeStores()
		return nil, err
	}
	return l, nil
}

func (l *Log) openStores(dir string) (err error) {
	if l.db, err = l.opt.open(filepath.Join(dir, logDir), badgerSyncs); err != nil {
		return err
	}
	store, err := l.opt.open(l.opt.WitnessDir, false)
	if err != nil {
		_ = l.db.Close()
		return err
	}
	l.witness = newWitness(l, store)
	l.reserve.debt = func() int64 { return l.opt.debt(l.db) + l.opt.debt(store) }
	if l.wal, err = openWAL(filepath.Join(dir, logDir)); err != nil {
		_ = l.closeStores()
		return err
	}
	return nil
}

// start finds the tail, compares both stores and starts the goroutines.
func (l *Log) start() error {
	ts := l.db.MaxVersion()
	l.readTs.Store(ts)
	l.committer.ts = ts
	last, err := lastGroup(l.db)
	if err != nil {
		return err
	}
	tail := uint64(0)
	if last != nil {
		tail = last.last()
		l.committer.rolling = last.after
	}
	l.recent = newRecent(l.opt.Recent, l.opt.RecentBytes, tail)
	l.committer.init(l)
	if err := l.readLife(tail); err != nil {
		return err
	}
	if err := l.compare(tail); err != nil {
		return err
	}
	l.done.Add(4)
	go l.learn(l.readTs.Load(), tail)
	go l.commitLoop()
	go l.witness.run()
	go l.scrub()
	return nil
}

// readLife reads the log's identity or, in an empty directory, makes one.
func (l *Log) readLife(tail uint64) error {
	found, err := readMark(l.db, markLife, &l.life)
	if err != nil {
		return fmt.Errorf("read the log's identity: %w: %w", eventlog.ErrDamaged, err)
	}
	if found {
		if l.life.Format != formatVersion {
			return fmt.Errorf("the log has format %d, this program reads %d", l.life.Format, formatVersion)
		}
		return nil
	}
	var second mark
	copied, err := readMark(l.witness.db, markWitness, &second)
	if tail > 0 || copied || err != nil {
		return fmt.Errorf("the log has lost its identity: %w", eventlog.ErrDamaged)
	}
	if err := l.reserve.take(0); err != nil {
		return err
	}
	l.life = life{Format: formatVersion, Epoch: id.New()}
	l.committer.ts++
	if err := writeMark(l.db, markLife, l.life, l.committer.ts); err != nil {
		return err
	}
	if err := l.wal.sync(); err != nil {
		return err
	}
	l.readTs.Store(l.committer.ts)
	return nil
}

// Epoch implements eventlog.Log.
func (l *Log) Epoch() string { return l.life.Epoch }

// Close implements eventlog.Log. It also brings the second copy up to date.
func (l *Log) Close() error {
	l.state.Lock()
	if l.closed {
		l.state.Unlock()
		return nil
	}
	l.closed = true
	close(l.ending)
	close(l.queue)
	l.state.Unlock()
	l.done.Wait()
	return l.closeStores()
}

func (l *Log) closeStores() error {
	var err error
	if l.wal != nil {
		err = l.wal.close()
	}
	return errors.Join(err, l.witness.db.Close(), l.db.Close())
}

// use keeps the stores open until the function it returns is called.
func (l *Log) use(ctx context.Context) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.state.RLock()
	if l.closed {
		l.state.RUnlock()
		return nil, eventlog.ErrClosed
	}
	return l.state.RUnlock, nil
}

// Marks are small JSON records of the log itself.

func readMark(db *badgerdb.DB, name string, into any) (found bool, err error) {
	key := markKey(name)
	value, err := get(db, math.MaxUint64, key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	payload, err := unseal(key, value)
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(payload, into)
}

func setMark(txn *badgerdb.Txn, name string, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return err
	}
	key := markKey(name)
	return txn.Set(key, record(key, payload))
}

func writeMark(db *badgerdb.DB, name string, v any, ts uint64) error {
	txn := db.NewTransactionAt(math.MaxUint64, true)
	defer txn.Discard()
	if err := setMark(txn, name, v); err != nil {
		return err
	}
	return txn.CommitAt(ts, nil)
}

// get returns a copy of one value as of ts.
func get(db *badgerdb.DB, ts uint64, key []byte) ([]byte, error) {
	txn := db.NewTransactionAt(ts, false)
	defer txn.Discard()
	item, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// lastGroup returns the group at the log's end, or nil for an empty log.
func lastGroup(db *badgerdb.DB) (*group, error) {
	return groupAt(db, math.MaxUint64, math.MaxUint64)
}

// groupAt returns the last group that begins at or before pos, or nil.
func groupAt(db *badgerdb.DB, ts, pos uint64) (*group, error) {
	var g *group
	err := seekBefore(db, ts, []byte{prefixGroup}, posKey(prefixGroup, pos), func(key, value []byte) (err error) {
		g, err = openGroup(key, value)
		return err
	})
	return g, err
}

// seekBefore calls f with the last record of prefix whose key is at most key.
func seekBefore(db *badgerdb.DB, ts uint64, prefix, key []byte, f func(key, value []byte) error) error {
	txn := db.NewTransactionAt(ts, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Reverse: true, Prefix: prefix})
	defer it.Close()
	it.Seek(key)
	if !it.Valid() {
		return nil
	}
	item := it.Item()
	k := item.KeyCopy(nil)
	value, err := item.ValueCopy(nil)
	if err != nil {
		return err
	}
	return f(k, value)
}
