package badger_test

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

// small are options for tests: little memory, a reserve that the test machine
// surely has, and no output.
func small() badger.Options {
	o := badger.Small()
	o.MemTable = 2 << 20
	o.Reserve = 1 << 20
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	return o
}

func open(t testing.TB, dir string, o badger.Options) *badger.Log {
	t.Helper()
	l, err := badger.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func suite(t *testing.T, o badger.Options) {
	eventlogtest.Run(t, func(t testing.TB) eventlogtest.Home {
		dir := t.TempDir()
		l := open(t, dir, o)
		return eventlogtest.Home{Log: l, Reopen: func(t testing.TB) eventlog.Log {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, dir, o)
			if d := l.Damage(); len(d) > 0 {
				t.Errorf("damage after reopening: %v", d)
			}
			return l
		}}
	})
}

func TestSuite(t *testing.T) {
	t.Parallel()
	suite(t, small())
}

// TestSuiteForgetful runs the suite with next to nothing held in memory, so
// that all of it comes from disk.
func TestSuiteForgetful(t *testing.T) {
	t.Parallel()
	o := small()
	o.Recent, o.HeadCache, o.WitnessLag = 2, 2, 8
	suite(t, o)
}

// TestReadersOfWhatIsBeingWritten: whoever asks for a stream at the moment of
// its first commit sees it or does not, and never takes it for damaged.
func TestReadersOfWhatIsBeingWritten(t *testing.T) {
	t.Parallel()
	o := small()
	o.Recent, o.HeadCache, o.WitnessEvery = 2, 2, time.Microsecond
	l := open(t, t.TempDir(), o)
	ctx := t.Context()
	const streams, readers = 600, 4
	var wg sync.WaitGroup
	for n := range streams {
		s := eventlog.Stream{Kind: eventlog.Agent, ID: fmt.Sprint(n)}
		written := make(chan struct{})
		for range readers {
			wg.Go(func() {
				for {
					if _, err := l.Head(ctx, s); err != nil {
						t.Errorf("stream %d: %v", n, err)
						return
					}
					select {
					case <-written:
						return
					default:
					}
				}
			})
		}
		c := eventlog.Commit{Stream: s, Rev: 1, ID: id.Command(fmt.Sprint(n)), At: time.UnixMilli(1), Actor: "test"}
		stored, _, err := l.Append(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		c.Rev, c.PrevHash, c.ID = 2, stored.Hash, c.ID+"b"
		if _, _, err := l.Append(ctx, c); err != nil {
			t.Fatal(err)
		}
		close(written)
		wg.Wait()
	}
	if d := l.Damage(); len(d) > 0 {
		t.Errorf("taken for damaged: %v", d)
	}
}
