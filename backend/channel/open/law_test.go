package open_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/open"
)

// paths are all inbound calls.
var paths = []string{messages, event, receipt, response, older}

func FuzzParse(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	accounts := channel.Accounts{"34a1": account(open.SettingTypingIn, "Enabled")}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range paths {
			channeltest.Fuzz(t, open.Connector{}, accounts, channel.Request{Method: http.MethodPost, Path: path}, body)
		}
	})
}

// FuzzVerify: a call is accepted exactly if it can be read, and its answer is one
// JSON document that says what went wrong.
func FuzzVerify(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range paths {
			r := authorized(t, path, string(body))
			e := endpoint()
			e.Account = channel.Account{}
			reply, err := open.Connector{}.Verify(e, r, at)
			_, unread := open.Connector{}.Parse(nil, r)
			if (err == nil) != (unread == nil) || (err == nil) != (reply.Status == http.StatusAccepted) {
				t.Errorf("%s: HTTP %d, %v; %v", path, reply.Status, err, unread)
			}
			var document map[string]any
			if json.Unmarshal(reply.Body, &document) != nil || (err != nil && document["code"] == nil) {
				t.Errorf("%s: %s", path, reply.Body)
			}
		}
	})
}

// FuzzCredentials: nothing but the client's own pair gets a token, and no token
// that was not given passes.
func FuzzCredentials(f *testing.F) {
	for _, s := range []string{"", "Bearer x", "Basic Y2xpZW50OmNsaWVudA==", "Bearer .", "bearer Y2xpZW50CjE3OTMwMDA0MDA.", "Basic Y2xpZW50"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		own := authorized(t, messages, text)
		if header == own.Header.Get("Authorization") || header == login("client", "client-secret", "").Header.Get("Authorization") {
			return
		}
		own.Header.Set("Authorization", header)
		asks := login("client", "client-secret", credentials)
		asks.Header.Set("Authorization", header)
		for _, r := range []channel.Request{own, asks} {
			if reply, err := (open.Connector{}).Verify(endpoint(), r, at); err == nil || reply.Status != http.StatusUnauthorized {
				t.Errorf("%q: HTTP %d, %v", header, reply.Status, err)
			}
		}
	})
}

// TestAnEndpointWithoutASecretTrustsNobody: an empty key would be one that
// everybody can sign with.
func TestAnEndpointWithoutASecretTrustsNobody(t *testing.T) {
	claim := "\n" + strconv.FormatInt(at.Add(time.Hour).Unix(), 10)
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte("open messaging token\n" + claim))
	coded := base64.RawURLEncoding.EncodeToString
	r := authorized(t, messages, text)
	r.Header.Set("Authorization", "Bearer "+coded([]byte(claim))+"."+coded(mac.Sum(nil)))
	if _, err := (open.Connector{}).Verify(channel.Endpoint{Account: account()}, r, at); !errors.Is(err, channel.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

// TestEachElementIsAccountedFor: of whatever a message or an event call holds,
// each element comes out as part of an event or as skipped, or the call is refused.
func TestEachElementIsAccountedFor(t *testing.T) {
	elements := []string{
		`{"contentType":"Attachment","attachment":{"mediaType":"Image","url":"https://files.example/a","mime":"image/png"}}`,
		`{"attachment":{"mediaType":"Link","url":"https://files.example/a"}}`,
		`{"contentType":"Location"}`,
		`{}`,
	}
	for n := range 1 << (2 * len(elements)) {
		content := ""
		count := 0
		for bits := n; bits > 0; bits >>= 2 {
			if content != "" {
				content += ","
			}
			content += elements[bits&3]
			count++
		}
		body := `{"channel":{"time":"2026-11-22T09:00:00Z","from":{"id":"1","idType":"Opaque"}},"text":"x","content":[` + content + `]}`
		batch, err := open.Connector{}.Parse(nil, channel.Request{Path: messages, Body: []byte(body)})
		if err != nil || len(batch.Events) != 1 {
			t.Fatalf("%s: %+v, %v", body, batch, err)
		}
		m := batch.Events[0].(channel.MessageReceived)
		if got := len(m.Media) + len(m.Body.Links) + len(batch.Skipped); got != count {
			t.Errorf("%d of %d elements: %s", got, count, body)
		}
	}
}
