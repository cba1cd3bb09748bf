// Package open is the channel for integrations of one's own: the formats of
// Genesys Cloud Open Messaging as a codec, seen from the platform's side. An
// integration's server calls the hub with what customers write, and the hub
// calls the server's webhook with what agents write. It keeps no state, does no
// IO and reads no clock.
//
// An account is one integration; its ID is in the path of every inbound call.
package open

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Keys of channel.Account.Settings.
const (
	// SettingWebhook is where the hub sends what agents write.
	SettingWebhook = "webhookUrl"
	// SettingHeader begins the name of a header that the webhook gets:
	// "header.X-Shop".
	SettingHeader = "header."
	// SettingSignature is "base64" (default) or "hex".
	SettingSignature = "signature"
	// SettingTypingIn and SettingTypingOut are the administrator's switches for
	// typing indicators: "Enabled" or "Disabled" (default).
	SettingTypingIn  = "typing.inbound"
	SettingTypingOut = "typing.outbound"
	// SettingMaxFileBytes and SettingFileTypes limit outbound files; 10 MiB and */*
	// by default.
	SettingMaxFileBytes = "maxFileBytes"
	SettingFileTypes    = "fileTypes"
)

// Names of secrets.
const (
	// SecretWebhook signs outbound webhooks. Integrations expect more than 15
	// characters.
	SecretWebhook = "webhook_secret"
	// SecretClientID and SecretClientSecret are the OAuth client of the
	// integration's server.
	SecretClientID     = "client_id"
	SecretClientSecret = "client_secret"
)

const (
	maxChars            = 4000
	maxAttributes       = 2048
	defaultMaxFileBytes = 10 << 20
)

// Connector is the open messaging codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.Open.
func (Connector) Kind() channel.Kind { return channel.Open }

// enabled reads one of the administrator's switches.
func enabled(a channel.Account, setting string) bool {
	return strings.EqualFold(a.Settings[setting], "Enabled")
}

// Profile gives what an integration can do under its settings.
func (Connector) Profile(a channel.Account) channel.Profile {
	c := channel.Capabilities{
		Label:           "Open messaging",
		MaxTextChars:    maxChars,
		MaxFileBytes:    defaultMaxFileBytes,
		FileTypes:       []string{"*/*"},
		FilesPerMessage: 1,
		TextWithFile:    true,
		TypingIn:        enabled(a, SettingTypingIn),
		TypingOut:       enabled(a, SettingTypingOut),
		Reports:         []message.Delivery{message.Sent, message.Delivered, message.Read, message.Failed, message.Unknown},
		Buttons:         true,
		MediaIn:         true,
	}
	if n, err := strconv.ParseInt(a.Settings[SettingMaxFileBytes], 10, 64); err == nil && n >= 0 {
		c.MaxFileBytes = n
	}
	if types := strings.FieldsFunc(strings.ToLower(a.Settings[SettingFileTypes]), func(r rune) bool { return r == ',' || r == ' ' }); len(types) > 0 {
		c.FileTypes = types
	}
	if c.MaxFileBytes == 0 {
		c.FileTypes = nil
	}
	const (
		guide    = "https://developer.genesys.cloud/commdigital/digital/openmessaging/"
		profiles = "https://help.mypurecloud.com/articles/platform-configuration-profiles-overview/"
		readOn   = "2026-11-22"
	)
	return channel.Profile{Kind: channel.Open, Capabilities: c, Policy: channel.Policy{Rules: []channel.Rule{
		{Name: "text_length", Value: "4000 characters to the customer", Source: "https://github.com/Safricloud-PTY-Ltd/genesys-cloud-headless-webmessage-reference/blob/main/docs/guides/gotchas.md", ReadOn: readOn},
		{Name: "typing", Value: "off in both directions until the administrator switches it on", Source: profiles, ReadOn: readOn},
		{Name: "retries", Value: "five, five seconds apart, after a time-out, 429 and 5xx", Source: guide + "validate", ReadOn: readOn},
		{Name: "media", Value: "one file in a message", Source: guide + "outboundMessages", ReadOn: readOn},
	}}}
}

// Verify judges an inbound call by its bearer token and its form, and answers as
// the platform does: with the message as it was taken on, or with what is wrong
// with it. At PathToken it gives tokens.
func (Connector) Verify(e channel.Endpoint, r channel.Request, now time.Time) (channel.Reply, error) {
	if r.Method != http.MethodPost {
		return refuse(&problem{http.StatusMethodNotAllowed, "method.not.allowed", "only POST is allowed here", channel.ErrMalformed})
	}
	if strings.HasSuffix(r.Path, PathToken) {
		return grant(e, r, now)
	}
	if p := authorize(e, r.Header.Get("Authorization"), now); p != nil {
		return refuse(p)
	}
	if written := r.Header.Get("Content-Type"); written != "" {
		if kind, _, err := mime.ParseMediaType(written); err != nil || kind != "application/json" {
			return refuse(&problem{http.StatusUnsupportedMediaType, "unsupported.media.type", "the body has to be application/json", channel.ErrMalformed})
		}
	}
	in, p := read(r, func(id string) bool { return id == e.Account.ID })
	if p != nil {
		return refuse(p)
	}
	if e.Account.ID != "" && in.integration != e.Account.ID {
		return refuse(&problem{http.StatusNotFound, "not.found", "no integration of this client has this ID", channel.ErrForbidden})
	}
	if _, p := in.batch(e.Account); p != nil {
		return refuse(p)
	}
	return reply(http.StatusAccepted, in.answer()), nil
}

// Parse reads an inbound call. Events of what the administrator has switched off
// are skipped.
func (Connector) Parse(accounts channel.Accounts, r channel.Request) (channel.Batch, error) {
	in, p := read(r, func(id string) bool { _, is := accounts[id]; return is })
	if p != nil {
		return channel.Batch{}, p
	}
	batch, p := in.batch(accounts[in.integration])
	if p != nil {
		return channel.Batch{}, p
	}
	return batch, nil
}

// problem is an error as the platform's API writes it.
type problem struct {
	status  int
	code    string
	message string
	kind    error // ErrForbidden or ErrMalformed
}

func (p *problem) Error() string { return fmt.Sprintf("%v: %s", p.kind, p.message) }
func (p *problem) Unwrap() error { return p.kind }

// wrong is what a call's own fault is answered with.
func wrong(code, format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, code, fmt.Sprintf(format, args...), channel.ErrMalformed}
}

func refuse(p *problem) (channel.Reply, error) {
	return reply(p.status, map[string]any{
		"message": p.message, "code": p.code, "status": p.status, "messageParams": map[string]string{}, "details": []string{}, "errors": []string{},
	}), p
}

func reply(status int, body any) channel.Reply {
	return channel.Reply{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: compact(body)}
}

// Prefetch says that the caller wants to know the conversation of its message.
func Prefetch(r channel.Request) bool {
	v := r.Query["prefetchConversationId"]
	return len(v) > 0 && v[0] == "true"
}

// WithConversation adds the conversation to an answer of Verify, for calls that
// Prefetch it.
func WithConversation(r channel.Reply, conversation string) channel.Reply {
	var body map[string]json.RawMessage
	if json.Unmarshal(r.Body, &body) != nil {
		return r
	}
	body["conversationId"] = compact(conversation)
	r.Body = compact(body)
	return r
}
