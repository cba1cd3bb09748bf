// Package adminapi is administration over HTTP, for desks and the command line:
// the organisation read, planned, applied and set piece by piece, passwords, and
// the audit log. Every change goes through the one Decide of package config, and
// every refusal is recorded.
package adminapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/hub/organisation"
	"parley/backend/id"
	"parley/backend/protocol"
)

// Trail is what administration needs of the audit log.
type Trail interface {
	Record(context.Context, audit.Record) error
}

// Options of administration. All must be set.
type Options struct {
	Organisation *organisation.Live
	Log          eventlog.Log // of which the audit log is read
	Trail        Trail
	// Handle makes a handler for requests of signed-in users.
	Handle func(func(http.ResponseWriter, *http.Request, auth.Session)) http.HandlerFunc
	// Forbidden records a refusal for want of a right.
	Forbidden func(context.Context, auth.Session, error)
	// StorePassword stores a user's password for good.
	StorePassword func(user id.Agent, password string) error
	// SignOut ends all sessions of a user.
	SignOut func(id.Agent) error
	Logger  *slog.Logger
}

// API answers requests of administration.
type API struct{ o Options }

// New returns an API.
func New(o Options) *API { return &API{o} }

// Routes adds its addresses to mux.
func (a *API) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+protocol.PathConfig, a.o.Handle(a.read))
	mux.HandleFunc("POST "+protocol.PathPlan, a.o.Handle(a.plan))
	mux.HandleFunc("POST "+protocol.PathApply, a.o.Handle(a.apply))
	mux.HandleFunc("PUT "+protocol.PathEntity+"{kind}", a.o.Handle(a.set))
	mux.HandleFunc("PUT "+protocol.PathEntity+"{kind}/{id}", a.o.Handle(a.set))
	mux.HandleFunc("DELETE "+protocol.PathEntity+"{kind}/{id}", a.o.Handle(a.remove))
	mux.HandleFunc("POST "+protocol.PathPasswords+"{user}", a.o.Handle(a.password))
	mux.HandleFunc("GET "+protocol.PathAudit, a.o.Handle(a.audit))
}

// maxBody bounds a request, in bytes: a whole organisation.
const maxBody = 4 << 20

// errMalformed: a request that cannot be read; the text says why.
var errMalformed = errors.New("malformed")

// decode reads a body that holds v and nothing that v does not know.
func decode(w http.ResponseWriter, r *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return fmt.Errorf("%w: the body cannot be read, or has more than %d bytes", errMalformed, maxBody)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	return nil
}

func (a *API) may(s auth.Session, what org.Action) error {
	return a.o.Organisation.View().Organisation.May(s.Agent, what, "")
}

func (a *API) read(w http.ResponseWriter, r *http.Request, s auth.Session) {
	if err := a.may(s, org.ReadConfiguration); err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	v := a.o.Organisation.View()
	answer(w, http.StatusOK, protocol.Configuration{Revision: v.Rev, AtMs: v.At.UnixMilli(), By: v.By, Organisation: v.Organisation})
}

func (a *API) plan(w http.ResponseWriter, r *http.Request, s auth.Session) {
	var wish protocol.Wish
	err := a.may(s, org.ReadConfiguration)
	if err == nil {
		err = decode(w, r, &wish)
	}
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	v := a.o.Organisation.View()
	// Who may read may plan; nobody is asked whether they may change.
	steps, err := a.o.Organisation.Plan(v, org.Replace{Rev: v.Rev, Organisation: wish.Organisation})
	if err != nil {
		a.refuse(w, r, s, err, v.Rev)
		return
	}
	answer(w, http.StatusOK, protocol.Plan{Revision: v.Rev, Steps: steps})
}

func (a *API) apply(w http.ResponseWriter, r *http.Request, s auth.Session) {
	var wish protocol.Wish
	err := a.may(s, org.ChangeConfiguration)
	if err == nil {
		err = decode(w, r, &wish)
	}
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	a.execute(w, r, s, wish.Revision, wish.ID, org.Replace{Origin: origin(r, s), Rev: wish.Revision, Organisation: wish.Organisation})
}

// origin is who asks, and by which way: the command line says so.
func origin(r *http.Request, s auth.Session) org.Origin {
	via := org.ViaDesk
	if r.Header.Get("User-Agent") == CommandAgent {
		via = org.ViaCommand
	}
	return org.Origin{By: s.Agent, Via: via, Session: s.ID}
}

// CommandAgent is the user agent of the hub's own command line.
const CommandAgent = "parley-hub"

func (a *API) set(w http.ResponseWriter, r *http.Request, s auth.Session) {
	err := a.may(s, org.ChangeConfiguration)
	var e org.Event
	if err == nil {
		e, err = entity(w, r)
	}
	a.change(w, r, s, e, err)
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, s auth.Session) {
	err := a.may(s, org.ChangeConfiguration)
	var e org.Event
	if err == nil {
		e, err = removal(org.Kind(r.PathValue("kind")), r.PathValue("id"))
	}
	a.change(w, r, s, e, err)
}

func (a *API) change(w http.ResponseWriter, r *http.Request, s auth.Session, e org.Event, err error) {
	rev := uint64(0)
	if err == nil {
		if rev, err = strconv.ParseUint(r.URL.Query().Get("revision"), 10, 64); err != nil {
			err = fmt.Errorf("%w: revision must be the number of the revision at which it was read", errMalformed)
		}
	}
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	a.execute(w, r, s, rev, id.Command(r.URL.Query().Get("id")), org.Change{Origin: origin(r, s), Rev: rev, Events: []org.Event{e}})
}

// execute executes a command that was compared with a revision, and answers what
// it changed.
func (a *API) execute(w http.ResponseWriter, r *http.Request, s auth.Session, rev uint64, cmd id.Command, c org.Command) {
	if cmd == "" {
		cmd = id.Command(id.New())
	}
	if !wellFormed(string(cmd)) {
		a.refuse(w, r, s, fmt.Errorf("%w: an ID is 8 to 64 letters, digits and hyphens", errMalformed), rev)
		return
	}
	result, err := a.o.Organisation.Execute(r.Context(), cmd, "agent:"+string(s.Agent), c)
	if err == nil && result.Again && result.Actor != "agent:"+string(s.Agent) {
		err = errIDUsed
	}
	if err != nil {
		a.refuse(w, r, s, err, rev)
		return
	}
	steps := []org.Step{}
	if !result.Nothing {
		if steps, err = a.o.Organisation.StepsOf(r.Context(), result.Rev); err != nil {
			a.refuse(w, r, s, err, rev)
			return
		}
		a.o.Logger.Info("the organisation was changed", "by", s.Agent, "revision", result.Rev, "changes", len(steps))
	}
	answer(w, http.StatusOK, protocol.Applied{Revision: result.Rev, Steps: steps})
}

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
