package deskapi

import (
	"net/http"
	"slices"
	"strconv"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/protocol"
)

// ephemeral passes on what a message shows that may not be kept, to who may see
// the conversation. Neither side writes it down.
func (h *Hub) ephemeral(w http.ResponseWriter, r *http.Request, who signedIn) {
	conv, m := id.Conversation(r.PathValue("conversation")), id.Message(r.PathValue("message"))
	if err := h.o.Index.WaitFor(r.Context(), eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		h.failed(w, err)
		return
	}
	list, err := h.o.Index.ByAgent(who.session.Agent, h.o.Engine.Now().AddDate(0, 0, -h.o.Config.KeepDays))
	if err != nil {
		h.failed(w, err)
		return
	}
	if h.o.Ephemeral == nil || !slices.Contains(list, conv) {
		answer(w, http.StatusNotFound, protocol.Problem{Code: "not_found", Message: "no such message, or not one of your conversations"})
		return
	}
	data, kind, err := h.o.Ephemeral(r.Context(), conv, m)
	if err != nil {
		answer(w, http.StatusGone, protocol.Problem{Code: "gone", Message: err.Error()})
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(data) // who has gone needs no answer
}
