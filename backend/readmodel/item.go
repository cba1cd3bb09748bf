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

	// Of an event: the agent, queue or wrap-up code it is about.
	Agent id.Agent
	Queue id.Queue
	Code  string
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
		it.Agent, it.Delivery = e.Agent, message.Sending
	case conversation.Queued:
		it.Event, it.Queue, it.Reason = ItemQueued, e.Queue, e.Reason
	case conversation.Alerted:
		it.Event, it.Agent, it.Reason = ItemAlerted, e.Agent, e.Why
	case conversation.Connected:
		it.Event, it.Agent, it.Reason = ItemConnected, e.Agent, e.Why
		if e.Auto {
			it.Event = ItemAutoAnswered
		}
	case conversation.AlertEnded:
		it.Event, it.Agent = ItemAlertWithdrawn, e.Agent
		switch e.Reason {
		case "declined":
			it.Event = ItemAlertDeclined
		case "expired":
			it.Event = ItemAlertExpired
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
	case conversation.Started, conversation.DeliveryChanged, conversation.ReadByAgent, conversation.Unknown:
		return Item{}, false
	}
	return it, true
}
