package sms

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/id"
	"parley/backend/message"
)

// Next gives the next step for a task.
func (Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, _ time.Time) (channel.Step, error) {
	switch t := t.(type) {
	case channel.SendMessage:
		return send(a, t, done), nil
	case channel.Reconcile:
		return reconcile(a, t, done), nil
	case channel.FetchMedia:
		return fetch(a, t, done), nil
	case channel.SendTyping, channel.SendRead, channel.SendDisconnect, channel.FetchProfile, channel.ListTemplates:
	}
	return channel.Step{}, channel.ErrUnsupported
}

// part is one of Twilio's messages: what one call sends.
type part struct {
	text  string
	files []string // addresses
}

// split puts the text and as many files as Twilio takes into the first message,
// and the rest of the files into more.
func split(t channel.SendMessage) []part {
	parts := []part{{text: t.Body.Text}}
	var size int64
	for _, f := range t.Body.Attachments {
		last := &parts[len(parts)-1]
		if len(last.files) == maxFiles || len(last.files) > 0 && size+f.Size > maxFileBytes {
			parts, size = append(parts, part{}), 0
			last = &parts[len(parts)-1]
		}
		last.files, size = append(last.files, t.FileURL[f.ID]), size+f.Size
	}
	return parts
}

// send makes one call for each part, one after the other.
func send(a channel.Account, t channel.SendMessage, done []channel.Exchange) channel.Step {
	if why := unfit(a, t); why != "" {
		return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: why}}
	}
	parts := split(t)
	var ids []string
	var wait time.Duration
	tries := 0
	for _, e := range done {
		sid, r := sent(e)
		switch {
		case sid != "":
			ids, tries, wait = append(ids, sid), 0, 0
			continue
		case r.Retry && tries < outcome.MaxTries:
			tries++
			wait = outcome.Wait(e, tries)
			continue
		}
		r.PlatformIDs = append(ids, r.PlatformIDs...)
		if len(ids) > 0 {
			r.Retry, r.RetryAfter, r.Reason = false, 0, "Only a part of the message went out. "+r.Reason
		}
		return channel.Step{Done: &r}
	}
	if len(ids) == len(parts) {
		return channel.Step{Done: &channel.Receipt{State: message.Sent, PlatformIDs: ids}}
	}
	step := channel.Step{Call: create(a, t, parts[len(ids)]), After: wait}
	if wait > 0 {
		step.Hold = channel.HoldAccount
	}
	return step
}

// unfit says why a message cannot become a call at all.
func unfit(a channel.Account, t channel.SendMessage) string {
	switch {
	case a.Settings[SettingAccountSID] == "":
		return "The number's Twilio account is not configured. An administrator has to look."
	case t.Body.Text == "" && len(t.Body.Attachments) == 0:
		return "The message is empty."
	}
	for _, f := range t.Body.Attachments {
		if t.FileURL[f.ID] == "" {
			return "The file has no address from which Twilio could load it. An administrator has to look."
		}
	}
	return ""
}

// messages is the address of the account's messages.
func messages(a channel.Account) string {
	return base(a) + "/2010-04-01/Accounts/" + url.PathEscape(a.Settings[SettingAccountSID]) + "/Messages.json"
}

func base(a channel.Account) string {
	if s := strings.TrimRight(a.Settings[SettingAPI], "/"); s != "" {
		return s
	}
	return defaultAPI
}

// credentials sign the calls to Twilio.
var credentials = channel.Auth{Scheme: channel.Basic, Secrets: []string{SecretUser, SecretPassword}}

// create is the call that sends one part.
//
// https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
func create(a channel.Account, t channel.SendMessage, p part) *channel.Call {
	fields := url.Values{"To": {t.To}, "From": {a.ID}}
	if p.text != "" {
		fields.Set("Body", p.text)
	}
	if len(p.files) > 0 {
		fields["MediaUrl"] = p.files
	}
	if address := callback(a.Settings[SettingWebhook], string(only(t))); address != "" {
		fields.Set("StatusCallback", address)
	}
	return &channel.Call{
		Method: http.MethodPost, URL: messages(a), Auth: credentials,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}},
		Body:   []byte(fields.Encode()),
	}
}

// only is the message's ID if it goes out in one part: what Twilio reports of
// one part of several is not true of the message.
func only(t channel.SendMessage) id.Message {
	if len(split(t)) == 1 {
		return t.Message
	}
	return ""
}

// resource is one of Twilio's messages.
//
//	{"sid": "SM…c", "status": "queued", "to": "+35699000000", "num_media": "0", "error_code": null}
type resource struct {
	SID     string `json:"sid"`
	Status  string `json:"status"`
	Body    string `json:"body"`
	Media   string `json:"num_media"`
	Error   *int   `json:"error_code"`
	Created string `json:"date_created"`
}

// failed makes a receipt of a resource that Twilio has given up on.
func (m resource) failed() (channel.Receipt, bool) {
	if m.Status != "failed" && m.Status != "undelivered" && m.Status != "canceled" {
		return channel.Receipt{}, false
	}
	code := ""
	if m.Error != nil {
		code = strconv.Itoa(*m.Error)
	}
	f := faultOf(code)
	return channel.Receipt{State: message.Failed, Reason: f.reason, Code: code, Rule: f.rule, Trouble: f.trouble, PlatformIDs: []string{m.SID}}, true
}

// sent reads the answer to create: the message's SID, or why there is none.
func sent(e channel.Exchange) (string, channel.Receipt) {
	switch outcome.Of(e) {
	case outcome.Done:
		var m resource
		if err := json.Unmarshal(e.Body, &m); err != nil || m.SID == "" {
			return "", channel.Receipt{State: message.Unknown, Reason: "Twilio's answer could not be read: it is not known whether the message went out."}
		}
		if r, failed := m.failed(); failed {
			return "", r
		}
		return m.SID, channel.Receipt{}
	case outcome.Unsent:
		return "", channel.Receipt{State: message.Failed, Reason: "Twilio could not be reached. Send the message again in a minute.", Retry: true, RetryAfter: time.Minute}
	case outcome.Busy:
		return "", channel.Receipt{State: message.Failed, Reason: faults[20429].reason, Code: "20429", Retry: true, RetryAfter: time.Minute}
	case outcome.Fault, outcome.Lost:
		return "", channel.Receipt{State: message.Unknown, Reason: "Twilio did not answer: it is not known whether the message went out.", Code: outcome.Code(e)}
	case outcome.Refused:
	}
	f, code := refusal(e)
	return "", channel.Receipt{State: message.Failed, Reason: f.reason, Code: code, Rule: f.rule, Trouble: f.trouble}
}
