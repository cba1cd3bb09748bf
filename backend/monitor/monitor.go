// Package monitor is the pure core of who watches a conversation. It is a stream
// of its own beside the conversation's, under the same ID, because the agent and
// the contact never see that somebody watches: their streams carry no trace.
package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Event is something that happened to who watches.
//
//sumtype:decl
type Event interface{ eventType() string }

type (
	// Started: a supervisor began to watch.
	Started struct {
		By id.Agent `json:"by"`
	}
	// Ended: they no longer do.
	Ended struct {
		By id.Agent `json:"by"`
		// Reason is "" if they ended it themselves; disconnected: no desk of theirs
		// was left; not_allowed: they have no right to it any more.
		Reason string `json:"reason,omitempty"`
	}
	// Unknown stands for an event of a later version. It is kept and skipped.
	Unknown struct {
		Type string
		Data []byte
	}
)

func (Started) eventType() string   { return "monitor_started" }
func (Ended) eventType() string     { return "monitor_ended" }
func (u Unknown) eventType() string { return u.Type }

// Command is one intention.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Start begins to watch. Whether they may is the hub's to know.
	Start struct{ By id.Agent }
	// End ends it.
	End struct {
		By     id.Agent
		Reason string
	}
)

func (Start) command() {}
func (End) command()   {}

// MostWatchers is how many watch one conversation at once.
const MostWatchers = 50

// ErrTooMany: MostWatchers watch already.
var ErrTooMany = errors.New("too many watch this conversation already")

// State is the fold of one conversation's monitor stream. The zero State is one
// that nobody ever watched.
type State struct {
	ID   id.Conversation
	Rev  uint64
	Hash eventlog.Hash
	// Watchers are who watches now, and since when.
	Watchers map[id.Agent]time.Time
}

// Names lists who watches now, sorted.
func (s *State) Names() []id.Agent { return slices.Sorted(maps.Keys(s.Watchers)) }

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Watchers = maps.Clone(s.Watchers)
	return &c
}

// Errors of Apply.
var (
	ErrGap         = errors.New("commits are missing")
	ErrOtherStream = errors.New("a commit of another stream")
)

// Apply records a commit; see conversation.State.Apply for its contract.
func (s *State) Apply(c eventlog.Stored) error {
	if c.Stream.Kind != eventlog.Monitor || (s.Rev > 0 && c.Stream.ID != string(s.ID)) {
		return ErrOtherStream
	}
	if c.Rev <= s.Rev {
		return nil
	}
	if c.Rev != s.Rev+1 || c.PrevHash != s.Hash {
		return ErrGap
	}
	for _, e := range c.Events {
		s.Record(Decode(e), c.At)
	}
	s.ID, s.Rev, s.Hash = id.Conversation(c.Stream.ID), c.Rev, c.Hash
	return nil
}

// Record folds one event that happened at at.
func (s *State) Record(e Event, at time.Time) {
	switch e := e.(type) {
	case Started:
		if s.Watchers == nil {
			s.Watchers = map[id.Agent]time.Time{}
		}
		s.Watchers[e.By] = at
	case Ended:
		delete(s.Watchers, e.By)
	case Unknown:
	}
}

// Decide says what a command does, or why it may not. It changes nothing. No
// events and no error mean that the command is already true.
func Decide(s *State, cmd Command) ([]Event, error) {
	switch c := cmd.(type) {
	case Start:
		if _, watches := s.Watchers[c.By]; watches {
			return nil, nil
		}
		if len(s.Watchers) >= MostWatchers {
			return nil, ErrTooMany
		}
		return []Event{Started(c)}, nil
	case End:
		if _, watches := s.Watchers[c.By]; !watches {
			return nil, nil
		}
		return []Event{Ended(c)}, nil
	}
	return nil, nil
}

// Encode gives the stored form of events.
func Encode(events []Event) ([]eventlog.Event, error) {
	out := make([]eventlog.Event, 0, len(events))
	for _, e := range events {
		if u, ok := e.(Unknown); ok {
			out = append(out, eventlog.Event{Type: u.Type, Data: u.Data})
			continue
		}
		data, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.eventType(), err)
		}
		out = append(out, eventlog.Event{Type: e.eventType(), Data: data})
	}
	return out, nil
}

// Decode reads one stored event; what it does not know becomes Unknown.
func Decode(e eventlog.Event) Event {
	switch e.Type {
	case "monitor_started":
		return decodeAs[Started](e)
	case "monitor_ended":
		return decodeAs[Ended](e)
	}
	return Unknown(e)
}

func decodeAs[E Event](e eventlog.Event) Event {
	var out E
	if err := json.Unmarshal(e.Data, &out); err != nil {
		return Unknown(e)
	}
	return out
}
