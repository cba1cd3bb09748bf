// Package sms is the channel for text and picture messages (SMS and MMS) by way
// of Twilio, as a codec. It keeps no state, does no IO and reads no clock.
//
// An account is one sender: its ID is the number in E.164 form ("+35621000000")
// or the short code, as Twilio's webhooks name it.
package sms

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Keys of channel.Account.Settings.
const (
	// SettingAccountSID is Twilio's name of the customer: "AC…". Needed to send.
	SettingAccountSID = "accountSid"
	// SettingWebhook is the endpoint's public address. Twilio reports there what
	// became of messages; without it delivery stays at "sent".
	SettingWebhook = "webhookUrl"
	// SettingMaxSegments limits an outbound text's parts; default 10.
	SettingMaxSegments = "maxSegments"
	// SettingAPI replaces https://api.twilio.com.
	SettingAPI = "apiUrl"
)

// Names of secrets.
const (
	// SecretAuthToken signs webhooks: the primary auth token.
	SecretAuthToken = "auth_token"
	// SecretUser and SecretPassword sign calls: an API key's SID and its secret, or
	// the account's SID and its auth token.
	SecretUser     = "api_user"
	SecretPassword = "api_password"
)

// QueryMessage is the query key by which a status callback names the message
// that it is about: Parley's own ID.
const QueryMessage = "message"

const (
	defaultAPI         = "https://api.twilio.com"
	defaultMaxSegments = 10
	maxChars           = 1600
	maxFiles           = 10
	maxFileBytes       = 5 << 20 // of one message together
)

// Connector is the SMS codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.SMS.
func (Connector) Kind() channel.Kind { return channel.SMS }

// Profile gives what SMS can do.
func (Connector) Profile(a channel.Account) channel.Profile {
	c := channel.Capabilities{
		Label:           "SMS",
		MaxTextChars:    maxChars,
		MaxTextSegments: defaultMaxSegments,
		FilesPerMessage: maxFiles,
		TextWithFile:    true,
		MediaIn:         true,
		Reports:         []message.Delivery{message.Sent, message.Delivered, message.Failed, message.Unknown},
		Reconciles:      true,
	}.WithMedia(channel.MediaLimit{Kind: channel.Image, Types: []string{"image/jpeg", "image/png", "image/gif"}, MaxBytes: maxFileBytes})
	if n, err := strconv.Atoi(a.Settings[SettingMaxSegments]); err == nil && n > 0 {
		c.MaxTextSegments = n
	}
	const (
		docs   = "https://www.twilio.com/docs/"
		readOn = "2026-11-22"
	)
	return channel.Profile{Kind: channel.SMS, Capabilities: c, Policy: channel.Policy{Rules: []channel.Rule{
		{Name: "text_length", Value: "1600 characters", Source: docs + "messaging/api/message-resource", ReadOn: readOn},
		{Name: "segments", Value: "160 or 153 characters a part in GSM-7, 70 or 67 in UCS-2", Source: docs + "glossary/what-sms-character-limit", ReadOn: readOn},
		{Name: channel.RuleOptedOut, Value: "after STOP nothing is delivered until START", Source: docs + "messaging/tutorials/advanced-opt-out", ReadOn: readOn},
		{Name: "media", Value: "10 files and 5 MB together; jpeg, png, gif", Source: docs + "messaging/guides/accepted-mime-types", ReadOn: readOn},
		{Name: channel.RuleFirst, Value: "the company may write first to whoever agreed to it", Source: docs + "messaging/compliance", ReadOn: readOn},
	}}}
}

// Verify judges a webhook by its signature. Twilio signs the address that it was
// given: the endpoint's, or for status callbacks the one with QueryMessage.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, channel.ErrMalformed, "set the webhook to HTTP POST")
	}
	fields, err := form(r)
	if err != nil {
		return channel.Reply{Status: http.StatusBadRequest}, err
	}
	token, signature := e.Secrets[SecretAuthToken], r.Header.Get(HeaderSignature)
	switch {
	case token == "":
		return refuse(http.StatusForbidden, channel.ErrForbidden, "the endpoint has no auth token")
	case signature == "":
		return refuse(http.StatusForbidden, channel.ErrForbidden, HeaderSignature+" is missing")
	case !signed(token, e.URL, fields, signature) && !signed(token, callback(e.URL, first(r.Query, QueryMessage)), fields, signature):
		return refuse(http.StatusForbidden, channel.ErrForbidden, HeaderSignature+" does not fit")
	}
	// An empty document is "no answer": the hub answers by calls of its own.
	const empty = `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`
	return channel.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: []byte(empty)}, nil
}

func refuse(status int, kind error, why string) (channel.Reply, error) {
	return channel.Reply{Status: status}, fmt.Errorf("%w: %s", kind, why)
}

// form reads the fields of a webhook.
func form(r channel.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fmt.Errorf("%w: the body is no form", channel.ErrMalformed)
	}
	fields, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: the form cannot be read", channel.ErrMalformed)
	}
	return fields, nil
}

// callback is the address at which Twilio reports on a message.
func callback(webhook, messageID string) string {
	webhook, _, _ = strings.Cut(webhook, "#")
	if webhook == "" || messageID == "" {
		return webhook
	}
	sign := "?"
	if strings.Contains(webhook, "?") {
		sign = "&"
	}
	return webhook + sign + QueryMessage + "=" + url.QueryEscape(messageID)
}

func first(q map[string][]string, key string) string {
	if v := q[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}
