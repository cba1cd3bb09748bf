package sms_test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/sms"
	"parley/backend/id"
	"parley/backend/message"
)

// play does a task with these answers in turn.
func play(t *testing.T, task channel.Task, answers ...channel.Exchange) ([]channel.Step, channel.Receipt) {
	t.Helper()
	return channeltest.Play(t, sms.Connector{}, account(), task, at, answers...)
}

func ok(body string) channel.Exchange     { return channel.Exchange{Status: 201, Body: []byte(body)} }
func created(sid string) channel.Exchange { return ok(`{"sid":"` + sid + `","status":"queued"}`) }
func refused(code int) channel.Exchange {
	return channel.Exchange{Status: 400, Body: fmt.Appendf(nil, `{"code":%d,"message":"m","status":400}`, code)}
}

var (
	lost   = channeltest.Silence
	unsent = channeltest.Unreached
	busy   = channel.Exchange{Status: 429, Header: http.Header{"Retry-After": {"7"}}, Body: []byte(`{"code":20429}`)}
	fault  = channel.Exchange{Status: 503}
)

func fieldsOf(t *testing.T, s channel.Step) url.Values {
	t.Helper()
	v, err := url.ParseQuery(string(s.Call.Body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSendIsOneCall(t *testing.T) {
	steps, receipt := play(t, sendMessage(), created("MM1"))
	c := steps[0].Call
	if c.Method != "POST" || c.URL != "https://api.twilio.com/2010-04-01/Accounts/AC0b/Messages.json" ||
		c.Auth.Scheme != channel.Basic || !reflect.DeepEqual(c.Auth.Secrets, []string{sms.SecretUser, sms.SecretPassword}) {
		t.Errorf("%+v", c)
	}
	want := url.Values{
		"To": {"+35699000000"}, "From": {"+35621000000"}, "Body": {"Ready for collection."},
		"MediaUrl": {"https://hub.example/a1", "https://hub.example/a2"}, "StatusCallback": {"https://hub.example/sms?message=0190b7c1"},
	}
	if got := fieldsOf(t, steps[0]); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(receipt, channel.Receipt{State: message.Sent, PlatformIDs: []string{"MM1"}}) {
		t.Errorf("%+v", receipt)
	}
}

// files makes a message with files of these sizes.
func files(text string, sizes ...int64) channel.SendMessage {
	m := channel.SendMessage{Message: "m", To: "+1", At: at, Body: message.Body{Text: text}, FileURL: map[id.Attachment]string{}}
	for i, size := range sizes {
		name := id.Attachment(fmt.Sprint("f", i))
		m.Body.Attachments = append(m.Body.Attachments, message.Attachment{ID: name, Size: size})
		m.FileURL[name] = "https://hub.example/" + string(name)
	}
	return m
}

func TestFilesThatDoNotGoInOneMessageGoInSeveral(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		name  string
		sizes []int64
		want  []int // files of each message
	}{
		{"none", nil, []int{0}},
		{"ten", make([]int64, 10), []int{10}},
		{"eleven", make([]int64, 11), []int{10, 1}},
		{"five megabytes together", []int64{2 * mb, 3 * mb}, []int{2}},
		{"one byte more", []int64{2 * mb, 3*mb + 1}, []int{1, 1}},
		{"in order, not packed", []int64{mb, 5 * mb, mb}, []int{1, 1, 1}},
		{"too large for any", []int64{6 * mb}, []int{1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var answers []channel.Exchange
			for i := range c.want {
				answers = append(answers, created(fmt.Sprint("MM", i)))
			}
			steps, receipt := play(t, files("text", c.sizes...), answers...)
			for i, s := range steps {
				got := fieldsOf(t, s)
				if len(got["MediaUrl"]) != c.want[i] || (got.Get("Body") == "text") != (i == 0) {
					t.Errorf("message %d: %v", i, got)
				}
				if several := len(c.want) > 1; strings.Contains(got.Get("StatusCallback"), "?message=") == several {
					t.Errorf("a part of several must not report for the whole: %s", got.Get("StatusCallback"))
				}
			}
			if receipt.State != message.Sent || len(receipt.PlatformIDs) != len(c.want) {
				t.Errorf("%+v", receipt)
			}
		})
	}
}

func TestSendTellsTheHubWhatToDo(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []channel.Exchange
		want    channel.Receipt // Reason: a part of it
		waits   []time.Duration
	}{
		{"a busy Twilio did nothing and is asked again", []channel.Exchange{busy, created("SM1")}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}, []time.Duration{0, 7 * time.Second}},
		{"so is one that was not reached", []channel.Exchange{unsent, unsent, created("SM1")}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}, []time.Duration{0, time.Second, 2 * time.Second}},
		{"but not for ever", []channel.Exchange{busy, busy, busy, busy, busy}, channel.Receipt{State: message.Failed, Reason: "Send it again in a minute", Code: "20429", Retry: true, RetryAfter: time.Minute}, nil},
		{"a time-out leaves it open", []channel.Exchange{lost}, channel.Receipt{State: message.Unknown, Reason: "not known whether"}, nil},
		{"so does a fault", []channel.Exchange{fault}, channel.Receipt{State: message.Unknown, Reason: "not known whether", Code: "503"}, nil},
		{"an answer without a name", []channel.Exchange{ok("{}")}, channel.Receipt{State: message.Unknown, Reason: "could not be read"}, nil},
		{"opted out", []channel.Exchange{refused(21610)}, channel.Receipt{State: message.Failed, Reason: "opted out with STOP", Code: "21610", Rule: "opted_out"}, nil},
		{"not a number", []channel.Exchange{refused(21211)}, channel.Receipt{State: message.Failed, Reason: "another one", Code: "21211"}, nil},
		{"wrong credentials stop the account", []channel.Exchange{refused(20003)}, channel.Receipt{State: message.Failed, Reason: "credentials", Code: "20003", Trouble: "Twilio refuses the credentials (20003). Check the API key or the auth token."}, nil},
		{"also without a document", []channel.Exchange{{Status: 401}}, channel.Receipt{State: message.Failed, Reason: "credentials", Code: "401", Trouble: "Twilio refuses the credentials (20003). Check the API key or the auth token."}, nil},
		{"an unknown error", []channel.Exchange{refused(29999)}, channel.Receipt{State: message.Failed, Reason: "error 29999", Code: "29999"}, nil},
		{"a page of something between", []channel.Exchange{{Status: 404, Body: []byte("<html>")}}, channel.Receipt{State: message.Failed, Reason: "HTTP 404", Code: "404"}, nil},
		{"failed at once", []channel.Exchange{ok(`{"sid":"SM1","status":"failed","error_code":30005}`)}, channel.Receipt{State: message.Failed, Reason: "not in use", Code: "30005", PlatformIDs: []string{"SM1"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := sendMessage()
			m.Body.Attachments = nil
			steps, got := play(t, m, c.answers...)
			if !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, c.want.Reason)
			}
			got.Reason = c.want.Reason
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			for i, want := range c.waits {
				if steps[i].After != want || (steps[i].Hold == channel.HoldAccount) != (want > 0) {
					t.Errorf("call %d waits %s, holds %q; want %s", i, steps[i].After, steps[i].Hold, want)
				}
			}
		})
	}
}

// TestAPartThatWentOutIsTold: nothing that the contact has may be sent again.
func TestAPartThatWentOutIsTold(t *testing.T) {
	for name, answers := range map[string][]channel.Exchange{
		"refused":     {created("MM1"), refused(21620)},
		"not reached": {created("MM1"), unsent, unsent, unsent, unsent, unsent},
	} {
		_, r := play(t, files("text", make([]int64, 11)...), answers...)
		if r.State != message.Failed || r.Retry || r.RetryAfter != 0 || !reflect.DeepEqual(r.PlatformIDs, []string{"MM1"}) || !strings.HasPrefix(r.Reason, "Only a part") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestWhatCannotBeSentIsSaidWithoutACall(t *testing.T) {
	for name, c := range map[string]struct {
		account channel.Account
		task    channel.SendMessage
		want    string
	}{
		"nothing in it":  {account(), channel.SendMessage{To: "+1"}, "empty"},
		"no address":     {account(), channel.SendMessage{To: "+1", Body: message.Body{Attachments: []message.Attachment{{ID: "a"}}}}, "no address"},
		"not configured": {channel.Account{ID: "+2"}, sendMessage(), "not configured"},
	} {
		step, err := sms.Connector{}.Next(c.account, c.task, nil, at)
		if err != nil || step.Done == nil || step.Done.State != message.Failed || !strings.Contains(step.Done.Reason, c.want) {
			t.Errorf("%s: %+v, %v", name, step, err)
		}
	}
}

func TestWithoutAWebhookNothingIsReported(t *testing.T) {
	a := account()
	delete(a.Settings, sms.SettingWebhook)
	step, err := sms.Connector{}.Next(a, sendMessage(), nil, at)
	if err != nil || fieldsOf(t, step).Has("StatusCallback") {
		t.Errorf("%+v, %v", step, err)
	}
}
