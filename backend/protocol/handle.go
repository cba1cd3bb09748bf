package protocol

import (
	"parley/backend/agent"
	"parley/backend/id"
)

// PathTargets lists where an interaction may be transferred to: GET → Targets.
const PathTargets = "/desk/v1/targets"

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
