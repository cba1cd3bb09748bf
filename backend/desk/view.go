package desk

import (
	"parley/backend/channel"
	"parley/backend/message"
	"parley/backend/protocol"
)

// Snapshot is what the window shows beside transcripts. It is never changed
// after it was made; share it freely. Times are Unix milliseconds, 0 = none;
// lists are never nil.
type Snapshot struct {
	Link         Link
	Me           Me
	Org          protocol.Org
	Interactions []Interaction // most urgent first
	Typing       []string      // conversations whose contact types now
	Notices      []Notice
	Supervision  Supervision
}

// LinkState is how the desk stands with its hub.
type LinkState string

// The link states. SignedOut is final: sign in again.
const (
	Connecting LinkState = "connecting"
	CatchingUp LinkState = "catching_up"
	Online     LinkState = "online"
	Offline    LinkState = "offline"
	SignedOut  LinkState = "signed_out"
)

// Link is the connection to the hub.
type Link struct {
	State        LinkState
	SinceMs      int64
	CompleteToMs int64 // all is known up to here
	RetryAtMs    int64 // when offline: the next attempt
	Reason       string
	Pending      int   // commands that the hub has not answered
	SkewMs       int64 // hub's clock minus this machine's
	CacheNote    string
}

// Me is the agent's own state, as it will be when pending commands are done.
type Me struct {
	Agent         string
	Presence      string
	PresenceMs    int64
	Routing       string
	Used          int
	Capacity      int
	NotResponding string // contact whose alert went unanswered
	Waiting       int
	LongestMs     int64
	Queues        []MyQueue
	Externals     []External
}

// MyQueue is a queue of which the agent is a member. Joined says that the agent
// takes its interactions.
type MyQueue struct {
	Queue  string
	Name   string
	Joined bool
}

// External is work outside Parley that goes on now.
type External struct {
	ID      string
	Media   string
	SinceMs int64
}

// Status is what an interaction is to the agent.
type Status string

// The statuses.
const (
	Alerting  Status = "alerting"
	Connected Status = "connected"
	ACW       Status = "acw"
	Parked    Status = "parked"
	Ended     Status = "ended"
)

// Group is where the roster shows an interaction.
type Group string

// The groups, most urgent first.
const (
	GroupAlerting Group = "alerting"
	NeedsReply    Group = "needs_reply"
	WaitsContact  Group = "waiting_for_contact"
	GroupACW      Group = "acw"
	GroupParked   Group = "parked"
	Earlier       Group = "earlier"
)

// Interaction is one card of the roster.
type Interaction struct {
	ID            string
	Communication string
	Channel       string
	ContactID     string
	Contact       string
	Handle        string
	Queue         string
	QueueName     string
	Status        Status
	Group         Group
	LastText      string // one line
	LastDirection string
	LastFailed    bool
	LastPending   bool
	Unread        int
	Inbound       int
	LastMs        int64
	WaitMs        int64
	QueuedMs      int64
	AlertedMs     int64
	AlertUntilMs  int64
	ConnectedMs   int64
	AutoAnswered  bool
	ACWUntilMs    int64
	EndedMs       int64
	EndReason     string
	WrapUpCode    string
	Why           string
	Details       []KeyValue
	Permit        string // why a reply may not be sent now
	// ACWOptional: after-call work may be completed without a code.
	ACWOptional  bool
	ParkedMs     int64
	ParkUntilMs  int64
	Priority     int
	HelpMs       int64 // since when help is asked for
	InactiveAtMs int64 // when the queue's rule ends it, or takes it back
	// HandedBy transferred it to this agent, with HandedNote.
	HandedBy    string
	HandedNote  string
	HandedAtMs  int64
	SurveyScore int // of SurveyScale; 0 = none yet
	SurveyScale int
}

// KeyValue is one line of details.
type KeyValue struct{ Key, Value string }

// Notice is something that needs a word beside nothing else on the screen.
type Notice struct {
	ID           string
	Level        string // info, warning, error
	Text         string
	Conversation string
}

// Page is part of a transcript.
type Page struct {
	Conversation string
	From         int
	Total        int
	Items        []Item // never nil
}

// Item is one line of a transcript. See app.Item for the words used.
type Item struct {
	ID          string
	Kind        string // message, note, event
	AtMs        int64
	Direction   string
	Author      string
	Mine        bool
	Text        string
	Erased      bool
	Mark        string // edited, unsent
	Attachments []Attachment
	Delivery    string // pending, then message.Delivery
	Reason      string
	Event       string
	Detail      string
	// Auto names what wrote a message that nobody wrote: greeting, away, survey.
	Auto string
	// Command is the pending command that Retry, Withdraw and Edit take; "" once
	// the hub has taken the message on.
	Command string
}

// Attachment is one file of a message.
type Attachment struct {
	message.Attachment
	Local  bool // on this machine, so that File needs no hub
	Staged bool // not yet at the hub: StagedFile has it
}

// Change says what is new since the last Take. Link, me, roster and the like
// are told by comparing snapshots.
type Change struct {
	Snapshot *Snapshot
	// Transcripts holds, for each conversation whose transcript changed, the
	// lowest index that did. The total may have shrunk below it.
	Transcripts map[string]int
	// Board is what is new on the boards; nil = nothing.
	Board *BoardChange
}

// limits returns what the desk may know of a channel; the zero values allow
// everything, as the hub judges anyway.
func limits(org protocol.Org, k channel.Kind) channel.Profile {
	for _, p := range org.Profiles {
		if p.Kind == k {
			return p
		}
	}
	return channel.Profile{Kind: k}
}
