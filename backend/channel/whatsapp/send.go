package whatsapp

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// request is a call that sends a message.
//
//	{"messaging_product":"whatsapp","recipient_type":"individual","to":"35699000000",
//	 "type":"text","text":{"body":"Ready."},"context":{"message_id":"wamid.IN1"},
//	 "biz_opaque_callback_data":"parley:b7c1"}
//
// https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages/
type request struct {
	Product       string          `json:"messaging_product"`
	RecipientType string          `json:"recipient_type"`
	To            string          `json:"to,omitempty"`
	Recipient     string          `json:"recipient,omitempty"` // a business-scoped user ID
	Type          string          `json:"type"`
	Text          *outText        `json:"text,omitempty"`
	Image         *outFile        `json:"image,omitempty"`
	Video         *outFile        `json:"video,omitempty"`
	Audio         *outFile        `json:"audio,omitempty"`
	Document      *outFile        `json:"document,omitempty"`
	Interactive   *outInteractive `json:"interactive,omitempty"`
	Template      *outTemplate    `json:"template,omitempty"`
	Context       *outContext     `json:"context,omitempty"`
	Callback      string          `json:"biz_opaque_callback_data,omitempty"`
}

type outText struct {
	Body string `json:"body"`
}

type outFile struct {
	Link     string `json:"link"`
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
}

type outContext struct {
	MessageID string `json:"message_id"`
}

type outInteractive struct {
	Type   string    `json:"type"`
	Body   outBody   `json:"body"`
	Action outAction `json:"action"`
}

type outBody struct {
	Text string `json:"text"`
}

type outAction struct {
	Buttons  []outButton  `json:"buttons,omitempty"`
	Button   string       `json:"button,omitempty"`
	Sections []outSection `json:"sections,omitempty"`
}

type outButton struct {
	Type  string   `json:"type"`
	Reply outReply `json:"reply"`
}

type outReply struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type outSection struct {
	Rows []outReply `json:"rows"`
}

// scoped are business-scoped user IDs: country, perhaps ENT, alphanumerics. All
// other contacts are WhatsApp IDs, which are digits.
var scoped = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$`)

// send delivers a message: files first, then the text, which becomes the caption
// of a single file where that takes one.
func send(a channel.Account, p channel.Profile, t channel.SendMessage, done []channel.Exchange, now time.Time) channel.Step {
	if len(done) == 0 {
		draft := channel.Draft{Automatic: t.Automatic, Template: t.Body.Template != nil}
		if r, ok := p.Policy.Permit(t.Facts, draft, now).(*channel.Refusal); ok {
			return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: r.Reason, Rule: r.Rule}}
		}
	}
	parts, problem := split(a, p.Capabilities, t)
	if problem != "" {
		return meta.Failed(problem)
	}
	var calls []channel.Call
	for i, r := range parts {
		r.Product, r.RecipientType, r.Callback = "whatsapp", "individual", meta.Tag(t.Message)
		if scoped.MatchString(t.To) {
			r.Recipient = t.To
		} else {
			r.To = t.To
		}
		if i == 0 && t.ReplyTo != "" {
			r.Context = &outContext{t.ReplyTo}
		}
		calls = append(calls, meta.Post(address(a, a.ID, "messages"), r))
	}
	return table.Send(meta.Parts{Calls: calls}, done, messageID)
}

// messageID reads what says that a message was accepted; its delivery is told by
// statuses.
//
//	{"messaging_product":"whatsapp","messages":[{"id":"wamid.OUT1"}]}
func messageID(answer []byte) string {
	var body struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if json.Unmarshal(answer, &body) != nil || len(body.Messages) == 0 {
		return ""
	}
	return body.Messages[0].ID
}

// split makes the platform's messages of one. problem says in words why it
// cannot be sent.
func split(a channel.Account, c channel.Capabilities, t channel.SendMessage) (out []request, problem string) {
	if t.Body.Template != nil {
		r, problem := fromTemplate(t)
		return []request{r}, problem
	}
	for _, f := range t.Body.Attachments {
		r, ok := fromFile(c, f, t)
		if !ok {
			return nil, "a file of the message cannot be sent on WhatsApp"
		}
		out = append(out, r)
	}
	text := t.Body.Text
	switch {
	case len(t.Body.Buttons) > 0:
		r, problem := withButtons(a, t.Body)
		return append(out, r), problem
	case text == "" && len(out) == 0:
		return nil, "the message is empty"
	case text == "":
	case len(out) == 1 && out[0].caption(text):
	default:
		out = append(out, request{Type: "text", Text: &outText{text}})
	}
	return out, ""
}

func fromFile(c channel.Capabilities, f message.Attachment, t channel.SendMessage) (request, bool) {
	limit, ok := c.Limit(f.MIME)
	file := &outFile{Link: t.FileURL[f.ID]}
	if !ok || file.Link == "" {
		return request{}, false
	}
	switch limit.Kind {
	case channel.Image:
		return request{Type: "image", Image: file}, true
	case channel.Video:
		return request{Type: "video", Video: file}, true
	case channel.Audio:
		return request{Type: "audio", Audio: file}, true
	case channel.File, channel.Sticker:
	}
	file.Filename = f.Name
	return request{Type: "document", Document: file}, true
}

// caption puts a text under a file; false if that takes none, or not so long a
// one.
func (r *request) caption(text string) bool {
	if utf8.RuneCountInString(text) > maxCaption {
		return false
	}
	for _, f := range []*outFile{r.Image, r.Video, r.Document} {
		if f != nil {
			f.Caption = text
			return true
		}
	}
	return false
}

// withButtons offers up to three choices as buttons, up to ten as a list.
func withButtons(a channel.Account, b message.Body) (request, string) {
	length := utf8.RuneCountInString(b.Text)
	if length == 0 {
		return request{}, "quick replies need a text"
	}
	if len(b.Buttons) > maxRows {
		return request{}, fmt.Sprintf("at most %d quick replies can be sent on WhatsApp", maxRows)
	}
	var choices []outReply
	for _, button := range b.Buttons {
		r := outReply{ID: button.Payload, Title: button.Text}
		if r.ID == "" {
			r.ID = button.Text
		}
		if utf8.RuneCountInString(r.Title) > maxButtonChars || r.Title == "" || utf8.RuneCountInString(r.ID) > maxPayload {
			return request{}, fmt.Sprintf("a quick reply has 1 to %d characters on WhatsApp", maxButtonChars)
		}
		choices = append(choices, r)
	}
	i := &outInteractive{Type: "button", Body: outBody{b.Text}}
	if len(choices) <= maxButtons && length <= maxButtonBody {
		for _, c := range choices {
			i.Action.Buttons = append(i.Action.Buttons, outButton{"reply", c})
		}
		return request{Type: "interactive", Interactive: i}, ""
	}
	i.Type, i.Action.Button = "list", a.Settings[SettingListButton]
	if i.Action.Button == "" {
		i.Action.Button = "Options"
	}
	i.Action.Sections = []outSection{{Rows: choices}}
	return request{Type: "interactive", Interactive: i}, ""
}
