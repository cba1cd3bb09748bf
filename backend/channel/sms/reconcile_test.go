package sms_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/sms"
	"parley/backend/message"
)

// entry is one message of Twilio's list.
func entry(sid, status, body, media string, after time.Duration) map[string]any {
	return map[string]any{"sid": sid, "status": status, "body": body, "num_media": media, "date_created": at.Add(after).Format(time.RFC1123Z)}
}

// listed is one page of it, newest first.
func listed(t *testing.T, next string, entries ...map[string]any) channel.Exchange {
	t.Helper()
	body, err := json.Marshal(map[string]any{"messages": entries, "next_page_uri": next})
	if err != nil {
		t.Fatal(err)
	}
	return channel.Exchange{Status: 200, Body: body}
}

func TestReconcile(t *testing.T) {
	text := sendMessage()
	text.Body.Attachments = nil
	const said = "Ready for collection."
	const later = 5 * time.Minute
	old := entry("SM0", "delivered", said, "0", -time.Hour)
	for _, c := range []struct {
		name    string
		sent    channel.SendMessage
		made    []string
		known   []string
		after   time.Duration
		answers []channel.Exchange
		want    channel.Receipt // Reason: a part of it
	}{
		{"it is there", text, nil, nil, later, []channel.Exchange{listed(t, "", entry("SM1", "sent", said, "0", time.Second), old)}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}},
		{"clocks differ by a minute", text, nil, nil, later, []channel.Exchange{listed(t, "", entry("SM1", "queued", said, "0", -time.Minute))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}},
		{"it failed", text, nil, nil, later, []channel.Exchange{listed(t, "", entry("SM1", "undelivered", said, "0", 0))}, channel.Receipt{State: message.Failed, Reason: "did not say why", PlatformIDs: []string{"SM1"}}},
		{"it is not there", text, nil, nil, later, []channel.Exchange{listed(t, "", old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"the same words are another message", text, nil, []string{"SM1"}, later, []channel.Exchange{listed(t, "", entry("SM1", "sent", said, "0", 0), old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"other words", text, nil, nil, later, []channel.Exchange{listed(t, "", entry("SM1", "sent", "Hi", "0", 0), old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"other files", text, nil, nil, later, []channel.Exchange{listed(t, "", entry("MM1", "sent", said, "1", 0), old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"on the second page", text, nil, nil, later, []channel.Exchange{
			listed(t, "/2010-04-01/Accounts/AC0b/Messages.json?Page=1", entry("SM2", "sent", "later", "0", time.Minute)),
			listed(t, "", entry("SM1", "sent", said, "0", 0)),
		}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}},
		{"a page that is old enough is the last", text, nil, nil, later, []channel.Exchange{listed(t, "/more", old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"too soon to tell", text, nil, nil, 10 * time.Second, []channel.Exchange{listed(t, "")}, channel.Receipt{State: message.Unknown, Reason: "yet", RetryAfter: time.Minute}},
		{"all parts", files("t", make([]int64, 11)...), nil, nil, later, []channel.Exchange{listed(t, "", entry("MM2", "sent", "", "1", 2*time.Second), entry("MM1", "sent", "t", "10", time.Second), old)}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"MM1", "MM2"}}},
		{"one of the parts", files("t", make([]int64, 11)...), nil, nil, later, []channel.Exchange{listed(t, "", entry("MM1", "sent", "t", "10", 0), old)}, channel.Receipt{State: message.Failed, Reason: "Only a part", PlatformIDs: []string{"MM1"}}},
		{"a part that is known to have gone", files("t", make([]int64, 11)...), []string{"MM1"}, nil, later, []channel.Exchange{listed(t, "", entry("MM2", "sent", "", "1", time.Second), entry("MM1", "sent", "t", "10", 0), old)}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"MM1", "MM2"}}},
		{"no document", text, nil, nil, later, []channel.Exchange{{Status: 200, Body: []byte("<html>")}}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "200"}},
		{"not allowed", text, nil, nil, later, []channel.Exchange{{Status: 401}}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "401"}},
		{"asking again is safe", text, nil, nil, later, []channel.Exchange{lost, busy, fault, listed(t, "", entry("SM1", "sent", said, "0", 0))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"SM1"}}},
		{"but not for ever", text, nil, nil, later, []channel.Exchange{lost, lost, lost, lost, fault}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "503"}},
		{"a next page elsewhere is not followed", text, nil, nil, later, []channel.Exchange{listed(t, "https://evil.example/")}, channel.Receipt{State: message.Unknown, Reason: "more messages"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, got := channeltest.Play(t, sms.Connector{}, account(), channel.Reconcile{Sent: c.sent, Made: c.made, Known: c.known}, at.Add(c.after), c.answers...)
			if !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, c.want.Reason)
			}
			got.Reason = c.want.Reason
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			for _, s := range steps {
				if s.Call.Method != http.MethodGet || !strings.HasPrefix(s.Call.URL, "https://api.twilio.com/2010-04-01/Accounts/AC0b/Messages.json?") {
					t.Errorf("%s %s", s.Call.Method, s.Call.URL)
				}
			}
		})
	}
}

func TestReconcileReadsFivePagesAtMost(t *testing.T) {
	page := listed(t, "/next", entry("SM9", "sent", "later", "0", time.Minute))
	steps, got := play(t, channel.Reconcile{Sent: sendMessage()}, page, page, page, page, page)
	if got.State != message.Unknown || !strings.Contains(got.Reason, "more messages") || len(steps) != 5 {
		t.Errorf("%+v after %d pages", got, len(steps))
	}
}

func TestFilesAreFetchedWithCredentialsFromTwilioAlone(t *testing.T) {
	configured := account()
	configured.Settings[sms.SettingAPI] = "http://127.0.0.1:9000/"
	for _, c := range []struct {
		account channel.Account
		address string
		signed  bool
	}{
		{account(), "https://api.twilio.com/2010-04-01/Accounts/AC0b/Messages/MM1/Media/ME1", true},
		{account(), "https://media.twilio.com/ME1", true},
		{account(), "http://api.twilio.com/ME1", false},
		{account(), "https://api.twilio.com.evil.example/ME1", false},
		{account(), "https://eviltwilio.com/ME1", false},
		{account(), "https://api.twilio.com@evil.example/ME1", false},
		{account(), "http://127.0.0.1:9000/ME1", false},
		{configured, "http://127.0.0.1:9000/ME1", true},
		{configured, "http://127.0.0.1:9001/ME1", false},
	} {
		step, err := sms.Connector{}.Next(c.account, channel.FetchMedia{Media: channel.Media{URL: c.address}}, nil, at)
		if err != nil || step.Call == nil || !step.Call.Download || step.Call.URL != c.address {
			t.Fatalf("%+v, %v", step, err)
		}
		if got := step.Call.Auth.Scheme == channel.Basic; got != c.signed {
			t.Errorf("%s: signed %t", c.address, got)
		}
	}
}

func TestFetchMedia(t *testing.T) {
	task := channel.FetchMedia{Media: channel.Media{URL: "https://api.twilio.com/ME1"}}
	file := &channel.Download{Attachment: "a1", MIME: "image/jpeg", Size: 9}
	for _, c := range []struct {
		name    string
		answers []channel.Exchange
		state   message.Delivery
		reason  string
		trouble bool
	}{
		{"there", []channel.Exchange{{Status: 200, File: file}}, message.Sent, "", false},
		{"there after a fault", []channel.Exchange{fault, lost, {Status: 200, File: file}}, message.Sent, "", false},
		{"too large", []channel.Exchange{{Status: 200, File: &channel.Download{TooLarge: true}}}, message.Failed, "too large", false},
		{"deleted", []channel.Exchange{{Status: 404}}, message.Failed, "no longer", false},
		{"not allowed", []channel.Exchange{{Status: 401}}, message.Failed, "does not hand", true},
		{"never", []channel.Exchange{fault, fault, fault, fault, fault}, message.Failed, "did not hand", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := play(t, task, c.answers...)
			if r.State != c.state || !strings.Contains(r.Reason, c.reason) || (r.Trouble != "") != c.trouble || (r.File != nil) != (c.state == message.Sent) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestAnotherHostsRefusalIsNoTroubleOfTheAccount(t *testing.T) {
	_, r := play(t, channel.FetchMedia{Media: channel.Media{URL: "https://files.example/x"}}, channel.Exchange{Status: 401})
	if r.State != message.Failed || r.Trouble != "" {
		t.Errorf("%+v", r)
	}
}

// TestAnUnknownDeliveryIsSettledByTheCallback: the address that Twilio reports to
// names the message, so that a report tells what a time-out left open.
func TestAnUnknownDeliveryIsSettledByTheCallback(t *testing.T) {
	m := sendMessage()
	m.Body.Attachments = nil
	steps, receipt := play(t, m, lost)
	if receipt.State != message.Unknown {
		t.Fatalf("%+v", receipt)
	}
	address, err := url.Parse(fieldsOf(t, steps[0]).Get("StatusCallback"))
	if err != nil {
		t.Fatal(err)
	}
	body := url.Values{"MessageSid": {"SM7"}, "MessageStatus": {"delivered"}, "From": {"+35621000000"}, "To": {"+35699000000"}}
	r := request(body.Encode())
	r.Query = address.Query()
	r.Header.Set(sms.HeaderSignature, sms.Sign(token, address.String(), body))
	if _, err := (sms.Connector{}).Verify(endpoint(), r, at); err != nil {
		t.Fatal(err)
	}
	batch, err := sms.Connector{}.Parse(nil, r)
	want := channel.DeliveryReported{Account: "+35621000000", From: "+35699000000", PlatformID: "SM7", Message: m.Message, State: message.Delivered}
	if err != nil || !reflect.DeepEqual(batch.Events, []channel.Event{want}) {
		t.Errorf("%+v, %v", batch, err)
	}
}
