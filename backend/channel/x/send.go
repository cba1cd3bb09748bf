package x

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

// part is one of X's messages: a text, a file, or both.
type part struct {
	text string
	file *message.Attachment
}

// split gives each file a message, the first one with the text.
func split(b message.Body) []part {
	parts := []part{{text: b.Text}}
	for i := range b.Attachments {
		if i > 0 {
			parts = append(parts, part{})
		}
		parts[i].file = &b.Attachments[i]
	}
	return parts
}

// phase is what the next call of a part does.
type phase int

const (
	initialize phase = iota // of an upload
	appendPart
	finalize
	await
	create // the message itself
)

// chunk is how much of a file goes up in one call; X takes 5 MB at most.
const chunk = 4 * mb

// maxAwaits bounds how often X is asked whether it has made a film ready.
const maxAwaits = 40

// sending is a message on its way. Everything in it follows from the exchanges.
type sending struct {
	account channel.Account
	task    channel.SendMessage
	parts   []part
	ids     []string // of the parts that went out

	phase  phase
	media  string // X's ID of the part's file
	offset int64
	awaits int
	tries  int
	wait   time.Duration
	hold   channel.Hold
}

// send uploads each part's file, then sends the part. Only the last is not
// repeated when nobody knows what came of it.
func send(a channel.Account, t channel.SendMessage, done []channel.Exchange) channel.Step {
	if t.Body.Text == "" && len(t.Body.Attachments) == 0 {
		return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: "The message is empty."}}
	}
	s := sending{account: a, task: t, parts: split(t.Body)}
	s.begin()
	for _, e := range done {
		if r := s.take(e); r != nil {
			r.PlatformIDs = s.ids
			if len(s.ids) > 0 {
				r.Retry, r.RetryAfter, r.Reason = false, 0, "Only a part of the message went out. "+r.Reason
			}
			return channel.Step{Done: r}
		}
	}
	if len(s.ids) == len(s.parts) {
		return channel.Step{Done: &channel.Receipt{State: message.Sent, PlatformIDs: s.ids}}
	}
	return channel.Step{Call: s.call(), After: s.wait, Hold: s.hold}
}

// begin sets out on the next part.
func (s *sending) begin() {
	s.phase, s.media, s.offset, s.awaits = initialize, "", 0, 0
	if len(s.ids) < len(s.parts) && s.parts[len(s.ids)].file == nil {
		s.phase = create
	}
}

// take goes on after one exchange, or ends.
func (s *sending) take(e channel.Exchange) *channel.Receipt {
	kind := outcome.Of(e)
	if kind == outcome.Done {
		s.tries, s.wait, s.hold = 0, 0, channel.HoldTask
		return s.done(e.Body)
	}
	if kind == outcome.Refused {
		return refusal(e)
	}
	unclear := kind == outcome.Lost || kind == outcome.Fault && e.Status != http.StatusServiceUnavailable
	if unclear && s.phase == create {
		return &channel.Receipt{State: message.Unknown, Code: outcome.Code(e), Reason: "X did not answer: it is not known whether the message went out."}
	}
	s.tries++
	s.wait, s.hold = outcome.Wait(e, s.tries), channel.HoldTask
	r := &channel.Receipt{State: message.Failed, Code: outcome.Code(e), Reason: "X cannot be reached. Send the message again in a minute.", Retry: true, RetryAfter: time.Minute}
	if kind == outcome.Busy {
		s.wait, s.hold = pause(e, s.tries), channel.HoldAccount
		r.RetryAfter, r.Reason = s.wait, busy+" It takes them again in "+inWords(s.wait)+"."
	}
	if s.tries > outcome.MaxTries || s.wait > longestWait {
		return r
	}
	return nil
}

// done reads a successful answer.
func (s *sending) done(body []byte) *channel.Receipt {
	var b struct {
		Data struct {
			ID         string      `json:"id"`
			EventID    string      `json:"dm_event_id"`
			Processing *processing `json:"processing_info"`
		} `json:"data"`
		Event struct {
			ID string `json:"id"`
		} `json:"event"`
	}
	unread := json.Unmarshal(body, &b) != nil
	file := s.parts[len(s.ids)].file
	switch s.phase {
	case initialize:
		if unread || b.Data.ID == "" {
			return &channel.Receipt{State: message.Failed, Reason: "X did not take the file. Send the message again.", Retry: true, RetryAfter: time.Minute}
		}
		s.media, s.phase = b.Data.ID, appendPart
	case appendPart:
		if s.offset += chunk; s.offset >= file.Size {
			s.phase = finalize
		}
	case finalize, await:
		p := b.Data.Processing
		if s.phase, s.wait = create, 0; p == nil || p.State == "succeeded" {
			return nil
		}
		if s.awaits++; p.State == "failed" || s.awaits > maxAwaits {
			return &channel.Receipt{State: message.Failed, Reason: "X cannot use the file. Send it in another format, or smaller."}
		}
		s.phase, s.wait = await, time.Duration(min(max(p.After, 1), 60))*time.Second
	case create:
		id := first(b.Data.EventID, b.Event.ID)
		if id == "" {
			return &channel.Receipt{State: message.Unknown, Reason: "X's answer could not be read: it is not known whether the message went out."}
		}
		s.ids = append(s.ids, id)
		s.begin()
	}
	return nil
}

// processing is how far X is with a file.
type processing struct {
	State string `json:"state"` // pending, in_progress, succeeded, failed
	After int    `json:"check_after_secs"`
}

// call is the next call.
//
// https://docs.x.com/x-api/media/quickstart/media-upload-chunked
// https://docs.x.com/x-api/direct-messages/manage/integrate
func (s *sending) call() *channel.Call {
	p := s.parts[len(s.ids)]
	upload := base(s.account) + "/2/media/upload"
	switch s.phase {
	case initialize:
		return s.post(upload+"/initialize", map[string]any{"media_type": p.file.MIME, "total_bytes": p.file.Size, "media_category": category(p.file.MIME)})
	case appendPart:
		return &channel.Call{Method: http.MethodPost, URL: upload + "/" + url.PathEscape(s.media) + "/append", Auth: auth(s.account), Upload: &channel.Upload{
			Fields: []channel.Field{{Name: "segment_index", Value: strconv.FormatInt(s.offset/chunk, 10)}},
			Name:   "media", Attachment: p.file.ID, Offset: s.offset, Length: min(chunk, p.file.Size-s.offset),
		}}
	case finalize:
		return s.post(upload+"/"+url.PathEscape(s.media)+"/finalize", nil)
	case await:
		return &channel.Call{Method: http.MethodGet, URL: upload + "?" + url.Values{"command": {"STATUS"}, "media_id": {s.media}}.Encode(), Auth: auth(s.account)}
	case create:
	}
	if legacy(s.account) {
		return s.post(base(s.account)+"/1.1/direct_messages/events/new.json", s.create11(p))
	}
	body := map[string]any{}
	if p.text != "" {
		body["text"] = p.text
	}
	if s.media != "" {
		body["attachments"] = []map[string]string{{"media_id": s.media}}
	}
	return s.post(base(s.account)+"/2/dm_conversations/with/"+url.PathEscape(s.task.To)+"/messages", body)
}

// create11 is a message in version 1.1, with quick replies below its first part.
func (s *sending) create11(p part) map[string]any {
	data := map[string]any{"text": p.text}
	if s.media != "" {
		data["attachment"] = map[string]any{"type": "media", "media": map[string]string{"id": s.media}}
	}
	if buttons := s.task.Body.Buttons; len(buttons) > 0 && len(s.ids) == 0 {
		options := make([]map[string]string, len(buttons))
		for i, b := range buttons {
			options[i] = map[string]string{"label": b.Text, "metadata": first(b.Payload, b.Text)}
		}
		data["quick_reply"] = map[string]any{"type": "options", "options": options}
	}
	return map[string]any{"event": map[string]any{"type": "message_create", "message_create": map[string]any{
		"target": map[string]string{"recipient_id": s.task.To}, "message_data": data,
	}}}
}

func (s *sending) post(address string, body any) *channel.Call {
	c := &channel.Call{Method: http.MethodPost, URL: address, Auth: auth(s.account), Header: http.Header{"Accept": {"application/json"}}}
	if body != nil {
		// Maps of strings and numbers always encode.
		c.Body, _ = json.Marshal(body)
		c.Header.Set("Content-Type", "application/json")
	}
	return c
}

// category tells X what a file of a Direct Message is.
func category(mime string) string {
	switch {
	case mime == "image/gif":
		return "dm_gif"
	case strings.HasPrefix(mime, "video/"):
		return "dm_video"
	}
	return "dm_image"
}

// inWords says a wait as people do.
func inWords(d time.Duration) string {
	switch {
	case d <= time.Minute:
		return "a minute"
	case d <= 2*time.Hour:
		return strconv.Itoa(int((d+time.Minute-1)/time.Minute)) + " minutes"
	}
	return strconv.Itoa(int((d+time.Hour-1)/time.Hour)) + " hours"
}
