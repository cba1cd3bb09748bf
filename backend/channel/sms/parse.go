package sms

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// Parse reads a webhook of either kind: a message that came in, or what became
// of one that went out.
//
// https://www.twilio.com/docs/messaging/guides/webhook-request
//
//	MessageSid=SM…1&AccountSid=AC…b&From=%2B35699000000&To=%2B35621000000&Body=Hi&NumMedia=0
//	MessageSid=SM…2&MessageStatus=delivered&From=%2B35621000000&To=%2B35699000000
func (Connector) Parse(_ channel.Accounts, r channel.Request) (channel.Batch, error) {
	fields, err := form(r)
	if err != nil {
		return channel.Batch{}, err
	}
	get := func(names ...string) string {
		for _, name := range names {
			if v := strings.ToValidUTF8(fields.Get(name), "\uFFFD"); v != "" {
				return v
			}
		}
		return ""
	}
	sid, from, to := get("MessageSid", "SmsMessageSid", "SmsSid"), get("From"), get("To")
	if sid == "" {
		if get("CallSid") != "" {
			return skip("call", "a telephone call is no message"), nil
		}
		return channel.Batch{}, fmt.Errorf("%w: MessageSid is missing", channel.ErrMalformed)
	}
	if from == "" || to == "" {
		return channel.Batch{}, fmt.Errorf("%w: From or To is missing", channel.ErrMalformed)
	}
	for _, address := range []string{from, to} {
		if other, _, found := strings.Cut(address, ":"); found {
			return skip(other, "a message of another channel"), nil
		}
	}
	// Callbacks have MessageStatus; older ones only SmsStatus, which inbound
	// messages have as well.
	status := get("MessageStatus", "SmsStatus")
	switch status {
	case "", "received":
		return inbound(sid, from, to, get, fields), nil
	case "receiving":
		return skip("receiving", "the message is still on its way to Twilio"), nil
	}
	return reported(sid, from, to, status, get("ErrorCode"), first(r.Query, QueryMessage)), nil
}

func skip(kind, reason string) channel.Batch {
	return channel.Batch{Skipped: []channel.Skipped{{Kind: kind, Reason: reason}}}
}

// places are where Twilio thinks that the contact's number is at home.
var places = map[string]string{"FromCity": "city", "FromState": "state", "FromZip": "zip", "FromCountry": "country"}

func inbound(sid, from, to string, get func(...string) string, fields url.Values) channel.Batch {
	var batch channel.Batch
	e := channel.MessageReceived{Account: to, From: from, PlatformID: sid, Body: message.Body{Text: get("Body")}}
	announced, _ := strconv.Atoi(get("NumMedia"))
	for i := 0; ; i++ {
		n := strconv.Itoa(i)
		address := get("MediaUrl" + n)
		if address == "" {
			if i < announced {
				batch.Skipped = append(batch.Skipped, channel.Skipped{Kind: "media", Reason: "a file was announced without an address"})
			}
			break
		}
		e.Media = append(e.Media, media(address, get("MediaContentType"+n)))
	}
	for field, name := range places {
		if v := get(field); v != "" {
			if e.Attributes == nil {
				e.Attributes = map[string]string{}
			}
			e.Attributes[name] = v
		}
	}
	if strings.HasPrefix(from, "+") {
		batch.Events = append(batch.Events, channel.ContactDescribed{Account: to, From: from, Person: channel.Person{Phone: from}})
	}
	if out, changed := consent(get("OptOutType"), e.Body.Text, len(e.Media)); changed {
		batch.Events = append(batch.Events, channel.ConsentChanged{Account: to, From: from, OptedOut: out})
	}
	if e.Body.Text == "" && len(e.Media) == 0 {
		batch.Skipped = append(batch.Skipped, channel.Skipped{Kind: "empty_message", Reason: "neither text nor files"})
		return batch
	}
	batch.Events = append(batch.Events, e)
	return batch
}

// media makes a reference of an address and a type. The file is at Twilio and
// is fetched with the account's credentials.
func media(address, kind string) channel.Media {
	m := channel.Media{Kind: channel.File, URL: address, MIME: kind}
	if u, err := url.Parse(address); err == nil && len(u.Path) > 1 {
		m.ID = path.Base(u.Path)
	}
	switch group, _, _ := strings.Cut(kind, "/"); group {
	case "image":
		m.Kind = channel.Image
	case "audio":
		m.Kind = channel.Audio
	case "video":
		m.Kind = channel.Video
	}
	return m
}

// Twilio's own words for opting out and in again, where the company has not
// chosen others. HELP and INFO change nothing; Twilio answers all of them.
var (
	optOut = []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
	optIn  = []string{"START", "UNSTOP", "YES"}
)

// consent says whether a message opts out or in again. With Advanced Opt-Out
// Twilio says so itself; else the whole message is the word.
func consent(kind, text string, files int) (out, changed bool) {
	word := strings.ToUpper(strings.TrimSpace(text))
	if kind = strings.ToUpper(kind); kind != "" {
		word, files = kind, 0
	}
	switch {
	case files > 0:
		return false, false
	case slices.Contains(optOut, word):
		return true, true
	case slices.Contains(optIn, word):
		return false, true
	}
	return false, false
}

// reported makes events of a status. Twilio repeats callbacks and does not keep
// their order: the same status gives the same events, and the conversation takes
// only moves forward.
func reported(sid, from, to, status, code, messageID string) channel.Batch {
	e := channel.DeliveryReported{Account: from, From: to, PlatformID: sid, Message: id.Message(messageID)}
	switch status {
	case "accepted", "scheduled", "queued", "sending":
		return skip("status "+status, "the message is on its way")
	case "sent", "partially_delivered":
		e.State = message.Sent
	case "delivered":
		e.State = message.Delivered
	case "read":
		e.State = message.Read
	case "undelivered", "failed", "canceled":
		f := faultOf(code)
		e.State, e.Reason, e.Rule, e.Trouble = message.Failed, f.reason, f.rule, f.trouble
		if _, err := strconv.Atoi(code); err == nil {
			e.Code = code
		}
		if status == "canceled" {
			e.Reason = "The message was cancelled at Twilio before it was sent."
		}
	default:
		return skip("status unknown", "Twilio has a status that Parley does not know")
	}
	batch := channel.Batch{Events: []channel.Event{e}}
	if e.Rule == channel.RuleOptedOut {
		batch.Events = append(batch.Events, channel.ConsentChanged{Account: from, From: to, OptedOut: true})
	}
	return batch
}
