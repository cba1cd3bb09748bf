package tables_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"parley/backend/internal/tables"
)

// store writes a Badger store with tables and returns one of them.
func store(t testing.TB, key []byte, compression options.CompressionType) (dir, table string) {
	t.Helper()
	dir = t.TempDir()
	db, err := badgerdb.Open(badgerdb.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(1 << 20).WithValueThreshold(1 << 10).
		WithEncryptionKey(key).WithIndexCacheSize(1 << 20).WithCompression(compression))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		err := db.Update(func(txn *badgerdb.Txn) error {
			return txn.Set(fmt.Appendf(nil, "key-%d", i), bytes.Repeat([]byte{byte(i)}, 500))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%d tables, %v", len(found), err)
	}
	return dir, found[0]
}

func TestCheck(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": bytes.Repeat([]byte("k"), 32)} {
		t.Run(name, func(t *testing.T) {
			dir, table := store(t, key, options.None)
			if err := tables.Check(dir); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(table)
			if err != nil {
				t.Fatal(err)
			}
			for cut := 0; cut < len(whole); cut += max(1, len(whole)/97) {
				broken(t, dir, table, whole[:cut])
			}
			for i := 1; i < 60; i++ { // the footer and the index's end
				flipped := bytes.Clone(whole)
				flipped[len(flipped)-i] ^= 0x55
				broken(t, dir, table, flipped)
			}
		})
	}
	if err := tables.Check(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("no directory: %v", err)
	}
}

// TestHalfWrittenTableIsNoDamage: a process that was killed while it wrote a
// table leaves a file that no manifest names.
func TestHalfWrittenTableIsNoDamage(t *testing.T) {
	dir, table := store(t, nil, options.None)
	whole, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	half := append(whole[:len(whole)/2:len(whole)/2], make([]byte, len(whole)/2)...)
	if err := os.WriteFile(filepath.Join(dir, "000099.sst"), half, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tables.Check(dir); err != nil {
		t.Error(err)
	}
	db, err := badgerdb.Open(badgerdb.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func broken(t *testing.T, dir, table string, data []byte) {
	t.Helper()
	if err := os.WriteFile(table, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := tables.Check(dir); !errors.Is(err, tables.ErrDamaged) {
		t.Errorf("%d bytes: %v, want ErrDamaged", len(data), err)
	}
}

func TestVerify(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": bytes.Repeat([]byte("k"), 32)} {
		t.Run(name, func(t *testing.T) {
			dir, table := store(t, key, options.None)
			contents, err := tables.List(dir, key)
			if err != nil {
				t.Fatal(err)
			}
			verify := func() error { return contents.Verify(t.Context(), 0) }
			if err := verify(); err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(table)
			if err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(whole); at += max(1, len(whole)/97) {
				flipped := bytes.Clone(whole)
				flipped[at] ^= 0x10
				if err := os.WriteFile(table, flipped, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := verify(); !errors.Is(err, tables.ErrDamaged) || !strings.Contains(err.Error(), filepath.Base(table)) {
					t.Errorf("byte %d of %d: %v, want ErrDamaged and the file's name", at, len(whole), err)
				}
			}
			ended, end := context.WithCancel(t.Context())
			end()
			if err := contents.Verify(ended, time.Hour); !errors.Is(err, context.Canceled) {
				t.Errorf("after the context's end: %v", err)
			}
			if err := os.Remove(table); err != nil {
				t.Fatal(err)
			}
			if err := verify(); err != nil {
				t.Errorf("a table that has gone: %v", err)
			}
		})
	}
	if c, err := tables.List(filepath.Join(t.TempDir(), "none"), nil); err != nil || c.Verify(t.Context(), 0) != nil {
		t.Errorf("no directory: %v", err)
	}
	dir, _ := store(t, nil, options.Snappy)
	if c, err := tables.List(dir, nil); err != nil || c.Verify(t.Context(), 0) != nil {
		t.Errorf("compressed tables: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	dir, table := store(f, nil, options.None)
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(table, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = tables.Check(dir) // must not panic
	})
}
