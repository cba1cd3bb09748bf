package hub

import (
	"context"
	"math"
	"time"

	"parley/backend/hub/unsent"
	"parley/backend/id"
)

const (
	// unsentLife is how long an upload may be in no message.
	unsentLife = 24 * time.Hour
	tidyEvery  = time.Hour
)

// tidy removes, now and every hour until ctx ends, uploads that were never sent.
func (s *stores) tidy(ctx context.Context) {
	for {
		removed, err := s.uploads.Sweep(ctx, s.now().Add(-unsentLife), s.inMessage)
		if removed > 0 {
			s.logger.Info("uploads that were never sent are removed", "count", removed)
		}
		if err != nil && ctx.Err() == nil {
			s.logger.Error("uploads that were never sent could not all be removed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tidyEvery):
		}
	}
}

// inMessage says whether a message carries an upload: one of a conversation that
// whoever uploaded it has taken part in since.
func (s *stores) inMessage(ctx context.Context, u unsent.Upload) (bool, error) {
	tail, err := s.log.Tail(ctx, 0)
	if err == nil {
		err = s.model.WaitFor(ctx, tail)
	}
	if err != nil {
		return false, err
	}
	var list []id.Conversation
	if u.Agent != "" {
		since := time.UnixMilli(u.AtMs).Add(-unsentLife) // a clock may have been set back
		list, err = s.model.ByAgent(u.Agent, since)
	} else {
		list, err = s.model.ByGuest(u.Guest)
	}
	for _, conv := range list {
		items, _, err := s.model.Transcript(conv, 0, math.MaxInt)
		if err != nil {
			return false, err
		}
		for _, it := range items {
			for _, f := range it.Body.Files {
				if f.ID == u.File {
					return true, nil
				}
			}
		}
	}
	return false, err
}
