package open

import (
	"regexp"
	"strings"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// statuses are what an integration may say of a message of ours.
var statuses = []string{"Sent", "Delivered", "Failed", "Published", "Read", "Removed"}

// fault is one of the platform's reasons in words for the agent.
type fault struct{ reason, rule string }

// faults are the reasons that an integration gives for a failure.
var faults = map[string]fault{
	"messageexpired":            {reason: "The message was too old when the integration got it. Send it again."},
	"ratelimited":               {reason: "The integration takes no more messages for the moment. Send it again in a minute."},
	"messagenotallowed":         {reason: "The integration may not send this message to the customer."},
	"generalerror":              {reason: "The integration could not deliver the message and does not say why. Send it again."},
	"unsupportedmessage":        {reason: "The integration cannot show such a message. Send it as text."},
	"unknownmessage":            {reason: "The integration does not know the message. Send it again."},
	"invalidmessagestructure":   {reason: "The integration cannot read the message. Send it as text."},
	"invaliddestination":        {reason: "The integration does not know the customer any more."},
	"servererror":               {reason: "The integration is out of order. Send the message again later."},
	"mediatypenotallowed":       {reason: "The integration does not take such a file. Send it in another format."},
	"invalidmediacontentlength": {reason: "The file is too large for the integration. Send a smaller one."},
	"recipientoptedout":         {reason: "The customer has opted out of messages. They have to opt in again first.", rule: channel.RuleOptedOut},
	"datafiltered":              {reason: "A filter on the way held the message back. Write it differently."},
}

// receipt says how far a message of ours has come.
//
//	{"id": "d7d5…", "channel": {"to": {"id": "cust-77", "idType": "Opaque"}, "time": "…"}, "status": "Delivered"}
func (in *inbound) receipt() (channel.Batch, *problem) {
	at, p := in.check(in.Channel.To, "to")
	switch {
	case p != nil:
		return channel.Batch{}, p
	case in.ID == "":
		return channel.Batch{}, wrong("bad.request", "id is missing")
	}
	e := channel.DeliveryReported{Account: in.integration, From: in.Channel.To.contact(), PlatformID: in.ID, Message: whole(in.ID), At: at}
	switch strings.ToLower(in.Status) {
	case "sent", "published":
		e.State = message.Sent
	case "delivered":
		e.State = message.Delivered
	case "read":
		e.State = message.Read
	case "removed":
		return channel.Batch{Skipped: []channel.Skipped{{Kind: "receipt_removed", Reason: "the integration has removed the message on its side"}}}, nil
	case "failed":
		e.State = message.Failed
		f := faults["generalerror"]
		for _, r := range in.Reasons {
			if known, is := faults[strings.ToLower(r.Code)]; is {
				f, e.Code = known, word(r.Code)
				break
			}
		}
		e.Reason, e.Rule = f.reason, f.rule
	default:
		return channel.Batch{}, notOneOf("status", in.Status, statuses...)
	}
	batch := channel.Batch{Events: []channel.Event{e}}
	if e.Rule == channel.RuleOptedOut {
		batch.Events = append(batch.Events, channel.ConsentChanged{Account: e.Account, From: e.From, OptedOut: true, At: at})
	}
	return batch, nil
}

// numbered is the end of the ID of one part of several.
var numbered = regexp.MustCompile(`-\d+$`)

// whole is Parley's ID of a message that went out in one part; "" of a part of
// several, which says nothing about the others.
func whole(platformID string) id.Message {
	if numbered.MatchString(platformID) {
		return ""
	}
	return id.Message(platformID)
}

// answer is an inbound call as it was taken on.
func (in *inbound) answer() normal {
	out := normal{ID: in.mint(), Type: "Text", Text: in.Text, Metadata: in.Metadata, Channel: normalRoute{
		ID: in.integration, Platform: "Open", Type: "Private", MessageID: in.Channel.MessageID,
		To: &party{ID: in.integration}, From: in.Channel.From, Time: in.Channel.Time,
	}}
	switch in.call {
	case callMessage, callOlder:
		if out.Content = in.Content; in.Content == nil {
			out.Content = []string{}
		}
	case callEvent:
		out.Type, out.Events = "Event", in.Events
	case callReceipt:
		out.ID, out.Type, out.Status, out.Reasons, out.Final, out.Direction = in.ID, "Receipt", in.Status, in.Reasons, in.Final, "Outbound"
		out.Channel.To = in.Channel.To
	case callResponse:
		out.Type, out.Direction = "Structured", "Inbound"
		out.Content = []map[string]any{{"contentType": "ButtonResponse", "buttonResponse": in.Button}}
	}
	return out
}
