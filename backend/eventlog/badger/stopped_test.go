package badger_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

// TestFailedSync: a failed sync fails all who waited for it and all who come
// later; reading goes on, and shows nothing of what was not acknowledged.
func TestFailedSync(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, small())
	before := eventlogtest.Add(t, l, eventlogtest.Conversation("before"), eventlog.Head{}, "before")

	entered, release := make(chan struct{}), make(chan struct{})
	broken := errors.New("the disk is gone")
	syncs := 0
	err := l.OnSync(func() error {
		if syncs++; syncs > 1 {
			return broken
		}
		close(entered)
		<-release
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	add := func(name string) error {
		c := eventlogtest.Next(eventlogtest.Conversation(name), eventlog.Head{}, name)
		_, _, err := l.Append(t.Context(), c, eventlog.Sealed{Key: "body/" + name, Value: []byte("sealed " + name)})
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := add("held up"); err != nil {
			t.Errorf("the append before the failure: %v", err)
		}
	})
	<-entered
	const waiters = 9
	errs := make([]error, waiters)
	for i := range waiters {
		wg.Go(func() { errs[i] = add(fmt.Sprint("waiter ", i)) })
	}
	for l.Waiting() < waiters {
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	for i, err := range errs {
		if !errors.Is(err, eventlog.ErrStopped) || !errors.Is(err, broken) {
			t.Errorf("waiter %d: %v, want ErrStopped and its cause", i, err)
		}
	}
	if err := add("later"); !errors.Is(err, eventlog.ErrStopped) {
		t.Errorf("a later append: %v, want ErrStopped", err)
	}
	if syncs != 2 {
		t.Errorf("%d syncs were tried, want 2: none after the failed one", syncs)
	}
	wantAsBefore(t, l, before)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	// Opened again it takes writes, and who was told nothing certain may retry.
	l = open(t, dir, small())
	if d := l.Damage(); len(d) > 0 {
		t.Errorf("damage: %v", d)
	}
	for i := range waiters {
		if err := add(fmt.Sprint("waiter ", i)); err != nil {
			t.Errorf("retry of waiter %d: %v", i, err)
		}
	}
	if all := eventlogtest.Collect(t, l, eventlogtest.Conversation("waiter 0"), 0); len(all) != 1 {
		t.Errorf("waiter 0 is stored %d times", len(all))
	}
}

// wantAsBefore checks that readers see two commits and nothing of the waiters.
func wantAsBefore(t *testing.T, l *badger.Log, before eventlog.Stored) {
	t.Helper()
	all := eventlogtest.Collect(t, l, before.Stream, 0)
	if len(all) != 1 {
		t.Fatalf("%d commits are read, want 1", len(all))
	}
	eventlogtest.Same(t, "read after the failure", all[0], before)
	if tail, err := l.Tail(t.Context(), 0); err != nil || tail.Pos != 2 {
		t.Errorf("tail %d, error %v, want 2", tail.Pos, err)
	}
	if _, err := l.Lookup(t.Context(), id.Command("waiter 0")); !errors.Is(err, eventlog.ErrNotFound) {
		t.Errorf("lookup of a command that failed: %v", err)
	}
	if head, err := l.Head(t.Context(), eventlogtest.Conversation("waiter 0")); err != nil || head.Rev != 0 {
		t.Errorf("a stream that failed is at rev %d, error %v", head.Rev, err)
	}
}

// TestOpenScansNothing: how much a log holds does not decide what opening it
// costs. Allocations stand for work: reading one commit takes several.
func TestOpenScansNothing(t *testing.T) {
	o := small()
	o.StartVerify, o.ScrubRate = 100, -1
	dir := t.TempDir()
	written := 0
	cost := func(commits int) int {
		l := open(t, dir, o)
		var wg sync.WaitGroup
		const writers = 50
		for w := range writers {
			s := eventlogtest.Conversation(fmt.Sprintf("c%d-%d", written, w))
			wg.Go(func() {
				var head eventlog.Head
				for range (commits - written) / writers {
					sealed := eventlog.Sealed{Key: "body/" + id.New(), Value: make([]byte, 200)}
					got, _, err := l.Append(t.Context(), eventlogtest.Next(s, head, id.New()), sealed)
					if err != nil {
						t.Error(err)
						return
					}
					head = eventlogtest.HeadOf(got)
				}
			})
		}
		wg.Wait()
		written = commits
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l = open(t, dir, o)
		runtime.ReadMemStats(&after)
		if tail, err := l.Tail(t.Context(), 0); err != nil || tail.Pos != uint64(commits) {
			t.Fatalf("tail %d, error %v, want %d", tail.Pos, err, commits)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return int(after.Mallocs - before.Mallocs)
	}
	few := cost(1000)
	many := cost(6000)
	if limit := few + 5000; many > limit {
		t.Errorf("opening took %d allocations with 1,000 commits and %d with 6,000, want at most %d", few, many, limit)
	}
	t.Logf("%d allocations with 1,000 commits, %d with 6,000", few, many)
}
