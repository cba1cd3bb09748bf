package readmodel

import (
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
)

// ItemEvent names what a line of a transcript is.
type ItemEvent string

// The lines of a transcript. A line without an event is a message.
const (
	ItemMessage         ItemEvent = ""
	ItemQueued          ItemEvent = "queued"
	ItemAlerted         ItemEvent = "alerted"
	ItemConnected       ItemEvent = "connected"
	ItemAutoAnswered    ItemEvent = "auto_answered"
	ItemAlertDeclined   ItemEvent = "alert_declined"
	ItemAlertExpired    ItemEvent = "alert_expired"
	ItemAlertWithdrawn  ItemEvent = "alert_withdrawn"
	ItemDisconnected    ItemEvent = "disconnected"
	ItemWrappedUp       ItemEvent = "wrapped_up"
	ItemEnded           ItemEvent = "ended"
	ItemContactReturned ItemEvent = "contact_returned"
	ItemContactCleared  ItemEvent = "contact_cleared"
	ItemTransferred     ItemEvent = "transferred"
	ItemTakenOver       ItemEvent = "taken_over"
	ItemPulled          ItemEvent = "pulled"
	ItemRequeued        ItemEvent = "requeued"    // park_expired or inactive
	ItemAlertMoved      ItemEvent = "alert_moved" // somebody moved it while it alerted
	ItemParked          ItemEvent = "parked"
	ItemUnparked        ItemEvent = "unparked"
	ItemPriority        ItemEvent = "priority_changed"
	ItemNote            ItemEvent = "note" // written for colleagues; Message names its body
	ItemHelpAsked       ItemEvent = "help_asked"
	ItemHelpEnded       ItemEvent = "help_ended"
	ItemSurveyAnswered  ItemEvent = "survey_answered"
	ItemSurveyCommented ItemEvent = "survey_commented"
	ItemReacted         ItemEvent = "reacted" // Message names the emoji's body
	ItemOptedOut        ItemEvent = "opted_out"
	ItemOptedIn         ItemEvent = "opted_in"
)

// Item is one line of a transcript. Content is a reference; a message's
// delivery changes in place.
type Item struct {
	Rev   uint64 // of its commit in the conversation's stream
	N     int    // its event's number in that commit, from 0
	At    time.Time
	Event ItemEvent

	// Of a message. Agent is its author when outbound.
	Message   id.Message
	Direction message.Direction
	Body      message.Ref
	Delivery  message.Delivery // "" inbound
	Reason    string           // why it failed; of an event: its reason, or who did it

	// Content is what the body is sealed as, if it is not Message: the message was
	// changed. Mark is how: edited, unsent.
	Content id.Message
	Mark    string

	// Of an event: the agent, queue or wrap-up code it is about. Of a message
	// that nobody wrote, Code says what it is: greeting, away, survey.
	Agent id.Agent
	Queue id.Queue
	Code  string
	By    id.Agent // who did it, if not Agent
	// Until is when a park runs out.
	Until time.Time
	// Number is a priority or a score.
	Number int
	// Said is the contact's message that gave a score; Message is the comment.
	Said id.Message
}

// ItemOf gives the line that an event adds to the transcript, without Rev and
// N, and false if it adds none. A delivery changes a line and adds none.
func ItemOf(e conversation.Event, at time.Time) (Item, bool) {
	it := Item{At: at}
	switch e := e.(type) {
	case conversation.MessageReceived:
		it.Message, it.Direction, it.Body = e.Message, message.Inbound, e.Body
	case conversation.MessageSent:
		it.Message, it.Direction, it.Body = e.Message, message.Outbound, e.Body
		it.Agent, it.Delivery, it.Code = e.Agent, message.Sending, e.Auto
	case conversation.Queued:
		it.Event, it.Queue, it.Reason, it.Agent = ItemQueued, e.Queue, e.Reason, e.For
	case conversation.Alerted:
		it.Event, it.Agent, it.Reason = ItemAlerted, e.Agent, e.Why
	case conversation.Connected:
		it.Event, it.Agent, it.Reason = ItemConnected, e.Agent, e.Why
		switch {
		case e.Auto:
			it.Event = ItemAutoAnswered
		case e.How == "pulled":
			it.Event = ItemPulled
		case e.How == "taken_over":
			it.Event = ItemTakenOver
		}
	case conversation.AlertEnded:
		it.Event, it.Agent, it.By = ItemAlertWithdrawn, e.Agent, e.By
		switch e.Reason {
		case "declined":
			it.Event = ItemAlertDeclined
		case "expired":
			it.Event = ItemAlertExpired
		case "moved":
			it.Event = ItemAlertMoved
		}
	case conversation.Disconnected:
		it.Event, it.Agent, it.Reason = ItemDisconnected, e.Agent, e.By
	case conversation.WrappedUp:
		it.Event, it.Agent, it.Code = ItemWrappedUp, e.Agent, e.Code
		if e.Expired {
			it.Reason = "expired"
		}
	case conversation.Ended:
		it.Event, it.Reason = ItemEnded, e.Reason
	case conversation.ContactReturned:
		it.Event = ItemContactReturned
	case conversation.ContactCleared:
		it.Event = ItemContactCleared
	case conversation.LegEnded:
		it.Event, it.Agent, it.By, it.Reason = ItemRequeued, e.Agent, e.By, e.Reason
		switch e.Reason {
		case "transferred":
			it.Event = ItemTransferred
		case "taken_over":
			return Item{}, false // the connection that follows tells
		}
	case conversation.Parked:
		it.Event, it.Agent, it.Until = ItemParked, e.Agent, e.Until
	case conversation.Unparked:
		it.Event, it.Agent = ItemUnparked, e.Agent
	case conversation.PriorityChanged:
		it.Event, it.Agent, it.Number = ItemPriority, e.By, e.Priority
	case conversation.NoteAdded:
		it.Event, it.Message, it.Agent, it.Body, it.Reason = ItemNote, e.Note, e.Agent, e.Body, e.Kind
	case conversation.HelpAsked:
		it.Event, it.Agent = ItemHelpAsked, e.Agent
	case conversation.HelpEnded:
		it.Event, it.Agent = ItemHelpEnded, e.By
	case conversation.SurveyAnswered:
		it.Event, it.Number, it.Message, it.Said = ItemSurveyAnswered, e.Score, e.Comment, e.Message
		if e.Body != nil {
			it.Body = *e.Body
		}
	case conversation.SurveyCommented:
		it.Event, it.Message, it.Body = ItemSurveyCommented, e.Comment, e.Body
	case conversation.Reacted:
		it.Event, it.Message, it.Body = ItemReacted, e.Reaction, e.Body
	case conversation.ConsentChanged:
		it.Event = ItemOptedIn
		if e.OptedOut {
			it.Event = ItemOptedOut
		}
	case conversation.MessageNamed, conversation.PartDelivered, conversation.MessageUnsent, conversation.MessageChanged, conversation.WindowOpened,
		conversation.ContactDescribed,
		conversation.Started, conversation.DeliveryChanged, conversation.ReadByAgent, conversation.SurveyAsked,
		conversation.AssignmentLapsed, conversation.Unknown:
		return Item{}, false
	}
	return it, true
}

// Sealed is what the line's body is sealed as.
func (it Item) Sealed() id.Message {
	if it.Content != "" {
		return it.Content
	}
	return it.Message
}
