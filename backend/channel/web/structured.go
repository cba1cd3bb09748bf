package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"parley/backend/id"
	"parley/backend/message"
)

// Entity is the body of a StructuredMessage frame and an element of the
// history: the same bytes in both, so that a client recognises in the history
// what it saw live.
type Entity struct {
	ID                string            `json:"id"`
	Direction         string            `json:"direction"`
	Type              string            `json:"type"`
	Text              string            `json:"text,omitempty"`
	OriginatingEntity string            `json:"originatingEntity,omitempty"`
	Channel           *EntityChannel    `json:"channel,omitempty"`
	Content           []json.RawMessage `json:"content,omitempty"`
	Events            []json.RawMessage `json:"events,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
}

// EntityChannel says when and between whom.
type EntityChannel struct {
	Time      string    `json:"time"`
	MessageID string    `json:"messageId,omitempty"`
	Type      string    `json:"type,omitempty"`
	From      *Person   `json:"from,omitempty"`
	To        *struct{} `json:"to,omitempty"`
}

// Person is a side of a message; an empty one is written {}.
type Person struct {
	Nickname string `json:"nickname,omitempty"`
}

// File is an attachment with an address to load it from.
type File struct {
	message.Attachment
	URL string
}

// raw is what message.Body.Raw holds for this channel: the parts of a guest's
// message that Parley passes on unread.
type raw struct {
	Structured bool              `json:"structured,omitempty"`
	Textless   bool              `json:"textless,omitempty"` // Body.Text was made from Content
	Content    []json.RawMessage `json:"content,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
}

// Body gives the channel-neutral content. Attachments carry their IDs only;
// who knows the uploads fills in the rest. An answer to buttons or pickers that
// came without text gets the chosen options as its text, so that the agent
// reads what was chosen; the echo leaves it out again.
func (m Message) Body() message.Body {
	b := message.Body{Text: m.Text}
	for _, a := range m.Attachments {
		b.Attachments = append(b.Attachments, message.Attachment{ID: id.Attachment(a)})
	}
	text, payload := chosen(m.Content)
	b.Text, b.Payload = cmp.Or(b.Text, text), payload
	if m.Structured || len(m.Content) > 0 || len(m.Metadata) > 0 {
		b.Raw = string(encode(raw{m.Structured, m.Text == "" && b.Text != "", m.Content, m.Metadata}))
	}
	return b
}

// chosen names the options that an answer holds, and gives the payload of the
// last: a quick reply is the only one.
func chosen(content []json.RawMessage) (text, payload string) {
	var names []string
	for _, c := range content {
		var answer struct {
			ButtonResponse struct {
				Text    string `json:"text"`
				Payload string `json:"payload"`
			} `json:"buttonResponse"`
		}
		if json.Unmarshal(c, &answer) != nil {
			continue
		}
		if name := cmp.Or(answer.ButtonResponse.Text, answer.ButtonResponse.Payload); name != "" {
			names, payload = append(names, name), answer.ButtonResponse.Payload
		}
	}
	return strings.Join(names, ", "), payload
}

// EchoFrame is the echo of an accepted guest message, for all connections of the
// token.
func EchoFrame(tracing string, e Entity) []byte { return push("StructuredMessage", tracing, e) }

// OutboundFrame carries an outbound entity. It has no tracing ID: clients would
// take it for one of their own messages.
func OutboundFrame(e Entity) []byte { return push("StructuredMessage", "", e) }

// HealthFrame answers an echo request. The two numbers are strings: clients
// read them so.
func HealthFrame(tracing, entity, text string, duration, expires string) []byte {
	return response("StructuredMessage", tracing, Entity{
		ID: entity, Direction: "Inbound", Type: "Text", Text: text,
		Metadata: map[string]string{"durationSeconds": duration, "expirationDate": expires},
	})
}

// InboundEntity is a guest's message as every connection sees it.
func InboundEntity(m id.Message, at time.Time, body message.Body, files []File) Entity {
	uuid := uuidOf(string(m))
	e := Entity{
		ID: string(m), Direction: "Inbound", Type: "Text", Text: body.Text,
		Channel:  &EntityChannel{Time: FormatTime(at), MessageID: uuid},
		Metadata: map[string]string{"correlationId": uuid},
	}
	var r raw
	if body.Raw != "" && json.Unmarshal([]byte(body.Raw), &r) == nil {
		if r.Structured {
			e.Type = "Structured"
		}
		if r.Textless {
			e.Text = ""
		}
		e.Content = r.Content
		maps.Copy(e.Metadata, r.Metadata)
	}
	e.Content = append(e.Content, fileContent(files)...)
	return e
}

// Automatic is the entity as that of a message which no person wrote.
func (e Entity) Automatic() Entity {
	e.OriginatingEntity = "Bot"
	return e
}

// OutboundEntity is an agent's message as the guest sees it; from is the
// agent's name for guests.
func OutboundEntity(m id.Message, at time.Time, from string, body message.Body, files []File) Entity {
	e := outbound(string(m), at, from)
	e.Type, e.Text = "Text", body.Text
	e.Metadata = map[string]string{"correlationId": uuidOf(string(m))}
	for _, b := range body.Buttons {
		e.Type = "Structured"
		e.Content = append(e.Content, encode(map[string]any{
			"contentType": "QuickReply",
			"quickReply":  map[string]string{"action": "Message", "payload": b.Payload, "text": b.Text},
		}))
	}
	e.Content = append(e.Content, fileContent(files)...)
	return e
}

// TypingEntity shows the agent typing for five seconds.
func TypingEntity(guest, from string, at time.Time) Entity {
	e := outbound(eventID("typing", guest, at), at, from)
	e.Type = "Event"
	e.Events = []json.RawMessage{encode(map[string]any{
		"eventType": "Typing", "typing": map[string]any{"type": "On", "duration": typingDuration},
	})}
	return e
}

// DisconnectEntity tells that the conversation has ended.
func DisconnectEntity(guest, from string, at time.Time, readOnly bool) Entity {
	e := outbound(eventID("disconnect", guest, at), at, from)
	e.Type, e.Events = "Event", presence("Disconnect")
	e.Metadata = map[string]string{"readOnly": "false"}
	if readOnly {
		e.Metadata["readOnly"] = "true"
	}
	return e
}

// PresenceEntity is the echo of a guest's Join or Clear.
func PresenceEntity(guest string, k Kind, at time.Time) Entity {
	kind := "Join"
	if k == Clear {
		kind = "Clear"
	}
	id := eventID(string(k), guest, at)
	return Entity{
		ID: id, Direction: "Inbound", Type: "Event",
		Channel: &EntityChannel{Time: FormatTime(at), MessageID: uuidOf(id)},
		Events:  presence(kind),
	}
}

func outbound(entity string, at time.Time, from string) Entity {
	return Entity{
		ID: entity, Direction: "Outbound", OriginatingEntity: "Human",
		Channel: &EntityChannel{Time: FormatTime(at), Type: "Private", From: &Person{Nickname: from}, To: &struct{}{}},
	}
}

func presence(kind string) []json.RawMessage {
	return []json.RawMessage{encode(map[string]any{"eventType": "Presence", "presence": map[string]string{"type": kind}})}
}

// wireAttachment is an attachment with everything that decoders insist on.
type wireAttachment struct {
	ID        string `json:"id"`
	MediaType string `json:"mediaType"`
	URL       string `json:"url"`
	MIME      string `json:"mime"`
	Filename  string `json:"filename"`
	FileSize  int64  `json:"fileSize,omitempty"`
}

func fileContent(files []File) []json.RawMessage {
	var out []json.RawMessage
	for _, f := range files {
		out = append(out, encode(struct {
			ContentType string         `json:"contentType"`
			Attachment  wireAttachment `json:"attachment"`
		}{"Attachment", wireAttachment{string(f.ID), mediaType(f.MIME), f.URL, f.MIME, f.Name, f.Size}}))
	}
	return out
}

func mediaType(mime string) string {
	kind, _, _ := strings.Cut(mime, "/")
	switch kind {
	case "image":
		return "Image"
	case "video":
		return "Video"
	case "audio":
		return "Audio"
	}
	return "File"
}

// eventID names an event that is no message, the same for the same event.
func eventID(kind, guest string, at time.Time) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + guest + "\x00" + FormatTime(at)))
	return hex.EncodeToString(sum[:16])
}

// uuidOf writes a 32-digit ID as a UUID; another ID is left as it is.
func uuidOf(s string) string {
	if len(s) != 32 {
		return s
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
