// Package x is the channel for X (Twitter) Direct Messages, as a codec. It keeps
// no state, does no IO and reads no clock.
//
// An account is one X user; its ID is the user's number, as webhooks name it.
package x

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Keys of channel.Account.Settings.
const (
	// SettingAPI is the version that messages are sent with: "2" (default) or
	// "1.1", which alone has typing, marking as read and quick replies, but is not
	// open to every developer.
	SettingAPI = "api"
	// SettingAuth is "oauth1" (default) or "oauth2". Version 1.1 takes the former
	// only.
	SettingAuth = "auth"
	// SettingURL replaces https://api.x.com.
	SettingURL = "apiUrl"
)

// Names of secrets. The consumer secret also signs webhooks.
const (
	SecretConsumerKey    = "consumer_key"
	SecretConsumerSecret = "consumer_secret"
	SecretToken          = "token"
	SecretTokenSecret    = "token_secret"
	// SecretAccessToken is the user's, for "oauth2".
	SecretAccessToken = "access_token"
)

// queryChallenge is the query key of X's check that an endpoint is the app's.
const queryChallenge = "crc_token"

const (
	defaultURL     = "https://api.x.com"
	maxChars       = 10000
	maxReplies     = 5
	maxButtons     = 20
	maxButtonChars = 36
	mb             = 1 << 20
)

// Connector is the X codec. The zero value is ready.
type Connector struct{}

var _ channel.Connector = Connector{}

// Kind returns channel.X.
func (Connector) Kind() channel.Kind { return channel.X }

// legacy says that an account sends by version 1.1.
func legacy(a channel.Account) bool { return a.Settings[SettingAPI] == "1.1" }

func base(a channel.Account) string {
	if s := strings.TrimRight(a.Settings[SettingURL], "/"); s != "" {
		return s
	}
	return defaultURL
}

// auth signs an account's calls.
func auth(a channel.Account) channel.Auth {
	if a.Settings[SettingAuth] == "oauth2" && !legacy(a) {
		return channel.Auth{Scheme: channel.Bearer, Secrets: []string{SecretAccessToken}}
	}
	return channel.Auth{Scheme: channel.OAuth1, Secrets: []string{SecretConsumerKey, SecretConsumerSecret, SecretToken, SecretTokenSecret}}
}

// Profile gives what Direct Messages can do. X delivers no receipt of delivery,
// only of reading.
func (Connector) Profile(a channel.Account) channel.Profile {
	c := channel.Capabilities{
		Label:           "X",
		MaxTextChars:    maxChars,
		FilesPerMessage: 1,
		TextWithFile:    true,
		TypingIn:        true,
		TypingOut:       legacy(a),
		ReadOut:         legacy(a),
		Reports:         []message.Delivery{message.Sent, message.Read, message.Failed, message.Unknown},
		Buttons:         legacy(a),
		MediaIn:         true,
		Profiles:        true,
		Reconciles:      true,
	}.WithMedia(
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/jpeg", "image/png", "image/webp"}, MaxBytes: 5 * mb},
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/gif"}, MaxBytes: 15 * mb},
		channel.MediaLimit{Kind: channel.Video, Types: []string{"video/mp4"}, MaxBytes: 512 * mb},
	)
	if c.Buttons {
		c.MaxButtons, c.MaxButtonChars = maxButtons, maxButtonChars
	}
	const (
		docs   = "https://docs.x.com/x-api/"
		readOn = "2026-11-22"
	)
	return channel.Profile{Kind: channel.X, Capabilities: c, Policy: channel.Policy{MaxReplies: maxReplies, Rules: []channel.Rule{
		{Name: channel.RuleMaxReplies, Value: "five replies to each message of the contact; the sixth is a delivery failure (X itself only counts it against the rate)", Source: "https://help.mypurecloud.com/articles/work-with-message-interactions/", ReadOn: readOn},
		{Name: "rate", Value: "15 messages in 15 minutes and 1440 in 24 hours for each user (version 2)", Source: docs + "fundamentals/rate-limits", ReadOn: readOn},
		{Name: "text_length", Value: "10000 characters (version 1.1; version 2 does not say)", Source: "https://developer.x.com/en/docs/twitter-api/v1/direct-messages/sending-and-receiving/api-reference/new-event", ReadOn: readOn},
		{Name: "media", Value: "one file: picture 5 MB, animated gif 15 MB, film 512 MB and 140 seconds", Source: docs + "media/quickstart/best-practices", ReadOn: readOn},
		{Name: channel.RuleFirst, Value: "the company may write first to whoever accepts messages from it", Source: docs + "direct-messages/manage/integrate", ReadOn: readOn},
	}}}
}

// Verify answers X's challenge (CRC) and judges a webhook by its signature.
func (Connector) Verify(e channel.Endpoint, r channel.Request, _ time.Time) (channel.Reply, error) {
	secret := e.Secrets[SecretConsumerSecret]
	if secret == "" {
		return refuse(http.StatusForbidden, channel.ErrForbidden, "the endpoint has no consumer secret")
	}
	switch r.Method {
	case http.MethodGet:
		asked := r.Query[queryChallenge]
		if len(asked) != 1 || asked[0] == "" {
			return refuse(http.StatusBadRequest, channel.ErrMalformed, queryChallenge+" is missing")
		}
		body, err := json.Marshal(map[string]string{"response_token": Sign(secret, []byte(asked[0]))})
		return channel.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Final: true}, err
	case http.MethodPost:
		if !signed(secret, r.Body, r.Header.Get(HeaderSignature)) {
			return refuse(http.StatusForbidden, channel.ErrForbidden, HeaderSignature+" is missing or does not fit")
		}
		return channel.Reply{Status: http.StatusOK}, nil
	}
	return refuse(http.StatusMethodNotAllowed, channel.ErrMalformed, "neither GET nor POST")
}

func refuse(status int, kind error, why string) (channel.Reply, error) {
	return channel.Reply{Status: status}, fmt.Errorf("%w: %s", kind, why)
}
