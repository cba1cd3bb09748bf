package engine_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/backend/coach"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// coaching is how a kind of stream beside conversations and agents is run.
func coaching(e *engine.Engine) *engine.Streams[coach.State, coach.Say, coach.Event] {
	return engine.NewStreams(e, engine.Core[coach.State, coach.Say, coach.Event]{
		Kind: eventlog.Coach, Apply: (*coach.State).Apply, Clone: (*coach.State).Clone, Encode: coach.Encode,
		Decide: func(_ string, s *coach.State, c coach.Say, now time.Time) ([]coach.Event, time.Time, error) {
			events, err := coach.Decide(s, c)
			return events, now, err
		},
		Head: func(s *coach.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *coach.State, _ []coach.Event, c eventlog.Stored) {
			_ = s.Apply(c) // it follows: Head said so
		},
		Fill: func(c coach.Say, _ engine.Content, ref message.Ref, _ string) coach.Say {
			c.Body = ref
			return c
		},
	}, 64)
}

// A kind of stream that the engine knows nothing of is decided, sealed, stored,
// followed and repeated as conversations are.
func TestAnotherKindOfStream(t *testing.T) {
	log := memory.New()
	e := open(t, log, 0)
	got := make(chan *engine.Commit, 10)
	defer e.Subscribe(func(c *engine.Commit) { got <- c })()
	k := coaching(e)
	say := func(cmd, text string) (engine.Result, error) {
		m := coach.Say{Conversation: "c1", Message: "m-1", By: "sue"}
		var contents []engine.Content
		if text != "" {
			contents = append(contents, engine.Content{Message: m.Message, Body: message.Body{Text: text}})
		}
		return k.Execute(t.Context(), "c1", "l1", id.Command(cmd), "agent:sue", m, contents...)
	}
	if _, err := say("say-1", ""); !errors.Is(err, coach.ErrEmpty) {
		t.Errorf("an empty word gives %v", err)
	}
	first, err := say("say-1", "offer a refund")
	if err != nil {
		t.Fatal(err)
	}
	again, err := say("say-1", "offer a refund")
	if err != nil || !again.Again || again.Pos != first.Pos {
		t.Errorf("a retry gives %+v, %v", again, err)
	}
	live := <-got
	if live.Stream != (eventlog.Stream{Kind: eventlog.Coach, ID: "l1"}) || live.Conversation != nil {
		t.Errorf("followed %+v", live)
	}
	if b, ok := live.Body("m-1"); !ok || b.Text != "offer a refund" {
		t.Errorf("followed the body %+v %v", b, ok)
	}
	if b, err := e.Body(t.Context(), "c1", "m-1"); err != nil || b.Text != "offer a refund" {
		t.Errorf("the body is %+v, %v", b, err)
	}
	s, err := k.State(t.Context(), "l1")
	if err != nil || s.Messages != 1 || s.Rev != 1 {
		t.Errorf("the state is %+v, %v", s, err)
	}
	refolded, err := coaching(open(t, log, 0)).State(t.Context(), "l1")
	if err != nil || !reflect.DeepEqual(refolded, s) {
		t.Errorf("refolded to %+v, %v; want %+v", refolded, err, s)
	}
	// The conversation of that name knows nothing of it.
	if c, err := e.ConversationState(t.Context(), "c1"); err != nil || !reflect.DeepEqual(*c, conversation.State{}) {
		t.Errorf("the conversation is %+v, %v", c, err)
	}
}
