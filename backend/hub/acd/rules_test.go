package acd_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/hub/acd"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/routing"
)

// asks starts a conversation that asks for something.
func (h *hub) asks(conv id.Conversation, start conversation.Start) {
	h.t.Helper()
	h.known(conv)
	start.Channel, start.Account, start.Contact = "web", "shop", "ida"
	h.do(conv, start)
}

// with starts a hub whose organisation and options a test changes first.
func with(t *testing.T, capacity int, agents []id.Agent, change func(*acd.Options, *rules), f func(*hub)) {
	t.Helper()
	bubble(t, capacity, agents, func(h *hub) {
		h.stop()
		change(&h.options, h.rules)
		h.route()
		synctest.Wait()
		for _, a := range agents {
			defer h.router.DeskOpened(a)()
		}
		f(h)
	})
}

func TestRingsRelaxInTime(t *testing.T) {
	with(t, 1, []id.Agent{"ann", "bob"}, func(o *acd.Options, _ *rules) {
		rings := []routing.Ring{{After: time.Minute, Drop: []id.Skill{"de"}}}
		o.Routing.Queues["web"] = routing.Rules{Members: []id.Agent{"ann", "bob"}, Mode: routing.Bullseye, Rings: rings}
		o.Skills["ann"] = map[id.Skill]int{"de": 2}
	}, func(h *hub) {
		h.presence("bob", agent.OnQueue)
		h.asks("c1", conversation.Start{Queue: "web", Skills: []id.Skill{"de"}})
		h.want("bob does not know it", h.why("c1"), "nobody on queue knows de")
		pass(time.Minute - time.Millisecond)
		h.want("not yet", h.at("c1"), "waiting")
		pass(time.Millisecond)
		h.want("now", h.at("c1"), "alerting bob")
		h.want("why", h.conv("c1").Leg.Why, "the only one free; de no longer asked for; others: 1 not on queue")
		h.presence("ann", agent.OnQueue)
		h.asks("c2", conversation.Start{Queue: "web", Skills: []id.Skill{"de"}})
		h.want("who knows it gets it at once", h.at("c2"), "alerting ann")
	})
}

func TestPriorityGoesFirst(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.contact("c1", "plain")
		pass(time.Second)
		h.asks("c2", conversation.Start{Queue: "plain"})
		h.asks("c3", conversation.Start{Queue: "plain"})
		h.do("c3", conversation.SetPriority{By: "sue", Priority: 1})
		h.presence("ann", agent.OnQueue)
		h.want("the one with the priority", h.at("c3"), "alerting ann")
		h.do("c3", conversation.Clear{})
		h.want("then the one who waits longest", h.at("c1"), "alerting ann")
	})
}

func TestLastAgentOfTheContactComesFirst(t *testing.T) {
	answered := time.Time{}
	with(t, 1, []id.Agent{"ann", "bob"}, func(o *acd.Options, _ *rules) {
		o.Routing.Queues["web"] = routing.Rules{Members: []id.Agent{"ann", "bob"}, Keep: 20 * time.Second}
		o.LastAgent = func(_ context.Context, c id.Contact) (id.Agent, time.Time, error) {
			if c != "ida" {
				t.Errorf("asked for %s", c)
			}
			return "bob", answered, nil
		}
		answered = time.Now()
	}, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		pass(time.Minute)
		h.presence("bob", agent.OnQueue)
		h.contact("c1", "web")
		h.want("bob, though ann is idle for longer", h.at("c1"), "alerting bob")
		h.want("why", h.conv("c1").Leg.Why, "answered this contact last; others: 1 free")
		h.contact("c2", "web")
		h.want("kept for bob, who is full", h.at("c2"), "waiting")
		pass(20 * time.Second)
		h.want("for a while", h.at("c2"), "alerting ann")
		h.do("c1", conversation.Clear{})
		h.do("c2", conversation.Clear{})
		h.presence("bob", agent.Away)
		h.contact("c3", "web")
		h.want("only on queue", h.at("c3"), "alerting ann")
		h.do("c3", conversation.Clear{})
		h.presence("bob", agent.OnQueue)
		pass(72 * time.Hour)
		h.presence("ann", agent.OnQueue) // bob was idle for longer
		h.presence("bob", agent.OnQueue)
		h.contact("c4", "web")
		h.want("and in 72 hours", h.conv("c4").Leg.Why, "longest idle of 2, for 72h1m; others: 1 less idle")
	})
}

// A conversation meant for one agent waits for them, but not for ever.
func TestMeantForOneAgent(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "plain")
		h.do("c1", conversation.Accept{Agent: "ann", Communication: h.conv("c1").Leg.Communication})
		h.do("c1", conversation.Transfer{By: "ann", Communication: h.conv("c1").Leg.Communication, To: "bob"})
		pass(acd.DefaultDirect - time.Millisecond)
		h.want("bob is not there", h.at("c1"), "waiting")
		pass(time.Millisecond)
		h.want("for anybody", h.at("c1"), "alerting ann")
		h.want("told", h.reasons("c1"), "new transferred agent_unavailable")
		h.do("c1", conversation.Transfer{By: "sue", Steer: true, To: "bob"})
		pass(time.Minute)
		h.presence("bob", agent.OnQueue)
		h.want("bob comes in time", h.at("c1"), "alerting bob")
		h.want("why", h.conv("c1").Leg.Why, "meant for this agent; others: 1 free")
		h.do("c1", conversation.Decline{Agent: "bob", Communication: h.conv("c1").Leg.Communication})
		h.want("he does not want it", h.at("c1"), "alerting ann")
	})
}

// Who let a park run out, or fell silent, is still who knows the contact.
func TestWhatComesBackGoesToWhoHadIt(t *testing.T) {
	bubble(t, 2, []id.Agent{"ann", "bob"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		defer h.router.DeskOpened("bob")()
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		h.presence("bob", agent.OnQueue)
		h.do("c1", conversation.Park{Agent: "ann", Communication: h.conv("c1").Leg.Communication, Until: time.Now().Add(time.Minute).UTC()})
		pass(time.Minute) // bob is idle for longer
		h.want("back with ann", h.at("c1"), "connected ann")
		h.do("c1", conversation.Transfer{By: "ann", Communication: h.conv("c1").Leg.Communication, Queue: "web"})
		h.want("whoever gives it away has done with it", h.at("c1"), "alerting bob")
	})
}

func TestQueueLeftForNow(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		say := func(join bool) {
			if _, err := h.engine.Agent(h.t.Context(), "ann", id.Command(id.New()), "test", agent.SetQueue{Queue: "web", Join: join}); err != nil {
				h.t.Fatal(err)
			}
			synctest.Wait()
		}
		say(false)
		h.contact("c1", "web")
		h.want("nothing of it", h.at("c1"), "waiting")
		say(true)
		h.want("joined", h.at("c1"), "alerting ann")
	})
}

func TestWorkOutsideParleyCounts(t *testing.T) {
	bubble(t, 1, []id.Agent{"ann"}, func(h *hub) {
		defer h.router.DeskOpened("ann")()
		h.presence("ann", agent.OnQueue)
		outside := func(c agent.Command) {
			if _, err := h.engine.Agent(h.t.Context(), "ann", id.Command(id.New()), "test", c); err != nil {
				h.t.Fatal(err)
			}
			synctest.Wait()
		}
		outside(agent.StartExternal{External: "call", Media: "voice"})
		h.contact("c1", "web")
		h.want("a call is not interrupted", h.at("c1"), "waiting")
		h.refused("by hand neither", h.by(h.router.Pull, "pull-0001", "ann", "c1"), agent.ErrInterrupted)
		outside(agent.EndExternal{External: "call"})
		h.want("it is over", h.at("c1"), "alerting ann")
		h.do("c1", conversation.Clear{})
		outside(agent.StartExternal{External: "mail", Media: "mail"})
		h.contact("c2", "web")
		h.want("a mail is interrupted by web", h.at("c2"), "alerting ann")
	})
}

func TestOptionalAfterCallWorkFreesAtOnce(t *testing.T) {
	with(t, 1, []id.Agent{"ann"}, func(_ *acd.Options, r *rules) {
		r.change = func(_ id.Queue, s *conversation.Settings) { s.ACWOptional = true }
	}, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		leg := h.conv("c1").Leg.Communication
		h.do("c1", conversation.Disconnect{Agent: "ann", Communication: leg})
		h.want("she may wrap up", h.at("c1"), "acw ann")
		h.want("and is free", len(h.agent("ann").Reservations), 0)
		h.contact("c2", "auto")
		h.want("for another", h.at("c2"), "connected ann")
		h.do("c1", conversation.WrapUp{Agent: "ann", Communication: leg})
		h.want("which stays hers", len(h.agent("ann").Reservations), 1)
	})
}

func TestSilence(t *testing.T) {
	silence := 10 * time.Minute
	with(t, 2, []id.Agent{"ann"}, func(_ *acd.Options, r *rules) {
		r.change = func(q id.Queue, s *conversation.Settings) { s.Inactivity, s.InactiveRequeue = silence, q == "web" }
	}, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		pass(silence - time.Second)
		h.do("c1", conversation.Receive{Message: "m-1"})
		pass(2 * silence)
		h.want("a contact who waits is not hung up on", h.at("c1"), "connected ann")
		h.do("c1", conversation.Send{Agent: "ann", Message: "m-2", Body: message.Ref{Length: 3}})
		pass(silence - time.Millisecond)
		h.want("not yet", h.at("c1"), "connected ann")
		pass(2 * time.Millisecond)
		h.want("now", h.conv("c1").EndReason, "inactive")
		h.reconfigure(nil, "ann")
		silence = time.Minute
		h.contact("c2", "auto")
		pass(silence)
		h.want("a new rule", h.conv("c2").EndReason, "inactive")
	})
}

func TestShorterSilenceAppliesToWhatIsConnected(t *testing.T) {
	silence := time.Hour
	with(t, 1, []id.Agent{"ann"}, func(_ *acd.Options, r *rules) {
		r.change = func(_ id.Queue, s *conversation.Settings) { s.Inactivity = silence }
	}, func(h *hub) {
		h.presence("ann", agent.OnQueue)
		h.contact("c1", "auto")
		silence = time.Minute
		h.reconfigure(nil, "ann")
		pass(time.Minute)
		h.want("the new rule", h.conv("c1").EndReason, "inactive")
	})
}

func TestFollowingAnOrganisation(t *testing.T) {
	o := config.Organisation{
		General: config.General{Capacity: map[channel.Kind]int{"web": 3}},
		Queues: []config.Queue{{
			ID: "web", Members: []id.Agent{"ann"}, Routing: config.Bullseye, PreferredSeconds: 30, AlertSeconds: 20,
			Rings: []config.Ring{{Seconds: 30}, {Seconds: 60, Drop: []id.Skill{"de"}}, {Drop: []id.Skill{"returns"}}},
		}},
		Users: []config.User{{ID: "ann", Skills: map[id.Skill]int{"returns": 4}, Languages: map[id.Skill]int{"de": 2}}},
	}
	got := acd.Following(o)
	rules := got.Routing.Queues["web"]
	if rules.Mode != routing.Bullseye || rules.Keep != 30*time.Second || len(rules.Rings) != 3 ||
		rules.Rings[0].After != 0 || rules.Rings[1].After != 30*time.Second || rules.Rings[2].After != 90*time.Second {
		t.Errorf("%+v", rules)
	}
	if got.Skills["ann"]["de"] != 2 || got.Skills["ann"]["returns"] != 4 || got.Utilization("ann").Capacity["web"] != 3 || got.Queue("web").AlertTimeout != 20*time.Second {
		t.Errorf("%+v", got)
	}
}
