package trail

import (
	"context"
	"fmt"
	"time"

	"parley/backend/audit"
	"parley/backend/eventlog"
)

// Entry is a record with its place in the audit log.
type Entry struct {
	Rev  uint64
	Hash string
	audit.Record
}

// List calls yield with the records after a revision that happened at since or
// later, in the order in which they were written, until it returns false.
func List(ctx context.Context, log eventlog.Log, after uint64, since time.Time, yield func(Entry) bool) error {
	if !since.IsZero() {
		first, err := firstSince(ctx, log, since)
		if err != nil {
			return err
		}
		after = max(after, first-1)
	}
	for c, err := range log.Read(ctx, audit.Stream, after) {
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		for _, r := range audit.Decode(c.Commit) {
			if !r.At.Before(since) && !yield(Entry{Rev: c.Rev, Hash: c.Hash.String(), Record: r}) {
				return nil
			}
		}
	}
	return ctx.Err()
}

// firstSince is the revision of the first record written at since or later; one
// beyond the last if there is none. A record is never written before it happens.
func firstSince(ctx context.Context, log eventlog.Log, since time.Time) (uint64, error) {
	head, err := log.Head(ctx, audit.Stream)
	if err != nil {
		return 0, fmt.Errorf("find the end of the audit log: %w", err)
	}
	low, high := uint64(1), head.Rev+1
	for low < high {
		mid := low + (high-low)/2
		at := time.Time{}
		for c, err := range log.Read(ctx, audit.Stream, mid-1) {
			if err != nil {
				return 0, fmt.Errorf("read the audit log: %w", err)
			}
			at = c.At
			break
		}
		if at.Before(since) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, nil
}
