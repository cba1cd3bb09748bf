// Package whatsapp is the WhatsApp Business Platform's Cloud API as a codec:
// webhooks in, calls out. One endpoint takes the webhooks of all numbers of an
// app. The rules are described in docs/channels/whatsapp.md.
package whatsapp

import (
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// Keys of channel.Account.Settings. The account's ID is the phone number ID.
const (
	// SettingBusiness is the WhatsApp Business Account (WABA) that the number's
	// templates belong to; without it they cannot be listed.
	SettingBusiness = "businessAccount"
	// SettingListButton is the label that opens a list of more than three quick
	// replies; at most 20 characters.
	SettingListButton = "listButton"
	// SettingAPI replaces the Graph API's address, version included.
	SettingAPI = meta.SettingAPI
)

// Names of secrets: the first two are the endpoint's, the last is the account's.
const (
	SecretApp    = meta.SecretApp
	SecretVerify = meta.SecretVerify
	SecretToken  = meta.SecretToken
)

const api = "https://graph.facebook.com/v23.0"

// Connector is the WhatsApp codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.WhatsApp.
func (Connector) Kind() channel.Kind { return channel.WhatsApp }

// Verify answers the challenge with which Meta tries an endpoint, and judges the
// signature of every webhook.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	return meta.Verify(e, r)
}

// Profile gives what WhatsApp can do and allows.
func (Connector) Profile(channel.Account) channel.Profile {
	return channel.Profile{Kind: channel.WhatsApp, Capabilities: capabilities(), Policy: policy()}
}

const mb = 1 << 20

// Limits of what an interactive message may hold.
const (
	maxButtons     = 3 // more become a list
	maxRows        = 10
	maxButtonChars = 20
	maxButtonBody  = 1024
	maxCaption     = 1024
	maxPayload     = 200
)

func capabilities() channel.Capabilities {
	return channel.Capabilities{
		Label:           "WhatsApp",
		MaxTextChars:    4096,
		FilesPerMessage: 1,
		TextWithFile:    true,
		TypingOut:       true,
		ReadOut:         true,
		Reports:         []message.Delivery{message.Sent, message.Delivered, message.Read, message.Failed, message.Unknown},
		Buttons:         true,
		MaxButtons:      maxRows,
		MaxButtonChars:  maxButtonChars,
		Replies:         true,
		Templates:       true,
		MediaIn:         true,
		Reactions:       true,
		Edits:           true, // of numbers shared with the Business app
		Unsends:         true, // likewise
	}.WithMedia(
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/jpeg", "image/png"}, MaxBytes: 5 * mb},
		channel.MediaLimit{Kind: channel.Audio, Types: []string{"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}, MaxBytes: 16 * mb},
		channel.MediaLimit{Kind: channel.Video, Types: []string{"video/mp4", "video/3gpp"}, MaxBytes: 16 * mb},
		channel.MediaLimit{Kind: channel.File, Types: []string{"application/*", "text/*"}, MaxBytes: 100 * mb},
	)
}
