// Package eventlogtest is the suite that every home of the log passes.
package eventlogtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Home makes a log for one test.
type Home struct {
	Log eventlog.Log
	// Reopen closes the log and opens it again on the same storage. It is nil
	// for a home that does not outlive its process.
	Reopen func(testing.TB) eventlog.Log
}

// Run runs the suite. open returns a new, empty home for each test and takes
// care that it is closed at the test's end.
func Run(t *testing.T, open func(testing.TB) Home) {
	for name, test := range map[string]func(*testing.T, Home){
		"conditions":            conditions,
		"conflict fails alone":  conflictFailsAlone,
		"repeated command":      repeatedCommand,
		"repeated at once":      repeatedAtOnce,
		"repeated after reopen": repeatedAfterReopen,
		"read":                  read,
		"follow":                follow,
		"follow slowly":         followSlowly,
		"follow two at once":    followMany,
		"lookup":                lookup,
		"sealed":                sealed,
		"many streams at once":  manyStreams,
		"cancelled context":     cancelled,
		"close":                 closed,
		"reopen":                reopen,
		"other partition":       otherPartition,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var at = time.Date(2026, 11, 3, 9, 30, 0, 250e6, time.UTC)

// Next returns a commit that follows after in its stream.
func Next(s eventlog.Stream, after eventlog.Head, command string) eventlog.Commit {
	return eventlog.Commit{
		Stream: s, Rev: after.Rev + 1, PrevHash: after.Hash, ID: id.Command(command), At: at, Actor: "hub",
		Events: []eventlog.Event{{Type: "noted", Data: fmt.Appendf(nil, `{"command":%q}`, command)}},
	}
}

// Add appends a commit that must be accepted.
func Add(t testing.TB, l eventlog.Log, s eventlog.Stream, after eventlog.Head, command string, content ...eventlog.Sealed) eventlog.Stored {
	t.Helper()
	got, again, err := l.Append(t.Context(), Next(s, after, command), content...)
	if err != nil || again {
		t.Fatalf("append %s: again %v, error %v", command, again, err)
	}
	return got
}

// Fill appends n commits to a stream and returns them.
func Fill(t testing.TB, l eventlog.Log, s eventlog.Stream, n int) []eventlog.Stored {
	t.Helper()
	var head eventlog.Head
	out := make([]eventlog.Stored, n)
	for i := range n {
		out[i] = Add(t, l, s, head, fmt.Sprintf("%s-%d", s, i+1))
		head = HeadOf(out[i])
	}
	return out
}

// HeadOf is the head of a stream that ends with s.
func HeadOf(s eventlog.Stored) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} }

// Conversation names a stream.
func Conversation(name string) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: name}
}

// Same compares whole commits by their one canonical form.
func Same(t testing.TB, what string, got, want eventlog.Stored) {
	t.Helper()
	if string(got.Encode()) != string(want.Encode()) || got.Position != want.Position || got.Hash != want.Hash {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// Collect reads a whole stream.
func Collect(t testing.TB, l eventlog.Log, s eventlog.Stream, after uint64) []eventlog.Stored {
	t.Helper()
	var out []eventlog.Stored
	for c, err := range l.Read(t.Context(), s, after) {
		if err != nil {
			t.Fatalf("read %s after %d: %v", s, after, err)
		}
		out = append(out, c)
	}
	return out
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: error %v, want %v", what, got, want)
	}
}

func wantAll(t testing.TB, what string, got, want []eventlog.Stored) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d commits, want %d", what, len(got), len(want))
	}
	for i := range want {
		Same(t, fmt.Sprintf("%s, commit %d", what, i), got[i], want[i])
	}
}

// followN follows until n commits have come.
func followN(ctx context.Context, l eventlog.Log, after uint64, n int) ([]eventlog.Stored, error) {
	out := make([]eventlog.Stored, 0, n)
	for c, err := range l.Follow(ctx, 0, after) {
		if err != nil {
			return out, err
		}
		if out = append(out, c); len(out) == n {
			break
		}
	}
	return out, nil
}
