package whatsapp

import (
	"time"

	"parley/backend/channel"
)

const window = 24 * time.Hour

// Meta's pages, with their dates.
const (
	sending   = "Meta, WhatsApp Cloud API, Send messages (December 2025)"
	media     = "Meta, WhatsApp Cloud API, Media (December 2025)"
	codes     = "Meta, WhatsApp Cloud API, Error codes (December 2025)"
	hooks     = "Meta, WhatsApp Cloud API, Webhooks, messages (December 2025)"
	status    = "Meta, WhatsApp Cloud API, Webhooks, status (December 2025)"
	endpoint  = "Meta, WhatsApp Cloud API, Create a webhook endpoint (December 2025)"
	templates = "Meta, WhatsApp Cloud API, Templates (December 2025)"
	typing    = "Meta, WhatsApp Cloud API, Typing indicators (December 2025)"
	identity  = "Meta, WhatsApp, Business-scoped user IDs (June 2026)"
	revoke    = "Meta, WhatsApp, Revoke messages webhook reference (2026)"
	limits    = "Meta, WhatsApp Cloud API, About the platform (December 2025)"

	read = "2026-11-22"
)

func policy() channel.Policy {
	return channel.Policy{
		ReplyWindowMs:   window.Milliseconds(),
		OpenedBy:        []channel.Opening{channel.OpenByMessage, channel.OpenByPostback},
		TemplateOutside: true,
		First:           channel.FirstByTemplate,
		Rules: []channel.Rule{
			{Name: "reply_window", Value: "24 hours after the contact's last message or call", Source: sending, ReadOn: read},
			{Name: "opened_by", Value: "a message or a call", Source: sending, ReadOn: read},
			{Name: "error_outside", Value: "131047", Source: codes, ReadOn: read},
			{Name: "templates", Value: "required outside the window; approved by Meta, for each language", Source: templates, ReadOn: read},
			{Name: "max_replies", Value: "no count; one message in 6 seconds to one contact, 45 at once", Source: limits, ReadOn: read},
			{Name: "text", Value: "4096 characters", Source: sending, ReadOn: read},
			{Name: "caption", Value: "1024 characters; a longer text goes as a message of its own", Source: "Meta, WhatsApp Cloud API, Image messages (June 2026)", ReadOn: "2026-11-26"},
			{Name: "image", Value: "JPEG, PNG, 5 MB", Source: media, ReadOn: read},
			{Name: "audio", Value: "AAC, AMR, MP3, M4A, OGG (Opus), 16 MB", Source: media, ReadOn: read},
			{Name: "video", Value: "MP4, 3GP, 16 MB", Source: media, ReadOn: read},
			{Name: "file", Value: "100 MB", Source: media, ReadOn: read},
			{Name: "files_per_message", Value: "1, with a caption, but for audio", Source: sending, ReadOn: read},
			{Name: "media_in", Value: "two calls with the token; the address lives 5 minutes, the ID 7 days", Source: media, ReadOn: read},
			{Name: "ephemeral", Value: "not stated; what is not handed over is marked so", Source: hooks, ReadOn: read},
			{Name: "unsend", Value: "revoke, of numbers shared with the Business app", Source: revoke, ReadOn: read},
			{Name: "edit", Value: "edit, of numbers shared with the Business app; elsewhere it comes as unsupported", Source: revoke, ReadOn: read},
			{Name: "delete", Value: "no call documented", Source: sending, ReadOn: read},
			{Name: "typing_in", Value: "no event", Source: hooks, ReadOn: read},
			{Name: "typing_out", Value: "25 seconds, and marks the contact's messages as read", Source: typing, ReadOn: read},
			{Name: "delivered", Value: "status delivered; may be left out", Source: status, ReadOn: read},
			{Name: "read", Value: "status read, if the contact has it on", Source: status, ReadOn: read},
			{Name: "read_out", Value: "status: read", Source: "Meta, WhatsApp Cloud API, Mark messages as read (December 2025)", ReadOn: read},
			{Name: "reactions", Value: "in; out is not offered", Source: hooks, ReadOn: read},
			{Name: "identity", Value: "business-scoped user ID, phone number, or both", Source: identity, ReadOn: read},
			{Name: "label", Value: "profile name, else username, else phone number, else business-scoped user ID", Source: identity, ReadOn: read},
			{Name: "first", Value: "the company may write first, by template, with the contact's opt-in", Source: "Meta, WhatsApp, Get opt-in (December 2025)", ReadOn: read},
			{Name: "dedupe", Value: "id; of statuses id and status", Source: hooks, ReadOn: read},
			{Name: "signature", Value: "HMAC-SHA-256 of the raw body, hexadecimal, by the app's secret", Source: endpoint, ReadOn: read},
			{Name: "answer_within", Value: "250 ms in the median, 1 second for 99 of 100", Source: "Meta, WhatsApp Cloud API, Throughput (December 2025)", ReadOn: read},
		},
	}
}
