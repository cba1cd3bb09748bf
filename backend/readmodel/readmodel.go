// Package readmodel folds the log into what hub and desk ask for: states of
// conversations and agents, transcripts, and lists by agent, guest and phase.
// It lies in Badger beside the log and can always be thrown away and folded
// again, so its writes are gathered and unsynced; what is applied is visible to
// every query at once, stored or not. The cursor that says how far it accounts
// for the log is stored in the same transaction as what it accounts for.
package readmodel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
	"parley/backend/internal/tables"
)

// version is that of keys, encodings and projections. Raising it refolds.
const version = 7

// Errors of Open and of every later call.
var (
	// ErrGap: commits are missing between what is held and these. On a hub feed
	// the log from the cursor on; on a desk resync the stream.
	ErrGap = errors.New("commits are missing in the read model")
	// ErrCorrupt: the store cannot be read. Close it, set its directory aside
	// and fold again.
	ErrCorrupt = errors.New("the read model cannot be read")
	// ErrInUse: another process has it open.
	ErrInUse = errors.New("another process uses the read model")
	// ErrNotFound: no such conversation, agent or content.
	ErrNotFound = errors.New("not found in the read model")
	// ErrTooLarge: a value beside a stream is too large to be stored.
	ErrTooLarge = errors.New("too large for the read model")
	// ErrClosed: the model was closed.
	ErrClosed = errors.New("the read model is closed")
)

// Cursor says how far the model accounts for one partition of the log.
type Cursor struct {
	Epoch     string
	Partition uint32
	Pos       uint64
	// Hash is the rolling hash over all commits up to Pos, in order of Pos: each
	// is SHA-256(previous, commit's hash), beginning with zeros. A Partial model
	// has none.
	Hash eventlog.Hash
}

// Model is the read model. All methods are safe for concurrent use.
type Model struct {
	opt  Options
	dir  string // "" = in memory
	db   *badgerdb.DB
	log  *slog.Logger
	stop chan struct{}
	work chan struct{} // something is applied and not stored
	kick chan struct{} // store it now
	want chan struct{} // somebody waits for a cursor
	done sync.WaitGroup

	flushMu sync.Mutex // held while writing to db
	ts      uint64     // last write's Badger timestamp; under flushMu

	mu       sync.Mutex
	contents *tables.Contents // what Open found; nil in memory, and once emptied
	closed   bool
	epoch    string
	cursors  map[uint32]Cursor
	pending  writes // applied, not yet on their way to db
	flushing writes // on their way to db
	dirty    map[eventlog.Stream]*record
	records  cache
	moved    bool // epoch or a cursor changed since the last flush
	lastErr  error
	broken   error         // a fold stopped half-way; nothing more is taken or stored
	wake     chan struct{} // closed when a cursor moves; nil while nobody waits
}

// Open opens the model in dir, or one in memory if dir is "". A store of
// another version is refolded from its own commits if it keeps them, else
// emptied: Cursor then says 0. ErrInUse, ErrCorrupt and full disks are told
// apart from other errors of the file system.
func Open(dir string, opt Options) (*Model, error) {
	opt = opt.withDefaults()
	s, err := open(dir, opt)
	if err != nil {
		return nil, err
	}
	m := &Model{
		opt: opt, dir: dir, db: s.db, contents: s.contents, log: opt.Logger,
		stop: make(chan struct{}), work: make(chan struct{}, 1), kick: make(chan struct{}, 1), want: make(chan struct{}, 1),
		ts: s.db.MaxVersion(), cursors: map[uint32]Cursor{},
		pending: newWrites(), dirty: map[eventlog.Stream]*record{}, records: newCache(opt.States),
	}
	if err := m.start(); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	m.done.Go(m.flushLoop)
	return m, nil
}

// start reads what the store says of itself and refolds another version.
func (m *Model) start() error {
	stored, err := m.readMeta()
	if err != nil || stored == version {
		return err
	}
	if stored != 0 {
		m.log.Info("read model is folded again", "from_version", stored, "to_version", version)
	}
	return m.refold(stored != 0)
}

// Adopt binds the model to a log's epoch. A model that folded another epoch is
// emptied, and fresh is true; the caller then feeds the log from its beginning.
func (m *Model) Adopt(epoch string) (fresh bool, err error) {
	m.mu.Lock()
	same, virgin := m.epoch == epoch, m.epoch == "" && len(m.cursors) == 0
	if same || virgin {
		m.epoch, m.moved = epoch, m.moved || !same
		m.mu.Unlock()
		return virgin, nil
	}
	m.mu.Unlock()
	return true, m.empty(epoch)
}

// Epoch is the log's epoch that the model folded; "" before the first Adopt.
func (m *Model) Epoch() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch
}

// Cursor says how far the model accounts for a partition.
func (m *Model) Cursor(partition uint32) Cursor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursor(partition)
}

func (m *Model) cursor(partition uint32) Cursor {
	c := m.cursors[partition]
	c.Epoch, c.Partition = m.epoch, partition
	return c
}

// SetCursor moves the cursor of a Partial model, whose owner knows from
// elsewhere that all it may see up to c.Pos has been applied.
func (m *Model) SetCursor(c Cursor) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursors[c.Partition] = c
	m.advanced()
}

// advanced tells who waits for a cursor. m.mu is held.
func (m *Model) advanced() {
	m.moved = true
	signal(m.work)
	if m.wake != nil {
		close(m.wake)
		m.wake = nil
	}
}

// WaitFor returns nil when the model accounts for p and every query sees it,
// the context's error before, or ErrClosed.
func (m *Model) WaitFor(ctx context.Context, p eventlog.Position) error {
	for {
		m.mu.Lock()
		if m.cursors[p.Partition].Pos >= p.Pos {
			m.mu.Unlock()
			return nil
		}
		if m.wake == nil {
			m.wake = make(chan struct{})
		}
		wake := m.wake
		m.mu.Unlock()
		signal(m.want)
		select {
		case <-wake:
		case <-m.stop:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Wanted receives when somebody has begun to wait in WaitFor, so that whoever
// feeds the model in batches need not let them wait for the next.
func (m *Model) Wanted() <-chan struct{} { return m.want }

// Close stores what is applied and closes the store. It returns the first
// error of both; a second call does nothing.
func (m *Model) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.mu.Unlock()
	close(m.stop)
	m.done.Wait()
	err := m.flush()
	m.flushMu.Lock()
	defer m.flushMu.Unlock()
	if e := m.db.Close(); e != nil {
		err = errors.Join(err, fmt.Errorf("close the read model: %w", e))
	}
	return err
}

// flushLoop stores what is applied, at the latest FlushEvery after it was.
func (m *Model) flushLoop() {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-m.work:
		}
		t.Reset(m.opt.FlushEvery)
		select {
		case <-m.stop:
			return
		case <-m.kick:
		case <-t.C:
		}
		if err := m.flush(); err != nil {
			m.report(err)
			signal(m.work)
		}
	}
}

// signal wakes whoever waits on c, or is noticed when they next do.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// report logs a failure to store once, not at every try.
func (m *Model) report(err error) {
	m.mu.Lock()
	again := m.lastErr != nil && m.lastErr.Error() == err.Error()
	m.lastErr = err
	m.mu.Unlock()
	if !again {
		m.log.Error("read model could not be stored", "error", err)
	}
}
