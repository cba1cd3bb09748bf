package badger_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

func testContext() context.Context { return context.Background() }

// ack is what a child said after an append.
type ack struct {
	id   id.Command
	pos  uint64
	hash string
}

// startChild runs this binary as a child and returns what it says on descriptor 3.
func startChild(t *testing.T, role, dir string, writers, appends int, wrap ...string) (*exec.Cmd, *bufio.Scanner, *strings.Builder) {
	t.Helper()
	args := append(wrap, os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+dir,
		fmt.Sprintf("%s=%d", childWriters, writers), fmt.Sprintf("%s=%d", childAppends, appends))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() { _ = r.Close() })
	return cmd, bufio.NewScanner(r), &stderr
}

// The tests that start children do not run beside others: a child just forked
// holds the locks of every open log for a moment.

// TestKilled kills a child 50 times, each time after a random number of
// acknowledgements, with 64 writers at work, and looks at what it left from
// outside: nothing acknowledged is lost, doubled or moved.
func TestKilled(t *testing.T) {
	const kills, writers = 50, 64
	dir := t.TempDir()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	w := &watcher{byID: make(map[id.Command]ack), heads: make(map[eventlog.Stream]eventlog.Head)}
	var acks []ack
	for n := range kills {
		acks = append(acks, killedRun(t, dir, writers, 1+random.IntN(400))...)
		if n%5 < 4 {
			continue // the next child recovers what this one left, and goes on
		}
		if w.check(t, dir, acks); t.Failed() {
			return
		}
		acks = acks[:0]
	}
	w.checkAll(t, dir)
	t.Logf("%d acknowledged, %d stored", len(w.byID), w.tail)
}

// killedRun lets a child write until it has acknowledged n commits, kills it and
// returns all it acknowledged.
func killedRun(t *testing.T, dir string, writers, n int) (acks []ack) {
	t.Helper()
	cmd, lines, stderr := startChild(t, "write", dir, writers, 1<<30)
	for lines.Scan() {
		var a ack
		if _, err := fmt.Sscanf(lines.Text(), "ACK %s %d %s", &a.id, &a.pos, &a.hash); err != nil {
			continue // a request, or a line cut off by the kill
		}
		if len(a.hash) != 64 {
			continue
		}
		if acks = append(acks, a); len(acks) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
	if len(acks) < n {
		t.Fatalf("the child ended by itself after %d acknowledgements: %s", len(acks), stderr)
	}
	return acks
}

// watcher remembers what was acknowledged and how the log looked before.
type watcher struct {
	byID  map[id.Command]ack
	heads map[eventlog.Stream]eventlog.Head
	tail  uint64
}

// check opens the log after a kill and follows what is new.
func (w *watcher) check(t *testing.T, dir string, acks []ack) {
	t.Helper()
	o := small()
	o.StartVerify = 1000 // what came last; checkAll reads all
	l, err := badger.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if d := l.Damage(); len(d) > 0 {
		t.Errorf("damage: %v", d)
	}
	for _, a := range acks {
		if before, ok := w.byID[a.id]; ok {
			t.Errorf("%s acknowledged at position %d and again at %d", a.id, before.pos, a.pos)
		}
		w.byID[a.id] = a
		got, err := l.Lookup(t.Context(), a.id)
		if err != nil || got.Pos != a.pos || got.Hash.String() != a.hash {
			t.Errorf("%s acknowledged at %d, found at %d, error %v", a.id, a.pos, got.Pos, err)
		}
	}
	w.follow(t, l)
}

// follow checks the order of everything after the tail seen last.
func (w *watcher) follow(t *testing.T, l *badger.Log) {
	t.Helper()
	tail, err := l.Tail(t.Context(), 0)
	if err != nil || tail.Pos < w.tail {
		t.Fatalf("tail %d after %d, error %v", tail.Pos, w.tail, err)
	}
	if tail.Pos == w.tail {
		return
	}
	for c, err := range l.Follow(t.Context(), 0, w.tail) {
		if err != nil {
			t.Fatal(err)
		}
		head := w.heads[c.Stream]
		if c.Pos != w.tail+1 || c.Rev != head.Rev+1 || c.PrevHash != head.Hash {
			t.Fatalf("%s rev %d at %d does not follow rev %d at %d", c.Stream, c.Rev, c.Pos, head.Rev, w.tail)
		}
		if want := c.Stream.ID + fmt.Sprintf("-%d", c.Rev); string(c.ID) != want {
			t.Fatalf("command %s where %s was to be", c.ID, want)
		}
		if got, err := l.Sealed(t.Context(), "body/"+string(c.ID)); err != nil || string(got) != "sealed "+string(c.ID) {
			t.Fatalf("sealed content of %s = %q, error %v", c.ID, got, err)
		}
		w.heads[c.Stream], w.tail = eventlogtest.HeadOf(c), c.Pos
		if w.tail == tail.Pos {
			return
		}
	}
}

// checkAll reads everything once more, by stream and in both stores.
func (w *watcher) checkAll(t *testing.T, dir string) {
	t.Helper()
	l, err := badger.Open(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if damage, err := l.Verify(t.Context()); err != nil || len(damage) > 0 {
		t.Errorf("verify: %v, error %v", damage, err)
	}
	n := uint64(0)
	for s, head := range w.heads {
		all := eventlogtest.Collect(t, l, s, 0)
		n += uint64(len(all))
		if eventlogtest.HeadOf(all[len(all)-1]) != head {
			t.Errorf("%s ends with rev %d, want %d", s, all[len(all)-1].Rev, head.Rev)
		}
	}
	if n != w.tail {
		t.Errorf("streams hold %d commits, the log %d", n, w.tail)
	}
}
