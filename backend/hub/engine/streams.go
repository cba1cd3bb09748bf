package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/vault"
)

// Core is the pure core of one kind of stream, as the engine runs it: states S,
// commands C, events E. All but Contact and Fill must be set.
type Core[S, C, E any] struct {
	Kind  eventlog.Kind
	Apply func(*S, eventlog.Stored) error
	Clone func(*S) *S
	Head  func(*S) eventlog.Head
	// Decide decides on the stream of that ID at now. It returns when the commit
	// happened: now, or later where time must not go back.
	Decide func(id string, s *S, c C, now time.Time) ([]E, time.Time, error)
	Encode func([]E) ([]eventlog.Event, error)
	// Record records what Decide returned and Encode stored, as Apply would.
	Record func(*S, []E, eventlog.Stored)
	// Fill puts a reference to sealed content into a command: ref of a body, or
	// field of a profile. Contact is whose profile it is.
	Fill    func(c C, content Content, ref message.Ref, field string) C
	Contact func(*S, C) id.Contact
}

// Streams executes commands on the streams of one kind. Its methods are safe for
// concurrent use.
type Streams[S, C, E any] struct {
	engine *Engine
	core   Core[S, C, E]
	folds  *folds[S]
}

// NewStreams lets the engine run one more kind of stream, and keep that many
// states in memory. There is one for each kind.
func NewStreams[S, C, E any](e *Engine, core Core[S, C, E], folds int) *Streams[S, C, E] {
	k := &Streams[S, C, E]{engine: e, core: core, folds: newFolds(folds, core.Kind, e.log, core.Apply)}
	e.feed.foreign(core.Kind, k.folds.outdated)
	return k
}

// Execute executes a command on a stream; see Engine.Conversation. What the
// contents say is sealed as that conversation's, with which it is erased.
func (k *Streams[S, C, E]) Execute(ctx context.Context, of id.Conversation, key string, cmd id.Command, actor string, c C, contents ...Content) (Result, error) {
	return k.execute(ctx, of, key, cmd, actor, c, contents)
}

// State returns a clone of a stream's fold. A stream without events gives the
// zero state.
func (k *Streams[S, C, E]) State(ctx context.Context, key string) (*S, error) {
	cell := k.folds.take(key)
	defer k.folds.put(cell)
	cell.mu.Lock()
	defer cell.mu.Unlock()
	s, err := k.folds.load(ctx, cell)
	if err != nil {
		return nil, err
	}
	return k.core.Clone(s), nil
}

// maxTries bounds how often a command is decided anew because another writer
// was faster. In one process nobody else writes.
const maxTries = 8

func (k *Streams[S, C, E]) execute(ctx context.Context, of id.Conversation, key string, cmd id.Command, actor string, c C, contents []Content) (Result, error) {
	e, stream := k.engine, eventlog.Stream{Kind: k.core.Kind, ID: key}
	cell := k.folds.take(key)
	defer k.folds.put(cell)
	cell.mu.Lock()
	defer cell.mu.Unlock()
	for range maxTries {
		s, err := k.folds.load(ctx, cell)
		if err != nil {
			return Result{}, err
		}
		if err := e.fresh(ctx, of, contents); err != nil {
			return e.first(ctx, stream, cmd, err)
		}
		filled, sealed, err := k.seal(s, of, c, contents) // anew at each try: a key may have been retired
		if err != nil {
			return Result{}, err
		}
		events, at, err := k.core.Decide(key, s, filled, e.Now())
		head := k.core.Head(s)
		if err != nil {
			return e.first(ctx, stream, cmd, err)
		}
		if len(events) == 0 {
			return e.nothing(ctx, stream, cmd, head.Rev)
		}
		encoded, err := k.core.Encode(events)
		if err != nil {
			return Result{}, err
		}
		commit := eventlog.Commit{Stream: stream, Rev: head.Rev + 1, PrevHash: head.Hash, ID: cmd, At: at, Actor: actor, Events: encoded}
		out := Result{}
		out.Conversation, out.Agent = typed(events)
		stored, again, err := e.append(ctx, commit, &flight{
			stream: stream, conversation: out.Conversation, agent: out.Agent, bodies: sealed.bodies, profile: sealed.profile,
		}, sealed.values)
		switch {
		case errors.Is(err, eventlog.ErrConflict):
			cell.state = nil
			continue
		case err != nil:
			return Result{}, fmt.Errorf("%s: %w", stream, err)
		case again:
			if stored.Stream == stream && stored.Rev > head.Rev {
				cell.state = nil // another writer executed it
			}
			return repeated(stream, stored)
		}
		k.core.Record(s, events, stored)
		out.Stored = stored
		return out, nil
	}
	return Result{}, fmt.Errorf("%s: %w", stream, ErrBusy)
}

// contents are what is sealed with a commit.
type sealedContents struct {
	values  []eventlog.Sealed
	bodies  []Content
	profile *Profile
}

// seal seals the contents and puts their references into the command.
func (k *Streams[S, C, E]) seal(s *S, of id.Conversation, c C, contents []Content) (C, sealedContents, error) {
	var out sealedContents
	for _, content := range contents {
		if content.Profile != nil {
			field := profileKey(k.core.Contact(s, c))
			plain, err := json.Marshal(content.Profile)
			if err != nil {
				return c, out, fmt.Errorf("seal a profile: %w", err)
			}
			sealed, _, err := k.engine.vault.Seal(field, plain)
			if err != nil {
				return c, out, fmt.Errorf("seal a profile: %w", err)
			}
			out.values, out.profile = append(out.values, sealed), content.Profile
			c = k.core.Fill(c, content, message.Ref{}, field)
			continue
		}
		plain, err := encodeBody(content.Body)
		if err != nil {
			return c, out, fmt.Errorf("seal a message: %w", err)
		}
		sealed, digest, err := k.engine.vault.Seal(vault.BodyKey(of, content.Message), plain)
		if err != nil {
			return c, out, fmt.Errorf("seal a message: %w", err)
		}
		sealed.Fresh = !content.Foreign
		out.values, out.bodies = append(out.values, sealed), append(out.bodies, content)
		c = k.core.Fill(c, content, reference(content.Body, digest), "")
	}
	return c, out, nil
}
