// Package acd routes: it is the one owner of who gets which waiting
// conversation. It follows the log, keeps what routing needs in memory, and
// acts by commands alone: it reserves capacity on the agent's stream first,
// then offers on the conversation's. Its commands' IDs derive from what they
// follow from, so a hub that died in between does the rest and nothing twice.
package acd

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/internal/ladder"
	"parley/backend/routing"
)

// Actor is who the hub is in the log when it routes.
const Actor = "hub"

// Engine is what routing needs of the engine.
type Engine interface {
	Conversation(context.Context, id.Conversation, id.Command, string, conversation.Command, ...engine.Content) (engine.Result, error)
	Agent(context.Context, id.Agent, id.Command, string, agent.Command) (engine.Result, error)
	ConversationState(context.Context, id.Conversation) (*conversation.State, error)
	AgentState(context.Context, id.Agent) (*agent.State, error)
	Executed(context.Context, id.Command) (engine.Result, error)
	Subscribe(func(*engine.Commit)) (cancel func())
	Now() time.Time
}

// Options of routing. All but those with a default must be set.
type Options struct {
	Engine Engine
	// Organisation is what routing follows until Reconfigure gives another.
	Organisation
	// LastAgent tells who answered a contact last, and when; "" = nobody. nil =
	// nobody is known to.
	LastAgent func(context.Context, id.Contact) (id.Agent, time.Time, error)
	// Open lists the conversations that are waiting, alerting, connected, parked or in
	// after-call work, as of a moment after it was called.
	Open func(context.Context) ([]id.Conversation, error)
	// Grace is how long an agent's last desk may be gone.
	Grace time.Duration
	// Direct is how long a conversation waits for the one agent whom it is meant
	// for; then anybody may get it. Default DefaultDirect.
	Direct time.Duration
	// Counted, if set, is told that Queues answers something new. It returns at
	// once.
	Counted func()
	Logger  *slog.Logger // default slog.Default
}

// DefaultDirect is how long a conversation waits for one agent.
const DefaultDirect = 2 * time.Minute

// Router is the owner of routing. Its methods are safe for concurrent use.
type Router struct {
	o   Options
	log *slog.Logger

	wake  chan struct{} // holds one: something happened
	ready chan struct{} // closed once the start is reconciled
	asks  chan func()   // answered by Run's goroutine

	mu       sync.Mutex
	inbox    []*engine.Commit
	received uint64 // position of the last commit that the feed brought
	desks    map[id.Agent]int
	gone     map[id.Agent]time.Time // when the last desk went
	counted  map[id.Queue]Queue     // replaced whole
	trying   map[id.Command]*try    // assignments by hand that are under way
	next     *Organisation          // to follow from the next step on; nil = as now

	// What follows belongs to Run's goroutine. It is folded from the feed alone;
	// nothing is decided until the feed has brought what was done last, at ahead.
	organisation  Organisation
	users         map[id.Agent]bool
	conversations map[id.Conversation]*open
	agents        map[id.Agent]*agent.State
	board         *routing.Board
	lines         map[id.Queue]*ladder.Ladder[queued]
	alerts        map[id.Agent]map[*open]bool
	actions       []action
	timers        ladder.Ladder[timer]
	ahead         uint64
	changed       bool // a match may give another result than the last one
	failures      int
	retryAt       time.Time
	clock, passed time.Time // of the last step: by the clock, and for what passed
}

// New returns a router that has not started.
func New(o Options) *Router {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Direct = cmp.Or(o.Direct, DefaultDirect)
	r := &Router{
		o: o, log: o.Logger, wake: make(chan struct{}, 1), ready: make(chan struct{}), asks: make(chan func()),
		desks: map[id.Agent]int{}, gone: map[id.Agent]time.Time{}, counted: map[id.Queue]Queue{}, trying: map[id.Command]*try{},
		conversations: map[id.Conversation]*open{}, agents: map[id.Agent]*agent.State{}, alerts: map[id.Agent]map[*open]bool{},
		lines: map[id.Queue]*ladder.Ladder[queued]{}, organisation: o.Organisation, board: routing.NewBoard(o.Routing),
		users: map[id.Agent]bool{},
	}
	r.timers.Before = timer.before
	return r
}

// Run routes until ctx ends. It first reconciles what an earlier life left
// half done. It returns an error only if that cannot be read.
func (r *Router) Run(ctx context.Context) error {
	defer r.o.Engine.Subscribe(r.receive)()
	if err := r.reconcile(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("start routing: %w", err)
	}
	close(r.ready)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-timer.C:
		case ask := <-r.asks:
			ask()
			continue
		}
		r.step(ctx)
		if next, ok := r.nextTime(); ok {
			timer.Reset(max(0, next.Sub(r.o.Engine.Now())))
		} else {
			timer.Stop()
		}
	}
}

// Ready is closed once the start is reconciled.
func (r *Router) Ready() <-chan struct{} { return r.ready }

// receive takes what matters to routing out of the feed.
func (r *Router) receive(c *engine.Commit) {
	matter := matters(c)
	r.mu.Lock()
	r.received = c.Pos
	if matter {
		r.inbox = append(r.inbox, c)
	}
	r.mu.Unlock()
	if matter {
		r.poke()
	}
}

func (r *Router) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func matters(c *engine.Commit) bool {
	for _, e := range c.Conversation {
		switch e.(type) {
		case conversation.Started, conversation.Queued, conversation.Alerted, conversation.Connected, conversation.AlertEnded,
			conversation.Disconnected, conversation.LegEnded, conversation.Parked, conversation.Unparked,
			conversation.WrappedUp, conversation.PriorityChanged, conversation.Ended:
			return true
		case conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged, conversation.ContactReturned,
			conversation.ContactCleared, conversation.ReadByAgent, conversation.NoteAdded, conversation.HelpAsked,
			conversation.HelpEnded, conversation.SurveyAsked, conversation.SurveyAnswered, conversation.SurveyCommented, conversation.AssignmentLapsed,
			conversation.MessageNamed, conversation.PartDelivered, conversation.MessageUnsent, conversation.MessageChanged, conversation.Reacted,
			conversation.ConsentChanged, conversation.ContactDescribed, conversation.WindowOpened,
			conversation.Unknown:
		}
	}
	return c.Stream.Kind == eventlog.Agent
}

// DeskOpened counts one more open desk of an agent; call the result when it
// has closed. When the last one has been gone for the grace time, the agent
// goes offline and their alerts are withdrawn.
func (r *Router) DeskOpened(a id.Agent) (closed func()) {
	r.mu.Lock()
	r.desks[a]++
	delete(r.gone, a)
	r.mu.Unlock()
	return sync.OnceFunc(func() {
		r.mu.Lock()
		if r.desks[a]--; r.desks[a] == 0 {
			delete(r.desks, a)
			r.gone[a] = r.o.Engine.Now()
		}
		r.mu.Unlock()
		r.poke()
	})
}

// step brings everything up to date once: what came in, what became due, what
// follows from it, what can be offered.
func (r *Router) step(ctx context.Context) {
	r.mu.Lock()
	commits, received := r.inbox, r.received
	r.inbox = nil
	r.mu.Unlock()
	for _, c := range commits {
		r.take(ctx, c)
	}
	now := r.o.Engine.Now()
	r.tick(now)
	r.count()
	if received < r.ahead || now.Before(r.retryAt) || !r.reorganise(ctx) {
		return // the feed, or the timer, will wake us
	}
	r.due(now)
	if at, ok := r.board.Next(); ok && !at.After(now) {
		r.changed = true // a ring asks for less, or nobody is waited for any more
	}
	if r.act(ctx) && r.changed {
		r.match(ctx, now)
	}
}
