package x_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/x"
	"parley/backend/id"
	"parley/backend/message"
)

var at = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

const secret = "app-consumer-secret"

// account sends by version 2, or by 1.1.
func account(api string) channel.Account {
	return channel.Account{Kind: channel.X, ID: "3300440055", Name: "shop", Settings: map[string]string{x.SettingAPI: api}}
}

func endpoint() channel.Endpoint {
	return channel.Endpoint{Account: account("2"), Secrets: map[string]string{x.SecretConsumerSecret: secret}}
}

// signed is a genuine webhook.
func signed(body string) channel.Request {
	return channel.Request{Method: http.MethodPost, Body: []byte(body), Header: http.Header{x.HeaderSignature: {x.Sign(secret, []byte(body))}}}
}

func challenge(token ...string) channel.Request {
	return channel.Request{Method: http.MethodGet, Query: url.Values{"crc_token": token}}
}

func sendMessage() channel.SendMessage {
	return channel.SendMessage{
		Message: "0190b7c1", To: "7700880099", From: "Ann", At: at,
		Body:    message.Body{Text: "It left our shop today.", Attachments: []message.Attachment{{ID: "a1", Name: "a.png", MIME: "image/png", Size: 7}}},
		FileURL: map[id.Attachment]string{"a1": "https://hub.example/a1"},
	}
}

func TestSuite(t *testing.T) {
	const body = `{"for_user_id":"3300440055","direct_message_events":[]}`
	changed := signed(body)
	changed.Body = []byte(body + " ")
	unsigned := signed(body)
	unsigned.Header = nil
	put := signed(body)
	put.Method = http.MethodPut
	for _, api := range []string{"2", "1.1"} {
		t.Run("API "+api, func(t *testing.T) {
			suite := channeltest.Suite{
				Connector: x.Connector{},
				Account:   account(api),
				Golden:    filepath.Join("testdata", "parse"),
				Genuine: []channeltest.Call{
					{Name: "webhook", Endpoint: endpoint(), Request: signed(body)},
					{Name: "challenge", Endpoint: endpoint(), Request: challenge("crc-token-1")},
				},
				Forged: []channeltest.Call{
					{Name: "changed", Endpoint: endpoint(), Request: changed},
					{Name: "unsigned", Endpoint: endpoint(), Request: unsigned},
					{Name: "no secret configured", Request: channel.Request{Method: http.MethodPost, Header: http.Header{x.HeaderSignature: {x.Sign("", nil)}}}},
					{Name: "challenge without a secret", Request: challenge("crc-token-1")},
				},
				Broken: []channeltest.Call{
					{Name: "no JSON", Endpoint: endpoint(), Request: signed("{")},
					{Name: "no token", Endpoint: endpoint(), Request: challenge()},
					{Name: "empty token", Endpoint: endpoint(), Request: challenge("")},
					{Name: "two tokens", Endpoint: endpoint(), Request: challenge("a", "b")},
					{Name: "PUT", Endpoint: endpoint(), Request: put},
				},
				Tasks: []channel.Task{
					sendMessage(),
					channel.FetchProfile{Contact: "7700880099"},
					channel.FetchMedia{Media: channel.Media{Kind: channel.Image, URL: "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg"}},
					channel.Reconcile{Sent: sendMessage(), Known: []string{"1"}},
				},
			}
			if api == "1.1" {
				suite.Golden = filepath.Join("testdata", "legacy")
				suite.Tasks = append(suite.Tasks, channel.SendTyping{To: "7700880099", At: at}, channel.SendRead{To: "7700880099", LastInbound: "1990"})
			}
			channeltest.Run(t, suite)
		})
	}
}

func TestTheChallengeIsAnsweredWithTheSecret(t *testing.T) {
	reply, err := x.Connector{}.Verify(endpoint(), challenge("crc-token-1"), at)
	const want = `{"response_token":"sha256=e01KHzxEACuVzKGO5kuQkhEZeIuehIWER3tA1sqb+9Q="}`
	if err != nil || !reply.Final || reply.Status != http.StatusOK || string(reply.Body) != want || reply.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v %s, %v", reply, reply.Body, err)
	}
}

func TestThereIsNoReceiptOfDelivery(t *testing.T) {
	for _, d := range (x.Connector{}).Profile(account("2")).Capabilities.Reports {
		if d == message.Delivered {
			t.Error("X reports reading only")
		}
	}
}

func FuzzParse(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		channeltest.Fuzz(t, x.Connector{}, nil, channel.Request{Method: http.MethodPost}, body)
	})
}

// lists are the members of a webhook whose entries each become one event or are
// skipped.
var lists = []string{"direct_message_events", "direct_message_indicate_typing_events", "direct_message_mark_read_events", "tweet_create_events", "follow_events"}

// FuzzEachEntryIsAccountedFor: events and what was skipped together are as many
// as the entries of the webhook.
func FuzzEachEntryIsAccountedFor(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var top map[string]json.RawMessage
		if json.Unmarshal(body, &top) != nil || top["data"] != nil {
			return
		}
		whole := map[string]any{}
		entries := 0
		for _, name := range lists {
			var list []json.RawMessage
			if json.Unmarshal(top[name], &list) == nil && len(list) > 0 {
				whole[name], entries = list, entries+len(list)
			}
		}
		if entries == 0 {
			return
		}
		whole["for_user_id"] = "3300440055"
		clean, err := json.Marshal(whole)
		if err != nil {
			return
		}
		batch, err := x.Connector{}.Parse(nil, channel.Request{Body: clean})
		if err != nil {
			t.Fatalf("%s: %v", clean, err)
		}
		if got := len(batch.Events) + len(batch.Skipped); got != entries {
			t.Errorf("%d of %d entries: %s\n%+v", got, entries, clean, batch)
		}
	})
}
