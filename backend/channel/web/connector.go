// Package web is the web messaging channel: the Genesys Cloud Web Messaging
// guest protocol as a codec. It reads the frames of guests' clients, builds
// every frame they read, and implements channel.Connector. It keeps no state,
// does no IO and reads no clock; sockets, sessions and limits are hub/guest's.
package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// Keys of channel.Account.Settings. Lists are separated by commas; absent means
// the default.
const (
	SettingMaxFileBytes   = "maxFileBytes"   // outbound and inbound, one file; default 10 MiB, 0 = no files
	SettingFileTypes      = "fileTypes"      // MIME, wildcards allowed; default */*
	SettingBlockedEndings = "blockedEndings" // with dot; default: none
	SettingTyping         = "typing"         // "off" hides the agents' typing from guests
)

// Query keys of a channel.Request that carries a guest's frame. The hub sets
// them: the guest is the hash of the token, which no codec can make.
const (
	QueryDeployment = "deploymentId"
	QueryGuest      = "guest"
)

const (
	defaultMaxFileBytes = 10 << 20
	maxOutboundChars    = 4000
)

// Connector is the web messaging codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.Web.
func (Connector) Kind() channel.Kind { return channel.Web }

// Profile gives what web messaging can do under a deployment's settings.
func (Connector) Profile(a channel.Account) channel.Profile {
	c := channel.Capabilities{
		Label:          "Web messaging",
		MaxTextChars:   maxOutboundChars,
		MaxFileBytes:   defaultMaxFileBytes,
		FileTypes:      []string{"*/*"},
		BlockedEndings: list(a.Settings[SettingBlockedEndings]),
		TypingIn:       true,
		TypingOut:      a.Settings[SettingTyping] != "off",
		DisconnectOut:  true,
		TextWithFile:   true,
		Reports:        []message.Delivery{message.Sent, message.Delivered},
		Buttons:        true,
	}
	if n, err := strconv.ParseInt(a.Settings[SettingMaxFileBytes], 10, 64); err == nil && n >= 0 {
		c.MaxFileBytes = n
	}
	if types := list(a.Settings[SettingFileTypes]); len(types) > 0 {
		c.FileTypes = types
	}
	if c.MaxFileBytes == 0 {
		c.FileTypes = nil
	}
	const limits = "https://github.com/Safricloud-PTY-Ltd/genesys-cloud-headless-webmessage-reference/blob/main/docs/guides/gotchas.md"
	return channel.Profile{Kind: channel.Web, Capabilities: c, Policy: channel.Policy{Rules: []channel.Rule{
		{Name: "text_length", Value: "4000 characters to the guest", Source: limits, ReadOn: "2026-11-22"},
		{Name: "agent_typing", Value: "12 per minute and conversation", Source: limits, ReadOn: "2026-11-22"},
		{Name: "session", Value: "a session ends a configured time after its last message, 72 hours by default", Source: limits, ReadOn: "2026-11-22"},
	}}}
}

func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.ToLower(strings.TrimSpace(part)); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Verify judges an upgrade: it must name the endpoint's deployment. Origins are
// the hub's to judge, since they are configured per deployment.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	if got := first(r.Query, QueryDeployment); got == "" {
		return channel.Reply{Status: http.StatusBadRequest}, fmt.Errorf("%w: deploymentId is missing", channel.ErrMalformed)
	} else if got != e.Account.ID {
		return channel.Reply{Status: http.StatusForbidden}, fmt.Errorf("%w: another deployment", channel.ErrForbidden)
	}
	return channel.Reply{Status: http.StatusSwitchingProtocols}, nil
}

// Parse reads one frame of a guest. Requests that are no messages come back in
// Skipped: they are about the session, and the hub answers them itself.
func (Connector) Parse(_ channel.Accounts, r channel.Request) (channel.Batch, error) {
	account, guest := first(r.Query, QueryDeployment), first(r.Query, QueryGuest)
	if account == "" || guest == "" {
		return channel.Batch{}, fmt.Errorf("%w: deployment or guest is missing", channel.ErrMalformed)
	}
	req, err := ParseRequest(r.Body)
	if err != nil {
		return channel.Batch{}, err
	}
	on, ok := req.(OnMessage)
	if !ok {
		return channel.Batch{Skipped: []channel.Skipped{{Kind: name(req), Reason: "a request about the session"}}}, nil
	}
	m := on.Message
	switch m.Kind {
	case Text:
		e := channel.MessageReceived{Account: account, From: guest, PlatformID: on.TracingID, Body: m.Body(), Attributes: m.Attributes}
		return channel.Batch{Events: []channel.Event{e}}, nil
	case Typing:
		return channel.Batch{Events: []channel.Event{channel.TypingReceived{Account: account, From: guest}}}, nil
	case Join:
		return channel.Batch{Events: []channel.Event{channel.Joined{Account: account, From: guest, Attributes: m.Attributes}}}, nil
	case Clear:
		return channel.Batch{Events: []channel.Event{channel.ConversationCleared{Account: account, From: guest}}}, nil
	case Other:
	}
	return channel.Batch{Skipped: []channel.Skipped{{Kind: m.EventType, Reason: "an event without meaning here"}}}, nil
}

// Next pushes a frame, then gives the receipt. The hub reports a push as an
// Exchange with status 200 when at least one socket took it; anything else
// means that the guest was away: the message stays Sent until they are back.
func (Connector) Next(_ channel.Account, t channel.Task, done []channel.Exchange, _ time.Time) (channel.Step, error) {
	var entity Entity
	switch t := t.(type) {
	case channel.SendMessage:
		entity = OutboundEntity(t.Message, t.At, t.From, t.Body, filesOf(t.Body, t.FileURL))
		if t.Automatic {
			entity = entity.Automatic()
		}
	case channel.SendTyping:
		entity = TypingEntity(t.To, t.From, t.At)
	case channel.SendDisconnect:
		entity = DisconnectEntity(t.To, t.From, t.At, t.ReadOnly)
	case channel.SendRead, channel.FetchProfile, channel.FetchMedia, channel.ListTemplates, channel.Reconcile:
		return channel.Step{}, channel.ErrUnsupported
	}
	if len(done) == 0 {
		return channel.Step{Push: OutboundFrame(entity)}, nil
	}
	receipt := &channel.Receipt{PlatformIDs: []string{entity.ID}, State: message.Sent, Reason: "the guest is not connected"}
	if last := done[len(done)-1]; last.Status == http.StatusOK && last.Err == "" {
		receipt.State, receipt.Reason = message.Delivered, ""
	}
	return channel.Step{Done: receipt}, nil
}

func filesOf(b message.Body, urls map[id.Attachment]string) []File {
	var out []File
	for _, a := range b.Attachments {
		out = append(out, File{Attachment: a, URL: urls[a.ID]})
	}
	return out
}

func first(q map[string][]string, key string) string {
	if v := q[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func name(r Request) string {
	switch r := r.(type) {
	case ConfigureSession:
		return "configureSession"
	case OnMessage:
		return "onMessage"
	case OnAttachment:
		return "onAttachment"
	case GetAttachment:
		return "getAttachment"
	case DeleteAttachment:
		return "deleteAttachment"
	case CloseSession:
		return "closeSession"
	case Echo:
		return "echo"
	case GetJWT:
		return "getJwt"
	case GetConfiguration:
		return "getConfiguration"
	case Unbuilt:
		return r.Action
	}
	return "unknown"
}
