// Package audit is the pure core of the audit log: who did, or was refused, what
// needs a right. Most records follow from commits of other streams and are
// derived from them, so that anybody can derive them again and compare; the
// others, sign-ins and refusals, stand for themselves. They lie in one stream,
// whose chain shows whether one was changed or taken out. A record holds names
// and codes, and nothing that people wrote.
package audit

import (
	"encoding/json"
	"fmt"
	"time"

	"parley/backend/eventlog"
)

// StreamID is the ID of the one stream of audit records.
const StreamID = "org"

// Stream is that stream.
var Stream = eventlog.Stream{Kind: eventlog.Audit, ID: StreamID}

// Outcome is how it went.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Actions that are no config.Action.
const (
	SignIn      = "sign_in"
	SignOut     = "sign_out"
	SetPassword = "set_password"
	EndMonitor  = "end_monitor"
	// AllowAddresses: calls of a channel may go to addresses that are not public.
	AllowAddresses = "allow_addresses"
)

// Record is one thing that somebody did or was refused.
type Record struct {
	At  time.Time `json:"at"`
	Who string    `json:"who"` // an actor, for example agent:ada or hub; "" = nobody knows
	// Action is a config.Action or one of this package's.
	Action  string   `json:"action"`
	Subject []string `json:"subject,omitempty"` // for example "queue orders"
	Outcome Outcome  `json:"outcome"`
	// Detail is a word: of a refusal its code, of a change where it came from, of
	// a status or priority the new one.
	Detail string `json:"detail,omitempty"`
	// Session is the session that did it, as its sign-in names it, and Device what
	// that said of itself.
	Session string `json:"session,omitempty"`
	Device  string `json:"device,omitempty"`
	// Commit is what the record was derived from.
	Commit *Ref `json:"commit,omitempty"`
	// Skipped is how many refusals before this one came too fast to be recorded.
	Skipped int `json:"skipped,omitempty"`
}

// Ref names a commit.
type Ref struct {
	Stream eventlog.Stream `json:"stream"`
	Rev    uint64          `json:"rev"`
	Hash   string          `json:"hash"`
}

const eventType = "recorded"

// Encode gives the stored form of a record.
func Encode(r Record) ([]eventlog.Event, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode an audit record: %w", err)
	}
	return []eventlog.Event{{Type: eventType, Data: data}}, nil
}

// Decode reads the records of a commit; what it does not know is left out.
func Decode(c eventlog.Commit) []Record {
	var out []Record
	for _, e := range c.Events {
		var r Record
		if e.Type == eventType && json.Unmarshal(e.Data, &r) == nil {
			out = append(out, r)
		}
	}
	return out
}
