package conversation

import (
	"errors"
	"fmt"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// Settings are the queue's rules that decisions need.
type Settings struct {
	AlertTimeout time.Duration // how long an agent may take to answer; 7 s to 900 s
	AutoAnswer   bool
	// WrapUp asks for a wrap-up code after the agent's leg ends; ACWTimeout
	// limits it, 0 = without limit. DefaultCode is taken when the time runs out.
	WrapUp      bool
	ACWTimeout  time.Duration
	DefaultCode string
	Codes       []string // codes that may be given; empty = any
	// ACWOptional lets the agent complete without a code, and take other
	// interactions meanwhile.
	ACWOptional bool
	// Manual lets agents pull what waits.
	Manual bool
	// Inactivity is how long a connected conversation may stay without a word; 0
	// = for good. Then it ends, or with InactiveRequeue goes back to its queue;
	// see State.InactiveAt.
	Inactivity      time.Duration
	InactiveRequeue bool
}

// Env is what a decision may know beyond the state.
type Env struct {
	Now      time.Time // UTC, whole milliseconds
	Settings Settings
	Policy   channel.Policy
	Limits   channel.Capabilities
}

// Errors of Decide. The hub answers them to whoever sent the command.
var (
	ErrExists       = errors.New("the conversation exists already")
	ErrNotStarted   = errors.New("no such conversation")
	ErrEnded        = errors.New("the conversation has ended")
	ErrNotWaiting   = errors.New("the conversation is not waiting in a queue")
	ErrNotAlerting  = errors.New("the conversation is not alerting you")
	ErrNotConnected = errors.New("you are not connected to this conversation")
	ErrNotInACW     = errors.New("the conversation is not in your after-call work")
	ErrEmpty        = errors.New("the message is empty")
	ErrTooLong      = errors.New("the message is too long for its channel")
	ErrUnknownCode  = errors.New("no such wrap-up code in this queue")
	ErrNotDue       = errors.New("its time has not come")
	ErrNotParked    = errors.New("the conversation is not parked by you")
	ErrParkTime     = errors.New("a conversation is parked until a time in the next 72 hours")
	ErrNoPull       = errors.New("conversations of this queue are not pulled; they are offered")
	ErrForAnother   = errors.New("the conversation waits for another agent")
	ErrSameAgent    = errors.New("the agent has the conversation already")
	ErrNoTarget     = errors.New("a transfer needs another queue, or an agent")
	ErrPriority     = errors.New("a priority is from -100 to 100")
	ErrNoSurvey     = errors.New("no survey is open here")
	ErrScore        = errors.New("the score is outside the survey's scale")
)

// Decide says what a command does to a conversation, or why it may not. It
// changes nothing. No events and no error mean that the command is already true.
func Decide(s *State, cmd Command, env Env) ([]Event, error) {
	switch c := cmd.(type) {
	case Start:
		if s.Phase != New {
			return nil, ErrExists
		}
		return start(c, env), nil
	case Receive:
		return receive(s, c, env)
	}
	if s.Phase == New {
		return nil, ErrNotStarted
	}
	switch c := cmd.(type) {
	case Send:
		return send(s, c, env)
	case Deliver:
		if len(s.Parts[c.Message]) > 0 && c.Part > 0 {
			return deliverPart(s, c), nil
		}
		return deliver(s, c), nil
	case Name, Unsend, Change, React, SetConsent, OpenWindow, Describe:
		return contactDid(s, c, env), nil
	case Confirm:
		return confirm(s, c)
	case Offer:
		return offer(s, c, env)
	case Accept:
		if !s.alerting(c.Agent, c.Communication) {
			return nil, ErrNotAlerting
		}
		if !env.Now.Before(s.Leg.AlertUntil) {
			return nil, ErrNotAlerting
		}
		return []Event{Connected{Communication: c.Communication, Agent: c.Agent}}, nil
	case Decline:
		if !s.alerting(c.Agent, c.Communication) {
			return nil, ErrNotAlerting
		}
		return s.endAlert("declined"), nil
	case ExpireAlert:
		if s.Phase != Alerting || s.Leg.Communication != c.Communication {
			return nil, nil
		}
		if env.Now.Before(s.Leg.AlertUntil) {
			return nil, ErrNotDue
		}
		return s.endAlert("expired"), nil
	case WithdrawAlert:
		if s.Phase != Alerting || s.Leg.Communication != c.Communication {
			return nil, nil
		}
		return s.endAlert("withdrawn"), nil
	case Disconnect:
		return disconnect(s, c, env)
	case WrapUp:
		return wrapUp(s, c, env)
	case ExpireACW:
		return expireACW(s, c, env)
	case Return:
		if !s.Phase.Live() {
			return nil, nil
		}
		return []Event{ContactReturned{}}, nil
	case Clear:
		return append([]Event{ContactCleared{}}, s.leave("cleared", env)...), nil
	case Expire:
		return s.leave("expired", env), nil
	case MarkRead:
		return markRead(s, c)
	case Start, Receive: // decided above
	default:
		return handle(s, c, env)
	}
	return nil, nil
}

func start(c Start, env Env) []Event {
	out := []Event{
		Started{Channel: c.Channel, Account: c.Account, Contact: c.Contact, Guest: c.Guest, Profile: c.Profile},
		Queued{Queue: c.Queue, Since: env.Now, Reason: "new", Priority: c.Priority, Skills: c.Skills},
	}
	if c.OptedOut {
		out = append(out, ConsentChanged{OptedOut: true})
	}
	return out
}

func receive(s *State, c Receive, env Env) ([]Event, error) {
	var out []Event
	switch s.Phase {
	case New:
		if c.First == nil {
			return nil, ErrNotStarted
		}
		out = start(*c.First, env)
	case AfterCall, Done:
		return nil, ErrEnded
	case Waiting, Alerting, Talking, Aside:
	}
	return append(out, MessageReceived{Message: c.Message, Body: c.Body, PlatformID: c.PlatformID}), nil
}

func send(s *State, c Send, env Env) ([]Event, error) {
	if !s.Phase.Live() {
		return nil, ErrEnded
	}
	if s.Phase != Talking || s.Leg.Agent != c.Agent {
		return nil, ErrNotConnected
	}
	if c.Body.Length == 0 && len(c.Body.Files) == 0 {
		return nil, ErrEmpty
	}
	if n := env.Limits.MaxTextChars; n > 0 && c.Chars > n {
		return nil, fmt.Errorf("%w: %d of at most %d characters", ErrTooLong, c.Chars, n)
	}
	if n := env.Limits.MaxTextBytes; n > 0 && c.Body.Length > n {
		return nil, fmt.Errorf("%w: %d of at most %d bytes", ErrTooLong, c.Body.Length, n)
	}
	if n := env.Limits.MaxTextSegments; n > 0 && c.Segments > n {
		return nil, fmt.Errorf("%w: %d of at most %d parts", ErrTooLong, c.Segments, n)
	}
	if err := env.Policy.Permit(s.Facts(), channel.Draft{}, env.Now); err != nil {
		return nil, err
	}
	return []Event{MessageSent{Message: c.Message, Agent: c.Agent, Body: c.Body}}, nil
}

// deliveryRank orders the states; a report never takes a message back.
var deliveryRank = map[message.Delivery]int{
	message.Sending: 0, message.Unknown: 1, message.Sent: 2, message.Delivered: 3, message.Failed: 4, message.Read: 5,
}

func deliver(s *State, c Deliver) []Event {
	now, open := s.Outstanding[c.Message]
	if !open && c.State != message.Read {
		return nil
	}
	if open && deliveryRank[c.State] <= deliveryRank[now] {
		return nil
	}
	return []Event{DeliveryChanged{Message: c.Message, State: c.State, Reason: c.Reason}}
}

// confirm takes an agent's word for a message that is unknown; of any other the
// channel has said more than an agent can know.
func confirm(s *State, c Confirm) ([]Event, error) {
	if s.Leg == nil || s.Leg.Agent != c.Agent || s.Phase == Waiting {
		return nil, ErrNotConnected
	}
	if s.Outstanding[c.Message] != message.Unknown {
		return nil, nil
	}
	return []Event{DeliveryChanged{Message: c.Message, State: message.Sent, Reason: ByWord}}, nil
}

// ByWord is the reason of a delivery that an agent confirmed.
const ByWord = "confirmed by the agent"

func offer(s *State, c Offer, env Env) ([]Event, error) {
	if s.Phase != Waiting {
		return nil, ErrNotWaiting
	}
	if s.For != "" && s.For != c.Agent {
		return nil, ErrForAnother
	}
	if env.Settings.AutoAnswer {
		return []Event{Connected{Communication: c.Communication, Agent: c.Agent, Auto: true, Why: c.Why}}, nil
	}
	until := env.Now.Add(env.Settings.AlertTimeout)
	return []Event{Alerted{Communication: c.Communication, Agent: c.Agent, Until: until, Why: c.Why}}, nil
}

func (s *State) alerting(a id.Agent, c id.Communication) bool {
	return s.Phase == Alerting && s.Leg.Agent == a && s.Leg.Communication == c
}

// endAlert gives a conversation back to its queue, at its old place. What only
// this agent might have got is now for anybody.
func (s *State) endAlert(reason string) []Event {
	back := reason
	switch reason {
	case "expired":
		back = "alert_expired"
	case "withdrawn":
		back = "agent_left"
	}
	return []Event{
		AlertEnded{Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: reason},
		s.requeue(s.QueuedAt, back),
	}
}

// requeue puts a conversation into the queue where it is.
func (s *State) requeue(since time.Time, reason string) Queued {
	return Queued{Queue: s.Queue, Since: since, Reason: reason, Priority: s.Priority, Skills: s.Skills}
}

func disconnect(s *State, c Disconnect, env Env) ([]Event, error) {
	reason := c.Reason
	if c.Steer {
		if !s.Phase.Live() {
			return nil, ErrEnded
		}
		if reason == "" {
			reason = "supervisor"
		}
		return s.end("supervisor", reason, env), nil
	}
	if (s.Phase != Talking && s.Phase != Aside) || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
		return nil, ErrNotConnected
	}
	if reason == "" {
		reason = "agent"
	}
	return s.hangUp("agent", reason, env), nil
}

// hangUp ends a connected or parked leg and the conversation with it.
func (s *State) hangUp(by, reason string, env Env) []Event {
	due, optional, until := acw(env)
	d := Disconnected{Communication: s.Leg.Communication, Agent: s.Leg.Agent, By: by, WrapUpDue: due, ACWUntil: until, Optional: optional}
	return []Event{d, Ended{Reason: reason}}
}

// acw is the after-call work that follows a leg that ends now.
func acw(env Env) (due, optional bool, until time.Time) {
	if !env.Settings.WrapUp {
		return false, false, time.Time{}
	}
	if env.Settings.ACWTimeout > 0 {
		until = env.Now.Add(env.Settings.ACWTimeout)
	}
	return true, env.Settings.ACWOptional, until
}

// leave ends the conversation from the contact's side, whatever its phase.
func (s *State) leave(reason string, env Env) []Event {
	return s.end("contact", reason, env)
}

// end ends the conversation whatever its phase.
func (s *State) end(by, reason string, env Env) []Event {
	switch s.Phase {
	case Talking, Aside:
		return s.hangUp(by, reason, env)
	case Alerting:
		end := AlertEnded{Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: "withdrawn"}
		return []Event{end, Ended{Reason: reason}}
	case Waiting:
		return []Event{Ended{Reason: reason}}
	case New, AfterCall, Done:
	}
	return nil
}

func wrapUp(s *State, c WrapUp, env Env) ([]Event, error) {
	l := s.wraps(c.Communication)
	if l == nil || l.Agent != c.Agent {
		return nil, ErrNotInACW
	}
	if !allowed(c.Code, env.Settings.Codes) && !(c.Code == "" && l.ACWOptional) {
		return nil, fmt.Errorf("%w: %q", ErrUnknownCode, c.Code)
	}
	return []Event{WrappedUp{Communication: c.Communication, Agent: c.Agent, Code: c.Code}}, nil
}

// longestCode is how many bytes a wrap-up code may have in a queue that takes
// any: a code is a word for reports, and lies unsealed in the log.
const longestCode = 64

func allowed(code string, codes []string) bool {
	if len(codes) == 0 {
		return len(code) <= longestCode
	}
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}

func expireACW(s *State, c ExpireACW, env Env) ([]Event, error) {
	l := s.wraps(c.Communication)
	if l == nil || l.ACWUntil.IsZero() {
		return nil, nil
	}
	if env.Now.Before(l.ACWUntil) {
		return nil, ErrNotDue
	}
	return []Event{WrappedUp{Communication: c.Communication, Agent: l.Agent, Code: env.Settings.DefaultCode, Expired: true}}, nil
}

func markRead(s *State, c MarkRead) ([]Event, error) {
	if s.Leg == nil || s.Leg.Agent != c.Agent || s.Phase == Waiting {
		return nil, ErrNotConnected
	}
	if min(c.Inbound, s.Inbound) <= s.ReadInbound {
		return nil, nil
	}
	return []Event{ReadByAgent(c)}, nil
}
