//go:build unix

package lock

import (
	"os"

	"golang.org/x/sys/unix"
)

func hold(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
