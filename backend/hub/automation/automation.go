// Package automation writes what nobody wrote: a queue's greeting, its reply
// while it is closed, and its survey after the end. It follows the log, and acts
// by commands whose IDs derive from the conversation, so that each is said once,
// whenever the hub died.
package automation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
)

// Actor is who the hub is in the log when it writes by itself.
const Actor = "hub"

// Engine is what automation needs of the engine.
type Engine interface {
	Conversation(context.Context, id.Conversation, id.Command, string, conversation.Command, ...engine.Content) (engine.Result, error)
	ConversationState(context.Context, id.Conversation) (*conversation.State, error)
	ContactProfile(context.Context, id.Contact) (engine.Profile, error)
	Profile(channel.Kind, string) channel.Profile
	Subscribe(func(*engine.Commit)) (cancel func())
	Now() time.Time
}

// Options of an Automation. All but Logger must be set.
type Options struct {
	Engine Engine
	// View is the organisation as it is now.
	View func() *organisation.View
	// Begun lists the conversations that began at a time or later, as of a moment
	// after it was called.
	Begun  func(context.Context, time.Time) ([]id.Conversation, error)
	Logger *slog.Logger
}

// Automation writes by itself. Run it.
type Automation struct {
	o    Options
	log  *slog.Logger
	wake chan struct{} // holds one: there is something to do

	mu   sync.Mutex
	jobs []job

	failures int // Run's own
}

// job is one thing to say.
type job struct {
	what  what
	conv  id.Conversation
	queue id.Queue  // of a welcome: where the conversation began
	at    time.Time // of a welcome: when
}

type what int

const (
	welcome what = iota // greeting or away reply
	survey              // its question
	comment             // asking for words beside the score
	thanks              // for the answer
)

// New returns an automation that does nothing yet.
func New(o Options) *Automation {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Automation{o: o, log: o.Logger, wake: make(chan struct{}, 1)}
}

// What an earlier life of the hub left unsaid is said when it starts again,
// unless it is too late for it.
const (
	greetLate  = 10 * time.Minute // after the beginning
	surveyLate = time.Hour        // after the end
	lookBack   = 24 * time.Hour   // beginnings that are looked through
)

// Run writes until ctx ends. It returns an error only if what an earlier life
// left unsaid cannot be read.
func (a *Automation) Run(ctx context.Context) error {
	defer a.o.Engine.Subscribe(a.receive)()
	if err := a.reconcile(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("start automation: %w", err)
	}
	retry := time.NewTimer(time.Hour)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.wake:
		case <-retry.C:
		}
		if wait := a.step(ctx); wait > 0 {
			retry.Reset(wait)
		}
	}
}

// reconcile finds what should have been said.
func (a *Automation) reconcile(ctx context.Context) error {
	now := a.o.Engine.Now()
	list, err := a.o.Begun(ctx, now.Add(-lookBack))
	if err != nil {
		return err
	}
	for _, conv := range list {
		s, err := a.o.Engine.ConversationState(ctx, conv)
		if errors.Is(err, eventlog.ErrDamaged) {
			a.log.Error("a conversation is damaged and gets no automatic message", "conversation", conv, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		switch {
		case s.Phase.Live() && s.AnsweredAt.IsZero() && now.Sub(s.StartedAt) < greetLate:
			a.put(job{what: welcome, conv: conv, queue: s.Queue, at: s.StartedAt})
		case !s.Phase.Live() && now.Sub(s.EndedAt) < surveyLate:
			a.put(job{what: survey, conv: conv})
			if v := s.Survey; v != nil && !v.AnsweredAt.IsZero() {
				a.put(answered(conv, v.Comment && v.CommentedAt.IsZero()))
			}
		}
	}
	return nil
}

// receive takes what asks for words out of the feed.
func (a *Automation) receive(c *engine.Commit) {
	conv := id.Conversation(c.Stream.ID)
	for _, e := range c.Conversation {
		switch e := e.(type) {
		case conversation.Queued:
			if e.Reason == "new" {
				a.put(job{what: welcome, conv: conv, queue: e.Queue, at: c.At})
			}
		case conversation.Ended:
			a.put(job{what: survey, conv: conv})
		case conversation.SurveyAnswered:
			a.put(job{what: comment, conv: conv})
		case conversation.SurveyCommented:
			a.put(job{what: thanks, conv: conv})
		case conversation.Started, conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged,
			conversation.Alerted, conversation.Connected, conversation.AlertEnded, conversation.Disconnected, conversation.LegEnded,
			conversation.Parked, conversation.Unparked, conversation.AssignmentLapsed, conversation.PriorityChanged,
			conversation.NoteAdded, conversation.HelpAsked, conversation.HelpEnded, conversation.SurveyAsked, conversation.WrappedUp,
			conversation.ContactReturned, conversation.ContactCleared, conversation.ReadByAgent, conversation.Unknown:
		}
	}
}

// answered is what to say after a score.
func answered(conv id.Conversation, wanted bool) job {
	if wanted {
		return job{what: comment, conv: conv}
	}
	return job{what: thanks, conv: conv}
}

func (a *Automation) put(j job) {
	a.mu.Lock()
	a.jobs = append(a.jobs, j)
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// atOnce is how many jobs are done at a time; the log syncs those together that
// come together.
const atOnce = 16

// step does what is to be done. It returns how long to wait before what failed
// is tried again: a second at first, half a minute at most; 0 = nothing failed.
func (a *Automation) step(ctx context.Context) time.Duration {
	a.mu.Lock()
	jobs := a.jobs
	a.jobs = nil
	a.mu.Unlock()
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		left  []job
		slots = make(chan struct{}, atOnce)
	)
	for _, j := range jobs {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			if err := a.do(ctx, j); err != nil && a.again(ctx, j, err) {
				mu.Lock()
				left = append(left, j)
				mu.Unlock()
			}
		})
	}
	work.Wait()
	if len(left) == 0 {
		a.failures = 0
		return 0
	}
	a.mu.Lock()
	a.jobs = append(left, a.jobs...)
	a.mu.Unlock()
	if a.failures++; a.failures == 1 {
		a.log.Error("automatic messages wait for the log", "waiting", len(left))
	}
	return min(time.Second<<min(a.failures-1, 5), 30*time.Second)
}

// again says whether a job that failed is to be tried again.
func (a *Automation) again(ctx context.Context, j job, err error) bool {
	var refusal *channel.Refusal
	switch {
	case ctx.Err() != nil:
		return false
	case engine.MayPass(err):
		return true
	case errors.As(err, &refusal):
		a.log.Info("an automatic message may not be sent", "conversation", j.conv, "rule", refusal.Rule)
	case errors.Is(err, conversation.ErrEnded), errors.Is(err, conversation.ErrNotDue):
		// It came too late.
	default:
		a.log.Error("an automatic message was not sent", "conversation", j.conv, "error", err)
	}
	return false
}
