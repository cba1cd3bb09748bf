package open_test

import (
	"testing"
	"time"

	"parley/backend/channel/channeltest"
	"parley/backend/channel/open"
)

func TestRules(t *testing.T) {
	p := open.Connector{}.Profile(account())
	channeltest.Rules(t, p.Policy, map[string]func(*testing.T){
		"text_length": func(t *testing.T) {
			if p.Capabilities.MaxTextChars != 4000 {
				t.Errorf("%d characters", p.Capabilities.MaxTextChars)
			}
		},
		"typing": func(t *testing.T) {
			if p.Capabilities.TypingIn || p.Capabilities.TypingOut {
				t.Errorf("%+v", p.Capabilities)
			}
			on := open.Connector{}.Profile(account(open.SettingTypingIn, "Enabled", open.SettingTypingOut, "enabled")).Capabilities
			if !on.TypingIn || !on.TypingOut {
				t.Errorf("%+v", on)
			}
		},
		"retries": func(t *testing.T) {
			m := sendMessage()
			m.Body.Attachments = nil
			steps, _ := play(t, account(), m, fault, fault, fault, fault, fault, fault)
			for _, s := range steps[1:] {
				if s.After != 5*time.Second {
					t.Errorf("waits %s", s.After)
				}
			}
			if len(steps) != 6 {
				t.Errorf("%d calls", len(steps))
			}
		},
		"media": func(t *testing.T) {
			if steps, _ := play(t, account(), sendMessage(), ok, ok); len(steps) != 2 || p.Capabilities.FilesPerMessage != 1 {
				t.Errorf("two files in %d messages", len(steps))
			}
		},
	})
}
