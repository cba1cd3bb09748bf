package acd_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/acd"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/routing"
)

const (
	alert = 30 * time.Second
	work  = 60 * time.Second
	grace = 60 * time.Second
)

// plain stands for a vault; no content is sealed here.
type plain struct{}

func (plain) Seal(name string, b []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{Key: name, Value: b}, "", nil
}

func (plain) Open(context.Context, string) ([]byte, error) { return nil, eventlog.ErrNotFound }

type rules struct{ capacity int }

func (rules) Queue(q id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: alert, AutoAnswer: q == "auto", WrapUp: q != "plain", ACWTimeout: work, DefaultCode: "none", Manual: true}
}

func (rules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }

func (r rules) Utilization(id.Agent) agent.Utilization {
	return agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: r.capacity}}
}

// shaky is an engine that refuses now and then, as on a full disk.
type shaky struct {
	*engine.Engine
	mu     sync.Mutex
	refuse func() bool
}

func (s *shaky) refused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refuse != nil && s.refuse()
}

func (s *shaky) Conversation(ctx context.Context, c id.Conversation, i id.Command, by string, cmd conversation.Command, x ...engine.Content) (engine.Result, error) {
	if s.refused() {
		return engine.Result{}, eventlog.ErrFull
	}
	return s.Engine.Conversation(ctx, c, i, by, cmd, x...)
}

func (s *shaky) Agent(ctx context.Context, a id.Agent, i id.Command, by string, cmd agent.Command) (engine.Result, error) {
	if s.refused() {
		return engine.Result{}, eventlog.ErrFull
	}
	return s.Engine.Agent(ctx, a, i, by, cmd)
}

// hub is a log, an engine and a router in one bubble of time.
type hub struct {
	t        *testing.T
	log      *memory.Log
	engine   *shaky
	router   *acd.Router
	stop     func()
	capacity int
	agents   []id.Agent
	mu       sync.Mutex
	convs    []id.Conversation
}

func start(t *testing.T, capacity int, agents ...id.Agent) *hub {
	h := &hub{t: t, log: memory.New(), agents: agents, capacity: capacity}
	e, err := engine.Open(t.Context(), engine.Options{Log: h.log, Vault: plain{}, Rules: rules{capacity}})
	if err != nil {
		t.Fatal(err)
	}
	h.engine = &shaky{Engine: e}
	h.route()
	return h
}

func (h *hub) route() {
	h.router = acd.New(acd.Options{
		Engine: h.engine, Agents: h.agents, Utilization: rules{h.capacity}.Utilization, Grace: grace, Logger: slog.New(slog.DiscardHandler),
		Config: routing.Config{Members: map[id.Queue][]id.Agent{"web": h.agents, "auto": h.agents, "plain": h.agents}},
		Open:   func(context.Context) ([]id.Conversation, error) { return h.list(), nil },
	})
	ctx, cancel := context.WithCancel(h.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := h.router.Run(ctx); err != nil {
			h.t.Error(err)
		}
	})
	h.stop = func() { cancel(); done.Wait() }
}

func (h *hub) known(c id.Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.convs = append(h.convs, c)
}

func (h *hub) list() []id.Conversation {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.convs)
}

func (h *hub) close() {
	h.stop()
	h.engine.Close()
}

func (h *hub) contact(conv id.Conversation, q id.Queue) {
	h.t.Helper()
	h.known(conv)
	h.do(conv, conversation.Start{Channel: channel.Web, Account: "shop", Contact: "ida", Queue: q})
}

func (h *hub) do(conv id.Conversation, c conversation.Command) {
	h.t.Helper()
	if _, err := h.engine.Engine.Conversation(h.t.Context(), conv, id.Command(id.New()), "test", c); err != nil {
		h.t.Fatalf("%T on %s: %v", c, conv, err)
	}
	synctest.Wait()
}

func (h *hub) presence(a id.Agent, p agent.Presence) {
	h.t.Helper()
	if _, err := h.engine.Engine.Agent(h.t.Context(), a, id.Command(id.New()), "test", agent.SetPresence{Presence: p}); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
}

func (h *hub) conv(c id.Conversation) *conversation.State {
	h.t.Helper()
	s, err := h.engine.ConversationState(h.t.Context(), c)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func (h *hub) agent(a id.Agent) *agent.State {
	h.t.Helper()
	s, err := h.engine.AgentState(h.t.Context(), a)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// at says where a conversation stands: its phase and agent.
func (h *hub) at(c id.Conversation) string {
	s := h.conv(c)
	if s.Leg == nil || s.Phase == conversation.Waiting {
		return string(s.Phase)
	}
	return fmt.Sprint(s.Phase, " ", s.Leg.Agent)
}

func (h *hub) want(what string, got, want any) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func bubble(t *testing.T, capacity int, agents []id.Agent, f func(*hub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, capacity, agents...)
		defer h.close()
		f(h)
	})
}

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
		h.want("why", leg.Why, "the only one free")
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
