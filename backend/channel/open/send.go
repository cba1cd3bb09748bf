package open

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

// The platform's rule for webhooks: a call is made again five times, five
// seconds apart, after a time-out, 429 and 5xx. Order is kept for each customer.
//
// https://developer.genesys.cloud/commdigital/digital/openmessaging/validate
const (
	retries = 5
	between = 5 * time.Second
	longest = time.Minute
)

// typingLasts is how long an indicator is shown, as the platform tells it.
const typingLasts = 5000 // milliseconds

// Next gives the next step for a task.
func (Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, _ time.Time) (channel.Step, error) {
	switch t := t.(type) {
	case channel.SendMessage:
		return send(a, t, done), nil
	case channel.SendTyping:
		if enabled(a, SettingTypingOut) {
			return signal(a, t, done), nil
		}
	case channel.FetchMedia:
		return outcome.Fetch(channel.Call{URL: t.Media.URL}, done, "The integration", ""), nil
	case channel.SendRead, channel.SendDisconnect, channel.FetchProfile, channel.ListTemplates, channel.Reconcile:
	}
	return channel.Step{}, channel.ErrUnsupported
}

// webhook is a call to the integration's server.
func webhook(a channel.Account, body normal) *channel.Call {
	c := &channel.Call{
		Method: http.MethodPost, URL: a.Settings[SettingWebhook], Header: http.Header{}, Body: compact(body),
		Auth: channel.Auth{Scheme: channel.HubSignature, Secrets: []string{SecretWebhook}},
	}
	if strings.EqualFold(a.Settings[SettingSignature], "hex") {
		c.Auth.Scheme = channel.HubSignatureHex
	}
	for key, value := range a.Settings {
		name, is := strings.CutPrefix(key, SettingHeader)
		if name = textproto.CanonicalMIMEHeaderKey(name); is && name != "X-Hub-Signature-256" && name != "Host" && name != "Content-Length" {
			c.Header.Set(name, value)
		}
	}
	c.Header.Set("Content-Type", "application/json")
	return c
}

// outbound is the frame of everything that goes to a customer.
func outbound(a channel.Account, id, to, kind string, at time.Time) normal {
	return normal{ID: id, Type: kind, Direction: "Outbound", Channel: normalRoute{
		ID: a.ID, Platform: "Open", Type: "Private", To: customer(to), From: &party{Nickname: a.Name, ID: a.ID, IDType: "Opaque"}, Time: clock(at),
	}}
}

// parts are the webhooks of a message: one for each file, the first one with the
// text. Quick replies go with the text, before any file.
func parts(a channel.Account, t channel.SendMessage) []normal {
	first := outbound(a, "", t.To, "Text", t.At)
	first.Text, first.Origin = t.Body.Text, "Human"
	if t.Automatic {
		first.Origin = "Bot"
	}
	out := []normal{first}
	if len(t.Body.Buttons) > 0 {
		var replies []element
		for _, b := range t.Body.Buttons {
			replies = append(replies, element{ContentType: "QuickReply", QuickReply: &quickReply{Text: b.Text, Payload: b.Payload, Action: "Message"}})
		}
		out[0].Type, out[0].Content = "Structured", replies
	}
	for i, f := range t.Body.Attachments {
		file := attachment{ID: string(f.ID), MediaType: mediaType(f.MIME), URL: t.FileURL[f.ID], MIME: f.MIME, Filename: f.Name, Size: f.Size}
		if i > 0 || out[0].Content != nil {
			next := first
			next.Text = ""
			out = append(out, next)
		}
		out[len(out)-1].Content = []element{{ContentType: "Attachment", Attachment: &file}}
	}
	for i := range out {
		if out[i].ID = string(t.Message); len(out) > 1 {
			out[i].ID += "-" + strconv.Itoa(i+1)
		}
		out[i].Channel.MessageID = out[i].ID
	}
	return out
}

func mediaType(mime string) string {
	switch group, _, _ := strings.Cut(mime, "/"); group {
	case "image":
		return "Image"
	case "video":
		return "Video"
	case "audio":
		return "Audio"
	}
	return "File"
}

// send calls the webhook for each part, one after the other. A call that is made
// again has the same ID, by which receivers know it.
func send(a channel.Account, t channel.SendMessage, done []channel.Exchange) channel.Step {
	switch {
	case a.Settings[SettingWebhook] == "":
		return failed("The integration has no webhook. An administrator has to look.")
	case t.Body.Text == "" && len(t.Body.Attachments) == 0:
		return failed("The message is empty.")
	}
	all := parts(a, t)
	var ids []string
	var wait time.Duration
	tries, lost := 0, false
	for _, e := range done {
		kind := outcome.Of(e)
		if kind == outcome.Done {
			ids, tries, wait, lost = append(ids, all[len(ids)].ID), 0, 0, false
			continue
		}
		lost = lost || kind == outcome.Lost
		if tries++; kind != outcome.Refused && tries <= retries {
			wait = pause(e)
			continue
		}
		return channel.Step{Done: ended(e, kind, ids, lost)}
	}
	if len(ids) == len(all) {
		return channel.Step{Done: &channel.Receipt{State: message.Sent, PlatformIDs: ids}}
	}
	return channel.Step{Call: webhook(a, all[len(ids)]), After: wait, Hold: channel.HoldContact}
}

func failed(reason string) channel.Step {
	return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: reason}}
}

// pause is five seconds, or as long as the server asks for, up to a minute.
func pause(e channel.Exchange) time.Duration {
	if e.Header.Get("Retry-After") == "" {
		return between
	}
	return min(max(outcome.Wait(e, 1), between), longest)
}

// ended is what remains to say when a part was not taken.
func ended(e channel.Exchange, kind outcome.Kind, ids []string, lost bool) *channel.Receipt {
	r := &channel.Receipt{State: message.Failed, PlatformIDs: ids, Code: outcome.Code(e)}
	switch {
	case kind == outcome.Refused:
		r.Reason = "The integration refused the message (HTTP " + r.Code + "). An administrator has to look."
	case lost:
		r.State, r.Reason = message.Unknown, "The integration did not answer: it is not known whether the customer got the message."
	default:
		r.Reason, r.Retry, r.RetryAfter = "The integration is out of order. Send the message again later.", true, time.Minute
	}
	if len(ids) > 0 {
		r.Retry, r.RetryAfter, r.Reason = false, 0, "Only a part of the message went out. "+r.Reason
	}
	return r
}

// signal tells the customer that the agent is typing. It is not made again: it
// is past by then.
func signal(a channel.Account, t channel.SendTyping, done []channel.Exchange) channel.Step {
	if a.Settings[SettingWebhook] == "" {
		return failed("The integration has no webhook.")
	}
	if len(done) > 0 {
		if e := done[len(done)-1]; outcome.Of(e) != outcome.Done {
			return failed("The integration did not take the typing indicator.")
		}
		return channel.Step{Done: &channel.Receipt{State: message.Sent}}
	}
	sum := sha256.Sum256([]byte(a.ID + "\x00" + t.To + "\x00" + clock(t.At)))
	body := outbound(a, hex.EncodeToString(sum[:16]), t.To, "Event", t.At)
	body.Events = []happening{{EventType: "Typing", Typing: typing{Type: "On", Duration: typingLasts}}}
	return channel.Step{Call: webhook(a, body)}
}
