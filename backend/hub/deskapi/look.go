package deskapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/monitor"
	"parley/backend/protocol"
	"parley/backend/readmodel"
	"parley/backend/supervisor"
)

// errNotReady: the board is still being folded.
var errNotReady = errors.New("the board is being prepared; try again in a moment")

// boardAt answers the board as it was.
func (h *Hub) boardAt(w http.ResponseWriter, r *http.Request, who signedIn) {
	ms, err := strconv.ParseInt(r.URL.Query().Get("at"), 10, 64)
	if err != nil || ms <= 0 {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "at must be a time in Unix milliseconds"})
		return
	}
	if !h.seesBoard(who.session.Agent) {
		h.refused(w, r, who, org.ErrForbidden)
		return
	}
	if !h.boardReady() {
		h.refused(w, r, who, errNotReady)
		return
	}
	b, err := h.o.Board.At(r.Context(), time.UnixMilli(ms))
	if err != nil {
		h.refused(w, r, who, err)
		return
	}
	h.scopeOf(who.session.Agent).keep(&b)
	out := protocol.Board{Board: b, Contacts: map[id.Conversation]string{}}
	for _, c := range b.Conversations {
		if name := h.names.of(h, c); name != "" {
			out.Contacts[c.Conversation] = name
		}
	}
	answer(w, http.StatusOK, out)
}

func (h *Hub) boardReady() bool {
	select {
	case <-h.o.Board.Ready():
		return true
	default:
		return false
	}
}

// report answers a report over what the user may see.
func (h *Hub) report(w http.ResponseWriter, r *http.Request, who signedIn) {
	var q supervisor.Query
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand)).Decode(&q) != nil {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "the body must be a query for a report"})
		return
	}
	err := q.Check()
	if err == nil {
		err = h.limit(who.session.Agent, &q)
	}
	if err == nil && !h.boardReady() {
		err = errNotReady
	}
	var days []supervisor.Day
	if err == nil {
		days, err = h.o.Board.Days(time.UnixMilli(q.FromMs), time.UnixMilli(q.ToMs))
	}
	var out supervisor.Report
	if err == nil {
		out, err = supervisor.Make(q, days)
	}
	if err != nil {
		h.refused(w, r, who, err)
		return
	}
	answer(w, http.StatusOK, out)
}

// limit leaves in a query what its asker may see.
func (h *Hub) limit(a id.Agent, q *supervisor.Query) error {
	rights := h.rights()
	where := rights.Where(a, org.SeeReports)
	if len(where) == 0 {
		return org.ErrForbidden
	}
	if rights.Reach(a, org.SeeReports) == org.Everywhere {
		return nil
	}
	members := map[id.Agent]bool{}
	for _, queue := range where {
		in, _ := rights.Queue(queue)
		for _, m := range in.Members {
			members[m] = true
		}
	}
	if len(q.Queues) == 0 {
		q.Queues = where
	}
	if len(q.Agents) == 0 && q.Of == supervisor.OfAgents {
		for m := range members {
			q.Agents = append(q.Agents, m)
		}
		slices.Sort(q.Agents)
		if len(q.Agents) == 0 {
			q.Agents = []id.Agent{""}
		}
	}
	for _, queue := range q.Queues {
		if !slices.Contains(where, queue) {
			return org.ErrForbidden
		}
	}
	for _, m := range q.Agents {
		if m != "" && !members[m] {
			return org.ErrForbidden
		}
	}
	return nil
}

// history answers all that happened to a conversation.
func (h *Hub) history(w http.ResponseWriter, r *http.Request, who signedIn) {
	conv := id.Conversation(r.PathValue("conversation"))
	p := person{h, who.session.Agent}
	if _, err := p.of(r.Context(), conv, org.Monitor); err != nil {
		if _, err := p.of(r.Context(), conv, org.SearchTranscripts); err != nil {
			h.refused(w, r, who, err)
			return
		}
	}
	out := protocol.History{Conversation: conv, Entries: []protocol.HistoryEntry{}}
	for _, stream := range []eventlog.Stream{conversationOf(conv), monitorOf(conv)} {
		for c, err := range h.o.Engine.Read(r.Context(), stream, 0) {
			if errors.Is(err, eventlog.ErrDamaged) {
				h.log.Error("a damaged stream is told in part", "stream", stream.String(), "error", err)
				break
			}
			if err != nil {
				h.refused(w, r, who, err)
				return
			}
			for _, e := range c.Events {
				out.Entries = append(out.Entries, entry(c, e))
			}
		}
	}
	slices.SortStableFunc(out.Entries, func(a, b protocol.HistoryEntry) int { return int(min(max(a.AtMs-b.AtMs, -1), 1)) })
	answer(w, http.StatusOK, out)
}

// entry puts one event into words of the organisation.
func entry(c eventlog.Stored, stored eventlog.Event) protocol.HistoryEntry {
	out := protocol.HistoryEntry{AtMs: c.At.UnixMilli(), Rev: c.Rev, Event: stored.Type}
	kind, who, _ := strings.Cut(c.Actor, ":")
	if out.Actor = kind; kind == "agent" {
		out.By = id.Agent(who)
	}
	if c.Stream.Kind == eventlog.Monitor {
		switch e := monitor.Decode(stored).(type) {
		case monitor.Started:
			out.Agent = e.By
		case monitor.Ended:
			out.Agent, out.Reason = e.By, e.Reason
		case monitor.Unknown:
		}
		return out
	}
	e := conversation.Decode(stored)
	if line, ok := readmodel.ItemOf(e, c.At); ok {
		out.Agent, out.Queue, out.Reason, out.Code, out.Number = line.Agent, line.Queue, line.Reason, line.Code, line.Number
		if line.By != "" {
			out.By = line.By
		}
		return out
	}
	switch e := e.(type) {
	case conversation.Started:
		out.Reason = string(e.Channel)
	case conversation.DeliveryChanged:
		out.Code, out.Reason = string(e.State), e.Reason
	case conversation.ReadByAgent:
		out.Agent, out.Number = e.Agent, e.Inbound
	case conversation.LegEnded:
		out.Agent, out.Reason = e.Agent, e.Reason
	case conversation.SurveyAsked:
		out.Number = e.Scale
	}
	return out
}
