package guest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"parley/backend/channel/web"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
)

const (
	defaultPage = 25
	maxPage     = 100
)

// line is one entity of the history, before its content is opened.
type line struct {
	conv id.Conversation
	item readmodel.Item // of a message
	// event is set instead for what is no message.
	event *web.Entity
}

// serveHistory answers GET /api/v2/webmessaging/messages: the session's
// messages and presence events, the newest first.
func (h *Hub) serveHistory(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	w.Header().Set("Cache-Control", "no-store")
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c, err := h.keys.readJWT(strings.TrimSpace(token), h.now())
	if err != nil || !strings.EqualFold(scheme, "bearer") {
		h.log.Info("guest request refused", "reason", "bad_history_token")
		h.cors(w, r, nil)
		h.problem(w, http.StatusUnauthorized, "bad.credentials", "the token is invalid or has expired")
		return
	}
	d := h.media[c.Deployment]
	if d == nil || !d.allowsOrigin(r.Header.Get("Origin"), h.o.PublicURL) {
		h.log.Info("guest request refused", "reason", "forbidden_origin", "deployment", c.Deployment)
		h.problem(w, http.StatusForbidden, "forbidden", "this origin may not use the deployment")
		return
	}
	h.cors(w, r, d)
	number, size, ok := paging(r)
	if !ok {
		h.problem(w, http.StatusBadRequest, "bad.request", "pageNumber and pageSize are positive numbers")
		return
	}
	s := h.enter(c.Guest, d, nil)
	if late := wait(s.history, h.now()); late > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(late.Seconds()))))
		h.problem(w, http.StatusTooManyRequests, "too.many.requests", "history rate too high for this session")
		return
	}
	entities, total, err := h.page(r.Context(), s, number, size)
	if err != nil {
		h.log.Error("a guest's history cannot be read", "guest", c.Guest, "error", err)
		h.problem(w, http.StatusInternalServerError, "internal.server.error", "the history cannot be read now")
		return
	}
	writeJSON(w, http.StatusOK, object{
		"entities": entities, "pageSize": size, "pageNumber": number, "total": total, "pageCount": (total + size - 1) / size,
	})
}

func paging(r *http.Request) (number, size int, ok bool) {
	read := func(key string, otherwise, most int) (int, bool) {
		text := r.URL.Query().Get(key)
		if text == "" {
			return otherwise, true
		}
		n, err := strconv.Atoi(text)
		return min(n, most), err == nil && n > 0
	}
	number, ok1 := read("pageNumber", 1, math.MaxInt32/maxPage)
	size, ok2 := read("pageSize", defaultPage, maxPage)
	return number, size, ok1 && ok2
}

// page opens one page of a session's history.
func (h *Hub) page(ctx context.Context, s *session, number, size int) ([]web.Entity, int, error) {
	lines, err := h.lines(ctx, s)
	if err != nil {
		return nil, 0, err
	}
	total := len(lines)
	out := []web.Entity{}
	seen := map[id.Conversation][]id.Message{}
	for i := total - 1 - (number-1)*size; i >= 0 && len(out) < size; i-- {
		l := lines[i]
		if l.event != nil {
			out = append(out, *l.event)
			continue
		}
		e, err := h.entity(ctx, s, l)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, e)
		if l.item.Direction == message.Outbound {
			seen[l.conv] = append(seen[l.conv], l.item.Message)
		}
	}
	for conv, messages := range seen {
		h.arrived(conv, messages)
	}
	return out, total, nil
}

// entity opens one message. One that was erased or is damaged keeps its place
// without words.
func (h *Hub) entity(ctx context.Context, s *session, l line) (web.Entity, error) {
	body, err := h.o.Engine.Body(ctx, l.conv, l.item.Message)
	switch {
	case errors.Is(err, eventlog.ErrDamaged): // the others can be read
		h.log.Error("a message cannot be opened", "conversation", l.conv, "message", l.item.Message, "error", err)
	case err != nil && !errors.Is(err, eventlog.ErrNotFound):
		return web.Entity{}, err
	}
	files := h.files(body)
	if l.item.Direction == message.Inbound {
		return web.InboundEntity(l.item.Message, l.item.At, body, files), nil
	}
	out := web.OutboundEntity(l.item.Message, l.item.At, h.o.AgentName(l.item.Agent), body, files)
	if l.item.Code != "" {
		out = out.Automatic()
	}
	return out, nil
}

// lines lists what a session's history holds, the oldest first.
func (h *Hub) lines(ctx context.Context, s *session) ([]line, error) {
	s.write.Lock()
	_, err := h.load(ctx, s)
	s.write.Unlock()
	if err != nil {
		return nil, err
	}
	// What this hub has told the guest must be in the history at once.
	ctx, cancel := context.WithTimeout(ctx, modelTimeout)
	defer cancel()
	if err := h.o.Model.WaitFor(ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	convs := s.convs
	s.mu.Unlock()
	var out []line
	for _, c := range convs {
		part, err := h.linesOf(s, c)
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
	}
	return out, nil
}

func (h *Hub) linesOf(s *session, c id.Conversation) ([]line, error) {
	items, _, err := h.o.Model.Transcript(c, 0, math.MaxInt)
	if errors.Is(err, readmodel.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, err := h.o.Model.ConversationState(c)
	if err != nil {
		return nil, err
	}
	var out []line
	if !startsWithMessage(items) {
		e := web.PresenceEntity(string(s.guest), web.Join, st.StartedAt)
		out = append(out, line{conv: c, event: &e})
	}
	var agent id.Agent
	for _, it := range items {
		switch it.Event {
		case readmodel.ItemMessage:
			out = append(out, line{conv: c, item: it})
		case readmodel.ItemSurveyAnswered, readmodel.ItemSurveyCommented:
			if m := cmp.Or(it.Said, it.Message); m != "" {
				out = append(out, line{conv: c, item: readmodel.Item{At: it.At, Message: m, Direction: message.Inbound}})
			}
		case readmodel.ItemDisconnected:
			agent = it.Agent
		case readmodel.ItemEnded:
			if it.Reason == "agent" && s.deployment.Disconnect != "Off" {
				e := web.DisconnectEntity(string(s.guest), h.o.AgentName(agent), it.At, s.deployment.Disconnect == "ReadOnly")
				out = append(out, line{conv: c, event: &e})
			}
		}
	}
	return out, nil
}

// startsWithMessage tells a conversation that a message began from one that the
// guest joined: the message lies in the first commit.
func startsWithMessage(items []readmodel.Item) bool {
	for _, it := range items {
		if it.Rev > 1 {
			break
		}
		if it.Event == readmodel.ItemMessage {
			return true
		}
	}
	return false
}

// cors lets a page of an allowed origin read the answer. Without a deployment,
// as for a refused token, any page may read the refusal.
func (h *Hub) cors(w http.ResponseWriter, r *http.Request, d *deployment) {
	origin := r.Header.Get("Origin")
	if origin == "" || (d != nil && !d.allowsOrigin(origin, h.o.PublicURL)) {
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight answers a browser's question whether a page may ask. Who may is
// judged at the request itself: the preflight does not name a deployment.
func (h *Hub) preflight(method, headers string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Methods", method)
			w.Header().Set("Access-Control-Allow-Headers", headers)
			w.Header().Set("Access-Control-Max-Age", "600")
		}
		w.Header().Add("Vary", "Origin")
		w.WriteHeader(http.StatusNoContent)
	}
}

// problem writes an error in the platform's own shape.
func (h *Hub) problem(w http.ResponseWriter, status int, code, text string) {
	writeJSON(w, status, object{
		"message": text, "code": code, "status": status, "contextId": id.New(), "details": []string{}, "errors": []string{},
	})
}
