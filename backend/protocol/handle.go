package protocol

import (
	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// PathTargets lists where an interaction may be transferred to: GET → Targets.
const PathTargets = "/desk/v1/targets"

// PathWaiting lists what the agent may pull: GET → Waiting.
const PathWaiting = "/desk/v1/waiting"

// Pull takes a waiting conversation out of its queue.
type Pull struct {
	Conversation id.Conversation `json:"conversation"`
}

// Waiting is what waits in the agent's queues that allow pulling, in the
// queues' order, at most MaxWaiting of it.
type Waiting struct {
	Conversations []Waits `json:"conversations"`
	More          bool    `json:"more,omitempty"`
}

// MaxWaiting bounds Waiting.
const MaxWaiting = 200

// Waits is one conversation that waits.
type Waits struct {
	Conversation id.Conversation `json:"conversation"`
	Queue        id.Queue        `json:"queue"`
	Channel      channel.Kind    `json:"channel"`
	SinceMs      int64           `json:"sinceMs"` // its place in the queue
	Priority     int             `json:"priority,omitempty"`
	Contact      string          `json:"contact,omitempty"` // name or handle
}

// Transfer moves the agent's interaction to a queue, and there to the agent To
// if it is set. Note and Text are for the receiver; both empty = none.
type Transfer struct {
	OnLeg
	Queue id.Queue   `json:"queue,omitempty"` // "" = where it is
	To    id.Agent   `json:"to,omitempty"`
	Note  id.Message `json:"note,omitempty"`
	Text  string     `json:"text,omitempty"`
}

// Park sets the agent's interaction aside until a time, Unix milliseconds.
type Park struct {
	OnLeg
	UntilMs int64 `json:"untilMs"`
}

// AddNote writes for colleagues.
type AddNote struct {
	Conversation id.Conversation `json:"conversation"`
	Note         id.Message      `json:"note"`
	Text         string          `json:"text"`
}

// SetQueue joins one of the agent's queues, or leaves it for now.
type SetQueue struct {
	Queue id.Queue `json:"queue"`
	Join  bool     `json:"join"`
}

// Targets is where an interaction may go now.
type Targets struct {
	Queues []TargetQueue `json:"queues"`
	Agents []TargetAgent `json:"agents"`
}

// TargetQueue is a queue with how busy it is.
type TargetQueue struct {
	Queue          id.Queue `json:"queue"`
	Name           string   `json:"name"`
	Waiting        int      `json:"waiting"`
	LongestSinceMs int64    `json:"longestSinceMs"` // Unix milliseconds; 0 = none
	OnQueue        int      `json:"onQueue"`        // members who take interactions now
}

// TargetAgent is a colleague with what they do now.
type TargetAgent struct {
	Agent    id.Agent       `json:"agent"`
	Name     string         `json:"name"`
	Presence agent.Presence `json:"presence"`
	Routing  agent.Routing  `json:"routing"`
	Held     int            `json:"held"` // interactions at hand
	Queues   []id.Queue     `json:"queues"`
}
