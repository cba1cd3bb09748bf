package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/id"
	"parley/backend/protocol"
)

const (
	firstWait = 500 * time.Millisecond // before the first reconnect, at most
	longWait  = 30 * time.Second       // between attempts, at most
	pingEvery = 20 * time.Second
	quiet     = 60 * time.Second // a hub that says nothing for so long is gone
	maxFrame  = 64 << 20         // bytes
)

// finalError ends the connection for good: trying again changes nothing until
// the agent does something about it.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// connectLoop keeps the desk connected until Close.
func (d *Desk) connectLoop() {
	for attempt := 0; d.ctx.Err() == nil; attempt++ {
		synced, err := d.connectOnce()
		if d.ctx.Err() != nil {
			return
		}
		if synced {
			attempt = 0
		}
		var final finalError
		if errors.As(err, &final) || errors.Is(err, ErrSignedOut) {
			d.log.Warn("the hub ended the connection for good", "reason", err)
			d.setLink(SignedOut, reason(err), time.Time{})
			d.await(nil)
			continue
		}
		wait := backoff(attempt)
		at := d.now().Add(wait)
		d.log.Info("offline", "reason", reason(err), "cause", cause(err), "retry_in_ms", wait.Milliseconds())
		d.setLink(Offline, reason(err), at)
		timer, stop := d.opt.Clock.At(at)
		d.await(timer)
		stop()
	}
}

// await waits for the timer, Reconnect or Close.
func (d *Desk) await(timer <-chan time.Time) {
	select {
	case <-timer:
	case <-d.retry:
	case <-d.ctx.Done():
	}
}

// backoff doubles from firstWait to longWait, with jitter so that a thousand
// desks do not come back to a restarted hub in the same instant.
func backoff(attempt int) time.Duration {
	wait := longWait
	if attempt < 6 {
		wait = min(firstWait<<attempt, longWait)
	}
	return wait/2 + rand.N(wait/2)
}

// reason puts the end of a connection into words for people.
func reason(err error) string {
	var un *unreachableError
	var p protocol.Problem
	var closed *websocket.CloseError
	switch {
	case err == nil:
		return "the hub closed the connection"
	case errors.As(err, &un):
		return un.words
	case errors.As(err, &p):
		return p.Message
	case errors.As(err, &closed):
		if closed.Text != "" && closed.Code != websocket.CloseAbnormalClosure {
			return "the hub closed the connection: " + closed.Text
		}
		return "the connection to the hub was lost"
	case errors.Is(err, errConnection):
		return "the connection to the hub was lost"
	}
	return err.Error()
}

// cause is the network's own text of a failure, for the log.
func cause(err error) string {
	var un *unreachableError
	if errors.As(err, &un) {
		return un.cause.Error()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

var errConnection = errors.New("the connection failed")

// Reconnect tries again now instead of at Link.RetryAtMs.
func (d *Desk) Reconnect() {
	select {
	case d.retry <- struct{}{}:
	default:
	}
}

func (d *Desk) setLink(s LinkState, why string, retryAt time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// A try in between does not end being offline; its reason stays, too.
	tries := d.link.Reason != "" && (d.link.State == Offline || d.link.State == Connecting) && (s == Offline || s == Connecting)
	if d.link.State != s && !tries {
		d.link.SinceMs = ms(d.now())
	}
	d.link.State, d.link.Reason, d.link.RetryAtMs = s, why, ms(retryAt)
	d.stale()
}

// conn is one open socket.
type conn struct {
	ws   *websocket.Conn
	mu   sync.Mutex
	out  [][]byte
	wake chan struct{}
	done chan struct{} // closed when reading has ended
}

// send queues a frame. Frames leave in order, or never when the socket breaks.
func (c *conn) send(f protocol.ToHub) error {
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("write a frame: %w", err)
	}
	c.mu.Lock()
	c.out = append(c.out, b)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

func (c *conn) take() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.out
	c.out = nil
	return out
}

// writeLoop writes queued frames and pings until reading has ended.
func (c *conn) writeLoop(clock Clock) {
	for {
		timer, stop := clock.At(clock.Now().Add(pingEvery))
		var err error
		select {
		case <-c.done:
			stop()
			return
		case <-timer:
			err = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(callTimeout))
		case <-c.wake:
			for _, b := range c.take() {
				_ = c.ws.SetWriteDeadline(time.Now().Add(callTimeout))
				if err = c.ws.WriteMessage(websocket.TextMessage, b); err != nil {
					break
				}
			}
		}
		stop()
		if err != nil {
			_ = c.ws.Close() // reading ends with it, and says why
			return
		}
	}
}

func (c *conn) read() (protocol.ToDesk, error) {
	_ = c.ws.SetReadDeadline(time.Now().Add(quiet))
	kind, b, err := c.ws.ReadMessage()
	if err != nil {
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return protocol.ToDesk{}, err
		}
		return protocol.ToDesk{}, fmt.Errorf("%w: %w", errConnection, err)
	}
	var f protocol.ToDesk
	if kind != websocket.TextMessage || json.Unmarshal(b, &f) != nil {
		return protocol.ToDesk{}, errFrame
	}
	return f, nil
}

var errFrame = errors.New("the hub sent something that this desk cannot read")

// connectOnce connects, syncs and serves the socket until it ends. synced says
// whether it got as far as a complete view.
func (d *Desk) connectOnce() (synced bool, err error) {
	d.setLink(Connecting, d.lastReason(), time.Time{})
	if err := d.rebuildCache(); err != nil {
		return false, err
	}
	ws, err := d.dial(d.ctx)
	if err != nil {
		return false, err
	}
	c := &conn{ws: ws, wake: make(chan struct{}, 1), done: make(chan struct{})}
	stop := context.AfterFunc(d.ctx, func() { _ = ws.Close() })
	var writer sync.WaitGroup
	defer func() {
		stop()
		d.disconnected(c)
		close(c.done)
		writer.Wait()
		_ = ws.Close()
	}()
	f, err := c.read()
	if err != nil {
		return false, err
	}
	if f.Welcome == nil {
		return false, ErrNotParley
	}
	if err := d.welcome(c, f.Welcome); err != nil {
		return false, err
	}
	writer.Go(func() { c.writeLoop(d.opt.Clock) })
	for {
		f, err := c.read()
		if err != nil {
			return synced, err
		}
		if err := d.handle(f); err != nil {
			return synced, err
		}
		synced = synced || f.Complete != nil
	}
}

// lastReason keeps the words of why the desk was offline while it tries again.
func (d *Desk) lastReason() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.link.Reason
}

func (d *Desk) dial(ctx context.Context) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: callTimeout}
	if t := d.opt.Transport; t != nil {
		dialer.Proxy, dialer.TLSClientConfig, dialer.NetDialContext = t.Proxy, t.TLSClientConfig, t.DialContext
	}
	base := d.opt.Client.base
	address := "ws" + strings.TrimPrefix(base.String(), "http") + protocol.PathSocket
	header := http.Header{"Authorization": {"Bearer " + d.opt.Token}}
	ws, resp, err := dialer.DialContext(ctx, address, header)
	if err == nil {
		ws.SetReadLimit(maxFrame)
		ws.SetPongHandler(func(string) error { return ws.SetReadDeadline(time.Now().Add(quiet)) })
		return ws, nil
	}
	if resp == nil || !errors.Is(err, websocket.ErrBadHandshake) {
		return nil, unreachable(base.Host, err)
	}
	resp.Request = &http.Request{Header: header}
	defer func() { _ = resp.Body.Close() }()
	return nil, problem(resp)
}

// disconnected takes back what was under way on c.
func (d *Desk) disconnected(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != c {
		return
	}
	d.conn = nil
	d.boardGone()
	d.typing = map[id.Conversation]time.Time{}
	for _, e := range d.entries {
		e.inflight = false
		d.touchEntry(e)
	}
	d.stale()
}
