package badger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// witness writes the second copy: every commit with its sealed content, behind
// the log, in batches, and with each batch the mark that says how far it has
// come and what the rolling hash is there.
type witness struct {
	l    *Log
	db   *badgerdb.DB
	wake chan struct{} // something to copy
	need chan struct{} // somebody waits for the copy
	last chan struct{} // closed when the committer has ended

	mu     sync.Mutex // guards what follows, and writes to db
	moved  *sync.Cond // mark has moved, or failed has changed
	mark   mark
	ts     uint64
	failed error // why the copy is not kept up; nil while it is
	broken bool  // it contradicts the log, so nothing is added to it
}

// mark is how far a store accounts for the log.
type mark struct {
	Epoch     string        `json:"epoch"`
	Partition uint32        `json:"partition"`
	Pos       uint64        `json:"pos"`
	Hash      eventlog.Hash `json:"hash"`
}

const markWitness = "witness"

func newWitness(l *Log, db *badgerdb.DB) *witness {
	w := &witness{l: l, db: db, ts: db.MaxVersion(), wake: make(chan struct{}, 1), need: make(chan struct{}, 1), last: make(chan struct{})}
	w.moved = sync.NewCond(&w.mu)
	return w
}

// nudge says that there is something to copy, hurry that somebody waits for it.
func (w *witness) nudge() { signal(w.wake) }
func (w *witness) hurry() { signal(w.wake); signal(w.need) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// keepUp blocks the committer while the copy lags too far.
func (w *witness) keepUp(tail uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.broken && w.failed == nil && tail > w.mark.Pos+w.l.opt.WitnessLag {
		w.hurry()
		w.moved.Wait()
	}
}

// upTo blocks until the copy has reached pos.
func (w *witness) upTo(pos uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.mark.Pos < pos {
		if w.failed != nil {
			return w.failed
		}
		if w.broken {
			return fmt.Errorf("the second copy contradicts the log: %w", eventlog.ErrDamaged)
		}
		w.hurry()
		w.moved.Wait()
	}
	return nil
}

// SyncWitness waits until the second copy holds, synced, all that the log holds
// now: before a backup, say, or before the power is cut.
func (l *Log) SyncWitness(ctx context.Context) error {
	leave, err := l.use(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := l.witness.upTo(l.recent.last()); err != nil {
		return err
	}
	return l.witness.db.Sync()
}

// run copies until the committer has ended and all is copied. Between two
// rounds it lets a batch gather, unless somebody waits.
func (w *witness) run() {
	defer w.l.done.Done()
	pause := time.NewTimer(w.l.opt.WitnessEvery)
	defer pause.Stop()
	for {
		select {
		case <-w.wake:
		case <-pause.C: // after a failure nobody may call again
		case <-w.last:
			w.catchUp()
			return
		}
		w.catchUp()
		pause.Reset(w.l.opt.WitnessEvery)
		select {
		case <-pause.C:
		case <-w.need:
		case <-w.last:
		}
		pause.Reset(w.l.opt.WitnessEvery)
	}
}

// catchUp copies what the log has more, and syncs it.
func (w *witness) catchUp() {
	var buf []held
	wrote := false
	for {
		w.mu.Lock()
		next, broken := w.mark.Pos+1, w.broken
		w.mu.Unlock()
		if broken {
			break
		}
		batch, older := w.l.recent.from(next, readBatch*4, buf[:0])
		if len(batch) == 0 && !older {
			break
		}
		var err error
		if older {
			batch, err = w.fromDisk(next)
		}
		if err == nil {
			err = w.copy(batch)
		}
		if w.settle(err); err != nil {
			break
		}
		wrote = true
		clear(batch)
		buf = batch
	}
	if wrote {
		w.settle(w.db.Sync())
	}
}

// settle notes the outcome and wakes whoever waits for it.
func (w *witness) settle(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil && w.failed == nil {
		w.l.log.Error("second copy not kept up", "error", err)
	}
	w.failed = err
	w.moved.Broadcast()
}

// fromDisk reads commits, with their sealed content, that are no longer held in
// memory.
func (w *witness) fromDisk(next uint64) ([]held, error) {
	g, _, err := findGroup(w.l.db, math.MaxUint64, next)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, fmt.Errorf("copy position %d: %w", next, eventlog.ErrDamaged)
	}
	txn := w.l.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	var out []held
	for pos := next; pos <= g.last(); pos++ {
		e := &g.entries[pos-g.first]
		h := held{Stored: eventlog.Stored{Position: eventlog.Position{Pos: pos}}}
		if err := readEntry(txn, e, &h); err != nil {
			h.Hash, h.damaged = e.hash, true
		}
		for _, key := range e.sealed {
			value, err := w.l.sealedValue(key)
			if errors.Is(err, eventlog.ErrNotFound) || errors.Is(err, eventlog.ErrDamaged) {
				continue // erased since, or not to be had
			} else if err != nil {
				return nil, err
			}
			h.sealed = append(h.sealed, eventlog.Sealed{Key: key, Value: value})
		}
		h.size = 2*len(h.encoded) + 256
		for _, s := range h.sealed {
			h.size += len(s.Key) + len(s.Value) + 128
		}
		out = append(out, h)
	}
	return out, nil
}

// copy writes a batch in transactions small enough for Badger.
func (w *witness) copy(batch []held) error {
	limit := w.l.opt.maxCommit()
	for len(batch) > 0 {
		n, size := 1, batch[0].size
		for n < len(batch) && size+batch[n].size <= limit {
			size += batch[n].size
			n++
		}
		if err := w.write(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

func (w *witness) write(batch []held) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	txn := w.db.NewTransactionAt(math.MaxUint64, true)
	defer txn.Discard()
	next := mark{Epoch: w.l.life.Epoch, Pos: batch[len(batch)-1].Pos, Hash: w.mark.Hash}
	heads := make(map[eventlog.Stream]eventlog.Head, len(batch))
	for i := range batch {
		next.Hash = roll(next.Hash, batch[i].Hash)
		if !batch[i].damaged {
			heads[batch[i].Stream] = eventlog.Head{Rev: batch[i].Rev, Hash: batch[i].Hash}
		}
		for _, s := range batch[i].sealed {
			key := sealedKey(s.Key)
			if err := txn.Set(key, sealedRecord(key, sealedLive, s.Value)); err != nil {
				return err
			}
		}
	}
	for stream, head := range heads {
		if err := setHead(txn, stream, head); err != nil {
			return err
		}
	}
	key := posKey(prefixChunk, batch[0].Pos)
	if err := txn.Set(key, encodeChunk(key, w.mark.Hash, batch)); err != nil {
		return err
	}
	if err := setMark(txn, markWitness, next); err != nil {
		return err
	}
	w.ts++
	if err := txn.CommitAt(w.ts, nil); err != nil {
		return err
	}
	w.db.SetDiscardTs(w.ts)
	w.mark = next
	w.moved.Broadcast()
	return nil
}

func setHead(txn *badgerdb.Txn, s eventlog.Stream, head eventlog.Head) error {
	key := streamKey(prefixHead, s)
	b := binary.BigEndian.AppendUint64(make([]byte, crcSize, crcSize+8+sha256.Size), head.Rev)
	b = append(b, head.Hash[:]...)
	seal(key, b)
	return txn.Set(key, b)
}

// head returns the last commit of a stream that the copy knows.
func (w *witness) head(s eventlog.Stream) (eventlog.Head, bool, error) {
	key := streamKey(prefixHead, s)
	value, err := get(w.db, math.MaxUint64, key)
	if errors.Is(err, badgerdb.ErrKeyNotFound) {
		return eventlog.Head{}, false, nil
	} else if err != nil {
		return eventlog.Head{}, false, fmt.Errorf("ask the second copy: %w", err)
	}
	b, err := unseal(key, value)
	if err != nil || len(b) != 8+sha256.Size {
		_ = w.l.found(Damage{Stream: s, Where: WhereWitness, What: "a stream's head fails its checksum"})
		return eventlog.Head{}, false, nil
	}
	head := eventlog.Head{Rev: binary.BigEndian.Uint64(b)}
	copy(head.Hash[:], b[8:])
	return head, true, nil
}

// chunk is a run of commits in the second copy.
type chunk struct {
	first         uint64
	before, after eventlog.Hash
	commits       []chunkCommit
}

type chunkCommit struct {
	hash    eventlog.Hash
	encoded []byte // nil if it was damaged when it was to be copied
	sealed  []string
}

func (c *chunk) last() uint64 { return c.first + uint64(len(c.commits)) - 1 }

func encodeChunk(key []byte, before eventlog.Hash, batch []held) []byte {
	n := crcSize + sha256.Size + 8
	for i := range batch {
		n += batch[i].size + sha256.Size
	}
	b := append(make([]byte, crcSize, n), before[:]...)
	b = binary.AppendUvarint(b, uint64(len(batch)))
	for i := range batch {
		b = append(b, batch[i].Hash[:]...)
		b = append(binary.AppendUvarint(b, uint64(len(batch[i].encoded))), batch[i].encoded...)
		b = binary.AppendUvarint(b, uint64(len(batch[i].sealed)))
		for _, s := range batch[i].sealed {
			b = append(binary.AppendUvarint(b, uint64(len(s.Key))), s.Key...)
		}
	}
	seal(key, b)
	return b
}

func openChunk(key, value []byte) (*chunk, error) {
	b, err := unseal(key, value)
	if err != nil || len(key) != 9 {
		return nil, errRecord
	}
	r := reader{b: b}
	c := &chunk{first: binary.BigEndian.Uint64(key[1:])}
	copy(c.before[:], r.take(sha256.Size))
	c.after = c.before
	for range r.count() {
		var one chunkCommit
		copy(one.hash[:], r.take(sha256.Size))
		one.encoded = r.take(r.count())
		for range r.count() {
			one.sealed = append(one.sealed, string(r.take(r.count())))
		}
		if len(one.encoded) > 0 && eventlog.HashOf(one.encoded) != one.hash {
			return nil, errRecord
		}
		c.after = roll(c.after, one.hash)
		c.commits = append(c.commits, one)
	}
	if r.bad || len(r.b) > 0 || len(c.commits) == 0 {
		return nil, errRecord
	}
	return c, nil
}

// chunks calls f for each chunk that begins at position from or later, in
// order, until f returns false; a chunk that cannot be read comes as nil with
// its first position.
func chunks(db *badgerdb.DB, from uint64, f func(first uint64, c *chunk) bool) error {
	txn := db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: []byte{prefixChunk}})
	defer it.Close()
	for it.Seek(posKey(prefixChunk, from)); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		if len(key) != 9 {
			continue
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		c, err := openChunk(key, value)
		if err != nil {
			c = nil
		}
		if !f(binary.BigEndian.Uint64(key[1:]), c) {
			return nil
		}
	}
	return nil
}
