package badger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// request is one caller's wish on its way through the committer.
type request struct {
	ctx    context.Context
	held   held    // the commit; its position is the committer's to give
	key    []byte  // its commit key
	value  []byte  // room for checksum and position, then the encoded commit
	beside []keyed // the index entry of its command, and its sealed content

	// What the caller saw on disk when the log ended at seen: the committer
	// looks again only for what came later.
	seen uint64
	head eventlog.Head

	// admin, when set, replaces all of the above: it writes what it likes.
	admin func(*badgerdb.Txn) error

	done  chan struct{}
	again bool
	err   error
}

type keyed struct{ key, value []byte }

// Append implements eventlog.Log. The commit's event data and the sealed values
// must not be changed afterwards. Content may be sealed under a key used before
// once the append that used it was acknowledged.
func (l *Log) Append(ctx context.Context, c eventlog.Commit, sealed ...eventlog.Sealed) (eventlog.Stored, bool, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return eventlog.Stored{}, false, err
	}
	r, first, err := l.prepare(ctx, c, sealed)
	if err != nil || r == nil {
		leave()
		return first, r == nil && err == nil, err
	}
	l.queue <- r
	leave()
	select {
	case <-r.done:
		if r.err != nil {
			return eventlog.Stored{}, false, r.err
		}
		return r.held.Stored, r.again, nil
	case <-ctx.Done():
		return eventlog.Stored{}, false, ctx.Err()
	}
}

// prepare does in the caller's goroutine whatever need not be done in order:
// encoding, hashing and reading from disk. A nil request comes with the first
// result of a repeated command.
func (l *Log) prepare(ctx context.Context, c eventlog.Commit, sealed []eventlog.Sealed) (*request, eventlog.Stored, error) {
	if err := validate(c, sealed); err != nil {
		return nil, eventlog.Stored{}, err
	}
	r := &request{ctx: ctx, seen: l.recent.last(), done: make(chan struct{})}
	first, err := l.lookup(c)
	if err == nil {
		return nil, first, nil
	} else if !errors.Is(err, eventlog.ErrNotFound) {
		return r, eventlog.Stored{}, err
	}
	if head, ok := l.heads.get(c.Stream); ok {
		r.head = head
	} else if r.head, err = l.loadHead(c.Stream); err != nil {
		return r, eventlog.Stored{}, err
	}
	if err := l.encode(r, c, sealed); err != nil {
		return r, eventlog.Stored{}, err
	}
	return r, eventlog.Stored{}, nil
}

func (l *Log) encode(r *request, c eventlog.Commit, sealed []eventlog.Sealed) error {
	c.At = time.UnixMilli(c.At.UnixMilli()).UTC()
	r.key, r.value = commitKey(c.Stream, c.Rev), c.EncodeAfter(commitHeader)
	encoded := r.value[commitHeader:]
	r.held = held{
		Stored:  eventlog.Stored{Commit: c, Hash: eventlog.HashOf(encoded)},
		encoded: encoded,
		sealed:  sealed,
		size:    2*len(encoded) + 256,
	}
	r.beside = make([]keyed, 0, 1+len(sealed))
	command := commandKey(c.ID)
	r.beside = append(r.beside, keyed{command, record(command, r.key)})
	for _, s := range sealed {
		key := sealedKey(s.Key)
		r.beside = append(r.beside, keyed{key, sealedRecord(key, sealedLive, s.Value)})
		r.held.size += len(s.Key) + len(s.Value) + 128
		if s.Fresh {
			continue
		}
		older, err := l.olderVersion(s)
		if err != nil {
			return err
		}
		if older != nil {
			r.beside = append(r.beside, keyed{older, record(older, nil)})
		}
	}
	if limit := l.opt.maxCommit(); r.held.size > limit {
		return fmt.Errorf("%w: it takes %d bytes, at most %d are allowed", errInvalid, r.held.size, limit)
	}
	return nil
}

// olderVersion returns the key that remembers in which epoch the content that s
// replaces was sealed, so that erasing reaches it too; nil if s replaces none.
func (l *Log) olderVersion(s eventlog.Sealed) ([]byte, error) {
	old, err := l.sealedValue(s.Key)
	if errors.Is(err, eventlog.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return olderKey(s.Key, sealedEpoch(old)), nil
}

// lookup finds the first result of c's command in memory or on disk.
func (l *Log) lookup(c eventlog.Commit) (eventlog.Stored, error) {
	if s, found, _ := l.recent.lookup(c.ID); found {
		return s, nil
	}
	return l.lookupOlder(c.ID)
}

func (r *request) finish(err error) {
	r.err = err
	close(r.done)
}

// place gives the request its position.
func (r *request) place(pos uint64) {
	r.held.Pos = pos
	binary.BigEndian.PutUint64(r.value[crcSize:], pos)
	seal(r.key, r.value)
}
