package conversation_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
)

func TestHandling(t *testing.T) {
	rules := func(change func(*conversation.Settings)) conversation.Env {
		e := env(0)
		change(&e.Settings)
		return e
	}
	manual := rules(func(s *conversation.Settings) { s.Manual = true })
	bare := rules(func(s *conversation.Settings) { s.WrapUp = false })
	silent := rules(func(s *conversation.Settings) { s.Inactivity = time.Minute })
	requeue := rules(func(s *conversation.Settings) { s.Inactivity, s.InactiveRequeue = time.Minute, true })
	at := func(e conversation.Env, after time.Duration) conversation.Env { e.Now = t0.Add(after); return e }

	talking := []events{begun, {alerted, connected}}
	parked := append(talking, events{conversation.Parked{Communication: "c-1", Agent: "ann", Until: t0.Add(time.Hour)}})
	asked := append(talking, events{conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent"}, ended,
		conversation.SurveyAsked{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour)}})
	over := append(talking[:2:2], events{conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent"}, ended})
	scored := append(over[:3:3], events{conversation.SurveyAsked{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour), Comment: true}, conversation.SurveyAnswered{Score: 4}})
	left := func(reason string, by id.Agent) conversation.LegEnded {
		return conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: reason, By: by, WrapUpDue: true, ACWUntil: t0.Add(time.Minute)}
	}
	for _, tt := range []struct {
		name  string
		given []events
		when  conversation.Command
		env   conversation.Env
		then  events
		fails error
	}{
		{"pulled where the queue allows it", []events{begun}, conversation.Pull{Communication: "c-1", Agent: "ann"}, manual,
			events{conversation.Connected{Communication: "c-1", Agent: "ann", How: "pulled"}}, nil},
		{"not pulled where it does not", []events{begun}, conversation.Pull{Communication: "c-1", Agent: "ann"}, env(0), nil, conversation.ErrNoPull},
		{"what waits for another agent is not pulled", []events{begun, {conversation.Queued{Queue: "orders", Since: t0, For: "bob"}}},
			conversation.Pull{Communication: "c-1", Agent: "ann"}, manual, nil, conversation.ErrForAnother},
		{"what alerts is not pulled", []events{begun, {alerted}}, conversation.Pull{Communication: "c-2", Agent: "bob"}, manual, nil, conversation.ErrNotWaiting},
		{"nor offered to another", []events{begun, {conversation.Queued{Queue: "orders", Since: t0, For: "bob"}}},
			conversation.Offer{Communication: "c-1", Agent: "ann"}, env(0), nil, conversation.ErrForAnother},

		{"transferred to a queue with a note", talking,
			conversation.Transfer{By: "ann", Communication: "c-1", Queue: "returns", Skills: []id.Skill{"de"}, Note: "n-1", Body: message.Ref{Length: 4}}, env(0),
			events{left("transferred", ""), conversation.NoteAdded{Note: "n-1", Agent: "ann", Body: message.Ref{Length: 4}, Kind: "transfer"},
				conversation.Queued{Queue: "returns", Since: t0, Reason: "transferred", Skills: []id.Skill{"de"}}}, nil},
		{"transferred to an agent", talking, conversation.Transfer{By: "ann", Communication: "c-1", To: "bob"}, bare,
			events{conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "transferred"},
				conversation.Queued{Queue: "orders", Since: t0, Reason: "transferred", For: "bob"}}, nil},
		{"not to oneself", talking, conversation.Transfer{By: "ann", Communication: "c-1", To: "ann"}, env(0), nil, conversation.ErrSameAgent},
		{"not to nowhere", talking, conversation.Transfer{By: "ann", Communication: "c-1", Queue: "orders"}, env(0), nil, conversation.ErrNoTarget},
		{"not by somebody else", talking, conversation.Transfer{By: "bob", Communication: "c-1", Queue: "returns"}, env(0), nil, conversation.ErrNotConnected},
		{"a supervisor moves what waits, and it keeps its place", []events{begun},
			conversation.Transfer{By: "sue", Steer: true, Queue: "returns"}, env(time.Hour),
			events{conversation.Queued{Queue: "returns", Since: t0, Reason: "transferred"}}, nil},
		{"a supervisor moves what alerts", []events{begun, {alerted}}, conversation.Transfer{By: "sue", Steer: true, To: "bob"}, env(time.Second),
			events{conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "moved", By: "sue"},
				conversation.Queued{Queue: "orders", Since: t0, Reason: "transferred", For: "bob"}}, nil},
		{"a supervisor moves what is parked", parked, conversation.Transfer{By: "sue", Steer: true, To: "bob"}, env(0),
			events{left("transferred", "sue"), conversation.Queued{Queue: "orders", Since: t0, Reason: "transferred", For: "bob"}}, nil},
		{"what has ended is not moved", asked, conversation.Transfer{By: "sue", Steer: true, To: "bob"}, env(0), nil, conversation.ErrEnded},

		{"taken over from the agent", talking, conversation.TakeOver{Communication: "c-2", Agent: "sue"}, env(0),
			events{left("taken_over", "sue"), conversation.Connected{Communication: "c-2", Agent: "sue", How: "taken_over"}}, nil},
		{"taken over while it alerts", []events{begun, {alerted}}, conversation.TakeOver{Communication: "c-2", Agent: "sue"}, env(0),
			events{conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "moved", By: "sue"},
				conversation.Connected{Communication: "c-2", Agent: "sue", How: "taken_over"}}, nil},
		{"not from oneself", talking, conversation.TakeOver{Communication: "c-2", Agent: "ann"}, env(0), nil, conversation.ErrSameAgent},

		{"parked", talking, conversation.Park{Agent: "ann", Communication: "c-1", Until: t0.Add(time.Hour)}, env(0),
			events{conversation.Parked{Communication: "c-1", Agent: "ann", Until: t0.Add(time.Hour)}}, nil},
		{"not for longer than three days", talking, conversation.Park{Agent: "ann", Communication: "c-1", Until: t0.Add(73 * time.Hour)}, env(0), nil, conversation.ErrParkTime},
		{"not into the past", talking, conversation.Park{Agent: "ann", Communication: "c-1", Until: t0}, env(0), nil, conversation.ErrParkTime},
		{"taken up again", parked, conversation.Unpark{Agent: "ann", Communication: "c-1"}, env(0),
			events{conversation.Unparked{Communication: "c-1", Agent: "ann"}}, nil},
		{"not by another", parked, conversation.Unpark{Agent: "bob", Communication: "c-1"}, env(0), nil, conversation.ErrNotParked},
		{"nothing is sent while it is parked", parked, conversation.Send{Agent: "ann", Message: "m", Body: message.Ref{Length: 1}}, env(0), nil, conversation.ErrNotConnected},
		{"a contact may write all the same", parked, conversation.Receive{Message: "m", Body: message.Ref{Length: 1}}, env(0),
			events{conversation.MessageReceived{Message: "m", Body: message.Ref{Length: 1}}}, nil},
		{"a park does not expire early", parked, conversation.ExpirePark{Communication: "c-1"}, env(time.Minute), nil, conversation.ErrNotDue},
		{"an expired park goes back to its queue", parked, conversation.ExpirePark{Communication: "c-1"}, env(time.Hour),
			events{conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "park_expired"},
				conversation.Queued{Queue: "orders", Since: t0.Add(time.Hour), Reason: "park_expired"}}, nil},
		{"what is parked can be ended", parked, conversation.Disconnect{Agent: "ann", Communication: "c-1"}, env(0), events{hungUp, ended}, nil},

		{"a silent contact is disconnected in time", talking, conversation.ExpireInactive{Communication: "c-1"}, at(silent, time.Minute),
			events{conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "hub", WrapUpDue: true, ACWUntil: t0.Add(2 * time.Minute)},
				conversation.Ended{Reason: "inactive"}}, nil},
		{"not early", talking, conversation.ExpireInactive{Communication: "c-1"}, silent, nil, conversation.ErrNotDue},
		{"a contact who waits is never disconnected", append(talking, events{conversation.MessageReceived{Message: "m"}}),
			conversation.ExpireInactive{Communication: "c-1"}, at(silent, time.Hour), nil, nil},
		{"but goes back to the queue where it says so", append(talking, events{conversation.MessageReceived{Message: "m"}}),
			conversation.ExpireInactive{Communication: "c-1"}, at(requeue, time.Minute),
			events{conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "inactive", WrapUpDue: true, ACWUntil: t0.Add(2 * time.Minute)},
				conversation.Queued{Queue: "orders", Since: t0.Add(time.Minute), Reason: "inactive"}}, nil},

		{"priority changes", []events{begun}, conversation.SetPriority{By: "sue", Priority: 9}, env(0), events{conversation.PriorityChanged{Priority: 9, By: "sue"}}, nil},
		{"within bounds", []events{begun}, conversation.SetPriority{By: "sue", Priority: 101}, env(0), nil, conversation.ErrPriority},
		{"a note is for colleagues", asked, conversation.AddNote{Agent: "ann", Note: "n", Body: message.Ref{Length: 2}}, env(0),
			events{conversation.NoteAdded{Note: "n", Agent: "ann", Body: message.Ref{Length: 2}}}, nil},
		{"an empty one is refused", talking, conversation.AddNote{Agent: "ann", Note: "n"}, env(0), nil, conversation.ErrEmpty},
		{"help is asked once", append(talking, events{conversation.HelpAsked{Agent: "ann"}}), conversation.AskHelp{Agent: "ann", Communication: "c-1"}, env(0), nil, nil},
		{"a supervisor ends a conversation", talking, conversation.Disconnect{Agent: "sue", Steer: true}, env(0),
			events{conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "supervisor", WrapUpDue: true, ACWUntil: t0.Add(time.Minute)},
				conversation.Ended{Reason: "supervisor"}}, nil},
		{"a supervisor ends one that waits", []events{begun}, conversation.Disconnect{Agent: "sue", Steer: true}, env(0), events{conversation.Ended{Reason: "supervisor"}}, nil},

		{"a survey is asked after the end", talking, conversation.AskSurvey{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour)}, env(0), nil, conversation.ErrNoSurvey},
		{"a survey is asked once", asked, conversation.AskSurvey{Message: "m-11", Scale: 5, Until: t0.Add(time.Hour)}, env(0), nil, nil},
		{"a score is taken", asked, conversation.AnswerSurvey{Score: 4}, env(0), events{conversation.SurveyAnswered{Score: 4}}, nil},
		{"of the scale", asked, conversation.AnswerSurvey{Score: 6}, env(0), nil, conversation.ErrScore},
		{"in time", asked, conversation.AnswerSurvey{Score: 4}, env(time.Hour), nil, conversation.ErrNoSurvey},
		{"once", append(asked, events{conversation.SurveyAnswered{Score: 4}}), conversation.AnswerSurvey{Score: 1}, env(0), nil, nil},
		{"a score keeps the message that gave it", asked, conversation.AnswerSurvey{Score: 4, Message: "m-10", Said: message.Ref{Length: 1}}, env(0),
			events{conversation.SurveyAnswered{Score: 4, Message: "m-10", Said: &message.Ref{Length: 1}}}, nil},
		{"a survey that asks for words says so", over, conversation.AskSurvey{Message: "m-9", Body: message.Ref{Length: 3}, Scale: 5, Until: t0.Add(time.Hour), Comment: true}, env(0),
			events{conversation.MessageSent{Message: "m-9", Body: message.Ref{Length: 3}, Auto: "survey"},
				conversation.SurveyAsked{Message: "m-9", Scale: 5, Until: t0.Add(time.Hour), Comment: true}}, nil},
		{"words after the score are its comment", scored, conversation.CommentSurvey{Comment: "m-11", Body: message.Ref{Length: 9}}, env(0),
			events{conversation.SurveyCommented{Comment: "m-11", Body: message.Ref{Length: 9}}}, nil},
		{"for some minutes", scored, conversation.CommentSurvey{Comment: "m-11", Body: message.Ref{Length: 9}}, env(conversation.CommentWithin), nil, conversation.ErrNoSurvey},
		{"once, too", append(scored, events{conversation.SurveyCommented{Comment: "m-11"}}), conversation.CommentSurvey{Comment: "m-12", Body: message.Ref{Length: 9}}, env(0), nil, conversation.ErrNoSurvey},
		{"where they were asked for", append(asked, events{conversation.SurveyAnswered{Score: 4}}), conversation.CommentSurvey{Comment: "m-11", Body: message.Ref{Length: 9}}, env(0), nil, conversation.ErrNoSurvey},
		{"a greeting is sent", []events{begun}, conversation.SendAuto{Kind: "greeting", Message: "m-1", Body: message.Ref{Length: 2}}, env(0),
			events{conversation.MessageSent{Message: "m-1", Body: message.Ref{Length: 2}, Auto: "greeting"}}, nil},
		{"not after the end", scored, conversation.SendAuto{Kind: "greeting", Message: "m-1", Body: message.Ref{Length: 2}}, env(0), nil, conversation.ErrEnded},
		{"thanks are sent after a score", scored, conversation.SendAuto{Kind: "survey", Message: "m-1", Body: message.Ref{Length: 2}}, env(0),
			events{conversation.MessageSent{Message: "m-1", Body: message.Ref{Length: 2}, Auto: "survey"}}, nil},
		{"not before", asked, conversation.SendAuto{Kind: "survey", Message: "m-1", Body: message.Ref{Length: 2}}, env(0), nil, conversation.ErrEnded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := given(tt.given...)
			before := s.Clone()
			got, err := conversation.Decide(s, tt.when, tt.env)
			if !reflect.DeepEqual(s, before) {
				t.Error("Decide changed the state")
			}
			if !errors.Is(err, tt.fails) || !reflect.DeepEqual(got, tt.then) {
				t.Fatalf("\n got %#v, %v\nwant %#v, %v", got, err, tt.then, tt.fails)
			}
		})
	}
}

func TestAfterCallWorkOfATransferDoesNotHoldTheConversation(t *testing.T) {
	s := given(begun, events{alerted, connected}, events{
		conversation.LegEnded{Communication: "c-1", Agent: "ann", Reason: "transferred", WrapUpDue: true},
		conversation.Queued{Queue: "returns", Since: t0, Reason: "transferred"},
		conversation.Connected{Communication: "c-2", Agent: "bob", Auto: true},
	})
	if l := s.Wraps("ann"); l == nil || l.Communication != "c-1" || s.Holder() != "bob" {
		t.Fatalf("ann wraps up %+v, %s has it", l, s.Holder())
	}
	s.Record(conversation.Disconnected{Communication: "c-2", Agent: "bob", By: "agent"}, t0)
	s.Record(conversation.Ended{Reason: "agent"}, t0)
	if s.Phase != conversation.AfterCall {
		t.Fatalf("%s while ann's after-call work is open", s.Phase)
	}
	s.Record(conversation.WrappedUp{Communication: "c-1", Agent: "ann", Code: "refund"}, t0)
	if s.Phase != conversation.Done || s.Wraps("ann") != nil {
		t.Errorf("%s after the last wrap-up", s.Phase)
	}
}

func TestOptionalAfterCallWorkNeedsNoCode(t *testing.T) {
	s := given(begun, events{alerted, connected,
		conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent", WrapUpDue: true, Optional: true}, ended})
	got, err := conversation.Decide(s, conversation.WrapUp{Agent: "ann", Communication: "c-1"}, env(0))
	if want := (events{conversation.WrappedUp{Communication: "c-1", Agent: "ann"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v", got, err)
	}
}

func TestParkedTimeIsNoHandleTime(t *testing.T) {
	s := given(begun, events{alerted, connected})
	s.Record(conversation.Parked{Communication: "c-1", Agent: "ann", Until: t0.Add(time.Hour)}, t0.Add(time.Minute))
	s.Record(conversation.Unparked{Communication: "c-1", Agent: "ann"}, t0.Add(4*time.Minute))
	s.Record(conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent"}, t0.Add(5*time.Minute))
	if s.Leg.ParkedFor != 3*time.Minute {
		t.Errorf("parked for %s, want 3m", s.Leg.ParkedFor)
	}
}

func TestWhatNobodyWroteDoesNotAnswerTheContact(t *testing.T) {
	s := given(begun, events{conversation.MessageReceived{Message: "m-1"}})
	s.Record(conversation.MessageSent{Message: "m-2", Auto: "greeting"}, t0)
	if s.WaitingSince.IsZero() {
		t.Error("a greeting counts as an answer")
	}
}
