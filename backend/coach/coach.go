// Package coach is the pure core of what supervisors and an agent write to each
// other in private while the agent serves a contact. Its stream stands beside
// the conversation's, one for each of an agent's legs and under that leg's
// communication: the contact never sees it, and the next agent does not read
// what the one before was told.
package coach

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Event is something that happened in the coaching of a leg.
//
//sumtype:decl
type Event interface{ eventType() string }

type (
	// Message is what a supervisor wrote to the agent, or the agent to those who
	// coach. Its content is sealed as the conversation's.
	Message struct {
		Conversation id.Conversation `json:"conversation"`
		Message      id.Message      `json:"message"`
		By           id.Agent        `json:"by"`
		Body         message.Ref     `json:"body"`
		Agent        id.Agent        `json:"agent,omitempty"` // whose leg it is
	}
	// Unknown stands for an event of a later version. It is kept and skipped.
	Unknown struct {
		Type string
		Data []byte
	}
)

func (Message) eventType() string   { return "coach_message" }
func (u Unknown) eventType() string { return u.Type }

// Say writes a message. Whether By may is the hub's to know: who monitors the
// conversation, or the agent whose leg it is.
type Say struct {
	Conversation id.Conversation
	Message      id.Message
	By           id.Agent
	Body         message.Ref
	Agent        id.Agent // whose leg it is
}

// MaxBytes is how long a message may be.
const MaxBytes = 16 << 10

// Errors of Decide.
var (
	ErrEmpty   = errors.New("the message is empty")
	ErrTooLong = errors.New("a coaching message has at most 16 KB")
	ErrOther   = errors.New("this leg is of another conversation")
)

// State is the fold of one leg's coaching. The zero State is one without a word.
type State struct {
	ID   id.Communication
	Rev  uint64
	Hash eventlog.Hash

	Conversation id.Conversation
	Messages     int
	LastAt       time.Time
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	return &c
}

// Errors of Apply.
var (
	ErrGap         = errors.New("commits are missing")
	ErrOtherStream = errors.New("a commit of another stream")
)

// Apply records a commit; see conversation.State.Apply for its contract.
func (s *State) Apply(c eventlog.Stored) error {
	if c.Stream.Kind != eventlog.Coach || (s.Rev > 0 && c.Stream.ID != string(s.ID)) {
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
	s.ID, s.Rev, s.Hash = id.Communication(c.Stream.ID), c.Rev, c.Hash
	return nil
}

// Record folds one event that happened at at.
func (s *State) Record(e Event, at time.Time) {
	switch e := e.(type) {
	case Message:
		s.Conversation = e.Conversation
		s.Messages++
		s.LastAt = at
	case Unknown:
	}
}

// Decide says what a command does, or why it may not. It changes nothing.
func Decide(s *State, c Say) ([]Event, error) {
	switch {
	case c.Body.Length == 0:
		return nil, ErrEmpty
	case c.Body.Length > MaxBytes:
		return nil, ErrTooLong
	case s.Rev > 0 && s.Conversation != c.Conversation:
		return nil, ErrOther
	}
	return []Event{Message(c)}, nil
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
	if e.Type != "coach_message" {
		return Unknown(e)
	}
	var out Message
	if err := json.Unmarshal(e.Data, &out); err != nil {
		return Unknown(e)
	}
	return out
}
