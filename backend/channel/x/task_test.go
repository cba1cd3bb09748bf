package x_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/x"
	"parley/backend/message"
)

func TestTypingAndReadingAreVersion11s(t *testing.T) {
	for _, c := range []struct {
		task channel.Task
		want string
	}{
		{channel.SendTyping{To: "7700880099"}, "POST /1.1/direct_messages/indicate_typing.json recipient_id=7700880099\n"},
		{channel.SendRead{To: "7700880099", LastInbound: "1990"}, "POST /1.1/direct_messages/mark_read.json last_read_event_id=1990&recipient_id=7700880099\n"},
	} {
		steps, r := play(t, account("1.1"), c.task, channel.Exchange{Status: 204})
		if got := calls(steps); got != c.want || r.State != message.Sent {
			t.Errorf("%s%+v", got, r)
		}
		if _, r := play(t, account("1.1"), c.task, limited(10*time.Minute)); r.State != message.Failed || !r.Retry || r.RetryAfter != 10*time.Minute {
			t.Errorf("%+v", r)
		}
	}
}

func TestFetchProfile(t *testing.T) {
	task := channel.FetchProfile{Contact: "7700880099"}
	for _, c := range []struct {
		name   string
		answer channel.Exchange
		want   *channel.Person
	}{
		{"there", ok(`{"data":{"id":"7700880099","name":"Dario","username":"dario_r","profile_image_url":"https://img.example/d.jpg"}}`), &channel.Person{Name: "Dario", Handle: "dario_r", Picture: "https://img.example/d.jpg"}},
		{"suspended", ok(`{"errors":[{"title":"Not Found Error"}]}`), nil},
		{"refused", channel.Exchange{Status: 404}, nil},
		{"no answer", lost, nil},
	} {
		steps, r := play(t, account("2"), task, c.answer)
		if !reflect.DeepEqual(r.Person, c.want) || (r.State == message.Sent) != (c.want != nil) {
			t.Errorf("%s: %+v", c.name, r)
		}
		if got := calls(steps); got != "GET /2/users/7700880099?user.fields=name,profile_image_url,username \n" {
			t.Error(got)
		}
	}
}

func TestFilesAreFetchedWithCredentialsFromXAlone(t *testing.T) {
	oauth2 := account("2")
	oauth2.Settings[x.SettingAuth] = "oauth2"
	configured := account("2")
	configured.Settings[x.SettingURL] = "http://127.0.0.1:9000"
	const ton = "https://ton.twitter.com/1.1/ton/data/dm/1/2/a.jpg"
	for _, c := range []struct {
		account       channel.Account
		address, call string
		scheme        channel.Scheme
	}{
		{account("2"), ton, ton, channel.OAuth1},
		{oauth2, ton, "https://api.x.com/2/dm_conversations/media/1/2/a.jpg", channel.Bearer},
		{account("2"), "https://video.twimg.com/832.mp4", "https://video.twimg.com/832.mp4", channel.NoAuth},
		{account("2"), "http://ton.twitter.com/a.jpg", "http://ton.twitter.com/a.jpg", channel.NoAuth},
		{account("2"), "https://ton.twitter.com.evil.example/a.jpg", "https://ton.twitter.com.evil.example/a.jpg", channel.NoAuth},
		{account("2"), "https://ton.twitter.com@evil.example/a.jpg", "https://ton.twitter.com@evil.example/a.jpg", channel.NoAuth},
		{configured, "http://127.0.0.1:9000/a.jpg", "http://127.0.0.1:9000/a.jpg", channel.OAuth1},
	} {
		step, err := x.Connector{}.Next(c.account, channel.FetchMedia{Media: channel.Media{URL: c.address}}, nil, at)
		if err != nil || !step.Call.Download || step.Call.URL != c.call || step.Call.Auth.Scheme != c.scheme {
			t.Errorf("%s: %+v, %v", c.address, step.Call, err)
		}
	}
	_, r := play(t, account("2"), channel.FetchMedia{Media: channel.Media{URL: ton}}, channel.Exchange{Status: 401})
	if r.Trouble == "" {
		t.Errorf("%+v", r)
	}
	if _, r := play(t, account("2"), channel.FetchMedia{Media: channel.Media{URL: "https://files.example/x"}}, channel.Exchange{Status: 401}); r.Trouble != "" {
		t.Errorf("another host's refusal is no trouble of the account: %+v", r)
	}
}

// entry is one event of X's list.
func entry(id, sender, text string, after time.Duration, files ...string) map[string]any {
	e := map[string]any{"id": id, "event_type": "MessageCreate", "sender_id": sender, "text": text, "created_at": at.Add(after)}
	if len(files) > 0 {
		e["attachments"] = map[string]any{"media_keys": files}
	}
	return e
}

// listed is one page of it, newest first.
func listed(t *testing.T, next string, entries ...map[string]any) channel.Exchange {
	t.Helper()
	body, err := json.Marshal(map[string]any{"data": entries, "meta": map[string]any{"next_token": next}})
	if err != nil {
		t.Fatal(err)
	}
	return channel.Exchange{Status: 200, Body: body}
}

func TestReconcile(t *testing.T) {
	const own, contact, said = "3300440055", "7700880099", "It left our shop today."
	const later = 5 * time.Minute
	old := entry("1", own, said, -time.Hour)
	links := text()
	links.Body.Text = "See https://shop.example/bikes?id=1 & more"
	two := sendMessage()
	two.Body.Attachments = append(two.Body.Attachments, message.Attachment{ID: "a2"})
	for _, c := range []struct {
		name    string
		sent    channel.SendMessage
		made    []string
		known   []string
		after   time.Duration
		answers []channel.Exchange
		want    channel.Receipt // Reason: a part of it
	}{
		{"it is there", text(), nil, nil, later, []channel.Exchange{listed(t, "", entry("12", contact, "thanks", 2*time.Second), entry("10", own, said, time.Second), old)}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}},
		{"with short addresses and HTML", links, nil, nil, later, []channel.Exchange{listed(t, "", entry("10", own, "See https://t.co/xyz &amp; more", 0))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}},
		{"with a picture", sendMessage(), nil, nil, later, []channel.Exchange{listed(t, "", entry("10", own, said+" https://t.co/abc", 0, "3_1"))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}},
		{"both parts", two, nil, nil, later, []channel.Exchange{listed(t, "", entry("11", own, "https://t.co/b", 1, "3_2"), entry("10", own, said+" https://t.co/a", 0, "3_1"))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10", "11"}}},
		{"one of the parts", two, nil, nil, later, []channel.Exchange{listed(t, "", entry("10", own, said+" https://t.co/a", 0, "3_1"), old)}, channel.Receipt{State: message.Failed, Reason: "Only a part", PlatformIDs: []string{"10"}}},
		{"a part that is known to have gone", two, []string{"10"}, nil, later, []channel.Exchange{listed(t, "", entry("11", own, "https://t.co/b", 1, "3_2"), entry("10", own, said+" https://t.co/a", 0, "3_1"))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10", "11"}}},
		{"it is not there", text(), nil, nil, later, []channel.Exchange{listed(t, "", old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"the contact said the same", text(), nil, nil, later, []channel.Exchange{listed(t, "", entry("10", contact, said, 0), old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"the same words are another message", text(), nil, []string{"10"}, later, []channel.Exchange{listed(t, "", entry("10", own, said, 0), old)}, channel.Receipt{State: message.Failed, Reason: "never took", Retry: true}},
		{"other words from that time leave it open", text(), nil, nil, later, []channel.Exchange{listed(t, "", entry("10", own, "It left", 0), old)}, channel.Receipt{State: message.Unknown, Reason: "other words"}},
		{"too soon to tell", text(), nil, nil, 10 * time.Second, []channel.Exchange{listed(t, "")}, channel.Receipt{State: message.Unknown, Reason: "yet", RetryAfter: time.Minute}},
		{"on the second page", text(), nil, nil, later, []channel.Exchange{listed(t, "n1", entry("12", contact, "ok", time.Minute)), listed(t, "", entry("10", own, said, 0))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}},
		{"beyond the third page", text(), nil, nil, later, []channel.Exchange{listed(t, "n1"), listed(t, "n2"), listed(t, "n3")}, channel.Receipt{State: message.Unknown, Reason: "did not say"}},
		{"no document", text(), nil, nil, later, []channel.Exchange{ok("<html>")}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "201"}},
		{"not allowed", text(), nil, nil, later, []channel.Exchange{{Status: 403}}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "403"}},
		{"asking again is safe", text(), nil, nil, later, []channel.Exchange{lost, limited(10 * time.Minute), fault, listed(t, "", entry("10", own, said, 0))}, channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}},
		{"but not for ever", text(), nil, nil, later, []channel.Exchange{lost, lost, lost, lost, fault}, channel.Receipt{State: message.Unknown, Reason: "did not say", Code: "502"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, got := channeltest.Play(t, x.Connector{}, account("2"), channel.Reconcile{Sent: c.sent, Made: c.made, Known: c.known}, at.Add(c.after), c.answers...)
			if !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, c.want.Reason)
			}
			got.Reason = c.want.Reason
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			for i, s := range steps {
				if !strings.HasPrefix(s.Call.URL, "https://api.x.com/2/dm_conversations/with/7700880099/dm_events?") {
					t.Errorf("call %d: %s", i, s.Call.URL)
				}
			}
		})
	}
}
