// Package message is the channel-neutral content of conversations. What a
// person wrote is a Body; it lives sealed in the vault. The log and every fold
// hold a Ref in its place: an ID, a length and a digest under the body's own
// key, which says nothing once that key is gone.
package message

import (
	"log/slog"
	"time"

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
	// Payload is what a tapped button carries beside its label, which is Text.
	Payload string `json:"payload,omitempty"`
	// Links are shared posts and pages.
	Links []Link `json:"links,omitempty"`
	// Location and Contacts are what the contact shared of places and people.
	Location *Location `json:"location,omitempty"`
	Contacts []Card    `json:"contacts,omitempty"`
	// Template is set on an outbound message that was made from one; Text is what
	// it says.
	Template *Template `json:"template,omitempty"`
	// Ephemeral marks media that may not be kept. Where it can be seen is told
	// beside the body, never in it.
	Ephemeral *Ephemeral `json:"ephemeral,omitempty"`
	// PlatformID is the platform's name of an inbound message. It may tell who wrote
	// it, so it lies here and not in the log.
	PlatformID string `json:"platformId,omitempty"`
	// ReplyTo is our own name of the message that this one answers.
	ReplyTo id.Message `json:"replyTo,omitempty"`
	// Unsupported is the platform's word for content that it did not hand over.
	Unsupported string `json:"unsupported,omitempty"`
}

// Empty says that the body holds nothing at all.
func (b Body) Empty() bool {
	return b.Text == "" && len(b.Attachments) == 0 && len(b.Buttons) == 0 && b.Raw == "" && b.Payload == "" &&
		len(b.Links) == 0 && b.Location == nil && len(b.Contacts) == 0 && b.Template == nil && b.Ephemeral == nil && b.Unsupported == "" &&
		b.PlatformID == "" && b.ReplyTo == ""
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

// Link is a shared post or page.
type Link struct {
	Title string `json:"title,omitempty"`
	URL   string `json:"url"`
}

// Location is a place.
type Location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// Card is a person's entry in an address book.
type Card struct {
	Name   string   `json:"name"`
	Org    string   `json:"org,omitempty"`
	Phones []string `json:"phones,omitempty"`
	Emails []string `json:"emails,omitempty"`
}

// Ephemeral says what kind of media a message held that may not be kept, and
// until when it can be seen at the platform.
type Ephemeral struct {
	Kind  EphemeralKind `json:"kind"`
	Until time.Time     `json:"until,omitzero"`
}

// EphemeralKind is why the media is ephemeral.
type EphemeralKind string

// The kinds of ephemeral media.
const (
	StoryMention EphemeralKind = "story_mention"
	StoryReply   EphemeralKind = "story_reply" // the story is the company's own
	ViewOnce     EphemeralKind = "view_once"   // never handed over
)

// Template is a platform's template with its values.
type Template struct {
	Name     string          `json:"name"`
	Language string          `json:"language"`
	Values   []TemplateValue `json:"values,omitempty"`
}

// TemplateValue is one value: Text, or a file of the body's.
type TemplateValue struct {
	Part       TemplatePart   `json:"part"`
	Index      int            `json:"index,omitempty"` // of the button
	Name       string         `json:"name,omitempty"`  // "" where values go by their order
	Kind       TemplateValues `json:"kind"`
	Text       string         `json:"text,omitempty"`
	Attachment id.Attachment  `json:"attachment,omitempty"`
}

// TemplatePart is the part of a template that a value belongs to.
type TemplatePart string

// The parts of templates.
const (
	TemplateHeader   TemplatePart = "header"
	TemplateBody     TemplatePart = "body"
	TemplateQuick    TemplatePart = "quick_reply"
	TemplateLink     TemplatePart = "url"
	TemplateCopyCode TemplatePart = "copy_code"
)

// TemplateValues says what a template asks for.
type TemplateValues string

// The kinds of values.
const (
	TemplateText     TemplateValues = "text"
	TemplatePayload  TemplateValues = "payload"
	TemplateImage    TemplateValues = "image"
	TemplateVideo    TemplateValues = "video"
	TemplateDocument TemplateValues = "document"
)

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
