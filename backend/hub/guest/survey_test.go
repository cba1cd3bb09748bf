package guest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// survey ends a conversation that ann had, and asks how it was.
func (p *place) survey(conv id.Conversation) id.Message {
	p.t.Helper()
	p.hangUp(conv)
	m := id.Message(id.New())
	body := message.Body{Text: "How was it?"}
	for n := 1; n <= 5; n++ {
		body.Buttons = append(body.Buttons, message.Button{Text: fmt.Sprint(n), Payload: conversation.ScorePayload(m, n)})
	}
	p.do(conv, conversation.AskSurvey{Message: m, Scale: 5, Until: p.now().Add(time.Hour), Comment: true}, engine.Content{Message: m, Body: body})
	return m
}

// tap answers with a quick reply, as the messenger does.
func (c *client) tap(tracing, text, payload string) {
	c.p.t.Helper()
	c.do("onMessage", fmt.Sprintf(
		`,"tracingId":%q,"message":{"type":"Structured","text":%q,"content":[{"contentType":"ButtonResponse","buttonResponse":{"type":"QuickReply","text":%q,"payload":%q}}]}`,
		tracing, text, text, payload))
}

func scored(score int) func(id.Conversation, conversation.Event) bool {
	return func(_ id.Conversation, e conversation.Event) bool {
		a, ok := e.(conversation.SurveyAnswered)
		return ok && a.Score == score
	}
}

// begun counts conversations.
func (p *place) begun() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.commits {
		if slices.ContainsFunc(c.Conversation, isStarted) {
			n++
		}
	}
	return n
}

func TestASurveyIsAskedAndAnsweredAfterTheEnd(t *testing.T) {
	p := start(t, unlimited)
	c := p.join(newToken())
	conv := c.open("Where is my parcel?")
	asked := p.survey(conv)
	c.next("StructuredMessage") // the disconnect
	question := c.next("StructuredMessage")
	if e := question.entity(t); e.OriginatingEntity != "Bot" || e.Type != "Structured" || e.Text != "How was it?" ||
		!strings.Contains(string(question.raw), conversation.ScorePayload(asked, 5)) {
		t.Errorf("the question is %s", question.raw)
	}
	c.tap("s-1", "4", conversation.ScorePayload(asked, 4))
	echo := c.next("StructuredMessage")
	if e := echo.entity(t); echo.TracingID != "s-1" || e.Direction != "Inbound" || e.Text != "4" || len(e.ID) != 32 {
		t.Errorf("the echo is %s", echo.raw)
	}
	p.until("the score", scored(4))
	c.tap("s-1", "4", conversation.ScorePayload(asked, 4)) // the echo was lost
	if again := c.next("StructuredMessage"); string(again.raw) != string(echo.raw) {
		t.Errorf("repeated, it is echoed as\n%s, first as\n%s", again.raw, echo.raw)
	}
	c.say("s-2", "More hills, please.")
	words := c.next("StructuredMessage")
	p.until("the comment", func(in id.Conversation, e conversation.Event) bool {
		_, ok := e.(conversation.SurveyCommented)
		return ok && in == conv
	})
	if n := p.begun(); n != 1 {
		t.Errorf("%d conversations began, want 1", n)
	}
	// The history holds what the guest said, as it was echoed.
	var ids []string
	for _, e := range c.history("").Entities {
		ids = append(ids, e.ID)
		if e.ID == string(asked) && e.OriginatingEntity != "Bot" {
			t.Errorf("in the history the question is of a person: %+v", e)
		}
	}
	if want := []string{words.entity(t).ID, echo.entity(t).ID, string(asked)}; len(ids) < 3 || !slices.Equal(ids[:3], want) {
		t.Errorf("the history begins with %v, want %v", ids, want)
	}
	c.say("s-3", "And another thing")
	c.next("StructuredMessage")
	p.until("a new conversation", func(in id.Conversation, e conversation.Event) bool { return in != conv && isStarted(e) })
}

func TestWhatIsNoAnswerStartsAConversation(t *testing.T) {
	p := start(t, unlimited)
	c := p.join(newToken())
	conv := c.open("Where is my parcel?")
	asked := p.survey(conv)
	c.next("StructuredMessage")
	c.next("StructuredMessage")
	c.say("s-1", "One more question")
	c.next("StructuredMessage")
	p.until("a new conversation", func(in id.Conversation, e conversation.Event) bool { return in != conv && isStarted(e) })
	// The survey can still be answered by its buttons, until it closes.
	c.tap("s-2", "5", conversation.ScorePayload(asked, 5))
	c.next("StructuredMessage")
	p.until("the score", scored(5))
	c.tap("s-3", "1", conversation.ScorePayload(asked, 1))
	if f := c.next("string"); f.Code != 400 || f.TracingID != "s-3" {
		t.Errorf("a second score gives %s", f.raw)
	}
	if n := p.begun(); n != 2 {
		t.Errorf("%d conversations began, want 2", n)
	}
}

func TestASurveyIsAnsweredInAReadOnlySession(t *testing.T) {
	p := start(t, func(c *config.Config) { unlimited(c); c.Deployments[0].Disconnect = "ReadOnly" })
	c := p.join(newToken())
	conv := c.open("Where is my parcel?")
	asked := p.survey(conv)
	c.next("StructuredMessage")
	c.next("StructuredMessage")
	c.tap("s-1", "2", conversation.ScorePayload(asked, 2))
	c.next("StructuredMessage")
	p.until("the score", scored(2))
}
