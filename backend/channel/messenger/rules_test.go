package messenger_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta/metatest"
	"parley/backend/message"
)

// unapproved is an account whose app may not use HUMAN_AGENT.
func unapproved() channel.Account {
	a := account()
	a.Settings = nil
	return a
}

// event is a webhook of one event.
func event(members string) string {
	return metatest.Webhook("page", "900100200300", contact, members)
}

// TestRules: each line of the platform's policy, as it is enforced.
func TestRules(t *testing.T) {
	profile := connector.Profile(account())
	can, policy := profile.Capabilities, profile.Policy
	plain := connector.Profile(unapproved()).Policy
	received := func(t *testing.T, members string) channel.MessageReceived {
		t.Helper()
		return metatest.One[channel.MessageReceived](t, connector, account(), event(members))
	}
	channeltest.Rules(t, policy, map[string]func(t *testing.T){
		"reply_window": func(t *testing.T) {
			metatest.Permitted(t, plain, wrote(t0), channel.Draft{}, t0.Add(day))
			if r := metatest.Refused(t, plain, wrote(t0), channel.Draft{}, t0.Add(day+1)); r.Rule != channel.RuleReplyWindow || r.Template {
				t.Errorf("%+v", r)
			}
		},
		"human_agent": func(t *testing.T) {
			metatest.Permitted(t, policy, wrote(t0), channel.Draft{}, t0.Add(7*day))
			metatest.Refused(t, policy, wrote(t0), channel.Draft{}, t0.Add(7*day+1))
			metatest.Refused(t, policy, wrote(t0), channel.Draft{Automatic: true}, t0.Add(2*day))
		},
		"opened_by": func(t *testing.T) {
			for _, o := range []channel.Opening{channel.OpenByMessage, channel.OpenByPostback, channel.OpenByReaction, channel.OpenByJoin} {
				if !slices.Contains(policy.OpenedBy, o) {
					t.Errorf("not opened by a %s", o)
				}
			}
			metatest.Permitted(t, plain, channel.Facts{LastInboundAt: t0, OpenedAt: t0.Add(3 * day)}, channel.Draft{}, t0.Add(4*day))
		},
		"error_outside": func(t *testing.T) {
			_, r := channeltest.Play(t, connector, unapproved(), text("x"), t0, channeltest.Answer(400, closed))
			if r.Rule != channel.RuleReplyWindow || r.Code != "10/2018278" {
				t.Errorf("%+v", r)
			}
		},
		"templates": func(t *testing.T) {
			metatest.Unsupported(t, connector, account(), channel.ListTemplates{})
			if !can.Buttons || can.MaxButtons != 13 || can.MaxButtonChars != 20 {
				t.Errorf("quick replies: %+v", can)
			}
		},
		"max_replies": func(t *testing.T) {
			metatest.Permitted(t, policy, channel.Facts{LastInboundAt: t0, RepliesSince: 1000}, channel.Draft{}, t0)
		},
		"text": func(t *testing.T) {
			if can.MaxTextChars != 1999 || can.MaxTextBytes != 0 {
				t.Errorf("%d characters, %d bytes", can.MaxTextChars, can.MaxTextBytes)
			}
		},
		"image": func(t *testing.T) { metatest.Limits(t, can, 8, "image/png", "image/jpeg", "image/gif") },
		"audio": func(t *testing.T) { metatest.Limits(t, can, 25, "audio/mpeg", "audio/ogg") },
		"video": func(t *testing.T) { metatest.Limits(t, can, 25, "video/mp4") },
		"file":  func(t *testing.T) { metatest.Limits(t, can, 25, "application/pdf", "text/plain") },
		"files_per_message": func(t *testing.T) {
			m := with(text("x"), message.Attachment{ID: "a", MIME: "image/png"}, message.Attachment{ID: "b", MIME: "image/png"})
			ok := channeltest.Answer(200, taken1)
			if steps, _ := channeltest.Play(t, connector, account(), m, t0, ok, ok, ok); len(steps) != 3 || can.FilesPerMessage != 1 || can.TextWithFile {
				t.Errorf("%d messages", len(steps))
			}
		},
		"media_in": func(t *testing.T) {
			m := received(t, `"message":{"mid":"m","attachments":[{"type":"image","payload":{"url":"https://cdn.example/p"}}]}`)
			if want := (channel.Media{Kind: channel.Image, URL: "https://cdn.example/p"}); len(m.Media) != 1 || m.Media[0] != want || !can.MediaIn {
				t.Errorf("%+v", m.Media)
			}
		},
		"ephemeral": func(t *testing.T) {
			if can.Ephemeral {
				t.Error("there is none")
			}
		},
		"unsend": func(t *testing.T) {
			if can.Unsends {
				t.Error("there is no event")
			}
		},
		"edit": func(t *testing.T) {
			e := metatest.One[channel.MessageEdited](t, connector, account(), event(`"message_edit":{"mid":"m","text":"new","num_edit":5}`))
			if e.PlatformID != "m" || e.Body.Text != "new" || !can.Edits {
				t.Errorf("%+v", e)
			}
		},
		"delete": func(t *testing.T) { metatest.Unsupported(t, connector, account(), channel.SendDisconnect{}) },
		"typing_in": func(t *testing.T) {
			if can.TypingIn {
				t.Error("there is no event")
			}
		},
		"typing_out": func(t *testing.T) {
			steps, _ := channeltest.Play(t, connector, account(), channel.SendTyping{To: contact}, t0, channeltest.Answer(200, "{}"))
			if !can.TypingOut || !strings.Contains(bodies(steps)[0], "typing_on") {
				t.Errorf("%v", bodies(steps))
			}
		},
		"delivered": func(t *testing.T) {
			d := metatest.One[channel.DeliveryReported](t, connector, account(), event(`"delivery":{"watermark":1795338000000}`))
			if d.State != message.Delivered || !d.Until.Equal(t0) || d.PlatformID != "" {
				t.Errorf("%+v", d)
			}
		},
		"read": func(t *testing.T) {
			d := metatest.One[channel.DeliveryReported](t, connector, account(), event(`"read":{"watermark":1795338000000}`))
			if d.State != message.Read || !d.Until.Equal(t0) || d.From != contact {
				t.Errorf("%+v", d)
			}
		},
		"read_out": func(t *testing.T) {
			steps, _ := channeltest.Play(t, connector, account(), channel.SendRead{To: contact}, t0, channeltest.Answer(200, "{}"))
			if !can.ReadOut || !strings.Contains(bodies(steps)[0], "mark_seen") {
				t.Errorf("%v", bodies(steps))
			}
		},
		"reactions": func(t *testing.T) {
			e := metatest.One[channel.Reacted](t, connector, account(), event(`"reaction":{"mid":"m","action":"react","emoji":"❤"}`))
			if e.Emoji != "❤" || !can.Reactions {
				t.Errorf("%+v", e)
			}
		},
		"identity": func(t *testing.T) {
			if m := received(t, `"message":{"mid":"m","text":"x"}`); m.From != contact || !can.Profiles {
				t.Errorf("from %q", m.From)
			}
		},
		"label": func(t *testing.T) {
			_, r := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0, channeltest.Answer(200, "{}"))
			if got := r.Person.Label(contact); got != contact {
				t.Errorf("called %q", got)
			}
		},
		"first": func(t *testing.T) {
			if r := metatest.Refused(t, policy, channel.Facts{}, channel.Draft{}, t0); r.Rule != channel.RuleFirst || r.Template {
				t.Errorf("%+v", r)
			}
		},
		"dedupe": func(t *testing.T) {
			one, two := received(t, `"message":{"mid":"m_7","text":"x"}`), received(t, `"message":{"mid":"m_7","text":"x"}`)
			if one.PlatformID != "m_7" || !reflect.DeepEqual(one, two) {
				t.Errorf("%+v, %+v", one, two)
			}
		},
		"signature": func(t *testing.T) {
			if _, err := connector.Verify(metatest.Endpoint(), metatest.Post(metatest.Signature, metatest.Body), t0); err != nil {
				t.Error(err)
			}
		},
		"answer_within": func(t *testing.T) {
			// The hub answers once the events are stored; nothing is asked of the
			// platform before. So a webhook makes no calls.
			reply, _ := connector.Verify(metatest.Endpoint(), metatest.Post(metatest.Signature, metatest.Body), t0)
			if reply.Status != 200 || len(reply.Body) != 0 {
				t.Errorf("%+v", reply)
			}
		},
	})
}

// What the text that Parley implements says of Facebook Messenger.

func TestYouMustRespondToMessagesFromFacebookMessengerWithinSevenDays(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), text("On the seventh day."), t0.Add(7*day), channeltest.Answer(200, taken1))
	if receipt.State != message.Sent || !strings.Contains(bodies(steps)[0], `"tag":"HUMAN_AGENT"`) {
		t.Errorf("%v, %+v", bodies(steps), receipt)
	}
}

func TestAfterSevenDaysAnyMessageResultsInAnErrorAndIsNotDelivered(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), text("Too late."), t0.Add(7*day+time.Millisecond))
	want := channel.Receipt{
		State: message.Failed, Rule: channel.RuleReplyWindow,
		Reason: "replies are accepted for 7 days after the contact's last message; the contact has to write again",
	}
	if len(steps) != 0 || !reflect.DeepEqual(receipt, want) {
		t.Errorf("%d calls, %+v", len(steps), receipt)
	}
}
