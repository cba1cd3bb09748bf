package protocol

import (
	"parley/backend/id"
	"parley/backend/supervisor"
)

// HTTP paths of supervision, beside those of desk.go.
const (
	PathCommand = "/desk/v1/command"  // POST Command → Ack: one whose answer somebody waits for
	PathBoard   = "/desk/v1/board"    // GET ?at=MS → Board: as it was at a moment of today
	PathReport  = "/desk/v1/report"   // POST supervisor.Query → supervisor.Report
	PathHistory = "/desk/v1/history/" // GET PathHistory+CONVERSATION → History
)

// Watch says all that this desk watches from now on. Before Hello it lets a desk
// that comes back go on with what it holds.
type Watch struct {
	Board bool `json:"board,omitempty"` // queues, agents and live conversations
	// Monitor lists conversations to watch silently. Each comes as Commits, with
	// its monitor stream and the coaching of its agent, and is forgotten when it is
	// no longer listed or the desk goes. One that may not be watched is answered
	// by Unwatched.
	Monitor []id.Conversation `json:"monitor,omitempty"`
}

// MostMonitored is how many conversations a desk watches at once.
const MostMonitored = 20

// Unwatched: a conversation is not watched, and why.
type Unwatched struct {
	Conversation id.Conversation `json:"conversation"`
	Problem
}

// Board is what changed on the boards, at most four times in a second; what the
// agent may not see is left out.
type Board struct {
	supervisor.Board
	// Contacts are the names of the contacts of Conversations.
	Contacts map[id.Conversation]string `json:"contacts,omitempty"`
}

// Steer acts on a conversation of others.
type Steer struct {
	Conversation id.Conversation `json:"conversation"`
}

// Reassign moves a conversation to a queue, and there to the agent To if it is
// set. One that waits is so assigned.
type Reassign struct {
	Conversation id.Conversation `json:"conversation"`
	Queue        id.Queue        `json:"queue,omitempty"` // "" = where it is
	To           id.Agent        `json:"to,omitempty"`
}

// SetPriority gives a conversation another place among those that wait.
type SetPriority struct {
	Conversation id.Conversation `json:"conversation"`
	Priority     int             `json:"priority"`
}

// Coach writes in private: a supervisor to the agent who has the conversation, or
// that agent to those who coach.
type Coach struct {
	Conversation id.Conversation `json:"conversation"`
	Message      id.Message      `json:"message"`
	Text         string          `json:"text"`
}

// SetStatus changes another agent's presence.
type SetStatus struct {
	Agent    id.Agent `json:"agent"`
	Presence string   `json:"presence"`
}

// SetMembership lets another agent join a queue, or leave it for now.
type SetMembership struct {
	Agent id.Agent `json:"agent"`
	Queue id.Queue `json:"queue"`
	Join  bool     `json:"join"`
}

// History is all that happened to a conversation, oldest first.
type History struct {
	Conversation id.Conversation `json:"conversation"`
	Entries      []HistoryEntry  `json:"entries"`
}

// HistoryEntry is one event, with who did it and when. Fields are those of the
// event that are about people, queues and words of the organisation; what people
// wrote is not in it.
type HistoryEntry struct {
	AtMs  int64    `json:"atMs"`
	Rev   uint64   `json:"rev"`
	Actor string   `json:"actor"` // agent, guest, hub, system
	By    id.Agent `json:"by,omitempty"`
	Event string   `json:"event"`

	Agent  id.Agent `json:"agent,omitempty"`
	Queue  id.Queue `json:"queue,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Code   string   `json:"code,omitempty"`
	Number int      `json:"number,omitempty"`
}
