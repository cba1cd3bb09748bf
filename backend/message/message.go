// Package message is the channel-neutral content of conversations. What a
// person wrote is a Body; it lives sealed in the vault. The log and every fold
// hold a Ref in its place: an ID, a length and a digest under the body's own
// key, which says nothing once that key is gone.
package message

import (
	"log/slog"

	"parley/backend/id"
)

// Direction is seen from the company's side, as on every messaging platform.
type Direction string

// The two directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
)

// Body is what a person wrote. It never appears in the log, in a log line or
// in an error.
type Body struct {
	Text        string       `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Buttons are offered to the contact as quick replies.
	Buttons []Button `json:"buttons,omitempty"`
	// Raw carries channel content that Parley passes on unread, such as a web
	// messaging structured answer, so that a channel's own echo can repeat it.
	Raw string `json:"raw,omitempty"`
}

// LogValue keeps bodies out of logs whoever passes one by mistake.
func (Body) LogValue() slog.Value { return slog.StringValue("[body]") }

// Attachment describes one file. Its bytes lie in the vault's blobs.
type Attachment struct {
	ID     id.Attachment `json:"id"`
	Name   string        `json:"name"`
	MIME   string        `json:"mime"`
	Size   int64         `json:"size"` // bytes
	Width  int           `json:"width,omitempty"`
	Height int           `json:"height,omitempty"`
}

// Button is one quick reply.
type Button struct {
	Text    string `json:"text"`
	Payload string `json:"payload"`
}

// Ref stands for a Body in the log.
type Ref struct {
	Length int    `json:"length"`           // bytes of the body's text
	Digest string `json:"digest,omitempty"` // hex, HMAC-SHA-256 of the body under its own key, 16 bytes
	Files  []File `json:"files,omitempty"`
}

// File stands for an Attachment in the log, without its name.
type File struct {
	ID   id.Attachment `json:"id"`
	Size int64         `json:"size"` // bytes
}

// Delivery is how far an outbound message has come. A channel reports only
// some of these states; its Capabilities say which.
type Delivery string

// The delivery states. Unknown means that the platform timed out and nothing
// has told since whether it took the message.
const (
	Sending   Delivery = "sending"
	Sent      Delivery = "sent"
	Delivered Delivery = "delivered"
	Read      Delivery = "read"
	Failed    Delivery = "failed"
	Unknown   Delivery = "unknown"
)
