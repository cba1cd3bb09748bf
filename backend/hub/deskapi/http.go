package deskapi

import (
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"parley/backend/audit"
	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/id"
	"parley/backend/protocol"
)

const (
	maxSignIn = 16 << 10 // bytes
	maxDevice = 200      // bytes of a device's name
	maxSecret = 1024     // bytes of a password
)

// signedIn is who makes a request.
type signedIn struct {
	session auth.Session
	token   string
}

// guard refuses requests of browsers: no web page has business here, and a
// desk sends no Origin.
func (h *Hub) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
			h.log.Warn("a web page was refused at the desk API", "path", r.URL.Path, "address", address(r))
			answer(w, http.StatusForbidden, protocol.Problem{Code: "origin_refused", Message: "web pages may not use the desk API"})
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next(w, r)
	}
}

// Handle makes a handler for requests of signed-in users, of other parts of the
// hub.
func (h *Hub) Handle(next func(http.ResponseWriter, *http.Request, auth.Session)) http.HandlerFunc {
	return h.guard(h.signedIn(func(w http.ResponseWriter, r *http.Request, who signedIn) { next(w, r, who.session) }))
}

// signedIn lets only requests with a good token through.
func (h *Hub) signedIn(next func(http.ResponseWriter, *http.Request, signedIn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		session, err := h.o.Sessions.Check(token)
		if err == nil {
			if _, known := h.o.Organisation.View().User(session.Agent); !known {
				err = auth.ErrSession // no longer configured
			}
		}
		if err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, protocol.Problem{Code: "signed_out", Message: "sign in again"})
			return
		}
		next(w, r, signedIn{session, token})
	}
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"code":"internal","message":"the hub failed"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b) // who has gone needs no answer
}

// failed answers an error that is the hub's own.
func (h *Hub) failed(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, eventlog.ErrFull), errors.Is(err, syscall.ENOSPC):
		status = http.StatusInsufficientStorage
	case errors.Is(err, eventlog.ErrStopped), errors.Is(err, eventlog.ErrClosed):
		status = http.StatusServiceUnavailable
	}
	answer(w, status, h.problem(err))
}

func (h *Hub) about(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, protocol.About{Product: "parley", Name: h.told.Load().org.Name, Version: protocol.Version, Demo: h.o.Demo})
}

func (h *Hub) signIn(w http.ResponseWriter, r *http.Request) {
	var in protocol.SignIn
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSignIn)).Decode(&in); err != nil {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "the body must be JSON with user, password and device"})
		return
	}
	if in.User == "" || len(in.User) > 64 || len(in.Password) > maxSecret || len(in.Device) > maxDevice {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "user, password or device is missing or too long"})
		return
	}
	token, session, err := h.o.Sessions.SignIn(id.Agent(in.User), in.Password, in.Device, address(r))
	var slow *auth.SlowDown
	switch {
	case errors.Is(err, auth.ErrWrong):
		h.log.Warn("sign-in refused", "address", address(r), "reason", "wrong user or password")
		h.signInRefused(r.Context(), in, "wrong_password")
		answer(w, http.StatusForbidden, protocol.Problem{Code: "wrong_password", Message: "user or password is wrong"})
		return
	case errors.As(err, &slow):
		h.log.Warn("sign-in refused", "address", address(r), "reason", "too many wrong passwords")
		h.signInRefused(r.Context(), in, "slow_down")
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(slow.For.Seconds()))))
		answer(w, http.StatusTooManyRequests, protocol.Problem{Code: "slow_down", Message: slow.Error(), Retry: true})
		return
	case err != nil:
		h.log.Error("sign-in failed", "user", in.User, "error", err)
		h.failed(w, err)
		return
	}
	person, _ := h.o.Organisation.View().User(session.Agent)
	h.log.Info("signed in", "agent", session.Agent, "device", session.Device)
	h.record(r.Context(), session, audit.SignIn)
	answer(w, http.StatusOK, protocol.SignedIn{
		Token: token, Agent: session.Agent, Name: person.Name, Role: role(person), ExpiresMs: session.ExpiresAt.UnixMilli(),
	})
}

func (h *Hub) signOut(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	session, err := h.o.Sessions.Check(token)
	signedIn := err == nil
	if err := h.o.Sessions.SignOut(token); err != nil {
		h.log.Error("sign-out failed", "error", err)
		h.failed(w, err)
		return
	}
	if signedIn {
		h.record(r.Context(), session, audit.SignOut)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, list := range h.agents {
		for _, s := range list {
			if s.token == token {
				s.out.bye(protocol.Problem{Code: "signed_out", Message: "this desk was signed out"})
			}
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
