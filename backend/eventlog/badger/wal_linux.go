package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// badgerSyncs says whether Badger syncs by itself. It would sync its value log
// as well, which this log never writes to, and each sync of an unchanged file
// costs a flush of the disk: a third of the time of an append.
const badgerSyncs = false

// wal syncs the write-ahead log of Badger's memtable in use: the file
// "%05d.mem" with the highest number. A transaction lies in one such file, and
// a new file begins only with the next transaction. On Linux, fdatasync writes
// what was changed through a mapping as msync does.
type wal struct {
	dir  string
	next int // number of the file after the one in use
	file *os.File
}

func openWAL(dir string) (*wal, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("no write-ahead log in %s", dir), err)
	}
	w := &wal{dir: dir}
	var last int
	for _, name := range files {
		var n int
		if _, err := fmt.Sscanf(strings.TrimSuffix(filepath.Base(name), ".mem"), "%d", &n); err == nil {
			last = max(last, n)
		}
	}
	w.next = last
	return w, w.advance()
}

// advance goes on to the newest file.
func (w *wal) advance() error {
	for {
		name := filepath.Join(w.dir, fmt.Sprintf("%05d.mem", w.next))
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) && w.file != nil {
			return nil
		} else if err != nil {
			return fmt.Errorf("open the write-ahead log: %w", err)
		}
		if w.file != nil {
			_ = w.file.Close() // read only, nothing to lose
		}
		w.file = f
		w.next++
	}
}

// sync makes the last transaction durable.
func (w *wal) sync() error {
	if err := w.advance(); err != nil {
		return err
	}
	if err := unix.Fdatasync(int(w.file.Fd())); err != nil {
		return fmt.Errorf("sync the write-ahead log: %w", err)
	}
	return nil
}

func (w *wal) close() error { return w.file.Close() }
