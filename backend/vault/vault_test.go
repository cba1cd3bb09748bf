package vault_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/eventlog/memory"
	"parley/backend/id"
	"parley/backend/vault"
)

var (
	_ vault.Store = (*badger.Log)(nil)
	_ vault.Store = (*memory.Log)(nil)
)

// store is a log that the vault can use, too.
type store interface {
	eventlog.Log
	vault.Store
}

func homes(t *testing.T) map[string]store {
	return map[string]store{"memory": memory.New(), "badger": openLog(t, t.TempDir())}
}

func openLog(t testing.TB, dir string) *badger.Log {
	t.Helper()
	o := badger.Small()
	o.MemTable, o.Reserve = 2<<20, 1<<20
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	l, err := badger.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func openVault(t testing.TB, path string, s vault.Store, o vault.Options) *vault.Vault {
	t.Helper()
	master, err := vault.MasterKey(filepath.Join(filepath.Dir(path), "master"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(path, master, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// put seals text and appends it with a commit to a stream of its own.
func put(t testing.TB, l eventlog.Log, v *vault.Vault, key, text string) string {
	t.Helper()
	sealed, digest, err := v.Seal(key, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := eventlogtest.Conversation(key)
	head, err := l.Head(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	eventlogtest.Add(t, l, s, head, fmt.Sprintf("%s %d", key, head.Rev), sealed)
	return digest
}

func wantOpen(t testing.TB, v *vault.Vault, key, want string) {
	t.Helper()
	got, err := v.Open(t.Context(), key)
	if err != nil || string(got) != want {
		t.Errorf("open %s = %q, error %v, want %q", key, got, err, want)
	}
}

func TestSealAndOpen(t *testing.T) {
	for name, l := range homes(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			v := openVault(t, path, l, vault.Options{EpochItems: 3})
			digests := make(map[string]bool)
			for i := range 100 {
				digests[put(t, l, v, key(i), "the same text")] = true
			}
			if len(digests) != 100 {
				t.Errorf("%d digests for 100 equal texts, want 100", len(digests))
			}
			v = openVault(t, path, l, vault.Options{EpochItems: 3})
			for i := range 100 {
				wantOpen(t, v, key(i), "the same text")
			}
			if _, err := v.Open(t.Context(), "none"); !errors.Is(err, eventlog.ErrNotFound) {
				t.Errorf("open an unknown key: %v", err)
			}
		})
	}
}

func key(i int) string {
	return vault.BodyKey(id.Conversation(fmt.Sprintf("c%d", i%7)), id.Message(fmt.Sprintf("m%d", i)))
}

func TestErase(t *testing.T) {
	for name, l := range homes(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys")
			v := openVault(t, path, l, vault.Options{EpochItems: 8})
			for i := range 60 {
				put(t, l, v, key(i), fmt.Sprintf("text %d", i))
			}
			for round := range 3 {
				gone := []string{key(round), key(20 + round), key(59 - round), "unknown"}
				if err := v.Erase(t.Context(), gone...); err != nil {
					t.Fatal(err)
				}
				put(t, l, v, key(100+round), "later")
			}
			for range 2 {
				for i := range 60 {
					if i < 3 || i >= 20 && i < 23 || i > 56 {
						if got, err := v.Open(t.Context(), key(i)); !errors.Is(err, eventlog.ErrNotFound) {
							t.Errorf("erased item opens as %q, error %v", got, err)
						}
						continue
					}
					wantOpen(t, v, key(i), fmt.Sprintf("text %d", i))
				}
				v = openVault(t, path, l, vault.Options{})
			}
		})
	}
}

// TestRetiredSeal: content sealed before an erasure of its epoch, but not yet
// appended, is refused rather than stored unreadable.
func TestRetiredSeal(t *testing.T) {
	for name, l := range homes(t) {
		t.Run(name, func(t *testing.T) {
			v := openVault(t, filepath.Join(t.TempDir(), "keys"), l, vault.Options{})
			put(t, l, v, "a", "one")
			late, _, err := v.Seal("b", []byte("two"))
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Erase(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			c := eventlogtest.Next(eventlogtest.Conversation("b"), eventlog.Head{}, "late")
			if _, _, err := l.Append(t.Context(), c, late); !errors.Is(err, eventlog.ErrConflict) {
				t.Errorf("append: %v, want a conflict", err)
			}
			put(t, l, v, "b", "two")
			wantOpen(t, v, "b", "two")
		})
	}
}

func TestSwappedItems(t *testing.T) {
	l := memory.New()
	v := openVault(t, filepath.Join(t.TempDir(), "keys"), l, vault.Options{})
	put(t, l, v, "a", "one")
	put(t, l, v, "b", "two")
	a, _ := l.Sealed(t.Context(), "a")
	cases := map[string][]byte{
		"another item's": a, "short": a[:40], "empty": {},
		"a flipped bit": append(bytes.Clone(a[:len(a)-1]), a[len(a)-1]^1),
	}
	for name, value := range cases {
		if err := l.Rewrite(t.Context(), []eventlog.Sealed{{Key: "b", Value: value}}); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Open(t.Context(), "b"); !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s value: opens as %q, error %v", name, got, err)
		}
	}
}

func TestMasterKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "private", "master")
	first, err := vault.MasterKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := vault.MasterKey(path)
	if err != nil || again != first {
		t.Errorf("second load differs, error %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	keys := filepath.Join(dir, "keys")
	if _, err := vault.Open(keys, first, memory.New(), vault.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(keys, [32]byte{1}, memory.New(), vault.Options{}); !errors.Is(err, vault.ErrMasterKey) {
		t.Errorf("open with another master key: %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.MasterKey(path); err == nil {
		t.Error("a short master key was taken")
	}
}

func TestDigestIsAnHMAC(t *testing.T) {
	for _, n := range []int{0, 1, 80, 1000, 5000} {
		key := [32]byte{1, byte(n)}
		message := bytes.Repeat([]byte("a parcel "), n)[:n]
		mac := hmac.New(sha256.New, key[:])
		mac.Write(message)
		if got := vault.MACOf(key, message); !bytes.Equal(got[:], mac.Sum(nil)) {
			t.Errorf("of %d bytes: %x", n, got)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	l := memory.New()
	v := openVault(b, filepath.Join(b.TempDir(), "keys"), l, vault.Options{})
	text := bytes.Repeat([]byte("parcel "), 12)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := v.Seal("body/0193654a8bde7c3f8d1e2f3a4b5c6d7e/0193654a8bde7c3f8d1e2f3a4b5c6d7f", text); err != nil {
			b.Fatal(err)
		}
	}
}
