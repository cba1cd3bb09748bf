// Package tables looks at the files of a Badger store before Badger does: over
// a table that is cut short Badger panics on a goroutine of its own, which ends
// the process whatever its caller recovers.
package tables

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// ErrDamaged: a table that Badger cannot open.
var ErrDamaged = errors.New("a table is cut short, or its index is damaged")

// Check reads the index of each table of the store in dir and holds it against
// its checksum. The error is ErrDamaged and names the file, or that of reading.
// It does not look at the tables' content. A directory that does not exist has
// no tables. A file that the manifest does not name is none of the store's: a
// process that is killed leaves tables half written, and Badger removes them.
func Check(dir string) error {
	manifest, err := manifestOf(dir)
	if err != nil {
		return nil // Badger says what is wrong with it, and does not panic
	}
	for id := range manifest.Tables {
		name := table.NewFilename(id, dir)
		if err := check(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// manifestOf reads which tables the store in dir has. One that has no manifest
// yet has none.
func manifestOf(dir string) (badgerdb.Manifest, error) {
	f, err := os.Open(filepath.Join(dir, badgerdb.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return badgerdb.Manifest{}, nil
	}
	if err != nil {
		return badgerdb.Manifest{}, err
	}
	defer func() { _ = f.Close() }() // read only
	manifest, _, err := badgerdb.ReplayManifestFile(f, 0, badgerdb.DefaultOptions(dir).WithLogger(nil))
	return manifest, err
}

func check(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	_, err = readIndex(f)
	return err
}

// readIndex reads a table from its end: the length of the index's checksum,
// this, the length of the index, the index, which is encrypted if the table is.
func readIndex(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	t := &tail{file: f, end: info.Size()}
	stored := t.take(t.number())
	index := t.take(t.number())
	if t.err != nil {
		return nil, t.err
	}
	if !matches(index, stored) {
		return nil, ErrDamaged
	}
	return index, nil
}

// matches holds data against a checksum as Badger stores it.
func matches(data, stored []byte) bool {
	var sum pb.Checksum
	if len(stored) == 0 || proto.Unmarshal(stored, &sum) != nil {
		return false
	}
	if _, known := pb.Checksum_Algorithm_name[int32(sum.GetAlgo())]; !known {
		return false // Badger would panic
	}
	return y.VerifyChecksum(data, &sum) == nil
}

// tail takes pieces off the end of a file, until an error.
type tail struct {
	file *os.File
	end  int64
	err  error
}

func (t *tail) take(n int64) []byte {
	if t.err == nil && n > t.end {
		t.err = ErrDamaged
	}
	if t.err != nil {
		return nil
	}
	t.end -= n
	b := make([]byte, n)
	_, t.err = t.file.ReadAt(b, t.end)
	return b
}

func (t *tail) number() int64 {
	if b := t.take(4); t.err == nil {
		return int64(binary.BigEndian.Uint32(b))
	}
	return 0
}
