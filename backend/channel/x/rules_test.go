package x_test

import (
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/x"
	"parley/backend/message"
)

func TestForEachInboundMessageFromAContactYouCanSendUpToFiveReplies(t *testing.T) {
	policy := x.Connector{}.Profile(account("2")).Policy
	for replies := range 5 {
		f := channel.Facts{LastInboundAt: at, RepliesSince: replies}
		if err := policy.Permit(f, channel.Draft{}, at.Add(30*24*time.Hour)); err != nil {
			t.Errorf("reply %d: %v", replies+1, err)
		}
	}
}

func TestIfYouSendASixthReplyYouReceiveAMessageThatIndicatesADeliveryFailure(t *testing.T) {
	policy := x.Connector{}.Profile(account("2")).Policy
	err := policy.Permit(channel.Facts{LastInboundAt: at, RepliesSince: 5}, channel.Draft{}, at)
	refusal, is := err.(*channel.Refusal)
	if !is || refusal.Rule != channel.RuleMaxReplies || !strings.Contains(refusal.Reason, "at most 5 replies") {
		t.Errorf("got %v", err)
	}
	// The next message of the contact begins the count again.
	if err := policy.Permit(channel.Facts{LastInboundAt: at.Add(time.Hour)}, channel.Draft{}, at.Add(time.Hour)); err != nil {
		t.Error(err)
	}
}

func TestRules(t *testing.T) {
	p := x.Connector{}.Profile(account("2"))
	channeltest.Rules(t, p.Policy, map[string]func(*testing.T){
		channel.RuleMaxReplies: TestIfYouSendASixthReplyYouReceiveAMessageThatIndicatesADeliveryFailure,
		"rate": func(t *testing.T) {
			steps, r := play(t, account("2"), text(), limited(15*time.Minute), created("10"))
			if r.State != message.Sent || steps[1].After != 15*time.Minute || steps[1].Hold != channel.HoldAccount {
				t.Errorf("%+v, %+v", steps[1], r)
			}
		},
		"text_length": func(t *testing.T) {
			if p.Capabilities.MaxTextChars != 10000 {
				t.Errorf("%d characters", p.Capabilities.MaxTextChars)
			}
		},
		"media": func(t *testing.T) {
			for _, c := range []struct {
				mime string
				most int64
			}{{"image/jpeg", 5}, {"image/png", 5}, {"image/webp", 5}, {"image/gif", 15}, {"video/mp4", 512}} {
				if err := p.Capabilities.Accept(message.Attachment{MIME: c.mime, Size: c.most << 20}); err != nil {
					t.Errorf("%s: %v", c.mime, err)
				}
				if err := p.Capabilities.Accept(message.Attachment{MIME: c.mime, Size: c.most<<20 + 1}); err == nil {
					t.Errorf("%s: too large, yet accepted", c.mime)
				}
			}
			if p.Capabilities.Accept(message.Attachment{MIME: "application/pdf", Size: 1}) == nil || p.Capabilities.FilesPerMessage != 1 {
				t.Error("only one picture or film goes in a message")
			}
		},
		channel.RuleFirst: func(t *testing.T) {
			if err := p.Policy.Permit(channel.Facts{}, channel.Draft{}, at); err != nil {
				t.Error(err)
			}
		},
	})
}
