// Package protocol holds the frames between desk and hub: JSON text frames on
// one WebSocket, /desk/v1/socket, and a few HTTP calls beside it. Hub and desk
// meet only here.
//
// Order on the socket: the hub sends Welcome; the desk sends Hello with what it
// holds; the hub answers with Forget, then Commits for each stream the agent
// may see, then Complete; from then on Commits as they happen, each batch again
// followed by Complete. Commands may be sent at any time after Welcome.
package protocol

import (
	"parley/backend/channel"
	"parley/backend/config"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Version is the frame format's version. Welcome carries it.
const Version = 1

// HTTP paths of the desk API.
const (
	PathSession = "/desk/v1/session" // POST SignIn → SignedIn; DELETE signs out
	PathSocket  = "/desk/v1/socket"  // GET, upgrade; Authorization: Bearer TOKEN
	PathFiles   = "/desk/v1/files/"  // POST PathFiles?name=… body=bytes → message.Attachment; GET PathFiles+ID → bytes
	// PathEphemeral+CONVERSATION/MESSAGE gives what a message shows that nobody may
	// keep: the desk holds it in memory, for as long as it is looked at.
	PathEphemeral = "/desk/v1/ephemeral/"
	PathAbout     = "/desk/v1/about" // GET → About, without sign-in
)

// About says what answers at an address.
type About struct {
	Product string `json:"product"` // "parley"
	Name    string `json:"name"`    // the organisation
	Version int    `json:"version"`
	Demo    bool   `json:"demo"`
}

// SignIn is the body of POST PathSession.
type SignIn struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Device   string `json:"device"` // a name for people: host and profile
}

// SignedIn is its answer. The token is a secret of 32 random bytes.
type SignedIn struct {
	Token     string   `json:"token"`
	Agent     id.Agent `json:"agent"`
	Name      string   `json:"name"`
	Role      string   `json:"role"` // agent, supervisor, reviewer, admin
	ExpiresMs int64    `json:"expiresMs"`
}

// Problem is the body of every HTTP error and part of Nack: a code for
// programs and a sentence for people.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Retry says that the same request may succeed later.
	Retry bool `json:"retry,omitempty"`
}

func (p Problem) Error() string { return p.Message }

// ToHub is one frame from a desk. Exactly one field is set.
type ToHub struct {
	Hello   *Hello   `json:"hello,omitempty"`
	Command *Command `json:"command,omitempty"`
	Typing  *Typing  `json:"typing,omitempty"`
	Watch   *Watch   `json:"watch,omitempty"`
}

// ToDesk is one frame from the hub. Exactly one field is set.
type ToDesk struct {
	Welcome   *Welcome   `json:"welcome,omitempty"`
	Forget    *Forget    `json:"forget,omitempty"`
	Commits   *Commits   `json:"commits,omitempty"`
	Complete  *Complete  `json:"complete,omitempty"`
	Ack       *Ack       `json:"ack,omitempty"`
	Nack      *Nack      `json:"nack,omitempty"`
	Typing    *Typing    `json:"typing,omitempty"`
	Queues    *Queues    `json:"queues,omitempty"`
	Board     *Board     `json:"board,omitempty"`
	Unwatched *Unwatched `json:"unwatched,omitempty"`
	Org       *Org       `json:"org,omitempty"` // the organisation has changed
	Bye       *Problem   `json:"bye,omitempty"` // the hub closes; do not reconnect unless Retry
}

// Hello says what the desk holds.
type Hello struct {
	Epoch string `json:"epoch"` // of what it holds; another epoch means: send all
	Have  []Held `json:"have,omitempty"`
}

// Held is a stream the desk holds up to Rev.
type Held struct {
	Stream eventlog.Stream `json:"stream"`
	Rev    uint64          `json:"rev"`
	Hash   string          `json:"hash"` // hex, of the commit at Rev
}

// Welcome is the hub's first frame.
type Welcome struct {
	Version int      `json:"version"`
	Epoch   string   `json:"epoch"`
	Agent   id.Agent `json:"agent"`
	NowMs   int64    `json:"nowMs"` // the hub's clock, Unix milliseconds
	Org     Org      `json:"org"`
	// KeepDays is how many days of conversations the hub syncs to this desk.
	KeepDays int `json:"keepDays"`
}

// Org is the configuration that a desk needs.
type Org struct {
	Name   string   `json:"name"`
	Queues []Queue  `json:"queues"`
	Agents []Person `json:"agents"`
	// Former are people who are no longer of it, for what they did.
	Former   []Person             `json:"former,omitempty"`
	Profiles []channel.Profile    `json:"profiles"`
	Capacity map[channel.Kind]int `json:"capacity"`
	ShopURL  string               `json:"shopUrl,omitempty"` // demo only
	// Revision counts the configuration's changes.
	Revision uint64 `json:"revision,omitempty"`
	// Rights are what this desk's user may do; what is missing they may not.
	Rights []Right `json:"rights,omitempty"`
	// Libraries are the canned responses.
	Libraries []Library `json:"libraries,omitempty"`
	// Thresholds are from when on supervisors are warned.
	Thresholds []config.Threshold `json:"thresholds,omitempty"`
	// Zone is where the organisation's days begin, an IANA name.
	Zone string `json:"zone,omitempty"`
}

// Right is an action that a user may do (config.Action), and where: "own"
// conversations, the Queues listed of which they are "member" or that are
// "supervised", or "everywhere".
type Right struct {
	Action string     `json:"action"`
	Scope  string     `json:"scope"`
	Queues []id.Queue `json:"queues,omitempty"`
}

// Library is a collection of canned responses for the conversations of Queues,
// or of all if there are none.
type Library struct {
	ID        id.Library `json:"id"`
	Name      string     `json:"name"`
	Queues    []id.Queue `json:"queues,omitempty"`
	Responses []Response `json:"responses"`
}

// Response is a canned response. Its text may hold config.Placeholders.
type Response struct {
	ID       id.Response `json:"id"`
	Name     string      `json:"name"`
	Text     string      `json:"text"`
	Language id.Skill    `json:"language,omitempty"`
}

// Person is somebody of the organisation.
type Person struct {
	Agent  id.Agent   `json:"agent"`
	Name   string     `json:"name"`
	Queues []id.Queue `json:"queues,omitempty"` // of which they are members
}

// Queue is one queue's configuration.
type Queue struct {
	ID             id.Queue     `json:"id"`
	Name           string       `json:"name"`
	AlertTimeoutMs int64        `json:"alertTimeoutMs"`
	AutoAnswer     bool         `json:"autoAnswer"`
	WrapUp         bool         `json:"wrapUp"`
	ACWTimeoutMs   int64        `json:"acwTimeoutMs"`
	DefaultCode    string       `json:"defaultCode"`
	Codes          []WrapUpCode `json:"codes"`
	// ACWOptional: the agent may complete without a code.
	ACWOptional bool `json:"acwOptional,omitempty"`
	// Manual: agents may pull what waits.
	Manual bool `json:"manual,omitempty"`
	// InactivityMs is how long nobody may say anything; 0 = for good. Then the
	// conversation ends, or with InactiveRequeue goes back to its queue.
	InactivityMs    int64 `json:"inactivityMs,omitempty"`
	InactiveRequeue bool  `json:"inactiveRequeue,omitempty"`
	// ServiceLevel is the aim; nil = none is set.
	ServiceLevel *config.ServiceLevel `json:"serviceLevel,omitempty"`
}

// WrapUpCode is one choice at the end of an interaction.
type WrapUpCode struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Forget names streams that the desk must delete, with their bodies and files.
type Forget struct {
	Streams []eventlog.Stream `json:"streams"`
}

// Commits are consecutive commits of one stream with the content they refer
// to. Reset means that they begin at Rev 1 and replace what the desk holds.
type Commits struct {
	Stream  eventlog.Stream `json:"stream"`
	Reset   bool            `json:"reset,omitempty"`
	Commits [][]byte        `json:"commits"` // eventlog.Commit.Encode
	Pos     uint64          `json:"pos"`     // position of the last one
	// Hash is that of the last one, hex. The chain vouches for all before it,
	// this for the last; the desk checks it unless it is empty.
	Hash string `json:"hash,omitempty"`
	// Bodies are the messages' contents. A message of these commits that is
	// missing here was erased.
	Bodies map[id.Message]message.Body `json:"bodies,omitempty"`
	// Contact is the conversation's contact as known now.
	Contact *Contact `json:"contact,omitempty"`
}

// Contact is who is on the other side.
type Contact struct {
	ID         id.Contact        `json:"id"`
	Name       string            `json:"name,omitempty"`
	Handle     string            `json:"handle,omitempty"` // what the channel calls them
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Complete: all that the agent may see is complete up to Pos at AtMs.
type Complete struct {
	Pos  uint64 `json:"pos"`
	AtMs int64  `json:"atMs"`
}

// Command is one intention of the agent. ID is made before the first try.
// Exactly one of the fields after AtMs is set.
type Command struct {
	ID   id.Command `json:"id"`
	AtMs int64      `json:"atMs"` // when the agent decided it

	Presence   *SetPresence `json:"presence,omitempty"`
	Accept     *OnLeg       `json:"accept,omitempty"`
	Decline    *OnLeg       `json:"decline,omitempty"`
	Disconnect *OnLeg       `json:"disconnect,omitempty"`
	WrapUp     *WrapUp      `json:"wrapUp,omitempty"`
	Send       *Send        `json:"send,omitempty"`
	MarkRead   *MarkRead    `json:"markRead,omitempty"`
	Transfer   *Transfer    `json:"transfer,omitempty"`
	Park       *Park        `json:"park,omitempty"`
	Unpark     *OnLeg       `json:"unpark,omitempty"`
	Pull       *Pull        `json:"pull,omitempty"`
	AddNote    *AddNote     `json:"addNote,omitempty"`
	AskHelp    *OnLeg       `json:"askHelp,omitempty"`
	EndHelp    *OnLeg       `json:"endHelp,omitempty"`
	SetQueue   *SetQueue    `json:"setQueue,omitempty"`
	Confirm    *Confirm     `json:"confirm,omitempty"`

	// What a supervisor does, and Coach of an agent.
	TakeOver      *Steer         `json:"takeOver,omitempty"`
	Reassign      *Reassign      `json:"reassign,omitempty"`
	SetPriority   *SetPriority   `json:"setPriority,omitempty"`
	CutOff        *Steer         `json:"cutOff,omitempty"` // disconnects for both sides
	CloseHelp     *Steer         `json:"closeHelp,omitempty"`
	SetStatus     *SetStatus     `json:"setStatus,omitempty"`
	SetMembership *SetMembership `json:"setMembership,omitempty"`
	Coach         *Coach         `json:"coach,omitempty"`
}

// SetPresence changes the agent's presence (agent.Presence).
type SetPresence struct {
	Presence string `json:"presence"`
}

// OnLeg acts on the agent's communication of a conversation.
type OnLeg struct {
	Conversation  id.Conversation  `json:"conversation"`
	Communication id.Communication `json:"communication"`
}

// WrapUp gives a wrap-up code.
type WrapUp struct {
	OnLeg
	Code string `json:"code"`
}

// Send sends a message. Attachments were uploaded to PathFiles before.
type Send struct {
	Conversation id.Conversation `json:"conversation"`
	Message      id.Message      `json:"message"`
	Body         message.Body    `json:"body"`
}

// MarkRead: the agent has seen the first Inbound inbound messages.
type MarkRead struct {
	Conversation id.Conversation `json:"conversation"`
	Inbound      int             `json:"inbound"`
}

// Confirm: the agent knows that a message arrived whose delivery is unknown.
type Confirm struct {
	Conversation id.Conversation `json:"conversation"`
	Message      id.Message      `json:"message"`
}

// Ack: the command is in the log, at Rev of Stream. Again: it was before.
type Ack struct {
	ID     id.Command      `json:"id"`
	Stream eventlog.Stream `json:"stream"`
	Rev    uint64          `json:"rev"`
	Again  bool            `json:"again,omitempty"`
}

// Nack: the command was refused and nothing happened.
type Nack struct {
	ID id.Command `json:"id"`
	Problem
}

// Typing is losable. From a desk: the agent types. From the hub: the contact
// does. It holds for 5 seconds.
type Typing struct {
	Conversation id.Conversation `json:"conversation"`
}

// Queues is losable: how many conversations wait now in the agent's queues.
type Queues struct {
	Waiting        int   `json:"waiting"`
	LongestSinceMs int64 `json:"longestSinceMs"` // Unix milliseconds; 0 = none
}
