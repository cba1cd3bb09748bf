package desk

import (
	"errors"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// forgetUnsent makes the desk forget what messages held that their contact took back:
// their text as it was at any time, and their files.
func (d *Desk) forgetUnsent(s eventlog.Stream, commits []eventlog.Stored, batch *readmodel.Batch) error {
	for _, c := range commits {
		for _, e := range c.Events {
			if e.Type != "message_unsent" {
				continue
			}
			u, ok := conversation.Decode(e).(conversation.MessageUnsent)
			if !ok {
				continue
			}
			if err := d.forgetMessage(s, u.Message, commits, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetMessage forgets one message, as it lies in the cache and in this batch.
func (d *Desk) forgetMessage(s eventlog.Stream, m id.Message, commits []eventlog.Stored, batch *readmodel.Batch) error {
	batch.Beside = append(batch.Beside, readmodel.Beside{Stream: s, Name: bodyName(m)})
	items, _, err := d.model.Transcript(id.Conversation(s.ID), 0, 1<<30)
	if err != nil && !errors.Is(err, readmodel.ErrNotFound) {
		return d.cacheFailed(err)
	}
	for _, it := range items {
		if it.Message != m {
			continue
		}
		batch.Beside = append(batch.Beside, readmodel.Beside{Stream: s, Name: bodyName(it.Sealed())})
		for _, f := range it.Body.Files {
			if err := d.file.remove(f.ID); err != nil {
				d.log.Error("a file could not be deleted", "error", err)
			}
		}
	}
	for _, c := range commits {
		for _, e := range c.Events {
			if ch, ok := conversation.Decode(e).(conversation.MessageChanged); ok && ch.Message == m {
				batch.Beside = append(batch.Beside, readmodel.Beside{Stream: s, Name: bodyName(ch.Content)})
			}
		}
	}
	return nil
}
