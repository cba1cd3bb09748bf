package desk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/desk"
	"parley/backend/eventlog"
	"parley/backend/protocol"
)

func TestCommitsThatFailTheirChain(t *testing.T) {
	flip := func(f *protocol.Commits) {
		if f.Stream == convStream("c") && len(f.Commits) > 0 {
			last := f.Commits[len(f.Commits)-1]
			last[len(last)-2] ^= 1
		}
	}
	relink := func(f *protocol.Commits) { // well formed, of another history
		if f.Stream != convStream("c") || len(f.Commits) == 0 {
			return
		}
		c, err := eventlog.Decode(f.Commits[len(f.Commits)-1])
		if err == nil {
			c.PrevHash[0] ^= 1
			f.Commits[len(f.Commits)-1] = c.Encode()
		}
	}
	foreign := func(f *protocol.Commits) {
		if f.Stream == convStream("c") {
			f.Stream.ID = "other"
		}
	}
	for name, spoil := range map[string]func(*protocol.Commits){"flipped bit": flip, "other chain": relink, "other stream": foreign} {
		t.Run(name+" once", func(t *testing.T) {
			h := newHub(t)
			d := open(t, options(t, h, t.TempDir()))
			connected(t, h, d, "c")
			h.set(func() { h.spoil = func(f *protocol.Commits) { h.spoil = nil; spoil(f) } })
			h.says("c", "again")
			until(t, d, "resynced", func(s *desk.Snapshot) bool { return online(s) && card(s, "c").LastText == "again" })
			same(t, "transcript", lines(t, d, "c"), []string{"in: hello", "in: again"})
		})
	}
	t.Run("for good", func(t *testing.T) {
		h := newHub(t)
		d := open(t, options(t, h, t.TempDir()))
		connected(t, h, d, "c")
		connected(t, h, d, "other")
		h.set(func() { h.spoil = relink })
		h.says("c", "never shown")
		s := until(t, d, "left out", func(s *desk.Snapshot) bool { return online(s) && len(s.Notices) > 0 })
		if card(s, "c").ID != "" || card(s, "other").ID == "" {
			t.Errorf("shown: %+v", s.Interactions)
		}
		if _, err := d.Transcript("c", 0, 9); !errors.Is(err, desk.ErrNoConversation) {
			t.Errorf("transcript: %v", err)
		}
	})
}

func TestDamagedCacheIsSetAside(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	h.set(func() { h.noSocket = 503 })
	h.cut()
	_, err := d.Send("c", "still here", nil)
	ok(t, err)
	shut(t, d)
	manifests, err := filepath.Glob(filepath.Join(dir, "accounts", "*", "cache", "MANIFEST"))
	ok(t, err)
	ok(t, os.WriteFile(manifests[0], []byte("nonsense that is no manifest"), 0o600))

	d = open(t, options(t, h, dir))
	if note := d.Snapshot().Link.CacheNote; !strings.Contains(note, "set aside") {
		t.Errorf("note: %q", note)
	}
	same(t, "pending", d.Snapshot().Link.Pending, 1)
	h.set(func() { h.noSocket = 0 })
	d.Reconnect()
	s := until(t, d, "rebuilt", settled)
	same(t, "transcript", lines(t, d, "c"), []string{"in: hello", "out(sending): still here"})
	if !strings.Contains(s.Link.CacheNote, "was rebuilt") {
		t.Errorf("note: %q", s.Link.CacheNote)
	}
	same(t, "hub", h.texts("c"), []string{"in: hello", "out: still here"})
	if found, _ := filepath.Glob(filepath.Join(dir, "accounts", "*", "cache-damaged-*")); len(found) != 1 {
		t.Errorf("set aside: %v", found)
	}
}

// The damage is found when something is read, not when the cache is opened.
func TestDamagedCacheIsNoticedLater(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	shut(t, d)
	tables, err := filepath.Glob(filepath.Join(dir, "accounts", "*", "cache", "*.sst"))
	ok(t, err)
	for _, path := range tables {
		b, err := os.ReadFile(path)
		ok(t, err)
		for i := range 600 {
			b[i] ^= 0x55
		}
		ok(t, os.WriteFile(path, b, 0o600))
	}
	if len(tables) == 0 {
		t.Fatal("no tables to damage")
	}
	d = open(t, options(t, h, dir))
	until(t, d, "rebuilt", func(s *desk.Snapshot) bool {
		return online(s) && strings.Contains(s.Link.CacheNote, "was rebuilt") && card(s, "c").LastText == "hello"
	})
	same(t, "transcript", lines(t, d, "c"), []string{"in: hello"})
}

// The damage lies where nothing is read while the desk opens and syncs.
func TestDamageNobodyReadsIsFound(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	want := []string{"in: hello"}
	for i := range 200 {
		h.says("c", fmt.Sprint("message ", i))
		want = append(want, fmt.Sprint("in: message ", i))
	}
	until(t, d, "all of it", func(s *desk.Snapshot) bool { return card(s, "c").LastText == "message 199" })
	shut(t, d)
	found, err := filepath.Glob(filepath.Join(dir, "accounts", "*", "cache", "*.sst"))
	ok(t, err)
	same(t, "tables", len(found), 1)
	b, err := os.ReadFile(found[0])
	ok(t, err)
	b[len(b)*2/5] ^= 1 // commits: keys sort bodies before them and items behind
	ok(t, os.WriteFile(found[0], b, 0o600))
	d = open(t, options(t, h, dir))
	if n := len(d.Snapshot().Interactions); n != 1 {
		t.Errorf("it opens with %d interactions", n)
	}
	until(t, d, "rebuilt", func(s *desk.Snapshot) bool {
		return online(s) && strings.Contains(s.Link.CacheNote, "was rebuilt") && card(s, "c").LastText == "message 199"
	})
	same(t, "transcript", lines(t, d, "c"), want)
}

func TestDamagedCommandIsSetAsideAlone(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	h.set(func() { h.noSocket = 503 })
	h.cut()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	for _, text := range []string{"one", "two"} {
		_, err := d.Send("c", text, nil)
		ok(t, err)
	}
	shut(t, d)
	found, err := filepath.Glob(filepath.Join(dir, "accounts", "*", "outbox", "*.command"))
	ok(t, err)
	same(t, "in the outbox", len(found), 2)
	b, err := os.ReadFile(found[0])
	ok(t, err)
	b[20] ^= 1
	ok(t, os.WriteFile(found[0], b, 0o600))
	d = open(t, options(t, h, dir))
	same(t, "left", lines(t, d, "c"), []string{"in: hello", "out(pending): two"})
	same(t, "notices", len(d.Snapshot().Notices), 1)
}
