package conversation

import (
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// Command is one intention.
//
//sumtype:decl
type Command interface{ command() }

type (
	// Start begins a conversation in a queue. Join says that it came without a
	// first message.
	Start struct {
		Channel  channel.Kind
		Account  string
		Contact  id.Contact
		Guest    id.Guest
		Profile  string
		Queue    id.Queue
		Priority int
		Skills   []id.Skill
		// OptedOut: the contact has opted out of messages in an earlier conversation.
		OptedOut bool
	}
	// Receive records an inbound message. On a conversation that has not started,
	// give Start in First.
	Receive struct {
		First      *Start
		Message    id.Message
		Body       message.Ref
		PlatformID string
	}
	// Send takes on an agent's message. Chars is its length in code points, Segments
	// in parts of SMS.
	Send struct {
		Agent    id.Agent
		Message  id.Message
		Body     message.Ref
		Chars    int
		Segments int
	}
	// Deliver records how far an outbound message has come.
	Deliver struct {
		Message id.Message
		State   message.Delivery
		Reason  string
		Part    int // the part that is reported on, from 1; 0 = the whole message
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
	// Pull takes a waiting conversation out of its queue by the agent's own
	// choice. The agent's capacity is reserved already.
	Pull struct {
		Communication id.Communication
		Agent         id.Agent
	}
	// TakeOver connects a supervisor in place of whoever has the conversation.
	// The supervisor's capacity is reserved already.
	TakeOver struct {
		Communication id.Communication
		Agent         id.Agent
	}
	// Transfer moves the conversation to a queue, and there to the agent To if it
	// is set. By is who does it: the agent who has the conversation, whose
	// Communication must be given, or with Steer a supervisor.
	Transfer struct {
		By            id.Agent
		Steer         bool
		Communication id.Communication
		Queue         id.Queue // "" = where it is
		To            id.Agent
		Skills        []id.Skill // of another queue
		// Note is for the receiver; "" = none.
		Note id.Message
		Body message.Ref
	}
	// Park sets a connected conversation aside until a time.
	Park struct {
		Agent         id.Agent
		Communication id.Communication
		Until         time.Time
	}
	// Unpark takes it up again. The agent's capacity is reserved already.
	Unpark struct {
		Agent         id.Agent
		Communication id.Communication
		Reservation   id.Communication // "" = named as the communication
	}
	// Lapse rules out that an assignment which reserved capacity as Communication
	// is still made. Its ID is the ID that the assignment's own command would have,
	// so that the log takes only one of them.
	Lapse struct {
		Communication id.Communication
		Agent         id.Agent
	}
	// RemoveAgent ends what an agent has who is no user any more: alerts, legs and
	// after-call work. The conversation goes back to its queue, at its old place.
	RemoveAgent struct{ Agent id.Agent }
	// OpenToAll gives up waiting for one agent: anybody may get it now.
	OpenToAll struct{ For id.Agent }
	// ExpirePark returns a parked conversation to its queue when its time is up.
	ExpirePark struct{ Communication id.Communication }
	// ExpireInactive does what the queue's rule says of a conversation in which
	// nobody has said anything for too long.
	ExpireInactive struct{ Communication id.Communication }
	// SetPriority changes the place among those that wait.
	SetPriority struct {
		By       id.Agent
		Priority int
	}
	// AddNote writes for colleagues.
	AddNote struct {
		Agent id.Agent
		Note  id.Message
		Body  message.Ref
	}
	// AskHelp calls a supervisor; EndHelp says that it is no longer needed.
	AskHelp struct {
		Agent         id.Agent
		Communication id.Communication
	}
	// EndHelp ends it, by the agent or a supervisor.
	EndHelp struct{ By id.Agent }
	// SendAuto sends what nobody wrote: greeting, away, or what a survey says once
	// it is answered. That each is said once is for its command's ID to see to.
	SendAuto struct {
		Kind    string
		Message id.Message
		Body    message.Ref
	}
	// AskSurvey asks the contact of a conversation that has ended.
	AskSurvey struct {
		Message id.Message
		Body    message.Ref
		Scale   int // 2 to 10
		Until   time.Time
		Comment bool // ask for words, too
	}
	// AnswerSurvey is the contact's answer. Message, with what it Said, is the one
	// that gave the score; Comment, with Body, what they wrote beside it. Both may
	// be "".
	AnswerSurvey struct {
		Score   int
		Message id.Message
		Said    message.Ref
		Comment id.Message
		Body    message.Ref
	}
	// CommentSurvey is what the contact wrote after their score.
	CommentSurvey struct {
		Comment id.Message
		Body    message.Ref
	}
	// Disconnect ends the conversation for both sides. Steer says that Agent is a
	// supervisor, who needs no Communication. Reason is "" or "blocked".
	Disconnect struct {
		Agent         id.Agent
		Communication id.Communication
		Steer         bool
		Reason        string
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

func (Start) command()          {}
func (Receive) command()        {}
func (Send) command()           {}
func (Deliver) command()        {}
func (Confirm) command()        {}
func (Offer) command()          {}
func (Accept) command()         {}
func (Decline) command()        {}
func (ExpireAlert) command()    {}
func (WithdrawAlert) command()  {}
func (Disconnect) command()     {}
func (WrapUp) command()         {}
func (ExpireACW) command()      {}
func (Pull) command()           {}
func (TakeOver) command()       {}
func (Transfer) command()       {}
func (Park) command()           {}
func (Unpark) command()         {}
func (Lapse) command()          {}
func (RemoveAgent) command()    {}
func (OpenToAll) command()      {}
func (ExpirePark) command()     {}
func (ExpireInactive) command() {}
func (SetPriority) command()    {}
func (AddNote) command()        {}
func (AskHelp) command()        {}
func (EndHelp) command()        {}
func (SendAuto) command()       {}
func (AskSurvey) command()      {}
func (AnswerSurvey) command()   {}
func (CommentSurvey) command()  {}
func (Return) command()         {}
func (Clear) command()          {}
func (Expire) command()         {}
func (MarkRead) command()       {}
