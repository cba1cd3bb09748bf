package automation_test

import (
	"errors"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/hub/automation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// answer gives a survey what its contact wrote.
func (p *place) answer(cmd id.Command, body message.Body) (engine.Result, bool, error) {
	p.t.Helper()
	return automation.Answer(p.t.Context(), p.engine, p.begun, cmd, "guest:ida", id.Message(id.New()), body)
}

func TestAnAnswerGoesToTheSurveyOfTheEndedConversation(t *testing.T) {
	text := func(s string) message.Body { return message.Body{Text: s} }
	for _, tt := range []struct {
		name  string
		after time.Duration // since the survey was asked
		said  []message.Body
		want  []bool // whether each is an answer
		score int
		last  error
	}{
		{"a number", 0, []message.Body{text(" 4 ")}, []bool{true}, 4, nil},
		{"outside the scale it is a message", 0, []message.Body{text("6")}, []bool{false}, 0, nil},
		{"words are a message", 0, []message.Body{text("thank you")}, []bool{false}, 0, nil},
		{"too late it is a message", 73 * time.Hour, []message.Body{text("4")}, []bool{false}, 0, nil},
		{"a file is a message", 0, []message.Body{{Text: "4", Attachments: []message.Attachment{{ID: "a"}}}}, []bool{false}, 0, nil},
		{"words after a score are its comment", 0, []message.Body{text("4"), text("More hills."), text("Hello?")}, []bool{true, true, false}, 4, nil},
		{"a reply to a closed survey is refused", 73 * time.Hour, []message.Body{{Text: "4", Payload: "survey:ASKED:4"}}, []bool{true}, 0, conversation.ErrNoSurvey},
		{"a second reply is refused", 0, []message.Body{{Text: "4", Payload: "survey:ASKED:4"}, {Text: "5", Payload: "survey:ASKED:5"}}, []bool{true, true}, 4, conversation.ErrNoSurvey},
		{"a reply to an unknown survey is refused", 0, []message.Body{{Text: "4", Payload: "survey:other:4"}}, []bool{true}, 0, conversation.ErrNoSurvey},
		{"a score that is none is refused", 0, []message.Body{{Text: "9", Payload: "survey:ASKED:9"}}, []bool{true}, 0, conversation.ErrScore},
		{"another payload is a message", 0, []message.Body{{Text: "Small", Payload: "s"}}, []bool{false}, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, channel.Policy{}, func(p *place) {
				defer p.life()()
				p.begin("c1", "words", "Ida Berg")
				p.serve("c1")
				s, err := p.engine.ConversationState(t.Context(), "c1")
				if err != nil || s.Survey == nil {
					t.Fatal("no survey", err)
				}
				time.Sleep(tt.after)
				for i, body := range tt.said {
					if asked, score, ok := conversation.ScoreOf(body.Payload); ok && asked == "ASKED" {
						body.Payload = conversation.ScorePayload(s.Survey.Message, score)
					}
					_, answers, err := p.answer(id.Command(id.New()), body)
					var want error
					if i == len(tt.said)-1 {
						want = tt.last
					}
					if answers != tt.want[i] || !errors.Is(err, want) {
						t.Errorf("%+v gives %v, %v", body, answers, err)
					}
				}
				if s, err = p.engine.ConversationState(t.Context(), "c1"); err != nil || s.Survey.Score != tt.score {
					t.Errorf("the survey is %+v, %v", s.Survey, err)
				}
			})
		})
	}
}

func TestARepeatedAnswerIsTheFirst(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		defer p.life()()
		p.begin("c1", "words", "Ida Berg")
		p.serve("c1")
		s, err := p.engine.ConversationState(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		tapped := message.Body{Text: "2", Payload: conversation.ScorePayload(s.Survey.Message, 2)}
		first, _, err := p.answer("cmd-1", tapped)
		if err != nil {
			t.Fatal(err)
		}
		again, answers, err := p.answer("cmd-1", tapped)
		if err != nil || !answers || !again.Again || again.Pos != first.Pos {
			t.Errorf("repeated: %+v, %v, %v", again, answers, err)
		}
		brought := engine.Messages(first.Conversation)
		if len(brought) != 1 {
			t.Fatalf("it brought %v", brought)
		}
		if b, err := p.engine.Body(t.Context(), "c1", brought[0]); err != nil || b.Text != "2" {
			t.Errorf("what was said is %+v, %v", b, err)
		}
	})
}

func TestAQuickReplyFindsAnEarlierConversation(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		defer p.life()()
		p.begin("c1", "words", "Ida Berg")
		p.serve("c1")
		p.begin("c2", "words", "Ida Berg")
		s, err := p.engine.ConversationState(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if _, answers, err := p.answer("cmd-1", message.Body{Text: "3"}); answers || err != nil {
			t.Errorf("a number in an open conversation is taken for a score: %v", err)
		}
		r, answers, err := p.answer("cmd-2", message.Body{Text: "3", Payload: conversation.ScorePayload(s.Survey.Message, 3)})
		if err != nil || !answers || r.Stream.ID != "c1" {
			t.Errorf("%+v, %v, %v", r, answers, err)
		}
	})
}
