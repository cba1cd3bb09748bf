package deskapi

import (
	"context"
	"errors"

	"parley/backend/agent"
	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/hub/auth"
	"parley/backend/id"
	"parley/backend/protocol"
)

// may says whether a user may do what a command does with interactions of their
// own. What reaches others' is checked where it is executed, by its queue or agent.
func (s *socket) may(c protocol.Command) error {
	var a org.Action
	switch {
	case c.Presence != nil && agent.Presence(c.Presence.Presence) != agent.OnQueue:
		return nil // anybody may say how they are
	case c.Presence != nil, c.Accept != nil, c.Decline != nil, c.Disconnect != nil, c.WrapUp != nil, c.AskHelp != nil, c.EndHelp != nil, c.SetQueue != nil:
		a = org.Answer
	case c.Send != nil, c.Confirm != nil, c.MarkRead != nil:
		a = org.Send
	case c.Transfer != nil:
		a = org.Transfer
	case c.Park != nil, c.Unpark != nil:
		a = org.Park
	case c.AddNote != nil:
		a = org.Note
	default:
		return nil
	}
	return s.hub.o.Organisation.View().Organisation.May(s.agent, a, "")
}

// mayPull says whether a user may take a conversation out of its queue: one of
// their own, unless it waits for them.
func (s *socket) mayPull(ctx context.Context, conv id.Conversation) error {
	if !wellFormed(string(conv)) {
		return nil // there is none, and that is the answer
	}
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		return err
	}
	o := &s.hub.o.Organisation.View().Organisation
	if state.For == s.agent {
		return o.May(s.agent, org.Answer, "")
	}
	return o.May(s.agent, org.Pull, state.Queue)
}

// Forbidden records a refusal for want of a right; other errors it leaves alone.
func (h *Hub) Forbidden(ctx context.Context, who auth.Session, err error) {
	if !errors.Is(err, org.ErrForbidden) {
		return
	}
	r := audit.Record{Who: actor(who.Agent), Detail: "forbidden", Session: who.ID, Device: who.Device}
	var refusal *org.Refusal
	if errors.As(err, &refusal) {
		r.Action = string(refusal.Action)
		if refusal.Queue != "" {
			r.Subject = append(r.Subject, "queue "+string(refusal.Queue))
		}
		if refusal.Other != "" {
			r.Subject = append(r.Subject, "agent "+string(refusal.Other))
		}
	}
	h.o.Trail.Refused(ctx, r)
}

// signInRefused records a refused sign-in. The name is recorded if it is a
// user's: whoever errs may have typed a password there.
func (h *Hub) signInRefused(ctx context.Context, in protocol.SignIn, why string) {
	r := audit.Record{Action: audit.SignIn, Detail: why, Subject: []string{"an unknown user"}}
	if _, known := h.o.Organisation.View().User(id.Agent(in.User)); known {
		r.Who, r.Subject = actor(id.Agent(in.User)), nil
	}
	h.o.Trail.Refused(ctx, r)
}

// record records what a session does. Nobody waits outside because the disk is
// full: it is logged then.
func (h *Hub) record(ctx context.Context, who auth.Session, action string) {
	r := audit.Record{Who: actor(who.Agent), Action: action, Outcome: audit.Done, Session: who.ID, Device: who.Device}
	if err := h.o.Trail.Record(ctx, r); err != nil {
		h.log.Error("the audit log lacks a record", "agent", who.Agent, "action", action, "error", err)
	}
}

func actor(a id.Agent) string { return "agent:" + string(a) }
