package adminapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"

	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/protocol"
)

// errIDUsed: the request's ID is that of somebody else's command.
var errIDUsed = errors.New("the request's ID was used for something else")

// problems gives each error its status and code.
var problems = []struct {
	err    error
	status int
	code   string
	retry  bool
}{
	{org.ErrForbidden, http.StatusForbidden, "forbidden", false},
	{errMalformed, http.StatusBadRequest, "malformed", false},
	{org.ErrNothing, http.StatusNotFound, "not_found", false},
	{org.ErrLastAdmin, http.StatusUnprocessableEntity, "last_admin", false},
	{org.ErrPinned, http.StatusUnprocessableEntity, "queue_needed", false},
	{engine.ErrCommandReused, http.StatusUnprocessableEntity, "id_reused", false},
	{errIDUsed, http.StatusUnprocessableEntity, "id_reused", false},
	{org.ErrTooLarge, http.StatusRequestEntityTooLarge, "too_large", false},
	{eventlog.ErrFull, http.StatusInsufficientStorage, "disk_full", true},
	{syscall.ENOSPC, http.StatusInsufficientStorage, "disk_full", true},
	{eventlog.ErrStopped, http.StatusServiceUnavailable, "log_stopped", true},
	{eventlog.ErrClosed, http.StatusServiceUnavailable, "restart", true},
}

// refuse answers why not. rev is what the request was compared with.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, s auth.Session, err error, rev uint64) {
	a.o.Forbidden(r.Context(), s, err)
	a.o.Logger.Info("administration was refused", "by", s.Agent, "path", r.URL.Path, "error", err)
	var faults org.Faults
	switch {
	case errors.As(err, &faults):
		answer(w, http.StatusUnprocessableEntity, invalid(r, faults))
		return
	case organisation.Stale(err):
		a.conflict(w, r, rev)
		return
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			answer(w, p.status, protocol.Problem{Code: p.code, Message: sentence(err, p.err), Retry: p.retry})
			return
		}
	}
	a.o.Logger.Error("administration failed", "path", r.URL.Path, "error", err)
	answer(w, http.StatusInternalServerError, protocol.Problem{Code: "internal", Message: "the hub failed; its log says why", Retry: true})
}

// sentence is an error's text without the names that the engine puts before it.
func sentence(err, known error) string {
	text := err.Error()
	if known == errMalformed {
		return strings.TrimPrefix(text, errMalformed.Error()+": ")
	}
	return strings.TrimPrefix(text, "config/"+org.StreamID+": ")
}

// invalid lists faults by their paths within what was sent.
func invalid(r *http.Request, faults org.Faults) protocol.Invalid {
	out := protocol.Invalid{Problem: protocol.Problem{Code: "invalid", Message: fmt.Sprintf("%d things are wrong", len(faults))}}
	if len(faults) == 1 {
		out.Message = faults[0].Error()
	}
	for _, f := range faults {
		if r.PathValue("kind") != "" && len(f.Path) > 2 {
			f.Path = f.Path[2:] // one thing was sent
		}
		path, _, _ := strings.Cut(f.Error(), ": ")
		out.Faults = append(out.Faults, protocol.Fault{Path: path, Text: f.Text})
	}
	return out
}

// conflict says who was faster, and with what.
func (a *API) conflict(w http.ResponseWriter, r *http.Request, rev uint64) {
	now := a.o.Organisation.View().Rev
	out := protocol.Conflict{Revision: now, Meanwhile: []protocol.Meanwhile{}}
	changes, err := a.o.Organisation.Changes(r.Context(), min(rev, now))
	if err != nil {
		a.o.Logger.Error("what changed meanwhile cannot be read", "error", err)
	}
	who := []string{}
	for _, c := range changes {
		m := protocol.Meanwhile{Revision: c.Rev, AtMs: c.At.UnixMilli(), By: c.By, About: []string{}}
		for _, ref := range c.About {
			m.About = append(m.About, ref.String())
		}
		out.Meanwhile = append(out.Meanwhile, m)
		who = append(who, strings.TrimPrefix(c.By, "agent:"))
	}
	out.Problem = protocol.Problem{Code: "stale", Message: "the configuration has changed meanwhile; read it anew", Retry: false}
	if len(who) > 0 {
		out.Message = "the configuration has changed meanwhile, by " + strings.Join(unique(who), ", ") + "; read it anew"
	}
	answer(w, http.StatusConflict, out)
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"code":"internal","message":"the hub failed"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // who has gone needs no answer
}

// record records what was done that no commit tells of.
func (a *API) record(r *http.Request, s auth.Session, action string, subject ...string) {
	err := a.o.Trail.Record(r.Context(), audit.Record{
		Who: "agent:" + string(s.Agent), Action: action, Subject: subject, Outcome: audit.Done, Session: s.ID, Device: s.Device,
	})
	if err != nil {
		a.o.Logger.Error("the audit log lacks a record", "by", s.Agent, "action", action, "error", err)
	}
}
