package deskapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/coach"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/monitor"
	"parley/backend/protocol"
)

// Errors of steering.
var (
	errNotCoached  = errors.New("nobody coaches you in this interaction")
	errNotWatching = errors.New("monitor the conversation to coach its agent")
	errNoLeg       = errors.New("no agent has this conversation now")
)

// person is somebody who acts, whether on a socket or by a call.
type person struct {
	hub   *Hub
	agent id.Agent
}

func (p person) actor() string { return actor(p.agent) }

// rights is the organisation as it is now, which says who may do what.
func (h *Hub) rights() *org.Organisation { return &h.o.Organisation.View().Organisation }

// steer executes what a supervisor does with conversations and agents of others,
// and what an agent answers to a coach.
func (p person) steer(ctx context.Context, c protocol.Command) (engine.Result, error) {
	switch {
	case c.TakeOver != nil:
		if _, err := p.of(ctx, c.TakeOver.Conversation, org.TakeOver); err != nil {
			return engine.Result{}, err
		}
		return p.hub.o.Routing.TakeOver(ctx, c.ID, p.agent, c.TakeOver.Conversation)
	case c.Reassign != nil:
		return p.reassign(ctx, c.ID, *c.Reassign)
	case c.SetPriority != nil:
		return p.do(ctx, c.ID, c.SetPriority.Conversation, org.SetPriority, conversation.SetPriority{By: p.agent, Priority: c.SetPriority.Priority})
	case c.CutOff != nil:
		return p.do(ctx, c.ID, c.CutOff.Conversation, org.DisconnectOther, conversation.Disconnect{Agent: p.agent, Steer: true})
	case c.CloseHelp != nil:
		return p.do(ctx, c.ID, c.CloseHelp.Conversation, org.Monitor, conversation.EndHelp{By: p.agent})
	case c.SetStatus != nil:
		if err := p.hub.rights().MayWith(p.agent, org.SetStatus, c.SetStatus.Agent); err != nil {
			return engine.Result{}, err
		}
		return p.hub.o.Engine.Agent(ctx, c.SetStatus.Agent, c.ID, p.actor(),
			agent.SetPresence{Presence: agent.Presence(c.SetStatus.Presence), By: p.agent})
	case c.SetMembership != nil:
		return p.setMembership(ctx, c.ID, *c.SetMembership)
	case c.Coach != nil:
		return p.coach(ctx, c.ID, *c.Coach)
	}
	return engine.Result{}, errUnknownCommand
}

// of returns a conversation that the person may do something with.
func (p person) of(ctx context.Context, conv id.Conversation, a org.Action) (*conversation.State, error) {
	if !wellFormed(string(conv)) {
		return nil, conversation.ErrNotStarted
	}
	if p.hub.rights().Reach(p.agent, a) == org.Nowhere { // who may nothing learns nothing
		return nil, org.ErrForbidden
	}
	s, err := p.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		return nil, err
	}
	if s.Phase == conversation.New {
		return nil, conversation.ErrNotStarted
	}
	return s, p.hub.rights().May(p.agent, a, s.Queue)
}

func (p person) do(ctx context.Context, cmd id.Command, conv id.Conversation, a org.Action, c conversation.Command) (engine.Result, error) {
	if _, err := p.of(ctx, conv, a); err != nil {
		return engine.Result{}, err
	}
	return p.hub.o.Engine.Conversation(ctx, conv, cmd, p.actor(), c)
}

// reassign moves a conversation; one that waits is assigned.
func (p person) reassign(ctx context.Context, cmd id.Command, r protocol.Reassign) (engine.Result, error) {
	rights := p.hub.rights()
	if _, known := rights.Queue(r.Queue); r.Queue != "" && !known {
		return engine.Result{}, errNoQueue
	}
	if _, known := rights.User(r.To); r.To != "" && !known {
		return engine.Result{}, errNoAgent
	}
	s, err := p.of(ctx, r.Conversation, org.Reassign)
	if s != nil && (s.Phase == conversation.Waiting || s.Phase == conversation.Alerting) {
		err = rights.May(p.agent, org.Assign, s.Queue)
	}
	if err != nil {
		return engine.Result{}, err
	}
	move := conversation.Transfer{By: p.agent, Steer: true, Queue: r.Queue, To: r.To}
	if target, other := rights.Queue(r.Queue); other && r.Queue != s.Queue {
		move.Skills = target.Asks()
	}
	return p.hub.o.Engine.Conversation(ctx, r.Conversation, cmd, p.actor(), move)
}

func (p person) setMembership(ctx context.Context, cmd id.Command, m protocol.SetMembership) (engine.Result, error) {
	rights := p.hub.rights()
	if err := rights.May(p.agent, org.SetMembership, m.Queue); err != nil {
		return engine.Result{}, err
	}
	if q, _ := rights.Queue(m.Queue); !slices.Contains(q.Members, m.Agent) {
		return engine.Result{}, errNotMember
	}
	return p.hub.o.Engine.Agent(ctx, m.Agent, cmd, p.actor(), agent.SetQueue{Queue: m.Queue, Join: m.Join, By: p.agent})
}

// coach writes to whoever has the conversation, or as them to those who coach.
func (p person) coach(ctx context.Context, cmd id.Command, c protocol.Coach) (engine.Result, error) {
	if !wellFormed(string(c.Message)) {
		return engine.Result{}, errMessageID
	}
	if !wellFormed(string(c.Conversation)) {
		return engine.Result{}, conversation.ErrNotStarted
	}
	if len(c.Text) > coach.MaxBytes {
		return engine.Result{}, coach.ErrTooLong
	}
	s, err := p.hub.o.Engine.ConversationState(ctx, c.Conversation)
	if err != nil {
		return engine.Result{}, err
	}
	leg, err := p.coached(ctx, s)
	if err != nil {
		return engine.Result{}, err
	}
	say := coach.Say{Conversation: c.Conversation, Message: c.Message, By: p.agent, Agent: leg.Agent}
	r, err := p.hub.coaching.Execute(ctx, c.Conversation, string(leg.Communication), cmd, p.actor(), say,
		engine.Content{Message: c.Message, Body: message.Body{Text: c.Text}, Foreign: true})
	if err == nil && r.Again && !slices.ContainsFunc(r.Events, func(e eventlog.Event) bool {
		said, ok := coach.Decode(e).(coach.Message)
		return ok && said.Message == c.Message && said.By == p.agent
	}) {
		err = engine.ErrCommandReused
	}
	return r, err
}

// coached is the leg about which the person may write.
func (p person) coached(ctx context.Context, s *conversation.State) (*conversation.Leg, error) {
	if s.Leg == nil || (s.Holder() == "" && !s.Leg.WrapUpDue) || s.Phase == conversation.Alerting {
		if p.hub.watches(p.agent, s.ID) {
			return nil, errNoLeg
		}
		return nil, errNotCoached
	}
	if s.Leg.Agent == p.agent {
		said, err := p.hub.coaching.State(ctx, string(s.Leg.Communication))
		if err == nil && said.Messages == 0 {
			err = errNotCoached
		}
		return s.Leg, err
	}
	if err := p.hub.rights().May(p.agent, org.Coach, s.Queue); err != nil {
		return nil, err
	}
	if !p.hub.watches(p.agent, s.ID) {
		return nil, errNotWatching
	}
	return s.Leg, nil
}

// coachCore and monitorCore are how the engine runs these streams.
func coachCore() engine.Core[coach.State, coach.Say, coach.Event] {
	return engine.Core[coach.State, coach.Say, coach.Event]{
		Kind: eventlog.Coach, Apply: (*coach.State).Apply, Clone: (*coach.State).Clone, Encode: coach.Encode,
		Decide: func(_ string, s *coach.State, c coach.Say, now time.Time) ([]coach.Event, time.Time, error) {
			events, err := coach.Decide(s, c)
			return events, now, err
		},
		Head: func(s *coach.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *coach.State, events []coach.Event, c eventlog.Stored) {
			for _, e := range events {
				s.Record(e, c.At)
			}
			s.ID, s.Rev, s.Hash = id.Communication(c.Stream.ID), c.Rev, c.Hash
		},
		Fill: func(c coach.Say, _ engine.Content, ref message.Ref, _ string) coach.Say {
			c.Body = ref
			return c
		},
	}
}

func monitorCore() engine.Core[monitor.State, monitor.Command, monitor.Event] {
	return engine.Core[monitor.State, monitor.Command, monitor.Event]{
		Kind: eventlog.Monitor, Apply: (*monitor.State).Apply, Clone: (*monitor.State).Clone, Encode: monitor.Encode,
		Decide: func(_ string, s *monitor.State, c monitor.Command, now time.Time) ([]monitor.Event, time.Time, error) {
			events, err := monitor.Decide(s, c)
			return events, now, err
		},
		Head: func(s *monitor.State) eventlog.Head { return eventlog.Head{Rev: s.Rev, Hash: s.Hash} },
		Record: func(s *monitor.State, events []monitor.Event, c eventlog.Stored) {
			for _, e := range events {
				s.Record(e, c.At)
			}
			s.ID, s.Rev, s.Hash = id.Conversation(c.Stream.ID), c.Rev, c.Hash
		},
	}
}

// maxCommand bounds the body of a call.
const maxCommand = 64 << 10

// call executes a command that somebody waits for.
func (h *Hub) call(w http.ResponseWriter, r *http.Request, who signedIn) {
	var c protocol.Command
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand)).Decode(&c) != nil || !wellFormed(string(c.ID)) {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "the body must be a command with an ID of 8 to 64 letters, digits and hyphens"})
		return
	}
	h.o.Trail.Acting(c.ID, who.session)
	p := person{h, who.session.Agent}
	result, err := p.steer(r.Context(), c)
	if err == nil && result.Again && result.Actor != p.actor() {
		err = engine.ErrCommandReused
	}
	if err != nil {
		h.refused(w, r, who, err)
		return
	}
	answer(w, http.StatusOK, protocol.Ack{ID: c.ID, Stream: result.Stream, Rev: result.Rev, Again: result.Again})
}

// refused answers a call that was not done, and says why.
func (h *Hub) refused(w http.ResponseWriter, r *http.Request, who signedIn, err error) {
	h.Forbidden(r.Context(), who.session, err)
	p := h.problem(err)
	h.log.Info("a desk's call was refused", "agent", who.session.Agent, "path", r.URL.Path, "code", p.Code)
	status := http.StatusConflict
	switch {
	case errors.Is(err, org.ErrForbidden):
		status = http.StatusForbidden
	case p.Code == "not_found":
		status = http.StatusNotFound
	case p.Code == "internal":
		status = http.StatusInternalServerError
	case p.Retry:
		status = http.StatusServiceUnavailable
	}
	answer(w, status, p)
}
