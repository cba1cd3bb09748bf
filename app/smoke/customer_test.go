//go:build smoke

package smoke_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// customer writes through the web messaging protocol.
type customer struct {
	t      *testing.T
	ws     *websocket.Conn
	token  string
	frames chan frame
}

// frame is one frame of that protocol, as far as this test reads it.
type frame struct {
	Class string `json:"class"`
	Code  int    `json:"code"`
	Body  struct {
		Text      string `json:"text"`
		Direction string `json:"direction"`
	} `json:"body"`
}

func newCustomer(t *testing.T, hub, deployment string) *customer {
	t.Helper()
	address := "ws" + strings.TrimPrefix(hub, "http") + "/v1?deploymentId=" + deployment
	ws, _, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	c := &customer{t: t, ws: ws, token: uuid.NewString(), frames: make(chan frame, 256)}
	go c.read()
	c.send(map[string]any{"action": "configureSession", "deploymentId": deployment})
	if !c.hears(patience, func(f frame) bool { return f.Class == "SessionResponse" && f.Code == 200 }) {
		t.Fatal("the hub opened no session for the customer")
	}
	return c
}

// read hands frames on until the socket closes. Some have a body of another
// shape; they are not waited for.
func (c *customer) read() {
	for {
		_, message, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var f frame
		if json.Unmarshal(message, &f) == nil {
			c.frames <- f
		}
	}
}

func (c *customer) send(request map[string]any) {
	c.t.Helper()
	request["token"] = c.token
	if err := c.ws.WriteJSON(request); err != nil {
		c.t.Fatal(err)
	}
}

func (c *customer) write(text string) {
	c.t.Helper()
	c.send(map[string]any{"action": "onMessage", "message": map[string]any{"type": "Text", "text": text}})
}

// hears says whether a frame that fits comes in time; it forgets those before.
func (c *customer) hears(wait time.Duration, fits func(frame) bool) bool {
	late := time.After(wait)
	for {
		select {
		case f := <-c.frames:
			if fits(f) {
				return true
			}
		case <-late:
			return false
		}
	}
}
