package guest

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"parley/backend/channel/web"
	"parley/backend/id"
)

const (
	maxFrame       = 64 << 10 // bytes of a guest's frame; a longer one is answered and skipped
	hardFrame      = 1 << 20  // one that is longer still ends the connection
	bufferBytes    = 1 << 10  // of a socket's reader
	maxQueued      = 256      // frames waiting for a slow client, which is then dropped
	maxQueuedBytes = 1 << 20
	writeTimeout   = 10 * time.Second
	idleConfigure  = 2 * time.Minute // how long a socket may stay without a session
	closeGrace     = 5 * time.Second // for the client to answer a close
)

// conn is one socket. Its times are the machine's, not the hub's clock: they
// are about the network. It costs one goroutine, which reads; another exists only
// while something waits to be written.
type conn struct {
	hub        *Hub
	ws         *websocket.Conn
	deployment *deployment
	seen       atomic.Int64 // Unix milliseconds of the client's last byte
	pinged     int64        // Unix milliseconds; housekeeping's own

	requests, health *rate.Limiter

	mu       sync.Mutex
	session  *session
	left     time.Time // when it lost its session; or was accepted
	expired  bool      // its session ran out on this socket
	out      []outgoing
	outBytes int
	writing  bool
	closing  time.Time // set once a close frame is queued
	dead     bool      // nothing can be written any more
}

// outgoing is one frame to be written. done, if any, is told whether it was.
type outgoing struct {
	kind  int // a websocket message type
	frame []byte
	done  func(written bool)
}

// serveSocket upgrades GET /v1?deploymentId=….
func (h *Hub) serveSocket(w http.ResponseWriter, r *http.Request) {
	d := h.media[id.Deployment(r.URL.Query().Get("deploymentId"))]
	if d == nil || !*d.Active {
		h.refuse(r, "unknown_deployment")
		h.problem(w, http.StatusForbidden, "forbidden", "this deployment is unknown or inactive")
		return
	}
	if !d.allowsOrigin(r.Header.Get("Origin"), h.o.PublicURL) {
		h.refuse(r, "forbidden_origin")
		h.problem(w, http.StatusForbidden, "forbidden", "this origin may not use the deployment")
		return
	}
	if !h.room() {
		h.refuse(r, "too_many_guests")
		h.problem(w, http.StatusServiceUnavailable, "service.unavailable", "too many guests are connected")
		return
	}
	up := websocket.Upgrader{
		ReadBufferSize: bufferBytes, WriteBufferSize: 4 << 10, WriteBufferPool: &h.writeBuffers,
		CheckOrigin: func(*http.Request) bool { return true }, // judged above
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			h.problem(w, status, "bad.request", reason.Error())
		},
	}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		h.log.Info("guest socket refused", "reason", "no_upgrade", "deployment", d.ID)
		return
	}
	now := time.Now()
	c := &conn{hub: h, ws: ws, deployment: d, left: now, pinged: now.UnixMilli()}
	c.seen.Store(now.UnixMilli())
	if h.rates {
		c.requests = rate.NewLimiter(rate.Every(time.Minute/maxRequests), maxRequests)
		c.health = rate.NewLimiter(rate.Every(time.Minute/maxHealthChecks), maxHealthChecks)
	}
	ws.SetReadLimit(hardFrame)
	ws.SetPingHandler(c.onPing)
	ws.SetPongHandler(c.onPong)
	h.mu.Lock()
	closed := h.closed
	if !closed {
		h.sockets[c] = struct{}{}
		h.work.Add(1)
	}
	h.mu.Unlock()
	if closed {
		_ = ws.Close()
		return
	}
	go c.read() // so that the HTTP server's own goroutine and buffers can go
}

// room says whether one more socket is within the configured number.
func (h *Hub) room() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed && len(h.sockets) < h.o.Config.Limits.MaxGuests
}

func (h *Hub) refuse(r *http.Request, reason string) {
	h.log.Info("guest socket refused", "reason", reason, "origin_host", hostOf(r.Header.Get("Origin")))
}

func (c *conn) onPong(string) error { return c.alive() }

func (c *conn) onPing(data string) error {
	c.enqueue(outgoing{kind: websocket.PongMessage, frame: []byte(data)})
	return c.alive()
}

func (c *conn) alive() error {
	c.seen.Store(time.Now().UnixMilli())
	return nil
}

// read handles the client's frames one after the other until the socket ends.
func (c *conn) read() {
	defer c.hub.work.Done()
	defer c.end()
	for {
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return
		}
		_ = c.alive()
		if !c.frame(kind, r) {
			return
		}
	}
}

// frame reads and handles one frame; false ends the connection.
func (c *conn) frame(kind int, r io.Reader) bool {
	buf := c.hub.readBuffers.Get().(*bytes.Buffer)
	defer func() {
		buf.Reset()
		c.hub.readBuffers.Put(buf)
	}()
	n, err := io.Copy(buf, io.LimitReader(r, maxFrame+1))
	if err != nil {
		return false
	}
	if n > maxFrame {
		rest, err := io.Copy(io.Discard, r)
		c.fail("", web.CodeMessageTooLong, "the frame is larger than 65536 bytes", "frame_too_large", slog.Int64("bytes", n+rest))
		return err == nil
	}
	if kind != websocket.TextMessage {
		c.fail("", web.CodeBadRequest, "frames must be text", "binary_frame")
		return true
	}
	c.handle(buf.Bytes())
	return true
}

// fail answers a request that was refused and writes the one log line about it.
func (c *conn) fail(tracing string, code int, message, reason string, attrs ...slog.Attr) {
	c.refused(code, reason, attrs...)
	c.send(web.ErrorFrame(tracing, code, message))
}

func (c *conn) refused(code int, reason string, attrs ...slog.Attr) {
	attrs = append(attrs, slog.String("reason", reason), slog.Int("code", code), slog.String("deployment", string(c.deployment.ID)))
	if s := c.in(); s != nil {
		attrs = append(attrs, slog.String("guest", string(s.guest)))
	}
	c.hub.log.LogAttrs(c.hub.ctx, slog.LevelInfo, "guest request refused", attrs...)
}

// in returns the session this socket has configured, or nil.
func (c *conn) in() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

func (c *conn) send(frame []byte) { c.enqueue(outgoing{kind: websocket.TextMessage, frame: frame}) }

// enqueue writes a frame after those that wait already. A client that does not
// keep up is dropped: it fetches the history when it is back.
func (c *conn) enqueue(o outgoing) {
	c.mu.Lock()
	full := len(c.out) >= maxQueued || c.outBytes+len(o.frame) > maxQueuedBytes
	if c.dead || !c.closing.IsZero() || full {
		drop := full && !c.dead
		c.mu.Unlock()
		if drop {
			c.hub.log.Info("slow guest dropped", "deployment", c.deployment.ID)
			c.drop()
		}
		if o.done != nil {
			o.done(false)
		}
		return
	}
	if o.kind == websocket.CloseMessage {
		c.closing = time.Now()
	}
	c.out = append(c.out, o)
	c.outBytes += len(o.frame)
	start := !c.writing
	c.writing = true
	if start {
		c.hub.work.Add(1)
	}
	c.mu.Unlock()
	if start {
		go c.write()
	}
}

// write writes what waits and ends when nothing does.
func (c *conn) write() {
	defer c.hub.work.Done()
	for {
		c.mu.Lock()
		batch, dead := c.out, c.dead
		c.out, c.outBytes = nil, 0
		c.writing = len(batch) > 0
		c.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, o := range batch {
			if !dead && c.writeOne(o) != nil {
				dead = true
				c.drop()
			}
			if o.done != nil {
				o.done(!dead)
			}
		}
	}
}

func (c *conn) writeOne(o outgoing) error {
	deadline := time.Now().Add(writeTimeout)
	if o.kind != websocket.TextMessage {
		return c.ws.WriteControl(o.kind, o.frame, deadline)
	}
	if err := c.ws.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.TextMessage, o.frame)
}

// drop ends the connection without ceremony; read notices.
func (c *conn) drop() {
	c.mu.Lock()
	c.dead = true
	c.mu.Unlock()
	_ = c.ws.Close()
}

// close ends the connection after what waits is written.
func (c *conn) close(code int) {
	c.enqueue(outgoing{kind: websocket.CloseMessage, frame: websocket.FormatCloseMessage(code, "")})
}

// goAway ends the connection because the hub stops.
func (c *conn) goAway() {
	c.enqueue(outgoing{kind: websocket.CloseMessage, frame: websocket.FormatCloseMessage(websocket.CloseGoingAway, ""),
		done: func(bool) { c.drop() }})
}

// end cleans up after the socket.
func (c *conn) end() {
	c.hub.detach(c)
	c.hub.mu.Lock()
	delete(c.hub.sockets, c)
	c.hub.mu.Unlock()
	c.drop()
}
