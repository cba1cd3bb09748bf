package sms_test

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/sms"
	"parley/backend/id"
	"parley/backend/message"
)

var at = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

const (
	token   = "0123456789abcdef0123456789abcdef"
	webhook = "https://hub.example/sms"
)

func account() channel.Account {
	return channel.Account{Kind: channel.SMS, ID: "+35621000000", Name: "shop", Settings: map[string]string{
		sms.SettingAccountSID: "AC0b", sms.SettingWebhook: webhook,
	}}
}

func endpoint() channel.Endpoint {
	return channel.Endpoint{Account: account(), URL: webhook, Secrets: map[string]string{sms.SecretAuthToken: token}}
}

// signed is a genuine webhook.
func signed(t *testing.T, body string) channel.Request {
	t.Helper()
	fields, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	r := request(body)
	r.Header.Set(sms.HeaderSignature, sms.Sign(token, webhook, fields))
	return r
}

func sendMessage() channel.SendMessage {
	return channel.SendMessage{
		Message: "0190b7c1", To: "+35699000000", From: "Ann", At: at,
		Body: message.Body{Text: "Ready for collection.", Attachments: []message.Attachment{
			{ID: "a1", Name: "a.png", MIME: "image/png", Size: 7}, {ID: "a2", Name: "b.gif", MIME: "image/gif", Size: 8},
		}},
		FileURL: map[id.Attachment]string{"a1": "https://hub.example/a1", "a2": "https://hub.example/a2"},
	}
}

func TestSuite(t *testing.T) {
	const text = "MessageSid=SM1&From=%2B35699000000&To=%2B35621000000&Body=Hi"
	get := signed(t, text)
	get.Method = http.MethodGet
	unsigned := request(text)
	forged := signed(t, text)
	forged.Body = []byte(text + "%21")
	json := signed(t, text)
	json.Header.Set("Content-Type", "application/json")
	channeltest.Run(t, channeltest.Suite{
		Connector: sms.Connector{},
		Account:   account(),
		Golden:    filepath.Join("testdata", "parse"),
		Genuine:   []channeltest.Call{{Name: "text", Endpoint: endpoint(), Request: signed(t, text)}},
		Forged: []channeltest.Call{
			{Name: "unsigned", Endpoint: endpoint(), Request: unsigned},
			{Name: "changed", Endpoint: endpoint(), Request: forged},
			{Name: "no token configured", Endpoint: channel.Endpoint{URL: webhook}, Request: signed(t, text)},
		},
		Broken: []channeltest.Call{
			{Name: "GET", Endpoint: endpoint(), Request: get},
			{Name: "JSON", Endpoint: endpoint(), Request: json},
			{Name: "no form", Endpoint: endpoint(), Request: request("%")},
			{Name: "no message", Endpoint: endpoint(), Request: signed(t, "Body=x")},
		},
		Tasks: []channel.Task{
			sendMessage(),
			channel.Reconcile{Sent: sendMessage(), Known: []string{"SM0"}},
			channel.FetchMedia{Media: channel.Media{Kind: channel.Image, ID: "ME0", URL: "https://api.twilio.com/m/ME0"}},
		},
	})
}

func FuzzParse(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		channeltest.Fuzz(t, sms.Connector{}, channel.Accounts{"+35621000000": account()}, request(""), body)
	})
}

// FuzzVerify: whatever comes, a signature of another key never passes.
func FuzzVerify(f *testing.F) {
	channeltest.Seeds(f, filepath.Join("testdata", "parse"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := request(string(body))
		fields, err := url.ParseQuery(string(body))
		if err != nil {
			fields = nil
		}
		r.Header.Set(sms.HeaderSignature, sms.Sign("another key", webhook, fields))
		if _, err := (sms.Connector{}).Verify(endpoint(), r, at); err == nil {
			t.Error("passed")
		}
	})
}

// TestEachFileAndMessageIsAccountedFor: whatever a webhook announces comes out
// as part of an event or as skipped.
func TestEachFileAndMessageIsAccountedFor(t *testing.T) {
	for announced := range 13 {
		for given := range announced + 1 {
			for _, text := range []string{"", "Hi", "STOP"} {
				body := url.Values{"MessageSid": {"SM1"}, "From": {"+1"}, "To": {"+2"}, "Body": {text}, "NumMedia": {fmt.Sprint(announced)}}
				for i := range given {
					body.Set(fmt.Sprintf("MediaUrl%d", i), "https://api.twilio.com/x")
				}
				batch, err := sms.Connector{}.Parse(nil, request(body.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				messages, files, missing, empty := 0, 0, 0, 0
				for _, e := range batch.Events {
					if m, is := e.(channel.MessageReceived); is {
						messages, files = messages+1, files+len(m.Media)
					}
				}
				for _, s := range batch.Skipped {
					switch s.Kind {
					case "media":
						missing++
					case "empty_message":
						empty++
					}
				}
				if messages+empty != 1 || files != given || (missing == 1) != (given < announced) {
					t.Errorf("%d of %d files, %q: %+v", given, announced, text, batch)
				}
			}
		}
	}
}

func TestSegmentsCanBeSet(t *testing.T) {
	a := account()
	for set, want := range map[string]int{"": 10, "5": 5, "0": 10, "many": 10} {
		a.Settings[sms.SettingMaxSegments] = set
		if got := (sms.Connector{}).Profile(a).Capabilities.MaxTextSegments; got != want {
			t.Errorf("%q: got %d, want %d", set, got, want)
		}
	}
}

// TestNothingIsRepliedInTheAnswer: Twilio would send what the answer holds.
func TestNothingIsRepliedInTheAnswer(t *testing.T) {
	reply, err := sms.Connector{}.Verify(endpoint(), signed(t, "MessageSid=SM1&Body=x"), at)
	if err != nil || reply.Status != http.StatusOK || reply.Header.Get("Content-Type") != "text/xml" ||
		!strings.HasSuffix(string(reply.Body), "<Response></Response>") || reply.Final {
		t.Errorf("%+v %s, %v", reply, reply.Body, err)
	}
}
