package messenger_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/message"
)

const (
	taken1 = `{"recipient_id":"7001002003004005","message_id":"m_Out1"}`
	taken2 = `{"recipient_id":"7001002003004005","message_id":"m_Out2"}`
	closed = `{"error":{"message":"outside","type":"OAuthException","code":10,"error_subcode":2018278}}`
	day    = 24 * time.Hour
)

// bodies are what the steps' calls sent.
func bodies(steps []channel.Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, string(s.Call.Body))
	}
	return out
}

func TestAReplyGoesToThePagesOwnAddress(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), text("Let me look."), t0, channeltest.Answer(200, taken1))
	call := steps[0].Call
	if call.Method != "POST" || call.URL != "https://graph.facebook.com/v25.0/900100200300/messages" {
		t.Errorf("%s %s", call.Method, call.URL)
	}
	if want := (channel.Auth{Scheme: channel.Bearer, Secrets: []string{"token"}}); !reflect.DeepEqual(call.Auth, want) {
		t.Errorf("signed by %+v", call.Auth)
	}
	want := `{"recipient":{"id":"7001002003004005"},"messaging_type":"RESPONSE","message":{"text":"Let me look.","metadata":"parley:b7c1"}}`
	if string(call.Body) != want {
		t.Errorf("got  %s\nwant %s", call.Body, want)
	}
	if !reflect.DeepEqual(receipt, channel.Receipt{PlatformIDs: []string{"m_Out1"}, State: message.Sent}) {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestFilesGoFirstAndTheTextWithItsQuickRepliesLast(t *testing.T) {
	m := with(text("Is it this one?"),
		message.Attachment{ID: "p", Name: "p.png", MIME: "image/png"}, message.Attachment{ID: "d", Name: "d.pdf", MIME: "application/pdf"})
	m.ReplyTo = "m_In1"
	m.Body.Buttons = []message.Button{{Text: "Yes", Payload: "Y"}, {Text: "No"}}
	steps, receipt := channeltest.Play(t, connector, account(), m, t0,
		channeltest.Answer(200, taken1), channeltest.Answer(200, taken2), channeltest.Answer(200, `{"message_id":"m_Out3"}`))
	const to = `{"recipient":{"id":"7001002003004005"},"messaging_type":"RESPONSE","message":{`
	want := []string{
		to + `"attachment":{"type":"image","payload":{"url":"https://hub.example/p"}},"metadata":"parley:b7c1"},"reply_to":{"mid":"m_In1"}}`,
		to + `"attachment":{"type":"file","payload":{"url":"https://hub.example/d"}},"metadata":"parley:b7c1"}}`,
		to + `"text":"Is it this one?","quick_replies":[{"content_type":"text","title":"Yes","payload":"Y"},{"content_type":"text","title":"No","payload":"No"}],"metadata":"parley:b7c1"}}`,
	}
	if got := bodies(steps); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !reflect.DeepEqual(receipt.PlatformIDs, []string{"m_Out1", "m_Out2", "m_Out3"}) || receipt.State != message.Sent {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestWhatWentOutIsNotSentAgainWhenTheRestFails(t *testing.T) {
	m := with(text("and the text"), message.Attachment{ID: "p", Name: "p.png", MIME: "image/png"})
	_, receipt := channeltest.Play(t, connector, account(), m, t0, channeltest.Answer(200, taken1),
		channeltest.Answer(400, `{"error":{"code":551,"error_subcode":1545041,"message":"This person isn't available right now."}}`))
	want := channel.Receipt{
		PlatformIDs: []string{"m_Out1"}, State: message.Failed, Code: "551/1545041",
		Reason: "1 of 2 parts went out; Facebook Messenger cannot deliver to this contact: they may have blocked messages or left: This person isn't available right now.",
	}
	if !reflect.DeepEqual(receipt, want) {
		t.Errorf("got  %+v\nwant %+v", receipt, want)
	}
}

// TestARestThatMayBeTriedAgainIsNotTriedWhole: trying the task again would show
// the first part twice.
func TestARestThatMayBeTriedAgainIsNotTriedWhole(t *testing.T) {
	m := with(text("and the text"), message.Attachment{ID: "p", Name: "p.png", MIME: "image/png"})
	dead := channeltest.Answer(401, `{"error":{"code":190,"message":"expired"}}`)
	if _, r := channeltest.Play(t, connector, account(), m, t0, dead); !r.Retry || r.Trouble == "" {
		t.Errorf("nothing went out: %+v", r)
	}
	if _, r := channeltest.Play(t, connector, account(), m, t0, channeltest.Answer(200, taken1), dead); r.Retry || r.Trouble == "" {
		t.Errorf("a part went out: %+v", r)
	}
}

func TestAMessageThatCannotBeSentMakesNoCall(t *testing.T) {
	nowhere := text("")
	nowhere.Body.Attachments = []message.Attachment{{ID: "p", MIME: "image/png"}}
	for name, m := range map[string]channel.SendMessage{"empty": text(" \n"), "a file without an address": nowhere} {
		_, receipt := channeltest.Play(t, connector, account(), m, t0)
		if receipt.State != message.Failed || receipt.Reason == "" || receipt.Retry {
			t.Errorf("%s: %+v", name, receipt)
		}
	}
}

// TestAfterADayAReplyGoesAsThatOfAPerson: MESSAGE_TAG with HUMAN_AGENT, for text
// that an agent wrote, on an approved account.
func TestAfterADayAReplyGoesAsThatOfAPerson(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), text("We found it."), t0.Add(3*day), channeltest.Answer(200, taken1))
	want := `{"recipient":{"id":"7001002003004005"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message":{"text":"We found it.","metadata":"parley:b7c1"}}`
	if got := bodies(steps); got[0] != want || receipt.State != message.Sent {
		t.Errorf("got  %s, %+v\nwant %s", got[0], receipt, want)
	}
}

func TestATapOpensTheWindowAgain(t *testing.T) {
	m := text("Hello again.")
	m.Facts.OpenedAt = t0.Add(6 * day)
	steps, _ := channeltest.Play(t, connector, account(), m, t0.Add(6*day+time.Hour), channeltest.Answer(200, taken1))
	if !strings.Contains(bodies(steps)[0], `"messaging_type":"RESPONSE"`) {
		t.Errorf("sent %s", bodies(steps)[0])
	}
}

func TestAWindowThatThePlatformSeesClosedIsTriedAsAPerson(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), text("Just in time?"), t0.Add(day),
		channeltest.Answer(400, closed), channeltest.Answer(200, taken1))
	got := bodies(steps)
	if !strings.Contains(got[0], "RESPONSE") || !strings.Contains(got[1], "HUMAN_AGENT") || receipt.State != message.Sent {
		t.Errorf("sent %v, %+v", got, receipt)
	}
}

func TestAWindowThatIsClosedNamesItsRule(t *testing.T) {
	automatic := text("We are closed.")
	automatic.Automatic = true
	for name, tt := range map[string]struct {
		account channel.Account
		task    channel.SendMessage
		answers int
	}{
		"not approved":         {channel.Account{ID: "900100200300"}, text("x"), 1},
		"no person":            {account(), automatic, 1},
		"refused also as such": {account(), text("x"), 2},
	} {
		var answers []channel.Exchange
		for range tt.answers {
			answers = append(answers, channeltest.Answer(400, closed))
		}
		_, receipt := channeltest.Play(t, connector, tt.account, tt.task, t0, answers...)
		want := channel.Receipt{
			State: message.Failed, Code: "10/2018278", Rule: channel.RuleReplyWindow,
			Reason: "Facebook Messenger accepts no reply any more: too much time has passed since the contact's last message",
		}
		if !reflect.DeepEqual(receipt, want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, receipt, want)
		}
	}
}

func TestTypingAndReadingGoAloneAndOnce(t *testing.T) {
	for want, task := range map[string]channel.Task{
		`{"recipient":{"id":"7001002003004005"},"sender_action":"typing_on"}`: channel.SendTyping{To: contact},
		`{"recipient":{"id":"7001002003004005"},"sender_action":"mark_seen"}`: channel.SendRead{To: contact, LastInbound: "m_AbC1"},
	} {
		steps, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(200, `{"recipient_id":"7"}`))
		if got := bodies(steps); got[0] != want || receipt.State != message.Sent {
			t.Errorf("got %s, %+v\nwant %s", got[0], receipt, want)
		}
		if _, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Silence); receipt.State != message.Failed || receipt.Retry {
			t.Errorf("unanswered: %+v", receipt)
		}
	}
}

func TestAProfileMayBeEmpty(t *testing.T) {
	for name, tt := range map[string]struct {
		answer channel.Exchange
		want   channel.Person
	}{
		"name":        {channeltest.Answer(200, `{"name":"Carla Borg","first_name":"Carla","last_name":"Borg","profile_pic":"https://cdn.example/c"}`), channel.Person{Name: "Carla Borg", Picture: "https://cdn.example/c"}},
		"two names":   {channeltest.Answer(200, `{"first_name":"Carla","last_name":"Borg"}`), channel.Person{Name: "Carla Borg"}},
		"one name":    {channeltest.Answer(200, `{"first_name":"Carla"}`), channel.Person{Name: "Carla"}},
		"nothing":     {channeltest.Answer(200, `{}`), channel.Person{}},
		"none at all": {channeltest.Answer(400, `{"error":{"code":100,"error_subcode":2018218,"message":"no profile"}}`), channel.Person{}},
	} {
		steps, receipt := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0, tt.answer)
		if receipt.State != message.Sent || receipt.Person == nil || !reflect.DeepEqual(*receipt.Person, tt.want) {
			t.Errorf("%s: %+v", name, receipt)
		}
		if want := "https://graph.facebook.com/v25.0/7001002003004005?fields=name%2Cfirst_name%2Clast_name%2Cprofile_pic"; steps[0].Call.URL != want {
			t.Errorf("asked %s", steps[0].Call.URL)
		}
	}
}

// TestAProfileThatMayNotBeReadStopsNobody: a missing permission for profiles is
// no reason to send no messages; a dead token is.
func TestAProfileThatMayNotBeReadStopsNobody(t *testing.T) {
	for answer, trouble := range map[string]bool{
		`{"error":{"code":200,"message":"permission"}}`: false,
		`{"error":{"code":190,"message":"expired"}}`:    true,
	} {
		_, receipt := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0, channeltest.Answer(400, answer))
		if receipt.State != message.Failed || (receipt.Trouble != "") != trouble {
			t.Errorf("%s: %+v", answer, receipt)
		}
	}
}

func TestMediaIsFetchedWithoutTheToken(t *testing.T) {
	task := channel.FetchMedia{Media: channel.Media{Kind: channel.Image, URL: "https://cdn.example/p.jpg?sig=x", MIME: "image/jpeg"}}
	file := channeltest.Answer(200, "")
	file.File = &channel.Download{Attachment: "f1", Size: 7}
	steps, receipt := channeltest.Play(t, connector, account(), task, t0, file)
	if c := steps[0].Call; c.Auth.Scheme != channel.NoAuth || !c.Download || c.URL != task.Media.URL {
		t.Errorf("call %+v", *c)
	}
	if want := (channel.Download{Attachment: "f1", Size: 7, MIME: "image/jpeg"}); receipt.File == nil || *receipt.File != want {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestMediaThatIsGoneIsNotAskedForAgain(t *testing.T) {
	task := channel.FetchMedia{Media: channel.Media{Kind: channel.Image, URL: "https://cdn.example/p.jpg"}}
	for _, status := range []int{401, 403, 404, 410} {
		_, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(status, "gone"))
		if receipt.State != message.Failed || receipt.Trouble != "" || receipt.Reason != "the file can no longer be had from Facebook Messenger" {
			t.Errorf("status %d: %+v", status, receipt)
		}
	}
	for _, address := range []string{"", "http://cdn.example/p.jpg", "file:///etc/passwd", "//cdn.example/p.jpg", "https://"} {
		_, receipt := channeltest.Play(t, connector, account(), channel.FetchMedia{Media: channel.Media{URL: address}}, t0)
		if receipt.State != message.Failed {
			t.Errorf("%q: %+v", address, receipt)
		}
	}
}

func TestMediaIsJudged(t *testing.T) {
	media := channel.Media{URL: "https://cdn.example/p.jpg", SHA256: "aa"}
	for want, file := range map[string]*channel.Download{
		"the file is larger than this hub keeps":                {TooLarge: true},
		"the file arrived damaged":                              {SHA256: "bb"},
		"Facebook Messenger gave an answer that cannot be read": nil,
	} {
		answer := channeltest.Answer(200, "")
		answer.File = file
		_, receipt := channeltest.Play(t, connector, account(), channel.FetchMedia{Media: media}, t0, answer)
		if receipt.State != message.Failed || receipt.Reason != want {
			t.Errorf("got %+v, want %q", receipt, want)
		}
	}
}
