package whatsapp_test

import (
	"reflect"
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta/metatest"
	"parley/backend/message"
)

// one parses a message of the contact that must give one event.
func one[E channel.Event](t *testing.T, members string) E {
	t.Helper()
	return metatest.One[E](t, connector, account(), webhook(`"messages":[{"id":"wamid.IN1","from":"35699000000","timestamp":"1795338000",`+members+`}]`))
}

func status(t *testing.T, name string) channel.DeliveryReported {
	t.Helper()
	return metatest.One[channel.DeliveryReported](t, connector, account(), webhook(`"statuses":[{"id":"wamid.OUT1","status":"`+name+`","timestamp":"1795338000"}]`))
}

// TestRules: each line of the platform's policy, as it is enforced.
func TestRules(t *testing.T) {
	profile := connector.Profile(account())
	can, policy := profile.Capabilities, profile.Policy
	received := one[channel.MessageReceived]
	channeltest.Rules(t, policy, map[string]func(t *testing.T){
		"reply_window": func(t *testing.T) {
			metatest.Permitted(t, policy, wrote(t0), channel.Draft{}, t0.Add(day))
			if r := metatest.Refused(t, policy, wrote(t0), channel.Draft{}, t0.Add(day+1)); r.Rule != channel.RuleReplyWindow || !r.Template {
				t.Errorf("%+v", r)
			}
		},
		"opened_by": func(t *testing.T) {
			if !reflect.DeepEqual(policy.OpenedBy, []channel.Opening{channel.OpenByMessage, channel.OpenByPostback}) {
				t.Errorf("%v", policy.OpenedBy)
			}
		},
		"error_outside": func(t *testing.T) {
			const closed = `{"error":{"message":"Re-engagement message","code":131047}}`
			_, r := channeltest.Play(t, connector, account(), text("x"), t0, channeltest.Answer(400, closed))
			if r.Rule != channel.RuleReplyWindow || r.Code != "131047" || r.Retry {
				t.Errorf("%+v", r)
			}
		},
		"templates": func(t *testing.T) {
			metatest.Permitted(t, policy, wrote(t0), channel.Draft{Template: true}, t0.Add(300*day))
			if !policy.TemplateOutside || !can.Templates {
				t.Errorf("%+v", policy)
			}
		},
		"max_replies": func(t *testing.T) {
			metatest.Permitted(t, policy, channel.Facts{LastInboundAt: t0, RepliesSince: 1000}, channel.Draft{}, t0)
		},
		"text": func(t *testing.T) {
			if can.MaxTextChars != 4096 || can.MaxTextBytes != 0 {
				t.Errorf("%d characters, %d bytes", can.MaxTextChars, can.MaxTextBytes)
			}
		},
		"caption": func(t *testing.T) {
			picture := message.Attachment{ID: "p", MIME: "image/png"}
			sent(t, with(text(strings.Repeat("x", 1024)), picture), 1)
			sent(t, with(text(strings.Repeat("x", 1025)), picture), 2)
		},
		"image": func(t *testing.T) { metatest.Limits(t, can, 5, "image/png", "image/jpeg") },
		"audio": func(t *testing.T) {
			metatest.Limits(t, can, 16, "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg; codecs=opus")
		},
		"video": func(t *testing.T) { metatest.Limits(t, can, 16, "video/mp4", "video/3gpp") },
		"file":  func(t *testing.T) { metatest.Limits(t, can, 100, "application/pdf", "text/plain") },
		"files_per_message": func(t *testing.T) {
			sent(t, with(text(""), message.Attachment{ID: "a", MIME: "image/png"}, message.Attachment{ID: "b", MIME: "image/png"}), 2)
			if can.FilesPerMessage != 1 || !can.TextWithFile {
				t.Errorf("%+v", can)
			}
		},
		"media_in": func(t *testing.T) {
			m := received(t, `"type":"image","image":{"id":"55","mime_type":"image/jpeg"}`)
			if want := (channel.Media{Kind: channel.Image, ID: "55", MIME: "image/jpeg"}); len(m.Media) != 1 || m.Media[0] != want || !can.MediaIn {
				t.Errorf("%+v", m.Media)
			}
		},
		"ephemeral": func(t *testing.T) {
			m := received(t, `"type":"unsupported","unsupported":{"type":"view_once"}`)
			if can.Ephemeral || m.Body.Unsupported != "view_once" || len(m.Media) != 0 {
				t.Errorf("%+v", m)
			}
		},
		"unsend": func(t *testing.T) {
			e := one[channel.MessageUnsent](t, `"type":"revoke","revoke":{"original_message_id":"wamid.IN1"}`)
			if e.PlatformID != "wamid.IN1" || !can.Unsends {
				t.Errorf("%+v", e)
			}
		},
		"edit": func(t *testing.T) {
			e := one[channel.MessageEdited](t, `"type":"edit","edit":{"original_message_id":"wamid.IN1","message":{"type":"text","text":{"body":"new"}}}`)
			if e.PlatformID != "wamid.IN1" || e.Body.Text != "new" || !can.Edits {
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
			steps, _ := channeltest.Play(t, connector, account(), channel.SendTyping{To: contact, LastInbound: "m"}, t0, channeltest.Answer(200, "{}"))
			if got := string(steps[0].Call.Body); !can.TypingOut || !strings.Contains(got, "typing_indicator") || !strings.Contains(got, `"status":"read"`) {
				t.Errorf("%s", got)
			}
		},
		"delivered": func(t *testing.T) {
			d := status(t, "delivered")
			if d.State != message.Delivered || d.PlatformID != "wamid.OUT1" {
				t.Errorf("%+v", d)
			}
		},
		"read": func(t *testing.T) {
			if d := status(t, "read"); d.State != message.Read || d.Earlier {
				t.Errorf("%+v", d)
			}
		},
		"read_out": func(t *testing.T) {
			steps, _ := channeltest.Play(t, connector, account(), channel.SendRead{LastInbound: "m"}, t0, channeltest.Answer(200, "{}"))
			if got := string(steps[0].Call.Body); !can.ReadOut || !strings.Contains(got, `"status":"read"`) {
				t.Errorf("%s", got)
			}
		},
		"reactions": func(t *testing.T) {
			e := one[channel.Reacted](t, `"type":"reaction","reaction":{"message_id":"wamid.OUT1","emoji":"👍"}`)
			if e.Emoji != "👍" || e.PlatformID != "wamid.OUT1" || !can.Reactions {
				t.Errorf("%+v", e)
			}
		},
		"identity": func(t *testing.T) {
			b := channeltest.Parse(t, connector, account(), webhook(`"contacts":[{"profile":{},"user_id":"MT.1"}],"messages":[{"id":"m","from_user_id":"MT.1","type":"text","text":{"body":"x"}}]`))
			if m := b.Events[1].(channel.MessageReceived); m.From != "MT.1" {
				t.Errorf("from %q", m.From)
			}
			if m := received(t, `"type":"text","text":{"body":"x"}`); m.From != contact {
				t.Errorf("from %q", m.From)
			}
		},
		"label": func(t *testing.T) {
			for person, want := range map[string]string{
				`"profile":{"name":"Carla","username":"carla.m"},"wa_id":"35699000000","user_id":"MT.1"`: "Carla",
				`"profile":{"username":"carla.m"},"wa_id":"35699000000","user_id":"MT.1"`:                "carla.m",
				`"profile":{},"wa_id":"35699000000","user_id":"MT.1"`:                                    "+35699000000",
				`"profile":{},"user_id":"MT.1"`:                                                          "MT.1",
			} {
				b := channeltest.Parse(t, connector, account(), webhook(`"contacts":[{`+person+`}],"messages":[{"id":"m","from_user_id":"MT.1","type":"text","text":{"body":"x"}}]`))
				if d := b.Events[0].(channel.ContactDescribed); d.From != "MT.1" || d.Person.Label(d.From) != want {
					t.Errorf("%s is called %q", person, d.Person.Label(d.From))
				}
			}
		},
		"first": func(t *testing.T) {
			if r := metatest.Refused(t, policy, channel.Facts{}, channel.Draft{}, t0); r.Rule != channel.RuleFirst || !r.Template {
				t.Errorf("%+v", r)
			}
			metatest.Permitted(t, policy, channel.Facts{}, channel.Draft{Template: true}, t0)
		},
		"dedupe": func(t *testing.T) {
			first, second := received(t, `"type":"text","text":{"body":"x"}`), received(t, `"type":"text","text":{"body":"x"}`)
			if first.PlatformID != "wamid.IN1" || !reflect.DeepEqual(first, second) {
				t.Errorf("%+v, %+v", first, second)
			}
			if a, b := status(t, "sent"), status(t, "read"); a.PlatformID != b.PlatformID || a.State == b.State {
				t.Errorf("%+v, %+v", a, b)
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
