package deskapi

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// wire is a desk's connection. What is written while it is held goes out in one
// piece: a message to a desk is two frames, and each write costs the hub, and
// the desk, a system call.
type wire struct {
	net.Conn
	mu      sync.Mutex
	holding bool
	held    []byte
}

const (
	maxHeld  = 64 << 10 // bytes that wait at most
	keepHeld = 8 << 10  // bytes of buffer that are kept for the next time
)

// wiring upgrades a request's connection to one with a wire.
type wiring struct {
	http.ResponseWriter
	wire *wire
}

// Hijack implements http.Hijacker.
func (w *wiring) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	w.wire = &wire{Conn: conn}
	return w.wire, buffered, nil
}

// Write implements net.Conn.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.holding {
		return w.Conn.Write(p)
	}
	w.held = append(w.held, p...)
	if len(w.held) < maxHeld {
		return len(p), nil
	}
	return len(p), w.send()
}

// hold keeps what is written from now on until release.
func (w *wire) hold() {
	w.mu.Lock()
	w.holding = true
	w.mu.Unlock()
}

// release sends what was held.
func (w *wire) release() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holding = false
	if len(w.held) == 0 {
		return nil
	}
	if err := w.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return err
	}
	return w.send()
}

// send sends what is held; w.mu is held.
func (w *wire) send() error {
	_, err := w.Conn.Write(w.held)
	w.held = w.held[:0]
	if cap(w.held) > keepHeld {
		w.held = nil
	}
	return err
}
