package readmodel

import (
	"encoding/binary"
	"errors"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// legMark is what an agent's list says of a conversation.
type legMark struct {
	agent     id.Agent
	connected bool  // the agent has been connected, not alerted only
	hour      int64 // Unix hour of the last activity
}

func (l *legMark) encode() []byte {
	b := []byte{0}
	if l.connected {
		b[0] = 1
	}
	return binary.AppendVarint(b, l.hour)
}

func decodeMark(a id.Agent, b []byte) (*legMark, error) {
	if len(b) < 2 {
		return nil, ErrCorrupt
	}
	hour, n := binary.Varint(b[1:])
	if n <= 0 {
		return nil, ErrCorrupt
	}
	return &legMark{agent: a, connected: b[0] == 1, hour: hour}, nil
}

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// lastActivity is when something last happened that a list sorts by.
func lastActivity(s *conversation.State) time.Time {
	at := s.StartedAt
	for _, t := range []time.Time{s.LastAt, s.EndedAt} {
		if t.After(at) {
			at = t
		}
	}
	if s.Leg != nil {
		for _, t := range []time.Time{s.Leg.AlertedAt, s.Leg.ConnectedAt, s.Leg.DisconnectedAt} {
			if t.After(at) {
				at = t
			}
		}
	}
	return at
}

// lists keeps the guest's and the agent's list for one event, which is in the
// record's state already.
func (f *folding) lists(rec *record, s eventlog.Stream, e conversation.Event) error {
	c := id.Conversation(s.ID)
	f.answered(rec.conv, c, e)
	switch e := e.(type) {
	case conversation.Started:
		if e.Guest != "" {
			f.m.put(listKey(keyGuest, string(e.Guest), c), nil)
		}
	case conversation.Alerted:
		return f.m.attend(rec, c, e.Agent, false)
	case conversation.Connected:
		return f.m.attend(rec, c, e.Agent, true)
	case conversation.AlertEnded:
		return f.m.leave(rec, c, e.Agent)
	default:
		if rec.mark == nil && rec.conv.Leg != nil {
			return f.m.remember(rec, c, rec.conv.Leg.Agent)
		}
	}
	return nil
}

// remember reads what the agent's list says of a conversation.
func (m *Model) remember(rec *record, c id.Conversation, a id.Agent) error {
	value, err := m.get(listKey(keyAgent, string(a), c))
	switch {
	case errors.Is(err, ErrNotFound):
		rec.mark = &legMark{}
		return nil
	case err != nil:
		return err
	}
	rec.mark, err = decodeMark(a, value)
	return err
}

// attend puts a conversation on an agent's list.
func (m *Model) attend(rec *record, c id.Conversation, a id.Agent, connected bool) error {
	if rec.mark == nil || rec.mark.agent != a {
		if err := m.remember(rec, c, a); err != nil {
			return err
		}
	}
	if rec.mark.agent == a && (rec.mark.connected || !connected) {
		return nil
	}
	rec.mark = &legMark{agent: a, connected: connected, hour: hourOf(lastActivity(rec.conv))}
	m.put(listKey(keyAgent, string(a), c), rec.mark.encode())
	m.put(append(streamKey(keyAttend, ofConversation(c)), a...), nil)
	return nil
}

// leave takes a conversation off the list of an agent who was only alerted.
func (m *Model) leave(rec *record, c id.Conversation, a id.Agent) error {
	if rec.mark == nil || rec.mark.agent != a {
		if err := m.remember(rec, c, a); err != nil {
			return err
		}
	}
	if rec.mark.agent == a && !rec.mark.connected {
		m.delete(listKey(keyAgent, string(a), c))
		rec.mark = &legMark{}
	}
	return nil
}

// touch writes a conversation's last activity to its agent's list, by the hour.
func (m *Model) touch(rec *record, st *conversation.State) {
	hour := hourOf(lastActivity(st))
	if hour == rec.mark.hour {
		return
	}
	rec.mark.hour = hour
	m.put(listKey(keyAgent, string(rec.mark.agent), st.ID), rec.mark.encode())
}
