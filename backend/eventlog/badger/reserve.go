package badger

import (
	"fmt"
	"sync"
	"time"

	"parley/backend/eventlog"
)

// reserve knows how much of the disk is left. A full disk kills a process that
// writes through mapped files, as Badger does, so it is asked before each write.
type reserve struct {
	dirs []string
	keep int64 // as configured; 0 means the default
	// debt is what the stores may still write on their own, of those on a disk
	// together; nil means nothing.
	debt func() int64

	mu      sync.Mutex
	left    int64 // bytes that may be written before the disk is asked again
	asked   time.Time
	refused error
}

const (
	askEvery = 50 * time.Millisecond
	askBytes = 1 << 20
	// writeCost is how many bytes of disk one byte of a commit may take at
	// once: log and second copy, each with its write-ahead log and its table.
	writeCost = 4
)

// take reserves n bytes of commits, or says ErrFull.
func (r *reserve) take(n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	need := int64(n) * writeCost
	if r.refused != nil || need > r.left || time.Since(r.asked) > askEvery {
		if err := r.ask(need); err != nil {
			return err
		}
	}
	r.left -= need
	return nil
}

func (r *reserve) ask(need int64) error {
	r.asked = time.Now()
	r.left = max(need, askBytes)
	var debt int64
	if r.debt != nil {
		debt = r.debt()
	}
	for _, dir := range r.dirs {
		free, size, err := diskSpace(dir)
		if err != nil {
			r.refused = fmt.Errorf("ask how full the disk is: %w", err)
			return r.refused
		}
		keep := r.keep
		if keep == 0 {
			keep = min(512<<20, size/20)
			keep = max(keep, debt)
		}
		if room := free - keep; room < need {
			r.refused = fmt.Errorf("%w: %d MiB free, %d MiB are kept in reserve",
				eventlog.ErrFull, free>>20, keep>>20)
			return r.refused
		} else if room < r.left {
			r.left = room
		}
	}
	r.refused = nil
	return nil
}

// Room says whether n more bytes may be written beside the log, as attachments
// are: nil, or ErrFull in words. Who writes to the log's disk asks first.
func (l *Log) Room(n int64) error { return l.reserve.take(int(n / writeCost)) }
