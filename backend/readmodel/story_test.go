package readmodel_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// story writes a log as a hub would: chained streams, positions 1, 2, 3 …
type story struct {
	t      testing.TB
	now    time.Time
	heads  map[eventlog.Stream]eventlog.Head
	states map[id.Conversation]*conversation.State
	agents map[id.Agent]*agent.State
	log    []eventlog.Stored
}

func newStory(t testing.TB) *story {
	return &story{
		t: t, now: noon, heads: map[eventlog.Stream]eventlog.Head{},
		states: map[id.Conversation]*conversation.State{}, agents: map[id.Agent]*agent.State{},
	}
}

func (s *story) append(stream eventlog.Stream, events []eventlog.Event) eventlog.Stored {
	s.now = s.now.Add(time.Second)
	head := s.heads[stream]
	c := eventlog.Commit{
		Stream: stream, Rev: head.Rev + 1, PrevHash: head.Hash,
		ID: id.Command(fmt.Sprintf("command-%d", len(s.log)+1)), At: s.now, Actor: "hub", Events: events,
	}
	hash := eventlog.HashOf(c.Encode())
	s.heads[stream] = eventlog.Head{Rev: c.Rev, Hash: hash}
	stored := eventlog.Stored{Commit: c, Hash: hash, Position: eventlog.Position{Pos: uint64(len(s.log) + 1)}}
	s.log = append(s.log, stored)
	return stored
}

func streamOf(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

// happen commits events to a conversation and folds them.
func (s *story) happen(c id.Conversation, events ...conversation.Event) {
	s.t.Helper()
	encoded, err := conversation.Encode(events)
	if err != nil {
		s.t.Fatal(err)
	}
	st := s.states[c]
	if st == nil {
		st = &conversation.State{}
		s.states[c] = st
	}
	if err := st.Apply(s.append(streamOf(c), encoded)); err != nil {
		s.t.Fatal(err)
	}
}

// try decides a command and commits what comes of it.
func (s *story) try(c id.Conversation, cmd conversation.Command) {
	s.t.Helper()
	st := s.states[c]
	if st == nil {
		st = &conversation.State{}
	}
	env := conversation.Env{Now: s.now, Settings: conversation.Settings{
		AlertTimeout: time.Minute, WrapUp: true, ACWTimeout: time.Minute, DefaultCode: "none",
	}}
	events, err := conversation.Decide(st, cmd, env)
	if err != nil || len(events) == 0 {
		return
	}
	s.happen(c, events...)
}

func (s *story) presence(a id.Agent, p agent.Presence) {
	s.t.Helper()
	encoded, err := agent.Encode([]agent.Event{agent.PresenceChanged{Presence: p}})
	if err != nil {
		s.t.Fatal(err)
	}
	st := s.agents[a]
	if st == nil {
		st = &agent.State{}
		s.agents[a] = st
	}
	if err := st.Apply(s.append(eventlog.Stream{Kind: eventlog.Agent, ID: string(a)}, encoded)); err != nil {
		s.t.Fatal(err)
	}
}

// random lives through steps commands drawn from seed, most of them sensible.
func (s *story) random(seed uint64, conversations, steps int) {
	s.t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	agents := []id.Agent{"ann", "bob"}
	for n := range steps {
		c := id.Conversation(fmt.Sprintf("conversation-%d", r.IntN(conversations)))
		a := agents[r.IntN(2)]
		var leg id.Communication
		if st := s.states[c]; st != nil && st.Leg != nil {
			leg, a = st.Leg.Communication, st.Leg.Agent
		}
		m := id.Message(fmt.Sprintf("message-%d", n))
		ref := message.Ref{Length: 5, Digest: "00", Files: []message.File{{ID: "file", Size: 9}}}
		switch r.IntN(14) {
		case 0, 1, 2, 3:
			first := &conversation.Start{Channel: "web", Account: "shop", Contact: "contact",
				Guest: id.Guest(fmt.Sprintf("guest-%d", r.IntN(3))), Queue: "help"}
			s.try(c, conversation.Receive{First: first, Message: m, Body: ref})
		case 4, 5:
			s.try(c, conversation.Offer{Communication: id.Communication(m), Agent: a, Why: "longest idle"})
		case 6:
			s.try(c, conversation.Accept{Agent: a, Communication: leg})
		case 7:
			s.try(c, conversation.Decline{Agent: a, Communication: leg})
		case 8, 9:
			s.try(c, conversation.Send{Agent: a, Message: m, Body: ref})
		case 10:
			if st := s.states[c]; st != nil {
				s.try(c, conversation.Deliver{Message: st.LastMessage, State: message.Delivered})
			}
		case 11:
			s.try(c, conversation.MarkRead{Agent: a, Inbound: n})
		case 12:
			s.presence(agents[r.IntN(2)], []agent.Presence{agent.OnQueue, agent.Away}[r.IntN(2)])
		case 13:
			if r.IntN(4) == 0 {
				s.try(c, conversation.Disconnect{Agent: a, Communication: leg})
			} else {
				s.try(c, conversation.WrapUp{Agent: a, Communication: leg, Code: "solved"})
			}
		}
	}
}
