package desk

import (
	"bytes"
	"testing"
	"time"

	"parley/backend/eventlog"
	"parley/backend/protocol"
)

// Whatever a hub sends as a commit: no panic, and what passes is the canonical
// form of a commit of the stream it was sent for.
func FuzzDecodeCommits(f *testing.F) {
	s := eventlog.Stream{Kind: eventlog.Conversation, ID: "c"}
	good := eventlog.Commit{Stream: s, Rev: 1, ID: "x", At: time.UnixMilli(1), Events: []eventlog.Event{{Type: "started", Data: []byte("{}")}}}
	f.Add(good.Encode(), true)
	f.Add([]byte{1}, false)
	f.Fuzz(func(t *testing.T, raw []byte, reset bool) {
		got, err := decodeCommits(&protocol.Commits{Stream: s, Reset: reset, Commits: [][]byte{raw}, Pos: 7})
		if err != nil {
			return
		}
		c := got[0]
		if len(got) != 1 || c.Stream != s || c.Pos != 7 || c.Hash != eventlog.HashOf(raw) || !bytes.Equal(c.Encode(), raw) || (reset && c.Rev != 1) {
			t.Errorf("passed: %+v", c)
		}
	})
}
