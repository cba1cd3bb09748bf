package open_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/open"
	"parley/backend/id"
	"parley/backend/message"
)

// play does a task with these answers in turn.
func play(t *testing.T, a channel.Account, task channel.Task, answers ...channel.Exchange) ([]channel.Step, channel.Receipt) {
	t.Helper()
	return channeltest.Play(t, open.Connector{}, a, task, at, answers...)
}

var (
	ok     = channel.Exchange{Status: 200}
	lost   = channeltest.Silence
	unsent = channeltest.Unreached
	fault  = channel.Exchange{Status: 503}
)

func busy(after string) channel.Exchange {
	return channel.Exchange{Status: 429, Header: http.Header{"Retry-After": {after}}}
}

const (
	name  = "0190b7c1000070008000000000000001"
	frame = `"channel":{"id":"34a1","platform":"Open","type":"Private","to":{"id":"cust-77","idType":"Opaque"},` +
		`"from":{"id":"34a1","idType":"Opaque","nickname":"Shop app"},"time":"2026-11-22T09:00:00.000Z"`
)

func TestSend(t *testing.T) {
	plain := sendMessage()
	plain.Body.Attachments = nil
	byPhone := plain
	byPhone.To, byPhone.Automatic = "phone:+35699000000", true
	file := sendMessage()
	file.Body.Attachments = file.Body.Attachments[:1]
	buttons := sendMessage()
	buttons.Body.Attachments = buttons.Body.Attachments[1:]
	buttons.Body.Buttons = []message.Button{{Text: "Yes", Payload: "YES"}, {Text: "No", Payload: "NO"}}
	const png = `{"contentType":"Attachment","attachment":{"id":"a1","mediaType":"Image","url":"https://hub.example/a1","mime":"image/png","filename":"a.png","contentSizeBytes":7}}`
	const pdf = `{"contentType":"Attachment","attachment":{"id":"a2","mediaType":"File","url":"https://hub.example/a2","mime":"application/pdf","filename":"b.pdf","contentSizeBytes":8}}`
	for _, c := range []struct {
		name  string
		task  channel.SendMessage
		calls []string
		ids   []string
	}{
		{"text", plain, []string{`{"id":"` + name + `",` + frame + `,"messageId":"` + name + `"},"type":"Text","text":"Yes, three left.","originatingEntity":"Human","direction":"Outbound"}`}, []string{name}},
		{"to a number, by nobody", byPhone, []string{`{"id":"` + name + `",` + strings.Replace(frame, `"id":"cust-77","idType":"Opaque"`, `"id":"+35699000000","idType":"Phone"`, 1) + `,"messageId":"` + name + `"},"type":"Text","text":"Yes, three left.","originatingEntity":"Bot","direction":"Outbound"}`}, []string{name}},
		{"a file with text", file, []string{`{"id":"` + name + `",` + frame + `,"messageId":"` + name + `"},"type":"Text","text":"Yes, three left.","content":[` + png + `],"originatingEntity":"Human","direction":"Outbound"}`}, []string{name}},
		{"two files are two messages", sendMessage(), []string{
			`{"id":"` + name + `-1",` + frame + `,"messageId":"` + name + `-1"},"type":"Text","text":"Yes, three left.","content":[` + png + `],"originatingEntity":"Human","direction":"Outbound"}`,
			`{"id":"` + name + `-2",` + frame + `,"messageId":"` + name + `-2"},"type":"Text","content":[` + pdf + `],"originatingEntity":"Human","direction":"Outbound"}`,
		}, []string{name + "-1", name + "-2"}},
		{"quick replies go with the text", buttons, []string{
			`{"id":"` + name + `-1",` + frame + `,"messageId":"` + name + `-1"},"type":"Structured","text":"Yes, three left.","content":[{"contentType":"QuickReply","quickReply":{"text":"Yes","payload":"YES","action":"Message"}},{"contentType":"QuickReply","quickReply":{"text":"No","payload":"NO","action":"Message"}}],"originatingEntity":"Human","direction":"Outbound"}`,
			`{"id":"` + name + `-2",` + frame + `,"messageId":"` + name + `-2"},"type":"Text","content":[` + pdf + `],"originatingEntity":"Human","direction":"Outbound"}`,
		}, []string{name + "-1", name + "-2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var answers []channel.Exchange
			for range c.calls {
				answers = append(answers, ok)
			}
			steps, r := play(t, account(), c.task, answers...)
			for i, s := range steps {
				if got := string(s.Call.Body); got != c.calls[i] {
					t.Errorf("got\n%s\nwant\n%s", got, c.calls[i])
				}
				if s.Hold != channel.HoldContact || s.Call.URL != "https://mw.example/parley" || s.Call.Method != http.MethodPost {
					t.Errorf("%+v", s)
				}
			}
			if !reflect.DeepEqual(r, channel.Receipt{State: message.Sent, PlatformIDs: c.ids}) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestWebhooksAreSignedAndHaveTheIntegrationsHeaders(t *testing.T) {
	a := account("header.X-Shop", "1", "header.content-type", "text/plain", "header.x-hub-signature-256", "forged", "header.host", "evil.example")
	steps, _ := play(t, a, sendMessage(), ok, ok)
	c := steps[0].Call
	if want := (channel.Auth{Scheme: channel.HubSignature, Secrets: []string{open.SecretWebhook}}); !reflect.DeepEqual(c.Auth, want) {
		t.Errorf("%+v", c.Auth)
	}
	if want := (http.Header{"X-Shop": {"1"}, "Content-Type": {"application/json"}}); !reflect.DeepEqual(c.Header, want) {
		t.Errorf("%v", c.Header)
	}
	steps, _ = play(t, account(open.SettingSignature, "hex"), sendMessage(), ok, ok)
	if got := steps[0].Call.Auth.Scheme; got != channel.HubSignatureHex {
		t.Errorf("%s", got)
	}
}

func TestTheHubIsToldWhenToTryAgain(t *testing.T) {
	const s = time.Second
	plain := sendMessage()
	plain.Body.Attachments = nil
	for _, c := range []struct {
		name    string
		answers []channel.Exchange
		want    channel.Receipt // Reason: a part of it
		waits   []time.Duration
	}{
		{"a time-out, 429 and 5xx, five seconds apart", []channel.Exchange{lost, fault, busy(""), unsent, ok}, channel.Receipt{State: message.Sent, PlatformIDs: []string{name}}, []time.Duration{0, 5 * s, 5 * s, 5 * s, 5 * s}},
		{"longer if the server asks, up to a minute", []channel.Exchange{busy("20"), busy("3"), busy("3600"), ok}, channel.Receipt{State: message.Sent, PlatformIDs: []string{name}}, []time.Duration{0, 20 * s, 5 * s, 60 * s}},
		{"five times", []channel.Exchange{fault, fault, fault, fault, fault, ok}, channel.Receipt{State: message.Sent, PlatformIDs: []string{name}}, nil},
		{"and no more", []channel.Exchange{fault, fault, fault, fault, fault, fault}, channel.Receipt{State: message.Failed, Reason: "out of order", Code: "503", Retry: true, RetryAfter: time.Minute}, nil},
		{"one that was never reached", []channel.Exchange{unsent, unsent, unsent, unsent, unsent, unsent}, channel.Receipt{State: message.Failed, Reason: "out of order", Retry: true, RetryAfter: time.Minute}, nil},
		{"one time-out among them leaves it open", []channel.Exchange{fault, lost, fault, fault, fault, fault}, channel.Receipt{State: message.Unknown, Reason: "not known whether", Code: "503"}, nil},
		{"other refusals are final", []channel.Exchange{{Status: 400}}, channel.Receipt{State: message.Failed, Reason: "HTTP 400", Code: "400"}, nil},
		{"also a page that moved", []channel.Exchange{{Status: 301}}, channel.Receipt{State: message.Failed, Reason: "HTTP 301", Code: "301"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, got := play(t, account(), plain, c.answers...)
			if !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, c.want.Reason)
			}
			got.Reason = c.want.Reason
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			for i, step := range steps {
				if string(step.Call.Body) != string(steps[0].Call.Body) {
					t.Errorf("call %d has another body: receivers could not know it again", i)
				}
				if c.waits != nil && step.After != c.waits[i] {
					t.Errorf("call %d waits %s, want %s", i, step.After, c.waits[i])
				}
			}
		})
	}
}

func TestAPartThatWentOutIsTold(t *testing.T) {
	_, r := play(t, account(), sendMessage(), lost, ok, fault, fault, fault, fault, fault, fault)
	if r.State != message.Failed || r.Retry || r.RetryAfter != 0 || !reflect.DeepEqual(r.PlatformIDs, []string{name + "-1"}) || !strings.HasPrefix(r.Reason, "Only a part") {
		t.Errorf("%+v", r)
	}
}

func TestWhatCannotBeSentIsSaidWithoutACall(t *testing.T) {
	if _, r := play(t, account(), channel.SendMessage{To: "1"}); r.State != message.Failed || !strings.Contains(r.Reason, "empty") {
		t.Errorf("%+v", r)
	}
	if _, r := play(t, channel.Account{ID: "34a1"}, sendMessage()); r.State != message.Failed || !strings.Contains(r.Reason, "no webhook") {
		t.Errorf("%+v", r)
	}
}

func TestOutboundTypingIsTheAdministratorsSwitch(t *testing.T) {
	task := channel.SendTyping{To: "cust-77", From: "Ann", At: at}
	for _, off := range []string{"", "Disabled"} {
		if _, err := (open.Connector{}).Next(account(open.SettingTypingOut, off), task, nil, at); err != channel.ErrUnsupported {
			t.Errorf("%q: %v", off, err)
		}
	}
	on := account(open.SettingTypingOut, "Enabled")
	steps, r := play(t, on, task, ok)
	want := frame + `},"type":"Event","events":[{"eventType":"Typing","typing":{"type":"On","duration":5000}}],"direction":"Outbound"}`
	if body := string(steps[0].Call.Body); !strings.HasSuffix(body, want) || r.State != message.Sent {
		t.Errorf("%s\n%+v", body, r)
	}
	// It is not made again: it is past by then.
	if _, r := play(t, on, task, lost); r.State != message.Failed || r.Retry {
		t.Errorf("%+v", r)
	}
}

// TestWhatIsSignedIsWhatJavaScriptWrites: many receivers parse a webhook and
// write it again to check its signature. Node's JSON.stringify gave these bytes.
func TestWhatIsSignedIsWhatJavaScriptWrites(t *testing.T) {
	plain := channel.SendMessage{Message: "m", To: "1", At: at, FileURL: map[id.Attachment]string{}}
	for text, want := range map[string]string{
		"<b>&amp;</b>":                 `"<b>&amp;</b>"`,
		"line\u2028line\u2029":         "\"line\u2028line\u2029\"",
		`a \u2028 that somebody typed`: `"a \\u2028 that somebody typed"`,
		`\` + "\u2028":                 "\"\\\\\u2028\"",
		"tab\t, end\r\n, \"quote\"":    `"tab\t, end\r\n, \"quote\""`,
		"\b\f\x00\x1f\x7f":             "\"\\b\\f\\u0000\\u001f\x7f\"",
		"👋 Grüße مرحبا":                `"👋 Grüße مرحبا"`,
	} {
		plain.Body.Text = text
		steps, _ := play(t, account(), plain, ok)
		if body := string(steps[0].Call.Body); !strings.Contains(body, `"text":`+want+`,`) {
			t.Errorf("%q: %s", text, body)
		}
	}
}
