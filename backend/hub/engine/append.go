package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Append stores events on a stream about which nothing is decided, such as the
// audit log's: after whatever its head is. Such a stream is never folded, so it
// may grow as long as it likes. The first result of cmd is returned whatever
// comes later.
func (e *Engine) Append(ctx context.Context, stream eventlog.Stream, cmd id.Command, actor string, at time.Time, events []eventlog.Event) (Result, error) {
	for range maxTries {
		head, err := e.log.Head(ctx, stream)
		if err != nil {
			return Result{}, fmt.Errorf("find the end of %s: %w", stream, err)
		}
		commit := eventlog.Commit{Stream: stream, Rev: head.Rev + 1, PrevHash: head.Hash, ID: cmd, At: at, Actor: actor, Events: events}
		stored, again, err := e.append(ctx, commit, &flight{stream: stream}, nil)
		switch {
		case errors.Is(err, eventlog.ErrConflict):
			continue // somebody else appended; theirs comes before
		case err != nil:
			return Result{}, fmt.Errorf("%s: %w", stream, err)
		case again:
			return repeated(stream, stored)
		}
		return Result{Stored: stored}, nil
	}
	return Result{}, fmt.Errorf("%s: %w", stream, ErrBusy)
}
