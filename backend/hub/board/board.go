// Package board keeps a supervisor's board up to date: it follows the log, folds
// it with package supervisor, and keeps on disk what makes that quick. What it
// keeps can be thrown away: the log makes it anew.
//
// On disk lie checkpoints of today, from which any moment of it is rebuilt in a
// fraction of a second, and the figures of each day before by intervals.
package board

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// Options of a board. Log must be set.
type Options struct {
	Log    eventlog.Log
	Dir    string // "" = nothing is kept, and every look back folds from the beginning
	Rules  supervisor.Rules
	Logger *slog.Logger     // default slog.Default
	Now    func() time.Time // default time.Now
	// Every is how many commits lie between two checkpoints at most; default
	// 20,000. There is one for every Interval with commits, too.
	Every int
}

// Board is the board of the organisation. Its methods are safe for concurrent
// use.
type Board struct {
	o    Options
	log  *slog.Logger
	kept store

	stop  context.CancelFunc
	work  sync.WaitGroup
	ready chan struct{} // closed once all that was in the log is folded
	news  chan struct{} // holds one: the board may be another

	mu    sync.Mutex
	state *supervisor.State
	rules supervisor.Rules
	since int       // commits folded since the last checkpoint
	mark  int64     // interval of the last checkpoint
	hold  uint64    // positions up to this were there at the start
	away  time.Time // no day is to be put away before; follow's alone

	wanted   *supervisor.Rules // other rules that were given
	turn     func()            // ends a turn of follow
	reckoned int               // how often the rules were replaced
}

// Open begins to fold, from the last checkpoint on. Close it.
func Open(ctx context.Context, o Options) (*Board, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Every <= 0 {
		o.Every = 20_000
	}
	tail, err := o.Log.Tail(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("find the log's end: %w", err)
	}
	b := &Board{o: o, log: o.Logger, rules: o.Rules, ready: make(chan struct{}), news: make(chan struct{}, 1), hold: tail.Pos}
	if b.kept, err = openStore(o.Dir, o.Log.Epoch(), tail.Pos, o.Logger); err != nil {
		return nil, err
	}
	b.state = b.begin()
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	if b.state.Pos() >= b.hold {
		close(b.ready)
	}
	b.work.Go(func() { b.follow(follow) })
	return b, nil
}

// begin is the state to go on from: the last checkpoint, or where the rules have
// changed since, the last one before today.
func (b *Board) begin() *supervisor.State {
	today, _ := b.rules.Day(b.o.Now())
	for {
		c, ok := b.kept.last(func(checkpoint) bool { return true })
		if !ok {
			return supervisor.New(b.rules)
		}
		s, same, err := b.kept.load(c, b.rules)
		switch {
		case err == nil && (same || c.at < today.UnixMilli()):
			return s
		default: // damaged, or today was reckoned by other rules
			b.kept.drop(c)
		}
	}
}

// Close ends the folding and keeps a checkpoint.
func (b *Board) Close() {
	b.stop()
	b.work.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.since > 0 {
		b.checkpoint()
	}
}

// Ready is closed once all that the log held at the start is folded.
func (b *Board) Ready() <-chan struct{} { return b.ready }

// Changed gets a signal when the board may be another than at the last one. One
// goroutine may wait for it.
func (b *Board) Changed() <-chan struct{} { return b.news }

// folded says that the board tells of what the log held at the start.
func (b *Board) folded() bool {
	select {
	case <-b.ready:
		return true
	default:
		return false
	}
}

// follow folds the log until ctx ends, anew where other rules were given.
func (b *Board) follow(ctx context.Context) {
	for ctx.Err() == nil {
		turn, end := context.WithCancel(ctx)
		b.mu.Lock()
		wanted := b.wanted
		b.wanted, b.turn = nil, end
		b.mu.Unlock()
		if wanted != nil {
			b.refold(ctx, *wanted)
		}
		err := b.followOnce(turn)
		end()
		if turn.Err() == nil {
			if !errors.Is(err, eventlog.ErrClosed) {
				b.log.Error("the board no longer follows the log", "error", err)
			}
			return
		}
	}
}

func (b *Board) followOnce(ctx context.Context) error {
	for c, err := range b.o.Log.Follow(ctx, 0, b.state.Pos()) {
		if errors.Is(err, eventlog.ErrDamaged) {
			b.log.Error("a damaged commit is missing on the board", "position", c.Pos)
			continue
		}
		if err != nil {
			return err
		}
		b.fold(c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// Reckon reckons today anew, by other rules. Days before keep what they were
// reckoned by.
func (b *Board) Reckon(rules supervisor.Rules) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if markOf(rules) == markOf(b.rules) && b.wanted == nil {
		return
	}
	b.wanted = &rules
	if b.turn != nil {
		b.turn()
	}
}

// refold replaces the state by one that was reckoned by other rules. Until it is
// there, the old one is shown.
func (b *Board) refold(ctx context.Context, rules supervisor.Rules) {
	b.mu.Lock()
	b.rules = rules
	upTo := b.state.Pos()
	b.mu.Unlock()
	s := b.begin()
	b.away = time.Time{}
	if s.Pos() < upTo {
		for c, err := range b.o.Log.Follow(ctx, 0, s.Pos()) {
			if err != nil && !errors.Is(err, eventlog.ErrDamaged) {
				return // ctx has ended, or followOnce will say so
			}
			if err == nil {
				b.putAway(s, c.At)
				s.Apply(c)
			}
			if c.Pos >= upTo {
				break
			}
		}
	}
	b.mu.Lock()
	b.state = s
	b.reckoned++
	b.mu.Unlock()
	b.tell()
}

// late is how long after a day's end its figures are put away: commits of several
// writers may come a moment out of order.
const late = time.Minute

// catchingUp is how many times fewer checkpoints are kept while what the log held
// at the start is folded.
const catchingUp = 3

func (b *Board) fold(c eventlog.Stored) {
	b.mu.Lock()
	b.putAway(b.state, c.At)
	b.state.Apply(c)
	b.since++
	folded := b.folded()
	mark := c.At.UnixMilli() / supervisor.Interval.Milliseconds()
	if b.since >= b.o.Every && (folded || b.since >= catchingUp*b.o.Every) || folded && mark > b.mark {
		b.mark = mark
		b.checkpoint()
	}
	done := c.Pos >= b.hold && !folded
	b.mu.Unlock()
	if done {
		close(b.ready)
	}
	b.tell()
}

func (b *Board) tell() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// putAway keeps the figures of days that are over in files of their own.
func (b *Board) putAway(s *supervisor.State, now time.Time) {
	if now.Before(b.away) && !s.Kept().IsZero() {
		return
	}
	from := s.Kept()
	if from.IsZero() {
		start, _ := b.rules.Day(now)
		s.Keep(start)
		return
	}
	for {
		start, end := b.rules.Day(from)
		if b.away = end.Add(late); now.Before(b.away) {
			return
		}
		if err := b.kept.putDay(start.In(b.rules.Location()), s.Day(start, end)); err != nil {
			b.log.Error("the figures of a day could not be kept", "day", start, "error", err)
			return // they stay in the state, and the next commit tries again
		}
		s.Keep(end)
		from = end
	}
}

// checkpoint keeps the state. b.mu is held.
func (b *Board) checkpoint() {
	b.since = 0
	today, _ := b.rules.Day(b.state.At())
	if err := b.kept.put(b.state, b.rules, today); err != nil {
		b.log.Error("the board could not be kept; it will be folded anew from an earlier checkpoint", "error", err)
	}
}

// Mark is how far somebody has been told of the board; the zero Mark is not at
// all.
type Mark struct {
	pos    uint64
	dayMs  int64
	reckon int
}

// Since returns what changed on the board after a mark, and the mark to ask with
// next; see supervisor.State.Since. It is false while the board does not know yet
// what the log held at the start.
func (b *Board) Since(m Mark, minute bool) (supervisor.Board, Mark, bool) {
	if !b.folded() {
		return supervisor.Board{}, m, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.reckon != b.reckoned {
		m.dayMs = 0 // what was told was reckoned by other rules
	}
	out := b.state.Since(m.pos, m.dayMs, b.now(), minute)
	return out, Mark{out.Pos, out.DayMs, b.reckoned}, true
}

// Watching lists who watches which conversations, once the board is folded.
func (b *Board) Watching() map[id.Conversation][]id.Agent {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.Watching()
}

// now is the clock, or the last commit's time where that is later.
func (b *Board) now() time.Time {
	now := b.o.Now()
	if at := b.state.At(); at.After(now) {
		return at
	}
	return now
}

// Errors of At.
var (
	ErrFuture   = errors.New("that moment has not come yet")
	ErrNotToday = errors.New("the board is kept for today; earlier days are in the reports")
)

// At rebuilds the board as it was at a moment of today, from the log: with all
// commits before the first that came later.
func (b *Board) At(ctx context.Context, at time.Time) (supervisor.Board, error) {
	b.mu.Lock()
	rules, upTo, now := b.rules, b.state.Pos(), b.now()
	b.mu.Unlock()
	switch today, _ := rules.Day(now); {
	case at.After(now):
		return supervisor.Board{}, ErrFuture
	case at.Before(today):
		return supervisor.Board{}, ErrNotToday
	}
	s := b.kept.before(at.Add(time.Millisecond), rules)
	if s.Pos() < upTo {
		for c, err := range b.o.Log.Follow(ctx, 0, s.Pos()) {
			if errors.Is(err, eventlog.ErrDamaged) {
				continue
			}
			if err != nil {
				return supervisor.Board{}, fmt.Errorf("read the log: %w", err)
			}
			if c.At.After(at) {
				break
			}
			if s.Apply(c); c.Pos >= upTo {
				break
			}
		}
	}
	return s.Board(at), nil
}

// Days returns the figures of the organisation's days from one to another,
// both included, by intervals. Days without a trace are left out.
func (b *Board) Days(from, to time.Time) ([]supervisor.Day, error) {
	var out []supervisor.Day
	b.mu.Lock()
	rules := b.rules
	b.mu.Unlock()
	_, last := rules.Day(to)
	for start, end := rules.Day(from); start.Before(last); start, end = rules.Day(end) {
		d, err := b.day(start, rules)
		if err != nil {
			return nil, err
		}
		if len(d.Queues)+len(d.Agents)+len(d.Codes) > 0 {
			out = append(out, d)
		}
	}
	return out, nil
}

func (b *Board) day(start time.Time, rules supervisor.Rules) (supervisor.Day, error) {
	b.mu.Lock()
	if kept := b.state.Kept(); kept.IsZero() || !start.Before(kept) {
		defer b.mu.Unlock()
		return b.state.Day(start, b.now()), nil
	}
	b.mu.Unlock()
	return b.kept.day(start.In(rules.Location()))
}
