package conversation

import (
	"slices"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// What contacts do on channels beyond writing, and what platforms tell of our
// messages.
type (
	// MessageNamed: the platform has taken a part of an outbound message and has a
	// name for it, from which the commit's command is derived. The name itself is
	// not stored: platforms put telephone numbers into it.
	MessageNamed struct {
		Message id.Message `json:"message"`
		Part    int        `json:"part"` // from 1
		Of      int        `json:"of"`
	}
	// PartDelivered is how far one of several parts has come.
	PartDelivered struct {
		Message id.Message       `json:"message"`
		Part    int              `json:"part"`
		State   message.Delivery `json:"state"`
	}
	// MessageUnsent: the contact took a message back. What it held is erased.
	MessageUnsent struct {
		Message id.Message `json:"message"`
	}
	// MessageChanged: a message holds something else now, which is sealed as
	// Content. The contact edited it, or its files have arrived.
	MessageChanged struct {
		Message id.Message  `json:"message"`
		Content id.Message  `json:"content"`
		Body    message.Ref `json:"body"`
		Why     string      `json:"why"` // edited, files
	}
	// Reacted: the contact put an emoji on a message, theirs or ours, in place of
	// an earlier one; an empty Body takes it away.
	Reacted struct {
		Message  id.Message  `json:"message,omitempty"` // "" = one that is not here
		Reaction id.Message  `json:"reaction"`
		Body     message.Ref `json:"body"`
	}
	// ConsentChanged: the contact opted out of messages, or in again.
	ConsentChanged struct {
		OptedOut bool `json:"optedOut"`
	}
	// ContactDescribed: more is known of the contact; Profile refers to the sealed
	// field.
	ContactDescribed struct {
		Profile string `json:"profile"`
	}
	// WindowOpened: the contact did something that is no message and opens the
	// window for replies.
	WindowOpened struct {
		By channel.Opening `json:"by"`
	}
)

func (MessageNamed) eventType() string   { return "message_named" }
func (PartDelivered) eventType() string  { return "part_delivered" }
func (MessageUnsent) eventType() string  { return "message_unsent" }
func (MessageChanged) eventType() string { return "message_changed" }
func (Reacted) eventType() string        { return "reacted" }
func (ConsentChanged) eventType() string { return "consent_changed" }
func (WindowOpened) eventType() string   { return "window_opened" }

func (ContactDescribed) eventType() string { return "contact_described" }

// Commands of channels.
type (
	// Name records the platform's name of a part of an outbound message.
	Name struct {
		Message  id.Message
		Part, Of int
	}
	// Unsend records that the contact took a message back.
	Unsend struct{ Message id.Message }
	// Change replaces what a message holds; Content is what its body is sealed as.
	Change struct {
		Message, Content id.Message
		Body             message.Ref
		Why              string
	}
	// React records a reaction; Body is empty when it is taken away.
	React struct {
		Message, Reaction id.Message
		Body              message.Ref
	}
	// SetConsent records that the contact opted out or in.
	SetConsent struct{ OptedOut bool }
	// Describe records that more is known of the contact.
	Describe struct{ Profile string }
	// OpenWindow records that the contact did what may open the window.
	OpenWindow struct{ By channel.Opening }
)

func (Name) command()       {}
func (Unsend) command()     {}
func (Change) command()     {}
func (React) command()      {}
func (SetConsent) command() {}
func (OpenWindow) command() {}
func (Describe) command()   {}

// Parts are how far the parts of an outbound message have come.
type Parts []message.Delivery

// contactDid decides what channels tell. It is taken in every phase but New: a
// platform reports when it will.
func contactDid(s *State, cmd Command, env Env) []Event {
	switch c := cmd.(type) {
	case Name:
		return []Event{MessageNamed(c)}
	case Unsend:
		return []Event{MessageUnsent(c)}
	case Change:
		return []Event{MessageChanged(c)}
	case React:
		out := []Event{Reacted(c)}
		if c.Body.Length > 0 && slices.Contains(env.Policy.OpenedBy, channel.OpenByReaction) {
			out = append(out, WindowOpened{By: channel.OpenByReaction})
		}
		return out
	case SetConsent:
		if s.OptedOut != c.OptedOut {
			return []Event{ConsentChanged(c)}
		}
	case Describe:
		return []Event{ContactDescribed(c)}
	case OpenWindow:
		if slices.Contains(env.Policy.OpenedBy, c.By) {
			return []Event{WindowOpened(c)}
		}
	}
	return nil
}

// deliverPart decides about a report on one of several parts: the message has
// come as far as the part that is furthest behind; one that failed fails it.
func deliverPart(s *State, c Deliver) []Event {
	parts := s.Parts[c.Message]
	if c.Part < 1 || c.Part > len(parts) || deliveryRank[c.State] <= deliveryRank[parts[c.Part-1]] {
		return nil
	}
	out := []Event{PartDelivered{Message: c.Message, Part: c.Part, State: c.State}}
	behind := c.State
	if c.State != message.Failed {
		for i, p := range parts {
			if i != c.Part-1 && deliveryRank[p] < deliveryRank[behind] {
				behind = p
			}
		}
	}
	return append(out, deliver(s, Deliver{Message: c.Message, State: behind, Reason: c.Reason})...)
}

// recordContact folds what channels tell.
func (s *State) recordContact(e Event) {
	switch e := e.(type) {
	case MessageNamed:
		if e.Of < 2 || e.Part < 1 || e.Part > e.Of {
			return
		}
		if s.Parts == nil {
			s.Parts = map[id.Message]Parts{}
		}
		parts := slices.Clone(s.Parts[e.Message])
		for len(parts) < e.Of {
			parts = append(parts, message.Sending)
		}
		parts[e.Part-1] = message.Sent
		s.Parts[e.Message] = parts
	case PartDelivered:
		if parts := s.Parts[e.Message]; e.Part >= 1 && e.Part <= len(parts) {
			parts = slices.Clone(parts)
			parts[e.Part-1] = e.State
			s.Parts[e.Message] = parts
		}
	case ContactDescribed:
		s.Profile = e.Profile
	case ConsentChanged:
		s.OptedOut = e.OptedOut
	}
}
