package instagram

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
	send     = "Meta, Instagram Messaging, Send a Message"
	human    = "Meta, Messenger Platform, Human Agent Escalation"
	errors   = "Meta, Messenger Platform, Common Error Codes (June 2026)"
	webhooks = "Meta, Webhooks for Instagram Messaging"
	endpoint = "Meta, Messenger Platform, Meta Webhooks for Messenger Platform"
	stories  = "Meta, Instagram Messaging, Story Mention"
	actions  = "Meta, Instagram Messaging, Sender Actions"
	profile  = "Meta, Instagram Messaging, User Profile API"
	login    = "Meta, Instagram API with Instagram Login, Send Messages"

	read = "2026-11-22"
)

func policy(a channel.Account) channel.Policy {
	p := channel.Policy{
		ReplyWindowMs: window.Milliseconds(),
		OpenedBy:      []channel.Opening{channel.OpenByMessage, channel.OpenByPostback},
		First:         channel.FirstNever,
		Rules: []channel.Rule{
			{Name: "reply_window", Value: "24 hours after the contact's last message", Source: send, ReadOn: read},
			{Name: "human_agent", Value: "7 days after the contact's last message, for what a person wrote, if the app is approved", Source: human, ReadOn: read},
			{Name: "opened_by", Value: "a message, also a story reply, a story mention, an ice-breaker", Source: send, ReadOn: read},
			{Name: "error_outside", Value: "10/2534022", Source: errors, ReadOn: read},
			{Name: "templates", Value: "none needed or offered here; quick replies are", Source: send, ReadOn: read},
			{Name: "max_replies", Value: "no count", Source: send, ReadOn: read},
			{Name: "text", Value: "1000 bytes of UTF-8", Source: send, ReadOn: read},
			{Name: "image", Value: "PNG, JPEG, 8 MB", Source: send, ReadOn: read},
			{Name: "audio", Value: "AAC, M4A, WAV, MP4, 25 MB", Source: send, ReadOn: read},
			{Name: "video", Value: "MP4, OGG, AVI, MOV, WebM, 25 MB", Source: send, ReadOn: read},
			{Name: "file", Value: "PDF, 25 MB", Source: send, ReadOn: read},
			{Name: "files_per_message", Value: "1, or 10 images; no text beside them", Source: send, ReadOn: read},
			{Name: "media_in", Value: "signed address; a story's ends with the story", Source: stories, ReadOn: read},
			{Name: "ephemeral", Value: "story media: 24 hours, never stored or cached, seen at Meta's address only; view-once media comes without an address", Source: stories, ReadOn: read},
			{Name: "private_stories", Value: "mentions by a private account come only if the business follows it", Source: stories, ReadOn: read},
			{Name: "story_settings", Value: "mentions and replies can be switched off for an account", Source: "Genesys Cloud, Platform configuration profiles overview", ReadOn: read},
			{Name: "unsend", Value: "is_deleted: the stored copy is removed", Source: webhooks, ReadOn: read},
			{Name: "edit", Value: "no event", Source: "Meta, Messenger Platform, message_edits Webhook Event Reference", ReadOn: read},
			{Name: "delete", Value: "no call documented", Source: send, ReadOn: read},
			{Name: "typing_in", Value: "no event", Source: webhooks, ReadOn: read},
			{Name: "typing_out", Value: "typing_on", Source: actions, ReadOn: read},
			{Name: "delivered", Value: "no event", Source: webhooks, ReadOn: read},
			{Name: "read", Value: "messaging_seen names the message", Source: webhooks, ReadOn: read},
			{Name: "read_out", Value: "mark_seen", Source: actions, ReadOn: read},
			{Name: "reactions", Value: "in; out is not offered", Source: webhooks, ReadOn: read},
			{Name: "identity", Value: "Instagram-scoped ID; name may be missing; username", Source: profile, ReadOn: read},
			{Name: "label", Value: "name, else username, else the Instagram-scoped ID", Source: profile, ReadOn: read},
			{Name: "first", Value: "the contact writes first", Source: login, ReadOn: read},
			{Name: "dedupe", Value: "mid and the kind of event: unsending repeats the mid", Source: webhooks, ReadOn: read},
			{Name: "signature", Value: "HMAC-SHA-256 of the raw body, hexadecimal, by the app's secret", Source: endpoint, ReadOn: read},
			{Name: "answer_within", Value: "5 seconds", Source: endpoint, ReadOn: read},
		},
	}
	if a.Settings[SettingHumanAgent] == "on" {
		p.ExtendedWindowMs = humanAgent.Milliseconds()
	}
	return p
}
