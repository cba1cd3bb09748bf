// Package metatest is what the tests of Meta's three channels share: signed and
// forged requests, and a count of what a webhook carries that is made without
// the parsers under test.
package metatest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
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
	if len(b.Skipped) == 1 && strings.HasPrefix(b.Skipped[0].Kind, "object:") {
		return // a webhook of another product is skipped whole
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

// Webhook is a webhook of a page or an Instagram account with one event, given
// as its members beside sender, recipient and timestamp. Its time is nine in the
// morning of 2026-11-22, UTC.
func Webhook(object, account, contact, members string) string {
	return `{"object":"` + object + `","entry":[{"id":"` + account + `","messaging":[{"sender":{"id":"` + contact +
		`"},"recipient":{"id":"` + account + `"},"timestamp":1795338000000,` + members + `}]}]}`
}

// One parses a webhook that must give one event of type E and nothing else.
func One[E channel.Event](t *testing.T, c channel.Connector, a channel.Account, body string) E {
	t.Helper()
	b := channeltest.Parse(t, c, a, body)
	if len(b.Events) != 1 || len(b.Skipped) != 0 {
		t.Fatalf("events %+v, skipped %+v: want one event", b.Events, b.Skipped)
	}
	e, ok := b.Events[0].(E)
	if !ok {
		t.Fatalf("got %T", b.Events[0])
	}
	return e
}

// Nothing parses a webhook that must be skipped whole, and returns by what kind.
func Nothing(t *testing.T, c channel.Connector, a channel.Account, body string) string {
	t.Helper()
	b := channeltest.Parse(t, c, a, body)
	if len(b.Events) != 0 || len(b.Skipped) != 1 {
		t.Fatalf("events %+v, skipped %+v: want one skipped", b.Events, b.Skipped)
	}
	return b.Skipped[0].Kind
}

// Limits holds that a channel takes a file of each type up to so many megabytes,
// and not one byte more.
func Limits(t *testing.T, c channel.Capabilities, megabytes int64, types ...string) {
	t.Helper()
	for _, mime := range types {
		if err := c.Accept(message.Attachment{MIME: mime, Size: megabytes << 20}); err != nil {
			t.Errorf("%s: %v", mime, err)
		}
		if err := c.Accept(message.Attachment{MIME: mime, Size: megabytes<<20 + 1}); err == nil {
			t.Errorf("%s: more than %d MB is taken", mime, megabytes)
		}
	}
}

// Refused gives the refusal of a draft, or fails the test if it is permitted.
func Refused(t *testing.T, p channel.Policy, f channel.Facts, d channel.Draft, now time.Time) channel.Refusal {
	t.Helper()
	r, ok := p.Permit(f, d, now).(*channel.Refusal)
	if !ok {
		t.Fatalf("permitted: %+v", d)
	}
	return *r
}

// Permitted fails the test if a draft is refused.
func Permitted(t *testing.T, p channel.Policy, f channel.Facts, d channel.Draft, now time.Time) {
	t.Helper()
	if err := p.Permit(f, d, now); err != nil {
		t.Errorf("%+v: %v", d, err)
	}
}

// Unsupported holds that a channel does not offer a task.
func Unsupported(t *testing.T, c channel.Connector, a channel.Account, task channel.Task) {
	t.Helper()
	if step, err := c.Next(a, task, nil, time.Time{}); !errors.Is(err, channel.ErrUnsupported) {
		t.Errorf("%T: %+v, %v", task, step, err)
	}
}
