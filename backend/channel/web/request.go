package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"parley/backend/channel"
	"parley/backend/internal/plainjson"
)

// Request is one frame from a guest.
//
//sumtype:decl
type Request interface{ request() }

// Head is what every request carries. Token is a secret: it is never stored,
// logged or put into an error. TracingID comes back verbatim in the answer; ""
// means that the client sent none.
type Head struct {
	Token     string
	TracingID string
}

// LogValue keeps the token out of logs whoever passes a Head by mistake.
func (Head) LogValue() slog.Value { return slog.StringValue("[guest request]") }

type (
	// ConfigureSession opens or resumes the token's session on this socket:
	//	{"action":"configureSession","deploymentId":"…","token":"…","startNew":false}
	ConfigureSession struct {
		Head
		Deployment string
		StartNew   bool
	}
	// OnMessage carries a message or an event.
	OnMessage struct {
		Head
		Message Message
	}
	// OnAttachment asks for an address to upload one file to. ID is "" if the
	// client leaves the choice to the server; Size is in bytes.
	OnAttachment struct {
		Head
		ID   string
		Name string
		MIME string
		Size int64
		MD5  string // base64; "" if absent
	}
	// GetAttachment asks for a fresh download address.
	GetAttachment struct {
		Head
		ID string
	}
	// DeleteAttachment takes an upload back before it is sent.
	DeleteAttachment struct {
		Head
		ID string
	}
	// CloseSession ends this connection's use of the session; All closes the
	// token's other connections too.
	CloseSession struct {
		Head
		All bool
	}
	// Echo is the health check.
	Echo struct {
		Head
		Text string
	}
	// GetJWT asks for the token of the history call.
	GetJWT struct{ Head }
	// GetConfiguration asks for the deployment's limits.
	GetConfiguration struct {
		Head
		Deployment string
	}
	// Unbuilt is an action of the protocol that Parley does not offer.
	Unbuilt struct {
		Head
		Action string
	}
)

func (ConfigureSession) request() {}
func (OnMessage) request()        {}
func (OnAttachment) request()     {}
func (GetAttachment) request()    {}
func (DeleteAttachment) request() {}
func (CloseSession) request()     {}
func (Echo) request()             {}
func (GetJWT) request()           {}
func (GetConfiguration) request() {}
func (Unbuilt) request()          {}

// Kind says what a guest's message is.
type Kind string

// The kinds of guest message. Other is an event that Parley has no use for; its
// Message.EventType names it.
const (
	Text   Kind = "text"
	Typing Kind = "typing"
	Join   Kind = "join"
	Clear  Kind = "clear"
	Other  Kind = "other"
)

// Message is the content of an OnMessage. Content and Metadata are kept as the
// client sent them, because the echo repeats them unchanged: SDKs recognise an
// answered picker by it.
type Message struct {
	Kind        Kind
	EventType   string // Other only: "Presence/SignIn", "CoBrowse"
	Structured  bool   // the client said "type":"Structured"
	Text        string
	Attachments []string          // IDs of finished uploads
	Content     []json.RawMessage // elements that are no attachments
	Metadata    map[string]string
	// Attributes are the custom attributes of either place that clients put
	// them; AttributeBytes is their size as the limit counts it.
	Attributes     map[string]string
	AttributeBytes int
}

// FrameError is a frame that cannot be read. Code and Message answer it;
// TracingID is set when that much could be read. It matches
// channel.ErrMalformed.
type FrameError struct {
	Code      int
	Message   string
	TracingID string
}

func (e *FrameError) Error() string { return fmt.Sprintf("%s (code %d)", e.Message, e.Code) }

// Unwrap makes every FrameError a channel.ErrMalformed.
func (e *FrameError) Unwrap() error { return channel.ErrMalformed }

// wireRequest is the union of all requests' fields.
type wireRequest struct {
	Action              string          `json:"action"`
	Token               string          `json:"token"`
	TracingID           string          `json:"tracingId"`
	DeploymentID        string          `json:"deploymentId"`
	StartNew            bool            `json:"startNew"`
	Message             json.RawMessage `json:"message"`
	Channel             *wireChannel    `json:"channel"`
	CloseAllConnections bool            `json:"closeAllConnections"`
	AttachmentID        string          `json:"attachmentId"`
	FileName            string          `json:"fileName"`
	FileType            string          `json:"fileType"`
	FileSize            *int64          `json:"fileSize"`
	FileMD5             string          `json:"fileMd5"`
}

type wireChannel struct {
	Metadata struct {
		CustomAttributes map[string]string `json:"customAttributes"`
	} `json:"metadata"`
}

// ParseRequest reads one frame from a guest. It is strict about types, and
// leaves alone fields it does not know and their order. Every error is a
// *FrameError.
func ParseRequest(frame []byte) (Request, error) {
	if m, ok := plainText(frame); ok {
		return m, nil
	}
	var w wireRequest
	if err := json.Unmarshal(frame, &w); err != nil {
		return nil, &FrameError{Code: CodeBadRequest, Message: describe(err), TracingID: w.TracingID}
	}
	fail := func(code int, format string, args ...any) error {
		return &FrameError{Code: code, Message: fmt.Sprintf(format, args...), TracingID: w.TracingID}
	}
	if w.Action == "" {
		return nil, fail(CodeMissingParameter, "action is missing")
	}
	if w.Token == "" {
		return nil, fail(CodeMissingParameter, "token is missing")
	}
	head := Head{Token: w.Token, TracingID: w.TracingID}
	switch w.Action {
	case "configureSession":
		if w.DeploymentID == "" {
			return nil, fail(CodeMissingParameter, "deploymentId is missing")
		}
		return ConfigureSession{Head: head, Deployment: w.DeploymentID, StartNew: w.StartNew}, nil
	case "onMessage":
		m, err := parseMessage(w.Message, w.Channel)
		if err != nil {
			var f *FrameError
			if errors.As(err, &f) {
				f.TracingID = w.TracingID
			}
			return nil, err
		}
		return OnMessage{Head: head, Message: m}, nil
	case "onAttachment":
		if w.FileName == "" || w.FileType == "" || w.FileSize == nil {
			return nil, fail(CodeMissingParameter, "fileName, fileType and fileSize are needed")
		}
		return OnAttachment{Head: head, ID: w.AttachmentID, Name: w.FileName, MIME: w.FileType, Size: *w.FileSize, MD5: w.FileMD5}, nil
	case "getAttachment", "deleteAttachment":
		if w.AttachmentID == "" {
			return nil, fail(CodeMissingParameter, "attachmentId is missing")
		}
		if w.Action == "getAttachment" {
			return GetAttachment{Head: head, ID: w.AttachmentID}, nil
		}
		return DeleteAttachment{Head: head, ID: w.AttachmentID}, nil
	case "closeSession":
		return CloseSession{Head: head, All: w.CloseAllConnections}, nil
	case "echo":
		text, err := echoText(w.Message)
		if err != nil {
			return nil, fail(CodeBadRequest, "%s", err)
		}
		return Echo{Head: head, Text: text}, nil
	case "getJwt":
		return GetJWT{Head: head}, nil
	case "getConfiguration":
		return GetConfiguration{Head: head, Deployment: w.DeploymentID}, nil
	case "configureAuthenticatedSession", "disconnectCustomer", "resumeToken":
		return Unbuilt{Head: head, Action: w.Action}, nil
	}
	return nil, fail(CodeBadRequest, "unknown action")
}

// plainText reads a message of text alone in the form that Parley's messenger
// writes, without reflection; false for anything else:
//
//	{"action":"onMessage","token":"5f…","tracingId":"c-1","message":{"type":"Text","text":"Hello","metadata":{"id":"c-1"}}}
func plainText(frame []byte) (OnMessage, bool) {
	if !bytes.HasPrefix(frame, []byte(`{"action":"onMessage","token":"`)) {
		return OnMessage{}, false
	}
	r := plainjson.Read(frame)
	out := OnMessage{Message: Message{Kind: Text}}
	r.Skip(`{"action":"onMessage","token":`)
	out.Token = r.String()
	r.Skip(`,"tracingId":`)
	out.TracingID = r.String()
	r.Skip(`,"message":{"type":"Text","text":`)
	out.Message.Text = r.String()
	if r.Has(`,"metadata":{"id":`) {
		out.Message.Metadata = map[string]string{"id": r.String()}
		r.Skip(`}`)
	}
	r.Skip(`}}`)
	return out, r.Whole() && out.Token != "" && out.Message.Text != ""
}

func echoText(raw json.RawMessage) (string, error) {
	var m struct {
		Text string `json:"text"`
	}
	if len(raw) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return "", errors.New(describe(err))
	}
	return m.Text, nil
}

// describe says what is wrong with a frame without repeating any of it.
func describe(err error) string {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		if t.Field == "" {
			return "the frame is not a JSON object"
		}
		return "a field has the wrong type: " + t.Field
	}
	return "the frame is not valid JSON"
}

// HeadOf returns the head of any request.
func HeadOf(r Request) Head {
	switch r := r.(type) {
	case ConfigureSession:
		return r.Head
	case OnMessage:
		return r.Head
	case OnAttachment:
		return r.Head
	case GetAttachment:
		return r.Head
	case DeleteAttachment:
		return r.Head
	case CloseSession:
		return r.Head
	case Echo:
		return r.Head
	case GetJWT:
		return r.Head
	case GetConfiguration:
		return r.Head
	case Unbuilt:
		return r.Head
	}
	return Head{}
}
