package channel

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"parley/backend/id"
	"parley/backend/message"
)

// Task is what Parley wants done on a channel. A connector that lacks one
// answers ErrUnsupported; its Capabilities say so beforehand.
//
//sumtype:decl
type Task interface{ task() }

// SendMessage delivers an outbound message. What a platform does not take in one
// message goes out as several, in order.
type SendMessage struct {
	Message id.Message
	To      string
	Body    message.Body
	// FileURL gives each attachment an address the contact can load.
	FileURL map[id.Attachment]string
	From    string // the agent's name as the contact sees it
	At      time.Time
	// ReplyTo is the platform's ID of the message that this one answers.
	ReplyTo string
	// Automatic says that no person wrote it.
	Automatic bool
	// Facts are the conversation's as they were before this message. Connectors
	// judge by them once more, since time has passed, and tell platforms that ask by
	// which rule a message comes.
	Facts Facts
}

// SendTyping shows the contact that the agent is typing. LastInbound is the
// platform's ID of the contact's last message; some platforms ask for it.
type SendTyping struct {
	To, From    string
	At          time.Time
	LastInbound string
}

// SendRead tells the contact that their messages up to LastInbound were read.
type SendRead struct {
	To          string
	LastInbound string
}

// SendDisconnect tells the contact that the conversation has ended.
type SendDisconnect struct {
	To, From string
	At       time.Time
	ReadOnly bool
}

// FetchProfile asks what the platform knows of a contact: Receipt.Person.
type FetchProfile struct{ Contact string }

// FetchMedia loads one file of an inbound message: Receipt.File.
type FetchMedia struct{ Media Media }

// ListTemplates asks for the account's templates: Receipt.Templates.
type ListTemplates struct{}

// Reconcile asks the platform whether it took a message whose delivery is
// Unknown. Made are the PlatformIDs of its receipt: parts that are known to have
// gone. Known are the IDs of other messages, which are accounted for. The receipt
// says Sent with what was found, Failed if the platform never took it, or Unknown
// still.
type Reconcile struct {
	Sent  SendMessage
	Made  []string
	Known []string
}

// LogValue keeps what was written out of logs.
func (t SendMessage) LogValue() slog.Value {
	return slog.StringValue("[message " + string(t.Message) + "]")
}

// LogValue keeps what was written out of logs.
func (t Reconcile) LogValue() slog.Value { return t.Sent.LogValue() }

func (SendMessage) task()    {}
func (SendTyping) task()     {}
func (SendRead) task()       {}
func (SendDisconnect) task() {}
func (FetchProfile) task()   {}
func (FetchMedia) task()     {}
func (ListTemplates) task()  {}
func (Reconcile) task()      {}

// Step is the next thing to do for a task. Exactly one of Call, Push and Done is
// set.
type Step struct {
	// Call is an HTTP call to the platform.
	Call *Call
	// Push is a frame for the contact's open sockets.
	Push []byte
	// Done ends the task.
	Done *Receipt
	// After, with Call, is how long to wait first, counted from the last
	// exchange's At: the platform asked for it, or the connector backs off.
	After time.Duration
	// Hold says what else waits for that time.
	Hold Hold
}

// Hold says whom a platform's wait concerns.
type Hold string

// The extents of a wait.
const (
	HoldTask    Hold = ""
	HoldContact Hold = "contact" // every task of this contact
	HoldAccount Hold = "account" // every task of this account
)

// Call is one HTTP call. The hub allows only public addresses, but for a
// platform whose address is configured, and follows redirects without Auth.
type Call struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
	Auth   Auth
	// Upload sends a file of the message as multipart/form-data; Body is empty.
	Upload *Upload `json:",omitempty"`
	// Download says that the body of a 2xx answer is the file: the hub streams it
	// into its store, up to its own limit, and leaves Exchange.Body empty.
	Download bool `json:",omitempty"`
}

// Upload is a form with a file at its end.
type Upload struct {
	Fields     []Field
	Name       string // the file's field
	Attachment id.Attachment
	// Offset and Length choose a part of the file; Length 0 = all that is left.
	Offset, Length int64
}

// Field is one field of a form.
type Field struct{ Name, Value string }

// Auth says how the hub signs a call, and with which of the account's secrets.
// Connectors never see a secret of a call.
type Auth struct {
	Scheme Scheme
	// Secrets are names, in the order that the scheme gives.
	Secrets []string `json:",omitempty"`
}

// Scheme is a way to sign calls.
type Scheme string

// The schemes.
const (
	NoAuth Scheme = ""
	// Bearer: the token, in Authorization.
	Bearer Scheme = "bearer"
	// Basic: user and password.
	Basic Scheme = "basic"
	// OAuth1: consumer key, consumer secret, token, token secret; HMAC-SHA1
	// (RFC 5849). Form bodies and queries are part of the signature.
	OAuth1 Scheme = "oauth1"
	// HubSignature: the secret, as "X-Hub-Signature-256: sha256=" and base64 of
	// the body's HMAC-SHA-256. HubSignatureHex writes it in hexadecimal.
	HubSignature    Scheme = "hub_signature"
	HubSignatureHex Scheme = "hub_signature_hex"
)

// LogValue keeps bodies, and addresses that are secrets, out of logs.
func (c Call) LogValue() slog.Value {
	host := ""
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Host
	}
	return slog.GroupValue(slog.String("method", c.Method), slog.String("host", host))
}

// LogValue keeps bodies out of logs.
func (s Step) LogValue() slog.Value {
	switch {
	case s.Call != nil:
		return s.Call.LogValue()
	case s.Done != nil:
		return s.Done.LogValue()
	}
	return slog.StringValue("[push]")
}

// LogValue keeps answers out of logs.
func (e Exchange) LogValue() slog.Value {
	return slog.GroupValue(slog.Int("status", e.Status), slog.String("error", e.Err))
}

// LogValue tells what an operator needs.
func (r Receipt) LogValue() slog.Value {
	return slog.GroupValue(slog.String("state", string(r.State)), slog.String("code", r.Code), slog.String("rule", r.Rule), slog.String("trouble", r.Trouble))
}

// Exchange is one step already done for a task and what came of it.
type Exchange struct {
	Step   Step
	Status int
	Header http.Header
	Body   []byte
	// Err is set when there was no answer. Unsent says that nothing left the hub,
	// so that the platform cannot have acted on it.
	Err    string
	Unsent bool
	// At is when the answer came, or the hub gave up.
	At time.Time
	// File is what a Download brought.
	File *Download
}

// Download is a file that the hub has stored.
type Download struct {
	Attachment id.Attachment
	MIME       string // as the server said
	Size       int64
	SHA256     string // lower-case hex
	TooLarge   bool   // beyond the hub's limit; nothing was stored
}

// Receipt is the end of a task. For tasks other than messages Sent means done
// and Failed not done.
type Receipt struct {
	// PlatformIDs are the platform's IDs of what went out, in order: also with
	// Failed and Unknown, if a part of the message went.
	PlatformIDs []string
	State       message.Delivery
	// Reason says why not, in words for the agent.
	Reason string
	// Code is the platform's own, for the log: "10/2018278".
	Code string
	// Rule names the policy's rule by which the platform refused; "" if none.
	Rule string
	// Retry says that the same task may be tried again, but not before RetryAfter
	// has passed: nothing of it went out.
	Retry      bool
	RetryAfter time.Duration
	// Trouble, if set, tells the administrator what is wrong with the account. The
	// hub sends nothing more on it until somebody has looked.
	Trouble string

	Person    *Person    // of FetchProfile
	File      *Download  // of FetchMedia
	Templates []Template // of ListTemplates
}
