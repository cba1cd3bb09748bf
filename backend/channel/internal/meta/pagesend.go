package meta

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// sendRequest is a call of the Send API.
//
//	{"recipient":{"id":"7001"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT",
//	 "message":{"text":"We found your parcel.","metadata":"parley:b7c1"}}
//
// https://developers.facebook.com/docs/messenger-platform/reference/send-api
type sendRequest struct {
	Recipient party       `json:"recipient"`
	Type      string      `json:"messaging_type,omitempty"`
	Tag       string      `json:"tag,omitempty"`
	Message   *outMessage `json:"message,omitempty"`
	ReplyTo   *outReply   `json:"reply_to,omitempty"`
	Action    string      `json:"sender_action,omitempty"`
}

type outReply struct {
	MID string `json:"mid"`
}

type outMessage struct {
	Text        string          `json:"text,omitempty"`
	Attachment  *outAttachment  `json:"attachment,omitempty"`
	Attachments []outAttachment `json:"attachments,omitempty"`
	Buttons     []outButton     `json:"quick_replies,omitempty"`
	Metadata    string          `json:"metadata,omitempty"`
}

type outAttachment struct {
	Type    string     `json:"type"`
	Payload outPayload `json:"payload"`
}

type outPayload struct {
	URL string `json:"url"`
}

type outButton struct {
	ContentType string `json:"content_type"`
	Title       string `json:"title"`
	Payload     string `json:"payload"`
}

// part is one of the platform's messages: a text, or files.
type part struct {
	text  string
	kind  string
	files []string // addresses
}

// send delivers a message: files first, each in a message of its own, then the
// text with the buttons, which vanish when another message follows.
func (p Page) send(a channel.Account, profile channel.Profile, t channel.SendMessage, done []channel.Exchange, now time.Time) channel.Step {
	draft := channel.Draft{Automatic: t.Automatic}
	if len(done) == 0 {
		if r, ok := profile.Policy.Permit(t.Facts, draft, now).(*channel.Refusal); ok {
			return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: r.Reason, Rule: r.Rule}}
		}
	}
	parts, problem := p.parts(profile.Capabilities, t)
	if problem != "" {
		return Failed(problem)
	}
	// Inside the window a message is an answer. Beyond it, it goes as what a person
	// wrote; also if the platform sees the window closed where our clock does not.
	standard := profile.Policy
	standard.ExtendedWindowMs = 0
	inside := !now.After(standard.Closes(t.Facts, draft))
	tagged := p.calls(a, t, parts, "MESSAGE_TAG", "HUMAN_AGENT")
	out := Parts{Calls: tagged}
	if inside {
		out.Calls = p.calls(a, t, parts, "RESPONSE", "")
		if profile.Policy.ExtendedWindowMs > 0 && !t.Automatic {
			out.Otherwise = tagged
		}
	}
	return p.Errors.Send(out, done, messageID)
}

func messageID(answer []byte) string {
	var body struct {
		MessageID string `json:"message_id"`
	}
	if json.Unmarshal(answer, &body) != nil {
		return ""
	}
	return body.MessageID
}

// parts splits a message. problem says in words why it cannot be sent.
func (p Page) parts(c channel.Capabilities, t channel.SendMessage) (out []part, problem string) {
	for _, file := range t.Body.Attachments {
		address := t.FileURL[file.ID]
		limit, ok := c.Limit(file.MIME)
		if !ok || address == "" {
			return nil, "a file of the message cannot be sent on " + c.Label
		}
		kind := string(limit.Kind)
		if n := len(out); n > 0 && kind == "image" && out[n-1].kind == kind && len(out[n-1].files) < p.Images {
			out[n-1].files = append(out[n-1].files, address)
			continue
		}
		out = append(out, part{kind: kind, files: []string{address}})
	}
	if strings.TrimSpace(t.Body.Text) != "" {
		out = append(out, part{text: t.Body.Text})
	}
	if len(out) == 0 {
		return nil, "the message is empty"
	}
	return out, ""
}

func (p Page) calls(a channel.Account, t channel.SendMessage, parts []part, kind, tag string) []channel.Call {
	address := p.address(a, p.node(a), "messages")
	var out []channel.Call
	for i, part := range parts {
		m := &outMessage{Text: part.text}
		for _, file := range part.files {
			m.Attachments = append(m.Attachments, outAttachment{part.kind, outPayload{file}})
		}
		if len(m.Attachments) == 1 {
			m.Attachment, m.Attachments = &m.Attachments[0], nil
		}
		if p.Metadata {
			m.Metadata = Tag(t.Message)
		}
		body := sendRequest{Recipient: party{t.To}, Type: kind, Tag: tag, Message: m}
		if i == 0 && t.ReplyTo != "" {
			body.ReplyTo = &outReply{t.ReplyTo}
		}
		if i == len(parts)-1 {
			for _, b := range t.Body.Buttons {
				m.Buttons = append(m.Buttons, outButton{"text", b.Text, payloadOf(b)})
			}
		}
		out = append(out, Post(address, body))
	}
	return out
}

// payloadOf is what a button answers with: a payload is required.
func payloadOf(b message.Button) string {
	if b.Payload != "" {
		return b.Payload
	}
	return b.Text
}

// settle is how long a platform may take to show a message that it took. A
// message that is missing before that may still come.
const settle = time.Minute

// skew is how far the platform's clock may be behind ours.
const skew = 2 * time.Minute

// listed is a message in the Conversations API.
//
//	{"data":[{"id":"m_Out2","created_time":"2026-11-22T09:00:05+0000","from":{"id":"900100200300"},
//	  "message":"We found your parcel."}]}
//
// https://developers.facebook.com/documentation/business-messaging/messenger-platform/conversations
type listed struct {
	ID      string `json:"id"`
	Created string `json:"created_time"`
	From    party  `json:"from"`
	Message string `json:"message"`
}

// reconcile looks for a message among the newest of the contact's thread: first
// the thread, then what is in it.
func (p Page) reconcile(a channel.Account, profile channel.Profile, t channel.Reconcile, done []channel.Exchange, now time.Time) channel.Step {
	unknown := channel.Step{Done: &channel.Receipt{
		PlatformIDs: t.Made, State: message.Unknown, Reason: "it is not known whether the message arrived", Retry: true, RetryAfter: settle,
	}}
	parts, problem := p.parts(profile.Capabilities, t.Sent)
	if problem != "" || len(t.Made) >= len(parts) {
		return unknown
	}
	answer, left, step := p.Errors.Ask(Get(p.address(a, p.node(a), "conversations"), map[string][]string{
		"platform": {p.Platform}, "user_id": {t.Sent.To},
	}), done)
	if answer == nil {
		return p.stillUnknown(step, unknown)
	}
	var threads struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(answer.Body, &threads) != nil || len(threads.Data) == 0 || threads.Data[0].ID == "" {
		return unknown
	}
	answer, _, step = p.Errors.Ask(Get(p.address(a, threads.Data[0].ID, "messages"), map[string][]string{
		"fields": {"id,created_time,from,message"}, "limit": {"20"},
	}), left)
	if answer == nil {
		return p.stillUnknown(step, unknown)
	}
	var list struct {
		Data []listed `json:"data"`
	}
	if json.Unmarshal(answer.Body, &list) != nil || len(list.Data) == 0 {
		return unknown
	}
	return conclude(t, parts, list.Data, answer.At, unknown)
}

// stillUnknown keeps a question that failed from settling anything.
func (p Page) stillUnknown(step, unknown channel.Step) channel.Step {
	if step.Done != nil {
		return unknown
	}
	return step
}

// conclude says what a list of the newest messages tells of one. The part that
// timed out is the one after those whose IDs are known.
func conclude(t channel.Reconcile, parts []part, list []listed, at time.Time, unknown channel.Step) channel.Step {
	wanted := parts[len(t.Made)]
	var oldest time.Time
	for _, m := range list {
		created, err := time.Parse("2006-01-02T15:04:05-0700", m.Created)
		if err != nil {
			return unknown
		}
		if oldest.IsZero() || created.Before(oldest) {
			oldest = created
		}
		if m.From.ID == t.Sent.To || created.Before(t.Sent.At.Add(-skew)) || slices.Contains(t.Known, m.ID) || slices.Contains(t.Made, m.ID) {
			continue
		}
		if strings.TrimSpace(m.Message) != strings.TrimSpace(wanted.text) {
			continue
		}
		ids := append(slices.Clone(t.Made), m.ID)
		if len(ids) < len(parts) {
			reason := fmt.Sprintf("only the first %d of %d parts of the message arrived", len(ids), len(parts))
			return channel.Step{Done: &channel.Receipt{PlatformIDs: ids, State: message.Failed, Reason: reason}}
		}
		return channel.Step{Done: &channel.Receipt{PlatformIDs: ids, State: message.Sent}}
	}
	// Its absence proves something only if the list goes back far enough and the
	// platform has had the time.
	whole := len(list) < 20 || oldest.Before(t.Sent.At.Add(-skew))
	if !whole || at.Before(t.Sent.At.Add(settle)) {
		return unknown
	}
	return channel.Step{Done: &channel.Receipt{
		PlatformIDs: t.Made, State: message.Failed, Reason: "the message did not arrive", Retry: len(t.Made) == 0,
	}}
}
