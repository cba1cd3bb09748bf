package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/id"
	"parley/backend/protocol"
)

// line is a way from a customer's socket to an agent's: ours or the bare one.
type line interface {
	// customers opens n customers' sockets whose messages reach agent.
	customers(n int) ([]*websocket.Conn, error)
	// frame is a customer's message with this text, from customer c.
	frame(c int, text string) []byte
	// agent is the socket where every text arrives.
	agent() *websocket.Conn
	close()
}

// bareLine goes through the bare relay.
type bareLine struct {
	*server
	conn *websocket.Conn
}

func openBareLine() (line, error) {
	s, err := startBare()
	if err != nil {
		return nil, err
	}
	c, _, err := websocket.DefaultDialer.Dial("ws://"+s.first+"/agent", nil)
	if err != nil {
		s.stop()
		return nil, err
	}
	return &bareLine{s, c}, nil
}

func (l *bareLine) customers(n int) ([]*websocket.Conn, error) {
	var out []*websocket.Conn
	for range n {
		c, _, err := websocket.DefaultDialer.Dial("ws://"+l.first+"/customer", nil)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (l *bareLine) frame(c int, text string) []byte {
	return guestMessage(fmt.Sprint("token-", c), text)
}
func (l *bareLine) agent() *websocket.Conn { return l.conn }
func (l *bareLine) close()                 { l.conn.Close(); l.stop() }

func guestMessage(token, text string) []byte {
	return fmt.Appendf(nil, `{"action":"onMessage","token":%q,"tracingId":%q,"message":{"type":"Text","text":%q}}`, token, id.New(), text)
}

// hubLine goes through a real hub, whose queue answers automatically.
type hubLine struct {
	*hubProcess
	conn   *websocket.Conn
	tokens []string
}

func openHubLine(capacity int) (*hubLine, error) {
	h, err := startHub(capacity)
	if err != nil {
		return nil, err
	}
	l := &hubLine{hubProcess: h}
	body, _ := json.Marshal(protocol.SignIn{User: benchUser, Password: benchPassword, Device: "bench"})
	res, err := http.Post(h.url+protocol.PathSession, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var in protocol.SignedIn
	if err := json.NewDecoder(res.Body).Decode(&in); err != nil || in.Token == "" {
		return nil, fmt.Errorf("sign in: %s %v", res.Status, err)
	}
	l.conn, _, err = websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(h.url, "http")+protocol.PathSocket,
		http.Header{"Authorization": {"Bearer " + in.Token}})
	if err != nil {
		return nil, err
	}
	for _, f := range []protocol.ToHub{
		{Hello: &protocol.Hello{}},
		{Command: &protocol.Command{ID: id.Command(id.New()), AtMs: time.Now().UnixMilli(), Presence: &protocol.SetPresence{Presence: "on_queue"}}},
	} {
		if err := l.conn.WriteJSON(f); err != nil {
			return nil, err
		}
	}
	return l, awaitText(l.conn, `"ack"`)
}

// customers opens sessions and has each begin its conversation, so that all
// are connected before anything is measured.
func (l *hubLine) customers(n int) ([]*websocket.Conn, error) {
	var out []*websocket.Conn
	for range n {
		c, token, err := l.session()
		if err != nil {
			return nil, err
		}
		l.tokens = append(l.tokens, token)
		hello := "hello from " + token
		if err := c.WriteMessage(websocket.TextMessage, guestMessage(token, hello)); err != nil {
			return nil, err
		}
		if err := awaitText(l.conn, hello); err != nil {
			return nil, err
		}
		go drain(c)
		out = append(out, c)
	}
	return out, nil
}

// session opens one guest's socket and configures its session.
func (l *hubLine) session() (*websocket.Conn, string, error) {
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(l.url, "http")+"/v1?deploymentId=bench", nil)
	if err != nil {
		return nil, "", err
	}
	token := id.New() + id.New()
	err = c.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"action":"configureSession","deploymentId":"bench","token":%q}`, token))
	if err != nil {
		return nil, "", err
	}
	return c, token, awaitText(c, "SessionResponse")
}

func (l *hubLine) frame(c int, text string) []byte { return guestMessage(l.tokens[c], text) }
func (l *hubLine) agent() *websocket.Conn          { return l.conn }
func (l *hubLine) close()                          { l.conn.Close(); l.stop() }

func drain(c *websocket.Conn) {
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			return
		}
	}
}

func awaitText(c *websocket.Conn, text string) error { return awaitWithin(20*time.Second, c, text) }

func awaitWithin(d time.Duration, c *websocket.Conn, text string) error {
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		return err
	}
	defer c.SetReadDeadline(time.Time{})
	for {
		_, data, err := c.ReadMessage()
		if err != nil {
			return fmt.Errorf("waiting for %q: %w", text, err)
		}
		if bytes.Contains(data, []byte(text)) {
			return nil
		}
	}
}

// pingPong sends n messages, each when the one before it has arrived, and
// returns the median time in milliseconds.
func pingPong(l line, c *websocket.Conn, n int) (float64, error) {
	var took []float64
	for range n {
		text := "text " + id.New()
		begin := time.Now()
		if err := c.WriteMessage(websocket.TextMessage, l.frame(0, text)); err != nil {
			return 0, err
		}
		if err := awaitText(l.agent(), text); err != nil {
			return 0, err
		}
		took = append(took, float64(time.Since(begin).Microseconds())/1000)
	}
	return median(took), nil
}

// connected is a line with its customers.
type connected struct {
	line
	customers []*websocket.Conn
}

// openLines opens both lines with n customers each.
func openLines(n int) (ours, bare connected, err error) {
	hub, err := openHubLine(n)
	if err != nil {
		return ours, bare, err
	}
	ours.line = hub
	if bare.line, err = openBareLine(); err == nil {
		if ours.customers, err = ours.line.customers(n); err == nil {
			bare.customers, err = bare.line.customers(n)
		}
	}
	if err != nil {
		hub.close()
		if bare.line != nil {
			bare.line.close()
		}
	}
	return ours, bare, err
}

func oneInFlight(pairs int) ([]result, error) {
	ours, bare, err := openLines(1)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	defer bare.close()
	const n = 500
	o, b, ratio, err := interleave(pairs,
		func() (float64, error) { return pingPong(ours.line, ours.customers[0], n) },
		func() (float64, error) { return pingPong(bare.line, bare.customers[0], n) })
	if err != nil {
		return nil, err
	}
	return []result{{Name: "chat.p50_one_in_flight", Ours: o, Baseline: b, Ratio: ratio, Goal: "<=1.3", Unit: "ms"}}, nil
}

// paced sends messages at a steady rate for d, spread over the customers, and
// returns the 99th percentile of the time until each arrived, in milliseconds.
func paced(l line, cs []*websocket.Conn, rate int, d time.Duration) (float64, error) {
	total := int(float64(rate) * d.Seconds())
	run := id.New()
	sent := make([]time.Time, total)
	var mu sync.Mutex
	errs := make(chan error, 1)
	go func() {
		begin := time.Now()
		for i := range total {
			time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
			c := i % len(cs)
			frame := l.frame(c, fmt.Sprintf("#%s-%06d#", run, i))
			mu.Lock()
			sent[i] = time.Now()
			mu.Unlock()
			if err := cs[c].WriteMessage(websocket.TextMessage, frame); err != nil {
				errs <- err
				return
			}
		}
	}()
	took := make([]float64, 0, total)
	mark := []byte("#" + run + "-")
	if err := l.agent().SetReadDeadline(time.Now().Add(d + 20*time.Second)); err != nil {
		return 0, err
	}
	defer l.agent().SetReadDeadline(time.Time{})
	for len(took) < total {
		_, data, err := l.agent().ReadMessage()
		if err != nil {
			select {
			case e := <-errs:
				return 0, e
			default:
				return 0, fmt.Errorf("%d of %d arrived: %w", len(took), total, err)
			}
		}
		now := time.Now()
		for at := bytes.Index(data, mark); at >= 0; at = bytes.Index(data, mark) {
			data = data[at+len(mark):]
			var i int
			if _, err := fmt.Sscanf(string(data[:6]), "%06d", &i); err != nil {
				return 0, err
			}
			mu.Lock()
			took = append(took, float64(now.Sub(sent[i]).Microseconds())/1000)
			mu.Unlock()
		}
	}
	return percentile(took, 0.99), nil
}

func rateThousand(pairs int) ([]result, error) {
	const conns, rate, each = 25, 1000, 4 * time.Second
	ours, bare, err := openLines(conns)
	if err != nil {
		return nil, err
	}
	defer ours.close()
	defer bare.close()
	hub := []int{ours.line.(*hubLine).pid()}
	var cpu []float64
	o, b, ratio, err := interleave(pairs,
		func() (float64, error) {
			before := cpuOf(hub)
			p, err := paced(ours.line, ours.customers, rate, each)
			cpu = append(cpu, (cpuOf(hub)-before)/(rate*each.Seconds())*1e6)
			return p, err
		},
		func() (float64, error) { return paced(bare.line, bare.customers, rate, each) })
	if err != nil {
		return nil, err
	}
	return []result{
		{Name: "chat.p99_at_1000_per_s", Ours: o, Baseline: b, Ratio: ratio, Goal: "<=2", Unit: "ms"},
		{Name: "chat.cpu_per_message", Ours: median(cpu), Goal: "report", Unit: "µs"},
	}, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
