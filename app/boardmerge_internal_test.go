package app

import (
	"reflect"
	"testing"
)

func TestBoardChangesMerge(t *testing.T) {
	queue := func(id string, waiting int) BoardQueue { return BoardQueue{ID: id, Waiting: waiting} }
	live := func(ids ...string) []LiveConversation {
		out := []LiveConversation{}
		for _, id := range ids {
			out = append(out, LiveConversation{ID: id})
		}
		return out
	}
	whole := &Board{Whole: true, AtMs: 1, Queues: []BoardQueue{queue("a", 1), queue("b", 2)}, Agents: []BoardAgent{}, Live: live("c1", "c2"), Gone: []string{}}
	first := &Board{AtMs: 2, Queues: []BoardQueue{queue("b", 9), queue("c", 3)}, Live: live("c3"), Gone: []string{"c1"}}
	second := &Board{AtMs: 3, Queues: []BoardQueue{queue("a", 4)}, Live: live("c1"), Gone: []string{"c3", "c2"}}

	got := mergeBoards(mergeBoards(whole, first), second)
	if !got.Whole || got.AtMs != 3 || !reflect.DeepEqual(got.Queues, []BoardQueue{queue("a", 4), queue("b", 9), queue("c", 3)}) ||
		!reflect.DeepEqual(got.Live, live("c1")) || len(got.Gone) != 0 {
		t.Errorf("the whole became %+v", *got)
	}
	if !reflect.DeepEqual(whole.Live, live("c1", "c2")) || whole.Queues[0].Waiting != 1 {
		t.Error("what was pushed before has changed")
	}
	// Two changes are one, and say the same.
	changes := mergeBoards(first, second)
	if changes.Whole || !reflect.DeepEqual(changes.Gone, []string{"c3", "c2"}) || !reflect.DeepEqual(changes.Live, live("c1")) {
		t.Errorf("the changes became %+v", *changes)
	}
	if again := mergeBoards(whole, changes); !reflect.DeepEqual(again.Queues, got.Queues) || !reflect.DeepEqual(again.Live, got.Live) {
		t.Errorf("merged the other way it is %+v, want %+v", *again, *got)
	}
	if mergeBoards(first, whole) != whole || mergeBoards(first, nil) != first {
		t.Error("a whole board, or none, is not taken as it is")
	}
}
