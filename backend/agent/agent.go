package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// State is the fold of an agent's commits. The zero State is an agent without
// events: offline.
type State struct {
	ID   id.Agent
	Rev  uint64
	Hash eventlog.Hash

	Presence      Presence
	PresenceSince time.Time
	NotResponding bool
	// NotRespondingTo is the communication whose alert went unanswered.
	NotRespondingTo id.Communication
	// FreeSince is when the agent last came on queue or finished an interaction;
	// the longest-idle rule sorts by it.
	FreeSince    time.Time
	Reservations map[id.Communication]Reservation
}

// Reservation holds capacity.
type Reservation struct {
	Conversation id.Conversation
	Channel      channel.Kind
	Since        time.Time
}

// Used counts reservations of one channel kind.
func (s *State) Used(k channel.Kind) int {
	n := 0
	for _, r := range s.Reservations {
		if r.Channel == k {
			n++
		}
	}
	return n
}

// Routing derives the routing status.
func (s *State) Routing() Routing {
	switch {
	case s.Presence != OnQueue:
		return OffQueue
	case s.NotResponding:
		return NotResponding
	case len(s.Reservations) > 0:
		return Interacting
	}
	return Idle
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Reservations = maps.Clone(s.Reservations)
	return &c
}

// Errors of Apply.
var (
	ErrGap         = errors.New("commits are missing")
	ErrOtherStream = errors.New("a commit of another stream")
)

// Apply records a commit; see conversation.State.Apply for its contract.
func (s *State) Apply(c eventlog.Stored) error {
	if c.Stream.Kind != eventlog.Agent || (s.Rev > 0 && c.Stream.ID != string(s.ID)) {
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
	s.ID, s.Rev, s.Hash = id.Agent(c.Stream.ID), c.Rev, c.Hash
	return nil
}

// Record folds one event that happened at at.
func (s *State) Record(e Event, at time.Time) {
	switch e := e.(type) {
	case PresenceChanged:
		s.Presence, s.PresenceSince = e.Presence, at
		s.NotResponding, s.NotRespondingTo = false, ""
		if e.Presence == OnQueue {
			s.FreeSince = at
		}
	case Reserved:
		if s.Reservations == nil {
			s.Reservations = map[id.Communication]Reservation{}
		}
		s.Reservations[e.Communication] = Reservation{Conversation: e.Conversation, Channel: e.Channel, Since: at}
	case Released:
		delete(s.Reservations, e.Communication)
		if e.Reason == "completed" {
			s.FreeSince = at
		}
	case StoppedResponding:
		s.NotResponding, s.NotRespondingTo = true, e.Communication
	case Resumed:
		s.NotResponding, s.NotRespondingTo = false, ""
		s.FreeSince = at
	case Unknown:
	}
}

// Env is what a decision may know beyond the state.
type Env struct {
	Now time.Time
	// Capacity is the most reservations per channel kind; a kind that is
	// missing has none.
	Capacity map[channel.Kind]int
}

// Errors of Decide.
var (
	ErrUnknownPresence = errors.New("no such presence")
	ErrUnavailable     = errors.New("the agent is not on queue or not responding")
	ErrNoCapacity      = errors.New("the agent's capacity is used")
)

// Command is one intention.
//
//sumtype:decl
type Command interface{ command() }

type (
	// SetPresence changes presence; OnQueue goes on queue, and back on queue
	// from not responding. Reason is "disconnected" when the hub does it because
	// no desk is left.
	SetPresence struct {
		Presence Presence
		Reason   string
	}
	// Reserve holds capacity for a communication about to be offered.
	Reserve struct {
		Communication id.Communication
		Conversation  id.Conversation
		Channel       channel.Kind
	}
	// Release gives a reservation back. NotResponding says that its alert went
	// unanswered.
	Release struct {
		Communication id.Communication
		Reason        string
		NotResponding bool
	}
)

func (SetPresence) command() {}
func (Reserve) command()     {}
func (Release) command()     {}

// Decide says what a command does to an agent, or why it may not. It changes
// nothing. No events and no error mean that the command is already true.
func Decide(s *State, cmd Command, env Env) ([]Event, error) {
	switch c := cmd.(type) {
	case SetPresence:
		return setPresence(s, c)
	case Reserve:
		if _, held := s.Reservations[c.Communication]; held {
			return nil, nil
		}
		if s.Presence != OnQueue || s.NotResponding {
			return nil, ErrUnavailable
		}
		if s.Used(c.Channel) >= env.Capacity[c.Channel] {
			return nil, ErrNoCapacity
		}
		return []Event{Reserved(c)}, nil
	case Release:
		if _, held := s.Reservations[c.Communication]; !held {
			return nil, nil
		}
		out := []Event{Released{Communication: c.Communication, Reason: c.Reason}}
		if c.NotResponding && s.Presence == OnQueue {
			out = append(out, StoppedResponding{Communication: c.Communication})
		}
		return out, nil
	}
	return nil, nil
}

func setPresence(s *State, c SetPresence) ([]Event, error) {
	if !slices.Contains(Presences(), c.Presence) {
		return nil, fmt.Errorf("%w: %q", ErrUnknownPresence, c.Presence)
	}
	if s.Presence == c.Presence || (s.Presence == "" && c.Presence == Offline) {
		if s.NotResponding && c.Presence == OnQueue {
			return []Event{Resumed{}}, nil
		}
		return nil, nil
	}
	return []Event{PresenceChanged(c)}, nil
}
