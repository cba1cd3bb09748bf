package whatsapp_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/whatsapp"
	"parley/backend/message"
)

const (
	day  = 24 * time.Hour
	head = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"35699000000",`
	tail = `,"biz_opaque_callback_data":"parley:b7c1"}`
)

// taken is the answer to the nth message.
func taken(n int) channel.Exchange {
	return channeltest.Answer(200, fmt.Sprintf(`{"messaging_product":"whatsapp","contacts":[{"input":"35699000000","wa_id":"35699000000"}],"messages":[{"id":"wamid.OUT%d"}]}`, n))
}

// sent plays a message whose every call is accepted and gives the calls' bodies.
func sent(t *testing.T, m channel.SendMessage, calls int) []string {
	t.Helper()
	var answers []channel.Exchange
	var ids []string
	for i := range calls {
		answers, ids = append(answers, taken(i+1)), append(ids, fmt.Sprint("wamid.OUT", i+1))
	}
	steps, receipt := channeltest.Play(t, connector, account(), m, t0, answers...)
	if !reflect.DeepEqual(receipt, channel.Receipt{PlatformIDs: ids, State: message.Sent}) {
		t.Errorf("receipt %+v", receipt)
	}
	var out []string
	for _, s := range steps {
		out = append(out, string(s.Call.Body))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// unsent plays a message that needs no call to fail.
func unsent(t *testing.T, m channel.SendMessage, at time.Time) channel.Receipt {
	t.Helper()
	_, receipt := channeltest.Play(t, connector, account(), m, at)
	if receipt.State != message.Failed || receipt.Reason == "" {
		t.Errorf("receipt %+v", receipt)
	}
	return receipt
}

func TestAText(t *testing.T) {
	m := text("Ready for collection.")
	m.ReplyTo = "wamid.IN1"
	same(t, sent(t, m, 1), head+`"type":"text","text":{"body":"Ready for collection."},"context":{"message_id":"wamid.IN1"}`+tail)
}

func TestCallsGoToTheNumber(t *testing.T) {
	steps, _ := channeltest.Play(t, connector, account(), text("x"), t0, taken(1))
	want := channel.Auth{Scheme: channel.Bearer, Secrets: []string{whatsapp.SecretToken}}
	if c := steps[0].Call; c.URL != "https://graph.facebook.com/v23.0/220330440550660/messages" || !reflect.DeepEqual(c.Auth, want) {
		t.Errorf("%s by %+v", c.URL, c.Auth)
	}
}

func TestAContactWithoutPhoneNumberIsReachedByTheBusinessScopedID(t *testing.T) {
	for to, want := range map[string]string{
		"MT.1029384756":                  `"recipient":"MT.1029384756"`,
		"US.ENT.11815799212886844830":    `"recipient":"US.ENT.11815799212886844830"`,
		"35699000000":                    `"to":"35699000000"`,
		"+35699000000":                   `"to":"+35699000000"`,
		"mt.1029384756":                  `"to":"mt.1029384756"`,
		"MT." + strings.Repeat("9", 129): `"to":"MT.`,
	} {
		m := text("x")
		m.To = to
		if got := sent(t, m, 1)[0]; !strings.Contains(got, want) {
			t.Errorf("%s: %s", to, got)
		}
	}
}

func TestOneFileHasTheTextAsItsCaption(t *testing.T) {
	for want, file := range map[string]message.Attachment{
		`"type":"image","image":{"link":"https://hub.example/a","caption":"the label"}`:                             {ID: "a", Name: "a.png", MIME: "image/png"},
		`"type":"video","video":{"link":"https://hub.example/a","caption":"the label"}`:                             {ID: "a", Name: "a.mp4", MIME: "video/mp4"},
		`"type":"document","document":{"link":"https://hub.example/a","caption":"the label","filename":"März.pdf"}`: {ID: "a", Name: "März.pdf", MIME: "application/pdf"},
	} {
		same(t, sent(t, with(text("the label"), file), 1), head+want+tail)
	}
}

func TestATextThatIsNoCaptionFollows(t *testing.T) {
	picture := message.Attachment{ID: "p", Name: "p.png", MIME: "image/png"}
	voice := message.Attachment{ID: "v", Name: "v.ogg", MIME: "audio/ogg"}
	same(t, sent(t, with(text("listen"), voice), 2),
		head+`"type":"audio","audio":{"link":"https://hub.example/v"}`+tail, head+`"type":"text","text":{"body":"listen"}`+tail)
	same(t, sent(t, with(text("both"), picture, voice), 3),
		head+`"type":"image","image":{"link":"https://hub.example/p"}`+tail, head+`"type":"audio","audio":{"link":"https://hub.example/v"}`+tail,
		head+`"type":"text","text":{"body":"both"}`+tail)
	long := strings.Repeat("ä", 1025)
	same(t, sent(t, with(text(long), picture), 2),
		head+`"type":"image","image":{"link":"https://hub.example/p"}`+tail, head+`"type":"text","text":{"body":"`+long+`"}`+tail)
	same(t, sent(t, with(text(""), picture), 1), head+`"type":"image","image":{"link":"https://hub.example/p"}`+tail)
}

func choices(n int) channel.SendMessage {
	m := text("Which day?")
	for i := range n {
		m.Body.Buttons = append(m.Body.Buttons, message.Button{Text: fmt.Sprint("Day ", i), Payload: fmt.Sprint("D", i)})
	}
	return m
}

func TestUpToThreeChoicesAreButtons(t *testing.T) {
	same(t, sent(t, choices(2), 1), head+`"type":"interactive","interactive":{"type":"button","body":{"text":"Which day?"},`+
		`"action":{"buttons":[{"type":"reply","reply":{"id":"D0","title":"Day 0"}},{"type":"reply","reply":{"id":"D1","title":"Day 1"}}]}}`+tail)
}

func TestMoreChoicesAreAList(t *testing.T) {
	same(t, sent(t, choices(4), 1), head+`"type":"interactive","interactive":{"type":"list","body":{"text":"Which day?"},"action":{"button":"Options",`+
		`"sections":[{"rows":[{"id":"D0","title":"Day 0"},{"id":"D1","title":"Day 1"},{"id":"D2","title":"Day 2"},{"id":"D3","title":"Day 3"}]}]}}`+tail)
	long := choices(1)
	long.Body.Text = strings.Repeat("x", 1025)
	if got := sent(t, long, 1)[0]; !strings.Contains(got, `"type":"list"`) {
		t.Error("a text that is too long for buttons is sent with buttons")
	}
}

func TestChoicesThatWhatsAppWouldRefuseAreNotSent(t *testing.T) {
	long, silent, unnamed := choices(1), choices(2), choices(1)
	long.Body.Buttons[0].Text = strings.Repeat("x", 21)
	silent.Body.Text = ""
	unnamed.Body.Buttons[0].Text = ""
	for name, m := range map[string]channel.SendMessage{"eleven": choices(11), "a long label": long, "no text": silent, "no label": unnamed} {
		if r := unsent(t, m, t0); r.Retry {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestFilesThatCannotBeSent(t *testing.T) {
	nowhere := text("x")
	nowhere.Body.Attachments = []message.Attachment{{ID: "a", MIME: "image/png"}}
	for _, m := range []channel.SendMessage{nowhere, with(text("x"), message.Attachment{ID: "a", MIME: "image/webp"}), text("")} {
		unsent(t, m, t0)
	}
}

func TestTypingAlwaysMarksRead(t *testing.T) {
	for want, task := range map[string]channel.Task{
		`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN1","typing_indicator":{"type":"text"}}`: channel.SendTyping{To: contact, LastInbound: "wamid.IN1"},
		`{"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN1"}`:                                    channel.SendRead{To: contact, LastInbound: "wamid.IN1"},
	} {
		steps, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(200, `{"success":true}`))
		if got := string(steps[0].Call.Body); got != want || receipt.State != message.Sent {
			t.Errorf("got %s, %+v\nwant %s", got, receipt, want)
		}
	}
	for _, task := range []channel.Task{channel.SendTyping{To: contact}, channel.SendRead{To: contact}} {
		if _, receipt := channeltest.Play(t, connector, account(), task, t0); receipt.State != message.Failed {
			t.Errorf("%+v: without a message to answer: %+v", task, receipt)
		}
	}
}

func TestAnUnclearTimeOutIsSettledByAStatus(t *testing.T) {
	for _, answer := range []channel.Exchange{channeltest.Silence, channeltest.Answer(504, ""), channeltest.Answer(200, `{"messages":[]}`)} {
		if _, receipt := channeltest.Play(t, connector, account(), text("x"), t0, answer); receipt.State != message.Unknown {
			t.Errorf("%+v", receipt)
		}
	}
	d := channeltest.Parse(t, connector, account(), webhook(`"statuses":[{"id":"wamid.OUT1","status":"sent","biz_opaque_callback_data":"parley:b7c1"}]`)).Events[0].(channel.DeliveryReported)
	if d.Message != "b7c1" || d.PlatformID != "wamid.OUT1" || d.State != message.Sent {
		t.Errorf("%+v", d)
	}
}

// webhook is one of the account's number with this in its value.
func webhook(members string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"110220330440550","changes":[{"field":"messages","value":{` +
		`"metadata":{"phone_number_id":"220330440550660"},` + members + `}}]}]}`
}

const found = `{"url":"https://lookaside.example/a","mime_type":"image/jpeg","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","file_size":3,"id":"55"}`

func file(sha string) channel.Exchange {
	e := channeltest.Answer(200, "")
	e.File = &channel.Download{Attachment: "f1", Size: 3, SHA256: sha}
	return e
}

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestMediaIsFetchedInTwoSteps(t *testing.T) {
	task := channel.FetchMedia{Media: channel.Media{Kind: channel.Image, ID: "5500660077"}}
	steps, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(200, found), file(digest))
	if got := steps[0].Call; got.URL != "https://graph.facebook.com/v23.0/5500660077?phone_number_id=220330440550660" || got.Download {
		t.Errorf("first %+v", got)
	}
	if got := steps[1].Call; got.URL != "https://lookaside.example/a" || !got.Download || got.Auth.Scheme != channel.Bearer {
		t.Errorf("then %+v", got)
	}
	want := channel.Download{Attachment: "f1", Size: 3, SHA256: digest, MIME: "image/jpeg"}
	if receipt.State != message.Sent || receipt.File == nil || *receipt.File != want {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestMediaWhoseAddressRanOutIsAskedForAgain(t *testing.T) {
	task := channel.FetchMedia{Media: channel.Media{ID: "5500660077"}}
	gone := channeltest.Answer(404, "")
	steps, receipt := channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(200, found), gone, channeltest.Answer(200, found), file(digest))
	if len(steps) != 4 || receipt.State != message.Sent {
		t.Errorf("%d calls, %+v", len(steps), receipt)
	}
	// Once is enough.
	_, receipt = channeltest.Play(t, connector, account(), task, t0, channeltest.Answer(200, found), gone, channeltest.Answer(200, found), gone)
	if receipt.State != message.Failed || receipt.Reason != "the file can no longer be had from WhatsApp" {
		t.Errorf("%+v", receipt)
	}
}

func TestMediaThatCannotBeHad(t *testing.T) {
	for name, tt := range map[string]struct {
		media   channel.Media
		answers []channel.Exchange
	}{
		"no ID":                {channel.Media{}, nil},
		"another file":         {channel.Media{ID: "5"}, []channel.Exchange{channeltest.Answer(200, found), file("00")}},
		"no address":           {channel.Media{ID: "5"}, []channel.Exchange{channeltest.Answer(200, `{}`)}},
		"the token in clear":   {channel.Media{ID: "5"}, []channel.Exchange{channeltest.Answer(200, `{"url":"http://lookaside.example/a"}`)}},
		"no such media":        {channel.Media{ID: "5"}, []channel.Exchange{channeltest.Answer(400, `{"error":{"code":100,"message":"m"}}`)}},
		"the token is dead":    {channel.Media{ID: "5"}, []channel.Exchange{channeltest.Answer(401, `{"error":{"code":190,"message":"m"}}`)}},
		"another than told of": {channel.Media{ID: "5", SHA256: "11"}, []channel.Exchange{channeltest.Answer(200, `{"url":"https://lookaside.example/a"}`), file("00")}},
	} {
		if _, r := channeltest.Play(t, connector, account(), channel.FetchMedia{Media: tt.media}, t0, tt.answers...); r.State != message.Failed || r.File != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
