package badger_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
)

// images makes a log and two images of it: one after a clean stop, where most
// lies in tables, and one as a crash leaves it, where much lies in write-ahead
// logs. In both the second copy is complete.
func images(t *testing.T) (o *original, byName map[string]string) {
	dir := filepath.Join(t.TempDir(), "origin")
	o = &original{}
	opt := small()
	l := open(t, dir, opt)
	o.write(t, l, 300)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, opt)
	o.write(t, l, 100)
	if err := l.SyncWitness(t.Context()); err != nil {
		t.Fatal(err)
	}
	crash, clean := filepath.Join(t.TempDir(), "crash"), filepath.Join(t.TempDir(), "clean")
	copyDir(t, dir, crash)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	copyDir(t, dir, clean)
	return o, map[string]string{"after a crash": crash, "after a clean stop": clean}
}

// TestFlippedBits flips one bit after another, on both sides: nothing wrong is
// served, and Repair brings everything back from the other side.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	o, byName := images(t)
	for name, image := range byName {
		for _, store := range []string{"log", "witness"} {
			t.Run(name+"/"+store, func(t *testing.T) {
				t.Parallel()
				noticed := 0
				must := store == "log" || name == "after a clean stop"
				for i, p := range places(t, filepath.Join(image, store), 10) {
					dir := filepath.Join(t.TempDir(), "flipped")
					copyDir(t, image, dir)
					flip(t, filepath.Join(dir, store, p.path), p.at, uint(i%8))
					if survive(t, o, dir, fmt.Sprintf("%s byte %d bit %d", p.path, p.at, i%8)) {
						noticed++
					}
				}
				// Some bits mean nothing to Badger, but most do; and a second
				// copy that lost only its end is brought up without a word.
				if must && noticed < 3 {
					t.Errorf("only %d of 10 flips were noticed", noticed)
				}
			})
		}
	}
}

// survive opens a damaged log, checks what it serves, repairs it and checks that
// all is back. It tells whether the damage was noticed.
func survive(t *testing.T, o *original, dir, what string) (noticed bool) {
	t.Helper()
	opt := small()
	missing := 0
	l, err := badger.Open(dir, opt)
	if err == nil {
		missing = o.served(t, l)
		if _, err := l.Verify(t.Context()); err != nil {
			t.Errorf("%s: verify: %v", what, err)
		}
		noticed = len(l.Damage()) > 0
		if missing > 0 && !noticed {
			t.Errorf("%s: %d pieces are missing and nothing is called damaged", what, missing)
		}
		if err := l.Close(); err != nil {
			t.Errorf("%s: close: %v", what, err)
		}
	} else if noticed = errors.Is(err, eventlog.ErrDamaged); !noticed {
		t.Errorf("%s: open: %v", what, err)
	}
	if !noticed {
		// Then the second copy must be good for everything, too.
		if err := os.RemoveAll(filepath.Join(dir, "log")); err != nil {
			t.Fatal(err)
		}
	}
	report, err := badger.Repair(dir, opt)
	if err != nil {
		t.Errorf("%s: repair: %v", what, err)
		return noticed
	}
	if len(report.Lost) > 0 || report.Commits != uint64(len(o.all)) {
		t.Errorf("%s: repaired to %d commits, %d losses", what, report.Commits, len(report.Lost))
	}
	l = open(t, dir, opt)
	if missing := o.served(t, l); missing > 0 || len(l.Damage()) > 0 {
		t.Errorf("%s: after the repair %d pieces are missing, %d damaged", what, missing, len(l.Damage()))
	}
	if report.EpochBefore != "" && l.Epoch() != o.epoch {
		t.Errorf("%s: nothing was lost, but the epoch is another", what)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	return noticed
}

// TestLogTailCut: the log's write-ahead log loses its end, as Badger lets happen
// without a word.
func TestLogTailCut(t *testing.T) {
	t.Parallel()
	o, byName := images(t)
	dir := byName["after a crash"]
	cutWAL(t, filepath.Join(dir, "log"))
	l := open(t, dir, small())
	if missing := o.served(t, l); missing == 0 || len(l.Damage()) == 0 {
		t.Fatalf("%d pieces missing, damage: %v", missing, l.Damage())
	}
	c := eventlogtest.Next(eventlogtest.Conversation("new"), eventlog.Head{}, "new")
	if _, _, err := l.Append(t.Context(), c); !errors.Is(err, eventlog.ErrDamaged) {
		t.Errorf("append to a log that lost its tail: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if !survive(t, o, dir, "cut tail") {
		t.Error("the second start does not notice")
	}
}

// cutWAL zeroes the second half of what a store's newest write-ahead log holds.
func cutWAL(t *testing.T, store string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(store, "*.mem"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no write-ahead log in %s: %v", store, err)
	}
	path := files[len(files)-1]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := len(b)
	for end > 0 && b[end-1] == 0 {
		end--
	}
	clear(b[end/2:])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWitnessTailCut: a second copy that lost its end is brought up again.
func TestWitnessTailCut(t *testing.T) {
	t.Parallel()
	o, byName := images(t)
	dir := byName["after a crash"]
	cutWAL(t, filepath.Join(dir, "witness"))
	l := open(t, dir, small())
	if missing := o.served(t, l); missing > 0 || len(l.Damage()) > 0 {
		t.Fatalf("%d pieces missing, damage: %v", missing, l.Damage())
	}
	if err := l.SyncWitness(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// The second copy alone now restores everything.
	if err := os.RemoveAll(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	if !survive(t, o, dir, "log gone") {
		t.Error("a log that is gone was not noticed")
	}
}

// TestBothSidesDamaged: what neither side holds is named, the rest is served
// under a new epoch.
func TestBothSidesDamaged(t *testing.T) {
	t.Parallel()
	o, byName := images(t)
	dir := byName["after a crash"]
	cutWAL(t, filepath.Join(dir, "log"))
	cutWAL(t, filepath.Join(dir, "witness"))
	// Both images end somewhere; the longer one is what can be had.
	if l, err := badger.Open(dir, small()); err == nil {
		o.servedSome(t, l)
		_ = l.Close()
	}
	report, err := badger.Repair(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, small())
	if got := o.servedSome(t, l); uint64(got) != report.Commits || got == 0 {
		t.Errorf("%d commits served, the report says %+v", got, report)
	}
	if len(report.Lost) > 0 && l.Epoch() == o.epoch {
		t.Error("commits were lost, but the epoch is the same")
	}
}

// servedSome checks that what is served is a beginning of each stream.
func (o *original) servedSome(t *testing.T, l *badger.Log) (n int) {
	t.Helper()
	for s, want := range o.streams {
		i := 0
		for got, err := range l.Read(t.Context(), s, 0) {
			if err != nil {
				break
			}
			eventlogtest.Same(t, "read", got, want[i])
			i++
			n++
		}
	}
	return n
}
