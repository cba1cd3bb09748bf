package conversation_test

import (
	"errors"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
)

func TestAQuickReplySaysWhichSurveyItAnswers(t *testing.T) {
	for _, tt := range []struct {
		payload string
		asked   id.Message
		score   int
		ok      bool
	}{
		{conversation.ScorePayload("m-9", 4), "m-9", 4, true},
		{"survey:m-9:", "m-9", 0, false},
		{"survey::4", "", 4, false},
		{"survey:m-9:four", "m-9", 0, false},
		{"yes", "", 0, false},
		{"", "", 0, false},
	} {
		asked, score, ok := conversation.ScoreOf(tt.payload)
		if asked != tt.asked || score != tt.score || ok != tt.ok {
			t.Errorf("%q gives %q, %d, %v", tt.payload, asked, score, ok)
		}
	}
}

func TestAPolicyThatClosesForAutomationIsHeard(t *testing.T) {
	e := env(2 * time.Hour)
	e.Policy = channel.Policy{ReplyWindowMs: time.Hour.Milliseconds(), ExtendedWindowMs: 24 * time.Hour.Milliseconds()}
	heard := events{conversation.MessageReceived{Message: "m-1"}}
	live := given(begun, heard)
	over := given(begun, heard, events{alerted, connected, conversation.Disconnected{Communication: "c-1", Agent: "ann"}, ended})
	for _, tt := range []struct {
		state *conversation.State
		cmd   conversation.Command
	}{
		{live, conversation.SendAuto{Kind: conversation.AutoAway, Message: "m-2", Body: message.Ref{Length: 3}}},
		{over, conversation.AskSurvey{Message: "m-2", Body: message.Ref{Length: 3}, Scale: 5, Until: t0.Add(9 * time.Hour)}},
	} {
		var refusal *channel.Refusal
		if _, err := conversation.Decide(tt.state, tt.cmd, e); !errors.As(err, &refusal) || refusal.Rule != channel.RuleReplyWindow {
			t.Errorf("%T gives %v", tt.cmd, err)
		}
	}
}
