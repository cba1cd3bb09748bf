package guest_test

import (
	"testing"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
)

// TestConversation holds the whole main job: a guest writes, an agent answers.
func TestConversation(t *testing.T) {
	p := start(t, nil)
	c := p.dial(newToken())
	if s := c.configure(); !s.Connected || !s.NewSession || s.ReadOnly || s.DurationSeconds != 3600 || s.AllowedMedia.Inbound.MaxFileSizeKB != 64 {
		t.Errorf("session is %+v", s)
	}
	c.say("m-1", "Where is my parcel?")
	echo := c.next("StructuredMessage")
	got := echo.entity(t)
	if echo.Type != "message" || echo.Code != 200 || echo.TracingID != "m-1" || got.Direction != "Inbound" || got.Type != "Text" ||
		got.Text != "Where is my parcel?" || len(got.ID) != 32 || len(got.Channel.MessageID) != 36 || got.Channel.Time == "" {
		t.Errorf("echo is %s", echo.raw)
	}
	conv := p.until("a message", func(_ id.Conversation, e conversation.Event) bool {
		m, ok := e.(conversation.MessageReceived)
		return ok && string(m.Message) == got.ID
	})
	p.answer(conv)
	m := p.say(conv, message.Body{Text: "Let me look."})
	answer := c.next("StructuredMessage")
	said := answer.entity(t)
	if answer.TracingID != "" || said.ID != string(m) || said.Direction != "Outbound" || said.Text != "Let me look." ||
		said.OriginatingEntity != "Human" || said.Channel.From.Nickname != "Ann" || said.Channel.Time <= got.Channel.Time {
		t.Errorf("answer is %s", answer.raw)
	}
	p.until("delivered", func(_ id.Conversation, e conversation.Event) bool {
		return e == conversation.DeliveryChanged{Message: m, State: message.Delivered}
	})
	p.hub.Typing(conv, "Ann")
	if e := c.next("StructuredMessage").entity(t); e.Type != "Event" || e.Events[0].EventType != "Typing" || e.Events[0].Typing.Duration != 5000 {
		t.Errorf("typing is %+v", e)
	}
	c.event("", `{"eventType":"Typing","typing":{"type":"On"}}`)
	if typing := <-p.typing; typing != conv {
		t.Errorf("typing in %s, want %s", typing, conv)
	}
}
