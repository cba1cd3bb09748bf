// Package conversation is the pure core of a contact's thread on one channel:
// its events, its fold and its decisions. The same code runs in the hub, where
// it decides, and in the desk, where it forecasts. It does no IO and reads no
// clock.
package conversation

import (
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// Event is something that happened to a conversation. Stored events are never
// renamed or given another meaning; a changed shape is a new type.
//
//sumtype:decl
type Event interface{ eventType() string }

type (
	// Started is the first event of every conversation.
	Started struct {
		Channel channel.Kind `json:"channel"`
		Account string       `json:"account"` // web: the deployment
		Contact id.Contact   `json:"contact"`
		// Guest is the hub's name for who writes to that account, by which it finds
		// their conversations.
		Guest id.Guest `json:"guest,omitempty"`
		// Profile refers to the contact's sealed profile field.
		Profile string `json:"profile,omitempty"`
	}
	// Queued puts the conversation into a queue. Since is its place there: a
	// conversation that comes back after an alert keeps its old one.
	Queued struct {
		Queue id.Queue  `json:"queue"`
		Since time.Time `json:"since"`
		// Reason: new, declined, alert_expired, agent_left, transferred, park_expired,
		// inactive; agent_removed = who had it is no user any more; agent_unavailable
		// = it waited for one agent, and now for anybody.
		Reason string `json:"reason"`
		// Priority goes before Since: higher first, 0 is usual.
		Priority int        `json:"priority,omitempty"`
		Skills   []id.Skill `json:"skills,omitempty"` // wanted, languages among them
		// For is the only agent who may get it, until an alert of theirs ends
		// unanswered.
		For id.Agent `json:"for,omitempty"`
	}
	// MessageReceived is an inbound message.
	MessageReceived struct {
		Message    id.Message  `json:"message"`
		Body       message.Ref `json:"body"`
		PlatformID string      `json:"platformId,omitempty"`
	}
	// MessageSent is an outbound message that the hub has taken on.
	MessageSent struct {
		Message id.Message  `json:"message"`
		Agent   id.Agent    `json:"agent"` // "" when Auto
		Body    message.Ref `json:"body"`
		// Auto names what wrote it when no person did: greeting, away, survey.
		Auto string `json:"auto,omitempty"`
	}
	// DeliveryChanged is how far an outbound message has come.
	DeliveryChanged struct {
		Message id.Message       `json:"message"`
		State   message.Delivery `json:"state"`
		Reason  string           `json:"reason,omitempty"`
	}
	// Alerted offers the conversation to an agent until Until.
	Alerted struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Until         time.Time        `json:"until"`
		Why           string           `json:"why,omitempty"` // the match's reason, for people
	}
	// Connected: the agent answered, or the queue answers automatically.
	Connected struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Auto          bool             `json:"auto,omitempty"`
		Why           string           `json:"why,omitempty"` // set when no Alerted came before
		// How it came about when no alert was answered: pulled, taken_over.
		How string `json:"how,omitempty"`
	}
	// AlertEnded: the alert was declined or timed out.
	AlertEnded struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Reason        string           `json:"reason"` // declined, expired, withdrawn, moved
		By            id.Agent         `json:"by,omitempty"`
	}
	// Disconnected ends the agent's leg; after-call work follows if ACWUntil is set
	// or WrapUpDue is.
	Disconnected struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		By            string           `json:"by"` // agent, contact, hub, supervisor
		WrapUpDue     bool             `json:"wrapUpDue,omitempty"`
		ACWUntil      time.Time        `json:"acwUntil,omitzero"`
		// Optional: the agent may complete without a code, and is free meanwhile.
		Optional bool `json:"optional,omitempty"`
	}
	// LegEnded ends an agent's leg while the conversation goes on. After-call
	// work follows if WrapUpDue is set.
	LegEnded struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Reason        string           `json:"reason"`       // transferred, taken_over, park_expired, inactive, agent_removed
		By            id.Agent         `json:"by,omitempty"` // who did it, if not the agent
		WrapUpDue     bool             `json:"wrapUpDue,omitempty"`
		ACWUntil      time.Time        `json:"acwUntil,omitzero"`
		Optional      bool             `json:"optional,omitempty"`
	}
	// Parked sets the conversation aside. It stays the agent's, but holds no
	// capacity, and goes back to its queue at Until.
	Parked struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Until         time.Time        `json:"until"`
	}
	// Unparked: the agent took it up again.
	Unparked struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		// Reservation holds the agent's capacity from here on. Each try to take a
		// conversation up reserves under a name of its own; "" = the communication's.
		Reservation id.Communication `json:"reservation,omitempty"`
	}
	// AssignmentLapsed: capacity was reserved for a communication that never came
	// to be. It is given back, and the communication cannot come to be any more.
	AssignmentLapsed struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
	}
	// PriorityChanged gives a conversation another place among those that wait.
	PriorityChanged struct {
		Priority int      `json:"priority"`
		By       id.Agent `json:"by"`
	}
	// NoteAdded: somebody of the company wrote for colleagues. Contacts never see
	// it.
	NoteAdded struct {
		Note  id.Message  `json:"note"`
		Agent id.Agent    `json:"agent"`
		Body  message.Ref `json:"body"`
		// For a transfer's receiver when "transfer"; else "".
		Kind string `json:"kind,omitempty"`
	}
	// HelpAsked: the agent asks a supervisor to look at the conversation.
	HelpAsked struct {
		Agent id.Agent `json:"agent"`
	}
	// HelpEnded: the agent withdrew, or a supervisor took it on.
	HelpEnded struct {
		By id.Agent `json:"by"`
	}
	// SurveyAsked: Message asks the contact for a score from 1 to Scale, which is
	// taken until Until.
	SurveyAsked struct {
		Message id.Message `json:"message"`
		Scale   int        `json:"scale"`
		Until   time.Time  `json:"until"`
		// Comment: words are asked for, too; see CommentWithin.
		Comment bool `json:"comment,omitempty"`
	}
	// SurveyAnswered is the contact's score, with what they wrote beside it.
	SurveyAnswered struct {
		Score   int          `json:"score"`
		Comment id.Message   `json:"comment,omitempty"`
		Body    *message.Ref `json:"body,omitempty"`
		// Message is the contact's that gave the score. It is no message of the
		// conversation, which has ended.
		Message id.Message   `json:"message,omitempty"`
		Said    *message.Ref `json:"said,omitempty"`
	}
	// SurveyCommented is what the contact wrote after their score.
	SurveyCommented struct {
		Comment id.Message  `json:"comment"`
		Body    message.Ref `json:"body"`
	}
	// WrappedUp ends after-call work.
	WrappedUp struct {
		Communication id.Communication `json:"communication"`
		Agent         id.Agent         `json:"agent"`
		Code          string           `json:"code"`
		Expired       bool             `json:"expired,omitempty"` // the time ran out
	}
	// Ended: the conversation takes no more messages.
	Ended struct {
		// Reason: agent, contact, cleared, expired, supervisor, inactive, blocked.
		Reason string `json:"reason"`
	}
	// ContactReturned: the contact resumed the session after an absence.
	ContactReturned struct{}
	// ContactCleared: the contact cleared the conversation on their side.
	ContactCleared struct{}
	// ReadByAgent: the agent has read the first Inbound inbound messages.
	ReadByAgent struct {
		Agent   id.Agent `json:"agent"`
		Inbound int      `json:"inbound"`
	}
	// Unknown stands for an event of a later version. It is kept and skipped.
	Unknown struct {
		Type string
		Data []byte
	}
)

func (Started) eventType() string          { return "started" }
func (Queued) eventType() string           { return "queued" }
func (MessageReceived) eventType() string  { return "message_received" }
func (MessageSent) eventType() string      { return "message_sent" }
func (DeliveryChanged) eventType() string  { return "delivery_changed" }
func (Alerted) eventType() string          { return "alerted" }
func (Connected) eventType() string        { return "connected" }
func (AlertEnded) eventType() string       { return "alert_ended" }
func (Disconnected) eventType() string     { return "disconnected" }
func (WrappedUp) eventType() string        { return "wrapped_up" }
func (Ended) eventType() string            { return "ended" }
func (ContactReturned) eventType() string  { return "contact_returned" }
func (ContactCleared) eventType() string   { return "contact_cleared" }
func (ReadByAgent) eventType() string      { return "read_by_agent" }
func (LegEnded) eventType() string         { return "leg_ended" }
func (Parked) eventType() string           { return "parked" }
func (Unparked) eventType() string         { return "unparked" }
func (AssignmentLapsed) eventType() string { return "assignment_lapsed" }
func (PriorityChanged) eventType() string  { return "priority_changed" }
func (NoteAdded) eventType() string        { return "note_added" }
func (HelpAsked) eventType() string        { return "help_asked" }
func (HelpEnded) eventType() string        { return "help_ended" }
func (SurveyAsked) eventType() string      { return "survey_asked" }
func (SurveyAnswered) eventType() string   { return "survey_answered" }
func (SurveyCommented) eventType() string  { return "survey_commented" }
func (u Unknown) eventType() string        { return u.Type }
