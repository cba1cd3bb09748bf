package config

import (
	"errors"
	"maps"
	"slices"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// StreamID is the ID of the one stream of configuration.
const StreamID = "org"

// State is the fold of the configuration's commits. The zero State is that of
// an organisation of which nothing is known.
type State struct {
	Rev  uint64
	Hash eventlog.Hash
	At   time.Time // of the last change
	By   string    // its actor

	Organisation Organisation
	// Names are those of all users there ever were, for what they did.
	Names map[id.Agent]string
	// Changed is the Rev at which each thing changed last, removed ones too.
	Changed map[Ref]uint64
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Organisation, c.Changed, c.Names = s.Organisation.Clone(), maps.Clone(s.Changed), maps.Clone(s.Names)
	return &c
}

// Errors of Apply.
var (
	ErrGap         = errors.New("commits are missing")
	ErrOtherStream = errors.New("a commit of another stream")
)

// Apply records a commit; see conversation.State.Apply for its contract.
func (s *State) Apply(c eventlog.Stored) error {
	if c.Stream.Kind != eventlog.Config || c.Stream.ID != StreamID {
		return ErrOtherStream
	}
	if c.Rev <= s.Rev {
		return nil
	}
	if c.Rev != s.Rev+1 || c.PrevHash != s.Hash {
		return ErrGap
	}
	events := make([]Event, 0, len(c.Events))
	for _, e := range c.Events {
		events = append(events, Decode(e))
	}
	s.Record(c, events)
	return nil
}

// Record folds a commit whose events are known.
func (s *State) Record(c eventlog.Stored, events []Event) {
	for _, e := range events {
		s.Organisation.record(e)
		if u, ok := e.(UserSet); ok {
			if s.Names == nil {
				s.Names = map[id.Agent]string{}
			}
			s.Names[u.ID] = u.Name
		}
		if ref := About(e); ref != (Ref{}) {
			if s.Changed == nil {
				s.Changed = map[Ref]uint64{}
			}
			s.Changed[ref] = c.Rev
		}
	}
	s.Rev, s.Hash, s.At, s.By = c.Rev, c.Hash, c.At, c.Actor
}

// record folds one event.
func (o *Organisation) record(e Event) {
	switch e := e.(type) {
	case GeneralSet:
		o.General = e.General
	case SkillSet:
		o.Skills = set(o.Skills, e.Skill, skillID)
	case SkillRemoved:
		o.Skills = removed(o.Skills, e.ID, skillID)
	case HoursSet:
		o.Hours = set(o.Hours, e.Hours, hoursID)
	case HoursRemoved:
		o.Hours = removed(o.Hours, e.ID, hoursID)
	case QueueSet:
		o.Queues = set(o.Queues, e.Queue, queueID)
	case QueueRemoved:
		o.Queues = removed(o.Queues, e.ID, queueID)
	case UserSet:
		o.Users = set(o.Users, e.User, userID)
	case UserRemoved:
		o.Users = removed(o.Users, e.ID, userID)
	case LibrarySet:
		o.Libraries = set(o.Libraries, e.Library, libraryID)
	case LibraryRemoved:
		o.Libraries = removed(o.Libraries, e.ID, libraryID)
	case Requested, Unknown:
	}
}

func skillID(s Skill) string     { return string(s.ID) }
func hoursID(h Hours) string     { return string(h.ID) }
func queueID(q Queue) string     { return string(q.ID) }
func userID(u User) string       { return string(u.ID) }
func libraryID(l Library) string { return string(l.ID) }

// set puts v into a list sorted by ID. The list is made anew: others may read
// the old one.
func set[T any](list []T, v T, key func(T) string) []T {
	i, there := find(list, key(v), key)
	out := slices.Clone(list)
	if there {
		out[i] = v
		return out
	}
	return slices.Insert(out, i, v)
}

func removed[T any](list []T, id string, key func(T) string) []T {
	i, there := find(list, id, key)
	switch {
	case !there:
		return list
	case len(list) == 1:
		return nil
	}
	return slices.Delete(slices.Clone(list), i, i+1)
}

func find[T any](list []T, id string, key func(T) string) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(v T, id string) int {
		switch k := key(v); {
		case k < id:
			return -1
		case k > id:
			return 1
		}
		return 0
	})
}
