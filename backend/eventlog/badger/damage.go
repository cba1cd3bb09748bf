package badger

import (
	"fmt"
	"sync"

	"parley/backend/eventlog"
)

// The two stores of a log.
const (
	WhereLog     = "log"
	WhereWitness = "second copy"
)

// Damage is one thing that fails its checksum, its chain or the comparison of
// both stores. Fields that do not apply are zero.
type Damage struct {
	Stream   eventlog.Stream   `json:"stream,omitzero"`
	Rev      uint64            `json:"rev,omitempty"` // the first that is not served
	Position eventlog.Position `json:"position,omitzero"`
	Where    string            `json:"where"` // WhereLog or WhereWitness
	What     string            `json:"what"`
}

func (d Damage) String() string {
	s := d.Where + ": " + d.What
	if d.Stream.ID != "" {
		s += fmt.Sprintf(" (%s rev %d)", d.Stream, d.Rev)
	}
	if d.Position.Pos > 0 {
		s += fmt.Sprintf(" (position %d)", d.Position.Pos)
	}
	return s
}

// damages is what was found so far. While whole is set nothing is written: the
// log lacks commits that were acknowledged, and new ones would take their place.
type damages struct {
	mu      sync.RWMutex
	list    []Damage
	streams map[eventlog.Stream]bool
	seen    map[Damage]bool
	whole   error
}

// Damage returns what has been found damaged since the log was opened: at the
// start, by the scrub and by readers. Damaged streams are read-only and served
// up to the damage; Repair mends them.
func (l *Log) Damage() []Damage {
	l.damage.mu.RLock()
	defer l.damage.mu.RUnlock()
	return append([]Damage(nil), l.damage.list...)
}

// found notes damage once, and returns it as an error.
func (l *Log) found(d Damage) error {
	a := l.damage
	a.mu.Lock()
	defer a.mu.Unlock()
	err := fmt.Errorf("%s: %w", d, eventlog.ErrDamaged)
	key := d
	if d.Stream.ID != "" {
		key = Damage{Stream: d.Stream, Where: d.Where} // one entry tells for a stream
	}
	if a.seen[key] {
		return err
	}
	if a.seen == nil {
		a.seen, a.streams = make(map[Damage]bool), make(map[eventlog.Stream]bool)
	}
	a.seen[key] = true
	a.list = append(a.list, d)
	if d.Stream.ID != "" && d.Where == WhereLog {
		a.streams[d.Stream] = true
		l.heads.forget(d.Stream)
	}
	l.log.Error("log damaged", "where", d.Where, "what", d.What, "stream", d.Stream.String(), "rev", d.Rev, "pos", d.Position.Pos)
	return err
}

// stop refuses all writes from now on.
func (a *damages) stop(d Damage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.whole == nil {
		a.whole = fmt.Errorf("%s: %w", d, eventlog.ErrDamaged)
	}
}

// of says whether a stream is damaged.
func (a *damages) of(s eventlog.Stream) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.streams[s] {
		return fmt.Errorf("%s: %w", s, eventlog.ErrDamaged)
	}
	return nil
}

// refuse says whether a stream may not be written to.
func (a *damages) refuse(s eventlog.Stream) error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.whole != nil {
		return a.whole
	}
	if a.streams[s] {
		return fmt.Errorf("%s: %w", s, eventlog.ErrDamaged)
	}
	return nil
}
