package desk

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// syncDir does nothing: a directory cannot be synced here, and renames are
// journalled.
func syncDir(string) error { return nil }

// lockFile takes the lock of a data directory. It is gone with the process,
// however that ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the desk's data: %w", err)
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return nil, errors.Join(ErrInUse, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the desk's data: %w", err), f.Close())
	}
	return f, nil
}
