package readmodel

import (
	"reflect"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Every field of a state that a fold can set is stored, those that the cores
// grow later too: the test finds them by reflection.
func TestEveryFieldOfAStateIsStored(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	n := 0
	var fill func(reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch x := v.Interface().(type) {
		case time.Time:
			v.Set(reflect.ValueOf(at.Add(time.Duration(n) * time.Second)))
			return
		case eventlog.Hash:
			x[0] = byte(n)
			v.Set(reflect.ValueOf(x))
			return
		case map[id.Message]message.Delivery:
			v.Set(reflect.ValueOf(map[id.Message]message.Delivery{"m-1": message.Sent}))
			return
		}
		switch v.Kind() {
		case reflect.String:
			v.SetString("text")
		case reflect.Int, reflect.Int64:
			v.SetInt(int64(n))
		case reflect.Uint64:
			v.SetUint(uint64(n))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range 2 {
				fill(v.Index(i))
			}
		case reflect.Map:
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key)
			fill(value)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, value)
		default:
			t.Fatalf("the test cannot fill a %s", v.Type())
		}
	}
	conv, who := &conversation.State{}, &agent.State{}
	fill(reflect.ValueOf(conv).Elem())
	fill(reflect.ValueOf(who).Elem())
	for c, l := range conv.Wrapping {
		l.Communication = c // it is stored once
		conv.Wrapping[c] = l
	}
	for _, tt := range []struct {
		stream eventlog.Stream
		rec    *record
	}{
		{eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv.ID)}, &record{rev: conv.Rev, hash: conv.Hash, conv: conv}},
		{eventlog.Stream{Kind: eventlog.Agent, ID: string(who.ID)}, &record{rev: who.Rev, hash: who.Hash, agent: who}},
	} {
		back, err := decodeRecord(tt.stream, tt.rec.encode())
		if err != nil || !reflect.DeepEqual(back, tt.rec) {
			t.Errorf("%s came back as\n%+v\n%+v, want\n%+v\n%+v (%v)", tt.stream.Kind, back.conv, back.agent, tt.rec.conv, tt.rec.agent, err)
		}
	}
}
