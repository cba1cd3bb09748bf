package sms_test

import (
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/sms"
	"parley/backend/message"
	"parley/backend/message/segment"
)

func TestRules(t *testing.T) {
	p := sms.Connector{}.Profile(account())
	channeltest.Rules(t, p.Policy, map[string]func(*testing.T){
		"text_length": func(t *testing.T) {
			if p.Capabilities.MaxTextChars != 1600 {
				t.Errorf("%d characters", p.Capabilities.MaxTextChars)
			}
		},
		"segments": func(t *testing.T) {
			for text, want := range map[string]int{strings.Repeat("a", 1530): 10, strings.Repeat("a", 1531): 11, strings.Repeat("م", 670): 10, strings.Repeat("م", 671): 11} {
				if got := segment.Of(text).Segments; got != want || p.Capabilities.MaxTextSegments != 10 {
					t.Errorf("%d parts, want %d, of at most %d", got, want, p.Capabilities.MaxTextSegments)
				}
			}
		},
		channel.RuleOptedOut: func(t *testing.T) {
			if err := p.Policy.Permit(channel.Facts{LastInboundAt: at, OptedOut: true}, channel.Draft{}, at); err == nil {
				t.Error("permitted")
			}
			m := sendMessage()
			m.Body.Attachments = nil
			if _, r := play(t, m, refused(21610)); r.Rule != channel.RuleOptedOut {
				t.Errorf("%+v", r)
			}
		},
		"media": func(t *testing.T) {
			const most = 5 << 20
			for _, c := range []struct {
				mime string
				size int64
				rule string
			}{{"image/jpeg", most, ""}, {"image/png", 1, ""}, {"image/gif", 1, ""}, {"image/gif", most + 1, channel.RuleFileSize}, {"application/pdf", 1, channel.RuleFileType}} {
				err := p.Capabilities.Accept(message.Attachment{MIME: c.mime, Size: c.size})
				if refusal, is := err.(*channel.Refusal); is != (c.rule != "") || is && refusal.Rule != c.rule {
					t.Errorf("%s of %d bytes: %v", c.mime, c.size, err)
				}
			}
			if p.Capabilities.FilesPerMessage != 10 {
				t.Errorf("%d files", p.Capabilities.FilesPerMessage)
			}
		},
		channel.RuleFirst: func(t *testing.T) {
			if err := p.Policy.Permit(channel.Facts{}, channel.Draft{}, at); err != nil {
				t.Error(err)
			}
		},
	})
}
