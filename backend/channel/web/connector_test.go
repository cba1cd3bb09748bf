package web_test

import (
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/web"
	"parley/backend/id"
	"parley/backend/message"
)

var at = time.Date(2026, time.November, 22, 9, 0, 0, 123e6, time.UTC)

func account() channel.Account {
	return channel.Account{Kind: channel.Web, ID: "5f0c", Name: "shop", Settings: map[string]string{
		web.SettingBlockedEndings: ".EXE, .js", web.SettingFileTypes: "image/*,application/pdf",
	}}
}

func query(deployment string) url.Values {
	return url.Values{web.QueryDeployment: {deployment}, web.QueryGuest: {"5e1f"}}
}

func TestSuite(t *testing.T) {
	endpoint := channel.Endpoint{Account: account()}
	text := []byte(`{"action":"onMessage","token":"t","message":{"text":"Hi"}}`)
	channeltest.Run(t, channeltest.Suite{
		Connector: web.Connector{},
		Account:   account(),
		Golden:    filepath.Join("testdata", "parse"),
		Genuine:   []channeltest.Call{{Name: "frame", Endpoint: endpoint, Request: channel.Request{Query: query("5f0c"), Body: text}}},
		Forged:    []channeltest.Call{{Name: "other deployment", Endpoint: endpoint, Request: channel.Request{Query: query("6a6a"), Body: text}}},
		Broken: []channeltest.Call{
			{Name: "no deployment", Endpoint: endpoint, Request: channel.Request{Body: text}},
			{Name: "no guest", Endpoint: endpoint, Request: channel.Request{Query: url.Values{web.QueryDeployment: {"5f0c"}}, Body: text}},
			{Name: "no JSON", Endpoint: endpoint, Request: channel.Request{Query: query("5f0c"), Body: []byte("{")}},
		},
		Tasks: []channel.Task{
			channel.SendMessage{Message: "b7c1", To: "5e1f", From: "Ann", At: at, Body: message.Body{
				Text: "Let me look.", Attachments: []message.Attachment{{ID: "a1", Name: "a.png", MIME: "image/png", Size: 7}},
			}, FileURL: map[id.Attachment]string{"a1": "https://hub.example/a1"}},
			channel.SendTyping{To: "5e1f", From: "Ann", At: at},
			channel.SendDisconnect{To: "5e1f", From: "Ann", At: at, ReadOnly: true},
		},
	})
}

func FuzzParse(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		channeltest.Fuzz(t, web.Connector{}, nil, channel.Request{Query: query("5f0c")}, body)
	})
}
