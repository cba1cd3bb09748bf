package whatsapp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

const object = "whatsapp_business_account"

// Parse reads a webhook of one or many numbers. One element that is not as
// documented costs no other: then each is read alone, as far as it can be.
func (Connector) Parse(_ channel.Accounts, r channel.Request) (channel.Batch, error) {
	if len(r.Body) > meta.MaxBody {
		return channel.Batch{}, fmt.Errorf("%w: more than %d bytes", channel.ErrMalformed, meta.MaxBody)
	}
	var whole envelope
	if json.Unmarshal(r.Body, &whole) != nil {
		return parseEach(r.Body)
	}
	var b batch
	if b.foreign(whole.Object) {
		return b.Batch, nil
	}
	for _, e := range whole.Entry {
		if len(e.Changes) == 0 {
			b.skip("entry", "an entry without changes")
		}
		for _, c := range e.Changes {
			if b.field(e.ID, c.Field) {
				b.value(c.Value)
			}
		}
	}
	return b.Batch, b.notEmpty(whole.Object)
}

// batch gathers what one webhook carried.
type batch struct{ channel.Batch }

func (b *batch) add(e channel.Event) { b.Events = append(b.Events, e) }

func (b *batch) skip(kind, reason string) {
	b.Skipped = append(b.Skipped, channel.Skipped{Kind: kind, Reason: reason})
}

func (b *batch) foreign(name string) bool {
	if name == object || name == "" {
		return false
	}
	b.skip("object:"+meta.Word(name), "a webhook of another product")
	return true
}

// notEmpty tells of a webhook that carried nothing, and refuses what is none.
func (b *batch) notEmpty(name string) error {
	if name == "" {
		return fmt.Errorf("%w: the object has no name", channel.ErrMalformed)
	}
	if len(b.Events) == 0 && len(b.Skipped) == 0 {
		b.skip("empty", "a webhook without entries")
	}
	return nil
}

// field deals with a change by its field; true if it carries messages.
func (b *batch) field(owner, name string) bool {
	switch name {
	case "messages", "smb_message_echoes":
		return true
	case "message_template_status_update", "message_template_quality_update", "message_template_components_update", "template_category_update":
		b.add(channel.TemplatesChanged{Owner: owner})
	default:
		b.skip("field:"+meta.Word(name), "no message")
	}
	return false
}

func (b *batch) value(v value) {
	account := v.Metadata.PhoneNumberID
	n := len(v.Messages) + len(v.Statuses) + len(v.Echoes) + len(v.Errors)
	switch {
	case n == 0:
		b.skip("value", "neither messages nor statuses")
		return
	case account == "":
		for range n {
			b.skip("anonymous", "no phone number ID is named")
		}
		return
	}
	if len(v.Messages) > 0 {
		b.people(account, v.Contacts)
	}
	for _, m := range v.Messages {
		b.message(account, m, v.Contacts)
	}
	for _, m := range v.Echoes {
		b.echo(account, m)
	}
	for _, s := range v.Statuses {
		b.status(account, s)
	}
	for _, e := range v.Errors {
		b.skip("error:"+strconv.Itoa(e.Code), "an error that concerns no message")
	}
}

// identity is what a contact is known by: the business-scoped user ID where
// there is one, else the WhatsApp ID, which is the phone number without "+".
func (c contact) identity() string {
	if c.UserID != "" {
		return c.UserID
	}
	return c.WaID
}

func (b *batch) people(account string, list []contact) {
	for _, c := range list {
		from := c.identity()
		if from == "" {
			continue
		}
		p := channel.Person{Name: c.Profile.Name, Handle: c.Profile.Username, Phone: phone(c.WaID)}
		if c.WaID != "" && c.WaID != from {
			p.Also = []string{c.WaID}
		}
		b.add(channel.ContactDescribed{Account: account, From: from, Person: p})
	}
}

func phone(waID string) string {
	if waID == "" {
		return ""
	}
	return "+" + strings.TrimPrefix(waID, "+")
}

// sender is who wrote, by the same name as in people.
func (m inbound) sender(list []contact) string {
	if m.FromUserID != "" {
		return m.FromUserID
	}
	for _, c := range list {
		if m.From != "" && c.WaID == m.From {
			return c.identity()
		}
	}
	if m.From == "" && len(list) == 1 {
		return list[0].identity()
	}
	return m.From
}

func (b *batch) message(account string, m inbound, list []contact) {
	from, at := m.sender(list), meta.Time(m.Timestamp)
	switch {
	case from == "" && m.Type != "system":
		b.skip("anonymous", "a message without sender")
	case m.GroupID != "":
		b.skip("group", "a message to a group")
	case m.Type == "reaction":
		if m.Reaction == nil || m.Reaction.MessageID == "" {
			b.skip("reaction", "no message is named")
			return
		}
		b.add(channel.Reacted{Account: account, From: from, PlatformID: m.Reaction.MessageID, Emoji: m.Reaction.Emoji, At: at})
	case m.Type == "system":
		b.system(account, m)
	case m.Type == "revoke":
		if m.Revoke == nil || m.Revoke.Original == "" {
			b.skip("revoke", "no message is named")
			return
		}
		b.add(channel.MessageUnsent{Account: account, From: from, PlatformID: m.Revoke.Original, At: at})
	case m.Type == "edit":
		if m.Edit == nil || m.Edit.Original == "" {
			b.skip("edit", "no message is named")
			return
		}
		body, _ := m.Edit.Message.read(m.Edit.Message.Type)
		b.add(channel.MessageEdited{Account: account, From: from, PlatformID: m.Edit.Original, Body: body, At: at})
	default:
		body, media := m.read(m.Type)
		out := channel.MessageReceived{
			Account: account, From: from, PlatformID: m.ID, Body: body, Media: media, SentAt: at, Attributes: m.attributes(),
		}
		if m.Context != nil {
			out.ReplyTo = m.Context.ID
		}
		b.add(out)
	}
}

// attributes are what else is known of a message: where it was forwarded from,
// and the advertisement that led to it.
func (m inbound) attributes() map[string]string {
	out := map[string]string{}
	if m.Context != nil && m.Context.Frequently {
		out["forwarded"] = "frequently"
	} else if m.Context != nil && m.Context.Forwarded {
		out["forwarded"] = "once"
	}
	if r := m.Referral; r != nil {
		for k, v := range map[string]string{"url": r.SourceURL, "id": r.SourceID, "type": r.SourceType, "headline": r.Headline, "click": r.ClickID} {
			if v != "" {
				out["referral."+k] = v
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// system tells that a contact has another number or another ID: both names mean
// one person.
func (b *batch) system(account string, m inbound) {
	s := m.System
	if s == nil || s.Type != "user_changed_number" && s.Type != "user_changed_user_id" {
		kind := ""
		if s != nil {
			kind = s.Type
		}
		b.skip("system:"+meta.Word(kind), "a message of the system")
		return
	}
	now := contact{WaID: s.WaID, UserID: s.UserID}
	person := channel.Person{Phone: phone(s.WaID)}
	for _, before := range []string{s.PreviousID, m.FromUserID, m.From, s.WaID} {
		if before != "" && before != now.identity() && !slices.Contains(person.Also, before) {
			person.Also = append(person.Also, before)
		}
	}
	if now.identity() == "" || len(person.Also) == 0 {
		b.skip("system:"+meta.Word(s.Type), "the change names one identity alone")
		return
	}
	b.add(channel.ContactDescribed{Account: account, From: now.identity(), Person: person})
}

// echo is a message that the company wrote with the Business app on a shared
// number.
func (b *batch) echo(account string, m inbound) {
	to := m.ToUserID
	if to == "" {
		to = m.To
	}
	switch at := meta.Time(m.Timestamp); {
	case to == "":
		b.skip("anonymous", "an echo without recipient")
	case m.Type == "revoke" && m.Revoke != nil:
		b.add(channel.MessageUnsent{Account: account, From: to, PlatformID: m.Revoke.Original, At: at})
	case m.Type == "edit" || m.Type == "revoke":
		b.skip("echo:"+m.Type, "a change of a message of our own")
	default:
		body, media := m.read(m.Type)
		b.add(channel.Echoed{Account: account, To: to, PlatformID: m.ID, Body: body, Media: media, SentAt: at})
	}
}

var states = map[string]message.Delivery{
	"sent": message.Sent, "delivered": message.Delivered, "read": message.Read, "failed": message.Failed,
	"played": message.Read, // of a voice note
}

// status is how far a message of ours has come. Statuses come in any order, and
// some are left out.
func (b *batch) status(account string, s report) {
	state, ok := states[s.Status]
	if !ok || s.ID == "" {
		b.skip("status:"+meta.Word(s.Status), "a status without meaning here")
		return
	}
	out := channel.DeliveryReported{
		Account: account, From: contact{WaID: s.RecipientID, UserID: s.RecipientUserID}.identity(), PlatformID: s.ID,
		Message: meta.Untag(s.Callback), State: state, At: meta.Time(s.Timestamp),
	}
	if state == message.Failed {
		out.Reason = "WhatsApp could not deliver the message"
		if len(s.Errors) > 0 {
			g := s.Errors[0].graph()
			k := table.Find(g)
			out.Reason, out.Code, out.Rule, out.Trouble = table.Words(k, g), g.ID(), k.Rule, k.Trouble
		}
	}
	b.add(out)
}

func (p problem) graph() meta.GraphError {
	g := meta.GraphError{Code: p.Code, Message: p.Message}
	if g.Message == "" {
		g.Message = p.Title
	}
	g.Data.Details = p.Data.Details
	return g
}
