package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// committer is the one writer of the log: it takes whoever waits, checks each
// against the heads, writes them as one synced transaction and answers.
type committer struct {
	ts      uint64 // Badger timestamp of the last transaction
	rolling eventlog.Hash
	stopped error // why no more is written

	// Of the group in the making.
	batch   []*request
	heads   map[eventlog.Stream]eventlog.Head
	byID    map[id.Command]*request
	again   []repeat
	group   group
	accepts []*request
	held    []held
	epochs  map[uint64]bool

	retired map[uint64]bool // epochs of sealed content that are no longer taken

	write func(*badgerdb.Txn, uint64) error
}

// repeat is a request for the command of another in the same group.
type repeat struct{ r, first *request }

const maxGroup = 1024

func (c *committer) init(l *Log) {
	c.heads = make(map[eventlog.Stream]eventlog.Head)
	c.byID = make(map[id.Command]*request)
	c.epochs = make(map[uint64]bool)
	c.retired = make(map[uint64]bool)
	c.write = func(txn *badgerdb.Txn, ts uint64) error {
		if err := txn.CommitAt(ts, nil); err != nil {
			return err
		}
		return l.wal.sync()
	}
}

// commitLoop runs until the queue is closed and empty.
func (l *Log) commitLoop() {
	defer l.done.Done()
	defer close(l.witness.last)
	limit := l.opt.maxCommit()
	crowd := false // several were answered last
	for r := range l.queue {
		// Let those who were answered last come back first: one sync for all of
		// them is better than two for a half each.
		if crowd {
			runtime.Gosched()
		}
		batch, size := append(l.committer.batch[:0], r), r.held.size
	collect:
		for len(batch) < maxGroup && size < limit && r.admin == nil {
			select {
			case next, open := <-l.queue:
				if !open {
					break collect
				}
				batch, size, r = append(batch, next), size+next.held.size, next
			default:
				break collect
			}
		}
		l.commit(batch, size)
		crowd = len(batch) > 1
		clear(batch)
		l.committer.batch = batch
		l.witness.keepUp(l.recent.last())
	}
}

// commit decides on each request of a batch and makes those accepted durable.
func (l *Log) commit(batch []*request, size int) {
	c := &l.committer
	c.reset(l.recent.last() + 1)
	if c.stopped == nil && c.hasCommits(batch) {
		if err := l.reserve.take(size); err != nil {
			for _, r := range batch {
				r.finish(err)
			}
			return
		}
	}
	txn := l.db.NewTransactionAt(math.MaxUint64, true)
	defer txn.Discard()
	var admins []*request
	for _, r := range batch {
		switch {
		case c.stopped != nil:
			r.finish(c.stopped)
		case r.admin != nil:
			if err := r.admin(txn); err != nil {
				r.finish(err)
				continue
			}
			admins = append(admins, r)
		default:
			l.decide(r, txn)
		}
	}
	if len(c.accepts) == 0 && len(admins) == 0 {
		return
	}
	err := l.sync(txn)
	for _, r := range admins {
		r.finish(err)
	}
	for _, r := range c.accepts {
		r.finish(err)
	}
	for _, a := range c.again {
		a.r.held, a.r.again = a.first.held, true
		a.r.finish(err)
	}
	// Last, so that it is the first to run: followers carry a message onwards,
	// callers have nothing left to do but answer.
	l.recent.announce()
}

func (c *committer) reset(first uint64) {
	clear(c.heads)
	clear(c.byID)
	clear(c.epochs)
	c.again, c.accepts, c.held = c.again[:0], c.accepts[:0], c.held[:0]
	c.group = group{first: first, before: c.rolling, after: c.rolling, entries: c.group.entries[:0]}
}

func (c *committer) hasCommits(batch []*request) bool {
	for _, r := range batch {
		if r.admin == nil {
			return true
		}
	}
	return false
}

// decide stages r, or answers why not.
func (l *Log) decide(r *request, txn *badgerdb.Txn) {
	c := &l.committer
	if first, ok := c.byID[r.held.ID]; ok {
		c.again = append(c.again, repeat{r, first})
		return
	}
	if err := r.ctx.Err(); err != nil {
		r.finish(err)
		return
	}
	first, found, err := l.lookupAgain(r)
	if err != nil || found {
		r.held.Stored, r.again = first, found
		r.finish(err)
		return
	}
	if err := l.check(r); err != nil {
		r.finish(err)
		return
	}
	if err := l.stage(r, txn); err != nil {
		// Nothing of the group is written: a half-staged commit must not be.
		l.halt(err)
		r.finish(c.stopped)
	}
}

// lookupAgain searches for r's command among what came after the caller's own
// search.
func (l *Log) lookupAgain(r *request) (eventlog.Stored, bool, error) {
	s, found, floor := l.recent.lookup(r.held.ID)
	if found || r.seen+1 >= floor {
		return s, found, nil
	}
	s, err := l.lookupOlder(r.held.ID)
	if errors.Is(err, eventlog.ErrNotFound) {
		return s, false, nil
	}
	return s, err == nil, err
}

// check holds r against its stream's head.
func (l *Log) check(r *request) error {
	c := &l.committer
	if err := l.damage.refuse(r.held.Stream); err != nil {
		return err
	}
	head, ok := c.heads[r.held.Stream]
	if !ok {
		var err error
		if head, err = l.currentHead(r); err != nil {
			return err
		}
	}
	if r.held.Rev != head.Rev+1 || r.held.PrevHash != head.Hash {
		return fmt.Errorf("append rev %d to %s at rev %d: %w", r.held.Rev, r.held.Stream, head.Rev, eventlog.ErrConflict)
	}
	for _, s := range r.held.sealed {
		if c.retired[sealedEpoch(s.Value)] {
			return fmt.Errorf("append to %s content sealed under a retired key: %w", r.held.Stream, eventlog.ErrConflict)
		}
	}
	return nil
}

// currentHead returns the head as of now. What the caller read from disk is
// good as long as every later commit is still in memory: the cache of heads is
// no smaller, so it would know.
func (l *Log) currentHead(r *request) (eventlog.Head, error) {
	if head, ok := l.heads.get(r.held.Stream); ok {
		return head, nil
	}
	if _, _, floor := l.recent.lookup(""); r.seen+1 >= floor {
		return r.head, nil
	}
	return l.loadHead(r.held.Stream)
}

func (l *Log) stage(r *request, txn *badgerdb.Txn) error {
	c := &l.committer
	r.place(c.group.first + uint64(len(c.group.entries)))
	if err := txn.Set(r.key, r.value); err != nil {
		return err
	}
	for _, b := range r.beside {
		if err := txn.Set(b.key, b.value); err != nil {
			return err
		}
	}
	e := entry{key: r.key, hash: r.held.Hash}
	for _, s := range r.held.sealed {
		e.sealed = append(e.sealed, s.Key)
		c.epochs[sealedEpoch(s.Value)] = true
	}
	c.group.entries = append(c.group.entries, e)
	c.group.after = roll(c.group.after, r.held.Hash)
	c.heads[r.held.Stream] = eventlog.Head{Rev: r.held.Rev, Hash: r.held.Hash}
	c.byID[r.held.ID] = r
	l.known.add(r.held.ID)
	c.accepts = append(c.accepts, r)
	c.held = append(c.held, r.held)
	return nil
}

// sync writes the group, and publishes it once it is durable.
func (l *Log) sync(txn *badgerdb.Txn) error {
	c := &l.committer
	if c.stopped != nil {
		return c.stopped
	}
	if len(c.accepts) > 0 {
		if err := c.writeGroup(txn); err != nil {
			return l.halt(err)
		}
	}
	c.ts++
	if err := c.write(txn, c.ts); err != nil {
		return l.halt(err)
	}
	l.readTs.Store(c.ts)
	l.db.SetDiscardTs(c.ts)
	c.rolling = c.group.after
	for stream, head := range c.heads {
		l.heads.put(stream, head)
	}
	if len(c.held) > 0 {
		l.recent.add(c.held)
		l.witness.nudge()
	}
	return nil
}

func (c *committer) writeGroup(txn *badgerdb.Txn) error {
	key, value := c.group.encode()
	if err := txn.Set(key, value); err != nil {
		return err
	}
	for epoch := range c.epochs {
		if epoch == 0 {
			continue
		}
		key := binary.BigEndian.AppendUint64(epochKey(epoch, prefixGroup), c.group.first)
		if err := txn.Set(key, record(key, nil)); err != nil {
			return err
		}
	}
	return nil
}

// halt stops all writing: after a failed sync nobody knows what the disk holds.
func (l *Log) halt(cause error) error {
	c := &l.committer
	c.stopped = fmt.Errorf("%w: %w", eventlog.ErrStopped, cause)
	l.log.Error("log stopped", "error", cause)
	return c.stopped
}
