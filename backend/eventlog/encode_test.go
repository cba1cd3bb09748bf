package eventlog_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/eventlog"
)

var update = flag.Bool("update", false, "write golden files that do not exist yet")

func commits() map[string]eventlog.Commit {
	at := time.Date(2026, 11, 3, 9, 30, 0, 250e6, time.UTC)
	return map[string]eventlog.Commit{
		"first": {
			Stream: eventlog.Stream{Kind: eventlog.Conversation, ID: "c1"}, Rev: 1, ID: "k1", At: at, Actor: "guest:g1",
			Events: []eventlog.Event{{Type: "conversation_started", Data: []byte(`{"channel":"web"}`)}},
		},
		"several-events": {
			Stream: eventlog.Stream{Kind: eventlog.Agent, ID: "a1"}, Rev: 300, PrevHash: eventlog.HashOf([]byte("before")), ID: "k2", At: at, Actor: "agent:a1",
			Events: []eventlog.Event{{Type: "one", Data: []byte(`{}`)}, {Type: "two"}, {Type: "", Data: bytes.Repeat([]byte("x"), 200)}},
		},
		"no-events": {Stream: eventlog.Stream{Kind: "k", ID: "ß"}, Rev: 1, ID: "k3", At: at},
	}
}

// TestGolden holds the bytes of released commits for ever: their hashes chain
// every log there is. A golden file is never edited; a new form is a new version.
func TestGolden(t *testing.T) {
	for name, c := range commits() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", name+".hex")
			got := hex.EncodeToString(c.Encode()) + "\n" + eventlog.HashOf(c.Encode()).String() + "\n"
			want, err := os.ReadFile(path)
			if errors.Is(err, os.ErrNotExist) && *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if err != nil || got != string(want) {
				t.Errorf("encoded as\n%swant\n%s(error %v)", got, want, err)
			}
			encoded, _ := hex.DecodeString(strings.SplitN(string(want), "\n", 2)[0])
			back, err := eventlog.Decode(encoded)
			if err != nil || !reflect.DeepEqual(back, c) {
				t.Errorf("decoded as\n%+v, want\n%+v, error %v", back, c, err)
			}
		})
	}
}

// TestHash: whatever changes in a commit changes its hash.
func TestHash(t *testing.T) {
	base := commits()["several-events"]
	for name, change := range map[string]func(*eventlog.Commit){
		"stream kind":  func(c *eventlog.Commit) { c.Stream.Kind = eventlog.Conversation },
		"stream ID":    func(c *eventlog.Commit) { c.Stream.ID = "a2" },
		"rev":          func(c *eventlog.Commit) { c.Rev++ },
		"prev hash":    func(c *eventlog.Commit) { c.PrevHash[31] ^= 1 },
		"command":      func(c *eventlog.Commit) { c.ID = "k4" },
		"time":         func(c *eventlog.Commit) { c.At = c.At.Add(time.Millisecond) },
		"actor":        func(c *eventlog.Commit) { c.Actor = "hub" },
		"fewer events": func(c *eventlog.Commit) { c.Events = c.Events[:2] },
		"event type": func(c *eventlog.Commit) {
			c.Events = []eventlog.Event{{Type: "other", Data: []byte(`{}`)}, c.Events[1], c.Events[2]}
		},
		"moved border": func(c *eventlog.Commit) { c.Stream.ID, c.ID = "a1k", "2" },
	} {
		changed := base
		change(&changed)
		if eventlog.HashOf(changed.Encode()) == eventlog.HashOf(base.Encode()) {
			t.Errorf("%s: the hash is the same", name)
		}
	}
}

// FuzzDecode: foreign bytes never panic, and what decodes has one form only up
// to the length of its numbers.
func FuzzDecode(f *testing.F) {
	for _, c := range commits() {
		f.Add(c.Encode())
	}
	f.Add([]byte{})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := eventlog.Decode(b)
		if err != nil {
			if !errors.Is(err, eventlog.ErrMalformed) {
				t.Errorf("error %v", err)
			}
			return
		}
		again, err := eventlog.Decode(c.Encode())
		if err != nil || !bytes.Equal(again.Encode(), c.Encode()) {
			t.Errorf("does not survive a second round: %v", err)
		}
	})
}
