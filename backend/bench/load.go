package main

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/id"
)

// flood sends n messages from all customers, at most window of them on their
// way, and returns how many arrived at the agent's socket in a second.
func flood(l line, cs []*websocket.Conn, window, n int) (float64, error) {
	run := id.New()
	mark := []byte("#" + run + "#")
	slots := make(chan struct{}, window)
	var failed atomic.Pointer[error]
	fail := func(err error) {
		failed.Store(&err)
		_ = l.agent().SetReadDeadline(time.Now())
	}
	if err := l.agent().SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	defer l.agent().SetReadDeadline(time.Time{})
	begin := time.Now()
	go func() {
		for i := range n {
			slots <- struct{}{}
			c := i % len(cs)
			if err := cs[c].WriteMessage(websocket.TextMessage, l.frame(c, fmt.Sprintf("#%s# message %d", run, i))); err != nil {
				fail(err)
				return
			}
		}
	}()
	for arrived := 0; arrived < n; {
		_, data, err := l.agent().ReadMessage()
		if cause := failed.Load(); cause != nil {
			return 0, *cause
		}
		if err != nil {
			return 0, fmt.Errorf("%d of %d arrived: %w", arrived, n, err)
		}
		for range bytes.Count(data, mark) {
			arrived++
			<-slots
		}
	}
	return float64(n) / time.Since(begin).Seconds(), nil
}

// rateOverSockets: how many messages in a second go through, from 25 customers'
// sockets with 128 messages on their way.
func rateOverSockets(pairs int) ([]result, error) {
	const conns, window, n = 25, 128, 4000
	ours, bare, err := openLines(conns)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	defer bare.close()
	o, b, ratio, err := interleave(pairs,
		func() (float64, error) { return flood(ours.line, ours.customers, window, n) },
		func() (float64, error) { return flood(bare.line, bare.customers, window, n) })
	if err != nil {
		return nil, err
	}
	return []result{{Name: "chat.rate_over_sockets", Ours: o, Baseline: b, Ratio: ratio, Goal: "report", Unit: "messages/s"}}, nil
}

// idleSockets: what one of 10,000 idle customers costs the hub, its session
// included, and what a bare gorilla socket costs.
func idleSockets(int) ([]result, error) {
	h, err := startHub(1)
	if err != nil {
		return nil, err
	}
	defer h.stop()
	l := &hubLine{hubProcess: h}
	ours, err := idle(h.pid(), func() (*websocket.Conn, error) {
		c, _, err := l.session()
		return c, err
	})
	if err != nil {
		return nil, err
	}
	s, err := startBare()
	if err != nil {
		return nil, err
	}
	defer s.stop()
	bare, err := idle(s.pid(), func() (*websocket.Conn, error) {
		c, _, err := websocket.DefaultDialer.Dial("ws://"+s.first+"/customer", nil)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return []result{{Name: "chat.idle_socket", Ours: ours, Baseline: bare, Ratio: ours / bare, Goal: "<=16 KB", Unit: "KB"}}, nil
}

// idle opens 10,000 sockets and returns what each costs the server in KB.
func idle(server int, open func() (*websocket.Conn, error)) (float64, error) {
	const n = 10_000
	settle()
	before, err := pss(server)
	if err != nil {
		return 0, err
	}
	conns := make([]*websocket.Conn, 0, n)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range n {
		c, err := open()
		if err != nil {
			return 0, fmt.Errorf("customer %d: %w", len(conns), err)
		}
		conns = append(conns, c)
	}
	settle()
	after, err := pss(server)
	return (after - before) / n / 1024, err
}
