// Package instagram is Instagram Direct as a codec: webhooks of the Instagram
// Messaging API in, calls of its Send API out. One endpoint takes the webhooks of
// all accounts of an app. What it shares with Messenger is in internal/meta; the
// rules are described in docs/channels/instagram.md.
package instagram

import (
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// Keys of channel.Account.Settings. The account's ID is that of the professional
// account, as its webhooks name it.
const (
	// SettingPage is the linked Facebook Page's ID; absent, calls go to "me", the
	// account that the token belongs to.
	SettingPage = meta.SettingPage
	// SettingHumanAgent, "on", says that Meta approved the app's Human Agent
	// feature: then replies that a person writes are accepted for seven days.
	SettingHumanAgent = meta.SettingHumanAgent
	// SettingStoryMentions and SettingStoryReplies, "off", report none of them.
	SettingStoryMentions = meta.SettingStoryMentions
	SettingStoryReplies  = meta.SettingStoryReplies
	// SettingAPI replaces the Graph API's address, version included:
	// "https://graph.instagram.com/v25.0" for accounts that signed in with Instagram.
	SettingAPI = meta.SettingAPI
)

// Names of secrets: the first two are the endpoint's, the last is the account's.
const (
	SecretApp    = meta.SecretApp
	SecretVerify = meta.SecretVerify
	SecretToken  = meta.SecretToken
)

var page = meta.Page{
	Object: "instagram", Platform: "instagram", API: "https://graph.facebook.com/v25.0", Node: "me",
	Errors: meta.InstagramErrors(), Images: 10, ProfileFields: "name,username,profile_pic",
}

// Connector is the Instagram Direct codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.Instagram.
func (Connector) Kind() channel.Kind { return channel.Instagram }

// Verify answers the challenge with which Meta tries an endpoint, and judges the
// signature of every webhook.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	return meta.Verify(e, r)
}

// Parse reads a webhook of one or many accounts. Stories that an account has
// switched off are skipped.
func (Connector) Parse(accounts channel.Accounts, r channel.Request) (channel.Batch, error) {
	return page.Parse(accounts, r)
}

// Next gives the next call of a task.
func (c Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, now time.Time) (channel.Step, error) {
	return page.Next(a, c.Profile(a), t, done, now)
}

// Profile gives what Instagram can do and allows.
func (Connector) Profile(a channel.Account) channel.Profile {
	return channel.Profile{Kind: channel.Instagram, Capabilities: capabilities(a), Policy: policy(a)}
}

const mb = 1 << 20

func capabilities(a channel.Account) channel.Capabilities {
	return channel.Capabilities{
		Label:           "Instagram",
		MaxTextBytes:    1000,
		FilesPerMessage: 1,
		TypingOut:       true,
		ReadOut:         true,
		Reports:         []message.Delivery{message.Sent, message.Read, message.Failed, message.Unknown},
		Buttons:         true,
		MaxButtons:      13,
		MaxButtonChars:  20,
		Replies:         true,
		Profiles:        true,
		Reconciles:      true,
		MediaIn:         true,
		Reactions:       true,
		Unsends:         true,
		Ephemeral:       a.Settings[SettingStoryMentions] != "off" || a.Settings[SettingStoryReplies] != "off",
	}.WithMedia(
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/png", "image/jpeg"}, MaxBytes: 8 * mb},
		channel.MediaLimit{Kind: channel.Audio, Types: []string{
			"audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/wave", "audio/x-wav",
		}, MaxBytes: 25 * mb},
		channel.MediaLimit{Kind: channel.Video, Types: []string{
			"video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm",
		}, MaxBytes: 25 * mb},
		channel.MediaLimit{Kind: channel.File, Types: []string{"application/pdf"}, MaxBytes: 25 * mb},
	)
}
