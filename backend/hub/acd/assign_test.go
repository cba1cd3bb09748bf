package acd_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/acd"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

type assigning func(context.Context, id.Command, id.Agent, id.Conversation) (engine.Result, error)

// by assigns by hand and says why not.
func (h *hub) by(f assigning, cmd id.Command, a id.Agent, c id.Conversation) error {
	_, err := f(h.t.Context(), cmd, a, c)
	synctest.Wait()
	return err
}

func (h *hub) refused(what string, got, want error) {
	h.t.Helper()
	if !errors.Is(got, want) {
		h.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestPullByHand(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		h.contact("c1", "web")
		h.contact("c2", "web")
		pull := h.router.Pull
		h.refused("off queue too", h.by(pull, "pull-0001", "ann", "c2"), nil)
		h.want("pulled", h.at("c2"), "connected ann")
		h.want("named by the command", h.conv("c2").Leg.Communication, id.Communication("pull-0001"))
		again, err := pull(h.t.Context(), "pull-0001", "ann", "c2")
		h.want("a retry finds the first result", again.Again && err == nil, true)
		h.refused("beyond her capacity", h.by(pull, "pull-0002", "ann", "c1"), agent.ErrNoCapacity)
		h.refused("what is taken", h.by(pull, "pull-0003", "bob", "c2"), conversation.ErrNotWaiting)
		h.refused("what never was", h.by(pull, "pull-0004", "bob", "c9"), conversation.ErrNotStarted)
		h.refused("an ID of another command", h.by(pull, "pull-0001", "bob", "c1"), engine.ErrCommandReused)
		h.want("bob holds", len(h.agent("bob").Reservations), 0)
	})
}

func TestOnePullOfManyWins(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann", "bob"}, func(h *hub) {
		h.contact("c1", "web")
		errs := make(chan error)
		for range 4 { // each asks twice, as a desk does that lost its connection
			for _, a := range h.agents {
				go func() {
					_, err := h.router.Pull(h.t.Context(), "pull-by-"+id.Command(a), a, "c1")
					errs <- err
				}()
			}
		}
		won := 0
		for range 8 {
			if err := <-errs; err == nil {
				won++
			} else if !errors.Is(err, conversation.ErrNotWaiting) {
				t.Error(err)
			}
		}
		h.want("the winner's tries", won, 4)
		h.want("reservations", len(h.agent("ann").Reservations)+len(h.agent("bob").Reservations), 1)
	})
}

func TestTakeOverByHand(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "sue"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		h.refused("while it alerts", h.by(h.router.TakeOver, "take-0001", "sue", "c1"), nil)
		h.want("taken over", h.at("c1"), "connected sue")
		h.want("ann", h.agent("ann").Routing(), agent.Idle)
		h.refused("twice", h.by(h.router.TakeOver, "take-0002", "sue", "c1"), conversation.ErrSameAgent)
		h.contact("c2", "web")
		h.do("c2", conversation.Accept{Agent: "ann", Communication: h.conv("c2").Leg.Communication})
		h.refused("beyond her capacity", h.by(h.router.TakeOver, "take-0003", "sue", "c2"), agent.ErrNoCapacity)
		h.do("c1", conversation.Disconnect{Agent: "sue", Communication: "take-0001"})
		h.do("c1", conversation.WrapUp{Agent: "sue", Communication: "take-0001", Code: "x"})
		h.refused("from an agent", h.by(h.router.TakeOver, "take-0004", "sue", "c2"), nil)
		h.want("ann wraps up", h.agent("ann").Routing(), agent.Interacting)
		pass(work)
		h.want("and is free in time", h.agent("ann").Routing(), agent.Idle)
		h.refused("what has ended", h.by(h.router.TakeOver, "take-0005", "sue", "c1"), conversation.ErrEnded)
	})
}

func TestParkingHoldsNoCapacity(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		leg := h.conv("c1").Leg.Communication
		park := func() {
			h.t.Helper()
			h.do("c1", conversation.Park{Agent: "ann", Communication: leg, Until: time.Now().Add(time.Hour).UTC()})
		}
		for _, cmd := range []id.Command{"unpark-1", "unpark-2"} { // each time anew
			park()
			h.want("parked", len(h.agent("ann").Reservations), 0)
			h.refused("taken up", h.by(h.router.Unpark, cmd, "ann", "c1"), nil)
			h.want("her leg", h.conv("c1").Leg.Communication, leg)
			h.want("holds again", len(h.agent("ann").Reservations), 1)
			pass(2 * time.Minute)
			h.want("for good", len(h.agent("ann").Reservations), 1)
		}
		park()
		h.contact("c2", "auto")
		h.want("another took the place", h.at("c2"), "connected ann")
		h.refused("no room", h.by(h.router.Unpark, "unpark-3", "ann", "c1"), agent.ErrNoCapacity)
		pass(time.Hour)
		h.want("the park ran out", h.at("c1"), "waiting")
		h.refused("too late", h.by(h.router.Unpark, "unpark-4", "ann", "c1"), conversation.ErrNotParked)
		h.do("c2", conversation.Clear{})
		pass(work)
		h.want("it is hers again", h.at("c1"), "connected ann")
		h.want("holds one", len(h.agent("ann").Reservations), 1)
	})
}

func TestTransferKeepsAfterCallWork(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.presence("bob", agent.OnQueue)
		leg := h.conv("c1").Leg.Communication
		h.do("c1", conversation.Transfer{By: "ann", Communication: leg, Queue: "web"})
		h.want("moved", h.at("c1"), "alerting bob")
		h.want("ann wraps up", len(h.agent("ann").Reservations), 1)
		h.do("c1", conversation.WrapUp{Agent: "ann", Communication: leg, Code: "x"})
		h.want("ann is free", len(h.agent("ann").Reservations), 0)
		h.do("c1", conversation.Clear{})
		h.want("so is bob", len(h.agent("bob").Reservations), 0)
	})
}

// Whoever died between reservation and assignment, or was only slow, leaves a
// reservation that lapses; what was slow comes too late then.
func TestReservationsOfNothingLapse(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.contact("c1", "web")
		lost := agent.Reserve{Communication: "slow-0001", Conversation: "c1", Channel: channel.Web, Manual: true}
		if _, err := h.engine.Agent(h.t.Context(), "ann", "reserve:slow-0001", "agent:ann", lost); err != nil {
			h.t.Fatal(err)
		}
		h.presence("ann", agent.OnQueue)
		h.want("ann is full", h.at("c1"), "waiting")
		pass(10 * time.Second)
		h.want("lapsed", h.at("c1"), "alerting ann")
		h.do("c1", conversation.Decline{Agent: "ann", Communication: h.conv("c1").Leg.Communication})
		result, err := h.engine.Engine.Conversation(h.t.Context(), "c1", "slow-0001", "agent:ann", conversation.Pull{Communication: "slow-0001", Agent: "ann"})
		h.want("too late", result.Again && err == nil, true)
		h.want("still", h.at("c1"), "waiting")
		h.refused("a retry is told", h.by(h.router.Pull, "slow-0001", "ann", "c1"), acd.ErrLapsed)
	})
}

func TestTroubleWithTheLogLosesNoPull(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		h.contact("c1", "web")
		n := 0
		h.engine.refuse = func() bool { n++; return n > 1 } // after the reservation
		h.refused("on a full disk", h.by(h.router.Pull, "pull-0001", "ann", "c1"), eventlog.ErrFull)
		h.engine.mu.Lock()
		h.engine.refuse = nil
		h.engine.mu.Unlock()
		h.refused("one place is taken yet", h.by(h.router.Pull, "pull-0001", "ann", "c1"), agent.ErrNoCapacity)
		pass(time.Minute)
		h.refused("a new command", h.by(h.router.Pull, "pull-0002", "ann", "c1"), nil)
		h.want("pulled", h.at("c1"), "connected ann")
	})
}
