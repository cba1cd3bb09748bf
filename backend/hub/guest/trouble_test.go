package guest_test

import (
	"context"
	"iter"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/id"
	"parley/backend/message"
)

// fillable is a log whose disk can be full, slow or damaged.
type fillable struct {
	*memory.Log
	full *atomic.Bool
	held *atomic.Pointer[chan struct{}] // commits wait until it is closed; nil = none does
	bad  *atomic.Pointer[string]        // a conversation, or the key of sealed content, that cannot be read
}

func (f fillable) damaged(what string) error {
	if bad := f.bad.Load(); bad != nil && *bad == what {
		return eventlog.ErrDamaged
	}
	return nil
}

func (f fillable) Read(ctx context.Context, s eventlog.Stream, after uint64) iter.Seq2[eventlog.Stored, error] {
	if err := f.damaged(s.ID); err != nil {
		return func(yield func(eventlog.Stored, error) bool) { yield(eventlog.Stored{}, err) }
	}
	return f.Log.Read(ctx, s, after)
}

func (f fillable) Append(ctx context.Context, c eventlog.Commit, sealed ...eventlog.Sealed) (eventlog.Stored, bool, error) {
	if f.full.Load() {
		return eventlog.Stored{}, false, eventlog.ErrFull
	}
	if held := f.held.Load(); held != nil {
		<-*held
	}
	return f.Log.Append(ctx, c, sealed...)
}

// TestFullDisk: a message that cannot be stored is refused in words, not
// acknowledged, and can be sent again.
func TestFullDisk(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	p.full.Store(true)
	c.say("m-1", "hello")
	if f := c.next("string"); f.Code != web.CodeUnexpected || f.TracingID != "m-1" || !strings.Contains(f.text(), "no space") {
		t.Errorf("got %s", f.raw)
	}
	c.event("j", `{"eventType":"Presence","presence":{"type":"Join"}}`)
	if f := c.next("string"); f.Code != web.CodeUnexpected {
		t.Errorf("got %s", f.raw)
	}
	c.event("c", `{"eventType":"Presence","presence":{"type":"Clear"}}`)
	c.next("StructuredMessage") // there was nothing to clear
	c.next("SessionClearedEvent")
	c.next("ConnectionClosedEvent")
	p.full.Store(false)
	again := p.join(c.token)
	again.say("m-1", "hello")
	if e := again.next("StructuredMessage").entity(t); e.Text != "hello" {
		t.Errorf("echo is %+v", e)
	}
	if n := p.count(isReceived); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// TestClearWhileSending: a message that another socket sends while the guest
// clears begins no conversation behind the guest's back.
func TestClearWhileSending(t *testing.T) {
	p := start(t, nil)
	token := newToken()
	a, b := p.join(token), p.join(token)
	a.open("hello")
	b.next("StructuredMessage")
	gate := make(chan struct{})
	p.held.Store(&gate)
	a.event("c", `{"eventType":"Presence","presence":{"type":"Clear"}}`)
	waiting("(*conn).clear")
	b.say("m-2", "too late")
	waiting("(*conn).text")
	p.held.Store(nil)
	close(gate)
	for _, c := range []*client{a, b} {
		c.next("StructuredMessage")
		c.next("SessionClearedEvent")
		c.next("ConnectionClosedEvent")
	}
	again := p.dial(token)
	if s := again.configure(); !s.NewSession {
		t.Error("the cleared session goes on")
	}
	again.say("m-2", "too late")
	again.next("StructuredMessage")
	if n := p.count(isReceived); n != 2 {
		t.Errorf("%d messages, want 2: one before the clear and one after", n)
	}
}

// waiting returns once there is a goroutine inside the function.
func waiting(function string) {
	stacks := make([]byte, 1<<20)
	for !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), function) {
		runtime.Gosched()
	}
}

// TestDamagedConversation: its guest can write on, in another one, and sees
// what can be read.
func TestDamagedConversation(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	conv := c.open("hello")
	p.stop()
	bad := string(conv)
	p.bad.Store(&bad)
	p.open()
	again := p.join(c.token)
	again.say("m-2", "are you there?")
	if e := again.next("StructuredMessage").entity(t); e.Text != "are you there?" {
		t.Errorf("echo is %+v", e)
	}
	if !strings.Contains(p.logged.String(), "is damaged") {
		t.Error("no word about the damage in the log")
	}
}

// TestSlowGuest: one who does not read is dropped; others notice nothing, and
// the messages are in the history.
func TestSlowGuest(t *testing.T) {
	p := start(t, unlimited)
	token := newToken()
	c, other := p.join(token), p.join(newToken())
	conv := c.open("hello")
	c.leave()
	dialer := websocket.Dialer{NetDial: func(network, address string) (net.Conn, error) {
		conn, err := net.Dial(network, address)
		if tcp, ok := conn.(*net.TCPConn); ok {
			err = tcp.SetReadBuffer(4096)
		}
		return conn, err
	}}
	ws, _, err := dialer.Dial(p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	slow := &client{p: p, ws: ws, token: token, frames: make(chan frame, 1)}
	slow.send(`{"action":"configureSession","deploymentId":"` + deployment + `","token":"` + token + `"}`)
	if _, _, err := ws.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	const many = 700
	long := strings.Repeat("𐍈", 4000) // 16 KB
	for range many {
		p.say(conv, message.Body{Text: long})
	}
	p.until("a message that did not arrive", func(_ id.Conversation, e conversation.Event) bool {
		d, ok := e.(conversation.DeliveryChanged)
		return ok && d.State == message.Sent
	})
	told := map[id.Message]bool{} // so that nothing is pushed any more
	p.until("every message has been tried", func(_ id.Conversation, e conversation.Event) bool {
		if d, ok := e.(conversation.DeliveryChanged); ok {
			told[d.Message] = true
		}
		return len(told) == many
	})
	if !strings.Contains(p.logged.String(), "slow guest dropped") {
		t.Error("nothing was logged about it")
	}
	_ = ws.Close()
	other.say("m", "hello")
	other.next("StructuredMessage")
	if h := p.join(token).history("?pageSize=1"); h.Total != many+1 {
		t.Errorf("the history has %d messages, want %d", h.Total, many+1)
	}
}

// TestIdleSockets: a quiet socket is pinged; who answers stays, who does not
// goes.
func TestIdleSockets(t *testing.T) {
	p := start(t, nil)
	p.stop()
	p.ping = 100 * time.Millisecond
	p.open()
	alive := p.join(newToken())
	ws, _, err := websocket.DefaultDialer.Dial(p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.Close() }()
	pings := 0
	ws.SetPingHandler(func(string) error { pings++; return nil }) // and no pong
	if _, _, err := ws.ReadMessage(); err == nil || pings == 0 {
		t.Errorf("after %d pings: %v, want the end", pings, err)
	}
	alive.say("m", "still here")
	alive.next("StructuredMessage")
}

// count is how many conversation events the log has got, since the place was
// opened, for which want says true.
func (p *place) count(want func(conversation.Event) bool) int {
	p.t.Helper()
	tail, err := p.log.Tail(context.Background(), 0)
	if err != nil {
		p.t.Fatal(err)
	}
	late := time.After(patience)
	for p.engine.Position() < tail.Pos {
		select {
		case <-late:
			p.t.Fatal("the feed is behind the log")
		default:
			runtime.Gosched()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.commits {
		for _, e := range c.Conversation {
			if want(e) {
				n++
			}
		}
	}
	return n
}
