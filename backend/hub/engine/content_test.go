package engine_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"parley/backend/eventlog/memory"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/vault"
)

func TestBodiesAreSealedAsTheirJSON(t *testing.T) {
	log := memory.New()
	e := open(t, log, 0)
	for i, body := range []message.Body{
		{Text: "hello"},
		{Text: "a\n\"<b>\"\u2028größer \xff"},
		{Text: "see", Attachments: []message.Attachment{{ID: "a1", Name: "map.png", Size: 3}}},
		{Text: "yes", Raw: `{"choice":1}`},
		{Buttons: []message.Button{{Text: "yes", Payload: "y"}}},
	} {
		conv := id.Conversation(fmt.Sprint("c", i))
		cmd, c, content := receive(string(conv), 1)
		content.Body = body
		if _, err := e.Conversation(t.Context(), conv, cmd, "guest:ida", c, content); err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := log.Sealed(t.Context(), vault.BodyKey(conv, content.Message))
		if err != nil || string(sealed[8:]) != string(want) {
			t.Errorf("sealed %s, want %s (%v)", sealed, want, err)
		}
		var back message.Body
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		if got, err := e.Body(t.Context(), conv, content.Message); err != nil || !reflect.DeepEqual(got, back) {
			t.Errorf("it is opened as %+v, want %+v (%v)", got, back, err)
		}
	}
}
