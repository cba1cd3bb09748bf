package badger

import (
	"errors"
	"fmt"
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
	next string // the file after the one in use
	last int    // number of the one in use
	file *os.File
}

func openWAL(dir string) (*wal, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("no write-ahead log in %s", dir), err)
	}
	last := 0
	for _, name := range files {
		var n int
		if _, err := fmt.Sscanf(strings.TrimSuffix(filepath.Base(name), ".mem"), "%d", &n); err == nil {
			last = max(last, n)
		}
	}
	w := &wal{dir: dir, last: last - 1}
	w.next = w.name(last)
	return w, w.advance()
}

func (w *wal) name(n int) string { return filepath.Join(w.dir, fmt.Sprintf("%05d.mem", n)) }

// advance goes on to the newest file.
func (w *wal) advance() error {
	for w.file == nil || unix.Access(w.next, unix.F_OK) != unix.ENOENT {
		f, err := os.Open(w.next)
		if err != nil {
			return fmt.Errorf("open the write-ahead log: %w", err)
		}
		if w.file != nil {
			_ = w.file.Close() // read only, nothing to lose
		}
		w.file = f
		w.last++
		w.next = w.name(w.last + 1)
	}
	return nil
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
