// Package meta is what Facebook Messenger, Instagram Direct and WhatsApp share:
// signed webhooks, calls of the Graph API and what its errors mean. Messenger
// and Instagram also share the form of their webhooks and of the Send API: see
// Page.
package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"parley/backend/channel"
)

// Names of secrets: of an endpoint, then of an account.
const (
	// SecretApp is the app's secret, with which Meta signs webhooks.
	SecretApp = "app_secret"
	// SecretVerify is the token that the operator typed into the app's dashboard.
	SecretVerify = "verify_token"
	// SecretToken is the access token that calls are made with.
	SecretToken = "token"
)

// MaxBody is the largest webhook that is read. WhatsApp's may have 3 MB; the
// others say nothing and are smaller.
const MaxBody = 4 << 20

const (
	signatureHeader = "X-Hub-Signature-256"
	signaturePrefix = "sha256="
)

// challenges are integers as documented; anything that a browser could take for
// more than a word is refused.
var challenges = regexp.MustCompile(`^[0-9A-Za-z_-]{1,256}$`)

// Verify answers the challenge of a GET, and judges the signature of a POST over
// the raw body. An endpoint without the secret in question takes nothing.
//
// https://developers.facebook.com/docs/messenger-platform/webhooks
func Verify(e channel.Endpoint, r channel.Request) (channel.Reply, error) {
	switch r.Method {
	case http.MethodGet:
		return challenge(e.Secrets[SecretVerify], r)
	case http.MethodPost:
		return signed(e.Secrets[SecretApp], r)
	}
	return reply(http.StatusMethodNotAllowed), fmt.Errorf("%w: method %q", channel.ErrMalformed, r.Method)
}

func challenge(token string, r channel.Request) (channel.Reply, error) {
	if mode := first(r.Query, "hub.mode"); mode != "subscribe" {
		return reply(http.StatusBadRequest), fmt.Errorf("%w: hub.mode is not subscribe", channel.ErrMalformed)
	}
	if token == "" || !equal(token, first(r.Query, "hub.verify_token")) {
		return reply(http.StatusForbidden), fmt.Errorf("%w: another verify token", channel.ErrForbidden)
	}
	word := first(r.Query, "hub.challenge")
	if !challenges.MatchString(word) {
		return reply(http.StatusBadRequest), fmt.Errorf("%w: hub.challenge is no number", channel.ErrMalformed)
	}
	out := reply(http.StatusOK)
	out.Body, out.Final = []byte(word), true
	return out, nil
}

func signed(secret string, r channel.Request) (channel.Reply, error) {
	header := r.Header.Get(signatureHeader)
	if header == "" {
		return reply(http.StatusForbidden), fmt.Errorf("%w: no signature", channel.ErrForbidden)
	}
	digits, found := strings.CutPrefix(header, signaturePrefix)
	given, err := hex.DecodeString(digits)
	if !found || err != nil || len(given) != sha256.Size {
		return reply(http.StatusBadRequest), fmt.Errorf("%w: %s is not sha256= and 64 hexadecimal digits", channel.ErrMalformed, signatureHeader)
	}
	if len(r.Body) > MaxBody {
		return reply(http.StatusRequestEntityTooLarge), fmt.Errorf("%w: more than %d bytes", channel.ErrMalformed, MaxBody)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(r.Body)
	if secret == "" || !hmac.Equal(mac.Sum(nil), given) {
		return reply(http.StatusForbidden), fmt.Errorf("%w: another signature", channel.ErrForbidden)
	}
	return reply(http.StatusOK), nil
}

// Sign returns the signature header's value for a body.
func Sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return signaturePrefix + hex.EncodeToString(mac.Sum(nil))
}

// equal takes the same time wherever two words differ, and however long they are.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func reply(status int) channel.Reply {
	return channel.Reply{Status: status, Header: http.Header{
		"Content-Type":           {"text/plain; charset=utf-8"},
		"X-Content-Type-Options": {"nosniff"},
	}}
}

func first(q map[string][]string, key string) string {
	if v := q[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}
