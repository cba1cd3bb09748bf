package guest

import (
	"errors"
	"net/http"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// maxDeliveries is how many delivery states are written at a time; the log
// syncs those together that come together.
const maxDeliveries = 64

// delivery is a state of an outbound message that is to be recorded.
type delivery struct {
	conv    id.Conversation
	message id.Message
	state   message.Delivery
	reason  string
}

// follow takes one commit, in order, from the engine.
func (h *Hub) follow(c *engine.Commit) {
	if c.Stream.Kind != eventlog.Conversation {
		return
	}
	conv := id.Conversation(c.Stream.ID)
	s := h.sessionOf(conv)
	var agent id.Agent
	for _, e := range c.Conversation {
		switch e := e.(type) {
		case conversation.MessageSent:
			h.outbound(s, conv, c, e)
		case conversation.Disconnected:
			agent = e.Agent
		case conversation.Ended:
			if s != nil {
				h.ended(s, conv, agent, e.Reason, c.At)
			}
		}
	}
}

// outbound pushes an agent's message and records how far it came.
func (h *Hub) outbound(s *session, conv id.Conversation, c *engine.Commit, e conversation.MessageSent) {
	if s == nil {
		if st, err := h.o.Engine.ConversationState(h.ctx, conv); err == nil && st.Channel == channel.Web {
			h.deliveries.put(delivery{conv, e.Message, message.Sent, ""})
		}
		return
	}
	s.touched(c.At)
	body, ok := c.Body(e.Message)
	if !ok {
		h.log.Error("an outbound message has no content", "conversation", conv, "message", e.Message)
		return
	}
	task := channel.SendMessage{
		Message: e.Message, To: string(s.guest), Body: body, FileURL: h.urls(body),
		From: h.o.AgentName(e.Agent), At: c.At, Automatic: e.Auto != "",
	}
	h.perform(s, task, func(r *channel.Receipt) {
		h.deliveries.put(delivery{conv, e.Message, r.State, r.Reason})
	})
}

// perform does a task of the connector: pushes its frame and gives the receipt
// to done, which may be nil.
func (h *Hub) perform(s *session, task channel.Task, done func(*channel.Receipt)) {
	account := channel.Account{Kind: channel.Web, ID: string(s.deployment.ID), Name: s.deployment.Name}
	step, err := web.Connector{}.Next(account, task, nil, h.now())
	if err != nil || step.Push == nil {
		h.log.Error("web messaging has no frame for a task", "error", err)
		return
	}
	if done == nil {
		h.push(s, step.Push, nil)
		return
	}
	h.push(s, step.Push, func(written bool) {
		made := channel.Exchange{Step: step, Status: http.StatusOK}
		if !written {
			made.Status, made.Err = 0, "no socket"
		}
		last, err := web.Connector{}.Next(account, task, []channel.Exchange{made}, h.now())
		if err != nil || last.Done == nil {
			h.log.Error("web messaging has no receipt for a task", "error", err)
			return
		}
		done(last.Done)
	})
}

// deliver records a delivery state.
func (h *Hub) deliver(d delivery) {
	cmd := engine.FollowUp("deliver", string(d.state), string(d.message))
	reason := ""
	if d.state == message.Failed {
		reason = d.reason
	}
	_, err := h.o.Engine.Conversation(h.ctx, d.conv, cmd, "hub", conversation.Deliver{Message: d.message, State: d.state, Reason: reason})
	if err != nil && h.ctx.Err() == nil && !errors.Is(err, conversation.ErrNotStarted) {
		h.log.Error("a delivery was not recorded", "conversation", d.conv, "message", d.message, "error", err)
	}
}

// ended tells the guest that the agent ended the conversation. What the guest
// ended is answered where it was asked for.
func (h *Hub) ended(s *session, conv id.Conversation, agent id.Agent, reason string, at time.Time) {
	s.mu.Lock()
	latest := len(s.convs) > 0 && s.convs[len(s.convs)-1] == conv
	mode := s.deployment.Disconnect
	if latest {
		s.open = false
		s.readOnly = mode == "ReadOnly" && reason == "agent"
	}
	s.mu.Unlock()
	if !latest || reason != "agent" || mode == "Off" {
		return
	}
	h.perform(s, channel.SendDisconnect{To: string(s.guest), From: h.o.AgentName(agent), At: at, ReadOnly: mode == "ReadOnly"}, nil)
}

// arrived records that a guest has loaded outbound messages that were waiting.
func (h *Hub) arrived(conv id.Conversation, messages []id.Message) {
	st, err := h.o.Engine.ConversationState(h.ctx, conv)
	if err != nil {
		h.log.Error("a conversation cannot be read", "conversation", conv, "error", err)
		return
	}
	for _, m := range messages {
		if _, waiting := st.Outstanding[m]; waiting {
			h.deliveries.put(delivery{conv, m, message.Delivered, ""})
		}
	}
}
