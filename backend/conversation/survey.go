package conversation

import (
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
)

// What writes when no person does: the Kind of a SendAuto, Auto of a MessageSent.
const (
	AutoGreeting = "greeting"
	AutoAway     = "away"
	AutoSurvey   = "survey"
)

// CommentWithin is how long after their score a contact's words are the comment.
const CommentWithin = 10 * time.Minute

// ScoreOpen says that the survey takes a score at now.
func (s *Survey) ScoreOpen(now time.Time) bool {
	return s != nil && s.AnsweredAt.IsZero() && now.Before(s.Until)
}

// CommentOpen says that the survey takes a comment at now.
func (s *Survey) CommentOpen(now time.Time) bool {
	return s != nil && s.Comment && !s.AnsweredAt.IsZero() && s.CommentedAt.IsZero() && now.Before(s.AnsweredAt.Add(CommentWithin))
}

const scorePrefix = "survey:"

// ScorePayload is what a quick reply carries that gives a score to the survey
// which a message asked.
func ScorePayload(asked id.Message, score int) string {
	return scorePrefix + string(asked) + ":" + strconv.Itoa(score)
}

// ScoreOf reads a ScorePayload; false if it is none.
func ScoreOf(payload string) (asked id.Message, score int, ok bool) {
	rest, ok := strings.CutPrefix(payload, scorePrefix)
	if !ok {
		return "", 0, false
	}
	name, number, _ := strings.Cut(rest, ":")
	score, err := strconv.Atoi(number)
	return id.Message(name), score, err == nil && name != ""
}

// sendAuto sends what nobody wrote. After the end only a survey goes on.
func sendAuto(s *State, c SendAuto, env Env) ([]Event, error) {
	answered := s.Survey != nil && !s.Survey.AnsweredAt.IsZero()
	switch {
	case !s.Phase.Live() && (c.Kind != AutoSurvey || !answered):
		return nil, ErrEnded
	case c.Body.Length == 0:
		return nil, ErrEmpty
	}
	if err := env.Policy.Permit(s.Facts(), channel.Draft{Automatic: true}, env.Now); err != nil {
		return nil, err
	}
	return []Event{MessageSent{Message: c.Message, Body: c.Body, Auto: c.Kind}}, nil
}

func askSurvey(s *State, c AskSurvey, env Env) ([]Event, error) {
	switch {
	case s.Phase.Live():
		return nil, ErrNoSurvey
	case s.Survey != nil:
		return nil, nil
	case c.Scale < 2 || c.Scale > 10:
		return nil, ErrScore
	case !c.Until.After(env.Now):
		return nil, ErrNotDue
	}
	if err := env.Policy.Permit(s.Facts(), channel.Draft{Automatic: true}, env.Now); err != nil {
		return nil, err
	}
	return []Event{
		MessageSent{Message: c.Message, Body: c.Body, Auto: AutoSurvey},
		SurveyAsked{Message: c.Message, Scale: c.Scale, Until: c.Until, Comment: c.Comment},
	}, nil
}

func answerSurvey(s *State, c AnswerSurvey, env Env) ([]Event, error) {
	if s.Survey == nil || !env.Now.Before(s.Survey.Until) {
		return nil, ErrNoSurvey
	}
	if !s.Survey.AnsweredAt.IsZero() {
		return nil, nil
	}
	if c.Score < 1 || c.Score > s.Survey.Scale {
		return nil, ErrScore
	}
	out := SurveyAnswered{Score: c.Score}
	if c.Comment != "" && c.Body.Length > 0 {
		out.Comment, out.Body = c.Comment, &c.Body
	}
	if c.Message != "" {
		out.Message, out.Said = c.Message, &c.Said
	}
	return []Event{out}, nil
}

func commentSurvey(s *State, c CommentSurvey, env Env) ([]Event, error) {
	switch {
	case !s.Survey.CommentOpen(env.Now):
		return nil, ErrNoSurvey
	case c.Body.Length == 0:
		return nil, ErrEmpty
	}
	return []Event{SurveyCommented(c)}, nil
}
