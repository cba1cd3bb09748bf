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
)

// Command is one intention.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Start begins a conversation in a queue. Join says that it came without a
	// first message.
	Start struct {
		Channel channel.Kind
		Account string
		Contact id.Contact
		Guest   id.Guest
		Profile string
		Queue   id.Queue
	}
	// Receive records an inbound message. On a conversation that has not started,
	// give Start in First.
	Receive struct {
		First      *Start
		Message    id.Message
		Body       message.Ref
		PlatformID string
	}
	// Send takes on an agent's message. Chars is its length in code points.
	Send struct {
		Agent   id.Agent
		Message id.Message
		Body    message.Ref
		Chars   int
	}
	// Deliver records how far an outbound message has come.
	Deliver struct {
		Message id.Message
		State   message.Delivery
		Reason  string
	}
	// Confirm is an agent's word that a message arrived whose fate nobody reported.
	Confirm struct {
		Agent   id.Agent
		Message id.Message
	}
	// Offer alerts an agent, or connects them where the queue answers
	// automatically. The agent's capacity is reserved already.
	Offer struct {
		Communication id.Communication
		Agent         id.Agent
		Why           string
	}
	// Accept answers an alert.
	Accept struct {
		Agent         id.Agent
		Communication id.Communication
	}
	// Decline refuses an alert.
	Decline struct {
		Agent         id.Agent
		Communication id.Communication
	}
	// ExpireAlert ends an alert whose time has run out.
	ExpireAlert struct{ Communication id.Communication }
	// WithdrawAlert takes an alert back, because the agent left.
	WithdrawAlert struct{ Communication id.Communication }
	// Disconnect ends the conversation for both sides.
	Disconnect struct {
		Agent         id.Agent
		Communication id.Communication
	}
	// WrapUp gives the wrap-up code and completes.
	WrapUp struct {
		Agent         id.Agent
		Communication id.Communication
		Code          string
	}
	// ExpireACW completes after-call work whose time has run out.
	ExpireACW struct{ Communication id.Communication }
	// Return tells agent and queue that the contact is back.
	Return struct{}
	// Clear: the contact cleared the conversation.
	Clear struct{}
	// Expire ends a conversation whose session ran out.
	Expire struct{}
	// MarkRead: the agent has seen the first Inbound inbound messages.
	MarkRead struct {
		Agent   id.Agent
		Inbound int
	}
)

func (Start) command()         {}
func (Receive) command()       {}
func (Send) command()          {}
func (Deliver) command()       {}
func (Confirm) command()       {}
func (Offer) command()         {}
func (Accept) command()        {}
func (Decline) command()       {}
func (ExpireAlert) command()   {}
func (WithdrawAlert) command() {}
func (Disconnect) command()    {}
func (WrapUp) command()        {}
func (ExpireACW) command()     {}
func (Return) command()        {}
func (Clear) command()         {}
func (Expire) command()        {}
func (MarkRead) command()      {}

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
		return deliver(s, c), nil
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
		if s.Phase != Talking || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
			return nil, ErrNotConnected
		}
		return s.hangUp("agent", "agent", env), nil
	case WrapUp:
		return wrapUp(s, c, env)
	case ExpireACW:
		return expireACW(s, c, env)
	case Return:
		if s.Phase == Done || s.Phase == AfterCall {
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
	}
	return nil, nil
}

func start(c Start, env Env) []Event {
	return []Event{
		Started{Channel: c.Channel, Account: c.Account, Contact: c.Contact, Guest: c.Guest, Profile: c.Profile},
		Queued{Queue: c.Queue, Since: env.Now, Reason: "new"},
	}
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
	case Waiting, Alerting, Talking:
	}
	return append(out, MessageReceived{Message: c.Message, Body: c.Body, PlatformID: c.PlatformID}), nil
}

func send(s *State, c Send, env Env) ([]Event, error) {
	if s.Phase == AfterCall || s.Phase == Done {
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
	return []Event{DeliveryChanged(c)}
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
	if env.Settings.AutoAnswer {
		return []Event{Connected{Communication: c.Communication, Agent: c.Agent, Auto: true, Why: c.Why}}, nil
	}
	until := env.Now.Add(env.Settings.AlertTimeout)
	return []Event{Alerted{Communication: c.Communication, Agent: c.Agent, Until: until, Why: c.Why}}, nil
}

func (s *State) alerting(a id.Agent, c id.Communication) bool {
	return s.Phase == Alerting && s.Leg.Agent == a && s.Leg.Communication == c
}

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
		Queued{Queue: s.Queue, Since: s.QueuedAt, Reason: back},
	}
}

// hangUp ends a connected leg and the conversation with it.
func (s *State) hangUp(by, reason string, env Env) []Event {
	d := Disconnected{Communication: s.Leg.Communication, Agent: s.Leg.Agent, By: by, WrapUpDue: env.Settings.WrapUp}
	if d.WrapUpDue && env.Settings.ACWTimeout > 0 {
		d.ACWUntil = env.Now.Add(env.Settings.ACWTimeout)
	}
	return []Event{d, Ended{Reason: reason}}
}

// leave ends the conversation from the contact's side, whatever its phase.
func (s *State) leave(reason string, env Env) []Event {
	switch s.Phase {
	case Talking:
		return s.hangUp("contact", reason, env)
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
	if s.Phase != AfterCall || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
		return nil, ErrNotInACW
	}
	if !allowed(c.Code, env.Settings.Codes) {
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
	if s.Phase != AfterCall || s.Leg.Communication != c.Communication || s.Leg.ACWUntil.IsZero() {
		return nil, nil
	}
	if env.Now.Before(s.Leg.ACWUntil) {
		return nil, ErrNotDue
	}
	return []Event{WrappedUp{Communication: c.Communication, Agent: s.Leg.Agent, Code: env.Settings.DefaultCode, Expired: true}}, nil
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
