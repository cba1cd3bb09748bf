package open

import (
	"bytes"
	"encoding/json"
	"time"
)

// inbound is the body of every inbound call: each uses some of the fields, and
// unknown ones are read over.
type inbound struct {
	integration string // from the path, or channel.to of the older call
	call        call
	body        []byte

	ID        string            `json:"id"`
	Channel   route             `json:"channel"`
	Type      string            `json:"type"`
	Text      string            `json:"text"`
	Direction string            `json:"direction"`
	Content   []json.RawMessage `json:"content"`
	Metadata  map[string]string `json:"metadata"`
	// of events
	Events []happening `json:"events"`
	// of receipts
	Status  string   `json:"status"`
	Reasons []reason `json:"reasons"`
	Final   *bool    `json:"isFinalReceipt"`
	// of structured responses
	Answers string    `json:"originatingMessageId"`
	Button  *response `json:"buttonResponse"`
}

// route says whence and whither.
type route struct {
	ID        string `json:"id"`
	MessageID string `json:"messageId"`
	Time      string `json:"time"`
	From      *party `json:"from"`
	To        *party `json:"to"`
	Metadata  struct {
		Attributes map[string]string `json:"customAttributes"`
	} `json:"metadata"`
}

// party is a customer or, with its ID alone, the integration.
type party struct {
	ID        string `json:"id"`
	IDType    string `json:"idType,omitempty"`
	Nickname  string `json:"nickname,omitempty"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
	Image     string `json:"image,omitempty"`
	Email     string `json:"email,omitempty"`
}

// element is one entry of content.
type element struct {
	ContentType string      `json:"contentType"`
	Attachment  *attachment `json:"attachment,omitempty"`
	QuickReply  *quickReply `json:"quickReply,omitempty"`
}

type attachment struct {
	ID        string `json:"id,omitempty"`
	MediaType string `json:"mediaType"`
	URL       string `json:"url"`
	MIME      string `json:"mime"`
	Filename  string `json:"filename,omitempty"`
	Text      string `json:"text,omitempty"`
	SHA256    string `json:"sha256,omitempty"`
	Size      int64  `json:"contentSizeBytes,omitempty"`
}

type quickReply struct {
	Text    string `json:"text"`
	Payload string `json:"payload"`
	Action  string `json:"action"`
}

type happening struct {
	EventType string `json:"eventType"`
	Typing    typing `json:"typing"`
}

type typing struct {
	Type     string `json:"type"`
	Duration int    `json:"duration"` // milliseconds
}

type reason struct {
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
}

type response struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Payload string `json:"payload"`
}

// normal is a message as the platform writes it: in answers and in webhooks.
type normal struct {
	ID        string            `json:"id"`
	Channel   normalRoute       `json:"channel"`
	Type      string            `json:"type"`
	Text      string            `json:"text,omitempty"`
	Content   any               `json:"content,omitempty"`
	Events    []happening       `json:"events,omitempty"`
	Status    string            `json:"status,omitempty"`
	Reasons   []reason          `json:"reasons,omitempty"`
	Final     *bool             `json:"isFinalReceipt,omitempty"`
	Origin    string            `json:"originatingEntity,omitempty"`
	Direction string            `json:"direction,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

type normalRoute struct {
	ID        string `json:"id"`
	Platform  string `json:"platform"`
	Type      string `json:"type"`
	To        *party `json:"to,omitempty"`
	From      *party `json:"from,omitempty"`
	Time      string `json:"time"`
	MessageID string `json:"messageId,omitempty"`
}

// clock is how the platform writes a time.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// compact writes JSON as JSON.stringify does: receivers of a signed webhook hash
// either its bytes, or what they parsed and wrote again.
func compact(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	// Only values that always encode come here.
	_ = e.Encode(v)
	data := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	// Go escapes two signs more than JavaScript. A backslash and what follows it go
	// together, so that an escaped backslash before "u2028" stays what it is.
	var plain []byte
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			plain = append(plain, data[i])
			continue
		}
		switch rest := data[i:]; {
		case bytes.HasPrefix(rest, []byte(`\u2028`)):
			plain, i = append(plain, "\u2028"...), i+5
		case bytes.HasPrefix(rest, []byte(`\u2029`)):
			plain, i = append(plain, "\u2029"...), i+5
		default:
			plain, i = append(plain, rest[:2]...), i+1
		}
	}
	return plain
}
