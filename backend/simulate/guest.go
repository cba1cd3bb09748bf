// Package simulate plays customers against a hub, over the real web messaging
// guest protocol: a client of its own, and people who write, wait, pause, come
// back and leave. It shares no code with the hub's side of the protocol, so
// that a mistake there is not repeated here.
package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// ErrGone means that the socket has closed.
var ErrGone = errors.New("the hub closed the connection")

// Refused is an error that the hub answered.
type Refused struct {
	Code    int
	Message string
}

func (r *Refused) Error() string { return fmt.Sprintf("the hub answered %d: %s", r.Code, r.Message) }

// Frame is one frame from the hub.
type Frame struct {
	Type      string          `json:"type"`
	Class     string          `json:"class"`
	Code      int             `json:"code"`
	TracingID string          `json:"tracingId"`
	Body      json.RawMessage `json:"body"`
}

// Message is the body of a StructuredMessage.
type Message struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Direction string `json:"direction"`
	Text      string `json:"text"`
	Channel   struct {
		Time string `json:"time"`
		From struct {
			Nickname string `json:"nickname"`
		} `json:"from"`
	} `json:"channel"`
	Events []struct {
		EventType string `json:"eventType"`
		Presence  struct {
			Type string `json:"type"`
		} `json:"presence"`
	} `json:"events"`
	Metadata map[string]string `json:"metadata"`
}

// Guest is one customer's socket. Its methods may be called by one goroutine;
// Inbox is read by any.
type Guest struct {
	hub, deployment, token string
	ws                     *websocket.Conn

	// Inbox holds what the hub pushes: agents' messages and events. It is closed
	// with the socket. Who does not read it in time loses the socket.
	Inbox <-chan Message

	mu      sync.Mutex
	waiting map[string]chan Frame // by tracing ID
	uploads map[string]chan Frame // by attachment ID
	done    chan struct{}
}

// NewToken makes the token of a new customer.
func NewToken() string { return uuid.NewString() }

// Dial opens a socket to the hub at an http address and configures the token's
// session. New says that the hub did not know of one.
func Dial(ctx context.Context, hub, deployment, token string) (g *Guest, isNew bool, err error) {
	hub = strings.TrimSuffix(hub, "/")
	address := "ws" + strings.TrimPrefix(hub, "http") + "/v1?deploymentId=" + url.QueryEscape(deployment)
	ws, res, err := websocket.DefaultDialer.DialContext(ctx, address, nil)
	if err != nil {
		if res != nil {
			return nil, false, fmt.Errorf("connect to the hub: HTTP %d: %w", res.StatusCode, err)
		}
		return nil, false, fmt.Errorf("connect to the hub: %w", err)
	}
	inbox := make(chan Message, 64)
	g = &Guest{
		hub: hub, deployment: deployment, token: token, ws: ws, Inbox: inbox,
		waiting: map[string]chan Frame{}, uploads: map[string]chan Frame{}, done: make(chan struct{}),
	}
	go g.read(inbox)
	f, err := g.ask(ctx, map[string]any{"action": "configureSession", "deploymentId": deployment})
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("configure the session: %w", err), g.Close())
	}
	var session struct {
		NewSession bool `json:"newSession"`
	}
	if err := json.Unmarshal(f.Body, &session); err != nil {
		return nil, false, errors.Join(fmt.Errorf("configure the session: %w", err), g.Close())
	}
	return g, session.NewSession, nil
}

func (g *Guest) read(inbox chan<- Message) {
	defer close(g.done)
	defer close(inbox)
	for {
		var f Frame
		if err := g.ws.ReadJSON(&f); err != nil {
			return
		}
		if to := g.receiver(f); to != nil {
			to <- f
			continue
		}
		if f.Class != "StructuredMessage" {
			continue
		}
		var m Message
		if json.Unmarshal(f.Body, &m) != nil || m.Direction != "Outbound" {
			continue
		}
		select {
		case inbox <- m:
		default: // nobody reads
			_ = g.ws.Close()
			return
		}
	}
}

// receiver gives who waits for a frame, once.
func (g *Guest) receiver(f Frame) chan Frame {
	g.mu.Lock()
	defer g.mu.Unlock()
	if to := g.waiting[f.TracingID]; to != nil && f.TracingID != "" {
		delete(g.waiting, f.TracingID)
		return to
	}
	if f.Class == "UploadSuccessEvent" || f.Class == "UploadFailureEvent" {
		var body struct {
			AttachmentID string `json:"attachmentId"`
		}
		if json.Unmarshal(f.Body, &body) == nil {
			to := g.uploads[body.AttachmentID]
			delete(g.uploads, body.AttachmentID)
			return to
		}
	}
	return nil
}

// ask sends a request and waits for the frame that answers it.
func (g *Guest) ask(ctx context.Context, request map[string]any) (Frame, error) {
	tracing := uuid.NewString()
	to := make(chan Frame, 1)
	g.mu.Lock()
	g.waiting[tracing] = to
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		delete(g.waiting, tracing)
		g.mu.Unlock()
	}()
	request["tracingId"] = tracing
	if err := g.tell(request); err != nil {
		return Frame{}, err
	}
	select {
	case f := <-to:
		if f.Code != http.StatusOK {
			return f, refused(f)
		}
		return f, nil
	case <-g.done:
		return Frame{}, ErrGone
	case <-ctx.Done():
		return Frame{}, ctx.Err()
	}
}

func (g *Guest) tell(request map[string]any) error {
	request["token"] = g.token
	if err := g.ws.WriteJSON(request); err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil
}

func refused(f Frame) error {
	var text string
	var body struct {
		ErrorCode    int    `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(f.Body, &text) == nil {
		return &Refused{Code: f.Code, Message: text}
	}
	if json.Unmarshal(f.Body, &body) == nil {
		return &Refused{Code: body.ErrorCode, Message: body.ErrorMessage}
	}
	return &Refused{Code: f.Code}
}

// Say sends a text and waits for its echo: then it is in the hub's log.
// Attributes, which may be nil, go along.
func (g *Guest) Say(ctx context.Context, text string, attributes map[string]string) (Message, error) {
	return g.message(ctx, map[string]any{"type": "Text", "text": text}, attributes)
}

func (g *Guest) message(ctx context.Context, message map[string]any, attributes map[string]string) (Message, error) {
	request := map[string]any{"action": "onMessage", "message": message}
	if len(attributes) > 0 {
		request["channel"] = map[string]any{"metadata": map[string]any{"customAttributes": attributes}}
	}
	f, err := g.ask(ctx, request)
	if err != nil {
		return Message{}, err
	}
	var m Message
	if err := json.Unmarshal(f.Body, &m); err != nil {
		return Message{}, fmt.Errorf("read an echo: %w", err)
	}
	return m, nil
}

// Type says that the customer is typing.
func (g *Guest) Type() error {
	return g.tell(map[string]any{"action": "onMessage", "message": map[string]any{
		"type": "Event", "events": []any{map[string]any{"eventType": "Typing", "typing": map[string]any{"type": "On"}}},
	}})
}

// Clear ends the conversation from the customer's side; the hub then closes the
// socket.
func (g *Guest) Clear(ctx context.Context) error {
	_, err := g.message(ctx, map[string]any{
		"type": "Event", "events": []any{map[string]any{"eventType": "Presence", "presence": map[string]any{"type": "Clear"}}},
	}, nil)
	return err
}

// SendFile uploads a file and sends it in a message, with text or without.
func (g *Guest) SendFile(ctx context.Context, name, mime string, data []byte, text string) (Message, error) {
	f, err := g.ask(ctx, map[string]any{"action": "onAttachment", "fileName": name, "fileType": mime, "fileSize": len(data), "errorsAsJson": true})
	if err != nil {
		return Message{}, fmt.Errorf("ask for an upload: %w", err)
	}
	var at struct {
		AttachmentID string            `json:"attachmentId"`
		URL          string            `json:"url"`
		Headers      map[string]string `json:"headers"`
	}
	if err := json.Unmarshal(f.Body, &at); err != nil {
		return Message{}, fmt.Errorf("ask for an upload: %w", err)
	}
	arrived := make(chan Frame, 1)
	g.mu.Lock()
	g.uploads[at.AttachmentID] = arrived
	g.mu.Unlock()
	if err := put(ctx, at.URL, mime, at.Headers, data); err != nil {
		return Message{}, err
	}
	select {
	case f = <-arrived:
	case <-g.done:
		return Message{}, ErrGone
	case <-ctx.Done():
		return Message{}, ctx.Err()
	}
	if f.Class != "UploadSuccessEvent" {
		return Message{}, refused(f)
	}
	message := map[string]any{"content": []any{map[string]any{
		"contentType": "Attachment", "attachment": map[string]any{"id": at.AttachmentID},
	}}}
	if text != "" {
		message["type"], message["text"] = "Text", text
	}
	return g.message(ctx, message, nil)
}

func put(ctx context.Context, address, mime string, headers map[string]string, data []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, address, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	r.Header.Set("Content-Type", mime)
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	if res.StatusCode >= 300 {
		return fmt.Errorf("upload: HTTP %d", res.StatusCode)
	}
	return nil
}

// Close leaves, with a close frame so that the hub knows at once.
func (g *Guest) Close() error {
	_ = g.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	err := g.ws.Close()
	<-g.done
	return err
}
