package web

import (
	"encoding/json"
)

// wireMessage is the message of an onMessage:
//
//	{"type":"Text","text":"Where is my parcel?","metadata":{"id":"c-1"}}
//	{"type":"Event","events":[{"eventType":"Presence","presence":{"type":"Join"}}]}
type wireMessage struct {
	Type     string            `json:"type"`
	Text     string            `json:"text"`
	Content  []json.RawMessage `json:"content"`
	Events   []wireEvent       `json:"events"`
	Metadata map[string]string `json:"metadata"`
	Channel  *wireChannel      `json:"channel"`
}

type wireEvent struct {
	EventType string `json:"eventType"`
	Typing    *struct {
		Type string `json:"type"`
	} `json:"typing"`
	Presence *struct {
		Type string `json:"type"`
	} `json:"presence"`
}

type wireContent struct {
	ContentType string `json:"contentType"`
	Attachment  *struct {
		ID string `json:"id"`
	} `json:"attachment"`
}

func malformed(code int, message string) error { return &FrameError{Code: code, Message: message} }

func parseMessage(raw json.RawMessage, beside *wireChannel) (Message, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return Message{}, malformed(CodeMissingParameter, "message is missing")
	}
	var w wireMessage
	if err := json.Unmarshal(raw, &w); err != nil {
		return Message{}, malformed(CodeBadRequest, "message: "+describe(err))
	}
	m := Message{Kind: Text, Text: w.Text, Metadata: w.Metadata}
	m.addAttributes(beside)
	m.addAttributes(w.Channel)
	switch w.Type {
	case "Event":
		return parseEvent(m, w.Events)
	case "Structured":
		m.Structured = true
	case "Text", "":
	default:
		return Message{}, malformed(CodeBadRequest, "message.type must be Text, Structured or Event")
	}
	for _, c := range w.Content {
		if err := m.addContent(c); err != nil {
			return Message{}, err
		}
	}
	if m.Text == "" && len(m.Attachments) == 0 && len(m.Content) == 0 {
		return Message{}, malformed(CodeBadRequest, "the message is empty")
	}
	return m, nil
}

// addAttributes merges custom attributes; those inside the message win.
func (m *Message) addAttributes(c *wireChannel) {
	if c == nil {
		return
	}
	for k, v := range c.Metadata.CustomAttributes {
		if m.Attributes == nil {
			m.Attributes = map[string]string{}
		}
		if old, ok := m.Attributes[k]; ok {
			m.AttributeBytes -= len(k) + len(old)
		}
		m.Attributes[k] = v
		m.AttributeBytes += len(k) + len(v)
	}
}

func (m *Message) addContent(raw json.RawMessage) error {
	var c wireContent
	if err := json.Unmarshal(raw, &c); err != nil {
		return malformed(CodeBadRequest, "message.content: "+describe(err))
	}
	if c.ContentType == "" {
		return malformed(CodeBadRequest, "message.content: contentType is missing")
	}
	if c.ContentType != "Attachment" {
		m.Content = append(m.Content, raw)
		return nil
	}
	if c.Attachment == nil || c.Attachment.ID == "" {
		return malformed(CodeMissingParameter, "message.content: attachment.id is missing")
	}
	m.Attachments = append(m.Attachments, c.Attachment.ID)
	return nil
}

// parseEvent reads an Event message. Its first event counts: no client sends
// more than one.
func parseEvent(m Message, events []wireEvent) (Message, error) {
	m.Text = ""
	if len(events) == 0 {
		return Message{}, malformed(CodeMissingParameter, "message.events is missing")
	}
	e := events[0]
	switch {
	case e.EventType == "":
		return Message{}, malformed(CodeMissingParameter, "message.events: eventType is missing")
	case e.EventType == "Typing":
		m.Kind = Typing
	case e.EventType == "Presence" && e.Presence == nil:
		return Message{}, malformed(CodeMissingParameter, "message.events: presence is missing")
	case e.EventType == "Presence" && e.Presence.Type == "Join":
		m.Kind = Join
	case e.EventType == "Presence" && e.Presence.Type == "Clear":
		m.Kind = Clear
	case e.EventType == "Presence":
		m.Kind, m.EventType = Other, "Presence"
	default:
		m.Kind, m.EventType = Other, "event"
	}
	return m, nil
}
