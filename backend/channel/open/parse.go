package open

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// call is one of the inbound calls.
type call string

// The inbound calls, by the end of their path.
const (
	callMessage  call = "message"
	callEvent    call = "event"
	callReceipt  call = "receipt"
	callResponse call = "structured/response"
	// callOlder is one call for messages and receipts, whose body names the
	// integration.
	callOlder call = "inbound/open"
)

const pathMessages = "/api/v2/conversations/messages/"

// read finds out which call it is, of which integration, and reads its body.
//
//	POST /api/v2/conversations/messages/34a1…/inbound/open/message
//	{"channel": {"messageId": "wa-8812", "time": "2026-11-22T09:00:00.123Z",
//	             "from": {"id": "cust-77", "idType": "Opaque", "nickname": "Bo"}}, "text": "Is it in stock?"}
//
// Receipts of the older call may name the integration in several places: ours
// tells which name is one.
func read(r channel.Request, ours func(integration string) bool) (*inbound, *problem) {
	in := &inbound{body: r.Body}
	_, path, found := strings.Cut(r.Path, pathMessages)
	if path == string(callOlder) {
		in.call = callOlder
	} else {
		var name string
		in.integration, name, _ = strings.Cut(path, "/inbound/open/")
		in.call = call(name)
	}
	switch in.call {
	case callMessage, callEvent, callReceipt, callResponse, callOlder:
	default:
		found = false
	}
	if !found {
		return nil, &problem{404, "not.found", "there is no such call", channel.ErrMalformed}
	}
	if err := json.Unmarshal(r.Body, in); err != nil {
		return nil, wrong("bad.request", "the body is not the JSON that this call takes: %s", shape(err))
	}
	if in.call == callOlder {
		if p := in.older(ours); p != nil {
			return nil, p
		}
	}
	if in.integration == "" || strings.Contains(in.integration, "/") {
		return nil, wrong("bad.request", "the integration's ID is missing")
	}
	return in, nil
}

// shape says what is wrong with a document without repeating what it holds.
func shape(err error) string {
	if t, is := err.(*json.UnmarshalTypeError); is {
		kind, _, _ := strings.Cut(t.Value, " ")
		return kind + " where something else belongs"
	}
	return "it cannot be parsed"
}

// older turns the older call into one of the others.
func (in *inbound) older(ours func(string) bool) *problem {
	switch {
	case strings.EqualFold(in.Type, "Receipt"):
		in.call = callReceipt
		for _, p := range []*party{{ID: in.Channel.ID}, in.Channel.From, in.Channel.To} {
			if p != nil && (in.integration == "" || ours(p.ID)) {
				in.integration = p.ID
			}
		}
		if in.Channel.To != nil && in.Channel.To.ID == in.integration {
			in.Channel.To = in.Channel.From
		}
		return nil
	case !strings.EqualFold(in.Type, "Text"):
		return notOneOf("type", in.Type, "Text", "Receipt")
	case strings.EqualFold(in.Direction, "Outbound"):
		return notOneOf("direction", in.Direction, "Inbound")
	}
	in.call = callMessage
	if in.Channel.To != nil {
		in.integration = in.Channel.To.ID
	}
	return nil
}

func notOneOf(field, value string, allowed ...string) *problem {
	if len(value) > 40 {
		value = value[:40] + "…"
	}
	return wrong("invalid.value", "Value [%s] is not valid for field [%s]. Allowable values are: %s", strings.ToValidUTF8(value, "?"), field, strings.Join(allowed, ", "))
}

// idTypes are the kinds of customers' IDs. One customer's ID is another's only
// together with its kind, so all kinds but the common one are part of Parley's
// name of the contact.
var idTypes = []string{"Email", "Phone", "Opaque"}

// kind gives an ID's kind as the platform writes it, from any case.
func (p *party) kind() (string, bool) {
	for _, known := range idTypes {
		if strings.EqualFold(p.IDType, known) {
			return known, true
		}
	}
	return "", false
}

// contact is Parley's name of a customer: the ID alone if it is opaque.
func (p *party) contact() string {
	kind, _ := p.kind()
	kind = strings.ToLower(kind) + ":"
	if kind == "opaque:" && !strings.HasPrefix(p.ID, "email:") && !strings.HasPrefix(p.ID, "phone:") && !strings.HasPrefix(p.ID, "opaque:") {
		return p.ID
	}
	return kind + p.ID
}

// customer undoes contact.
func customer(contact string) *party {
	for _, kind := range idTypes {
		if id, is := strings.CutPrefix(contact, strings.ToLower(kind)+":"); is {
			return &party{ID: id, IDType: kind}
		}
	}
	return &party{ID: contact, IDType: "Opaque"}
}

// check sees to what every call must have: a customer and a time.
func (in *inbound) check(who *party, field string) (time.Time, *problem) {
	if who == nil || who.ID == "" {
		return time.Time{}, wrong("bad.request", "channel.%s.id is missing", field)
	}
	if _, known := who.kind(); !known {
		return time.Time{}, notOneOf("channel."+field+".idType", who.IDType, idTypes...)
	}
	at, err := time.Parse(time.RFC3339, in.Channel.Time)
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}, wrong("invalid.date", "channel.time has to be a time like 2026-11-22T09:00:00.123Z")
	}
	return at.UTC(), nil
}

// mint is the platform's ID of a message: the same again for the same message of
// the same customer, so that a repeat is answered like the first.
func (in *inbound) mint() string {
	h := sha256.New()
	for _, s := range []string{in.integration, string(in.call), in.Channel.MessageID} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	if in.Channel.MessageID == "" {
		h.Write(in.body)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// batch is what a call says.
func (in *inbound) batch(a channel.Account) (channel.Batch, *problem) {
	switch in.call {
	case callMessage:
		return in.message()
	case callEvent:
		return in.events(a)
	case callReceipt:
		return in.receipt()
	case callResponse:
		return in.response()
	case callOlder:
	}
	return channel.Batch{}, wrong("bad.request", "there is no such call")
}

// received begins a batch with who wrote it and when.
func (in *inbound) received() (channel.Batch, channel.MessageReceived, *problem) {
	at, p := in.check(in.Channel.From, "from")
	if p != nil {
		return channel.Batch{}, channel.MessageReceived{}, p
	}
	size := 0
	for k, v := range in.Channel.Metadata.Attributes {
		size += len(k) + len(v)
	}
	if size > maxAttributes {
		return channel.Batch{}, channel.MessageReceived{}, wrong("invalid.value", "channel.metadata.customAttributes hold %d bytes, at most %d are allowed", size, maxAttributes)
	}
	e := channel.MessageReceived{
		Account: in.integration, From: in.Channel.From.contact(), PlatformID: in.Channel.MessageID, SentAt: at, Attributes: in.Channel.Metadata.Attributes,
	}
	if e.PlatformID == "" {
		e.PlatformID = in.mint()
	}
	var batch channel.Batch
	if person := in.Channel.From.person(); person.Label("") != "" || person.Picture != "" {
		batch.Events = append(batch.Events, channel.ContactDescribed{Account: e.Account, From: e.From, Person: person})
	}
	return batch, e, nil
}

// person is what a customer is called.
func (p *party) person() channel.Person {
	out := channel.Person{Name: p.Nickname, Picture: p.Image}
	if out.Name == "" {
		out.Name = strings.TrimSpace(p.FirstName + " " + p.LastName)
	}
	if out.Name == "" {
		out.Name = p.Email
	}
	switch kind, _ := p.kind(); {
	case kind == "Phone":
		out.Phone = p.ID
	case kind == "Email" && out.Name == "":
		out.Name = p.ID
	}
	return out
}

func (in *inbound) message() (channel.Batch, *problem) {
	batch, e, p := in.received()
	if p != nil {
		return channel.Batch{}, p
	}
	e.Body.Text = in.Text
	if len(in.Metadata) > 0 {
		e.Body.Raw = string(compact(map[string]any{"metadata": in.Metadata}))
	}
	if in.Text == "" && len(in.Content) == 0 {
		return channel.Batch{}, wrong("bad.request", "text or content is needed")
	}
	for _, raw := range in.Content {
		var one element
		if err := json.Unmarshal(raw, &one); err != nil {
			return channel.Batch{}, wrong("bad.request", "an element of content is not what this call takes: %s", shape(err))
		}
		if one.Attachment == nil {
			batch.Skipped = append(batch.Skipped, channel.Skipped{Kind: "content " + word(one.ContentType), Reason: "only attachments are taken"})
			continue
		}
		if p := one.Attachment.add(&e); p != nil {
			return channel.Batch{}, p
		}
	}
	if e.Body.Text == "" && len(e.Media) == 0 && len(e.Body.Links) == 0 {
		// Somebody wrote something: agents see that it could not be shown.
		e.Body.Unsupported = strings.TrimPrefix(batch.Skipped[0].Kind, "content ")
	}
	batch.Events = append(batch.Events, e)
	return batch, nil
}

// add puts an attachment into a message: a file to fetch, or a link.
func (a *attachment) add(e *channel.MessageReceived) *problem {
	if u, err := url.Parse(a.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return wrong("invalid.value", "attachment.url has to be a whole http or https address")
	}
	m := channel.Media{ID: a.ID, URL: a.URL, Name: a.Filename, MIME: a.MIME, Size: max(a.Size, 0), SHA256: strings.ToLower(a.SHA256)}
	switch strings.ToLower(a.MediaType) {
	case "image":
		m.Kind = channel.Image
	case "video":
		m.Kind = channel.Video
	case "audio":
		m.Kind = channel.Audio
	case "file":
		m.Kind = channel.File
	case "link":
		title := a.Text
		if title == "" {
			title = a.Filename
		}
		e.Body.Links = append(e.Body.Links, message.Link{Title: title, URL: a.URL})
		return nil
	default:
		return notOneOf("attachment.mediaType", a.MediaType, "Image", "Video", "Audio", "File", "Link")
	}
	if a.MIME == "" {
		return wrong("bad.request", "attachment.mime is missing")
	}
	if e.Body.Text == "" {
		e.Body.Text = a.Text
	}
	e.Media = append(e.Media, m)
	return nil
}

func (in *inbound) response() (channel.Batch, *problem) {
	batch, e, p := in.received()
	if p != nil {
		return channel.Batch{}, p
	}
	b := in.Button
	if b == nil || b.Text == "" && b.Payload == "" {
		return channel.Batch{}, wrong("bad.request", "buttonResponse is missing")
	}
	switch strings.ToLower(b.Type) {
	case "button", "quickreply", "datepicker":
	default:
		return channel.Batch{}, notOneOf("buttonResponse.type", b.Type, "Button", "QuickReply", "DatePicker")
	}
	if e.Body = (message.Body{Text: b.Text, Payload: b.Payload}); b.Text == "" {
		e.Body.Text = b.Payload
	}
	e.ReplyTo = in.Answers
	batch.Events = append(batch.Events, e)
	return batch, nil
}

// events are typing, and nothing else.
func (in *inbound) events(a channel.Account) (channel.Batch, *problem) {
	if _, p := in.check(in.Channel.From, "from"); p != nil {
		return channel.Batch{}, p
	}
	if len(in.Events) == 0 {
		return channel.Batch{}, wrong("bad.request", "events is missing")
	}
	var batch channel.Batch
	for _, h := range in.Events {
		switch {
		case !strings.EqualFold(h.EventType, "Typing"):
			return channel.Batch{}, notOneOf("eventType", h.EventType, "Typing")
		case !enabled(a, SettingTypingIn):
			batch.Skipped = append(batch.Skipped, channel.Skipped{Kind: "typing", Reason: "inbound typing indicators are switched off"})
		case strings.EqualFold(h.Typing.Type, "Off"):
			batch.Skipped = append(batch.Skipped, channel.Skipped{Kind: "typing_off", Reason: "typing ends by itself"})
		default:
			batch.Events = append(batch.Events, channel.TypingReceived{Account: in.integration, From: in.Channel.From.contact()})
		}
	}
	return batch, nil
}

// word makes a name of foreign bytes fit for counting and logs.
func word(s string) string {
	if s == "" || len(s) > 40 {
		return "unknown"
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return "unknown"
		}
	}
	return s
}
