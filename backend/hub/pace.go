package hub

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"parley/backend/hub/channels"
	"parley/backend/protocol"
)

// How slow a client may be. Without bounds whoever sends a byte now and then
// holds a connection, and with enough of them all that the hub may open.
const (
	stall   = 30 * time.Second // between two pieces of a body
	longest = 15 * time.Minute // for a whole file
	request = 40 * time.Second // for any other request and its answer
	rest    = 5 * time.Second  // for a body that nobody wanted
)

// pace bounds how long bodies take in either direction. Sockets have bounds of
// their own.
type pace struct {
	stall, longest, rest time.Duration
}

func (o Options) pace() pace {
	if o.Stall > 0 {
		return pace{stall: o.Stall, longest: longest, rest: o.Stall}
	}
	return pace{stall: stall, longest: longest, rest: rest}
}

func (p pace) limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		end := time.Now().Add(p.longest)
		if !carriesFile(r) {
			end = time.Now().Add(request)
		}
		// Anew for each request: what the last one on this connection set may be
		// over, and an answer without a body sets none.
		_ = c.SetWriteDeadline(end)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{ReadCloser: r.Body, control: c, stall: p.stall, end: end}
			// The server reads what the handler has left, to use the connection again.
			defer func() { _ = c.SetReadDeadline(time.Now().Add(p.rest)) }()
		}
		if r.Header.Get("Upgrade") == "" { // a socket takes the connection over
			w = &pacedWriter{ResponseWriter: w, control: c, stall: p.stall, end: end}
		}
		next.ServeHTTP(w, r)
	})
}

// carriesFile tells requests for files, in either direction, from others, whose
// bodies are small; the site's own files are too.
func carriesFile(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/messenger/") || strings.HasPrefix(r.URL.Path, protocol.PathFiles) ||
		strings.HasPrefix(r.URL.Path, channels.PathFiles)
}

// soon is the deadline of the next piece.
func soon(stall time.Duration, end time.Time) time.Time {
	if next := time.Now().Add(stall); next.Before(end) {
		return next
	}
	return end
}

type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	stall   time.Duration
	end     time.Time
}

func (b *pacedBody) Read(p []byte) (int, error) {
	if err := b.control.SetReadDeadline(soon(b.stall, b.end)); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) { // from here on a deadline would cancel the request
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
	end     time.Time
}

func (w *pacedWriter) Write(p []byte) (int, error) {
	if err := w.control.SetWriteDeadline(soon(w.stall, w.end)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.NewResponseController reach the connection.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
