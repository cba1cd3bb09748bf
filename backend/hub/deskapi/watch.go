package deskapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"parley/backend/coach"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/monitor"
	"parley/backend/protocol"
)

// sight is why a desk sees a conversation; several reasons may hold at once.
type sight uint8

const (
	theirs  sight = 1 << iota // it alerts the agent, or they are or were connected
	watched                   // the agent monitors it on this desk
)

func monitorOf(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Monitor, ID: string(c)}
}

func conversationOf(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

func coachOf(c id.Communication) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Coach, ID: string(c)}
}

// watch takes what a desk watches from now on.
func (s *socket) watch(ctx context.Context, w protocol.Watch) {
	s.board.turn(w.Board && s.hub.seesBoard(s.agent))
	s.hub.tellBoards()
	want := w.Monitor
	if len(want) > protocol.MostMonitored {
		for _, conv := range want[protocol.MostMonitored:] {
			s.unwatched(conv, protocol.Problem{Code: "too_many", Message: "a desk monitors 20 conversations at most"})
		}
		want = want[:protocol.MostMonitored]
	}
	for _, conv := range s.hub.watchedOn(s) {
		if !slices.Contains(want, conv) {
			s.hub.leave(s, conv)
			s.hub.stopped(ctx, s.agent, conv, "")
		}
	}
	for _, conv := range want {
		if err := s.monitor(ctx, conv); err != nil {
			s.hub.Forbidden(ctx, s.session, err)
			s.unwatched(conv, s.hub.problem(err))
		}
	}
}

func (s *socket) unwatched(conv id.Conversation, p protocol.Problem) {
	s.hub.log.Info("a conversation is not monitored", "agent", s.agent, "conversation", conv, "code", p.Code)
	s.out.put(item{frame: &protocol.ToDesk{Unwatched: &protocol.Unwatched{Conversation: conv, Problem: p}}})
}

// monitor lets this desk see a conversation that its agent may monitor.
func (s *socket) monitor(ctx context.Context, conv id.Conversation) error {
	h := s.hub
	state, err := person{h, s.agent}.of(ctx, conv, org.Monitor)
	if err != nil {
		return err
	}
	if h.sees(s, conv)&watched != 0 {
		return nil
	}
	if _, err := h.monitors.Execute(ctx, conv, string(conv), id.Command(id.New()), s.actor(), monitor.Start{By: s.agent}); err != nil {
		return err
	}
	h.mu.Lock()
	h.view(conv, s, watched)
	h.mu.Unlock()
	s.out.put(item{follow: conversationOf(conv)})
	s.out.put(item{follow: monitorOf(conv)})
	if state.Leg != nil {
		s.out.put(item{follow: coachOf(state.Leg.Communication)})
	}
	return nil
}

// leave takes a monitored conversation from a desk.
func (h *Hub) leave(s *socket, conv id.Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.views[conv]&watched == 0 {
		return
	}
	left := h.unview(conv, s, watched)
	s.out.put(item{unwatch: conv, keep: left != 0, pos: h.o.Engine.Position()})
}

// stopped ends a monitoring in the log, unless another desk of the agent goes on.
func (h *Hub) stopped(ctx context.Context, a id.Agent, conv id.Conversation, reason string) {
	if h.watches(a, conv) {
		return
	}
	_, err := h.monitors.Execute(ctx, conv, string(conv), id.Command(id.New()), actor(a), monitor.End{By: a, Reason: reason})
	if err != nil {
		h.log.Error("the end of a monitoring could not be recorded", "agent", a, "conversation", conv, "error", err)
	}
}

// lapse ends a monitoring whose desk has gone and does not come back in time.
func (h *Hub) lapse(a id.Agent, conv id.Conversation) {
	grace := time.NewTimer(h.o.Config.Grace())
	defer grace.Stop()
	select {
	case <-h.ctx.Done():
	case <-grace.C:
		h.stopped(h.ctx, a, conv, "disconnected")
	}
}

// lapseEarlier does so for what an earlier life of the hub left open.
func (h *Hub) lapseEarlier() {
	select {
	case <-h.ctx.Done():
		return
	case <-h.o.Board.Ready():
	}
	for conv, agents := range h.o.Board.Watching() {
		for _, a := range agents {
			if !h.watches(a, conv) {
				h.work.Go(func() { h.lapse(a, conv) })
			}
		}
	}
}

// reviewLoop ends what may no longer be monitored: because it was moved to another
// queue, or because the organisation changed.
func (h *Hub) reviewLoop() {
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.review:
		}
		for _, s := range h.desks() {
			for _, conv := range h.watchedOn(s) {
				_, err := person{h, s.agent}.of(h.ctx, conv, org.Monitor)
				if !errors.Is(err, org.ErrForbidden) {
					continue // it may be, or that cannot be told now
				}
				h.leave(s, conv)
				h.stopped(h.ctx, s.agent, conv, "not_allowed")
				s.unwatched(conv, h.problem(err))
			}
		}
	}
}

// moved lets reviewLoop look again if somebody monitors a conversation.
func (h *Hub) moved(conv id.Conversation) {
	h.mu.RLock()
	seen := slices.ContainsFunc(h.viewers[conv], func(s *socket) bool { return s.views[conv]&watched != 0 })
	h.mu.RUnlock()
	if seen {
		h.reviewWatched()
	}
}

// reviewWatched lets reviewLoop look again.
func (h *Hub) reviewWatched() {
	select {
	case h.review <- struct{}{}:
	default:
	}
}

// watches says whether an agent monitors a conversation on any desk.
func (h *Hub) watches(a id.Agent, conv id.Conversation) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.ContainsFunc(h.agents[a], func(s *socket) bool { return s.views[conv]&watched != 0 })
}

// watchedOn lists what a desk monitors.
func (h *Hub) watchedOn(s *socket) []id.Conversation {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []id.Conversation
	for conv, why := range s.views {
		if why&watched != 0 {
			out = append(out, conv)
		}
	}
	slices.Sort(out)
	return out
}

// watchedBy lists what an agent monitors on any desk.
func (h *Hub) watchedBy(a id.Agent) []id.Conversation {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []id.Conversation
	for _, s := range h.agents[a] {
		for conv, why := range s.views {
			if why&watched != 0 {
				out = append(out, conv)
			}
		}
	}
	return out
}

// sees says why a desk sees a conversation; 0 if it does not.
func (h *Hub) sees(s *socket, conv id.Conversation) sight {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return s.views[conv]
}

// followBeside hands a commit of a stream beside a conversation to the desks that
// may see it: who monitors, and of coaching the agent whose leg it is.
func (h *Hub) followBeside(c *engine.Commit) {
	conv, coached := id.Conversation(c.Stream.ID), id.Agent("")
	if c.Stream.Kind == eventlog.Coach {
		for _, e := range c.Events {
			if said, ok := coach.Decode(e).(coach.Message); ok {
				conv, coached = said.Conversation, said.Agent
			}
		}
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.viewers[conv] {
		if s.views[conv]&watched != 0 || s.agent == coached {
			s.out.put(item{commit: c})
		}
	}
}

// beside lists the streams beside conversations that a desk may see when it
// connects: of what it monitors all, and the coaching of the agent's own legs.
func (s *socket) beside(ctx context.Context, held []protocol.Held) ([]eventlog.Stream, error) {
	var out []eventlog.Stream
	legs := map[id.Conversation]bool{}
	for _, conv := range s.hub.watchedOn(s) {
		out = append(out, monitorOf(conv))
		legs[conv] = true
	}
	own, err := s.hub.o.Engine.AgentState(ctx, s.agent)
	if err != nil {
		return nil, err
	}
	for _, r := range own.Reservations {
		legs[r.Conversation] = true
	}
	for _, h := range held { // a parked leg holds no capacity
		if h.Stream.Kind != eventlog.Coach {
			continue
		}
		said, err := s.hub.coaching.State(ctx, h.Stream.ID)
		if err != nil {
			return nil, err
		}
		legs[said.Conversation] = true
	}
	for conv := range legs {
		leg, err := s.coachable(ctx, conv)
		if err != nil {
			return nil, err
		}
		if leg != "" {
			out = append(out, coachOf(leg))
		}
	}
	return out, nil
}

// coachable is the leg of a conversation whose coaching this desk may see; "" if
// there is none, or not a word yet.
func (s *socket) coachable(ctx context.Context, conv id.Conversation) (id.Communication, error) {
	if conv == "" {
		return "", nil
	}
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil || state.Leg == nil || state.Phase == conversation.Done {
		return "", err
	}
	if state.Leg.Agent != s.agent && s.hub.sees(s, conv)&watched == 0 {
		return "", nil
	}
	said, err := s.hub.coaching.State(ctx, string(state.Leg.Communication))
	if err != nil || said.Messages == 0 {
		return "", err
	}
	return state.Leg.Communication, nil
}
