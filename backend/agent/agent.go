package agent

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	// Externals is work outside Parley that goes on now.
	Externals map[id.External]External
	// Left are queues that the agent is a member of and takes nothing from.
	Left map[id.Queue]bool
}

// External is an interaction outside Parley.
type External struct {
	Media channel.Kind // for example "voice" or "email"
	Since time.Time
}

// Reservation holds capacity.
type Reservation struct {
	Conversation id.Conversation
	Channel      channel.Kind
	Since        time.Time
}

// Held counts what the agent is busy with by kind: reservations, and work
// outside Parley by its media.
func (s *State) Held() map[channel.Kind]int {
	held := make(map[channel.Kind]int, 2)
	for _, r := range s.Reservations {
		held[r.Channel]++
	}
	for _, e := range s.Externals {
		held[e.Media]++
	}
	return held
}

// Routing derives the routing status.
func (s *State) Routing() Routing {
	switch {
	case s.Presence != OnQueue:
		return OffQueue
	case s.NotResponding:
		return NotResponding
	case len(s.Reservations) > 0 || len(s.Externals) > 0:
		return Interacting
	}
	return Idle
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Reservations, c.Externals, c.Left = maps.Clone(s.Reservations), maps.Clone(s.Externals), maps.Clone(s.Left)
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
		switch e.Reason {
		case "completed", "moved", "parked":
			s.FreeSince = at
		}
	case StoppedResponding:
		s.NotResponding, s.NotRespondingTo = true, e.Communication
	case Resumed:
		s.NotResponding, s.NotRespondingTo = false, ""
		s.FreeSince = at
	case QueueLeft:
		if s.Left == nil {
			s.Left = map[id.Queue]bool{}
		}
		s.Left[e.Queue] = true
	case QueueJoined:
		delete(s.Left, e.Queue)
	case ExternalStarted:
		if s.Externals == nil {
			s.Externals = map[id.External]External{}
		}
		s.Externals[e.External] = External{Media: e.Media, Since: at}
	case ExternalEnded:
		if _, known := s.Externals[e.External]; known {
			delete(s.Externals, e.External)
			s.FreeSince = at
		}
	case Unknown:
	}
}

// Env is what a decision may know beyond the state.
type Env struct {
	Now         time.Time
	Utilization Utilization
}

// Errors of Decide.
var (
	ErrUnknownPresence = errors.New("no such presence")
	ErrUnavailable     = errors.New("the agent is not on queue or not responding")
	ErrNoCapacity      = errors.New("the agent's capacity is used")
	ErrInterrupted     = errors.New("what the agent is busy with may not be interrupted by this channel")
	ErrTooManyExternal = errors.New("too many interactions outside Parley are open")
	ErrMedia           = errors.New("a medium is named by 1 to 32 lower-case letters and hyphens")
)

// maxExternals bounds what an agent's external systems may leave open.
const maxExternals = 64

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
		By       id.Agent
	}
	// Reserve holds capacity for a communication about to be offered. Manual says
	// that the agent takes it by their own choice, which they may do off queue
	// too, but not beyond their capacity.
	Reserve struct {
		Communication id.Communication
		Conversation  id.Conversation
		Channel       channel.Kind
		Manual        bool
	}
	// SetQueue joins a queue that the agent is a member of, or leaves it for now.
	SetQueue struct {
		Queue id.Queue
		Join  bool
		By    id.Agent
	}
	// StartExternal and EndExternal report work outside Parley.
	StartExternal struct {
		External id.External
		Media    channel.Kind
	}
	EndExternal struct{ External id.External }
	// Release gives a reservation back. NotResponding says that its alert went
	// unanswered.
	Release struct {
		Communication id.Communication
		Reason        string
		NotResponding bool
	}
)

func (SetPresence) command()   {}
func (Reserve) command()       {}
func (SetQueue) command()      {}
func (StartExternal) command() {}
func (EndExternal) command()   {}
func (Release) command()       {}

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
		if !c.Manual && (s.Presence != OnQueue || s.NotResponding) {
			return nil, ErrUnavailable
		}
		if err := env.Utilization.Room(s.Held(), c.Channel); err != nil {
			return nil, err
		}
		return []Event{Reserved{Communication: c.Communication, Conversation: c.Conversation, Channel: c.Channel}}, nil
	case Release:
		if _, held := s.Reservations[c.Communication]; !held {
			return nil, nil
		}
		out := []Event{Released{Communication: c.Communication, Reason: c.Reason}}
		if c.NotResponding && s.Presence == OnQueue {
			out = append(out, StoppedResponding{Communication: c.Communication})
		}
		return out, nil
	case SetQueue:
		switch {
		case c.Join == !s.Left[c.Queue]:
			return nil, nil
		case c.Join:
			return []Event{QueueJoined{Queue: c.Queue, By: c.By}}, nil
		}
		return []Event{QueueLeft{Queue: c.Queue, By: c.By}}, nil
	case StartExternal:
		return startExternal(s, c)
	case EndExternal:
		if _, open := s.Externals[c.External]; !open {
			return nil, nil
		}
		return []Event{ExternalEnded(c)}, nil
	}
	return nil, nil
}

func startExternal(s *State, c StartExternal) ([]Event, error) {
	if _, open := s.Externals[c.External]; open {
		return nil, nil
	}
	if len(c.Media) == 0 || len(c.Media) > 32 || strings.Trim(string(c.Media), "abcdefghijklmnopqrstuvwxyz-") != "" {
		return nil, fmt.Errorf("%w: %q", ErrMedia, c.Media)
	}
	if len(s.Externals) >= maxExternals {
		return nil, ErrTooManyExternal
	}
	return []Event{ExternalStarted(c)}, nil
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
