package guest

import (
	"errors"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/channel"
	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
)

// sweepOpen is how often conversations of guests who are not here are looked
// through for sessions that have run out.
const sweepOpen = time.Minute

// housekeeping ends what has run out. One goroutine does it for all sockets and
// sessions, so that none of them needs a timer.
func (h *Hub) housekeeping() {
	t := time.NewTicker(h.o.Every)
	defer t.Stop()
	h.catchUp()
	swept := h.now()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-t.C:
		}
		now := h.now()
		h.tendSockets(time.Now())
		h.tendSessions(now)
		h.tendUploads(now)
		if now.Sub(swept) >= sweepOpen {
			swept = now
			h.expireAbsent(now)
		}
	}
}

// catchUp records as sent what a hub that stopped had taken on and not pushed:
// the guest finds it in the history.
func (h *Hub) catchUp() {
	list := h.openConversations(conversation.Talking, conversation.Aside, conversation.AfterCall, conversation.Waiting, conversation.Alerting)
	over, err := h.o.Model.BegunSince(h.now().Add(-24*time.Hour), conversation.Done) // a survey comes after the end
	if err != nil {
		h.log.Error("ended conversations cannot be listed", "error", err)
	}
	for _, c := range append(list, over...) {
		st, err := h.o.Model.ConversationState(c)
		if err != nil || st.Channel != channel.Web {
			continue
		}
		for m, state := range st.Outstanding {
			if state == message.Sending && h.sessionOf(c) == nil {
				h.deliveries.put(delivery{c, m, message.Sent, ""})
			}
		}
	}
}

func (h *Hub) openConversations(phases ...conversation.Phase) []id.Conversation {
	if err := h.o.Model.WaitFor(h.ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return nil
	}
	out, err := h.o.Model.InPhase(phases...)
	if err != nil {
		h.log.Error("open conversations cannot be listed", "error", err)
	}
	return out
}

// tendSockets pings idle sockets, and closes those that are dead, never got a
// session, or do not answer a close.
func (h *Hub) tendSockets(now time.Time) {
	h.mu.Lock()
	sockets := make([]*conn, 0, len(h.sockets))
	for c := range h.sockets {
		sockets = append(sockets, c)
	}
	h.mu.Unlock()
	for _, c := range sockets {
		c.mu.Lock()
		idle := c.session == nil && now.Sub(c.left) > idleConfigure
		unanswered := !c.closing.IsZero() && now.Sub(c.closing) > closeGrace
		c.mu.Unlock()
		seen := c.seen.Load()
		quiet := time.Duration(now.UnixMilli()-max(seen, c.pinged)) * time.Millisecond
		switch {
		case unanswered, now.UnixMilli()-seen > 3*h.o.Ping.Milliseconds():
			c.drop()
		case idle:
			c.close(websocket.CloseNormalClosure)
		case quiet > h.o.Ping:
			c.pinged = now.UnixMilli()
			c.enqueue(outgoing{kind: websocket.PingMessage})
		}
	}
}

// tendSessions expires sessions in memory and forgets those without sockets.
func (h *Hub) tendSessions(now time.Time) {
	var expired []*session
	h.mu.Lock()
	for _, s := range h.sessions {
		s.mu.Lock()
		late := !s.fresh && !now.Before(s.expiry())
		unused := len(s.conns) == 0 && !s.leftAt.IsZero() && now.Sub(s.leftAt) > linger
		s.mu.Unlock()
		switch {
		case late:
			expired = append(expired, s)
		case unused:
			h.remove(s)
		}
	}
	h.mu.Unlock()
	for _, s := range expired {
		h.expireSession(s, now)
	}
}

// expireSession ends a session whose time has run out, unless a message came
// just now.
func (h *Hub) expireSession(s *session, now time.Time) {
	if !s.write.TryLock() {
		return // the guest is writing; look again later
	}
	defer s.write.Unlock()
	s.mu.Lock()
	late := !now.Before(s.expiry())
	s.mu.Unlock()
	if !late {
		return
	}
	if conv, open := s.last(); open {
		h.expire(conv)
	}
	h.mu.Lock()
	h.remove(s)
	h.mu.Unlock()
	for _, c := range h.detachAll(s, nil) {
		c.mu.Lock()
		c.expired = true
		c.mu.Unlock()
		c.send(web.SessionExpired())
	}
}

// expire ends a conversation whose session has run out.
func (h *Hub) expire(c id.Conversation) {
	_, err := h.o.Engine.Conversation(h.ctx, c, id.Command("expire-"+id.New()), "hub", conversation.Expire{})
	if err != nil && h.ctx.Err() == nil {
		h.log.Error("a conversation did not expire", "conversation", c, "error", err)
	}
}

// expireAbsent ends open conversations of guests who are not in memory and
// whose sessions have run out.
func (h *Hub) expireAbsent(now time.Time) {
	for _, c := range h.openConversations(conversation.Waiting, conversation.Alerting, conversation.Talking, conversation.Aside) {
		st, err := h.o.Model.ConversationState(c)
		if err != nil {
			if !errors.Is(err, readmodel.ErrNotFound) {
				h.log.Error("a conversation cannot be read", "conversation", c, "error", err)
			}
			continue
		}
		d := h.media[id.Deployment(st.Account)]
		if st.Channel == channel.Web && d != nil && h.sessionOf(c) == nil && !now.Before(lastAt(st).Add(d.Session())) {
			h.expire(c)
		}
	}
}
