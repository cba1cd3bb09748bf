package messenger

import (
	"time"

	"parley/backend/channel"
)

const (
	window = 24 * time.Hour
	// humanAgent is how long the tag HUMAN_AGENT reaches.
	humanAgent = 7 * 24 * time.Hour
)

// Meta's pages, with their dates.
const (
	send     = "Meta, Messenger Platform, Send a Message (May 2026)"
	sendAPI  = "Meta, Messenger Platform, Send API Reference"
	human    = "Meta, Messenger Platform, Human Agent Escalation"
	errors   = "Meta, Messenger Platform, Common Error Codes (June 2026)"
	webhooks = "Meta, Messenger Platform, Webhook Events Reference"
	endpoint = "Meta, Messenger Platform, Meta Webhooks for Messenger Platform"
	messages = "Meta, Messenger Platform, messages Webhook Event Reference (June 2026)"
	actions  = "Meta, Messenger Platform, Sender Actions"
	profile  = "Meta, Messenger Platform, User Profile API"

	read = "2026-11-22"
)

func policy(a channel.Account) channel.Policy {
	p := channel.Policy{
		ReplyWindowMs: window.Milliseconds(),
		OpenedBy:      []channel.Opening{channel.OpenByMessage, channel.OpenByPostback, channel.OpenByReaction, channel.OpenByJoin},
		First:         channel.FirstNever,
		Rules: []channel.Rule{
			{Name: "reply_window", Value: "24 hours after the contact's last opening action", Source: send, ReadOn: read},
			{Name: "human_agent", Value: "7 days after the contact's last message, for what a person wrote, if the app is approved", Source: human, ReadOn: read},
			{Name: "opened_by", Value: "a message, a button, an m.me link in an existing thread, an ad click with a message, a reaction", Source: send, ReadOn: read},
			{Name: "error_outside", Value: "10/2018278", Source: errors, ReadOn: read},
			{Name: "templates", Value: "none needed or offered here; quick replies are", Source: send, ReadOn: read},
			{Name: "max_replies", Value: "no count", Source: send, ReadOn: read},
			{Name: "text", Value: "under 2000 characters", Source: sendAPI, ReadOn: read},
			{Name: "image", Value: "8 MB", Source: sendAPI, ReadOn: read},
			{Name: "audio", Value: "25 MB", Source: sendAPI, ReadOn: read},
			{Name: "video", Value: "25 MB", Source: sendAPI, ReadOn: read},
			{Name: "file", Value: "25 MB", Source: sendAPI, ReadOn: read},
			{Name: "files_per_message", Value: "1, without text beside it", Source: send, ReadOn: read},
			{Name: "media_in", Value: "signed address without a stated life: fetched on receipt", Source: messages, ReadOn: read},
			{Name: "ephemeral", Value: "none", Source: messages, ReadOn: read},
			{Name: "unsend", Value: "no event", Source: webhooks, ReadOn: read},
			{Name: "edit", Value: "message_edit, up to five times", Source: "Meta, Messenger Platform, message_edits Webhook Event Reference", ReadOn: read},
			{Name: "delete", Value: "no call documented", Source: sendAPI, ReadOn: read},
			{Name: "typing_in", Value: "no event", Source: webhooks, ReadOn: read},
			{Name: "typing_out", Value: "shown for about 20 seconds", Source: actions, ReadOn: read},
			{Name: "delivered", Value: "delivery, with a watermark", Source: "Meta, Messenger Platform, message_deliveries Webhook Event Reference", ReadOn: read},
			{Name: "read", Value: "read, with a watermark", Source: "Meta, Messenger Platform, message_reads Webhook Event Reference", ReadOn: read},
			{Name: "read_out", Value: "mark_seen", Source: actions, ReadOn: read},
			{Name: "reactions", Value: "in; out is not offered", Source: "Meta, Messenger Platform, message_reactions Webhook Event Reference", ReadOn: read},
			{Name: "identity", Value: "page-scoped ID; name and picture if permitted", Source: profile, ReadOn: read},
			{Name: "label", Value: "the page-scoped ID where there is no name", Source: profile, ReadOn: read},
			{Name: "first", Value: "the contact writes first", Source: send, ReadOn: read},
			{Name: "dedupe", Value: "mid", Source: endpoint, ReadOn: read},
			{Name: "signature", Value: "HMAC-SHA-256 of the raw body, hexadecimal, by the app's secret", Source: endpoint, ReadOn: read},
			{Name: "answer_within", Value: "5 seconds", Source: endpoint, ReadOn: read},
		},
	}
	if a.Settings[SettingHumanAgent] == "on" {
		p.ExtendedWindowMs = humanAgent.Milliseconds()
	}
	return p
}
