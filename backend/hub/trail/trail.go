// Package trail writes the audit log: it follows the log and records what follows
// from commits, once each, however often the hub is started again; sign-ins and
// refusals it records as they happen.
package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"parley/backend/audit"
	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// Options of a trail. Log, Engine and File must be set.
type Options struct {
	Log    eventlog.Log
	Engine *engine.Engine
	// File keeps how far the log was followed. Without it the log is followed
	// from its beginning, which takes longer and does nothing twice.
	File   string
	Logger *slog.Logger // default slog.Default
}

// Trail writes the audit log. Its methods are safe for concurrent use.
type Trail struct {
	o    Options
	log  *slog.Logger
	stop context.CancelFunc
	work sync.WaitGroup

	writing sync.Mutex // one record at a time, so that none conflicts

	mu       sync.Mutex
	followed uint64
	told     chan struct{} // closed when followed grows; nil if nobody waits
	acting   map[id.Command]auth.Session
	order    []id.Command // of acting, oldest first
	limits   limits
}

// cursor is what File holds.
type cursor struct {
	Epoch      string `json:"epoch"`
	Pos        uint64 `json:"pos"`
	Derivation int    `json:"derivation"` // audit.Derivation
}

// Open begins to follow. Close it.
func Open(ctx context.Context, o Options) (*Trail, error) {
	t := &Trail{o: o, log: o.Logger, acting: map[id.Command]auth.Session{}, limits: newLimits()}
	if t.log == nil {
		t.log = slog.Default()
	}
	tail, err := o.Log.Tail(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("find the log's end: %w", err)
	}
	at, err := t.read()
	if err != nil {
		t.log.Error("how far the audit log has come cannot be read; the log is followed from its beginning", "file", o.File, "error", err)
	}
	if at.Epoch == o.Log.Epoch() && at.Pos <= tail.Pos && at.Derivation == audit.Derivation {
		t.followed = at.Pos
	}
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.work.Go(func() { t.follow(follow) })
	return t, nil
}

// Close ends following. What was not recorded is at the next start.
func (t *Trail) Close() {
	t.stop()
	t.work.Wait()
	if err := t.save(); err != nil {
		t.log.Error("how far the audit log has come cannot be stored", "error", err)
	}
	if n := t.limits.left(); n > 0 {
		t.log.Warn("refusals came too fast to be recorded", "refusals", n)
	}
}

func (t *Trail) read() (cursor, error) {
	var c cursor
	data, err := os.ReadFile(t.o.File)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	return c, err
}

func (t *Trail) save() error {
	t.mu.Lock()
	c := cursor{Epoch: t.o.Log.Epoch(), Pos: t.followed, Derivation: audit.Derivation}
	t.mu.Unlock()
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return auth.WriteFile(t.o.File, data)
}

// saveEvery is how many commits lie between two stored cursors.
const saveEvery = 10_000

// follow records what follows from commits until ctx ends.
func (t *Trail) follow(ctx context.Context) {
	for c, err := range t.o.Log.Follow(ctx, 0, t.followed) {
		if errors.Is(err, eventlog.ErrDamaged) {
			t.log.Error("a commit is damaged, and what it says is not in the audit log", "position", c.Pos)
			continue
		}
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, eventlog.ErrClosed) {
				t.log.Error("the audit log cannot follow the log", "error", err)
			}
			return
		}
		if r, ok := audit.Derive(c); ok && !t.derived(ctx, c, r) {
			return
		}
		t.mu.Lock()
		t.followed = c.Pos
		if t.told != nil {
			close(t.told)
			t.told = nil
		}
		t.mu.Unlock()
		if c.Pos%saveEvery == 0 {
			if err := t.save(); err != nil {
				t.log.Error("how far the audit log has come cannot be stored", "error", err)
			}
		}
	}
}

// CommandOf is the command that records what follows from a commit.
func CommandOf(c audit.Ref) id.Command {
	return engine.FollowUp("audit", string(c.Stream.Kind), c.Stream.ID, strconv.FormatUint(c.Rev, 10))
}

// derived writes a record that follows from a commit, and tries until it is
// written; false if there is no use in trying.
func (t *Trail) derived(ctx context.Context, c eventlog.Stored, r audit.Record) bool {
	if s, ok := t.actor(c.ID); ok && r.Session == "" {
		r.Session, r.Device = s.ID, s.Device
	}
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		err := t.write(ctx, CommandOf(*r.Commit), r)
		switch {
		case err == nil:
			return true
		case ctx.Err() != nil, errors.Is(err, eventlog.ErrClosed), errors.Is(err, eventlog.ErrStopped):
			return false
		}
		t.log.Error("the audit log cannot be written and waits", "retry_in", wait, "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

func (t *Trail) write(ctx context.Context, cmd id.Command, r audit.Record) error {
	events, err := audit.Encode(r)
	if err != nil {
		return err
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	_, err = t.o.Engine.Append(ctx, audit.Stream, cmd, "hub", t.o.Engine.Now(), events)
	return err
}

// WaitFor returns when what follows from all commits up to a position is
// recorded.
func (t *Trail) WaitFor(ctx context.Context, pos uint64) error {
	for {
		t.mu.Lock()
		if t.told == nil {
			t.told = make(chan struct{})
		}
		there, told := t.followed >= pos, t.told
		t.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-told:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Record records what happened now. It returns when the record is stored.
func (t *Trail) Record(ctx context.Context, r audit.Record) error {
	r.At = t.o.Engine.Now()
	if err := t.write(ctx, id.Command(id.New()), r); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Refused records a refusal. Of refusals that come too fast, by one user or
// together, some are counted only, and the next one says how many. What goes
// wrong is logged.
func (t *Trail) Refused(ctx context.Context, r audit.Record) {
	skipped, ok := t.limits.take(r.Who, t.o.Engine.Now())
	if !ok {
		return
	}
	r.Outcome, r.Skipped = audit.Refused, skipped
	if err := t.Record(ctx, r); err != nil {
		t.log.Error("a refusal is not in the audit log", "action", r.Action, "error", err)
	}
}

// mostActing is how many commands' sessions are remembered until their commits
// are recorded.
const mostActing = 4096

// Acting tells whose session a command is of, before it is executed. It is
// remembered for a while: a record that is written only after a restart does not
// know it.
func (t *Trail) Acting(cmd id.Command, s auth.Session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.acting[cmd]; known {
		return
	}
	if len(t.order) >= mostActing {
		delete(t.acting, t.order[0])
		t.order = t.order[1:]
	}
	t.acting[cmd] = s
	t.order = append(t.order, cmd)
}

func (t *Trail) actor(cmd id.Command) (auth.Session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, ok := t.acting[cmd]
	return s, ok
}
