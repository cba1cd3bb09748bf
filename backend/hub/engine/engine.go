// Package engine executes commands: it folds the stream, lets the pure core
// decide, seals what people wrote, appends one commit to the log and tells
// everyone who follows. It is the only writer of the hub's log, so whatever
// happens in Parley happens here.
//
// Commands on one stream run one after the other; streams do not wait for each
// other. A command runs on its caller's goroutine.
package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// Vault seals what must not lie in the log in the clear; vault.Vault does.
type Vault interface {
	// Seal seals plain under a key of its own. The digest is keyed.
	Seal(key string, plain []byte) (s eventlog.Sealed, digest string, err error)
	// Open returns what was sealed under key, eventlog.ErrNotFound if it never
	// was, or vault.ErrErased.
	Open(ctx context.Context, key string) ([]byte, error)
}

// Rules are the configured rules that decisions need. All methods are safe for
// concurrent use and return at once.
type Rules interface {
	Queue(id.Queue) conversation.Settings
	Profile(kind channel.Kind, account string) channel.Profile
	Utilization(id.Agent) agent.Utilization
}

// Options of an engine. Log, Vault and Rules must be set.
type Options struct {
	Log    eventlog.Log
	Vault  Vault
	Rules  Rules
	Logger *slog.Logger     // default slog.Default
	Now    func() time.Time // default time.Now
	// Folds is how many conversations' states stay in memory; default 16,384.
	// A state takes about 1 KB.
	Folds int
}

// Errors beside those of the cores and of the log.
var (
	// ErrCommandReused: the command's ID belongs to a command on another stream.
	ErrCommandReused = errors.New("the command's ID was used for something else")
	// ErrMessageReused: the message's ID belongs to another message.
	ErrMessageReused = errors.New("the message's ID was used for another message")
	// ErrBusy: others kept writing the stream; try again.
	ErrBusy = errors.New("the stream is busy")
)

// MayPass tells trouble with the log, after which the same command may be tried
// again, from an answer of the core or a damaged stream.
func MayPass(err error) bool {
	for _, trouble := range []error{eventlog.ErrFull, eventlog.ErrStopped, eventlog.ErrClosed, context.Canceled, context.DeadlineExceeded, ErrBusy} {
		if errors.Is(err, trouble) {
			return true
		}
	}
	return false
}

// Engine executes commands. Its methods are safe for concurrent use.
type Engine struct {
	log    eventlog.Log
	vault  Vault
	rules  Rules
	logger *slog.Logger
	now    func() time.Time

	conversations *Streams[conversation.State, conversation.Command, conversation.Event]
	agents        *Streams[agent.State, agent.Command, agent.Event]
	feed          feed

	stop context.CancelFunc
	done sync.WaitGroup
}

// Open returns an engine that follows the log from its present tail. Close it.
func Open(ctx context.Context, o Options) (*Engine, error) {
	tail, err := o.Log.Tail(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("find the log's end: %w", err)
	}
	e := &Engine{log: o.Log, vault: o.Vault, rules: o.Rules, logger: o.Logger, now: o.Now}
	if e.logger == nil {
		e.logger = slog.Default()
	}
	if e.now == nil {
		e.now = time.Now
	}
	n := o.Folds
	if n <= 0 {
		n = 16_384
	}
	e.conversations = NewStreams(e, e.conversationCore(), n)
	e.agents = NewStreams(e, e.agentCore(), n)
	e.feed.init(tail.Pos)
	follow, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.stop = stop
	e.done.Go(func() { e.follow(follow, tail.Pos) })
	return e, nil
}

// Close stops the feed and waits for it. The log stays open.
func (e *Engine) Close() {
	e.stop()
	e.done.Wait()
}

// Now is the engine's clock in the log's precision: UTC, whole milliseconds.
func (e *Engine) Now() time.Time { return e.now().UTC().Truncate(time.Millisecond) }

// Epoch names the log's life.
func (e *Engine) Epoch() string { return e.log.Epoch() }

// FollowUp names a command that follows from something that happened once, so
// that a saga that is run again finds what it did the first time.
func FollowUp(what string, of ...string) id.Command {
	return id.Command(what + ":" + strings.Join(of, ":"))
}

// Result is what came of a command.
type Result struct {
	// Stored is the commit. When the command was true already, without ever
	// being stored, it names only the stream and its Rev.
	eventlog.Stored
	// Again: the command had been executed before; this is its first result.
	Again bool
	// Nothing: there was nothing to do and nothing was stored.
	Nothing bool

	Conversation []conversation.Event // of a conversation's command
	Agent        []agent.Event        // of an agent's command
}

// Conversation executes a command on a conversation. Contents are sealed with
// the commit; the first one with a body fills the Body (and Chars) of a Receive
// or Send. Errors are those of conversation.Decide, of the log, and the
// engine's own. The first result of cmd is returned whatever the state is now.
func (e *Engine) Conversation(ctx context.Context, conv id.Conversation, cmd id.Command, actor string, c conversation.Command, contents ...Content) (Result, error) {
	return e.conversations.execute(ctx, conv, string(conv), cmd, actor, c, contents)
}

// Agent executes a command on an agent's stream; see Conversation.
func (e *Engine) Agent(ctx context.Context, a id.Agent, cmd id.Command, actor string, c agent.Command) (Result, error) {
	return e.agents.execute(ctx, "", string(a), cmd, actor, c, nil)
}

// conversationCore is how the engine runs conversations.
func (e *Engine) conversationCore() Core[conversation.State, conversation.Command, conversation.Event] {
	return Core[conversation.State, conversation.Command, conversation.Event]{
		Kind: eventlog.Conversation, Apply: (*conversation.State).Apply, Encode: conversation.Encode,
		Decide: func(_ string, s *conversation.State, c conversation.Command, _ time.Time) ([]conversation.Event, time.Time, error) {
			env := e.conversationEnv(s, c)
			events, err := conversation.Decide(s, c, env)
			return events, env.Now, err
		},
		Clone: (*conversation.State).Clone,
		Head:  func(s *conversation.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *conversation.State, events []conversation.Event, c eventlog.Stored) {
			for _, ev := range events {
				s.Record(ev, c.At)
			}
			s.ID, s.Rev, s.Hash = id.Conversation(c.Stream.ID), c.Rev, c.Hash
		},
		Contact: contact, Fill: fill,
	}
}

// agentCore is how the engine runs agents' streams.
func (e *Engine) agentCore() Core[agent.State, agent.Command, agent.Event] {
	return Core[agent.State, agent.Command, agent.Event]{
		Kind: eventlog.Agent, Apply: (*agent.State).Apply, Encode: agent.Encode,
		Decide: func(a string, s *agent.State, c agent.Command, now time.Time) ([]agent.Event, time.Time, error) {
			events, err := agent.Decide(s, c, agent.Env{Now: now, Utilization: e.rules.Utilization(id.Agent(a))})
			return events, now, err
		},
		Clone: (*agent.State).Clone,
		Head:  func(s *agent.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *agent.State, events []agent.Event, c eventlog.Stored) {
			for _, ev := range events {
				s.Record(ev, c.At)
			}
			s.ID, s.Rev, s.Hash = id.Agent(c.Stream.ID), c.Rev, c.Hash
		},
	}
}

func (e *Engine) conversationEnv(s *conversation.State, c conversation.Command) conversation.Env {
	queue, kind, account := s.Queue, s.Channel, s.Account
	first := (*conversation.Start)(nil)
	switch c := c.(type) {
	case conversation.Start:
		first = &c
	case conversation.Receive:
		first = c.First
	}
	if first != nil && s.Phase == conversation.New {
		queue, kind, account = first.Queue, first.Channel, first.Account
	}
	now := e.Now()
	switch c.(type) {
	case conversation.Receive, conversation.Send, conversation.Disconnect, conversation.SendAuto, conversation.AskSurvey,
		conversation.AnswerSurvey, conversation.CommentSurvey, conversation.ExpireInactive:
		// What contacts see has a time of its own, and none goes back: web
		// messaging clients tell messages apart, and order them, by it.
		if last := latest(s.StartedAt, s.LastAt); !now.After(last) {
			now = last.Add(time.Millisecond)
		}
	}
	p := e.rules.Profile(kind, account)
	return conversation.Env{Now: now, Settings: e.rules.Queue(queue), Policy: p.Policy, Limits: p.Capabilities}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// append stores a commit. The caller's context does not reach the log: whether
// the commit was stored must be known, or the fold in memory would be wrong.
func (e *Engine) append(ctx context.Context, c eventlog.Commit, f *flight, sealed []eventlog.Sealed) (eventlog.Stored, bool, error) {
	if err := ctx.Err(); err != nil {
		return eventlog.Stored{}, false, err
	}
	e.feed.depart(c.ID, f)
	stored, again, err := e.log.Append(context.WithoutCancel(ctx), c, sealed...)
	if err != nil || again {
		e.feed.abort(c.ID, f)
	}
	if errors.Is(err, eventlog.ErrStopped) {
		e.feed.failed.CompareAndSwap(nil, &err)
	}
	return stored, again, err
}

// first answers a command that cannot be decided now: with its first result if
// it was executed before, else with why.
func (e *Engine) first(ctx context.Context, stream eventlog.Stream, cmd id.Command, why error) (Result, error) {
	stored, err := e.log.Lookup(ctx, cmd)
	switch {
	case errors.Is(err, eventlog.ErrNotFound):
		return Result{}, fmt.Errorf("%s: %w", stream, why)
	case err != nil:
		return Result{}, fmt.Errorf("look up a command of %s: %w", stream, err)
	}
	return repeated(stream, stored)
}

// Executed returns the first result of a command, or eventlog.ErrNotFound.
func (e *Engine) Executed(ctx context.Context, cmd id.Command) (Result, error) {
	stored, err := e.log.Lookup(ctx, cmd)
	if err != nil {
		return Result{}, fmt.Errorf("look up a command: %w", err)
	}
	return repeated(stored.Stream, stored)
}

func (e *Engine) nothing(ctx context.Context, stream eventlog.Stream, cmd id.Command, rev uint64) (Result, error) {
	r, err := e.first(ctx, stream, cmd, eventlog.ErrNotFound)
	if errors.Is(err, eventlog.ErrNotFound) {
		return Result{Stored: eventlog.Stored{Commit: eventlog.Commit{Stream: stream, Rev: rev}}, Nothing: true}, nil
	}
	return r, err
}

func repeated(stream eventlog.Stream, stored eventlog.Stored) (Result, error) {
	if stored.Stream != stream {
		return Result{}, fmt.Errorf("%s: %w", stream, ErrCommandReused)
	}
	r := Result{Stored: stored, Again: true}
	r.Conversation, r.Agent = decode(stored)
	return r, nil
}

// typed gives events their type back, where the engine knows it.
func typed(events any) ([]conversation.Event, []agent.Event) {
	cs, _ := events.([]conversation.Event)
	as, _ := events.([]agent.Event)
	return cs, as
}

func decode(s eventlog.Stored) ([]conversation.Event, []agent.Event) {
	var (
		cs []conversation.Event
		as []agent.Event
	)
	for _, e := range s.Events {
		switch s.Stream.Kind {
		case eventlog.Conversation:
			cs = append(cs, conversation.Decode(e))
		case eventlog.Agent:
			as = append(as, agent.Decode(e))
		}
	}
	return cs, as
}

// ConversationState returns a clone of a conversation's fold. A conversation
// without events gives the zero state.
func (e *Engine) ConversationState(ctx context.Context, conv id.Conversation) (*conversation.State, error) {
	return e.conversations.State(ctx, string(conv))
}

// AgentState returns a clone of an agent's fold.
func (e *Engine) AgentState(ctx context.Context, a id.Agent) (*agent.State, error) {
	return e.agents.State(ctx, string(a))
}

// Profile is what a channel's account can do and may do, as decisions see it.
func (e *Engine) Profile(kind channel.Kind, account string) channel.Profile {
	return e.rules.Profile(kind, account)
}

// Read yields a stream's commits after Rev after, as eventlog.Log.Read does.
func (e *Engine) Read(ctx context.Context, s eventlog.Stream, after uint64) iter.Seq2[eventlog.Stored, error] {
	return e.log.Read(ctx, s, after)
}
