package deskapi

import (
	"context"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// command executes one command and answers it.
func (s *socket) command(ctx context.Context, c protocol.Command) {
	if !wellFormed(string(c.ID)) {
		s.refuse(c.ID, protocol.Problem{Code: "malformed", Message: "a command's ID is 8 to 64 letters, digits and hyphens"})
		return
	}
	s.hub.o.Trail.Acting(c.ID, s.session)
	err := s.may(c)
	var result engine.Result
	if err == nil {
		result, err = s.execute(ctx, c)
	}
	if err == nil && result.Again && !s.own(c, result) {
		err = engine.ErrCommandReused
	}
	if err != nil {
		s.hub.Forbidden(ctx, s.session, err)
		s.refuse(c.ID, s.hub.problem(err))
		return
	}
	s.out.put(item{frame: &protocol.ToDesk{Ack: &protocol.Ack{ID: c.ID, Stream: result.Stream, Rev: result.Rev, Again: result.Again}}})
}

// own tells whether a command that was executed before is the one that the desk
// means: this agent's, and with the same message.
func (s *socket) own(c protocol.Command, first engine.Result) bool {
	if first.Actor != s.actor() {
		return false
	}
	sent, meant := engine.Messages(first.Conversation), written(c)
	if meant == "" {
		return len(sent) == 0
	}
	return len(sent) == 1 && sent[0] == meant
}

// written is the message or note that a command brings; "" if none.
func written(c protocol.Command) id.Message {
	switch {
	case c.Send != nil:
		return c.Send.Message
	case c.AddNote != nil:
		return c.AddNote.Note
	case c.Transfer != nil:
		return c.Transfer.Note
	}
	return ""
}

// wellFormed keeps IDs of desks apart from those that the hub derives.
func wellFormed(s string) bool {
	if len(s) < 8 || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' {
			return false
		}
	}
	return true
}

func (s *socket) execute(ctx context.Context, c protocol.Command) (engine.Result, error) {
	switch {
	case c.Presence != nil:
		return s.hub.o.Engine.Agent(ctx, s.agent, c.ID, s.actor(), agent.SetPresence{Presence: agent.Presence(c.Presence.Presence)})
	case c.Accept != nil:
		return s.do(ctx, c.ID, c.Accept.Conversation, conversation.Accept{Agent: s.agent, Communication: c.Accept.Communication})
	case c.Decline != nil:
		return s.do(ctx, c.ID, c.Decline.Conversation, conversation.Decline{Agent: s.agent, Communication: c.Decline.Communication})
	case c.Disconnect != nil:
		return s.do(ctx, c.ID, c.Disconnect.Conversation, conversation.Disconnect{Agent: s.agent, Communication: c.Disconnect.Communication})
	case c.WrapUp != nil:
		return s.do(ctx, c.ID, c.WrapUp.Conversation, conversation.WrapUp{Agent: s.agent, Communication: c.WrapUp.Communication, Code: c.WrapUp.Code})
	case c.MarkRead != nil:
		return s.do(ctx, c.ID, c.MarkRead.Conversation, conversation.MarkRead{Agent: s.agent, Inbound: c.MarkRead.Inbound})
	case c.Confirm != nil:
		return s.do(ctx, c.ID, c.Confirm.Conversation, conversation.Confirm{Agent: s.agent, Message: c.Confirm.Message})
	case c.Send != nil:
		return s.sendMessage(ctx, c.ID, *c.Send)
	}
	return s.handle(ctx, c)
}

func (s *socket) actor() string { return "agent:" + string(s.agent) }

func (s *socket) do(ctx context.Context, cmd id.Command, conv id.Conversation, c conversation.Command, contents ...engine.Content) (engine.Result, error) {
	if !wellFormed(string(conv)) {
		return engine.Result{}, conversation.ErrNotStarted
	}
	return s.hub.o.Engine.Conversation(ctx, conv, cmd, s.actor(), c, contents...)
}

func (s *socket) sendMessage(ctx context.Context, cmd id.Command, send protocol.Send) (engine.Result, error) {
	if !wellFormed(string(send.Message)) {
		return engine.Result{}, errMessageID
	}
	if !wellFormed(string(send.Conversation)) {
		return engine.Result{}, conversation.ErrNotStarted
	}
	body := send.Body
	body.Raw = "" // a channel's own content does not come from a desk
	if len(body.Buttons) > 0 {
		return engine.Result{}, errButtons
	}
	if len(body.Attachments) > maxAttachments {
		return engine.Result{}, errTooManyFiles
	}
	files := make([]id.Attachment, len(body.Attachments))
	for i, a := range body.Attachments {
		files[i] = a.ID
	}
	release, err := s.hub.o.Files.Hold(files...)
	if err != nil {
		return engine.Result{}, errUnknownFile
	}
	defer release()
	if err := s.files(ctx, send.Conversation, body.Attachments); err != nil {
		return engine.Result{}, err
	}
	result, err := s.do(ctx, cmd, send.Conversation, conversation.Send{Agent: s.agent, Message: send.Message},
		engine.Content{Message: send.Message, Body: body, Foreign: true})
	if err == nil {
		s.hub.o.Files.Sent(files...)
	}
	return result, err
}

// files replaces what the desk says of its files by what was uploaded, and
// checks them against the conversation's channel.
func (s *socket) files(ctx context.Context, conv id.Conversation, list []message.Attachment) error {
	if len(list) == 0 {
		return nil
	}
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err != nil {
		return err
	}
	limits := s.hub.o.Engine.Profile(state.Channel, state.Account).Capabilities
	for i, a := range list {
		stored, err := s.hub.uploadOf(a.ID)
		if err != nil || stored.Agent != s.agent {
			return errUnknownFile
		}
		if err := limits.Accept(stored.Attachment); err != nil {
			return err
		}
		list[i] = stored.Attachment
	}
	return nil
}
