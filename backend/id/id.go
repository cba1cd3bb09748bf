// Package id names the things that streams and messages are about, each with a
// type of its own, so that an agent's name can never stand where a queue's
// should. It is a leaf: every other package may import it.
package id

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"
)

type (
	// Conversation is one contact's thread on one channel, from its first
	// message to its end; it is also the ID of its stream.
	Conversation string
	// Contact is a person on one channel account.
	Contact string
	// Message is unique over all conversations.
	Message string
	// Attachment is one uploaded file.
	Attachment string
	// Agent is a user who takes interactions; also the ID of the agent's stream.
	Agent string
	// Queue is where conversations wait.
	Queue string
	// Communication is one participant's leg of a conversation: made when the
	// conversation alerts, kept through connected, after-call work and the end.
	Communication string
	// Command names one intention. A retry carries the same Command and finds
	// its first result.
	Command string
	// Deployment is one web messaging deployment.
	Deployment string
	// Skill is something an agent knows, or a language (BCP 47, for example
	// "pt-BR"); an agent has a proficiency in each from 0 to 5.
	Skill string
	// Library is a collection of canned responses.
	Library string
	// Response is one canned response; unique in its library.
	Response string
	// Hours names opening hours that queues share.
	Hours string
	// External is an interaction outside Parley, such as a call on a softphone.
	External string
	// Guest is whoever writes to one account: a web messaging session, derived from
	// the hash of the guest's token, or a contact of another channel, derived from
	// what the platform calls them. It is no secret and tells nothing.
	Guest string
)

// From is not after any ID that New makes at t or later, and after every one of
// an earlier millisecond.
func From(t time.Time) string { return fmt.Sprintf("%012x", max(t.UnixMilli(), 0)) }

// New returns 32 lower-case hexadecimal digits of a version 7 UUID (RFC 9562):
// unique, and in order of time, so that keys made of it lie close together on
// disk. It is safe for concurrent use.
func New() string {
	u := uuid.Must(uuid.NewV7())
	return hex.EncodeToString(u[:])
}
