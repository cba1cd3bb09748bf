package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// stories are the addresses of media that may not be kept, by message. They are
// in memory only, and gone when the hub ends or the platform's time is over.
type stories struct {
	mu sync.Mutex
	by map[id.Message]story
}

type story struct {
	url   string
	until time.Time
}

// storyLife is how long a story can be seen if the platform does not say.
const storyLife = 24 * time.Hour

const maxStories = 10_000

func (s *stories) init() { s.by = map[id.Message]story{} }

func (s *stories) put(m id.Message, url string, e *message.Ephemeral, now time.Time) {
	until := now.Add(storyLife)
	if e != nil && !e.Until.IsZero() {
		until = e.Until
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= maxStories {
		for other, old := range s.by {
			if !now.Before(old.until) {
				delete(s.by, other)
			}
		}
	}
	if len(s.by) < maxStories {
		s.by[m] = story{url, until}
	}
}

func (s *stories) drop(m id.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, m)
}

// ErrStoryGone: the media can no longer be seen, or the hub was started again
// since and does not know where it is.
var ErrStoryGone = errors.New("this can no longer be seen here; open it in the channel's own app")

// maxStory bounds media that passes through memory, in bytes.
const maxStory = 25 << 20

// Ephemeral loads a message's media that may not be kept, from the platform into
// memory and nowhere else.
func (h *Hub) Ephemeral(ctx context.Context, conv id.Conversation, m id.Message) (data []byte, kind string, err error) {
	h.stories.mu.Lock()
	s, known := h.stories.by[m]
	h.stories.mu.Unlock()
	if !known || !h.now().Before(s.until) {
		h.stories.drop(m)
		return nil, "", ErrStoryGone
	}
	st, err := h.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		return nil, "", err
	}
	a := h.accounts[accountKey{st.Channel, st.Account}]
	if a == nil {
		return nil, "", ErrStoryGone
	}
	var b bytes.Buffer
	x := h.call(ctx, a, channel.Call{Method: http.MethodGet, URL: s.url, Download: true}, func(_ context.Context, body io.Reader, _ string) (*channel.Download, error) {
		n, err := io.Copy(&b, io.LimitReader(body, maxStory+1))
		return &channel.Download{Size: n, TooLarge: n > maxStory}, err
	})
	switch {
	case x.Err != "":
		return nil, "", fmt.Errorf("load from the platform: %s", x.Err)
	case x.Status/100 != 2:
		h.stories.drop(m)
		return nil, "", ErrStoryGone
	case x.File == nil || x.File.TooLarge:
		return nil, "", errTooLarge
	}
	return b.Bytes(), http.DetectContentType(b.Bytes()), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
