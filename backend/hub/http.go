package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"parley/backend/eventlog"
)

// hosts refuses requests that name another host than the hub's own: a web page
// can make a browser resolve any name to this machine.
type hosts struct {
	public *url.URL
	log    *slog.Logger
}

func (h hosts) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.own(r.Host) {
			h.log.Warn("a request for another host was refused", "host", printable(r.Host), "path", r.URL.Path)
			http.Error(w, "this hub does not answer for that host", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// own tells whether a Host header names this hub: the public address, or a name
// of loopback with the same port if the public address is one.
func (h hosts) own(host string) bool {
	if strings.EqualFold(host, h.public.Host) {
		return true
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	if strings.EqualFold(name, h.public.Hostname()) {
		return portOf(h.public) == defaulted(port, h.public.Scheme)
	}
	return isLoopback(h.public.Hostname()) && isLoopback(strings.ToLower(name)) && portOf(h.public) == defaulted(port, h.public.Scheme)
}

func portOf(u *url.URL) string { return defaulted(u.Port(), u.Scheme) }

func defaulted(port, scheme string) string {
	switch {
	case port != "":
		return port
	case scheme == "https":
		return "443"
	}
	return "80"
}

// printable keeps foreign bytes out of the log.
func printable(s string) string {
	if len(s) > 100 {
		s = s[:100]
	}
	return fmt.Sprintf("%q", s)
}

// healthz answers whether the process lives.
func (a *assembled) healthz(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// readyz answers whether the hub can do its work, and in words what is wrong.
func (a *assembled) readyz(w http.ResponseWriter, _ *http.Request) {
	var wrong []string
	if err := a.engine.Err(); err != nil {
		wrong = append(wrong, "the log does not work, start the hub again: "+err.Error())
	}
	if err := a.stores.log.Room(0); errors.Is(err, eventlog.ErrFull) {
		wrong = append(wrong, "the disk is almost full: new messages are refused until there is room")
	}
	select {
	case <-a.router.Ready():
	default:
		wrong = append(wrong, "routing is starting")
	}
	status, notes := http.StatusOK, []string{"ok"}
	if len(wrong) > 0 {
		status, notes = http.StatusServiceUnavailable, wrong
	}
	for _, trouble := range a.channels.Troubles() {
		notes = append(notes, "stopped: "+trouble)
	}
	damage := a.stores.log.Damage()
	for i, d := range damage {
		if i == 20 {
			notes = append(notes, fmt.Sprintf("and %d more", len(damage)-i))
			break
		}
		notes = append(notes, "damage: "+d.String())
	}
	if len(damage) > 0 {
		notes = append(notes, "stop the hub and run: parley-hub repair --data DIR")
	}
	say(w, status, strings.Join(notes, "\n"))
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // who has gone needs no answer
}
