package conversation

import (
	"errors"
	"maps"
	"time"

	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Phase is where a conversation stands.
type Phase string

// The phases, in their usual order. New is a conversation without events.
// A conversation in ACW or Ended takes no messages; its guest's next message
// starts another.
const (
	New       Phase = ""
	Waiting   Phase = "waiting"
	Alerting  Phase = "alerting"
	Talking   Phase = "connected"
	AfterCall Phase = "acw"
	Done      Phase = "ended"
)

// State is the fold of a conversation's commits: what decisions need, and no
// transcript. The zero State is a conversation without events.
type State struct {
	ID   id.Conversation
	Rev  uint64
	Hash eventlog.Hash

	Channel channel.Kind
	Account string
	Contact id.Contact
	Guest   id.Guest
	Profile string // sealed field with the contact's profile

	Phase     Phase
	Queue     id.Queue
	QueuedAt  time.Time // place in the queue; kept while alerts come and go
	StartedAt time.Time
	EndedAt   time.Time
	EndReason string

	// Leg is the agent's current or last communication; nil before the first.
	Leg *Leg

	Inbound       int // inbound messages so far
	ReadInbound   int // how many of them the agent has read
	RepliesSince  int // outbound messages since the last inbound one
	LastInboundAt time.Time
	WaitingSince  time.Time // first inbound message that nobody has answered; zero if none
	LastAt        time.Time // last message in either direction
	LastMessage   id.Message
	LastDirection message.Direction
	// Outstanding are outbound messages that have neither arrived nor failed.
	Outstanding map[id.Message]message.Delivery
}

// Leg is an agent's communication.
type Leg struct {
	Communication  id.Communication
	Agent          id.Agent
	AlertedAt      time.Time
	AlertUntil     time.Time
	ConnectedAt    time.Time
	DisconnectedAt time.Time
	ACWUntil       time.Time // zero = no limit
	WrapUpDue      bool
	Auto           bool
	Why            string
	WrapUpCode     string
}

// Unread is how many inbound messages the agent has not read.
func (s *State) Unread() int { return s.Inbound - s.ReadInbound }

// Facts are what the channel's policy judges a reply by.
func (s *State) Facts() channel.Facts {
	return channel.Facts{LastInboundAt: s.LastInboundAt, RepliesSince: s.RepliesSince}
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Outstanding = maps.Clone(s.Outstanding)
	if s.Leg != nil {
		leg := *s.Leg
		c.Leg = &leg
	}
	return &c
}

// Errors of Apply.
var (
	// ErrGap: commits are missing between the state and this one, or its chain
	// does not continue the state's. Resync the stream.
	ErrGap = errors.New("commits are missing")
	// ErrOtherStream: the commit belongs to another conversation.
	ErrOtherStream = errors.New("a commit of another stream")
)

// Apply records a commit. A commit that is already in the state is ignored; one
// that does not follow gives ErrGap and changes nothing. Everything else
// succeeds: checks are Decide's.
func (s *State) Apply(c eventlog.Stored) error {
	if c.Stream.Kind != eventlog.Conversation || (s.Rev > 0 && c.Stream.ID != string(s.ID)) {
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

// Record folds one event that happened at at. Apply calls it for stored events,
// a forecast for those that Decide returned.
func (s *State) Record(e Event, at time.Time) {
	switch e := e.(type) {
	case Started:
		s.Channel, s.Account, s.Contact, s.Guest, s.Profile = e.Channel, e.Account, e.Contact, e.Guest, e.Profile
		s.StartedAt, s.Phase = at, Waiting
	case Queued:
		s.Phase, s.Queue, s.QueuedAt = Waiting, e.Queue, e.Since
	case MessageReceived:
		s.Inbound++
		s.RepliesSince = 0
		s.LastInboundAt = at
		if s.WaitingSince.IsZero() {
			s.WaitingSince = at
		}
		s.last(e.Message, message.Inbound, at)
	case MessageSent:
		s.RepliesSince++
		s.WaitingSince = time.Time{}
		s.last(e.Message, message.Outbound, at)
		s.deliver(e.Message, message.Sending)
	case DeliveryChanged:
		s.deliver(e.Message, e.State)
	case Alerted:
		s.Phase = Alerting
		s.Leg = &Leg{Communication: e.Communication, Agent: e.Agent, AlertedAt: at, AlertUntil: e.Until, Why: e.Why}
	case Connected:
		s.connect(e, at)
	case AlertEnded:
		s.Phase = Waiting
	case Disconnected:
		s.disconnect(e, at)
	case WrappedUp:
		if s.Leg != nil {
			s.Leg.WrapUpCode, s.Leg.WrapUpDue, s.Leg.ACWUntil = e.Code, false, time.Time{}
		}
		s.Phase = Done
	case Ended:
		s.EndedAt, s.EndReason = at, e.Reason
		if s.Phase != AfterCall {
			s.Phase = Done
		}
	case ReadByAgent:
		s.ReadInbound = max(s.ReadInbound, min(e.Inbound, s.Inbound))
	case ContactReturned, ContactCleared, Unknown:
	}
}

func (s *State) last(m id.Message, d message.Direction, at time.Time) {
	s.LastMessage, s.LastDirection, s.LastAt = m, d, at
}

func (s *State) deliver(m id.Message, d message.Delivery) {
	if s.Outstanding == nil {
		s.Outstanding = map[id.Message]message.Delivery{}
	}
	switch d {
	case message.Sending, message.Sent, message.Unknown:
		s.Outstanding[m] = d
	case message.Delivered, message.Read, message.Failed:
		delete(s.Outstanding, m)
	}
}

func (s *State) connect(e Connected, at time.Time) {
	if e.Auto || s.Leg == nil || s.Leg.Communication != e.Communication {
		s.Leg = &Leg{Communication: e.Communication, Agent: e.Agent, AlertedAt: at, Why: e.Why, Auto: e.Auto}
	}
	s.Leg.ConnectedAt = at
	s.Phase = Talking
}

func (s *State) disconnect(e Disconnected, at time.Time) {
	if s.Leg != nil {
		s.Leg.DisconnectedAt, s.Leg.ACWUntil, s.Leg.WrapUpDue = at, e.ACWUntil, e.WrapUpDue
	}
	s.Phase = Done
	if e.WrapUpDue {
		s.Phase = AfterCall
	}
}
