package tables

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
)

// Contents are the tables that a store had when List was called.
type Contents struct {
	dir  string
	keys map[uint64][]byte // table → what its blocks are encrypted with; nil = nothing
}

// List notes the tables of the store in dir, whose encryption key is key. Call
// it before Badger opens the store. Compressed tables, of which Parley writes
// none, are left out.
func List(dir string, key []byte) (*Contents, error) {
	c := &Contents{dir: dir, keys: map[uint64][]byte{}}
	manifest, err := manifestOf(dir)
	if err != nil || len(manifest.Tables) == 0 {
		return c, err
	}
	registry, err := badgerdb.OpenKeyRegistry(badgerdb.KeyRegistryOptions{Dir: dir, ReadOnly: true, EncryptionKey: key})
	if err != nil {
		return nil, err
	}
	for id, t := range manifest.Tables {
		if t.Compression != options.None {
			continue
		}
		data, err := registry.DataKey(t.KeyID)
		if err != nil {
			return nil, err
		}
		c.keys[id] = data.GetData()
	}
	return c, nil
}

// Verify reads each table and holds all its blocks against their checksums, and
// rests before each. The error is ErrDamaged and names the file, that of
// reading, or the context's. A table that has gone since List is left out.
//
// Badger can do the same, through its mapping of the files: that leaves all of
// them in this process's memory.
func (c *Contents) Verify(ctx context.Context, rest time.Duration) error {
	v := verifier{}
	for _, id := range slices.Sorted(maps.Keys(c.keys)) {
		if rest > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(rest):
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name := table.NewFilename(id, c.dir)
		if err := v.verify(name, c.keys[id]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// verifier reads block by block, as a table is larger than what a desk has to
// spare, and keeps its memory from one to the next.
type verifier struct {
	stored, block []byte
}

func (v *verifier) verify(name string, key []byte) (err error) {
	defer func() {
		if p := recover(); p != nil { // an index that passes its checksum and is none
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	index, err := readIndex(f)
	if err != nil {
		return err
	}
	var open opener = plain
	if key != nil {
		block, err := aes.NewCipher(key)
		if err != nil {
			return err
		}
		open = decrypt(block)
	}
	if index, err = open(nil, index); err != nil {
		return err
	}
	return v.blocks(f, fb.GetRootAsTableIndex(index, 0), open)
}

// blocks checks what lies at the offsets that the index gives. The index has
// passed its own checksum, so that it can be read.
func (v *verifier) blocks(f *os.File, index *fb.TableIndex, open opener) (err error) {
	var at fb.BlockOffset
	for i := range index.OffsetsLength() {
		index.Offsets(&at, i)
		n := int(at.Len())
		v.stored = slices.Grow(v.stored[:0], n)[:n]
		if _, err := f.ReadAt(v.stored, int64(at.Offset())); errors.Is(err, io.EOF) {
			return ErrDamaged
		} else if err != nil {
			return err
		}
		if v.block, err = open(v.block, v.stored); err != nil {
			return err
		}
		if !intact(v.block) {
			return ErrDamaged
		}
	}
	return nil
}

// intact holds a block against the checksum at its end, behind which the length
// of the checksum stands.
func intact(block []byte) bool {
	end := len(block) - 4
	if end < 0 {
		return false
	}
	length := int64(binary.BigEndian.Uint32(block[end:]))
	if length > int64(end) {
		return false
	}
	sum := end - int(length)
	return matches(block[:sum], block[sum:end])
}

// opener gives what is stored in the clear, in the memory of buf if it fits.
type opener func(buf, stored []byte) ([]byte, error)

func plain(_, stored []byte) ([]byte, error) { return stored, nil }

// decrypt opens what Badger has encrypted: the initialisation vector comes last.
func decrypt(block cipher.Block) opener {
	return func(buf, stored []byte) ([]byte, error) {
		n := len(stored) - aes.BlockSize
		if n < 0 {
			return nil, ErrDamaged
		}
		buf = slices.Grow(buf[:0], n)[:n]
		cipher.NewCTR(block, stored[n:]).XORKeyStream(buf, stored[:n])
		return buf, nil
	}
}
