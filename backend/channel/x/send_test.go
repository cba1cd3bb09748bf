package x_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/x"
	"parley/backend/message"
)

// play does a task with these answers in turn.
func play(t *testing.T, a channel.Account, task channel.Task, answers ...channel.Exchange) ([]channel.Step, channel.Receipt) {
	t.Helper()
	return channeltest.Play(t, x.Connector{}, a, task, at, answers...)
}

func ok(body string) channel.Exchange { return channel.Exchange{Status: 201, Body: []byte(body)} }

func created(event string) channel.Exchange {
	return ok(`{"data":{"dm_conversation_id":"1-2","dm_event_id":"` + event + `"}}`)
}

// limited is a 429 whose window ends so much later.
func limited(after time.Duration) channel.Exchange {
	return channel.Exchange{Status: 429, Header: http.Header{"X-Rate-Limit-Reset": {fmt.Sprint(at.Add(after).Unix())}}}
}

// refused is a call that X refused, of version 1.1 with a code.
func refused(status, code int) channel.Exchange {
	return channel.Exchange{Status: status, Body: fmt.Appendf(nil, `{"errors":[{"code":%d,"message":"m"}]}`, code)}
}

var (
	lost    = channeltest.Silence
	unsent  = channeltest.Unreached
	fault   = channel.Exchange{Status: 502}
	away    = channel.Exchange{Status: 503}
	started = ok(`{"data":{"id":"1880000000000000007"}}`)
)

func text() channel.SendMessage {
	m := sendMessage()
	m.Body.Attachments = nil
	return m
}

// calls writes steps down, one a line.
func calls(steps []channel.Step) string {
	var out strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&out, "%s %s %s", s.Call.Method, strings.TrimPrefix(s.Call.URL, "https://api.x.com"), s.Call.Body)
		if u := s.Call.Upload; u != nil {
			fmt.Fprintf(&out, "%s of %s from %d, %d bytes, %v", u.Name, u.Attachment, u.Offset, u.Length, u.Fields)
		}
		if s.After > 0 {
			fmt.Fprintf(&out, " after %s", s.After)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestSend(t *testing.T) {
	large := sendMessage()
	large.Body.Text = ""
	large.Body.Attachments = []message.Attachment{{ID: "v1", MIME: "video/mp4", Size: 9 << 20}}
	two := sendMessage()
	two.Body.Attachments = append(two.Body.Attachments, message.Attachment{ID: "a2", MIME: "image/gif", Size: 8})
	buttons := text()
	buttons.Body.Buttons = []message.Button{{Text: "City bike", Payload: "city"}, {Text: "Trail bike"}}
	for _, c := range []struct {
		name, api string
		task      channel.SendMessage
		answers   []channel.Exchange
		calls     string
		ids       []string
	}{
		{"text", "2", text(), []channel.Exchange{created("10")}, `POST /2/dm_conversations/with/7700880099/messages {"text":"It left our shop today."}
`, []string{"10"}},
		{"text with a picture", "2", sendMessage(), []channel.Exchange{started, {Status: 204}, ok(`{"data":{"id":"1880000000000000007"}}`), created("10")}, `POST /2/media/upload/initialize {"media_category":"dm_image","media_type":"image/png","total_bytes":7}
POST /2/media/upload/1880000000000000007/append media of a1 from 0, 7 bytes, [{segment_index 0}]
POST /2/media/upload/1880000000000000007/finalize 
POST /2/dm_conversations/with/7700880099/messages {"attachments":[{"media_id":"1880000000000000007"}],"text":"It left our shop today."}
`, []string{"10"}},
		{
			"a film in pieces, made ready by X", "2", large,
			[]channel.Exchange{
				started, ok("{}"), ok("{}"), ok("{}"),
				ok(`{"data":{"id":"1","processing_info":{"state":"pending","check_after_secs":3}}}`),
				ok(`{"data":{"id":"1","processing_info":{"state":"in_progress","check_after_secs":0}}}`),
				ok(`{"data":{"id":"1","processing_info":{"state":"succeeded"}}}`), created("10"),
			},
			`POST /2/media/upload/initialize {"media_category":"dm_video","media_type":"video/mp4","total_bytes":9437184}
POST /2/media/upload/1880000000000000007/append media of v1 from 0, 4194304 bytes, [{segment_index 0}]
POST /2/media/upload/1880000000000000007/append media of v1 from 4194304, 4194304 bytes, [{segment_index 1}]
POST /2/media/upload/1880000000000000007/append media of v1 from 8388608, 1048576 bytes, [{segment_index 2}]
POST /2/media/upload/1880000000000000007/finalize 
GET /2/media/upload?command=STATUS&media_id=1880000000000000007  after 3s
GET /2/media/upload?command=STATUS&media_id=1880000000000000007  after 1s
POST /2/dm_conversations/with/7700880099/messages {"attachments":[{"media_id":"1880000000000000007"}]}
`, []string{"10"},
		},
		{
			"two pictures are two messages", "2", two,
			[]channel.Exchange{started, ok("{}"), ok("{}"), created("10"), started, ok("{}"), ok("{}"), created("11")},
			`POST /2/media/upload/initialize {"media_category":"dm_image","media_type":"image/png","total_bytes":7}
POST /2/media/upload/1880000000000000007/append media of a1 from 0, 7 bytes, [{segment_index 0}]
POST /2/media/upload/1880000000000000007/finalize 
POST /2/dm_conversations/with/7700880099/messages {"attachments":[{"media_id":"1880000000000000007"}],"text":"It left our shop today."}
POST /2/media/upload/initialize {"media_category":"dm_gif","media_type":"image/gif","total_bytes":8}
POST /2/media/upload/1880000000000000007/append media of a2 from 0, 8 bytes, [{segment_index 0}]
POST /2/media/upload/1880000000000000007/finalize 
POST /2/dm_conversations/with/7700880099/messages {"attachments":[{"media_id":"1880000000000000007"}]}
`, []string{"10", "11"},
		},
		{"version 1.1 with quick replies", "1.1", buttons, []channel.Exchange{ok(`{"event":{"id":"10","type":"message_create"}}`)}, `POST /1.1/direct_messages/events/new.json {"event":{"message_create":{"message_data":{"quick_reply":{"options":[{"label":"City bike","metadata":"city"},{"label":"Trail bike","metadata":"Trail bike"}],"type":"options"},"text":"It left our shop today."},"target":{"recipient_id":"7700880099"}},"type":"message_create"}}
`, []string{"10"}},
		{"version 1.1 with a picture", "1.1", sendMessage(), []channel.Exchange{started, ok("{}"), ok("{}"), ok(`{"event":{"id":"10"}}`)}, `POST /2/media/upload/initialize {"media_category":"dm_image","media_type":"image/png","total_bytes":7}
POST /2/media/upload/1880000000000000007/append media of a1 from 0, 7 bytes, [{segment_index 0}]
POST /2/media/upload/1880000000000000007/finalize 
POST /1.1/direct_messages/events/new.json {"event":{"message_create":{"message_data":{"attachment":{"media":{"id":"1880000000000000007"},"type":"media"},"text":"It left our shop today."},"target":{"recipient_id":"7700880099"}},"type":"message_create"}}
`, []string{"10"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, receipt := play(t, account(c.api), c.task, c.answers...)
			if got := calls(steps); got != c.calls {
				t.Errorf("got\n%s\nwant\n%s", got, c.calls)
			}
			if !reflect.DeepEqual(receipt, channel.Receipt{State: message.Sent, PlatformIDs: c.ids}) {
				t.Errorf("%+v", receipt)
			}
		})
	}
}

func TestSendTellsTheHubWhatToDo(t *testing.T) {
	const day = 24 * time.Hour
	daily := limited(10 * time.Minute)
	daily.Header = http.Header{
		"X-Rate-Limit-Reset":            daily.Header["X-Rate-Limit-Reset"],
		"X-User-Limit-24hour-Reset":     {fmt.Sprint(at.Add(5 * time.Hour).Unix())},
		"X-User-Limit-24hour-Remaining": {"0"},
	}
	spare := limited(10 * time.Minute)
	spare.Header = daily.Header.Clone()
	spare.Header.Set("X-User-Limit-24hour-Remaining", "7")
	sent := channel.Receipt{State: message.Sent, PlatformIDs: []string{"10"}}
	for _, c := range []struct {
		name    string
		answers []channel.Exchange
		want    channel.Receipt // Reason: a part of it
		waits   []time.Duration
		hold    channel.Hold
	}{
		{"the short limit is waited for", []channel.Exchange{limited(10 * time.Minute), created("10")}, sent, []time.Duration{0, 10 * time.Minute}, channel.HoldAccount},
		{"a limit of the day with calls to spare is not the one", []channel.Exchange{spare, created("10")}, sent, []time.Duration{0, 10 * time.Minute}, channel.HoldAccount},
		{"the limit of the day is told", []channel.Exchange{daily}, channel.Receipt{State: message.Failed, Reason: "again in 5 hours", Code: "429", Retry: true, RetryAfter: 5 * time.Hour}, nil, ""},
		{"an odd limit is backed off from", []channel.Exchange{limited(-time.Hour), limited(2 * day), created("10")}, sent, []time.Duration{0, time.Second, 2 * time.Second}, channel.HoldAccount},
		{"an X that was not reached is asked again", []channel.Exchange{unsent, away, created("10")}, sent, []time.Duration{0, time.Second, 2 * time.Second}, channel.HoldTask},
		{"but not for ever", []channel.Exchange{unsent, unsent, unsent, unsent, unsent}, channel.Receipt{State: message.Failed, Reason: "again in a minute", Retry: true, RetryAfter: time.Minute}, nil, ""},
		{"a time-out leaves it open", []channel.Exchange{lost}, channel.Receipt{State: message.Unknown, Reason: "not known whether"}, nil, ""},
		{"so does a fault", []channel.Exchange{fault}, channel.Receipt{State: message.Unknown, Reason: "not known whether", Code: "502"}, nil, ""},
		{"an answer without a name", []channel.Exchange{ok("{}")}, channel.Receipt{State: message.Unknown, Reason: "could not be read"}, nil, ""},
		{"not allowed to write to this person", []channel.Exchange{{Status: 403, Body: []byte(`{"title":"Forbidden","status":403}`)}}, channel.Receipt{State: message.Failed, Reason: "accept no messages", Code: "403"}, nil, ""},
		{"closed messages", []channel.Exchange{refused(403, 349)}, channel.Receipt{State: message.Failed, Reason: "accept no messages", Code: "403/349"}, nil, ""},
		{"does not follow", []channel.Exchange{refused(403, 150)}, channel.Receipt{State: message.Failed, Reason: "does not follow", Code: "403/150"}, nil, ""},
		{"a code without words", []channel.Exchange{refused(400, 9999)}, channel.Receipt{State: message.Failed, Reason: "HTTP 400", Code: "400"}, nil, ""},
		{"wrong credentials stop the account", []channel.Exchange{refused(401, 89)}, channel.Receipt{State: message.Failed, Reason: "credentials", Code: "401/89", Trouble: "X refuses the account's credentials. Check its keys and tokens, and that the app may read and write Direct Messages."}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			steps, got := play(t, account("2"), text(), c.answers...)
			if !strings.Contains(got.Reason, c.want.Reason) {
				t.Errorf("reason %q, want %q in it", got.Reason, c.want.Reason)
			}
			got.Reason = c.want.Reason
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			for i, want := range c.waits {
				if steps[i].After != want {
					t.Errorf("call %d waits %s, want %s", i, steps[i].After, want)
				}
				if i == len(c.waits)-1 && steps[i].Hold != c.hold {
					t.Errorf("call %d holds %q, want %q", i, steps[i].Hold, c.hold)
				}
			}
		})
	}
}

// TestAnUploadIsRepeatedSafely: until the message itself is sent, nothing that is
// done twice reaches the contact.
func TestAnUploadIsRepeatedSafely(t *testing.T) {
	steps, r := play(t, account("2"), sendMessage(), lost, started, fault, ok("{}"), lost, ok("{}"), created("10"))
	if r.State != message.Sent || len(steps) != 7 || steps[3].Call.Upload == nil || steps[3].Call.Upload.Offset != 0 {
		t.Errorf("%+v\n%s", r, calls(steps))
	}
	_, r = play(t, account("2"), sendMessage(), started, lost, lost, lost, lost, lost)
	if r.State != message.Failed || !r.Retry {
		t.Errorf("nothing went out, yet %+v", r)
	}
}

func TestAFileThatXCannotUse(t *testing.T) {
	_, r := play(t, account("2"), sendMessage(), started, ok("{}"), ok(`{"data":{"processing_info":{"state":"failed"}}}`))
	if r.State != message.Failed || r.Retry || !strings.Contains(r.Reason, "another format") {
		t.Errorf("%+v", r)
	}
	waiting := ok(`{"data":{"processing_info":{"state":"pending","check_after_secs":1}}}`)
	answers := []channel.Exchange{started, ok("{}")}
	for range 41 {
		answers = append(answers, waiting)
	}
	if _, r := play(t, account("2"), sendMessage(), answers...); r.State != message.Failed {
		t.Errorf("%+v", r)
	}
}

func TestAPartThatWentOutIsTold(t *testing.T) {
	two := sendMessage()
	two.Body.Attachments = append(two.Body.Attachments, message.Attachment{ID: "a2", MIME: "image/png", Size: 8})
	_, r := play(t, account("2"), two, started, ok("{}"), ok("{}"), created("10"), limited(5*time.Hour))
	if r.State != message.Failed || r.Retry || r.RetryAfter != 0 || !reflect.DeepEqual(r.PlatformIDs, []string{"10"}) || !strings.HasPrefix(r.Reason, "Only a part") {
		t.Errorf("%+v", r)
	}
}

func TestAnEmptyMessageIsNoCall(t *testing.T) {
	if _, r := play(t, account("2"), channel.SendMessage{To: "1"}); r.State != message.Failed {
		t.Errorf("%+v", r)
	}
}

func TestCallsAreSignedAsTheAccountSays(t *testing.T) {
	oauth2 := account("2")
	oauth2.Settings[x.SettingAuth] = "oauth2"
	both := account("1.1")
	both.Settings[x.SettingAuth] = "oauth2"
	own := channel.Auth{Scheme: channel.OAuth1, Secrets: []string{x.SecretConsumerKey, x.SecretConsumerSecret, x.SecretToken, x.SecretTokenSecret}}
	for name, c := range map[string]struct {
		account channel.Account
		want    channel.Auth
	}{
		"by default":  {account(""), own},
		"as set":      {oauth2, channel.Auth{Scheme: channel.Bearer, Secrets: []string{x.SecretAccessToken}}},
		"version 1.1": {both, own},
	} {
		step, err := x.Connector{}.Next(c.account, text(), nil, at)
		if err != nil || !reflect.DeepEqual(step.Call.Auth, c.want) {
			t.Errorf("%s: %+v, %v", name, step.Call.Auth, err)
		}
	}
}
