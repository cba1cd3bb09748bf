package badger_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/backend/eventlog/badger"
)

// TestRepairCutOff cuts a repair off after each of its steps: opening the log
// finishes it, or begins with what was there before, and a repair started again
// comes to the same end.
func TestRepairCutOff(t *testing.T) {
	t.Parallel()
	o, byName := images(t)
	damaged := byName["after a crash"]
	cutWAL(t, filepath.Join(damaged, "log"))

	mended := filepath.Join(t.TempDir(), "mended")
	copyDir(t, damaged, mended)
	if _, err := badger.Repair(mended, small()); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half")
	copyDir(t, filepath.Join(mended, "log"), half)
	tables, err := filepath.Glob(filepath.Join(half, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("the mended log has no tables: %v", err)
	}
	for _, table := range tables {
		if err := os.Truncate(table, 1000); err != nil {
			t.Fatal(err)
		}
	}

	aside := func(t *testing.T, dir, store string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, store), filepath.Join(dir, store+".damaged-20260101T000000.000Z")); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name string
		// left makes of the damaged stores what a cut-off repair leaves.
		left func(t *testing.T, dir string)
		done bool // opening finishes the repair
	}{
		{"while the new log is written", func(t *testing.T, dir string) {
			copyDir(t, half, filepath.Join(dir, "log.new"))
		}, false},
		{"when the new log is whole", func(t *testing.T, dir string) {
			copyDir(t, filepath.Join(mended, "log"), filepath.Join(dir, "log.ready"))
		}, true},
		{"when the damaged log is set aside", func(t *testing.T, dir string) {
			copyDir(t, filepath.Join(mended, "log"), filepath.Join(dir, "log.ready"))
			aside(t, dir, "log")
		}, true},
		{"when both stores are set aside", func(t *testing.T, dir string) {
			copyDir(t, filepath.Join(mended, "log"), filepath.Join(dir, "log.ready"))
			aside(t, dir, "log")
			aside(t, dir, "witness")
		}, true},
		{"when the new log is in place", func(t *testing.T, dir string) {
			aside(t, dir, "log")
			aside(t, dir, "witness")
			copyDir(t, filepath.Join(mended, "log"), filepath.Join(dir, "log"))
		}, true},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "cut-off")
			copyDir(t, damaged, dir)
			step.left(t, dir)
			l := open(t, dir, small())
			missing := o.served(t, l)
			switch whole := missing == 0 && len(l.Damage()) == 0; {
			case step.done && !whole:
				t.Errorf("opening did not finish the repair: %d pieces missing, damage: %v", missing, l.Damage())
			case !step.done && whole:
				t.Error("the damaged log serves everything")
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			report, err := badger.Repair(dir, small())
			if err != nil || len(report.Lost) > 0 || report.Commits != uint64(len(o.all)) {
				t.Fatalf("repaired again: %+v, error %v", report, err)
			}
			l = open(t, dir, small())
			if missing := o.served(t, l); missing > 0 || len(l.Damage()) > 0 {
				t.Errorf("after the second repair %d pieces are missing, damage: %v", missing, l.Damage())
			}
			for _, left := range []string{"log.new", "log.ready"} {
				if _, err := os.Stat(filepath.Join(dir, left)); err == nil {
					t.Errorf("%s is left over", left)
				}
			}
		})
	}
}
