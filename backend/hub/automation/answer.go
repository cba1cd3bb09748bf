package automation

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// Answer gives what a contact wrote to the survey that it answers; false if it
// answers none, and belongs into a conversation. Convs are the contact's
// conversations on the channel, oldest first, and m is what the message is to be
// called.
//
// A quick reply names its survey. A bare number, and words after a score, answer
// that of the latest conversation, once it has ended. An error is
// conversation.ErrNoSurvey for a quick reply to a survey that is closed, or one
// of the engine's.
func Answer(ctx context.Context, e Engine, convs []id.Conversation, cmd id.Command, actor string, m id.Message, body message.Body) (engine.Result, bool, error) {
	content := engine.Content{Message: m, Body: body}
	if asked, score, ok := conversation.ScoreOf(body.Payload); ok {
		conv, err := asking(ctx, e, convs, asked)
		if err != nil {
			return engine.Result{}, true, err
		}
		result, err := e.Conversation(ctx, conv, cmd, actor, conversation.AnswerSurvey{Score: score, Message: m}, content)
		if err == nil && result.Nothing {
			err = conversation.ErrNoSurvey // it is answered
		}
		return result, true, err
	}
	if len(convs) == 0 || body.Text == "" || len(body.Attachments) > 0 {
		return engine.Result{}, false, nil
	}
	conv := convs[len(convs)-1]
	s, err := e.ConversationState(ctx, conv)
	if err != nil || s.Phase.Live() {
		return engine.Result{}, false, err
	}
	command := plain(s, e, m, body.Text)
	if command == nil {
		return engine.Result{}, false, nil
	}
	result, err := e.Conversation(ctx, conv, cmd, actor, command, content)
	if errors.Is(err, conversation.ErrNoSurvey) {
		return engine.Result{}, false, nil // its time ran out just now
	}
	return result, true, err
}

// asking finds the conversation whose survey a message asked.
func asking(ctx context.Context, e Engine, convs []id.Conversation, asked id.Message) (id.Conversation, error) {
	for _, conv := range slices.Backward(convs) {
		s, err := e.ConversationState(ctx, conv)
		if err != nil {
			return "", err
		}
		if s.Survey != nil && s.Survey.Message == asked {
			return conv, nil
		}
	}
	return "", conversation.ErrNoSurvey
}

// plain is what words without a payload are to a survey; nil if nothing.
func plain(s *conversation.State, e Engine, m id.Message, text string) conversation.Command {
	now := e.Now()
	if s.Survey.ScoreOpen(now) {
		if score, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && score >= 1 && score <= s.Survey.Scale {
			return conversation.AnswerSurvey{Score: score, Message: m}
		}
	}
	if s.Survey.CommentOpen(now) {
		return conversation.CommentSurvey{Comment: m}
	}
	return nil
}
