package messenger_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/message"
)

// listed is a message in the Conversations API.
func listed(id, from, text string, at time.Time) string {
	return fmt.Sprintf(`{"id":%q,"created_time":%q,"from":{"id":%q},"message":%q}`, id, at.Format("2006-01-02T15:04:05-0700"), from, text)
}

func TestAnUnclearTimeOutIsUnknownAndNotSentAgain(t *testing.T) {
	for name, answer := range map[string]channel.Exchange{
		"silence":              channeltest.Silence,
		"a gateway's fault":    channeltest.Answer(502, "<html>bad gateway</html>"),
		"a name is missing":    channeltest.Answer(200, `{}`),
		"an unreadable answer": channeltest.Answer(200, `<html>`),
	} {
		steps, receipt := channeltest.Play(t, connector, account(), text("Once only."), t0, answer)
		if len(steps) != 1 || receipt.State != message.Unknown || receipt.Retry || !strings.Contains(receipt.Reason, "not known whether the message arrived") {
			t.Errorf("%s: %d calls, %+v", name, len(steps), receipt)
		}
	}
}

func TestReconcile(t *testing.T) {
	const page = "900100200300"
	threads := channeltest.Answer(200, `{"data":[{"id":"t_1"}]}`)
	list := func(messages ...string) channel.Exchange {
		return channeltest.Answer(200, `{"data":[`+strings.Join(messages, ",")+`]}`)
	}
	ours := listed("m_Out7", page, "We found it. ", t0.Add(3*time.Second))
	theirs := listed("m_In7", contact, "We found it.", t0.Add(4*time.Second))
	older := listed("m_Old", page, "We found it.", t0.Add(-time.Hour))
	many := make([]string, 20)
	for i := range many {
		many[i] = listed(fmt.Sprint("m_", i), contact, "quick", t0.Add(time.Minute))
	}
	unknown := channel.Receipt{State: message.Unknown, Reason: "it is not known whether the message arrived", Retry: true, RetryAfter: time.Minute}
	absent := channel.Receipt{State: message.Failed, Reason: "the message did not arrive", Retry: true}
	found := channel.Receipt{State: message.Sent, PlatformIDs: []string{"m_Out7"}}
	for _, tt := range []struct {
		name    string
		known   []string
		after   time.Duration
		answers []channel.Exchange
		want    channel.Receipt
	}{
		{"it is there", nil, 30 * time.Second, []channel.Exchange{threads, list(theirs, ours, older)}, found},
		{"the same words are another message's", []string{"m_Out7"}, 2 * time.Minute, []channel.Exchange{threads, list(theirs, ours, older)}, absent},
		{"an hour ago we wrote the same", nil, 2 * time.Minute, []channel.Exchange{threads, list(older)}, absent},
		{"it may still come", nil, 30 * time.Second, []channel.Exchange{threads, list(older)}, unknown},
		{"twenty newer ones hide it", nil, 2 * time.Minute, []channel.Exchange{threads, list(many...)}, unknown},
		{"no thread", nil, 2 * time.Minute, []channel.Exchange{channeltest.Answer(200, `{"data":[]}`)}, unknown},
		{"an empty list", nil, 2 * time.Minute, []channel.Exchange{threads, list()}, unknown},
		{"a time that is none", nil, 2 * time.Minute, []channel.Exchange{threads, list(`{"id":"x","created_time":"soon"}`)}, unknown},
		{"no permission to look", nil, 2 * time.Minute, []channel.Exchange{channeltest.Answer(400, `{"error":{"code":200,"message":"p"}}`)}, unknown},
		{"asked again after a time-out", nil, 30 * time.Second, []channel.Exchange{channeltest.Silence, threads, channeltest.Silence, list(ours)}, found},
	} {
		t.Run(tt.name, func(t *testing.T) {
			task := channel.Reconcile{Sent: text("We found it."), Known: tt.known}
			steps, receipt := channeltest.Play(t, connector, account(), task, t0.Add(tt.after), tt.answers...)
			if !reflect.DeepEqual(receipt, tt.want) {
				t.Errorf("got  %+v\nwant %+v", receipt, tt.want)
			}
			for _, s := range steps {
				if s.Call.Method != "GET" {
					t.Errorf("asking made a %s", s.Call.Method)
				}
			}
			if want := "https://graph.facebook.com/v25.0/900100200300/conversations?platform=messenger&user_id=7001002003004005"; steps[0].Call.URL != want {
				t.Errorf("asked %s", steps[0].Call.URL)
			}
		})
	}
}

// TestReconcileAPart: the first part went, the second timed out.
func TestReconcileAPart(t *testing.T) {
	m := with(text("Two files."), message.Attachment{ID: "a", MIME: "image/png"}, message.Attachment{ID: "b", MIME: "image/png"})
	threads := channeltest.Answer(200, `{"data":[{"id":"t_1"}]}`)
	files := channeltest.Answer(200, `{"data":[`+listed("m_2", "900100200300", "", t0.Add(2*time.Second))+","+listed("m_1", "900100200300", "", t0.Add(time.Second))+`]}`)
	_, receipt := channeltest.Play(t, connector, account(), channel.Reconcile{Sent: m, Made: []string{"m_1"}}, t0.Add(time.Hour), threads, files)
	want := channel.Receipt{State: message.Failed, PlatformIDs: []string{"m_1", "m_2"}, Reason: "only the first 2 of 3 parts of the message arrived"}
	if !reflect.DeepEqual(receipt, want) {
		t.Errorf("got  %+v\nwant %+v", receipt, want)
	}
}
