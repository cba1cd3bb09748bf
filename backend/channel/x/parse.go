package x

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"parley/backend/channel"
	"parley/backend/message"
)

// Parse reads a webhook of either of X's services: Account Activity, or X
// Activity, which has another envelope around the same events.
//
// https://docs.x.com/x-api/account-activity/introduction
//
//	{"for_user_id": "3300440055", "direct_message_events": [{"type": "message_create", …}], "users": {…}}
//
// https://docs.x.com/x-api/activity/event-payloads
//
//	{"data": {"event_type": "dm.received", "filter": {"user_id": "3300440055"}, "payload": {"direct_message_events": […]}}}
func (Connector) Parse(_ channel.Accounts, r channel.Request) (channel.Batch, error) {
	if !json.Valid(r.Body) {
		return channel.Batch{}, fmt.Errorf("%w: not JSON", channel.ErrMalformed)
	}
	top, err := members(r.Body)
	if err != nil {
		return channel.Batch{}, err
	}
	p := parser{described: map[string]bool{}}
	for _, m := range top {
		if m.key == "data" {
			return p.activity(m.value)
		}
	}
	for _, m := range top {
		if m.key == "for_user_id" {
			p.account = text(m.value)
		}
	}
	return p.read(top)
}

// parser gathers what one webhook holds.
type parser struct {
	account   string
	users     map[string]channel.Person
	described map[string]bool
	batch     channel.Batch
}

func (p *parser) skip(kind, reason string) {
	p.batch.Skipped = append(p.batch.Skipped, channel.Skipped{Kind: word(kind), Reason: reason})
}

// activity reads an event of the X Activity API.
func (p *parser) activity(data json.RawMessage) (channel.Batch, error) {
	var e struct {
		Type    string `json:"event_type"`
		Payload json.RawMessage
		Filter  struct {
			User scalar `json:"user_id"`
		}
	}
	if err := json.Unmarshal(data, &e); err != nil || e.Type == "" {
		return channel.Batch{}, fmt.Errorf("%w: data is no event", channel.ErrMalformed)
	}
	p.account = string(e.Filter.User)
	kind, _, _ := strings.Cut(e.Type, ".")
	switch {
	case e.Type == "oauth.revoke":
		p.revoked(text(field(e.Payload, "user_id")))
		return p.batch, nil
	case kind == "chat":
		p.skip(e.Type, "encrypted conversations (XChat) cannot be read")
		return p.batch, nil
	case kind != "dm":
		p.skip(e.Type, "not about Direct Messages")
		return p.batch, nil
	}
	inner, err := members(e.Payload)
	if err != nil {
		return channel.Batch{}, fmt.Errorf("%w: the payload is no object", channel.ErrMalformed)
	}
	if !slices.ContainsFunc(inner, func(m member) bool { return strings.HasPrefix(m.key, "direct_message_") }) {
		p.skip(e.Type, "a payload of another shape")
		return p.batch, nil
	}
	return p.read(inner)
}

// beside are members that tell about the events, and are none.
var beside = map[string]bool{"for_user_id": true, "users": true, "apps": true, "user_has_blocked": true, "is_blocked_by": true}

// read takes every list of events in its order.
func (p *parser) read(all []member) (channel.Batch, error) {
	for _, m := range all {
		if m.key == "users" {
			p.people(m.value)
		}
	}
	for _, m := range all {
		var take func(json.RawMessage) error
		switch m.key {
		case "direct_message_events":
			take = p.message
		case "direct_message_indicate_typing_events":
			take = p.typing
		case "direct_message_mark_read_events":
			take = p.reading
		case "user_event":
			p.userEvent(m.value)
			continue
		default:
			if !beside[m.key] {
				p.other(m)
			}
			continue
		}
		if p.account == "" {
			return channel.Batch{}, fmt.Errorf("%w: for_user_id is missing", channel.ErrMalformed)
		}
		var list []json.RawMessage
		if json.Unmarshal(m.value, &list) != nil {
			p.skip(m.key, "not a list")
			continue
		}
		for _, entry := range list {
			if take(entry) != nil {
				p.skip(m.key, "an entry of another shape")
			}
		}
	}
	if len(p.batch.Events)+len(p.batch.Skipped) == 0 {
		p.skip("empty", "a webhook without events")
	}
	return p.batch, nil
}

// other accounts for events that Parley has no use for: posts, likes, follows.
func (p *parser) other(m member) {
	var list []json.RawMessage
	if json.Unmarshal(m.value, &list) != nil {
		list = []json.RawMessage{m.value}
	}
	for range list {
		p.skip(m.key, "not about Direct Messages")
	}
}

// people reads the profiles that come beside events. The X Activity API has them
// one level deeper and names two fields differently.
func (p *parser) people(data json.RawMessage) {
	type profile struct {
		Name       string `json:"name"`
		ScreenName string `json:"screen_name"`
		Username   string `json:"username"`
		Picture    string `json:"profile_image_url_https"`
		PictureNew string `json:"profile_image_url"`
	}
	var users map[string]json.RawMessage
	if json.Unmarshal(data, &users) != nil {
		p.skip("users", "not an object")
		return
	}
	p.users = map[string]channel.Person{}
	for id, raw := range users {
		var u struct {
			profile
			Data *profile `json:"data"`
		}
		if json.Unmarshal(raw, &u) != nil {
			continue // the contact's number does instead
		}
		if u.Data != nil {
			u.profile = *u.Data
		}
		p.users[id] = channel.Person{Name: u.Name, Handle: first(u.ScreenName, u.Username), Picture: first(u.Picture, u.PictureNew)}
	}
}

// describe tells who a contact is, once and before their events.
func (p *parser) describe(contact string) {
	if person, known := p.users[contact]; known && !p.described[contact] {
		p.described[contact] = true
		p.batch.Events = append(p.batch.Events, channel.ContactDescribed{Account: p.account, From: contact, Person: person})
	}
}

// signal is a typing or a reading.
type signal struct {
	At       scalar `json:"created_timestamp"`
	Sender   scalar `json:"sender_id"`
	LastRead scalar `json:"last_read_event_id"`
}

func (p *parser) signal(data json.RawMessage) (signal, error) {
	var s signal
	if err := json.Unmarshal(data, &s); err != nil {
		return s, err
	}
	if s.Sender == "" {
		return s, fmt.Errorf("nobody did it")
	}
	return s, nil
}

func (p *parser) typing(data json.RawMessage) error {
	s, err := p.signal(data)
	switch {
	case err != nil:
		return err
	case string(s.Sender) == p.account:
		p.skip("direct_message_indicate_typing_events", "the account itself was typing")
		return nil
	}
	p.describe(string(s.Sender))
	p.batch.Events = append(p.batch.Events, channel.TypingReceived{Account: p.account, From: string(s.Sender)})
	return nil
}

// reading is a watermark: everything up to the event was read.
func (p *parser) reading(data json.RawMessage) error {
	s, err := p.signal(data)
	switch {
	case err != nil:
		return err
	case s.LastRead == "":
		return fmt.Errorf("nothing was read")
	case string(s.Sender) == p.account:
		p.skip("direct_message_mark_read_events", "the account itself was reading")
		return nil
	}
	p.describe(string(s.Sender))
	p.batch.Events = append(p.batch.Events, channel.DeliveryReported{
		Account: p.account, From: string(s.Sender), PlatformID: string(s.LastRead), Earlier: true, State: message.Read, At: s.At.time(),
	})
	return nil
}

// userEvent is the account taking its permission back.
func (p *parser) userEvent(data json.RawMessage) {
	var e struct {
		Revoke *struct {
			Source struct {
				User scalar `json:"user_id"`
			} `json:"source"`
		} `json:"revoke"`
	}
	if json.Unmarshal(data, &e) != nil || e.Revoke == nil {
		p.skip("user_event", "not a revocation")
		return
	}
	p.revoked(first(string(e.Revoke.Source.User), p.account))
}

func (p *parser) revoked(account string) {
	if account == "" {
		p.skip("oauth.revoke", "no account is named")
		return
	}
	p.batch.Events = append(p.batch.Events, channel.AccountTroubled{
		Account: account, Reason: "The account has withdrawn the app's permission on X. Somebody has to sign in to X and give it again.",
	})
}

// text reads a string or a number; "" if it is neither.
func text(data json.RawMessage) string {
	var s scalar
	if json.Unmarshal(data, &s) != nil {
		return ""
	}
	return string(s)
}

// field reads one member of an object; nil if there is none.
func field(data json.RawMessage, key string) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all[key]
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
