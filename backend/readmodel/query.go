package readmodel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

func ofConversation(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

// ConversationState returns a copy of a conversation's state, or ErrNotFound.
func (m *Model) ConversationState(c id.Conversation) (*conversation.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, err := m.existing(ofConversation(c))
	if err != nil {
		return nil, err
	}
	return rec.conv.Clone(), nil
}

// AgentState returns a copy of an agent's state; an agent without commits has
// the zero State with its ID.
func (m *Model) AgentState(a id.Agent) (*agent.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, err := m.existing(eventlog.Stream{Kind: eventlog.Agent, ID: string(a)})
	if errors.Is(err, ErrNotFound) {
		return &agent.State{ID: a}, nil
	}
	if err != nil {
		return nil, err
	}
	return rec.agent.Clone(), nil
}

// existing returns the record of a stream that has commits. m.mu is held.
func (m *Model) existing(s eventlog.Stream) (*record, error) {
	rec, err := m.record(s)
	if err != nil {
		return nil, err
	}
	if rec.rev == 0 {
		m.records.drop(s) // do not let questions about nothing fill the cache
		return nil, ErrNotFound
	}
	return rec, nil
}

// Head returns a stream's last folded commit's Rev and Hash; the zero Head if
// there is none.
func (m *Model) Head(s eventlog.Stream) (eventlog.Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rec, err := m.existing(s)
	if errors.Is(err, ErrNotFound) {
		return eventlog.Head{}, nil
	}
	if err != nil {
		return eventlog.Head{}, err
	}
	return eventlog.Head{Rev: rec.rev, Hash: rec.hash}, nil
}

// Streams lists every stream that has commits, sorted by kind and ID.
func (m *Model) Streams() ([]eventlog.Stream, error) { return m.streams("") }

// StreamsOf lists those of one kind, sorted by ID.
func (m *Model) StreamsOf(kind eventlog.Kind) ([]eventlog.Stream, error) { return m.streams(kind) }

// streams lists the streams of a kind; "" means all.
func (m *Model) streams(kind eventlog.Kind) ([]eventlog.Stream, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prefix := []byte{keyRecord}
	if kind != "" {
		prefix = append(append(prefix, kind...), 0)
	}
	keys, err := m.keys(prefix)
	if err != nil {
		return nil, err
	}
	seen := make(map[eventlog.Stream]bool, len(keys))
	out := make([]eventlog.Stream, 0, len(keys))
	for _, k := range keys {
		if s, _, ok := parseStream([]byte(k)); ok {
			seen[s] = true
			out = append(out, s)
		}
	}
	for s := range m.dirty {
		if !seen[s] && (kind == "" || s.Kind == kind) {
			out = append(out, s)
		}
	}
	sortStreams(out)
	return out, nil
}

// Transcript returns up to count items from index from on, oldest first, and
// how many there are. Out of range gives fewer, or none.
func (m *Model) Transcript(c id.Conversation, from, count int) (items []Item, total int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := ofConversation(c)
	rec, err := m.existing(s)
	if err != nil {
		return nil, 0, err
	}
	from = max(from, 0)
	end := rec.items
	if count < end-from {
		end = from + max(count, 0)
	}
	for i := from; i < end; i++ {
		value, err := m.get(itemKey(s, i))
		if errors.Is(err, ErrNotFound) {
			err = ErrCorrupt
		}
		if err != nil {
			return nil, 0, fmt.Errorf("read item %d of a transcript: %w", i, err)
		}
		it, err := decodeItem(value)
		if err != nil {
			return nil, 0, fmt.Errorf("read item %d of a transcript: %w", i, err)
		}
		items = append(items, it)
	}
	return items, rec.items, nil
}

// Place returns the index of an outbound message (on other channels than web
// messaging, of any message) in its transcript, or ErrNotFound.
func (m *Model) Place(c id.Conversation, msg id.Message) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.place(ofConversation(c), msg)
}

func (m *Model) place(s eventlog.Stream, msg id.Message) (int, error) {
	value, err := m.get(messageKey(s, msg))
	if err != nil {
		return 0, err
	}
	at, n := binary.Uvarint(value)
	if n <= 0 || at > math.MaxInt32 {
		return 0, ErrCorrupt
	}
	return int(at), nil
}

// ByAgent lists the conversations that alert an agent, or to which the agent is
// or was connected, and in which something happened at since or later. The zero
// since means all. Order is that of their IDs.
func (m *Model) ByAgent(a id.Agent, since time.Time) ([]id.Conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prefix := listKey(keyAgent, string(a), "")
	keys, err := m.keys(prefix)
	if err != nil {
		return nil, err
	}
	var out []id.Conversation
	for _, k := range keys {
		c := id.Conversation(strings.TrimPrefix(k, string(prefix)))
		value, err := m.get([]byte(k))
		if err != nil {
			return nil, err
		}
		mark, err := decodeMark(a, value)
		if err != nil {
			return nil, err
		}
		// The list is kept by the hour and by the last agent only; the state knows.
		if !since.IsZero() && mark.hour <= hourOf(since) {
			rec, err := m.existing(ofConversation(c))
			if err != nil {
				return nil, err
			}
			if lastActivity(rec.conv).Before(since) {
				continue
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// ByGuest lists a guest's conversations. IDs made by id.New sort by time.
func (m *Model) ByGuest(g id.Guest) ([]id.Conversation, error) {
	return m.list(keyGuest, string(g))
}

// InPhase lists the conversations that are in one of the phases.
func (m *Model) InPhase(phases ...conversation.Phase) ([]id.Conversation, error) {
	var out []id.Conversation
	for _, p := range phases {
		part, err := m.list(keyPhase, string(p))
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

// BegunSince lists the conversations in one of the phases that began at since or
// later, by their IDs, which id.New made.
func (m *Model) BegunSince(since time.Time, phases ...conversation.Phase) ([]id.Conversation, error) {
	var out []id.Conversation
	for _, p := range phases {
		part, err := m.listFrom(keyPhase, string(p), id.Conversation(id.From(since)))
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func (m *Model) list(prefix byte, of string) ([]id.Conversation, error) {
	return m.listFrom(prefix, of, "")
}

func (m *Model) listFrom(prefix byte, of string, first id.Conversation) ([]id.Conversation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := listKey(prefix, of, "")
	keys, err := m.keysFrom(p, listKey(prefix, of, first))
	if err != nil {
		return nil, err
	}
	out := make([]id.Conversation, 0, len(keys))
	for _, k := range keys {
		out = append(out, id.Conversation(strings.TrimPrefix(k, string(p))))
	}
	return out, nil
}

// Beside returns the owner's value beside a stream, or ErrNotFound.
func (m *Model) Beside(s eventlog.Stream, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, err := m.get(besideKey(s, name))
	return bytes.Clone(value), err
}

// CommitBytes returns a commit as eventlog.Commit.Encode gave it, or
// ErrNotFound. Only a model that keeps commits has any.
func (m *Model) CommitBytes(s eventlog.Stream, rev uint64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, err := m.get(numberedKey(keyCommit, s, rev))
	if err != nil {
		return nil, err
	}
	if len(value) < 8 {
		return nil, ErrCorrupt
	}
	return bytes.Clone(value[8:]), nil
}
