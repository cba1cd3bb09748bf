package meta

import (
	"encoding/json"
	"fmt"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// The webhook of Messenger and Instagram. An entry has messaging, with one
// element, or standby while another app owns the thread.
//
//	{"object":"page","entry":[{"id":"900100200300","time":1793000000123,"messaging":[
//	  {"sender":{"id":"7001"},"recipient":{"id":"900100200300"},"timestamp":1793000000001,
//	   "message":{"mid":"m_AbC1","text":"Is the shop open?"}}]}]}
//
// https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
type pageEnvelope struct {
	Object string      `json:"object"`
	Entry  []pageEntry `json:"entry"`
}

type pageEntry struct {
	ID        string            `json:"id"`
	Messaging []pageEvent       `json:"messaging"`
	Standby   []json.RawMessage `json:"standby"`
	Changes   []pageChange      `json:"changes"`
}

type pageChange struct {
	Field string `json:"field"`
}

type pageEvent struct {
	Sender    party           `json:"sender"`
	Recipient party           `json:"recipient"`
	Timestamp json.RawMessage `json:"timestamp"`
	Message   *pageMessage    `json:"message"`
	Postback  *pagePostback   `json:"postback"`
	Delivery  *pageDelivery   `json:"delivery"`
	Read      *pageRead       `json:"read"`
	Reaction  *pageReaction   `json:"reaction"`
	Edit      *pageEdit       `json:"message_edit"`
	Referral  *pageReferral   `json:"referral"`
}

type party struct {
	ID string `json:"id"`
}

type pageMessage struct {
	MID        string `json:"mid"`
	Text       string `json:"text"`
	QuickReply *struct {
		Payload string `json:"payload"`
	} `json:"quick_reply"`
	ReplyTo *struct {
		MID   string `json:"mid"`
		Story *struct {
			URL string `json:"url"`
		} `json:"story"`
	} `json:"reply_to"`
	Attachments []pageAttachment `json:"attachments"`
	Referral    *pageReferral    `json:"referral"`
	IsEcho      bool             `json:"is_echo"`
	IsDeleted   bool             `json:"is_deleted"`
	Unsupported bool             `json:"is_unsupported"`
	Metadata    string           `json:"metadata"`
}

type pageAttachment struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	URL     string `json:"url"`
	Payload struct {
		URL       string          `json:"url"`
		Title     string          `json:"title"`
		StickerID json.RawMessage `json:"sticker_id"`
	} `json:"payload"`
}

type pagePostback struct {
	MID      string        `json:"mid"`
	Title    string        `json:"title"`
	Payload  string        `json:"payload"`
	Referral *pageReferral `json:"referral"`
}

type pageDelivery struct {
	MIDs      []string        `json:"mids"`
	Watermark json.RawMessage `json:"watermark"`
}

// pageRead has a watermark on Messenger and a message on Instagram.
type pageRead struct {
	MID       string          `json:"mid"`
	Watermark json.RawMessage `json:"watermark"`
}

type pageReaction struct {
	MID      string `json:"mid"`
	Action   string `json:"action"`
	Reaction string `json:"reaction"`
	Emoji    string `json:"emoji"`
}

type pageEdit struct {
	MID  string `json:"mid"`
	Text string `json:"text"`
}

type pageReferral struct {
	Ref    string `json:"ref"`
	Source string `json:"source"`
	Type   string `json:"type"`
	AdID   string `json:"ad_id"`
}

// Parse reads a webhook. One element that is not as documented costs no other:
// then each is read alone, as far as it can be.
func (p Page) Parse(accounts channel.Accounts, r channel.Request) (channel.Batch, error) {
	if len(r.Body) > MaxBody {
		return channel.Batch{}, fmt.Errorf("%w: more than %d bytes", channel.ErrMalformed, MaxBody)
	}
	var whole pageEnvelope
	if json.Unmarshal(r.Body, &whole) == nil && whole.Object != "" {
		b := pageBatch{page: p, accounts: accounts}
		if b.envelope(whole); !b.unknown {
			return b.Batch, nil
		}
	}
	return p.parseEach(accounts, r.Body)
}

func (b *pageBatch) envelope(e pageEnvelope) {
	if b.foreign(e.Object) {
		return
	}
	for _, entry := range e.Entry {
		b.entry(entry)
		for _, event := range entry.Messaging {
			b.event(entry.ID, event, nil)
		}
	}
	b.notEmpty()
}

func (p Page) parseEach(accounts channel.Accounts, body []byte) (channel.Batch, error) {
	var raw struct {
		Object json.RawMessage `json:"object"`
		Entry  json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return channel.Batch{}, fmt.Errorf("%w: %s", channel.ErrMalformed, Describe(err))
	}
	b := pageBatch{page: p, accounts: accounts}
	var object string
	if json.Unmarshal(raw.Object, &object) != nil || object == "" {
		return channel.Batch{}, fmt.Errorf("%w: the object has no name", channel.ErrMalformed)
	}
	if b.foreign(object) {
		return b.Batch, nil
	}
	entries, ok := Each(raw.Entry)
	if !ok {
		return channel.Batch{}, fmt.Errorf("%w: entry is no list", channel.ErrMalformed)
	}
	for _, data := range entries {
		var entry pageEntry
		var lists struct {
			Messaging json.RawMessage `json:"messaging"`
		}
		err := json.Unmarshal(data, &lists)
		// What cannot be read of the entry is told below, of its elements here.
		_ = json.Unmarshal(data, &entry)
		events, ok := Each(lists.Messaging)
		if err != nil || !ok {
			b.skip("malformed", "the entry is not as documented")
			continue
		}
		entry.Messaging = make([]pageEvent, len(events))
		b.entry(entry)
		for _, element := range events {
			b.element(entry.ID, element)
		}
	}
	b.notEmpty()
	return b.Batch, nil
}

// element reads one event alone. What has the wrong type is left out and told.
func (b *pageBatch) element(account string, data json.RawMessage) {
	var event pageEvent
	if err := json.Unmarshal(data, &event); err != nil {
		b.skip("malformed", Describe(err))
	}
	b.event(account, event, data)
}

// pageBatch gathers what one webhook carried.
type pageBatch struct {
	channel.Batch
	page     Page
	accounts channel.Accounts
	// unknown says that an event was of no known kind: its name is in the raw
	// bytes alone.
	unknown bool
}

func (b *pageBatch) add(e channel.Event) { b.Events = append(b.Events, e) }

func (b *pageBatch) skip(kind, reason string) {
	b.Skipped = append(b.Skipped, channel.Skipped{Kind: kind, Reason: reason})
}

func (b *pageBatch) foreign(object string) bool {
	if object == b.page.Object {
		return false
	}
	b.skip("object:"+Word(object), "a webhook of another product")
	return true
}

func (b *pageBatch) notEmpty() {
	if len(b.Events) == 0 && len(b.Skipped) == 0 {
		b.skip("empty", "a webhook without entries")
	}
}

// entry tells what an entry has beside its messaging.
func (b *pageBatch) entry(e pageEntry) {
	for range e.Standby {
		b.skip("standby", "another app owns the thread")
	}
	for _, c := range e.Changes {
		b.skip("change:"+Word(c.Field), "no message")
	}
	if len(e.Messaging) == 0 && len(e.Standby) == 0 && len(e.Changes) == 0 {
		b.skip("entry", "an entry without events")
	}
}

func (b *pageBatch) event(account string, e pageEvent, raw json.RawMessage) {
	from, at := e.Sender.ID, Time(e.Timestamp)
	known := e.Message != nil || e.Postback != nil || e.Delivery != nil || e.Read != nil || e.Reaction != nil || e.Edit != nil || e.Referral != nil
	switch {
	case !known && raw == nil:
		b.unknown = true
	case !known:
		b.skip(UnknownKey(raw), "an event without meaning here")
	case from == "" || account == "":
		b.skip("anonymous", "an event without sender or account")
	case e.Message != nil:
		b.message(account, e, at)
	case e.Postback != nil:
		body := message.Body{Text: e.Postback.Title, Payload: e.Postback.Payload}
		b.add(channel.MessageReceived{
			Account: account, From: from, PlatformID: e.Postback.MID, Body: body, SentAt: at, Attributes: e.Postback.Referral.attributes(),
		})
	case e.Delivery != nil:
		b.delivery(account, from, e.Delivery, at)
	case e.Read != nil:
		b.read(account, from, e.Read, at)
	case e.Reaction != nil:
		b.reaction(account, from, e.Reaction, at)
	case e.Edit != nil && e.Edit.MID == "":
		b.skip("message_edit", "no message is named")
	case e.Edit != nil:
		b.add(channel.MessageEdited{Account: account, From: from, PlatformID: e.Edit.MID, Body: message.Body{Text: e.Edit.Text}, At: at})
	case e.Referral != nil:
		b.add(channel.Joined{Account: account, From: from, Attributes: e.Referral.attributes(), At: at})
	}
}

func (b *pageBatch) delivery(account, from string, d *pageDelivery, at time.Time) {
	named := 0
	for _, mid := range d.MIDs {
		if mid == "" {
			continue
		}
		named++
		b.add(channel.DeliveryReported{Account: account, From: from, PlatformID: mid, State: message.Delivered, At: at})
	}
	if until := Time(d.Watermark); !until.IsZero() {
		b.add(channel.DeliveryReported{Account: account, From: from, Until: until, State: message.Delivered, At: at})
	} else if named == 0 {
		b.skip("delivery", "neither message nor watermark")
	}
}

func (b *pageBatch) read(account, from string, r *pageRead, at time.Time) {
	d := channel.DeliveryReported{Account: account, From: from, State: message.Read, At: at}
	switch until := Time(r.Watermark); {
	case r.MID != "":
		d.PlatformID, d.Earlier = r.MID, true
	case !until.IsZero():
		d.Until = until
	default:
		b.skip("read", "neither message nor watermark")
		return
	}
	b.add(d)
}

func (b *pageBatch) reaction(account, from string, r *pageReaction, at time.Time) {
	if r.MID == "" {
		b.skip("reaction", "no message is named")
		return
	}
	out := channel.Reacted{Account: account, From: from, PlatformID: r.MID, At: at}
	if r.Action != "unreact" {
		if out.Emoji = r.Emoji; out.Emoji == "" {
			out.Emoji = reactions[r.Reaction]
		}
		if out.Emoji == "" {
			b.skip("reaction:"+Word(r.Reaction), "a reaction without a picture")
			return
		}
	}
	b.add(out)
}

// reactions are what to show where a reaction comes by name alone.
var reactions = map[string]string{
	"love": "❤", "like": "👍", "dislike": "👎", "laugh": "😆", "smile": "😄", "wow": "😮", "sad": "😢", "angry": "😠",
}

func (r *pageReferral) attributes() map[string]string {
	if r == nil {
		return nil
	}
	out := map[string]string{}
	for k, v := range map[string]string{"ref": r.Ref, "source": r.Source, "type": r.Type, "ad_id": r.AdID} {
		if v != "" {
			out["referral."+k] = v
		}
	}
	return out
}
