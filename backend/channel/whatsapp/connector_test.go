package whatsapp_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta/metatest"
	"parley/backend/channel/whatsapp"
	"parley/backend/id"
	"parley/backend/message"
)

var (
	t0        = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	connector = whatsapp.Connector{}
)

const contact = "35699000000"

func account() channel.Account {
	return channel.Account{
		Kind: channel.WhatsApp, ID: "220330440550660", Name: "Shop",
		Settings: map[string]string{whatsapp.SettingBusiness: "110220330440550"},
	}
}

// wrote are the facts of a contact whose last message came at that time.
func wrote(at time.Time) channel.Facts { return channel.Facts{LastInboundAt: at} }

// text is a message that an agent sends at t0, right after the contact's.
func text(s string) channel.SendMessage {
	return channel.SendMessage{Message: "b7c1", To: contact, Body: message.Body{Text: s}, At: t0, Facts: wrote(t0)}
}

// with adds files to a message.
func with(m channel.SendMessage, files ...message.Attachment) channel.SendMessage {
	m.Body.Attachments, m.FileURL = files, map[id.Attachment]string{}
	for _, f := range files {
		m.FileURL[f.ID] = "https://hub.example/" + string(f.ID)
	}
	return m
}

// tasks has one of each kind that the channel knows.
func tasks() []channel.Task {
	return []channel.Task{
		with(text("Here it is."), message.Attachment{ID: "a1", Name: "a.png", MIME: "image/png", Size: 7}),
		channel.SendTyping{To: contact, From: "Ann", At: t0, LastInbound: "wamid.IN1"},
		channel.SendRead{To: contact, LastInbound: "wamid.IN1"},
		channel.FetchMedia{Media: channel.Media{Kind: channel.Image, ID: "5500660077"}},
		channel.ListTemplates{},
	}
}

func TestSuite(t *testing.T) {
	genuine, forged, broken := metatest.Requests()
	channeltest.Run(t, channeltest.Suite{
		Connector: connector,
		Account:   account(),
		Golden:    filepath.Join("testdata", "parse"),
		Genuine:   genuine, Forged: forged, Broken: broken,
		Tasks: tasks(),
	})
}

func FuzzParse(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		a := account()
		channeltest.Fuzz(t, connector, channel.Accounts{a.ID: a}, channel.Request{Method: http.MethodPost}, body)
		metatest.Accounted(t, connector, a, body)
	})
}

// TestEveryElementIsAccountedFor holds of every golden file what FuzzParse holds
// of any bytes.
func TestEveryElementIsAccountedFor(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "parse", "*.txtar"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == "body" {
				metatest.Accounted(t, connector, account(), part.Data)
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"messages":[{"id":"wamid.1"}]}`)
	f.Add(200, `{"url":"https://lookaside.example/a","mime_type":"image/jpeg","sha256":"00"}`)
	f.Add(400, `{"error":{"message":"m","code":131056}}`)
	f.Add(200, `{"data":[{"name":"a","language":"en","status":"APPROVED","components":[{"type":"BODY","text":"{{1}} {{a}}"},{"type":"HEADER","format":"IMAGE"},{"type":"BUTTONS","buttons":[{"type":"URL","url":"{{1}}"}]}]}],"paging":{"next":"x","cursors":{"after":"A"}}}`)
	f.Add(404, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		channeltest.FuzzAnswer(t, connector, account(), status, []byte(body), tasks()...)
	})
}
