package eventlogtest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"parley/backend/eventlog"
)

func read(t *testing.T, h Home) {
	s := Conversation("a")
	want := Fill(t, h.Log, s, 300)
	Fill(t, h.Log, Conversation("a2"), 3) // a neighbour whose name begins alike
	for _, after := range []uint64{0, 1, 127, 128, 129, 299, 300, 1000} {
		wantAll(t, fmt.Sprintf("after %d", after), Collect(t, h.Log, s, after), want[min(after, 300):])
	}
	n := 0
	for range h.Log.Read(t.Context(), s, 0) {
		if n++; n == 5 {
			break
		}
	}
	if got := Collect(t, h.Log, Conversation("none"), 0); got != nil {
		t.Errorf("an empty stream holds %+v", got)
	}
}

// follow: what was there, then what comes, woken by the commit itself.
func follow(t *testing.T, h Home) {
	want := Fill(t, h.Log, Conversation("a"), 3)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	came := make(chan eventlog.Stored)
	ended := make(chan error, 1)
	go func() {
		for c, err := range h.Log.Follow(ctx, 0, 1) {
			if err != nil {
				ended <- err
				return
			}
			came <- c
		}
		ended <- nil
	}()
	Same(t, "second", <-came, want[1])
	Same(t, "third", <-came, want[2])
	for i := range 20 {
		added := Add(t, h.Log, Conversation("b"), headOf(t, h.Log, "b"), fmt.Sprintf("later %d", i))
		Same(t, "later", <-came, added)
	}
	cancel()
	wantErr(t, "end", <-ended, context.Canceled)
}

func headOf(t testing.TB, l eventlog.Log, name string) eventlog.Head {
	t.Helper()
	head, err := l.Head(t.Context(), Conversation(name))
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// followSlowly: a reader that stands still while much is written misses nothing.
func followSlowly(t *testing.T, h Home) {
	first := Fill(t, h.Log, Conversation("a"), 1)
	var want, got []eventlog.Stored
	want = append(want, first...)
	for c, err := range h.Log.Follow(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, c); len(got) == 1 {
			want = append(want, Fill(t, h.Log, Conversation("b"), 500)...)
		}
		if len(got) == 501 {
			break
		}
	}
	wantAll(t, "follow", got, want)
}

func followMany(t *testing.T, h Home) {
	const n = 200
	var wg sync.WaitGroup
	got := make([][]eventlog.Stored, 4)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = followN(t.Context(), h.Log, 0, n); err != nil {
				t.Error(err)
			}
		})
	}
	want := Fill(t, h.Log, Conversation("a"), n)
	wg.Wait()
	for i := range got {
		wantAll(t, "follower", got[i], want)
	}
}

func lookup(t *testing.T, h Home) {
	want := Fill(t, h.Log, Conversation("a"), 3)
	for _, w := range want {
		got, err := h.Log.Lookup(t.Context(), w.ID)
		if err != nil {
			t.Fatal(err)
		}
		Same(t, "lookup", got, w)
	}
	_, err := h.Log.Lookup(t.Context(), "unknown")
	wantErr(t, "unknown command", err, eventlog.ErrNotFound)
}

func sealed(t *testing.T, h Home) {
	s := Conversation("a")
	content := []eventlog.Sealed{{Key: "a/1", Value: []byte("\x00\x00\x00\x00\x00\x00\x00\x01first")}, {Key: "a/2", Value: []byte{1}}}
	first := Add(t, h.Log, s, eventlog.Head{}, "one", content...)
	for _, want := range content {
		got, err := h.Log.Sealed(t.Context(), want.Key)
		if err != nil || !bytes.Equal(got, want.Value) {
			t.Errorf("sealed %s = %q, error %v, want %q", want.Key, got, err, want.Value)
		}
	}
	// A commit that fails, or was stored before, leaves no content behind.
	other := eventlog.Sealed{Key: "b/1", Value: []byte("other")}
	_, _, err := h.Log.Append(t.Context(), Next(s, eventlog.Head{}, "stale"), other)
	wantErr(t, "stale", err, eventlog.ErrConflict)
	if _, again, err := h.Log.Append(t.Context(), Next(s, HeadOf(first), "one"), other); err != nil || !again {
		t.Errorf("again %v, error %v", again, err)
	}
	_, err = h.Log.Sealed(t.Context(), "b/1")
	wantErr(t, "content of a commit not stored", err, eventlog.ErrNotFound)
	// The newest content under a key counts.
	Add(t, h.Log, s, HeadOf(first), "two", eventlog.Sealed{Key: "a/1", Value: []byte("second")})
	if got, err := h.Log.Sealed(t.Context(), "a/1"); err != nil || string(got) != "second" {
		t.Errorf("replaced content = %q, error %v", got, err)
	}
}

func closed(t *testing.T, h Home) {
	Fill(t, h.Log, Conversation("a"), 1)
	ended := make(chan error, 1)
	following := make(chan struct{})
	go func() {
		for _, err := range h.Log.Follow(t.Context(), 0, 0) {
			if err != nil {
				ended <- err
				return
			}
			close(following)
		}
	}()
	<-following
	if err := h.Log.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "follow", <-ended, eventlog.ErrClosed)
	_, _, err := h.Log.Append(t.Context(), Next(Conversation("b"), eventlog.Head{}, "late"))
	wantErr(t, "append", err, eventlog.ErrClosed)
	_, err = h.Log.Head(t.Context(), Conversation("a"))
	wantErr(t, "head", err, eventlog.ErrClosed)
	for _, err := range h.Log.Read(t.Context(), Conversation("a"), 0) {
		wantErr(t, "read", err, eventlog.ErrClosed)
	}
	if err := h.Log.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// reopen: everything is as it was, and positions go on.
func reopen(t *testing.T, h Home) {
	s, epoch := Conversation("a"), h.Log.Epoch()
	if epoch == "" {
		t.Error("the log has no epoch")
	}
	if h.Reopen == nil {
		return
	}
	want := Fill(t, h.Log, s, 5)
	for range 3 {
		l := h.Reopen(t)
		if l.Epoch() != epoch {
			t.Errorf("epoch %s, want %s", l.Epoch(), epoch)
		}
		wantAll(t, "read", Collect(t, l, s, 0), want)
		all, err := followN(t.Context(), l, 0, len(want))
		if err != nil {
			t.Fatal(err)
		}
		wantAll(t, "follow", all, want)
		last := want[len(want)-1]
		added := Add(t, l, s, HeadOf(last), fmt.Sprintf("more %d", len(want)))
		if added.Pos != last.Pos+1 {
			t.Errorf("position %d follows %d", added.Pos, last.Pos)
		}
		want = append(want, added)
	}
}

func otherPartition(t *testing.T, h Home) {
	_, err := h.Log.Tail(t.Context(), 4_000_000_000)
	wantErr(t, "tail", err, eventlog.ErrNotFound)
	for _, err := range h.Log.Follow(t.Context(), 4_000_000_000, 0) {
		wantErr(t, "follow", err, eventlog.ErrNotFound)
	}
}
