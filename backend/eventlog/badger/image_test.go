package badger_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
)

// original is what was acknowledged, to be held against what a damaged log serves.
type original struct {
	epoch   string
	all     []eventlog.Stored // in order of position
	streams map[eventlog.Stream][]eventlog.Stored
	sealed  map[string][]byte
}

// write appends n commits with sealed content, spread over some streams.
func (o *original) write(t testing.TB, l *badger.Log, n int) {
	t.Helper()
	if o.streams == nil {
		o.epoch = l.Epoch()
		o.streams, o.sealed = make(map[eventlog.Stream][]eventlog.Stored), make(map[string][]byte)
	}
	for range n {
		i := len(o.all)
		s := eventlogtest.Conversation(fmt.Sprintf("c%d", i%13))
		var head eventlog.Head
		if before := o.streams[s]; len(before) > 0 {
			head = eventlogtest.HeadOf(before[len(before)-1])
		}
		content := eventlog.Sealed{Key: fmt.Sprintf("body/%d", i), Value: fmt.Appendf(nil, "\x00\x00\x00\x00\x00\x00\x00\x01content %d", i)}
		got := eventlogtest.Add(t, l, s, head, fmt.Sprintf("command-%d", i), content)
		o.all = append(o.all, got)
		o.streams[s] = append(o.streams[s], got)
		o.sealed[content.Key] = content.Value
	}
}

// served checks that a log serves nothing that was not acknowledged, and tells
// how many of the commits and sealed contents it does not serve. Whatever it
// does not serve, it must call damaged.
func (o *original) served(t testing.TB, l *badger.Log) (missing int) {
	t.Helper()
	for s, want := range o.streams {
		n := 0
		for got, err := range l.Read(t.Context(), s, 0) {
			if err != nil {
				if !errors.Is(err, eventlog.ErrDamaged) {
					t.Errorf("read %s: %v", s, err)
				}
				missing += len(want) - n
				n = len(want)
				break
			}
			if n >= len(want) {
				t.Fatalf("%s holds more than was written: %+v", s, got)
			}
			eventlogtest.Same(t, "read", got, want[n])
			n++
		}
		if n < len(want) {
			t.Errorf("%s ends at rev %d of %d without a word; damage: %v", s, n, len(want), l.Damage())
			missing += len(want) - n
		}
	}
	for key, want := range o.sealed {
		got, err := l.Sealed(t.Context(), key)
		if err != nil {
			missing++
		} else if !bytes.Equal(got, want) {
			t.Errorf("sealed %s = %q, want %q", key, got, want)
		}
	}
	return missing
}

// copyDir copies a directory, leaving holes where there are zeros: what a crash
// leaves of an open log.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if e.Name() == "LOCK" {
			return nil
		}
		return copySparse(path, filepath.Join(to, rel))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copySparse(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	buf, zero := make([]byte, 64<<10), make([]byte, 64<<10)
	var at int64
	for {
		n, err := io.ReadFull(in, buf)
		if n > 0 && !bytes.Equal(buf[:n], zero[:n]) {
			if _, err := out.WriteAt(buf[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return out.Truncate(at)
		} else if err != nil {
			return err
		}
	}
}

// place is one byte of a store's files.
type place struct {
	path string
	at   int64
}

// places lists bytes that hold something, n of them evenly spread.
func places(t testing.TB, dir string, n int) []place {
	t.Helper()
	var all []place
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "LOCK" {
			return err
		}
		b, err := os.ReadFile(path)
		for i, c := range b {
			if c != 0 {
				rel, _ := filepath.Rel(dir, path)
				all = append(all, place{rel, int64(i)})
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].path < all[j].path })
	out := make([]place, 0, n)
	for i := range n {
		out = append(out, all[(i*len(all)+len(all)/3)/n])
	}
	return out
}

func flip(t testing.TB, path string, at int64, bit uint) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << bit
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}
