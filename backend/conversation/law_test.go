package conversation_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// history makes up a life: random commands at random times, some of them
// nonsense, and returns the commits of those that were permitted.
func history(t *testing.T, r *rand.Rand, steps int) []eventlog.Stored {
	t.Helper()
	s := &conversation.State{}
	var out []eventlog.Stored
	now := t0
	for n := range steps {
		now = now.Add(time.Duration(r.IntN(20)) * time.Second)
		e := env(0)
		e.Now = now
		e.Settings.AutoAnswer, e.Settings.Manual = r.IntN(4) == 0, r.IntN(2) == 0
		e.Settings.ACWOptional, e.Settings.InactiveRequeue = r.IntN(4) == 0, r.IntN(2) == 0
		e.Settings.Inactivity = time.Minute
		agent := id.Agent([]string{"ann", "bob"}[r.IntN(2)])
		leg := id.Communication(fmt.Sprint("c-", r.IntN(n+1)))
		if s.Leg != nil && r.IntN(4) > 0 {
			agent, leg = s.Leg.Agent, s.Leg.Communication
		}
		msg := id.Message(fmt.Sprint("m-", n))
		first := start
		cmds := []conversation.Command{
			first, conversation.Receive{First: &first, Message: msg, Body: message.Ref{Length: 3}},
			conversation.Receive{Message: msg, Body: message.Ref{Length: 3}},
			conversation.Send{Agent: agent, Message: msg, Body: message.Ref{Length: r.IntN(30)}, Chars: r.IntN(15)},
			conversation.Deliver{Message: id.Message(fmt.Sprint("m-", r.IntN(n+1))), State: message.Delivered},
			conversation.Deliver{Message: id.Message(fmt.Sprint("m-", r.IntN(n+1))), State: message.Unknown},
			conversation.Confirm{Agent: agent, Message: id.Message(fmt.Sprint("m-", r.IntN(n+1)))},
			conversation.Offer{Communication: id.Communication(fmt.Sprint("c-", n)), Agent: agent},
			conversation.Accept{Agent: agent, Communication: leg}, conversation.Decline{Agent: agent, Communication: leg},
			conversation.ExpireAlert{Communication: leg}, conversation.WithdrawAlert{Communication: leg},
			conversation.MarkRead{Agent: agent, Inbound: r.IntN(n + 2)}, conversation.Return{},
			conversation.Pull{Agent: agent, Communication: id.Communication(fmt.Sprint("c-", n))},
			conversation.TakeOver{Agent: "sue", Communication: id.Communication(fmt.Sprint("c-", n))},
			conversation.Transfer{By: agent, Communication: leg, Queue: []id.Queue{"", "orders", "returns"}[r.IntN(3)],
				To: []id.Agent{"", "ann", "bob"}[r.IntN(3)], Steer: r.IntN(3) == 0, Note: msg, Body: message.Ref{Length: r.IntN(2)}},
			conversation.Park{Agent: agent, Communication: leg, Until: now.Add(time.Duration(r.IntN(90)) * time.Second)},
			conversation.Unpark{Agent: agent, Communication: leg, Reservation: id.Communication(fmt.Sprint("c-", n))}, conversation.ExpirePark{Communication: leg},
			conversation.ExpireInactive{Communication: leg}, conversation.SetPriority{By: "sue", Priority: r.IntN(5)},
			conversation.AddNote{Agent: agent, Note: msg, Body: message.Ref{Length: 1}},
			conversation.AskHelp{Agent: agent, Communication: leg}, conversation.EndHelp{By: "sue"},
			conversation.Lapse{Communication: id.Communication(fmt.Sprint("c-", n)), Agent: agent}, conversation.OpenToAll{For: agent}, conversation.RemoveAgent{Agent: agent},
			conversation.SendAuto{Kind: "greeting", Message: msg, Body: message.Ref{Length: 2}},
			conversation.AskSurvey{Message: msg, Body: message.Ref{Length: 2}, Scale: 5, Until: now.Add(time.Minute), Comment: r.IntN(2) == 0},
			conversation.AnswerSurvey{Score: r.IntN(7), Comment: msg, Body: message.Ref{Length: r.IntN(2)}},
			conversation.AnswerSurvey{Score: 3, Message: msg, Said: message.Ref{Length: 1}}, conversation.CommentSurvey{Comment: msg, Body: message.Ref{Length: r.IntN(2)}},
			conversation.SendAuto{Kind: conversation.AutoSurvey, Message: msg, Body: message.Ref{Length: 2}},
			conversation.WrapUp{Agent: agent, Communication: leg, Code: "refund"}, conversation.ExpireACW{Communication: leg},
		}
		if r.IntN(30) == 0 {
			cmds = []conversation.Command{
				conversation.Disconnect{Agent: agent, Communication: leg}, conversation.Clear{}, conversation.Expire{},
				conversation.WrapUp{Agent: agent, Communication: leg, Code: "refund"}, conversation.ExpireACW{Communication: leg},
			}
		}
		events, err := conversation.Decide(s, cmds[r.IntN(len(cmds))], e)
		if err != nil || len(events) == 0 {
			continue
		}
		encoded, err := conversation.Encode(events)
		if err != nil {
			t.Fatal(err)
		}
		c := eventlog.Commit{
			Stream: eventlog.Stream{Kind: eventlog.Conversation, ID: "conv-1"}, Rev: s.Rev + 1, PrevHash: s.Hash,
			ID: id.Command(fmt.Sprint("cmd-", n)), At: now, Actor: "test", Events: encoded,
		}
		stored := eventlog.Stored{Commit: c, Hash: eventlog.HashOf(c.Encode())}
		// A forecast by Record and the fold of what was stored must agree.
		forecast := s.Clone()
		for _, ev := range events {
			forecast.Record(ev, now)
		}
		if err := s.Apply(stored); err != nil {
			t.Fatalf("Decide's events did not fold: %v", err)
		}
		forecast.ID, forecast.Rev, forecast.Hash = s.ID, s.Rev, s.Hash
		if !reflect.DeepEqual(forecast, s) {
			t.Fatalf("the desk's forecast differs from the hub's fold\n%+v\n%+v", forecast, s)
		}
		out = append(out, stored)
	}
	return out
}

func fold(t *testing.T, s *conversation.State, commits []eventlog.Stored) *conversation.State {
	t.Helper()
	for _, c := range commits {
		if err := s.Apply(c); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestReplayFromAnyCutGivesTheSameState(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		h := history(t, r, 120)
		want := fold(t, &conversation.State{}, h)
		if len(h) == 0 {
			continue
		}
		cut := r.IntN(len(h))
		got := fold(t, &conversation.State{}, h[:cut]).Clone()
		// Repeats before the cut are ignored.
		got = fold(t, got, h[max(0, cut-3):])
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, cut %d:\n got %+v\nwant %+v", seed, cut, got, want)
		}
	}
}

func TestApplyRefusesGapsAndBrokenChains(t *testing.T) {
	var h []eventlog.Stored
	for seed := uint64(0); len(h) < 4; seed++ {
		h = history(t, rand.New(rand.NewPCG(seed, 2)), 60)
	}
	s := fold(t, &conversation.State{}, h[:2])
	before := s.Clone()
	if err := s.Apply(h[3]); err != conversation.ErrGap {
		t.Errorf("a missing commit: %v", err)
	}
	forged := h[2]
	forged.PrevHash[0]++
	if err := s.Apply(forged); err != conversation.ErrGap {
		t.Errorf("a broken chain: %v", err)
	}
	other := h[2]
	other.Stream.ID = "conv-2"
	if err := s.Apply(other); err != conversation.ErrOtherStream {
		t.Errorf("another stream: %v", err)
	}
	if !reflect.DeepEqual(s, before) {
		t.Error("a refused commit changed the state")
	}
}

// Invariants that no order of commands may break.
func TestNoOrderOfCommandsBreaksAConversation(t *testing.T) {
	for seed := range uint64(300) {
		s := &conversation.State{}
		for _, c := range history(t, rand.New(rand.NewPCG(seed, 3)), 150) {
			fold(t, s, []eventlog.Stored{c})
			switch s.Phase {
			case conversation.Alerting, conversation.Talking, conversation.Aside:
				if s.Holder() == "" {
					t.Fatalf("seed %d: %s without an agent", seed, s.Phase)
				}
				if s.For != "" && s.For != s.Holder() {
					t.Fatalf("seed %d: for %s, but %s has it", seed, s.For, s.Holder())
				}
			case conversation.AfterCall:
				if !s.Leg.WrapUpDue && len(s.Wrapping) == 0 {
					t.Fatalf("seed %d: after-call work of nobody", seed)
				}
			case conversation.Waiting:
				if s.Queue == "" || s.QueuedAt.IsZero() {
					t.Fatalf("seed %d: waiting nowhere", seed)
				}
			case conversation.New, conversation.Done:
				if len(s.Wrapping) > 0 {
					t.Fatalf("seed %d: done with %d wrapping up", seed, len(s.Wrapping))
				}
			}
			if s.Phase.Live() != s.EndedAt.IsZero() {
				t.Fatalf("seed %d: %s, ended %v", seed, s.Phase, s.EndedAt)
			}
			if (s.Phase == conversation.Aside) != (s.Leg != nil && !s.Leg.ParkedAt.IsZero()) {
				t.Fatalf("seed %d: %s, leg %+v", seed, s.Phase, s.Leg)
			}
			if s.Unread() < 0 || s.ReadInbound > s.Inbound {
				t.Fatalf("seed %d: %d of %d read", seed, s.ReadInbound, s.Inbound)
			}
		}
	}
}
