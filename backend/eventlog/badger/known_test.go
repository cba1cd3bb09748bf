package badger_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

// addMany appends commands named prefix-0 and so on to a stream of that name.
func addMany(t *testing.T, l *badger.Log, prefix string, n int) (cs []id.Command) {
	t.Helper()
	s := eventlogtest.Conversation(prefix)
	head, err := l.Head(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		got := eventlogtest.Add(t, l, s, head, fmt.Sprint(prefix, "-", i))
		head = eventlogtest.HeadOf(got)
		cs = append(cs, got.ID)
	}
	return cs
}

func learned(l *badger.Log) {
	for !l.Learned() {
		runtime.Gosched()
	}
}

// known counts commands that the log would ask the disk for.
func known(l *badger.Log, prefix string, n int) (count int) {
	for i := range n {
		if l.MayHave(id.Command(fmt.Sprint(prefix, "-", i))) {
			count++
		}
	}
	return count
}

// wantFirst appends each command again and wants its first result.
func wantFirst(t *testing.T, l *badger.Log, cs []id.Command) {
	t.Helper()
	for _, c := range cs {
		first, err := l.Lookup(t.Context(), c)
		if err != nil || first.ID != c {
			t.Fatalf("look up %s: %v", c, err)
		}
		got, again, err := l.Append(t.Context(), first.Commit)
		if err != nil || !again || got.Pos != first.Pos {
			t.Errorf("%s again: position %d, again %t, %v; want %d", c, got.Pos, again, err, first.Pos)
		}
	}
}

func TestNewCommandsAreTakenWithoutTheDisk(t *testing.T) {
	t.Parallel()
	o := small()
	o.Recent = 2
	dir := t.TempDir()
	l := open(t, dir, o)
	learned(l)
	before := addMany(t, l, "before", 150)
	if n := known(l, "new", 2000); n > 40 {
		t.Errorf("%d of 2000 new commands are looked for on disk", n)
	}
	wantFirst(t, l, before)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, o)
	after := addMany(t, l, "after", 50) // while the index is read
	learned(l)
	if n := known(l, "new", 2000); n > 40 {
		t.Errorf("%d of 2000 new commands are looked for on disk after a start", n)
	}
	wantFirst(t, l, append(before, after...))
}

func TestMoreCommandsThanAreKnown(t *testing.T) {
	t.Parallel()
	o := small()
	o.Recent, o.Commands = 2, 50
	dir := t.TempDir()
	l := open(t, dir, o)
	learned(l)
	cs := addMany(t, l, "some", 60)
	if l.Learned() || known(l, "new", 100) != 100 {
		t.Error("a log that holds more commands than it may know trusts what it knows")
	}
	wantFirst(t, l, cs)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, o)
	addMany(t, l, "more", 5)
	if l.Learned() || known(l, "new", 100) != 100 {
		t.Error("after a start it does")
	}
}

// TestIndexWithAGap: a log that has lost an entry of its index of commands does
// not take the rest for all of it.
func TestIndexWithAGap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, small())
	addMany(t, l, "some", 20)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := badgerdb.OpenManaged(badgerdb.DefaultOptions(filepath.Join(dir, "log")).WithLogger(nil).WithMemTableSize(2 << 20).WithValueThreshold(1 << 10))
	if err != nil {
		t.Fatal(err)
	}
	txn := db.NewTransactionAt(math.MaxUint64, true)
	if err := txn.Delete([]byte("isome-7")); err != nil {
		t.Fatal(err)
	}
	if err := txn.CommitAt(db.MaxVersion()+1, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 100)
	o := small()
	o.Logger = slog.New(heard{slog.DiscardHandler, said})
	l = open(t, dir, o)
	for text := range said {
		if strings.Contains(text, "index of commands is not whole") {
			break
		}
	}
	if l.Learned() || known(l, "new", 100) != 100 {
		t.Error("the log trusts an index with a gap")
	}
}

// heard passes on what is logged.
type heard struct {
	slog.Handler
	said chan<- string
}

func (heard) Enabled(context.Context, slog.Level) bool { return true }
func (h heard) Handle(_ context.Context, r slog.Record) error {
	select {
	case h.said <- r.Message:
	default:
	}
	return nil
}
