package acd_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/acd"
	"parley/backend/id"
	"parley/backend/routing"
)

// why says what Explain tells of a conversation.
func (h *hub) why(c id.Conversation) string {
	h.t.Helper()
	told, err := h.router.Explain(h.t.Context(), c)
	if err != nil {
		h.t.Fatal(err)
	}
	return told.Why
}

func (h *hub) reconfigure(change func(*routing.Config), agents ...id.Agent) {
	o := h.organisation(agents...)
	if change != nil {
		change(&o.Routing)
	}
	h.router.Reconfigure(o)
	synctest.Wait()
}

func TestQueueWithoutMembersWaitsAndSaysSo(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "empty")
		h.want("it waits", h.at("c1"), "waiting")
		h.want("and is counted", h.router.Queues()["empty"].Waiting, 1)
		h.want("why", h.why("c1"), "the queue has no members")
		h.do("c1", conversation.Transfer{By: "sue", Steer: true, Queue: "web"})
		h.want("moved by a supervisor", h.at("c1"), "alerting ann")
	})
}

func TestQueueThatGoesKeepsWhatWaits(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.contact("c1", "web")
		h.reconfigure(func(c *routing.Config) { delete(c.Queues, "web") }, "ann")
		h.presence("ann", agent.OnQueue)
		h.want("it waits", h.at("c1"), "waiting")
		h.want("why", h.why("c1"), "the queue has no members")
		h.reconfigure(nil, "ann")
		h.want("the queue is back", h.at("c1"), "alerting ann")
	})
}

// A removed user's conversations go back to their places, each with an event
// that says why, and their capacity is given back.
func TestRemovedAgentWithOpenConversations(t *testing.T) {
	bubble(t, 4, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("talking", "auto")
		since := h.conv("talking").QueuedAt
		pass(time.Millisecond)
		h.contact("wrapping", "auto")
		h.do("wrapping", conversation.Disconnect{Agent: "ann", Communication: h.conv("wrapping").Leg.Communication})
		h.contact("parked", "auto")
		h.do("parked", conversation.Park{Agent: "ann", Communication: h.conv("parked").Leg.Communication, Until: time.Now().Add(time.Hour).UTC()})
		h.contact("alerting", "web")
		h.contact("another", "web")
		h.contact("meant", "web")
		h.do("meant", conversation.Transfer{By: "sue", Steer: true, To: "ann"})
		for c, want := range map[id.Conversation]string{
			"talking": "connected ann", "wrapping": "acw ann", "parked": "parked ann", "alerting": "alerting ann", "meant": "waiting",
		} {
			h.want(string(c), h.at(c), want)
		}
		pass(time.Second)
		h.reconfigure(nil, "bob")
		for _, c := range []id.Conversation{"talking", "parked", "alerting", "meant"} {
			h.want(string(c), h.at(c), "waiting")
		}
		h.want("its old place", h.conv("talking").QueuedAt, since)
		h.want("wrapped up for her", h.conv("wrapping").Leg.WrapUpCode, "none")
		h.want("reservations", len(h.agent("ann").Reservations), 0)
		h.want("presence", h.agent("ann").Presence, agent.Offline)
		h.want("told", h.reasons("talking"), "new agent_removed")
		h.want("told", h.reasons("meant"), "new transferred agent_removed")
		h.presence("bob", agent.OnQueue)
		h.want("for somebody else", h.at("talking"), "connected bob")
	})
}

// reasons lists why a conversation was queued.
func (h *hub) reasons(c id.Conversation) string {
	h.t.Helper()
	out := ""
	for stored, err := range h.engine.Read(h.t.Context(), eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}, 0) {
		if err != nil {
			h.t.Fatal(err)
		}
		for _, e := range stored.Events {
			if q, ok := conversation.Decode(e).(conversation.Queued); ok {
				out += " " + q.Reason
			}
		}
	}
	return out[1:]
}

func TestAgentRemovedWhileTheHubWasDown(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann", "bob"}, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.stop()
		h.options.Organisation = h.organisation("bob")
		h.route()
		defer h.router.DeskOpened("bob")()
		synctest.Wait()
		h.want("back", h.at("c1"), "waiting")
		h.presence("bob", agent.OnQueue)
		h.want("and on", h.at("c1"), "connected bob")
	})
}

func TestNewAgentIsRoutedTo(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		h.contact("c1", "web")
		h.reconfigure(nil, "ann", "zoe")
		defer h.router.DeskOpened("zoe")()
		h.presence("zoe", agent.OnQueue)
		h.want("to the new one", h.at("c1"), "alerting zoe")
	})
}

// A clock that is put back: alerts end when their time has passed all the same,
// as withdrawn, for by the clock it has not; and nobody is lost.
func TestClockIsPutBack(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		h.contact("c2", "web")
		pass(10 * time.Second)
		h.clock(-time.Hour)
		pass(alert - 11*time.Second)
		h.want("in time yet", h.at("c1"), "alerting ann")
		h.presence("bob", agent.OnQueue)
		h.want("others go on", h.at("c2"), "alerting bob")
		pass(time.Second)
		h.want("for ann it is over", h.reasons("c1"), "new agent_left")
		h.want("she did respond", h.agent("ann").Routing() != agent.NotResponding, true)
		h.do("c2", conversation.Accept{Agent: "bob", Communication: h.conv("c2").Leg.Communication})
		h.do("c2", conversation.Clear{})
		pass(2*time.Hour + work)
		h.want("wrapped up", h.conv("c2").Leg.WrapUpCode, "none")
	})
}

func TestClockIsPutBackWhileTheDiskIsFull(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.engine.refuse = func() bool { return true }
		h.contact("c1", "web")
		h.clock(-time.Hour)
		h.engine.mu.Lock()
		h.engine.refuse = nil
		h.engine.mu.Unlock()
		pass(time.Minute)
		h.want("it tries again in time", h.reasons("c1"), "new alert_expired")
	})
}

func TestClockIsPutForward(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		h.clock(time.Hour)
		pass(alert)
		h.want("the alert ran out", h.at("c1"), "waiting")
		h.want("ann", h.agent("ann").Routing(), agent.NotResponding)
	})
}

func TestDuplicateCommandsDoNothingTwice(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		accept := conversation.Accept{Agent: "ann", Communication: h.conv("c1").Leg.Communication}
		for n := range 3 {
			result, err := h.engine.Engine.Conversation(h.t.Context(), "c1", "accept-01", "agent:ann", accept)
			h.want("again", result.Again, n > 0)
			h.refused("accepted", err, nil)
		}
		h.do("c1", conversation.Park{Agent: "ann", Communication: accept.Communication, Until: time.Now().Add(time.Hour).UTC()})
		for range 3 {
			h.refused("taken up", h.by(h.router.Unpark, "unpark-01", "ann", "c1"), nil)
		}
		h.want("reservations", len(h.agent("ann").Reservations), 1)
		h.want("revision", h.conv("c1").Rev, uint64(5)) // started, alerted, connected, parked, unparked
	})
}

// Of two supervisors who act on one conversation one has it, and the other is
// told; whoever had it before holds nothing any more.
func TestTwoSupervisorsActOnOneConversation(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "sue", "tom"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "plain")
		h.do("c1", conversation.Accept{Agent: "ann", Communication: h.conv("c1").Leg.Communication})
		errs := make(chan error, 2)
		for _, who := range []id.Agent{"sue", "tom"} {
			go func() {
				_, err := h.router.TakeOver(h.t.Context(), "take-by-"+id.Command(who), who, "c1")
				errs <- err
			}()
		}
		h.refused("one", <-errs, nil)
		h.refused("and then the other", <-errs, nil) // takes it over from the first
		synctest.Wait()
		holders := 0
		for _, a := range h.agents {
			holders += len(h.agent(a).Reservations)
		}
		h.want("one of them holds it", holders, 1)
		s := h.conv("c1")
		h.want("the one who has it", len(h.agent(s.Holder()).Reservations), 1)
		h.do("c1", conversation.Disconnect{Agent: "sue", Steer: true})
		_, err := h.engine.Engine.Conversation(h.t.Context(), "c1", "end-again", "agent:tom", conversation.Disconnect{Agent: "tom", Steer: true})
		h.refused("it has ended", err, conversation.ErrEnded)
	})
}

// An agent's laptop sleeps: their desk is gone, not closed. Alerts go on at
// once, the queue takes back who waits for an answer, and supervisors see the
// agent offline.
func TestLaptopAsleepForAnHour(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann", "bob"}, func(h *hub) {
		h.stop()
		h.rules.change = func(_ id.Queue, s *conversation.Settings) { s.Inactivity, s.InactiveRequeue = 20*time.Minute, true }
		h.route()
		lost := h.router.DeskOpened("ann")
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.contact("c2", "web")
		lost()
		h.presence("bob", agent.OnQueue)
		pass(alert)
		h.want("her alert goes on", h.at("c2"), "alerting bob")
		h.do("c2", conversation.Accept{Agent: "bob", Communication: h.conv("c2").Leg.Communication})
		pass(grace - alert)
		h.want("she is offline", h.agent("ann").Presence, agent.Offline)
		h.want("her contact is hers yet", h.at("c1"), "connected ann")
		pass(20*time.Minute - grace)
		h.want("until the queue takes it back", h.at("c1"), "connected bob")
		h.want("told", h.reasons("c1"), "new inactive")
		defer h.router.DeskOpened("ann")()
		pass(40 * time.Minute)
		h.want("she comes back to nothing of it", len(h.agent("ann").Reservations), 0)
	})
}

// hasty is an engine whose clock goes back after it has been read, as if it was
// put back between a router's look and the decision.
type hasty struct{ *shaky }

func (h hasty) Now() time.Time { return h.shaky.Now().Add(time.Second) }

func TestClockIsPutBackBetweenLookAndDecision(t *testing.T) {
	with(t, 1, []id.Agent{"ann"}, func(o *acd.Options, _ *rules) { o.Engine = hasty{o.Engine.(*shaky)} }, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.do("c1", conversation.Clear{})
		pass(work - time.Second)
		h.want("not by the engine's clock", h.at("c1"), "acw ann")
		pass(time.Second)
		h.want("but then", h.conv("c1").Leg.WrapUpCode, "none")
	})
}

func TestReconfigureDuringTroubleIsTriedAgain(t *testing.T) {
	sick := &unreadable{}
	with(t, 1, []id.Agent{"ann"}, func(o *acd.Options, _ *rules) {
		sick.shaky = o.Engine.(*shaky)
		o.Engine = sick
	}, func(h *hub) {
		h.contact("c1", "web")
		sick.set(true)
		h.reconfigure(nil, "ann", "zoe")
		h.presence("zoe", agent.OnQueue)
		sick.set(false)
		pass(time.Second)
		h.want("to the new one", h.at("c1"), "alerting zoe")
	})
}

// unreadable is an engine that cannot read agents now and then.
type unreadable struct {
	*shaky
	sick atomic.Bool
}

func (u *unreadable) set(sick bool) { u.sick.Store(sick) }

func (u *unreadable) AgentState(ctx context.Context, a id.Agent) (*agent.State, error) {
	if u.sick.Load() {
		return nil, eventlog.ErrClosed
	}
	return u.shaky.AgentState(ctx, a)
}
