package badger

import (
	"errors"
	"fmt"
	"math"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// compare holds both stores against each other and verifies the newest commits.
func (l *Log) compare(tail uint64) error {
	w := l.witness
	found, err := readMark(w.db, markWitness, &w.mark)
	switch {
	case err != nil:
		w.broken = true
		_ = l.found(Damage{Where: WhereWitness, What: "its mark cannot be read"})
	case !found && tail > 0:
		l.log.Warn("second copy is empty, copying the whole log", "pos", tail)
	case found && w.mark.Epoch != l.life.Epoch:
		w.broken = true
		d := Damage{Where: WhereWitness, What: "it belongs to another epoch of the log"}
		_ = l.found(d)
		l.damage.stop(d)
	case w.mark.Pos > tail:
		return l.tailCut(tail)
	default:
		if err := l.agree(); err != nil {
			return err
		}
	}
	return l.verifyStart(tail)
}

// agree checks that the log had the second copy's hash at the second copy's end.
func (l *Log) agree() error {
	w := l.witness
	if w.mark.Pos == 0 {
		return nil
	}
	g, _, err := findGroup(l.db, math.MaxUint64, w.mark.Pos)
	if err != nil {
		return err
	}
	d := Damage{Position: eventlog.Position{Pos: w.mark.Pos}, Where: WhereLog}
	switch {
	case g == nil:
		d.What = "the record of a group of commits is missing or damaged"
	case g.rollingAt(w.mark.Pos) != w.mark.Hash:
		d.What = "log and second copy tell different stories"
	default:
		return nil
	}
	w.broken = true
	_ = l.found(d)
	l.damage.stop(d)
	return nil
}

// rollingAt is the rolling hash after the commit at pos, which g holds.
func (g *group) rollingAt(pos uint64) eventlog.Hash {
	h := g.before
	for i := uint64(0); i <= pos-g.first; i++ {
		h = roll(h, g.entries[i].hash)
	}
	return h
}

// tailCut: the log ends before the second copy. What it lost was acknowledged,
// so nothing new may take its place.
func (l *Log) tailCut(tail uint64) error {
	w := l.witness
	w.broken = true
	d := Damage{Position: eventlog.Position{Pos: tail + 1}, Where: WhereLog,
		What: fmt.Sprintf("the commits at positions %d to %d are missing; the second copy knows of them", tail+1, w.mark.Pos)}
	_ = l.found(d)
	l.damage.stop(d)
	return chunks(w.db, 0, func(_ uint64, c *chunk) bool {
		for i := 0; c != nil && i < len(c.commits); i++ {
			pos := c.first + uint64(i)
			lost, err := eventlog.Decode(c.commits[i].encoded)
			if pos <= tail || err != nil {
				continue
			}
			_ = l.found(Damage{Stream: lost.Stream, Rev: lost.Rev, Position: eventlog.Position{Pos: pos}, Where: WhereLog, What: "a commit is missing"})
		}
		return true
	})
}

// verifyStart reads back what came after the scrub's mark, the newest
// Options.StartVerify commits at most.
func (l *Log) verifyStart(tail uint64) error {
	var scrubbed mark
	if _, err := readMark(l.db, markScrub, &scrubbed); err != nil {
		l.log.Warn("scrub begins anew", "error", err)
	}
	from := min(scrubbed.Pos, tail)
	if tail > l.opt.StartVerify {
		from = max(from, tail-l.opt.StartVerify)
	}
	v := newVerifier(l)
	for next := from + 1; next <= tail; {
		var err error
		if next, err = v.group(next, tail); err != nil {
			return err
		}
	}
	return nil
}

// verifier reads groups in order and holds everything against everything else.
type verifier struct {
	l     *Log
	known bool          // whether after is
	after eventlog.Hash // rolling hash after the last group
	heads map[eventlog.Stream]eventlog.Head
}

func newVerifier(l *Log) *verifier {
	return &verifier{l: l, heads: make(map[eventlog.Stream]eventlog.Head)}
}

// group verifies the group that holds position next, from next on, and returns
// the position after it, or tail+1.
func (v *verifier) group(next, tail uint64) (uint64, error) {
	g, upTo, err := findGroup(v.l.db, math.MaxUint64, next)
	if err != nil {
		return next, err
	}
	at := Damage{Position: eventlog.Position{Pos: next}, Where: WhereLog}
	if g == nil {
		at.What = "the record of a group of commits is missing or damaged"
		_ = v.l.found(at)
		v.known = false
		return min(upTo, tail+1), nil
	}
	if v.known && g.before != v.after {
		at.What = "a group of commits does not follow from the one before"
		_ = v.l.found(at)
	}
	v.known, v.after = true, g.after
	txn := v.l.db.NewTransactionAt(math.MaxUint64, false)
	defer txn.Discard()
	for pos := next; pos <= g.last(); pos++ {
		if err := v.entry(txn, &g.entries[pos-g.first], pos); err != nil {
			return next, err
		}
	}
	return g.last() + 1, nil
}

func (v *verifier) entry(txn *badgerdb.Txn, e *entry, pos uint64) error {
	h := held{Stored: eventlog.Stored{Position: eventlog.Position{Pos: pos}}}
	stream, rev, err := parseCommitKey(e.key)
	if err != nil {
		return err
	}
	bad := func(what string) {
		_ = v.l.found(Damage{Stream: stream, Rev: rev, Position: h.Position, Where: WhereLog, What: what})
	}
	if err := readEntry(txn, e, &h); err != nil {
		bad("a commit is missing or fails its checksum")
		return nil
	}
	before, err := v.before(txn, stream, rev)
	if err != nil || h.Rev != rev || h.Stream != stream || h.PrevHash != before {
		bad("a commit fails its chain")
		return nil
	}
	if len(v.heads) > 10_000 {
		clear(v.heads)
	}
	v.heads[stream] = eventlog.Head{Rev: rev, Hash: h.Hash}
	key := commandKey(h.ID)
	if value, err := getIn(txn, key); err != nil {
		bad("the index entry of a commit's command is missing")
	} else if _, err := unseal(key, value); err != nil {
		bad("the index entry of a commit's command fails its checksum")
	}
	for _, s := range e.sealed {
		if _, err := v.l.sealedValue(s); errors.Is(err, eventlog.ErrDamaged) {
			bad("sealed content of a commit fails its checksum")
		} else if errors.Is(err, eventlog.ErrNotFound) && !v.l.erased(s) {
			bad("sealed content of a commit is missing")
		}
	}
	return nil
}

// before returns the hash of the commit before rev.
func (v *verifier) before(txn *badgerdb.Txn, s eventlog.Stream, rev uint64) (eventlog.Hash, error) {
	if rev == 1 {
		return eventlog.Hash{}, nil
	}
	if head, ok := v.heads[s]; ok && head.Rev == rev-1 {
		return head.Hash, nil
	}
	key := commitKey(s, rev-1)
	value, err := getIn(txn, key)
	if err != nil {
		return eventlog.Hash{}, err
	}
	c, err := openCommit(key, value)
	return c.Hash, err
}

func getIn(txn *badgerdb.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}
