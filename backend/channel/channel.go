// Package channel is the port that every messaging channel implements. A
// connector is a codec: it turns a platform's requests into events and Parley's
// tasks into the platform's calls. It keeps no state, does no IO, reads no
// clock. HTTP, sockets, retries, secrets and storage are the hub's, once.
//
// A webhook goes through it in this order. The hub reads the raw body up to its
// limit and asks Verify. A Final reply is sent at once. Otherwise Parse reads the
// body, the hub takes every event on (the log is synced), and only then sends the
// Reply: what a platform does not get acknowledged it sends again, and every
// event names the IDs that tell a repeat. A verified request that Parse cannot
// read is answered with the Reply too, logged and counted: sending it again
// would not make it readable.
//
// A task goes the other way. The hub asks Next with no exchanges, does the step,
// appends the Exchange and asks again, until a step is Done. It keeps the
// exchanges of a task that is under way, so that a restart goes on and sends
// nothing twice. The connector decides whether a call is made again and how long
// to wait first; the hub waits, holds back what Hold names, and stops an account
// on Trouble. What ends as message.Unknown is settled by an Echoed or a
// DeliveryReported that names our message, else by Reconcile where the channel
// has it; never by sending again.
package channel

import (
	"errors"
	"net/http"
	"time"
)

// Kind names a channel, for example "web". It is stored in the log.
type Kind string

// The channels.
const (
	Web       Kind = "web"
	Messenger Kind = "messenger"
	Instagram Kind = "instagram"
	WhatsApp  Kind = "whatsapp"
	X         Kind = "x"
	SMS       Kind = "sms"
	Open      Kind = "open"
)

// Kinds lists all, in the order in which a menu shows them.
func Kinds() []Kind { return []Kind{Web, Messenger, Instagram, WhatsApp, X, SMS, Open} }

// Account is one configured account of a channel: a page, a number, a
// deployment.
type Account struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"` // the platform's own ID, as its webhooks name it
	Name string `json:"name"`
	// Settings are the connector's own, as configured.
	Settings map[string]string `json:"settings,omitempty"`
}

// Accounts are the configured accounts of one channel, by ID. Reading an account
// that is not configured gives the zero Account, with every setting at its
// default.
type Accounts map[string]Account

// Endpoint is where a request came in. Platforms that have one webhook for many
// accounts leave Account zero but for its Kind.
type Endpoint struct {
	Account Account
	// URL is the endpoint's public address as the platform knows it, with its
	// query: some platforms sign it.
	URL string
	// Secrets are the endpoint's, by the names that the connector's package gives.
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

// Reply is what the platform gets in answer, of every verdict: with an error of
// Verify, too.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// Final: the request was a challenge and is done with; do not parse it.
	Final bool
}

// Batch is everything one request carried, in its order.
type Batch struct {
	Events  []Event
	Skipped []Skipped
}

// Skipped is a part of a request that means nothing to Parley. It is counted
// and logged by kind, never dropped silently. Neither field repeats what a
// person wrote.
type Skipped struct {
	Kind   string
	Reason string
}

// Errors of connectors.
var (
	// ErrForbidden: the request is not from whom it claims to be.
	ErrForbidden = errors.New("the request's origin or signature was refused")
	// ErrMalformed: the bytes are not of this channel's format.
	ErrMalformed = errors.New("malformed request")
	// ErrUnsupported: the channel has no such task; its Capabilities say so.
	ErrUnsupported = errors.New("the channel cannot do this")
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
	// Parse reads every event of a verified request; the rest is in Skipped. What
	// an account's settings switch off is skipped as well. Events may name
	// accounts that are not configured: the hub counts and drops those.
	Parse(Accounts, Request) (Batch, error)
	// Next gives the next step for a task after the exchanges so far. It returns
	// ErrUnsupported for a task that the channel does not have, never for a
	// platform's answer: that becomes a Receipt.
	Next(Account, Task, []Exchange, time.Time) (Step, error)
}
