package agent_test

import (
	"errors"
	"testing"

	"parley/backend/agent"
	"parley/backend/channel"
)

func TestRoom(t *testing.T) {
	u := agent.Utilization{
		Capacity: map[channel.Kind]int{"web": 3, "sms": 1, "whatsapp": 2},
		InterruptibleBy: map[channel.Kind][]channel.Kind{
			"voice": nil, "email": {"web", "sms"}, "whatsapp": {"sms"},
		},
	}
	for _, tt := range []struct {
		name string
		held map[channel.Kind]int
		kind channel.Kind
		want error
	}{
		{"an idle agent", nil, "web", nil},
		{"up to the capacity", map[channel.Kind]int{"web": 2}, "web", nil},
		{"no further", map[channel.Kind]int{"web": 3}, "web", agent.ErrNoCapacity},
		{"a kind without capacity", nil, "x", agent.ErrNoCapacity},
		{"messages beside messages, where nothing else is said", map[channel.Kind]int{"web": 3}, "sms", nil},
		{"what may be interrupted by one kind", map[channel.Kind]int{"whatsapp": 1}, "sms", nil},
		{"may not be by another", map[channel.Kind]int{"whatsapp": 1}, "web", agent.ErrInterrupted},
		{"a kind does not interrupt itself", map[channel.Kind]int{"whatsapp": 1}, "whatsapp", nil},
		{"a call is interrupted by nothing", map[channel.Kind]int{"voice": 1}, "web", agent.ErrInterrupted},
		{"a call that has ended holds nothing", map[channel.Kind]int{"voice": 0}, "web", nil},
		{"a mail is by some", map[channel.Kind]int{"email": 2, "sms": 1}, "web", nil},
		{"not by others", map[channel.Kind]int{"email": 1}, "whatsapp", agent.ErrInterrupted},
		{"unknown outside work is interrupted by nothing", map[channel.Kind]int{"fax": 1}, "web", agent.ErrInterrupted},
	} {
		if err := u.Room(tt.held, tt.kind); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
