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

// rules are what the engine decides by. What differs from queue to queue is in
// their names.
type rules struct {
	capacity int
	change   func(id.Queue, *conversation.Settings)
}

func (r *rules) Queue(q id.Queue) conversation.Settings {
	s := conversation.Settings{AlertTimeout: alert, AutoAnswer: q == "auto", WrapUp: q != "plain", ACWTimeout: work, DefaultCode: "none", Manual: true}
	if r.change != nil {
		r.change(q, &s)
	}
	return s
}

func (*rules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }

func (r *rules) Utilization(id.Agent) agent.Utilization {
	return agent.Utilization{
		Capacity:        map[channel.Kind]int{channel.Web: r.capacity, "sms": r.capacity},
		InterruptibleBy: map[channel.Kind][]channel.Kind{"mail": {channel.Web}},
	}
}

// shaky is an engine that refuses now and then, as on a full disk. It may also
// be slow, or die, right after a reservation.
type shaky struct {
	*engine.Engine
	mu       sync.Mutex
	refuse   func() bool
	reserved func() (wait time.Duration, die bool)
	dead     bool
}

func (s *shaky) refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.dead:
		return eventlog.ErrClosed
	case s.refuse != nil && s.refuse():
		return eventlog.ErrFull
	}
	return nil
}

func (s *shaky) isDead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

func (s *shaky) Conversation(ctx context.Context, c id.Conversation, i id.Command, by string, cmd conversation.Command, x ...engine.Content) (engine.Result, error) {
	if err := s.refused(); err != nil {
		return engine.Result{}, err
	}
	return s.Engine.Conversation(ctx, c, i, by, cmd, x...)
}

func (s *shaky) Agent(ctx context.Context, a id.Agent, i id.Command, by string, cmd agent.Command) (engine.Result, error) {
	if err := s.refused(); err != nil {
		return engine.Result{}, err
	}
	result, err := s.Engine.Agent(ctx, a, i, by, cmd)
	if _, reserve := cmd.(agent.Reserve); reserve && err == nil && s.reserved != nil {
		s.mu.Lock()
		wait, die := s.reserved()
		s.dead = s.dead || die
		s.mu.Unlock()
		<-time.After(wait)
	}
	return result, err
}

// hub is a log, an engine and a router in one bubble of time.
type hub struct {
	t        *testing.T
	log      *memory.Log
	engine   *shaky
	router   *acd.Router
	stop     func()
	rules    *rules
	options  acd.Options
	capacity int
	agents   []id.Agent
	jump     time.Duration // how far the clock was put
	mu       sync.Mutex
	convs    []id.Conversation
}

func start(t *testing.T, capacity int, agents ...id.Agent) *hub {
	h := &hub{t: t, log: memory.New(), agents: agents, capacity: capacity, rules: &rules{capacity: capacity}}
	h.engine = h.another()
	h.options = acd.Options{
		Engine: h.engine, Organisation: h.organisation(agents...), Grace: grace, Logger: slog.New(slog.DiscardHandler),
		Open: func(context.Context) ([]id.Conversation, error) { return h.list(), nil },
	}
	h.route()
	return h
}

// another is an engine of its own on the same log.
func (h *hub) another() *shaky {
	now := func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return time.Now().Add(h.jump)
	}
	e, err := engine.Open(h.t.Context(), engine.Options{Log: h.log, Vault: plain{}, Rules: h.rules, Now: now})
	if err != nil {
		h.t.Fatal(err)
	}
	return &shaky{Engine: e}
}

// organisation has these agents in every queue.
func (h *hub) organisation(agents ...id.Agent) acd.Organisation {
	o := acd.Organisation{Agents: agents, Utilization: h.rules.Utilization, Queue: h.rules.Queue, Skills: map[id.Agent]map[id.Skill]int{}}
	o.Routing.Queues = map[id.Queue]routing.Rules{}
	for _, q := range []id.Queue{"web", "auto", "plain"} {
		o.Routing.Queues[q] = routing.Rules{Members: agents}
	}
	return o
}

func (h *hub) route() { h.router, h.stop = h.run(h.options) }

// run starts a router. What it returns ends it.
func (h *hub) run(o acd.Options) (*acd.Router, func()) {
	r := acd.New(o)
	ctx, cancel := context.WithCancel(h.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			h.t.Error(err)
		}
	})
	return r, func() { cancel(); done.Wait() }
}

// clock puts the clock.
func (h *hub) clock(by time.Duration) {
	h.mu.Lock()
	h.jump += by
	h.mu.Unlock()
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
