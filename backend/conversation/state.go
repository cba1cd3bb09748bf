package conversation

import (
	"errors"
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Phase is where a conversation stands.
type Phase string

// The phases, in their usual order. New is a conversation without events.
// Aside is one that its agent has parked. AfterCall has ended, and somebody's
// after-call work is open. A conversation in AfterCall or Done takes no
// messages; its guest's next message starts another.
const (
	New       Phase = ""
	Waiting   Phase = "waiting"
	Alerting  Phase = "alerting"
	Talking   Phase = "connected"
	Aside     Phase = "parked"
	AfterCall Phase = "acw"
	Done      Phase = "ended"
)

// Live says that the conversation has begun and not ended.
func (p Phase) Live() bool {
	return p == Waiting || p == Alerting || p == Talking || p == Aside
}

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
	Priority  int       // before QueuedAt: higher first
	Skills    []id.Skill
	For       id.Agent // the only agent who may get it; "" = anybody
	StartedAt time.Time
	EndedAt   time.Time
	EndReason string

	// Leg is the agent's current or last communication; nil before the first.
	Leg *Leg
	// Wrapping are earlier legs whose after-call work is open.
	Wrapping map[id.Communication]Leg
	// AnsweredAt is when an agent was connected for the first time.
	AnsweredAt time.Time
	// Help is when the agent asked for help and nobody came yet; zero if not.
	Help time.Time
	// Handover is the last transfer; nil if there was none.
	Handover *Handover
	// Survey is the last one asked; nil if none.
	Survey *Survey

	Inbound       int // inbound messages so far
	ReadInbound   int // how many of them the agent has read
	RepliesSince  int // outbound messages since the last inbound one
	LastInboundAt time.Time
	WaitingSince  time.Time // first inbound message that nobody has answered; zero if none
	LastAt        time.Time // last message in either direction
	LastMessage   id.Message
	LastDirection message.Direction
	// OpenedAt is when the contact last opened the window by something that is no
	// message; OptedOut says that they want no messages.
	OpenedAt time.Time
	OptedOut bool
	// Parts are outbound messages that went out as several, with how far each part
	// has come.
	Parts map[id.Message]Parts
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
	ACWOptional    bool
	How            string    // pulled or taken_over; "" = by an alert
	ParkedAt       time.Time // zero unless parked now
	ParkUntil      time.Time
	ParkedFor      time.Duration // of earlier parks; no handle time
	// Reservation is what holds the agent's capacity since a park: its name, or
	// "-" = nothing does. See Held.
	Reservation id.Communication
}

// Handover says who transferred the conversation, with a note for whoever gets
// it; "" = without.
type Handover struct {
	By   id.Agent
	Note id.Message
	At   time.Time
}

// Survey asks the contact how it was.
type Survey struct {
	Message    id.Message
	Scale      int
	Until      time.Time
	AnsweredAt time.Time // zero = not yet
	Score      int
	// Comment: words are asked for, too. CommentedAt is when they came; zero = not
	// yet.
	Comment     bool
	CommentedAt time.Time
}

// Holder is the agent who has the conversation: alerted, connected, parked; ""
// if nobody does.
func (s *State) Holder() id.Agent {
	switch s.Phase {
	case Alerting, Talking, Aside:
		return s.Leg.Agent
	case New, Waiting, AfterCall, Done:
	}
	return ""
}

// Wraps returns the leg whose after-call work this agent has open; of several
// the latest. It is nil if there is none.
func (s *State) Wraps(a id.Agent) *Leg {
	if s.Leg != nil && s.Leg.Agent == a && s.Leg.WrapUpDue {
		return s.Leg
	}
	var found *Leg
	for _, l := range s.Wrapping {
		if l.Agent == a && (found == nil || l.DisconnectedAt.After(found.DisconnectedAt)) {
			found = &l
		}
	}
	return found
}

// wraps returns the leg of a communication whose after-call work is open.
func (s *State) wraps(c id.Communication) *Leg {
	if s.Leg != nil && s.Leg.Communication == c && s.Leg.WrapUpDue {
		return s.Leg
	}
	if l, ok := s.Wrapping[c]; ok {
		return &l
	}
	return nil
}

// Unread is how many inbound messages the agent has not read.
func (s *State) Unread() int { return s.Inbound - s.ReadInbound }

// Facts are what the channel's policy judges a reply by.
func (s *State) Facts() channel.Facts {
	return channel.Facts{LastInboundAt: s.LastInboundAt, OpenedAt: s.OpenedAt, RepliesSince: s.RepliesSince, OptedOut: s.OptedOut}
}

// Clone returns a State that shares nothing with s.
func (s *State) Clone() *State {
	c := *s
	c.Outstanding = maps.Clone(s.Outstanding)
	c.Parts = maps.Clone(s.Parts)
	c.Skills = slices.Clone(s.Skills)
	c.Wrapping = maps.Clone(s.Wrapping)
	if s.Leg != nil {
		leg := *s.Leg
		c.Leg = &leg
	}
	if s.Handover != nil {
		handover := *s.Handover
		c.Handover = &handover
	}
	if s.Survey != nil {
		survey := *s.Survey
		c.Survey = &survey
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
		s.Priority, s.Skills, s.For = e.Priority, e.Skills, e.For
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
		if e.Auto == "" {
			s.WaitingSince = time.Time{}
		}
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
	case LegEnded:
		s.endLeg(e, at)
	case WrappedUp:
		s.wrapUp(e)
	case Ended:
		s.EndedAt, s.EndReason, s.Help = at, e.Reason, time.Time{}
		s.close()
	case Parked:
		if s.Leg != nil {
			s.Leg.ParkedAt, s.Leg.ParkUntil, s.Leg.Reservation = at, e.Until, unheld
		}
		s.Phase = Aside
	case Unparked:
		s.Leg.unpark(at)
		if s.Leg != nil {
			s.Leg.Reservation = e.Reservation
		}
		s.Phase = Talking
	case PriorityChanged:
		s.Priority = e.Priority
	case NoteAdded:
		if e.Kind == "transfer" && s.Handover != nil {
			s.Handover.Note = e.Note
		}
	case HelpAsked:
		s.Help = at
	case HelpEnded:
		s.Help = time.Time{}
	case SurveyAsked:
		s.Survey = &Survey{Message: e.Message, Scale: e.Scale, Until: e.Until, Comment: e.Comment}
	case SurveyAnswered:
		if s.Survey != nil {
			s.Survey.AnsweredAt, s.Survey.Score = at, e.Score
			if e.Comment != "" {
				s.Survey.CommentedAt = at
			}
		}
		s.heard(e.Message, at)
	case SurveyCommented:
		if s.Survey != nil {
			s.Survey.CommentedAt = at
		}
		s.heard(e.Comment, at)
	case ReadByAgent:
		s.ReadInbound = max(s.ReadInbound, min(e.Inbound, s.Inbound))
	case MessageNamed, PartDelivered, ConsentChanged, ContactDescribed:
		s.recordContact(e)
	case WindowOpened:
		s.OpenedAt = at
	case ContactReturned, ContactCleared, AssignmentLapsed, MessageUnsent, MessageChanged, Reacted, Unknown:
	}
}

func (s *State) last(m id.Message, d message.Direction, at time.Time) {
	s.LastMessage, s.LastDirection, s.LastAt = m, d, at
}

// heard notes when the contact said something that is no message of the
// conversation.
func (s *State) heard(m id.Message, at time.Time) {
	if m != "" {
		s.LastAt = at
	}
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
	if s.Leg == nil || s.Leg.Communication != e.Communication {
		s.Leg = &Leg{Communication: e.Communication, Agent: e.Agent, AlertedAt: at, Why: e.Why, Auto: e.Auto, How: e.How}
	}
	s.Leg.ConnectedAt = at
	if s.AnsweredAt.IsZero() {
		s.AnsweredAt = at
	}
	s.Phase, s.For = Talking, ""
}

func (s *State) disconnect(e Disconnected, at time.Time) {
	s.Leg.end(at, e.WrapUpDue, e.Optional, e.ACWUntil)
	s.close()
}

// endLeg ends a leg while the conversation goes on. What comes next says where.
func (s *State) endLeg(e LegEnded, at time.Time) {
	s.Leg.end(at, e.WrapUpDue, e.Optional, e.ACWUntil)
	s.Phase, s.Help = Waiting, time.Time{}
	if e.Reason == "transferred" {
		s.Handover = &Handover{By: e.Agent, At: at}
		if e.By != "" {
			s.Handover.By = e.By
		}
	}
	if s.Leg == nil || !e.WrapUpDue {
		return
	}
	if s.Wrapping == nil {
		s.Wrapping = map[id.Communication]Leg{}
	}
	s.Wrapping[e.Communication] = *s.Leg
	s.Leg.WrapUpDue = false
}

func (s *State) wrapUp(e WrappedUp) {
	delete(s.Wrapping, e.Communication)
	if s.Leg != nil && s.Leg.Communication == e.Communication {
		s.Leg.WrapUpCode, s.Leg.WrapUpDue, s.Leg.ACWUntil = e.Code, false, time.Time{}
	}
	if !s.Phase.Live() {
		s.close()
	}
}

// close is the phase of a conversation that has ended.
func (s *State) close() {
	s.Phase = Done
	if len(s.Wrapping) > 0 || (s.Leg != nil && s.Leg.WrapUpDue) {
		s.Phase = AfterCall
	}
}

// end records the end of a leg; nil has none.
func (l *Leg) end(at time.Time, due, optional bool, until time.Time) {
	if l == nil {
		return
	}
	l.unpark(at)
	l.DisconnectedAt, l.WrapUpDue, l.ACWOptional, l.ACWUntil = at, due, optional, until
}

// unpark adds up how long a leg was parked; nil was not.
func (l *Leg) unpark(at time.Time) {
	if l == nil || l.ParkedAt.IsZero() {
		return
	}
	l.ParkedFor += at.Sub(l.ParkedAt)
	l.ParkedAt, l.ParkUntil = time.Time{}, time.Time{}
}
