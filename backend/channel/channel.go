// Package channel is the port that every messaging channel implements. A
// connector is a codec: it turns a platform's requests into events and Parley's
// tasks into the platform's calls. It keeps no state, does no IO, reads no
// clock. HTTP, sockets, retries, secrets and storage are the hub's, once.
package channel

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"parley/backend/id"
	"parley/backend/message"
)

// Kind names a channel, for example "web". It is stored in the log.
type Kind string

// Web is web messaging.
const Web Kind = "web"

// Account is one configured account of a channel: a page, a number, a
// deployment.
type Account struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
	// Settings are the connector's own, as configured.
	Settings map[string]string `json:"settings,omitempty"`
}

// Capabilities say what a channel can do. Desk and hub evaluate the same value.
type Capabilities struct {
	Label          string             `json:"label"`          // for people: "Web messaging"
	MaxTextBytes   int                `json:"maxTextBytes"`   // outbound, UTF-8 bytes; 0 = no limit
	MaxTextChars   int                `json:"maxTextChars"`   // outbound, Unicode code points; 0 = no limit
	MaxFileBytes   int64              `json:"maxFileBytes"`   // outbound, one file
	FileTypes      []string           `json:"fileTypes"`      // MIME, "image/*" and "*/*" allowed; empty = no files
	BlockedEndings []string           `json:"blockedEndings"` // lower case with dot, for example ".exe"
	TypingIn       bool               `json:"typingIn"`       // contact's typing arrives
	TypingOut      bool               `json:"typingOut"`      // ours can be sent
	Reports        []message.Delivery `json:"reports"`        // delivery states this channel reports
	Buttons        bool               `json:"buttons"`        // quick replies
}

// Rule is one line of a platform's policy, with where and when it was read.
type Rule struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
	ReadOn string `json:"readOn"` // YYYY-MM-DD
}

// Policy holds a platform's rules as data.
type Policy struct {
	// ReplyWindow is how long after the contact's last message replies are
	// accepted; 0 = for good.
	ReplyWindow time.Duration `json:"replyWindowNs"`
	// MaxReplies is how many replies each inbound message allows; 0 = any number.
	MaxReplies int    `json:"maxReplies"`
	Rules      []Rule `json:"rules,omitempty"`
}

// Facts are what Permit judges by. They come from the conversation's fold.
type Facts struct {
	LastInboundAt time.Time
	RepliesSince  int // outbound messages since the last inbound one
}

// Refusal says why something may not be sent, in words for the agent.
type Refusal struct {
	Rule   string
	Reason string
}

func (r *Refusal) Error() string { return r.Reason }

// Permit says whether a reply may be sent now; the answer is nil or a *Refusal.
func (p Policy) Permit(f Facts, now time.Time) error {
	if p.ReplyWindow > 0 && now.Sub(f.LastInboundAt) > p.ReplyWindow {
		return &Refusal{Rule: "reply_window", Reason: fmt.Sprintf("replies are accepted for %s after the contact's last message", p.ReplyWindow)}
	}
	if p.MaxReplies > 0 && f.RepliesSince >= p.MaxReplies {
		return &Refusal{Rule: "max_replies", Reason: fmt.Sprintf("at most %d replies to each message of the contact are delivered", p.MaxReplies)}
	}
	return nil
}

// Profile is what a connector can do and what its platform allows, as data.
type Profile struct {
	Kind         Kind         `json:"kind"`
	Capabilities Capabilities `json:"capabilities"`
	Policy       Policy       `json:"policy"`
}

// Endpoint is where a request came in.
type Endpoint struct {
	Account Account
	Secrets map[string]string
}

// Request is one inbound request or socket frame, untouched.
type Request struct {
	Method string
	Path   string
	Query  map[string][]string
	Header http.Header
	Body   []byte
}

// Reply is what the platform gets in answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// Final: the request was a challenge and is done with; do not parse it.
	Final bool
}

// Batch is everything one request carried.
type Batch struct {
	Events  []Event
	Skipped []Skipped
}

// Skipped is a part of a request that means nothing to Parley. It is counted
// and logged by kind, never dropped silently.
type Skipped struct {
	Kind   string
	Reason string
}

// Event is one thing that happened on a channel.
//
//sumtype:decl
type Event interface{ channelEvent() }

// MessageReceived is an inbound message.
type MessageReceived struct {
	Account    string
	From       string // the contact's ID on the channel
	PlatformID string // the platform's message ID, or the client's tracing ID; "" if it has none
	Body       message.Body
	SentAt     time.Time // zero if the channel does not tell
	Attributes map[string]string
}

// TypingReceived says that the contact is typing.
type TypingReceived struct{ Account, From string }

// Joined says that the contact opened the conversation without a word.
type Joined struct {
	Account, From string
	Attributes    map[string]string
}

// ConversationCleared says that the contact cleared the conversation.
type ConversationCleared struct{ Account, From string }

// DeliveryReported is a status of a message that Parley sent.
type DeliveryReported struct {
	Account, PlatformID string
	State               message.Delivery
	Reason              string
}

func (MessageReceived) channelEvent()     {}
func (TypingReceived) channelEvent()      {}
func (Joined) channelEvent()              {}
func (ConversationCleared) channelEvent() {}
func (DeliveryReported) channelEvent()    {}

// Task is what Parley wants done on a channel.
//
//sumtype:decl
type Task interface{ task() }

// SendMessage delivers an outbound message.
type SendMessage struct {
	Message id.Message
	To      string
	Body    message.Body
	// FileURL gives each attachment an address the contact can load.
	FileURL map[id.Attachment]string
	From    string // the agent's name as the contact sees it
	At      time.Time
}

// SendTyping shows the contact that the agent is typing.
type SendTyping struct {
	To, From string
	At       time.Time
}

// SendDisconnect tells the contact that the conversation has ended.
type SendDisconnect struct {
	To, From string
	At       time.Time
	ReadOnly bool
}

func (SendMessage) task()    {}
func (SendTyping) task()     {}
func (SendDisconnect) task() {}

// Exchange is one call already made for a task and what came of it.
type Exchange struct {
	Step   Step
	Status int
	Header http.Header
	Body   []byte
	// Err is set when there was no answer.
	Err string
}

// Step is the next thing to do for a task. Exactly one field is set.
type Step struct {
	// Call is an HTTP call to the platform.
	Call *Call
	// Push is a frame for the contact's open sockets.
	Push []byte
	// Done ends the task.
	Done *Receipt
}

// Call is one HTTP call. Auth names the secret the hub signs it with.
type Call struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
	Auth   string
}

// Receipt is the end of a task.
type Receipt struct {
	PlatformID string
	State      message.Delivery
	Reason     string
	// Retry says that the same task may be tried again later.
	Retry bool
}

// Errors of Verify and Parse.
var (
	// ErrForbidden: the request is not from whom it claims to be.
	ErrForbidden = errors.New("the request's origin or signature was refused")
	// ErrMalformed: the bytes are not of this channel's format.
	ErrMalformed = errors.New("malformed request")
)

// Connector is one channel. No state, no IO, no clock: equal arguments give
// equal answers, so a restarted hub goes on where it was.
type Connector interface {
	Kind() Kind
	// Profile gives capabilities and policy of one account.
	Profile(Account) Profile
	// Verify judges a request by its raw body before anything reads it, and
	// answers challenges. It returns ErrForbidden or ErrMalformed.
	Verify(Endpoint, Request, time.Time) (Reply, error)
	// Parse reads every event of a verified request; the rest is in Skipped.
	Parse(Request) (Batch, error)
	// Next gives the next step for a task after the exchanges so far.
	Next(Account, Task, []Exchange, time.Time) (Step, error)
}
