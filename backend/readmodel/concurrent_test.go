package readmodel_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/readmodel"
)

// Queries see whole commits while the log is being folded and stored, and what
// WaitFor has promised is there.
func TestQueriesWhileFolding(t *testing.T) {
	s := newStory(t)
	s.random(8, 6, 1500)
	o := small()
	o.FlushEvery, o.FlushBytes = time.Millisecond, 4<<10
	m := open(t, t.TempDir(), o)
	var work sync.WaitGroup
	for n := range 3 {
		work.Go(func() {
			c := id.Conversation([]string{"conversation-0", "conversation-1", "conversation-2"}[n])
			for pos := uint64(1); pos <= uint64(len(s.log)); pos += 7 {
				if err := m.WaitFor(t.Context(), eventlog.Position{Pos: pos}); err != nil {
					t.Error(err)
					return
				}
				st, err := m.ConversationState(c)
				if errors.Is(err, readmodel.ErrNotFound) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				items, total, err := m.Transcript(c, 0, 1<<30)
				if err != nil || len(items) != total || st.Inbound > total {
					t.Errorf("%d of %d items: %v", len(items), total, err)
				}
				if _, err := m.InPhase(conversation.Waiting, conversation.Talking); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range s.log {
		if err := m.Apply(s.log[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	work.Wait()
	whole := open(t, "", small())
	if err := whole.Apply(s.log); err != nil {
		t.Fatal(err)
	}
	same(t, "in the end", pictureOf(t, m, s), pictureOf(t, whole, s))
}
