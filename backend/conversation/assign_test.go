package conversation_test

import (
	"errors"
	"maps"
	"reflect"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
)

func TestAssignments(t *testing.T) {
	talking := []events{begun, {alerted, connected}}
	parked := append(talking, events{conversation.Parked{Communication: "c-1", Agent: "ann", Until: t0.Add(time.Hour)}})
	lapse := conversation.Lapse{Communication: "c-9", Agent: "ann"}
	remove := conversation.RemoveAgent{Agent: "ann"}
	removed := conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "agent_removed"}
	back := conversation.Queued{Queue: "orders", Since: t0, Reason: "agent_removed"}
	wrapped := conversation.WrappedUp{Communication: "c-1", Agent: "ann", Code: "none", Expired: true}
	for _, tt := range []struct {
		name  string
		given []events
		when  conversation.Command
		then  events
		fails error
	}{
		{"what was never made lapses", talking, lapse, events{conversation.AssignmentLapsed{Communication: "c-9", Agent: "ann"}}, nil},
		{"what was made does not", talking, conversation.Lapse{Communication: "c-1", Agent: "ann"}, nil, nil},
		{"of what has ended nothing can be made", append(talking, events{hungUp, ended}), lapse, nil, nil},
		{"nothing lapses before the start", nil, lapse, nil, conversation.ErrNotStarted},
		{"a removed agent's conversation goes back to its place", talking, remove, events{removed, back}, nil},
		{"a parked one too", parked, remove, events{removed, back}, nil},
		{"an alert of theirs is withdrawn", []events{begun, {alerted}}, remove, events{
			conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "withdrawn"},
			conversation.Queued{Queue: "orders", Since: t0, Reason: "agent_left"},
		}, nil},
		{"their after-call work ends", append(talking, events{hungUp, ended}), remove, events{wrapped}, nil},
		{"that of an earlier leg too", append(talking, events{
			conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "transferred", WrapUpDue: true},
			conversation.Queued{Queue: "orders", Since: t0, Reason: "transferred", For: "ann"},
		}), remove, events{wrapped, back}, nil},
		{"others keep what they have", talking, conversation.RemoveAgent{Agent: "bob"}, nil, nil},
		{"what waits for one is opened to all", []events{begun, {conversation.Queued{Queue: "orders", Since: t0, For: "bob"}}},
			conversation.OpenToAll{For: "bob"}, events{conversation.Queued{Queue: "orders", Since: t0, Reason: "agent_unavailable"}}, nil},
		{"unless it waits for another meanwhile", []events{begun, {conversation.Queued{Queue: "orders", Since: t0, For: "bob"}}},
			conversation.OpenToAll{For: "ann"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := env(0)
			e.Settings.DefaultCode = "none"
			got, err := conversation.Decide(given(tt.given...), tt.when, e)
			if !errors.Is(err, tt.fails) || !reflect.DeepEqual(got, tt.then) {
				t.Fatalf("\n got %#v, %v\nwant %#v, %v", got, err, tt.then, tt.fails)
			}
		})
	}
}

func TestHoldingFollowsTheLeg(t *testing.T) {
	s := given(begun)
	want := func(what string, of ...id.Communication) {
		t.Helper()
		all := map[id.Communication]id.Agent{}
		for _, c := range of {
			all[c] = "ann"
		}
		if got := s.Holding(); !maps.Equal(got, all) {
			t.Errorf("%s: holds %v, want %v", what, got, all)
		}
	}
	want("waiting")
	s.Record(alerted, t0)
	want("alerting", "c-1")
	s.Record(connected, t0)
	want("connected", "c-1")
	s.Record(conversation.Parked{Communication: "c-1", Agent: "ann"}, t0)
	want("parked")
	s.Record(conversation.Unparked{Communication: "c-1", Agent: "ann", Reservation: "c-2"}, t0)
	want("taken up again", "c-2")
	s.Record(conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "transferred", WrapUpDue: true}, t0)
	want("after-call work", "c-2")
	s.Record(conversation.Queued{Queue: "returns", Since: t0, Reason: "transferred"}, t0)
	s.Record(conversation.Connected{Communication: "c-3", Agent: "ann", How: "pulled"}, t0)
	want("after-call work beside a new leg", "c-2", "c-3")
	s.Record(conversation.WrappedUp{Communication: "c-1", Agent: "ann"}, t0)
	s.Record(conversation.Disconnected{Communication: "c-3", Agent: "ann", WrapUpDue: true, Optional: true}, t0)
	want("optional after-call work")
}

func TestAfterCallWorkOfWhatEndedParkedHoldsNothing(t *testing.T) {
	s := given(begun, events{alerted, connected, conversation.Parked{Communication: "c-1", Agent: "ann"}, hungUp, ended})
	if got := s.Holding(); len(got) != 0 || s.Phase != conversation.AfterCall {
		t.Errorf("%s holds %v", s.Phase, got)
	}
}
