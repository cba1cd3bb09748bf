// Package diskspace asks how full a disk is. Badger writes through mapped
// files, and a process that writes to a mapped page of a full disk is killed;
// so whoever writes asks first.
package diskspace

import (
	"errors"
	"fmt"
)

// ErrFull: less is free than the reserve. Nothing was written.
var ErrFull = errors.New("the disk is almost full, so nothing new can be stored")

// Reserve is the default reserve in bytes for a disk of size bytes: 512 MiB or
// 5 %, whichever is less.
func Reserve(size int64) int64 { return min(512<<20, size/20) }

// Room returns nil when need bytes may be written to the disk of dir while
// reserve bytes stay free (0 = Reserve of that disk), and ErrFull with both
// numbers when not.
func Room(dir string, need, reserve int64) error {
	free, size, err := Of(dir)
	if err != nil {
		return fmt.Errorf("ask how full the disk is: %w", err)
	}
	if reserve == 0 {
		reserve = Reserve(size)
	}
	if free-reserve < need {
		return fmt.Errorf("%w: %d MiB free, %d MiB are kept in reserve", ErrFull, free>>20, reserve>>20)
	}
	return nil
}
