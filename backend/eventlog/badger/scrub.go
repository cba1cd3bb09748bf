package badger

import (
	"context"
	"fmt"
	"math"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog"
)

// pace lets a scrub verify so many commits in a second and no more.
type pace struct {
	end    <-chan struct{}
	rate   int // 0 means as fast as it goes
	tick   <-chan time.Time
	budget int
}

const paceTick = 100 * time.Millisecond

// spend waits until n more commits may be verified; false when it is to end.
func (p *pace) spend(n int) bool {
	select {
	case <-p.end:
		return false
	default:
	}
	if p.rate == 0 {
		return true
	}
	for p.budget -= n; p.budget < 0; p.budget += p.rate/int(time.Second/paceTick) + 1 {
		select {
		case <-p.end:
			return false
		case <-p.tick:
		}
	}
	return true
}

// Verify walks over both stores at once and as fast as it goes, and returns all
// damage known. It ends early with ctx.
func (l *Log) Verify(ctx context.Context) ([]Damage, error) {
	leave, err := l.use(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	p := &pace{end: ctx.Done()}
	whole := l.scrubLog(p, 0) && l.scrubCopy(p)
	if err := ctx.Err(); err != nil {
		return l.Damage(), err
	}
	if !whole {
		return l.Damage(), fmt.Errorf("verify the log: it cannot be read: %w", eventlog.ErrDamaged)
	}
	return l.Damage(), nil
}

// scrub walks over both stores at a low rate, rests, and begins again, until
// Close. The first pass goes on where the last one was cut off.
func (l *Log) scrub() {
	defer l.done.Done()
	if l.opt.ScrubRate < 0 {
		return
	}
	var at mark
	if _, err := readMark(l.db, markScrub, &at); err != nil {
		at = mark{}
	}
	tick := time.NewTicker(paceTick)
	defer tick.Stop()
	p := &pace{end: l.ending, rate: l.opt.ScrubRate, tick: tick.C}
	rest := time.NewTimer(l.opt.ScrubEvery)
	defer rest.Stop()
	for {
		if !l.scrubLog(p, at.Pos) || !l.scrubCopy(p) {
			return
		}
		at = mark{}
		rest.Reset(l.opt.ScrubEvery)
		select {
		case <-l.ending:
			return
		case <-rest.C:
		}
	}
}

// scrubMarkEvery is how many commits lie between two marks of the scrub.
const scrubMarkEvery = 50_000

// scrubLog verifies the log after position from, up to where it ends now. It
// returns false when the log was closed meanwhile or cannot be read.
func (l *Log) scrubLog(p *pace, from uint64) bool {
	v, tail, marked := newVerifier(l), l.recent.last(), from
	damaged := len(l.Damage())
	for next := from + 1; next <= tail; {
		upTo, err := v.group(next, tail)
		if err != nil {
			l.log.Error("scrub ended", "error", err)
			return false
		}
		if !p.spend(int(upTo - next)) {
			return false
		}
		next = upTo
		// The mark stays before damage, so that the next start finds it again.
		if len(l.Damage()) == damaged && (next-marked > scrubMarkEvery || next > tail) {
			marked = next - 1
			if err := l.saveScrub(mark{Epoch: l.life.Epoch, Pos: marked, Hash: v.after}); err != nil {
				return false
			}
		}
	}
	return true
}

// saveScrub moves the scrub's mark forward; it never moves back.
func (l *Log) saveScrub(to mark) error {
	return l.administer(func(txn *badgerdb.Txn) error {
		var at mark
		if found, err := readMark(l.db, markScrub, &at); err == nil && found && at.Pos >= to.Pos {
			return nil
		}
		return setMark(txn, markScrub, to)
	})
}

// scrubCopy verifies each chunk of the second copy and holds it against the
// log. It returns as scrubLog does.
func (l *Log) scrubCopy(p *pace) bool {
	var before *chunk
	for next := uint64(1); ; {
		var c *chunk
		first := uint64(0)
		err := chunks(l.witness.db, next, func(at uint64, found *chunk) bool {
			first, c = at, found
			return false
		})
		if err != nil {
			l.log.Error("scrub ended", "error", err)
			return false
		}
		if first == 0 {
			return l.copyComplete(next)
		}
		at := Damage{Position: eventlog.Position{Pos: next}, Where: WhereWitness}
		switch {
		case c == nil:
			at.Position.Pos, at.What = first, "a run of commits fails its checksum"
			_ = l.found(at)
			before, next = nil, first+1
			continue
		case first > next && (before != nil || next == 1):
			at.What = "a run of commits is missing"
			_ = l.found(at)
		case before != nil && c.before != before.after || !l.agrees(c):
			at.What = "a run of commits contradicts the log"
			_ = l.found(at)
		}
		l.scrubCopySealed(c)
		if !p.spend(len(c.commits)) {
			return false
		}
		before, next = c, c.last()+1
	}
}

// scrubCopySealed checks that the second copy has a chunk's sealed content.
func (l *Log) scrubCopySealed(c *chunk) {
	for i := range c.commits {
		for _, name := range c.commits[i].sealed {
			key := sealedKey(name)
			value, err := get(l.witness.db, math.MaxUint64, key)
			if err == nil {
				_, err = unseal(key, value)
			}
			if err != nil && !l.erased(name) {
				_ = l.found(Damage{Position: eventlog.Position{Pos: c.first + uint64(i)}, Where: WhereWitness,
					What: "sealed content of a commit is missing or fails its checksum"})
			}
		}
	}
}

// copyComplete checks that the second copy's chunks reach its mark.
func (l *Log) copyComplete(next uint64) bool {
	l.witness.mu.Lock()
	broken, pos := l.witness.broken, l.witness.mark.Pos
	l.witness.mu.Unlock()
	if broken || next > pos {
		return true
	}
	// A chunk may have come since the walk ended; ask once more.
	missing := true
	if err := chunks(l.witness.db, next, func(uint64, *chunk) bool { missing = false; return false }); err == nil && missing {
		_ = l.found(Damage{Position: eventlog.Position{Pos: next}, Where: WhereWitness, What: "a run of commits is missing"})
	}
	return true
}

// agrees says whether the log has the chunk's rolling hash at the chunk's end.
// Where the log cannot tell, that is the log's damage, not the chunk's.
func (l *Log) agrees(c *chunk) bool {
	g, _, err := findGroup(l.db, math.MaxUint64, c.last())
	return err != nil || g == nil || g.rollingAt(c.last()) == c.after
}
