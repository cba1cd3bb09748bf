package conversation_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/message"
)

var (
	t0    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	start = conversation.Start{Channel: channel.Web, Account: "shop", Contact: "ct-1", Guest: "g-1", Queue: "orders"}
	begun = []conversation.Event{
		conversation.Started{Channel: channel.Web, Account: "shop", Contact: "ct-1", Guest: "g-1"},
		conversation.Queued{Queue: "orders", Since: t0, Reason: "new"},
	}
	alerted   = conversation.Alerted{Communication: "c-1", Agent: "ann", Until: t0.Add(30 * time.Second)}
	connected = conversation.Connected{Communication: "c-1", Agent: "ann"}
	hungUp    = conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "agent", WrapUpDue: true, ACWUntil: t0.Add(time.Minute)}
	ended     = conversation.Ended{Reason: "agent"}
)

func given(events ...[]conversation.Event) *conversation.State {
	s := &conversation.State{ID: "conv-1"}
	for _, es := range events {
		for _, e := range es {
			s.Record(e, t0)
		}
	}
	return s
}

func env(after time.Duration) conversation.Env {
	return conversation.Env{
		Now: t0.Add(after),
		Settings: conversation.Settings{
			AlertTimeout: 30 * time.Second, WrapUp: true, ACWTimeout: time.Minute,
			DefaultCode: "answered", Codes: []string{"answered", "refund"},
		},
		Limits: channel.Capabilities{MaxTextChars: 10, MaxTextBytes: 20, MaxTextSegments: 2},
	}
}

func auto(e conversation.Env) conversation.Env { e.Settings.AutoAnswer = true; return e }

type events = []conversation.Event

func TestDecide(t *testing.T) {
	in := conversation.MessageReceived{Message: "m-1", Body: message.Ref{Length: 2}}
	out := conversation.MessageSent{Message: "m-2", Agent: "ann", Body: message.Ref{Length: 2}}
	unknown := conversation.DeliveryChanged{Message: "m-2", State: message.Unknown}
	talking := []events{begun, {in, alerted, connected}}
	acw := append(talking, events{hungUp, ended})
	receive := conversation.Receive{Message: "m-1", Body: message.Ref{Length: 2}}
	send := conversation.Send{Agent: "ann", Message: "m-2", Body: message.Ref{Length: 2}, Chars: 2}
	leg := conversation.Accept{Agent: "ann", Communication: "c-1"}

	for _, tt := range []struct {
		name  string
		given []events
		when  conversation.Command
		env   conversation.Env
		then  events
		fails error
	}{
		{"a start begins in its queue", nil, start, env(0), begun, nil},
		{"a second start is refused", []events{begun}, start, env(0), nil, conversation.ErrExists},
		{"a first message starts the conversation", nil,
			conversation.Receive{First: &start, Message: "m-1", Body: message.Ref{Length: 2}}, env(0), append(begun[:2:2], in), nil},
		{"a message to nothing is refused", nil, receive, env(0), nil, conversation.ErrNotStarted},
		{"a message while waiting is recorded", []events{begun}, receive, env(0), events{in}, nil},
		{"a message after the end is refused, so that the guest begins anew", acw, receive, env(0), nil, conversation.ErrEnded},
		{"an offer alerts for the queue's time", []events{begun},
			conversation.Offer{Communication: "c-1", Agent: "ann"}, env(0), events{alerted}, nil},
		{"auto answer connects at once", []events{begun},
			conversation.Offer{Communication: "c-1", Agent: "ann", Why: "idle"}, auto(env(0)),
			events{conversation.Connected{Communication: "c-1", Agent: "ann", Auto: true, Why: "idle"}}, nil},
		{"an offer of what alerts already is refused", []events{begun, {alerted}},
			conversation.Offer{Communication: "c-2", Agent: "bob"}, env(0), nil, conversation.ErrNotWaiting},
		{"the alerted agent accepts", []events{begun, {alerted}}, leg, env(29 * time.Second), events{connected}, nil},
		{"too late is too late", []events{begun, {alerted}}, leg, env(30 * time.Second), nil, conversation.ErrNotAlerting},
		{"another agent cannot accept", []events{begun, {alerted}},
			conversation.Accept{Agent: "bob", Communication: "c-1"}, env(0), nil, conversation.ErrNotAlerting},
		{"an older alert cannot be accepted", []events{begun, {alerted}},
			conversation.Accept{Agent: "ann", Communication: "c-0"}, env(0), nil, conversation.ErrNotAlerting},
		{"declined goes back to its old place", []events{begun, {alerted}},
			conversation.Decline{Agent: "ann", Communication: "c-1"}, env(5 * time.Second),
			events{conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "declined"},
				conversation.Queued{Queue: "orders", Since: t0, Reason: "declined"}}, nil},
		{"an alert does not expire early", []events{begun, {alerted}},
			conversation.ExpireAlert{Communication: "c-1"}, env(29 * time.Second), nil, conversation.ErrNotDue},
		{"an expired alert goes back to its old place", []events{begun, {alerted}},
			conversation.ExpireAlert{Communication: "c-1"}, env(30 * time.Second),
			events{conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "expired"},
				conversation.Queued{Queue: "orders", Since: t0, Reason: "alert_expired"}}, nil},
		{"an alert that was answered does not expire", talking,
			conversation.ExpireAlert{Communication: "c-1"}, env(time.Hour), nil, nil},
		{"the connected agent sends", talking, send, env(0), events{out}, nil},
		{"who is not connected cannot send", []events{begun, {alerted}}, send, env(0), nil, conversation.ErrNotConnected},
		{"another agent cannot send", talking,
			conversation.Send{Agent: "bob", Message: "m", Body: message.Ref{Length: 1}}, env(0), nil, conversation.ErrNotConnected},
		{"nothing cannot be sent", talking, conversation.Send{Agent: "ann", Message: "m"}, env(0), nil, conversation.ErrEmpty},
		{"too many characters", talking,
			conversation.Send{Agent: "ann", Message: "m", Body: message.Ref{Length: 11}, Chars: 11}, env(0), nil, conversation.ErrTooLong},
		{"too many bytes", talking,
			conversation.Send{Agent: "ann", Message: "m", Body: message.Ref{Length: 21}, Chars: 7}, env(0), nil, conversation.ErrTooLong},
		{"too many parts", talking,
			conversation.Send{Agent: "ann", Message: "m", Body: message.Ref{Length: 9}, Chars: 9, Segments: 3}, env(0), nil, conversation.ErrTooLong},
		{"disconnecting ends and leaves a wrap-up", talking,
			conversation.Disconnect{Agent: "ann", Communication: "c-1"}, env(0), events{hungUp, ended}, nil},
		{"a wrap-up code completes", acw, conversation.WrapUp{Agent: "ann", Communication: "c-1", Code: "refund"}, env(0),
			events{conversation.WrappedUp{Communication: "c-1", Agent: "ann", Code: "refund"}}, nil},
		{"an unknown code is refused", acw,
			conversation.WrapUp{Agent: "ann", Communication: "c-1", Code: "nonsense"}, env(0), nil, conversation.ErrUnknownCode},
		{"whoever declined cannot mark it read while it waits", []events{begun, {in, alerted,
			conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "declined"}}},
			conversation.MarkRead{Agent: "ann", Inbound: 1}, env(0), nil, conversation.ErrNotConnected},
		{"after-call work runs out into the default code", acw, conversation.ExpireACW{Communication: "c-1"}, env(time.Minute),
			events{conversation.WrappedUp{Communication: "c-1", Agent: "ann", Code: "answered", Expired: true}}, nil},
		{"after-call work does not run out early", acw, conversation.ExpireACW{Communication: "c-1"}, env(time.Second), nil, conversation.ErrNotDue},
		{"a contact who clears disconnects the agent", talking, conversation.Clear{}, env(0),
			events{conversation.ContactCleared{},
				conversation.Disconnected{Communication: "c-1", Agent: "ann", By: "contact", WrapUpDue: true, ACWUntil: t0.Add(time.Minute)},
				conversation.Ended{Reason: "cleared"}}, nil},
		{"a contact who leaves while alerting takes the alert along", []events{begun, {alerted}}, conversation.Expire{}, env(0),
			events{conversation.AlertEnded{Communication: "c-1", Agent: "ann", Reason: "withdrawn"}, conversation.Ended{Reason: "expired"}}, nil},
		{"a contact who returns is told of", talking, conversation.Return{}, env(0), events{conversation.ContactReturned{}}, nil},
		{"a return after the end says nothing", acw, conversation.Return{}, env(0), nil, nil},
		{"delivery moves forward", append(talking, events{out}),
			conversation.Deliver{Message: "m-2", State: message.Delivered}, env(0),
			events{conversation.DeliveryChanged{Message: "m-2", State: message.Delivered}}, nil},
		{"delivery never moves back", append(talking, events{out, conversation.DeliveryChanged{Message: "m-2", State: message.Delivered}}),
			conversation.Deliver{Message: "m-2", State: message.Sent}, env(0), nil, nil},
		{"an agent's word settles what is unknown", append(talking, events{out, unknown}),
			conversation.Confirm{Agent: "ann", Message: "m-2"}, env(0),
			events{conversation.DeliveryChanged{Message: "m-2", State: message.Sent, Reason: conversation.ByWord}}, nil},
		{"an agent's word is heard after the end", append(acw, events{unknown}),
			conversation.Confirm{Agent: "ann", Message: "m-2"}, env(0),
			events{conversation.DeliveryChanged{Message: "m-2", State: message.Sent, Reason: conversation.ByWord}}, nil},
		{"an agent's word changes nothing that is on its way", append(talking, events{out}),
			conversation.Confirm{Agent: "ann", Message: "m-2"}, env(0), nil, nil},
		{"an agent's word changes nothing that failed", append(talking, events{out, unknown,
			conversation.DeliveryChanged{Message: "m-2", State: message.Failed}}),
			conversation.Confirm{Agent: "ann", Message: "m-2"}, env(0), nil, nil},
		{"the channel knows better than an agent's word", append(talking, events{out,
			conversation.DeliveryChanged{Message: "m-2", State: message.Sent, Reason: conversation.ByWord}}),
			conversation.Deliver{Message: "m-2", State: message.Failed, Reason: "blocked"}, env(0),
			events{conversation.DeliveryChanged{Message: "m-2", State: message.Failed, Reason: "blocked"}}, nil},
		{"another agent's word counts nothing", append(talking, events{out, unknown}),
			conversation.Confirm{Agent: "bob", Message: "m-2"}, env(0), nil, conversation.ErrNotConnected},
		{"reading moves forward", talking, conversation.MarkRead{Agent: "ann", Inbound: 9}, env(0),
			events{conversation.ReadByAgent{Agent: "ann", Inbound: 9}}, nil},
		{"reading twice says nothing", append(talking, events{conversation.ReadByAgent{Agent: "ann", Inbound: 1}}),
			conversation.MarkRead{Agent: "ann", Inbound: 1}, env(0), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := given(tt.given...)
			before := s.Clone()
			got, err := conversation.Decide(s, tt.when, tt.env)
			if !reflect.DeepEqual(s, before) {
				t.Error("Decide changed the state")
			}
			if !errors.Is(err, tt.fails) {
				t.Fatalf("error %v, want %v", err, tt.fails)
			}
			if !reflect.DeepEqual(got, tt.then) {
				t.Fatalf("\n got %#v\nwant %#v", got, tt.then)
			}
		})
	}
}

func TestThePlatformsPolicyIsAskedBeforeTheHubTakesAMessageOn(t *testing.T) {
	s := given(begun, events{conversation.MessageReceived{Message: "m-1"}, alerted, connected})
	e := env(2 * time.Hour)
	e.Policy = channel.Policy{ReplyWindowMs: time.Hour.Milliseconds()}
	_, err := conversation.Decide(s, conversation.Send{Agent: "ann", Message: "m-2", Body: message.Ref{Length: 2}}, e)
	var refusal *channel.Refusal
	if !errors.As(err, &refusal) || refusal.Rule != "reply_window" {
		t.Fatalf("error %v, want a refusal by the reply window", err)
	}
}

func TestAQueueWithoutCodesTakesAnyWordButNoText(t *testing.T) {
	s := given(begun, events{alerted, connected, hungUp, ended})
	e := env(0)
	e.Settings.Codes = nil
	for code, want := range map[string]error{"refund": nil, strings.Repeat("x", 65): conversation.ErrUnknownCode} {
		if _, err := conversation.Decide(s, conversation.WrapUp{Agent: "ann", Communication: "c-1", Code: code}, e); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", len(code), err, want)
		}
	}
}
