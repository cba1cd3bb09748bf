package readmodel

import (
	"encoding/binary"
	"strings"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
)

// Answered says who answered a contact in a conversation last, and when: as
// long as they are connected, when that began; then, when it ended.
type Answered struct {
	Conversation id.Conversation
	Agent        id.Agent
	At           time.Time
}

// answered keeps the contact's list for one event, which is in the record's
// state already.
func (f *folding) answered(st *conversation.State, c id.Conversation, e conversation.Event) {
	switch e.(type) {
	case conversation.Connected, conversation.Disconnected, conversation.LegEnded:
	default:
		return
	}
	if st.Contact == "" || st.Leg == nil || st.Leg.ConnectedAt.IsZero() {
		return
	}
	at := st.Leg.ConnectedAt
	if st.Leg.DisconnectedAt.After(at) {
		at = st.Leg.DisconnectedAt
	}
	value := binary.AppendVarint(nil, at.UnixMilli())
	f.m.put(listKey(keyContact, string(st.Contact), c), append(value, st.Leg.Agent...))
}

// ByContact lists the conversations in which somebody answered a contact. IDs
// made by id.New sort by time.
func (m *Model) ByContact(contact id.Contact) ([]Answered, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	prefix := listKey(keyContact, string(contact), "")
	keys, err := m.keys(prefix)
	if err != nil {
		return nil, err
	}
	out := make([]Answered, 0, len(keys))
	for _, k := range keys {
		value, err := m.get([]byte(k))
		if err != nil {
			return nil, err
		}
		at, n := binary.Varint(value)
		if n <= 0 {
			return nil, ErrCorrupt
		}
		out = append(out, Answered{
			Conversation: id.Conversation(strings.TrimPrefix(k, string(prefix))), Agent: id.Agent(value[n:]), At: time.UnixMilli(at).UTC(),
		})
	}
	return out, nil
}

// LastAgent tells who answered a contact last, and when; "" = nobody has.
func (m *Model) LastAgent(contact id.Contact) (id.Agent, time.Time, error) {
	list, err := m.ByContact(contact)
	if err != nil {
		return "", time.Time{}, err
	}
	var last Answered
	for _, a := range list {
		if a.At.After(last.At) {
			last = a
		}
	}
	return last.Agent, last.At, nil
}
