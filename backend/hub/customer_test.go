package hub_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// customer is a guest on a web page.
type customer struct {
	t     *testing.T
	token string
	ws    *websocket.Conn
	heard []string // what agents wrote
	said  int      // own messages that were echoed
	typed bool     // an agent types
	last  heard    // the last frame
}

// heard is what a customer reads of a frame.
type heard struct {
	Class string `json:"class"`
	Code  int    `json:"code"`
	Body  struct {
		Type, Text, Direction string
		URL, AttachmentID     string
		Events                []struct{ EventType string }
	} `json:"body"`
}

func (h *running) customer() *customer {
	h.t.Helper()
	c := &customer{t: h.t, token: uuid.NewString()}
	if err := c.connect(h.url, "shop", "https://shop.example"); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.ws.Close() })
	return c
}

func (c *customer) connect(url, deployment, origin string) error {
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(url, "http")+"/v1?deploymentId="+deployment, http.Header{"Origin": {origin}})
	if err != nil {
		return err
	}
	c.ws = ws
	return c.write(map[string]any{"action": "configureSession", "deploymentId": deployment, "token": c.token})
}

func (c *customer) write(frame map[string]any) error {
	frame["token"] = c.token
	return c.ws.WriteJSON(frame)
}

func (c *customer) say(text string) {
	c.t.Helper()
	if err := c.write(map[string]any{"action": "onMessage", "message": map[string]any{"type": "Text", "text": text}}); err != nil {
		c.t.Fatal(err)
	}
	said := c.said
	c.until("its echo", func() bool { return c.said > said })
}

// step takes one frame.
func (c *customer) step() error {
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	var f heard
	if err := c.ws.ReadJSON(&f); err != nil {
		return err
	}
	c.last = f
	if f.Class != "StructuredMessage" || f.Body.Type != "Text" {
		for _, e := range f.Body.Events {
			c.typed = c.typed || e.EventType == "Typing"
		}
		return nil
	}
	if f.Body.Direction == "Inbound" {
		c.said++
	} else {
		c.heard = append(c.heard, f.Body.Text)
	}
	return nil
}

func (c *customer) until(what string, done func() bool) {
	c.t.Helper()
	for !done() {
		if err := c.step(); err != nil {
			c.t.Fatalf("the customer waits for %s: %v", what, err)
		}
	}
}
