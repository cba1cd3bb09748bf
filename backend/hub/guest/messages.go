package guest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/automation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

var errReadOnly = errors.New("the session is read-only")

// onMessage takes a guest's message or event.
func (c *conn) onMessage(s *session, r web.OnMessage) {
	if r.Message.AttributeBytes > maxAttributeBytes {
		c.fail(r.TracingID, web.CodeAttributesTooLarge, "custom attributes may have 2048 bytes in all", "attributes_too_large")
		return
	}
	switch r.Message.Kind {
	case web.Text:
		c.text(s, r)
	case web.Typing:
		c.typing(s, r)
	case web.Join:
		c.join(s, r)
	case web.Clear:
		c.clear(s, r)
	case web.Other:
		c.refused(web.CodeUnavailable, "event_without_meaning")
		c.send(web.ErrorFrame(r.TracingID, web.CodeUnavailable, "this event is not supported"))
	}
}

// text takes a message with text, files or an answer, and echoes it to all of
// the token's sockets once it is in the log.
func (c *conn) text(s *session, r web.OnMessage) {
	if c.limited(s.messages, r.TracingID, web.MessageRateTooHigh) {
		return
	}
	if len(r.Message.Text) > maxTextBytes {
		c.fail(r.TracingID, web.CodeMessageTooLong, "a message may have 4096 bytes", "message_too_long")
		return
	}
	s.write.Lock()
	defer s.write.Unlock()
	if c.in() != s && c.sessionFor(r.Head) == nil {
		return // cleared or expired while this waited
	}
	body := r.Message.Body()
	if code, why := c.hub.complete(s, &body); code != 0 {
		if !c.repeated(s, r, body) {
			c.fail(r.TracingID, code, why, "attachment")
		}
		return
	}
	res, err := c.hub.receive(s, r, body)
	if err != nil {
		c.failed(s, r.TracingID, err)
		return
	}
	s.touched(res.At)
	c.hub.sent(body)
	frame := c.hub.echoOf(r, res, body)
	if res.Again {
		c.send(frame) // the others have had it
		return
	}
	c.hub.push(s, frame, nil)
}

func (h *Hub) echoOf(r web.OnMessage, res engine.Result, body message.Body) []byte {
	var m id.Message
	if brought := engine.Messages(res.Conversation); len(brought) > 0 {
		m = brought[0]
	}
	return web.EchoFrame(r.TracingID, web.InboundEntity(m, res.At, body, h.files(body)))
}

// repeated echoes a message that is in the log already, although its uploads
// are forgotten: the hub was restarted, or they were sent long ago. It is false
// if there is no such message.
func (c *conn) repeated(s *session, r web.OnMessage, body message.Body) bool {
	if r.TracingID == "" {
		return false
	}
	h := c.hub
	res, err := h.o.Engine.Executed(h.ctx, h.command(s, r, body))
	if err != nil {
		if !errors.Is(err, eventlog.ErrNotFound) {
			h.log.Error("a repeated message cannot be looked up", "guest", s.guest, "error", err)
		}
		return false
	}
	brought := engine.Messages(res.Conversation)
	if len(brought) == 0 {
		return false
	}
	stored, err := h.o.Engine.Body(h.ctx, id.Conversation(res.Stream.ID), brought[0])
	if err != nil {
		h.log.Error("a repeated message cannot be opened", "guest", s.guest, "error", err)
		return false
	}
	c.send(h.echoOf(r, res, stored))
	return true
}

// failed answers a command that the engine refused.
func (c *conn) failed(s *session, tracing string, err error) {
	switch {
	case errors.Is(err, errReadOnly):
		c.fail(tracing, web.CodeReadOnly, web.BodyReadOnly, "read_only")
	case errors.Is(err, conversation.ErrNoSurvey), errors.Is(err, conversation.ErrScore):
		c.fail(tracing, web.CodeBadRequest, "this survey takes no such answer now", "survey_closed")
	case errors.Is(err, eventlog.ErrFull):
		c.hub.log.Error("a guest's message was refused", "guest", s.guest, "error", err)
		c.send(web.ErrorFrame(tracing, web.CodeUnexpected, "the message was not accepted: the server has no space left; try again later"))
	default:
		c.hub.log.Error("a guest's message was refused", "guest", s.guest, "error", err)
		c.send(web.ErrorFrame(tracing, web.CodeUnexpected, "the message was not accepted; try again"))
	}
}

// receive records a message in the session's conversation or its survey, or in
// a new conversation if there is none that takes it. s.write is held.
func (h *Hub) receive(s *session, r web.OnMessage, body message.Body) (engine.Result, error) {
	m := id.Message(id.New())
	cmd := h.command(s, r, body)
	content := []engine.Content{{Message: m, Body: body}}
	s.mu.Lock()
	earlier, readOnly, open := s.convs, s.readOnly, s.open
	s.mu.Unlock()
	if _, _, score := conversation.ScoreOf(body.Payload); score || !open {
		if res, answers, err := automation.Answer(h.ctx, h.o.Engine, earlier, cmd, s.actor(), m, body); answers || err != nil {
			return res, err
		}
	}
	profile, err := h.profile(s, r.Message.Attributes, len(earlier) == 0)
	if err != nil {
		return engine.Result{}, err
	}
	if profile != nil {
		content = append(content, engine.Content{Profile: profile})
	}
	res, err := h.receiveIn(s, earlier, cmd, m, content)
	if !errors.Is(err, conversation.ErrEnded) {
		return res, err
	}
	if readOnly {
		return engine.Result{}, errReadOnly
	}
	if profile == nil {
		if profile, err = h.profile(s, r.Message.Attributes, true); err != nil {
			return engine.Result{}, err
		}
		content = append(content, engine.Content{Profile: profile})
	}
	conv := id.Conversation(id.New())
	h.remember(s, conv, true)
	res, err = h.o.Engine.Conversation(h.ctx, conv, cmd, s.actor(), conversation.Receive{First: h.start(s), Message: m}, content...)
	if err != nil {
		h.forget(s, conv)
	}
	return res, err
}

// command names the command of a message; a repeated frame gives the same name.
func (h *Hub) command(s *session, r web.OnMessage, body message.Body) id.Command {
	if r.TracingID == "" {
		return id.Command("guest-" + id.New())
	}
	parts := []string{body.Text, body.Raw}
	for _, a := range body.Attachments {
		parts = append(parts, string(a.ID))
	}
	s.mu.Lock()
	before := s.before
	s.mu.Unlock()
	return h.keys.commandOf(s.guest, before, r.TracingID, parts...)
}

// receiveIn gives a message to the latest of the session's conversations, which
// takes it or knows it already. An earlier one may know it too, if it ended
// between the message and its repetition. ErrEnded means that none does.
func (h *Hub) receiveIn(s *session, convs []id.Conversation, cmd id.Command, m id.Message, content []engine.Content) (engine.Result, error) {
	for i := len(convs) - 1; i >= 0; i-- {
		res, err := h.o.Engine.Conversation(h.ctx, convs[i], cmd, s.actor(), conversation.Receive{Message: m}, content...)
		if errors.Is(err, eventlog.ErrDamaged) {
			h.log.Error("a conversation is damaged; its guest goes on in another", "conversation", convs[i], "error", err)
			continue
		}
		if !errors.Is(err, engine.ErrCommandReused) {
			return res, err
		}
	}
	return engine.Result{}, conversation.ErrEnded
}

func (h *Hub) start(s *session) *conversation.Start {
	priority, skills := h.o.Asks(s.deployment.Queue)
	return &conversation.Start{
		Channel: channel.Web, Account: string(s.deployment.ID), Contact: s.contact, Guest: s.guest, Queue: s.deployment.Queue,
		Priority: priority, Skills: skills,
	}
}

// profile gives what is to be stored of a contact: at the start of a
// conversation always, later only when its attributes say something new.
func (h *Hub) profile(s *session, attributes map[string]string, start bool) (*engine.Profile, error) {
	if !start && len(attributes) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(h.ctx, modelTimeout)
	defer cancel()
	known, err := h.o.Engine.ContactProfile(ctx, s.contact)
	switch {
	case errors.Is(err, eventlog.ErrDamaged): // the contact may write all the same
		h.log.Error("a contact's profile cannot be opened and is made anew", "contact", s.contact, "error", err)
	case err != nil:
		return nil, err
	}
	merged := maps.Clone(known.Attributes)
	if merged == nil && len(attributes) > 0 {
		merged = map[string]string{}
	}
	maps.Copy(merged, attributes)
	next := engine.Profile{Name: known.Name, Handle: label(s.guest), Attributes: merged}
	next.Name = cmp.Or(nameIn(attributes), next.Name, next.Handle)
	if !start && next.Name == known.Name && maps.Equal(merged, known.Attributes) {
		return nil, nil
	}
	return &next, nil
}

// label is what a guest without a name is called.
func label(g id.Guest) string { return "Guest " + strings.ToUpper(string(g[:4])) }

// maxName is how many bytes of a name that a client sends are kept.
const maxName = 200

// nameIn finds a person's name among custom attributes.
func nameIn(attributes map[string]string) string {
	name := attributes["name"]
	if name == "" {
		name = attributes["firstName"] + " " + attributes["lastName"]
	}
	return strings.TrimSpace(strings.ToValidUTF8(name[:min(len(name), maxName)], ""))
}

// typing tells the agent that the guest types. It is losable.
func (c *conn) typing(s *session, r web.OnMessage) {
	if !*c.deployment.ContactTyping {
		c.fail(r.TracingID, web.CodeForbidden, web.BodyTypingNotSupported, "typing_off")
		return
	}
	if conv, open := s.last(); open && c.hub.o.Typing != nil {
		c.hub.o.Typing(conv)
	}
}

// join begins a conversation without a first word.
func (c *conn) join(s *session, r web.OnMessage) {
	h := c.hub
	s.write.Lock()
	defer s.write.Unlock()
	if c.sessionFor(r.Head) == nil {
		return
	}
	s.mu.Lock()
	readOnly := s.readOnly
	s.mu.Unlock()
	if readOnly {
		c.failed(s, r.TracingID, errReadOnly)
		return
	}
	at := h.now()
	if _, open := s.last(); !open {
		started, err := h.begin(s, r.Message.Attributes)
		if err != nil {
			c.failed(s, r.TracingID, err)
			return
		}
		at = started
		s.touched(at)
	}
	h.push(s, web.EchoFrame(r.TracingID, web.PresenceEntity(string(s.guest), web.Join, at)), nil)
}

func (h *Hub) begin(s *session, attributes map[string]string) (time.Time, error) {
	profile, err := h.profile(s, attributes, true)
	if err != nil {
		return time.Time{}, err
	}
	conv := id.Conversation(id.New())
	h.remember(s, conv, true)
	res, err := h.o.Engine.Conversation(h.ctx, conv, id.Command("guest-"+id.New()), s.actor(), *h.start(s), engine.Content{Profile: profile})
	if err != nil {
		h.forget(s, conv)
		return time.Time{}, err
	}
	return res.At, nil
}

// clear ends the session at the guest's wish: echo, cleared, closed, in this
// order, to every socket of the token.
func (c *conn) clear(s *session, r web.OnMessage) {
	h := c.hub
	if !*c.deployment.Clear {
		c.fail(r.TracingID, web.CodeForbidden, web.BodyClearNotSupported, "clear_off")
		return
	}
	s.write.Lock()
	defer s.write.Unlock()
	if c.sessionFor(r.Head) == nil {
		return
	}
	at := h.now()
	if conv, _ := s.last(); conv != "" {
		res, err := h.o.Engine.Conversation(h.ctx, conv, id.Command("clear-"+id.New()), s.actor(), conversation.Clear{})
		if err != nil {
			c.failed(s, r.TracingID, err)
			return
		}
		at = res.At
		// The next session is read from the model, which must know of this.
		ctx, cancel := context.WithTimeout(h.ctx, modelTimeout)
		defer cancel()
		if err := h.o.Model.WaitFor(ctx, res.Position); err != nil {
			h.log.Error("the read model is behind", "error", fmt.Errorf("wait for a clear: %w", err))
		}
	}
	h.mu.Lock()
	h.remove(s)
	h.mu.Unlock()
	frames := [][]byte{
		web.EchoFrame(r.TracingID, web.PresenceEntity(string(s.guest), web.Clear, at)),
		web.SessionCleared(), web.ConnectionClosed(""),
	}
	for _, other := range h.detachAll(s, nil) {
		for _, f := range frames {
			other.send(f)
		}
		other.close(1000)
	}
}
