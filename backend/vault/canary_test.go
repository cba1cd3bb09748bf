package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
	"parley/backend/vault"
)

// TestNothingLeft erases items and then takes the place of one who has the
// whole disk, master key and keys file included: every place where a sealed
// record of an erased item might begin, in any file, is tried.
func TestNothingLeft(t *testing.T) {
	dir := t.TempDir()
	keysPath, data := filepath.Join(dir, "keys"), filepath.Join(dir, "data")
	l := openLog(t, data)
	v := openVault(t, keysPath, l, vault.Options{EpochItems: 10})
	name := vault.FieldKey("c1", "name")
	for i := range 30 {
		put(t, l, v, key(i), fmt.Sprintf("kept canary %d", i))
	}
	put(t, l, v, name, "first canary name") // replaced below, in another epoch
	for i := 30; i < 60; i++ {
		put(t, l, v, key(i), fmt.Sprintf("kept canary %d", i))
	}
	put(t, l, v, name, "second canary name")
	put(t, l, v, "body/gone", "erased canary")
	if err := l.SyncWitness(t.Context()); err != nil {
		t.Fatal(err)
	}
	// All records that ever were, as an attacker would carve them out of files.
	before := carve(t, data, "field/c1/name", "body/gone", key(0))
	if len(before["field/c1/name"]) < 2 || len(before["body/gone"]) < 1 {
		t.Fatalf("carved %d and %d records before erasing, want at least 2 and 1", len(before["field/c1/name"]), len(before["body/gone"]))
	}
	wantCarved(t, v, before["body/gone"], "body/gone", true)
	wantCarved(t, v, before["field/c1/name"], name, true)
	if err := v.Erase(t.Context(), name, "body/gone"); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"running", "closed"} {
		if state == "closed" {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openLog(t, data)
			v = openVault(t, keysPath, l, vault.Options{})
		}
		after := carve(t, data, "field/c1/name", "body/gone")
		wantCarved(t, v, append(after["body/gone"], before["body/gone"]...), "body/gone", false)
		wantCarved(t, v, append(after["field/c1/name"], before["field/c1/name"]...), name, false)
		grep(t, dir, "canary")
		for i := range 60 {
			wantOpen(t, v, key(i), fmt.Sprintf("kept canary %d", i))
		}
	}
}

// carve returns, for each key, the bytes that follow its name anywhere in any
// file: long enough to hold a sealed record of a short text.
func carve(t *testing.T, dir string, keys ...string) map[string][][]byte {
	t.Helper()
	found := make(map[string][][]byte)
	walk(t, dir, func(_ string, b []byte) {
		for _, key := range keys {
			for rest := b; ; {
				at := bytes.Index(rest, []byte(key))
				if at < 0 {
					break
				}
				rest = rest[at+len(key):]
				found[key] = append(found[key], bytes.Clone(rest[:min(len(rest), 400)]))
			}
		}
	})
	return found
}

// wantCarved tries every beginning and end in the carved bytes as a record.
func wantCarved(t *testing.T, v *vault.Vault, carved [][]byte, key string, opens bool) {
	t.Helper()
	opened := 0
	fake := one{}
	stolen := v.WithStore(&fake)
	for _, b := range carved {
		for from := 0; from < 64 && from < len(b); from++ {
			if len(b) < from+8 || !bytes.Equal(b[from:from+6], make([]byte, 6)) {
				continue // an epoch is a small number
			}
			for to := from + 80; to <= len(b); to++ {
				fake.value = b[from:to]
				if _, err := stolen.Open(t.Context(), key); err == nil {
					opened++
				}
			}
		}
	}
	if opens != (opened > 0) {
		t.Errorf("%s: %d carved records open, want some: %v", key, opened, opens)
	}
}

// one is a store that holds one value under every key.
type one struct {
	vault.Store
	value []byte
}

func (o *one) Sealed(context.Context, string) ([]byte, error) { return o.value, nil }

func walk(t *testing.T, dir string, f func(path string, b []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // Badger tidied up meanwhile
		}
		f(path, b)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// grep fails for every file that holds text.
func grep(t *testing.T, dir, text string) {
	t.Helper()
	walk(t, dir, func(path string, b []byte) {
		if bytes.Contains(b, []byte(text)) {
			t.Errorf("%s holds %q", path, text)
		}
	})
}

// cutOff is a store whose erasing methods fail once they were called so often.
type cutOff struct {
	*badger.Log
	left int
}

var errCut = errors.New("cut off")

func (c *cutOff) step() error {
	if c.left--; c.left < 0 {
		return errCut
	}
	return nil
}

func (c *cutOff) Retire(ctx context.Context, epoch uint64) error {
	return errors.Join(c.step(), c.Log.Retire(ctx, epoch))
}

func (c *cutOff) Rewrite(ctx context.Context, items []eventlog.Sealed) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.Log.Rewrite(ctx, items)
}

func (c *cutOff) Erase(ctx context.Context, keys ...string) error {
	if err := c.step(); err != nil {
		return err
	}
	return c.Log.Erase(ctx, keys...)
}

func (c *cutOff) SealedIn(ctx context.Context, epoch uint64) iter.Seq2[eventlog.Sealed, error] {
	return c.Log.SealedIn(ctx, epoch)
}

// TestEraseCutOff cuts an erasure off after each of its steps: the next start
// finishes it, and nothing else is harmed.
func TestEraseCutOff(t *testing.T) {
	for steps := range 6 {
		t.Run(fmt.Sprint(steps), func(t *testing.T) {
			dir := t.TempDir()
			l := openLog(t, filepath.Join(dir, "data"))
			store := &cutOff{Log: l, left: steps}
			v := openVault(t, filepath.Join(dir, "keys"), store, vault.Options{EpochItems: 5})
			for i := range 15 {
				put(t, l, v, key(i), fmt.Sprint("text ", i))
			}
			err := v.Erase(t.Context(), key(0), key(7))
			if cut := errors.Is(err, errCut); cut != (err != nil) {
				t.Fatal(err)
			}
			v = openVault(t, filepath.Join(dir, "keys"), l, vault.Options{EpochItems: 5})
			for i := range 15 {
				if i == 0 || i == 7 {
					if _, err := v.Open(t.Context(), key(i)); !errors.Is(err, eventlog.ErrNotFound) {
						t.Errorf("erased item: %v", err)
					}
					continue
				}
				wantOpen(t, v, key(i), fmt.Sprint("text ", i))
			}
			put(t, l, v, "more", "later")
			wantOpen(t, v, "more", "later")
			head, err := l.Head(t.Context(), eventlogtest.Conversation(key(0)))
			if err != nil || head.Rev != 1 {
				t.Errorf("the commit itself must stay: head %+v, error %v", head, err)
			}
		})
	}
}

func TestBlobs(t *testing.T) {
	dir := t.TempDir()
	master := openVault(t, filepath.Join(dir, "keys"), nil, vault.Options{})
	b, err := master.Blobs(filepath.Join(dir, "blobs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	sizes := []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 3 * 64 << 10, 1_000_000}
	content := func(n int) []byte { return bytes.Repeat([]byte("canary!"), n/7+1)[:n] }
	for _, n := range sizes {
		a := id.Attachment(fmt.Sprint("size", n))
		if got, err := b.Put(t.Context(), a, bytes.NewReader(content(n))); err != nil || got != int64(n) {
			t.Errorf("put %d bytes: %d, error %v", n, got, err)
		}
		if _, err := b.Put(t.Context(), a, strings.NewReader("other")); err == nil {
			t.Error("an ID was used twice")
		}
	}
	grep(t, dir, "canary")
	check := func(gone int) {
		t.Helper()
		for _, n := range sizes {
			r, err := b.Open(id.Attachment(fmt.Sprint("size", n)))
			if n == gone {
				if !errors.Is(err, eventlog.ErrNotFound) {
					t.Errorf("open a deleted blob: %v", err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("open %d bytes: %v", n, err)
			}
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, content(n)) {
				t.Errorf("%d bytes read back as %d, error %v", n, len(got), err)
			}
			if at, err := r.Seek(int64(-n/2), io.SeekEnd); err != nil || at != int64(n-n/2) {
				t.Errorf("seek to %d, error %v", at, err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content(n)[n-n/2:]) {
				t.Errorf("second half: %d bytes, error %v", len(got), err)
			}
			_ = r.Close()
		}
	}
	check(-1)
	if err := b.Delete("size65536"); err != nil {
		t.Fatal(err)
	}
	check(64 << 10)
	master = openVault(t, filepath.Join(dir, "keys"), nil, vault.Options{})
	if b, err = master.Blobs(filepath.Join(dir, "blobs"), nil); err != nil {
		t.Fatal(err)
	}
	check(64 << 10)
	if _, err := b.Put(t.Context(), "cut", io.MultiReader(strings.NewReader("x"), failing{})); !errors.Is(err, errCut) {
		t.Errorf("put from a failing reader: %v", err)
	}
	if _, err := b.Open("cut"); !errors.Is(err, eventlog.ErrNotFound) {
		t.Errorf("open what was not put whole: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

// TestBlobDamage: a flipped bit, a cut tail and swapped files are noticed, and a
// copy of a deleted file opens no more.
func TestBlobDamage(t *testing.T) {
	dir := t.TempDir()
	v := openVault(t, filepath.Join(dir, "keys"), nil, vault.Options{})
	b, err := v.Blobs(filepath.Join(dir, "blobs"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(t.Context(), "a", strings.NewReader(strings.Repeat("text ", 40_000))); err != nil {
		t.Fatal(err)
	}
	var path string
	var whole []byte
	walk(t, filepath.Join(dir, "blobs"), func(p string, b []byte) { path, whole = p, b })
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, bad := range map[string][]byte{"flipped": flipped, "cut": whole[:len(whole)-100], "cut at a chunk": whole[:len(whole)-len(whole)%(64<<10+16)], "empty": {}} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := b.Open("a")
		if err == nil {
			_, err = io.ReadAll(r)
			_ = r.Close()
		}
		if !errors.Is(err, vault.ErrTampered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete("a"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil { // from a backup, say
		t.Fatal(err)
	}
	if _, err := b.Open("a"); !errors.Is(err, vault.ErrErased) {
		t.Errorf("a copy of a deleted file: %v", err)
	}
}
