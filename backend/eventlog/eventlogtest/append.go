package eventlogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"parley/backend/eventlog"
)

func conditions(t *testing.T, h Home) {
	s := Conversation("a")
	first := Add(t, h.Log, s, eventlog.Head{}, "one")
	if first.Rev != 1 || first.Pos != 1 || first.Hash != eventlog.HashOf(first.Encode()) {
		t.Fatalf("first commit stored as %+v", first)
	}
	second := Add(t, h.Log, s, HeadOf(first), "two")
	head := HeadOf(second)
	cases := map[string]eventlog.Head{
		"empty stream":      {},
		"stale head":        HeadOf(first),
		"future head":       {Rev: 3, Hash: head.Hash},
		"right rev, hash 0": {Rev: 2},
		"right hash, rev 1": {Rev: 1, Hash: head.Hash},
	}
	for name, after := range cases {
		_, again, err := h.Log.Append(t.Context(), Next(s, after, name))
		if wantErr(t, name, err, eventlog.ErrConflict); again {
			t.Errorf("%s: again", name)
		}
	}
	if got, err := h.Log.Head(t.Context(), s); err != nil || got != head {
		t.Errorf("head %+v, error %v, want %+v", got, err, head)
	}
	if got, err := h.Log.Head(t.Context(), Conversation("b")); err != nil || got != (eventlog.Head{}) {
		t.Errorf("head of an empty stream %+v, error %v", got, err)
	}
	if _, _, err := h.Log.Append(t.Context(), eventlog.Commit{Stream: s, Rev: 3}); err == nil {
		t.Error("a commit without a command was stored")
	}
	Add(t, h.Log, s, head, "three")
	Add(t, h.Log, eventlog.Stream{Kind: eventlog.Agent, ID: "a"}, eventlog.Head{}, "same ID, other kind")
}

// conflictFailsAlone: of many who wait together, only those with a stale
// condition fail.
func conflictFailsAlone(t *testing.T, h Home) {
	const n = 64
	var wg sync.WaitGroup
	errs := make([]error, 2*n)
	for i := range 2 * n {
		wg.Go(func() {
			s := Conversation(fmt.Sprintf("s%d", i/2)) // two for each stream, one must lose
			_, _, errs[i] = h.Log.Append(t.Context(), Next(s, eventlog.Head{}, fmt.Sprintf("c%d", i)))
		})
	}
	wg.Wait()
	for i := range n {
		a, b := errs[2*i], errs[2*i+1]
		if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), eventlog.ErrConflict) {
			t.Errorf("stream %d: errors %v and %v, want one conflict", i, a, b)
		}
	}
	if tail, err := h.Log.Tail(t.Context(), 0); err != nil || tail.Pos != n {
		t.Errorf("tail %+v, error %v, want %d", tail, err, n)
	}
}

func repeatedCommand(t *testing.T, h Home) {
	s := Conversation("a")
	first := Add(t, h.Log, s, eventlog.Head{}, "one")
	second := Add(t, h.Log, s, HeadOf(first), "two")
	cases := map[string]eventlog.Commit{
		"unchanged":      Next(s, eventlog.Head{}, "one"),
		"decided anew":   Next(s, HeadOf(second), "one"),
		"another stream": Next(Conversation("b"), eventlog.Head{}, "one"),
	}
	for name, c := range cases {
		got, again, err := h.Log.Append(t.Context(), c)
		if err != nil || !again {
			t.Errorf("%s: again %v, error %v", name, again, err)
		}
		Same(t, name, got, first)
	}
	if got := Collect(t, h.Log, Conversation("b"), 0); len(got) > 0 {
		t.Errorf("the other stream holds %+v", got)
	}
}

// repeatedAtOnce: many carry one command; one is stored, all get its result.
func repeatedAtOnce(t *testing.T, h Home) {
	const n = 32
	for round := range 20 {
		s := Conversation(fmt.Sprintf("s%d", round))
		var wg sync.WaitGroup
		var mu sync.Mutex
		var results []eventlog.Stored
		fresh := 0
		for range n {
			wg.Go(func() {
				got, again, err := h.Log.Append(t.Context(), Next(s, eventlog.Head{}, s.ID))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("round %d: %v", round, err)
				}
				if !again {
					fresh++
				}
				results = append(results, got)
			})
		}
		wg.Wait()
		if fresh != 1 {
			t.Errorf("round %d: stored %d times", round, fresh)
		}
		for _, r := range results {
			Same(t, "result", r, results[0])
		}
		if got := Collect(t, h.Log, s, 0); len(got) != 1 {
			t.Errorf("round %d: stream holds %d commits", round, len(got))
		}
	}
}

// repeatedAfterReopen: a retry finds its first result however much was written
// in between, and after a restart.
func repeatedAfterReopen(t *testing.T, h Home) {
	l, s := h.Log, Conversation("a")
	first := Add(t, l, s, eventlog.Head{}, "one")
	Fill(t, l, Conversation("b"), 200)
	for range 2 {
		got, again, err := l.Append(t.Context(), Next(s, HeadOf(first), "one"))
		if err != nil || !again {
			t.Fatalf("again %v, error %v", again, err)
		}
		Same(t, "retry", got, first)
		if h.Reopen == nil {
			return
		}
		l = h.Reopen(t)
	}
}

func manyStreams(t *testing.T, h Home) {
	const streams, each = 32, 20
	var wg sync.WaitGroup
	for i := range streams {
		wg.Go(func() {
			var head eventlog.Head
			s := Conversation(fmt.Sprintf("s%d", i))
			for n := range each {
				got, again, err := h.Log.Append(t.Context(), Next(s, head, fmt.Sprintf("%d-%d", i, n)))
				if err != nil || again {
					t.Errorf("append: again %v, error %v", again, err)
					return
				}
				head = HeadOf(got)
				if seen, err := h.Log.Head(t.Context(), s); err != nil || seen != head {
					t.Errorf("own write not seen: head %+v, error %v, want %+v", seen, err, head)
				}
			}
		})
	}
	wg.Wait()
	all, err := followN(t.Context(), h.Log, 0, streams*each)
	if err != nil {
		t.Fatal(err)
	}
	revs := make(map[eventlog.Stream]eventlog.Head)
	for i, c := range all {
		if c.Pos != uint64(i)+1 {
			t.Fatalf("commit %d at position %d", i, c.Pos)
		}
		if head := revs[c.Stream]; c.Rev != head.Rev+1 || c.PrevHash != head.Hash {
			t.Fatalf("%s rev %d does not follow rev %d", c.Stream, c.Rev, head.Rev)
		}
		revs[c.Stream] = HeadOf(c)
	}
}

func cancelled(t *testing.T, h Home) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := Conversation("a")
	_, _, err := h.Log.Append(ctx, Next(s, eventlog.Head{}, "one"))
	wantErr(t, "append", err, context.Canceled)
	_, err = h.Log.Head(ctx, s)
	wantErr(t, "head", err, context.Canceled)
	_, err = h.Log.Lookup(ctx, "one")
	wantErr(t, "lookup", err, context.Canceled)
	_, err = h.Log.Sealed(ctx, "key")
	wantErr(t, "sealed", err, context.Canceled)
	_, err = h.Log.Tail(ctx, 0)
	wantErr(t, "tail", err, context.Canceled)
	for _, err := range h.Log.Read(ctx, s, 0) {
		wantErr(t, "read", err, context.Canceled)
	}
	_, err = followN(ctx, h.Log, 0, 1)
	wantErr(t, "follow", err, context.Canceled)
	Add(t, h.Log, s, eventlog.Head{}, "one")
}
