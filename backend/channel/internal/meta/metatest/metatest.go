// Package metatest is what the tests of Meta's three channels share: signed and
// forged requests, and a count of what a webhook carries that is made without
// the parsers under test.
package metatest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta"
)

// The vector of Meta's signature: this body under this secret.
const (
	Secret    = "app-secret-for-tests"
	Body      = `{"object":"page","entry":[{"id":"900100200300","time":1793000000123,"messaging":[{"sender":{"id":"7001002003004005"},"recipient":{"id":"900100200300"},"timestamp":1793000000001,"message":{"mid":"m_AbC1","text":"Gr\u00fc\u00dfe"}}]}]}`
	Signature = "sha256=a7f5d62041fbabb8e469bd9bf8dd13f337e7754f3d70a85281b630396ed7569e"
	Token     = "parrot"
)

// Endpoint has the vector's secrets.
func Endpoint() channel.Endpoint {
	return channel.Endpoint{Secrets: map[string]string{meta.SecretApp: Secret, meta.SecretVerify: Token}}
}

// Post is a webhook with a signature; "" leaves it out.
func Post(signature, body string) channel.Request {
	r := channel.Request{Method: http.MethodPost, Header: http.Header{}, Body: []byte(body)}
	if signature != "" {
		r.Header.Set("X-Hub-Signature-256", signature)
	}
	return r
}

// Challenge is a request by which Meta tries an endpoint.
func Challenge(mode, token, word string) channel.Request {
	return channel.Request{Method: http.MethodGet, Query: url.Values{
		"hub.mode": {mode}, "hub.verify_token": {token}, "hub.challenge": {word},
	}}
}

// Requests are what Verify must accept, refuse as forged and refuse as broken.
func Requests() (genuine, forged, broken []channeltest.Call) {
	call := func(name string, r channel.Request) channeltest.Call {
		return channeltest.Call{Name: name, Endpoint: Endpoint(), Request: r}
	}
	with := func(name string, secrets map[string]string, r channel.Request) channeltest.Call {
		return channeltest.Call{Name: name, Endpoint: channel.Endpoint{Secrets: secrets}, Request: r}
	}
	genuine = []channeltest.Call{
		call("vector", Post(Signature, Body)),
		call("challenge", Challenge("subscribe", Token, "1158201444")),
	}
	forged = []channeltest.Call{
		call("no signature", Post("", Body)),
		call("another body", Post(Signature, " "+Body)),
		with("another secret", map[string]string{meta.SecretApp: "other"}, Post(Signature, Body)),
		with("no secret is configured", nil, Post(Signature, Body)),
		with("signed with nothing", map[string]string{meta.SecretApp: ""}, Post(meta.Sign("", Body), Body)),
		call("another token", Challenge("subscribe", "Parrot", "1")),
		call("no token", Challenge("subscribe", "", "1")),
		with("no token is configured", nil, Challenge("subscribe", "", "1")),
	}
	broken = []channeltest.Call{
		call("no prefix", Post(Signature[7:], Body)),
		call("SHA-1", Post("sha1=a7f5d62041fbabb8e469bd9bf8dd13f337e7754f", Body)),
		call("too short", Post(Signature[:70], Body)),
		call("too long", Post(Signature+"00", Body)),
		call("no digits", Post("sha256=zz"+Signature[9:], Body)),
		call("another mode", Challenge("unsubscribe", Token, "1")),
		call("markup for a challenge", Challenge("subscribe", Token, "<script>")),
		call("no challenge", Challenge("subscribe", Token, "")),
		call("another method", channel.Request{Method: http.MethodPut}),
	}
	return genuine, forged, broken
}

// Accounted holds that Parse tells at least as many events and skipped parts as
// a webhook has elements.
func Accounted(t *testing.T, c channel.Connector, a channel.Account, body []byte) {
	t.Helper()
	b, err := c.Parse(channel.Accounts{a.ID: a}, channel.Request{Method: http.MethodPost, Body: body})
	if err != nil {
		return
	}
	if want, got := elements(body), len(b.Events)+len(b.Skipped); got < want {
		t.Errorf("%d elements, but %d events and %d skipped", want, len(b.Events), len(b.Skipped))
	}
}

// elements counts what lies in the lists of a webhook's entries.
func elements(body []byte) int {
	var doc struct {
		Entry []struct {
			Messaging []any `json:"messaging"`
			Standby   []any `json:"standby"`
			Changes   []struct {
				Field string `json:"field"`
				Value struct {
					Messages []any `json:"messages"`
					Statuses []any `json:"statuses"`
					Echoes   []any `json:"message_echoes"`
					Errors   []any `json:"errors"`
				} `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	// What is not as documented is left out of the count.
	_ = json.Unmarshal(body, &doc)
	n := 0
	for _, e := range doc.Entry {
		n += max(1, len(e.Messaging)+len(e.Standby)+len(e.Changes))
		for _, c := range e.Changes {
			if v := c.Value; c.Field == "messages" || c.Field == "smb_message_echoes" {
				n += max(1, len(v.Messages)+len(v.Statuses)+len(v.Echoes)+len(v.Errors)) - 1
			}
		}
	}
	return n
}
