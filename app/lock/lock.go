// Package lock keeps two processes off one directory.
package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrHeld: another process holds the lock.
var ErrHeld = errors.New("another Parley window uses this profile's data")

// Lock is held until Release or the process's end.
type Lock struct{ file *os.File }

// Take takes the lock of a directory, which must exist. It does not wait.
func Take(dir string) (*Lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := hold(f); err != nil {
		_ = f.Close()
		return nil, ErrHeld
	}
	return &Lock{file: f}, nil
}

// Release gives the lock back.
func (l *Lock) Release() { _ = l.file.Close() }
