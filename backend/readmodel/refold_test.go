package readmodel_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math"
	"testing"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/id"
	"parley/backend/readmodel"
)

// age rewrites what a store says of its version, as if an older Parley had
// written it.
func age(t *testing.T, dir string, key []byte) {
	t.Helper()
	b := badgerdb.DefaultOptions(dir).WithLogger(nil).WithEncryptionKey(key).WithIndexCacheSize(1 << 20)
	db := must(badgerdb.OpenManaged(b))(t)
	read := db.NewTransactionAt(math.MaxUint64, false)
	item := must(read.Get([]byte("mmeta")))(t)
	value := must(item.ValueCopy(nil))(t)
	read.Discard()
	var meta map[string]any
	if err := json.Unmarshal(value[:len(value)-4], &meta); err != nil {
		t.Fatal(err)
	}
	meta["version"] = 999
	value = must(json.Marshal(meta))(t)
	table := crc32.MakeTable(crc32.Castagnoli)
	value = binary.BigEndian.AppendUint32(value, crc32.Update(crc32.Checksum([]byte("mmeta"), table), table, value))
	at := db.MaxVersion() + 1
	write := db.NewTransactionAt(at, true)
	if err := write.Set([]byte("mmeta"), value); err != nil {
		t.Fatal(err)
	}
	// A record of a shape that this version cannot read.
	if err := write.Set([]byte("sconversation\x00conversation-0\x00"), []byte("old shape")); err != nil {
		t.Fatal(err)
	}
	if err := write.CommitAt(at, nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherVersionIsFoldedAgain(t *testing.T) {
	s := newStory(t)
	s.random(7, 6, 400)
	whole := open(t, "", small())
	if err := whole.Apply(s.log); err != nil {
		t.Fatal(err)
	}
	want := pictureOf(t, whole, s)
	t.Run("from its own commits", func(t *testing.T) {
		dir, key := t.TempDir(), []byte("0123456789abcdef0123456789abcdef")
		m := must(readmodel.Open(dir, desk(key)))(t)
		if _, err := m.Fold(readmodel.Batch{Commits: s.log, Beside: []readmodel.Beside{{Stream: streamOf("conversation-0"), Name: "body", Value: []byte("kept")}}}); err != nil {
			t.Fatal(err)
		}
		m.SetCursor(readmodel.Cursor{Epoch: "e", Pos: 400})
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		age(t, dir, key)
		m = open(t, dir, desk(key))
		same(t, "folded again", pictureOf(t, m, s), want)
		same(t, "cursor", m.Cursor(0).Pos, uint64(400))
		if got := must(m.Beside(streamOf("conversation-0"), "body"))(t); string(got) != "kept" {
			t.Errorf("beside: %q", got)
		}
	})
	t.Run("from the log", func(t *testing.T) {
		dir := t.TempDir()
		m := must(readmodel.Open(dir, small()))(t)
		must(m.Adopt("e"))(t)
		if err := m.Apply(s.log); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		age(t, dir, nil)
		m = open(t, dir, small())
		same(t, "cursor", m.Cursor(0), readmodel.Cursor{Epoch: "e"})
		if err := m.Apply(s.log); err != nil {
			t.Fatal(err)
		}
		same(t, "folded again", pictureOf(t, m, s), want)
	})
}

func TestValuesTooLargeAreRefused(t *testing.T) {
	m := open(t, "", small())
	_, err := m.Fold(readmodel.Batch{Beside: []readmodel.Beside{{Name: "big", Value: make([]byte, 4<<20)}}})
	if !errors.Is(err, readmodel.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	if _, err := m.Beside(streamOf(id.Conversation("")), "big"); !errors.Is(err, readmodel.ErrNotFound) {
		t.Errorf("%v", err)
	}
}
