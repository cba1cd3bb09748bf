package instagram_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/instagram"
	"parley/backend/channel/internal/meta/metatest"
	"parley/backend/id"
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
	return metatest.Webhook("instagram", "17840000000000001", contact, members)
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
			for _, o := range []channel.Opening{channel.OpenByMessage, channel.OpenByPostback} {
				if !slices.Contains(policy.OpenedBy, o) {
					t.Errorf("not opened by a %s", o)
				}
			}
			metatest.Permitted(t, plain, channel.Facts{LastInboundAt: t0, OpenedAt: t0.Add(3 * day)}, channel.Draft{}, t0.Add(4*day))
		},
		"error_outside": func(t *testing.T) {
			_, r := channeltest.Play(t, connector, unapproved(), text("x"), t0, channeltest.Answer(400, closed))
			if r.Rule != channel.RuleReplyWindow || r.Code != "10/2534022" {
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
			if can.MaxTextBytes != 1000 || can.MaxTextChars != 0 {
				t.Errorf("%d characters, %d bytes", can.MaxTextChars, can.MaxTextBytes)
			}
		},
		"image": func(t *testing.T) { metatest.Limits(t, can, 8, "image/png", "image/jpeg") },
		"audio": func(t *testing.T) { metatest.Limits(t, can, 25, "audio/aac", "audio/x-m4a", "audio/wav", "audio/mp4") },
		"video": func(t *testing.T) {
			metatest.Limits(t, can, 25, "video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm")
		},
		"file": func(t *testing.T) {
			metatest.Limits(t, can, 25, "application/pdf")
			for _, mime := range []string{"image/gif", "image/webp", "audio/ogg", "text/plain", "application/zip"} {
				if can.Takes(message.Attachment{MIME: mime}) {
					t.Errorf("%s is taken", mime)
				}
			}
		},
		"files_per_message": func(t *testing.T) {
			var images []message.Attachment
			for i := range 11 {
				images = append(images, message.Attachment{ID: id.Attachment(fmt.Sprint("i", i)), MIME: "image/png"})
			}
			m := with(text("x"), append(images, message.Attachment{ID: "v", MIME: "video/mp4"})...)
			ok := channeltest.Answer(200, taken1)
			steps, _ := channeltest.Play(t, connector, account(), m, t0, ok, ok, ok, ok)
			got := bodies(steps)
			if strings.Count(got[0], `"type":"image"`) != 10 || strings.Count(got[1], `"type":"image"`) != 1 || !strings.Contains(got[2], "video") {
				t.Errorf("%s", strings.Join(got, "\n"))
			}
		},
		"media_in": func(t *testing.T) {
			m := received(t, `"message":{"mid":"m","attachments":[{"type":"image","payload":{"url":"https://cdn.example/p"}}]}`)
			if want := (channel.Media{Kind: channel.Image, URL: "https://cdn.example/p"}); len(m.Media) != 1 || m.Media[0] != want || !can.MediaIn {
				t.Errorf("%+v", m.Media)
			}
		},
		"ephemeral": func(t *testing.T) {
			m := received(t, `"message":{"mid":"m","attachments":[{"type":"story_mention","payload":{"url":"https://cdn.example/s"}}]}`)
			if m.EphemeralURL != "https://cdn.example/s" || len(m.Media) != 0 || !can.Ephemeral {
				t.Errorf("%+v", m)
			}
			once := received(t, `"message":{"mid":"m","attachments":[{"type":"ephemeral","payload":{"url":"https://cdn.example/s"}}]}`)
			if once.EphemeralURL != "" || once.Body.Ephemeral.Kind != message.ViewOnce {
				t.Errorf("%+v", once)
			}
		},
		"private_stories": func(t *testing.T) {
			m := received(t, `"message":{"mid":"m","attachments":[{"type":"story_mention","payload":{}}]}`)
			if m.EphemeralURL != "" || m.Body.Ephemeral == nil {
				t.Errorf("a mention that may not be seen: %+v", m)
			}
		},
		"story_settings": func(t *testing.T) {
			a := account()
			a.Settings = map[string]string{instagram.SettingStoryMentions: "off", instagram.SettingStoryReplies: "off"}
			if connector.Profile(a).Capabilities.Ephemeral {
				t.Error("stories are off, yet the profile has them")
			}
		},
		"unsend": func(t *testing.T) {
			e := metatest.One[channel.MessageUnsent](t, connector, account(), event(`"message":{"mid":"m","is_deleted":true}`))
			if e.PlatformID != "m" || !can.Unsends {
				t.Errorf("%+v", e)
			}
		},
		"edit": func(t *testing.T) {
			if can.Edits {
				t.Error("there is no event")
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
			if slices.Contains(can.Reports, message.Delivered) {
				t.Error("there is no event")
			}
		},
		"read": func(t *testing.T) {
			d := metatest.One[channel.DeliveryReported](t, connector, account(), event(`"read":{"mid":"m_9"}`))
			if d.State != message.Read || d.PlatformID != "m_9" || !d.Earlier || !d.Until.IsZero() {
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
			for answer, want := range map[string]string{
				`{"name":"Carla Borg","username":"carla_m"}`: "Carla Borg", `{"name":null,"username":"carla_m"}`: "carla_m", `{}`: contact,
			} {
				_, r := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0, channeltest.Answer(200, answer))
				if got := r.Person.Label(contact); got != want {
					t.Errorf("%s is called %q", answer, got)
				}
			}
		},
		"first": func(t *testing.T) {
			if r := metatest.Refused(t, policy, channel.Facts{}, channel.Draft{}, t0); r.Rule != channel.RuleFirst || r.Template {
				t.Errorf("%+v", r)
			}
		},
		"dedupe": func(t *testing.T) {
			one, two := received(t, `"message":{"mid":"m_7","text":"x"}`), received(t, `"message":{"mid":"m_7","text":"x"}`)
			gone := metatest.One[channel.MessageUnsent](t, connector, account(), event(`"message":{"mid":"m_7","is_deleted":true}`))
			if one.PlatformID != "m_7" || gone.PlatformID != "m_7" || !reflect.DeepEqual(one, two) {
				t.Errorf("%+v, %+v, %+v", one, two, gone)
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
