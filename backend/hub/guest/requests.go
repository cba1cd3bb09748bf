package guest

import (
	"errors"
	"time"

	"golang.org/x/time/rate"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/id"
)

// wait says how long a request must wait under a limit; 0 lets it pass. A
// limiter that is nil limits nothing.
func wait(l *rate.Limiter, now time.Time) time.Duration {
	if l == nil {
		return 0
	}
	r := l.ReserveN(now, 1)
	d := r.DelayFrom(now)
	if d > 0 {
		r.CancelAt(now)
	}
	return d
}

// limited answers a request over a limit.
func (c *conn) limited(l *rate.Limiter, tracing, message string) bool {
	d := wait(l, c.hub.now())
	if d <= 0 {
		return false
	}
	c.refused(web.CodeTooManyRequests, "rate")
	c.send(web.TooManyRequests(tracing, d, message))
	return true
}

// handle answers one frame.
func (c *conn) handle(frame []byte) {
	req, err := web.ParseRequest(frame)
	if err != nil {
		code, tracing := web.CodeBadRequest, ""
		var f *web.FrameError
		if errors.As(err, &f) {
			code, tracing = f.Code, f.TracingID
			err = errors.New(f.Message)
		}
		if !c.limited(c.requests, tracing, web.RequestRateTooHigh) {
			c.fail(tracing, code, err.Error(), "malformed")
		}
		return
	}
	head := web.HeadOf(req)
	if c.limited(c.requests, head.TracingID, web.RequestRateTooHigh) {
		return
	}
	if err := checkToken(head.Token); err != nil {
		c.fail(head.TracingID, web.CodeBadRequest, err.Error(), "weak_token")
		return
	}
	switch r := req.(type) {
	case web.ConfigureSession:
		c.configure(r)
		return
	case web.GetConfiguration:
		if r.Deployment != "" && r.Deployment != string(c.deployment.ID) {
			c.fail(head.TracingID, web.CodeForbidden, "this connection belongs to another deployment", "other_deployment")
			return
		}
		c.send(web.ConfigurationFrame(head.TracingID, c.hub.configurationBody(c.deployment)))
		return
	case web.Unbuilt:
		c.fail(head.TracingID, web.CodeUnavailable, "the action "+r.Action+" is not available here", "unbuilt")
		return
	case web.OnMessage, web.OnAttachment, web.GetAttachment, web.DeleteAttachment, web.CloseSession, web.Echo, web.GetJWT:
	}
	s := c.sessionFor(head)
	if s == nil {
		return
	}
	switch r := req.(type) {
	case web.OnMessage:
		c.onMessage(s, r)
	case web.OnAttachment:
		c.onAttachment(s, r)
	case web.GetAttachment:
		c.getAttachment(s, r)
	case web.DeleteAttachment:
		c.deleteAttachment(s, r)
	case web.CloseSession:
		c.closeSession(s, r)
	case web.Echo:
		c.echo(s, r)
	case web.GetJWT:
		exp := c.hub.now().Add(jwtLife)
		jwt := c.hub.keys.jwtOf(claims{Deployment: c.deployment.ID, Guest: s.guest, Expires: exp.Unix()})
		c.send(web.JWTFrame(r.TracingID, jwt, exp))
	case web.ConfigureSession, web.GetConfiguration, web.Unbuilt: // answered above
	}
}

// jwtLife is how long a history token holds.
const jwtLife = 15 * time.Minute

// sessionFor gives the session that this socket has configured with the token
// of the request, or answers why there is none.
func (c *conn) sessionFor(head web.Head) *session {
	c.mu.Lock()
	s, expired := c.session, c.expired
	c.mu.Unlock()
	switch {
	case s != nil && s.guest == c.hub.keys.guestOf(c.deployment.ID, head.Token):
		return s
	case s == nil && expired:
		c.fail(head.TracingID, web.CodeSessionExpired, "the session has expired", "expired_session")
	default:
		c.fail(head.TracingID, web.CodeSessionNotFound, "configure the session first", "no_session")
	}
	return nil
}

// configure opens or resumes the token's session on this socket.
func (c *conn) configure(r web.ConfigureSession) {
	h := c.hub
	if r.Deployment != string(c.deployment.ID) {
		c.fail(r.TracingID, web.CodeForbidden, "this connection belongs to another deployment", "other_deployment")
		return
	}
	guest := h.keys.guestOf(c.deployment.ID, r.Token)
	if s := c.in(); s != nil && s.guest != guest {
		h.detach(c)
	}
	before := c.in()
	s := h.enter(guest, c.deployment, c)
	if c.limited(s.configures, r.TracingID, web.ConfigureRateTooHigh) {
		if s != before {
			h.detach(c) // nothing is known of the session yet
		}
		return
	}
	s.write.Lock()
	defer s.write.Unlock()
	if c.in() != s {
		// It was cleared or expired, or too many sockets came, while this waited.
		c.fail(r.TracingID, web.CodeSessionNotFound, "the session ended; configure it again", "no_session")
		return
	}
	alive, err := h.load(h.ctx, s)
	if err != nil {
		h.log.Error("a guest's session cannot be read", "guest", s.guest, "error", err)
		h.detach(c)
		c.send(web.ErrorFrame(r.TracingID, web.CodeUnexpected, "the session cannot be read now; try again"))
		return
	}
	body, returned := h.resume(s, r.StartNew, alive)
	c.send(web.SessionFrame(r.TracingID, body))
	if conv, open := s.last(); returned && open {
		if _, err := h.o.Engine.Conversation(h.ctx, conv, id.Command("return-"+id.New()), s.actor(), conversation.Return{}); err != nil {
			h.log.Error("a guest's return was not recorded", "conversation", conv, "error", err)
		}
	}
}

// resume settles what a configure finds: a new session, a live one, one that
// starts anew after being read-only; and whether its guest has been away.
func (h *Hub) resume(s *session, startNew, alive bool) (body web.Session, returned bool) {
	now := h.now()
	s.mu.Lock()
	returned = alive || (!s.leftAt.IsZero() && !s.fresh && now.Sub(s.leftAt) >= absence)
	s.leftAt = time.Time{}
	isNew := s.fresh
	if s.readOnly && startNew {
		isNew, returned = true, false
		s.before, s.convs, s.open, s.readOnly = s.convs[len(s.convs)-1], nil, false, false
		s.lastAt = now
	}
	s.fresh = false
	s.mu.Unlock()
	body = h.sessionBody(s)
	body.NewSession = isNew
	return body, returned
}

// closeSession ends this socket's use of the session; the socket stays open,
// since clients configure anew on it.
func (c *conn) closeSession(s *session, r web.CloseSession) {
	h := c.hub
	s.mu.Lock()
	readOnly := s.readOnly
	s.mu.Unlock()
	if r.All {
		for _, other := range h.detachAll(s, c) {
			other.send(web.ConnectionClosed(""))
			other.close(1000)
		}
	}
	h.detach(c)
	c.send(web.SessionFrame(r.TracingID, web.Session{Connected: false, ReadOnly: readOnly}))
}

// echo answers the health check.
func (c *conn) echo(s *session, r web.Echo) {
	if c.limited(c.health, r.TracingID, web.HealthCheckRateTooHigh) {
		return
	}
	s.mu.Lock()
	expires := s.expiry()
	s.mu.Unlock()
	c.send(web.HealthFrame(r.TracingID, id.New(), r.Text,
		seconds(int64(c.deployment.SessionSeconds)), seconds(expires.Unix())))
}
