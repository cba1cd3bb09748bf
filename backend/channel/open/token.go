package open

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
)

// PathToken is where an integration's server gets a token.
const PathToken = "/oauth/token"

// lifetime is how long a token holds.
const lifetime = 24 * time.Hour

// grant answers a request for a token (OAuth client credentials). A token says
// whose it is and until when, signed with the client's secret: nothing has to be
// kept, and a new secret ends every token.
func grant(e channel.Endpoint, r channel.Request, now time.Time) (channel.Reply, error) {
	denied := func(status int, code, why string, kind error) (channel.Reply, error) {
		a := reply(status, map[string]string{"error": code, "error_description": why})
		a.Final = true
		return a, &problem{status, code, why, kind}
	}
	client, secret, ok := basic(r.Header.Get("Authorization"))
	if !ok || !known(e, client, secret) {
		return denied(http.StatusUnauthorized, "invalid_client", "the client is not known, or its secret is wrong", channel.ErrForbidden)
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || form.Get("grant_type") != "client_credentials" {
		return denied(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is supported", channel.ErrMalformed)
	}
	a := reply(http.StatusOK, map[string]any{
		"access_token": token(client, secret, now.Add(lifetime)), "token_type": "bearer", "expires_in": int(lifetime/time.Second) - 1,
	})
	a.Header.Set("Cache-Control", "no-store")
	a.Final = true
	return a, nil
}

// basic reads the credentials of HTTP Basic authentication.
func basic(header string) (user, password string, ok bool) {
	scheme, coded, _ := strings.Cut(header, " ")
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(coded))
	if err != nil || !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	return strings.Cut(string(plain), ":")
}

// known says that client and secret are the endpoint's. A client without a
// secret is nobody.
func known(e channel.Endpoint, client, secret string) bool {
	id, own := e.Secrets[SecretClientID], e.Secrets[SecretClientSecret]
	same := hmac.Equal([]byte(id), []byte(client)) && hmac.Equal([]byte(own), []byte(secret))
	return same && id != "" && own != ""
}

var encoding = base64.RawURLEncoding

// token makes a token.
func token(client, secret string, until time.Time) string {
	claim := client + "\n" + strconv.FormatInt(until.Unix(), 10)
	return encoding.EncodeToString([]byte(claim)) + "." + encoding.EncodeToString(seal(secret, claim))
}

func seal(secret, claim string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("open messaging token\n"))
	mac.Write([]byte(claim))
	return mac.Sum(nil)
}

// authorize judges the header of an inbound call.
func authorize(e channel.Endpoint, header string, now time.Time) *problem {
	denied := func(code, why string) *problem {
		return &problem{http.StatusUnauthorized, code, why, channel.ErrForbidden}
	}
	scheme, given, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || given == "" {
		return denied("authentication.required", "a bearer token is needed")
	}
	coded, signature, _ := strings.Cut(strings.TrimSpace(given), ".")
	claim, err := encoding.DecodeString(coded)
	sum, err2 := encoding.DecodeString(signature)
	secret := e.Secrets[SecretClientSecret]
	if err != nil || err2 != nil || secret == "" || !hmac.Equal(sum, seal(secret, string(claim))) {
		return denied("bad.credentials", "the token is not one of this client's")
	}
	client, until, _ := strings.Cut(string(claim), "\n")
	seconds, err := strconv.ParseInt(until, 10, 64)
	switch {
	case err != nil || client != e.Secrets[SecretClientID]:
		return denied("bad.credentials", "the token is not one of this client's")
	case !now.Before(time.Unix(seconds, 0)):
		return denied("credentials.expired", "the token has expired")
	}
	return nil
}
