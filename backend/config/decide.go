package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"parley/backend/id"
)

// Env is what a decision may know beyond the state.
type Env struct {
	// Pinned are queues that the hub's own settings send conversations to, and
	// what does, for example the deployment "shop". They cannot be removed.
	Pinned map[id.Queue]string
}

// Origin is who changes something, and from where.
type Origin struct {
	// By is the user, who needs the right to it; "" is the hub itself, or whoever
	// may write its data directory.
	By      id.Agent
	Via     Via
	Session string
}

// Command is one intention.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Replace makes the organisation what it is wished to be. Rev is that of the
	// state which the wish was compared with.
	Replace struct {
		Origin
		Rev          uint64
		Organisation Organisation
	}
	// Change sets and removes single things. Rev is that of the state which they
	// were read at; that others changed other things since does not matter.
	Change struct {
		Origin
		Rev    uint64
		Events []Event
	}
)

func (Replace) command() {}
func (Change) command()  {}

// Errors of Decide, beside Faults and ErrForbidden.
var (
	// ErrStale: somebody else changed it meanwhile. Read it anew.
	ErrStale = errors.New("the configuration has changed meanwhile")
	// ErrNothing: what is to be removed is not there.
	ErrNothing = errors.New("it is not configured")
	// ErrLastAdmin: nobody could change the configuration any more.
	ErrLastAdmin = errors.New("at least one user must have the role admin, or nobody could change the configuration any more")
	// ErrTooLarge: more than fits into one commit.
	ErrTooLarge = errors.New("the change is too large to be made at once; make it in parts")
	// ErrPinned: the hub's own settings send conversations there.
	ErrPinned = errors.New("the queue cannot be removed")
)

// Decide says what a command does to the configuration, or why it may not. It
// changes nothing. No events and no error mean that the command is already true.
func Decide(s *State, cmd Command, env Env) ([]Event, error) {
	var origin Origin
	next := s.Organisation.Clone()
	switch c := cmd.(type) {
	case Replace:
		origin, next = c.Origin, c.Organisation.Clone()
		if c.Rev != s.Rev {
			return nil, ErrStale
		}
	case Change:
		origin = c.Origin
		for _, e := range c.Events {
			ref := About(e)
			if s.Changed[ref] > c.Rev || c.Rev > s.Rev {
				return nil, fmt.Errorf("%w: %s", ErrStale, ref)
			}
			if removes(e) && !s.Organisation.has(ref) {
				return nil, fmt.Errorf("%s: %w", ref, ErrNothing)
			}
			next.record(e)
			if removes(e) {
				next.release(ref)
			}
		}
		next = next.Clone() // in the form in which it is stored
	}
	if origin.By != "" {
		if err := s.Organisation.May(origin.By, ChangeConfiguration, ""); err != nil {
			return nil, err
		}
	}
	next.Complete()
	if faults := next.Check(); len(faults) > 0 {
		return nil, faults
	}
	if err := keeps(&s.Organisation, &next, env); err != nil {
		return nil, err
	}
	steps := Steps(s.Organisation, next)
	if len(steps) == 0 {
		return nil, nil
	}
	out := append([]Event{Requested{Via: origin.Via, Session: origin.Session}}, steps...)
	encoded, err := Encode(out)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, e := range encoded {
		size += len(e.Type) + len(e.Data)
	}
	if size > MaxChange {
		return nil, fmt.Errorf("%w: it has %d bytes of at most %d", ErrTooLarge, size, MaxChange)
	}
	return out, nil
}

// MaxChange is how many bytes one change may have as it is stored.
const MaxChange = 900 << 10

// keeps refuses what would leave the hub without something it needs.
func keeps(now, next *Organisation, env Env) error {
	for _, q := range keys(env.Pinned) {
		if _, there := next.Queue(q); !there {
			return fmt.Errorf("%w: %s takes the conversations of %s", ErrPinned, q, env.Pinned[q])
		}
	}
	if now.administrators() > 0 && next.administrators() == 0 {
		return ErrLastAdmin
	}
	return nil
}

func (o *Organisation) administrators() int {
	n := 0
	for _, u := range o.Users {
		if slices.Contains(u.Roles, RoleAdministrator) {
			n++
		}
	}
	return n
}

func removes(e Event) bool {
	switch e.(type) {
	case SkillRemoved, HoursRemoved, QueueRemoved, UserRemoved, LibraryRemoved:
		return true
	case Requested, GeneralSet, SkillSet, HoursSet, QueueSet, UserSet, LibrarySet, Unknown:
	}
	return false
}

// release takes what is removed from where it is merely listed: a user from
// their queues, a queue from its supervisors, a skill from who knows it. What
// needs it stays as it is, and is told by Check.
func (o *Organisation) release(r Ref) {
	for i := range o.Queues {
		if r.Kind == KindUser {
			o.Queues[i].Members = slices.DeleteFunc(slices.Clone(o.Queues[i].Members), func(a id.Agent) bool { return string(a) == r.ID })
		}
	}
	for i := range o.Users {
		u := &o.Users[i]
		switch r.Kind {
		case KindQueue:
			u.Supervises = slices.DeleteFunc(slices.Clone(u.Supervises), func(q id.Queue) bool { return string(q) == r.ID })
		case KindSkill:
			u.Skills = maps.Clone(u.Skills)
			delete(u.Skills, id.Skill(r.ID))
		case KindGeneral, KindHours, KindUser, KindLibrary:
		}
	}
	if r.Kind == KindQueue {
		o.Thresholds = slices.DeleteFunc(slices.Clone(o.Thresholds), func(t Threshold) bool { return string(t.Queue) == r.ID })
	}
}

func (o *Organisation) has(r Ref) bool {
	there := false
	switch r.Kind {
	case KindGeneral:
		there = true
	case KindSkill:
		_, there = find(o.Skills, r.ID, skillID)
	case KindHours:
		_, there = find(o.Hours, r.ID, hoursID)
	case KindQueue:
		_, there = find(o.Queues, r.ID, queueID)
	case KindUser:
		_, there = find(o.Users, r.ID, userID)
	case KindLibrary:
		_, there = find(o.Libraries, r.ID, libraryID)
	}
	return there
}

// Steps are the events that turn one completed organisation into another.
func Steps(from, to Organisation) []Event {
	var out []Event
	if !reflect.DeepEqual(from.General, to.General) {
		out = append(out, GeneralSet{to.General})
	}
	out = append(out, steps(from.Skills, to.Skills, skillID, func(s Skill) Event { return SkillSet{s} }, func(id string) Event { return SkillRemoved{id} })...)
	out = append(out, steps(from.Hours, to.Hours, hoursID, func(h Hours) Event { return HoursSet{h} }, func(id string) Event { return HoursRemoved{id} })...)
	out = append(out, steps(from.Users, to.Users, userID, func(u User) Event { return UserSet{u} }, func(id string) Event { return UserRemoved{id} })...)
	out = append(out, steps(from.Queues, to.Queues, queueID, func(q Queue) Event { return QueueSet{q} }, func(id string) Event { return QueueRemoved{id} })...)
	out = append(out, steps(from.Libraries, to.Libraries, libraryID, func(l Library) Event { return LibrarySet{l} }, func(id string) Event { return LibraryRemoved{id} })...)
	return out
}

func steps[T any](from, to []T, key func(T) string, set func(T) Event, remove func(string) Event) []Event {
	var out []Event
	for _, v := range to {
		if i, there := find(from, key(v), key); !there || !reflect.DeepEqual(from[i], v) {
			out = append(out, set(v))
		}
	}
	for _, v := range from {
		if _, stays := find(to, key(v), key); !stays {
			out = append(out, remove(key(v)))
		}
	}
	return out
}
