package acd_test

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
)

func TestOfferAcceptWrapUp(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.contact("c1", "web")
		h.want("nobody on queue", h.at("c1"), "waiting")
		h.want("waiting", h.router.Queues()["web"].Waiting, 1)
		h.presence("ann", agent.OnQueue)
		h.want("on queue", h.at("c1"), "alerting ann")
		h.want("waiting", h.router.Queues()["web"].Waiting, 0)
		leg := h.conv("c1").Leg
		h.want("why", leg.Why, "the only one free; others: 1 not on queue")
		h.contact("c2", "web")
		h.want("ann is full", h.at("c2"), "waiting")
		h.do("c1", conversation.Accept{Agent: "ann", Communication: leg.Communication})
		h.do("c1", conversation.Disconnect{Agent: "ann", Communication: leg.Communication})
		h.want("after-call work", h.at("c1"), "acw ann")
		h.want("still full", h.at("c2"), "waiting")
		h.do("c1", conversation.WrapUp{Agent: "ann", Communication: leg.Communication, Code: "x"})
		h.want("free again", h.at("c2"), "alerting ann")
	})
}

func TestDeclineAndExpiry(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		since := h.conv("c1").QueuedAt
		pass(time.Second)
		h.contact("c2", "web")
		h.do("c1", conversation.Decline{Agent: "ann", Communication: h.conv("c1").Leg.Communication})
		h.want("declined", h.at("c1"), "waiting")
		h.want("its old place", h.conv("c1").QueuedAt, since)
		h.want("ann", h.agent("ann").Routing(), agent.NotResponding)
		h.want("her other alert stays", h.at("c2"), "alerting ann")
		h.presence("bob", agent.OnQueue)
		h.want("bob", h.at("c1"), "alerting bob")
		pass(alert)
		h.want("unanswered", h.at("c1"), "waiting")
		h.want("bob", h.agent("bob").Routing(), agent.NotResponding)
		h.want("reservations", len(h.agent("ann").Reservations)+len(h.agent("bob").Reservations), 0)
		h.presence("ann", agent.OnQueue)
		h.want("back", h.at("c1"), "alerting ann")
	})
}

func TestAfterCallWorkRunsOut(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.want("auto answer", h.at("c1"), "connected ann")
		h.do("c1", conversation.Clear{})
		pass(work - time.Millisecond)
		h.want("before", h.at("c1"), "acw ann")
		pass(time.Millisecond)
		h.want("after", h.conv("c1").Leg.WrapUpCode, "none")
		h.want("reservations", len(h.agent("ann").Reservations), 0)
	})
}

func TestContactLeavesWhileAlerting(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		h.do("c1", conversation.Clear{})
		h.want("released", h.agent("ann").Routing(), agent.Idle)
	})
}

func TestLastDeskGoes(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann"}, func(h *hub) {
		one, two := h.router.DeskOpened("ann"), h.router.DeskOpened("ann")
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.contact("c2", "web")
		one()
		pass(2 * grace)
		h.presence("ann", agent.OnQueue) // she did not answer c2 meanwhile
		h.want("another desk is left", h.at("c2"), "alerting ann")
		two()
		pass(grace / 4)
		h.router.DeskOpened("ann")()
		pass(grace - time.Millisecond)
		h.want("within the grace time", h.agent("ann").Presence, agent.OnQueue)
		pass(time.Millisecond)
		h.want("after it", h.agent("ann").Presence, agent.Offline)
		h.want("her conversation stays", h.at("c1"), "connected ann")
		h.want("the other waits", h.at("c2"), "waiting")
	})
}

func TestAlertIsWithdrawnWhenTheAgentGoesOffline(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "web")
		h.presence("ann", agent.Offline)
		h.want("withdrawn", h.at("c1"), "waiting")
		h.want("reservations", len(h.agent("ann").Reservations), 0)
	})
}

// A hub that died between reservation and offer leaves a reservation that
// nothing uses; one that died while alerting leaves a timer to be set again.
func TestRestart(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		h.presence("bob", agent.OnQueue)
		h.contact("c1", "web")
		h.want("c1", h.at("c1"), "alerting bob")
		h.stop()
		h.presence("ann", agent.OnQueue)
		reserve := agent.Reserve{Communication: "lost", Conversation: "c9", Channel: channel.Web}
		if _, err := h.engine.Agent(h.t.Context(), "ann", "reserve:lost", "hub", reserve); err != nil {
			h.t.Fatal(err)
		}
		pass(2 * alert)
		h.route()
		defer h.router.DeskOpened("ann")()
		synctest.Wait()
		h.want("the alert ran out and went on", h.at("c1"), "alerting ann")
		h.want("bob", h.agent("bob").Routing(), agent.NotResponding)
	})
}

func TestFullDisk(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		h.engine.refuse = func() bool { return true }
		h.contact("c1", "web")
		h.want("the disk is full", h.at("c1"), "waiting")
		pass(5 * time.Second)
		h.engine.mu.Lock()
		h.engine.refuse = nil
		h.engine.mu.Unlock()
		pass(30 * time.Second)
		h.want("space again", h.at("c1"), "alerting ann")
	})
}
