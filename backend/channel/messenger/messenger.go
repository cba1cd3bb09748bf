// Package messenger is Facebook Messenger as a codec: webhooks of the Messenger
// Platform in, calls of its Send API out. One endpoint takes the webhooks of all
// pages of an app. What it shares with Instagram is in internal/meta; the rules
// are described in docs/channels/messenger-facebook.md.
package messenger

import (
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// Keys of channel.Account.Settings. The account's ID is the page's.
const (
	// SettingHumanAgent, "on", says that Meta approved the app's Human Agent
	// feature: then replies that a person writes are accepted for seven days.
	SettingHumanAgent = meta.SettingHumanAgent
	// SettingAPI replaces the Graph API's address, version included.
	SettingAPI = meta.SettingAPI
)

// Names of secrets: the first two are the endpoint's, the last is the account's.
const (
	SecretApp    = meta.SecretApp
	SecretVerify = meta.SecretVerify
	SecretToken  = meta.SecretToken
)

var page = meta.Page{
	Object: "page", Platform: "messenger", API: "https://graph.facebook.com/v25.0",
	Errors: meta.MessengerErrors(), Metadata: true, Images: 1, ProfileFields: "name,first_name,last_name,profile_pic",
}

// Connector is the Facebook Messenger codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.Messenger.
func (Connector) Kind() channel.Kind { return channel.Messenger }

// Verify answers the challenge with which Meta tries an endpoint, and judges the
// signature of every webhook.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	return meta.Verify(e, r)
}

// Parse reads a webhook of one or many pages.
func (Connector) Parse(accounts channel.Accounts, r channel.Request) (channel.Batch, error) {
	return page.Parse(accounts, r)
}

// Next gives the next call of a task.
func (c Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, now time.Time) (channel.Step, error) {
	return page.Next(a, c.Profile(a), t, done, now)
}

// Profile gives what Messenger can do and allows.
func (Connector) Profile(a channel.Account) channel.Profile {
	return channel.Profile{Kind: channel.Messenger, Capabilities: capabilities(), Policy: policy(a)}
}

const mb = 1 << 20

func capabilities() channel.Capabilities {
	return channel.Capabilities{
		Label:           "Facebook Messenger",
		MaxTextChars:    1999,
		FilesPerMessage: 1,
		TypingOut:       true,
		ReadOut:         true,
		Reports:         []message.Delivery{message.Sent, message.Delivered, message.Read, message.Failed, message.Unknown},
		Buttons:         true,
		MaxButtons:      13,
		MaxButtonChars:  20,
		Replies:         true,
		Profiles:        true,
		Reconciles:      true,
		MediaIn:         true,
		Reactions:       true,
		Edits:           true,
	}.WithMedia(
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/png", "image/jpeg", "image/gif"}, MaxBytes: 8 * mb},
		channel.MediaLimit{Kind: channel.Audio, Types: []string{"audio/*"}, MaxBytes: 25 * mb},
		channel.MediaLimit{Kind: channel.Video, Types: []string{"video/*"}, MaxBytes: 25 * mb},
		channel.MediaLimit{Kind: channel.File, Types: []string{"*/*"}, MaxBytes: 25 * mb},
	)
}
