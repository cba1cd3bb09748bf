package acd

import (
	"context"
	"slices"
	"sync"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/routing"
)

// atOnce is how many agents are offered something at the same time: the log
// writes together whatever waits for it.
const atOnce = 16

// match offers what can be offered.
func (r *Router) match(ctx context.Context, now time.Time) {
	r.changed = false
	offers := r.board.Match(now)
	if len(offers) == 0 {
		return
	}
	for part := range slices.Chunk(offers, atOnce) {
		outcomes := make([]outcome, len(part))
		var all sync.WaitGroup
		for i, o := range part {
			all.Go(func() { outcomes[i] = r.offer(ctx, o) })
		}
		all.Wait()
		failed := false
		for i, o := range part {
			failed = !r.note(ctx, o, outcomes[i]) || failed
		}
		if failed {
			r.changed = true
			return
		}
	}
}

// outcome is what came of an offer.
type outcome struct {
	reservation     id.Communication
	reserved, given engine.Result
	onAgent, onConv error
}

// offer reserves and offers. It touches nothing of the router's.
func (r *Router) offer(ctx context.Context, o routing.Offer) outcome {
	cmd := id.Command(id.New())
	m := outcome{reservation: attempt(cmd, 0)}
	reserve := agent.Reserve{Communication: m.reservation, Conversation: o.Conversation, Channel: o.Channel}
	if m.reserved, m.onAgent = r.o.Engine.Agent(ctx, o.Agent, reserving(m.reservation), Actor, reserve); m.onAgent != nil {
		return m
	}
	offer := conversation.Offer{Communication: m.reservation, Agent: o.Agent, Why: o.Words()}
	m.given, m.onConv = r.o.Engine.Conversation(ctx, o.Conversation, cmd, Actor, offer)
	return m
}

// note takes up what came of an offer. It is false if the log is in trouble.
func (r *Router) note(ctx context.Context, o routing.Offer, m outcome) bool {
	switch {
	case m.onAgent != nil && r.refused(m.onAgent):
		return true // the agent changed a moment ago; the feed will tell
	case m.onAgent != nil:
		r.failed(ctx, "reserve", m.onAgent)
		return false
	}
	r.did(m.reserved)
	switch {
	case m.onConv == nil && takes(m.given, m.reservation):
		r.did(m.given)
		return true
	case m.onConv == nil || r.refused(m.onConv):
		r.release(leg{agent: o.Agent, reservation: m.reservation}, "withdrawn", false)
		r.poke()
		return true // the contact left a moment ago
	}
	// Nobody knows whether it came to be; if not, the reservation lapses.
	r.failed(ctx, "offer", m.onConv)
	return false
}

// Explain tells why a waiting conversation goes to whom, or to nobody yet.
func (r *Router) Explain(ctx context.Context, c id.Conversation) (routing.Explanation, error) {
	answer := make(chan routing.Explanation, 1)
	ask := func() { answer <- r.board.Explain(c, r.o.Engine.Now()) }
	select {
	case r.asks <- ask:
		return <-answer, nil
	case <-ctx.Done():
		return routing.Explanation{}, ctx.Err()
	}
}
