// Package agent is the pure core of an agent's own stream: presence, queue
// state and the reservations that hold capacity. Every assignment reserves here
// first, so that capacity is never exceeded whoever acts at once.
package agent

import (
	"parley/backend/channel"
	"parley/backend/id"
)

// Presence is what an agent says of themselves.
type Presence string

// The presences. OnQueue takes interactions; the others do not.
const (
	Offline   Presence = "offline"
	Available Presence = "available"
	OnQueue   Presence = "on_queue"
	Busy      Presence = "busy"
	Away      Presence = "away"
	Break     Presence = "break"
	Meal      Presence = "meal"
	Meeting   Presence = "meeting"
	Training  Presence = "training"
)

// Presences lists all, in the order in which a menu shows them.
func Presences() []Presence {
	return []Presence{OnQueue, Available, Busy, Away, Break, Meal, Meeting, Training, Offline}
}

// Routing is an agent's routing status. It is derived, never stored.
type Routing string

// The routing statuses.
const (
	OffQueue      Routing = "off_queue"
	Idle          Routing = "idle"
	Interacting   Routing = "interacting"
	NotResponding Routing = "not_responding"
)

// Event is something that happened to an agent.
//
//sumtype:decl
type Event interface{ eventType() string }

type (
	// PresenceChanged: the agent, or the hub for them, chose another presence.
	PresenceChanged struct {
		Presence Presence `json:"presence"`
		Reason   string   `json:"reason,omitempty"` // "" = chosen; disconnected = no desk left
		By       id.Agent `json:"by,omitempty"`     // a supervisor, if not the agent
	}
	// Reserved holds capacity for one communication from its alert on.
	Reserved struct {
		Communication id.Communication `json:"communication"`
		Conversation  id.Conversation  `json:"conversation"`
		Channel       channel.Kind     `json:"channel"`
	}
	// Released gives it back.
	Released struct {
		Communication id.Communication `json:"communication"`
		// Reason: declined, expired, withdrawn, completed, orphaned, parked, moved.
		Reason string `json:"reason"`
	}
	// StoppedResponding: an alert was declined or ran out.
	StoppedResponding struct {
		Communication id.Communication `json:"communication"`
	}
	// QueueLeft: the agent, or a supervisor for them, takes nothing of a queue for
	// now, though a member of it.
	QueueLeft struct {
		Queue id.Queue `json:"queue"`
		By    id.Agent `json:"by,omitempty"`
	}
	// QueueJoined: the agent takes its interactions again.
	QueueJoined struct {
		Queue id.Queue `json:"queue"`
		By    id.Agent `json:"by,omitempty"`
	}
	// ExternalStarted: work outside Parley has begun, as a softphone or a mail
	// client reports.
	ExternalStarted struct {
		External id.External  `json:"external"`
		Media    channel.Kind `json:"media"`
	}
	// ExternalEnded: it is over.
	ExternalEnded struct {
		External id.External `json:"external"`
	}
	// Resumed: the agent is back from not responding.
	Resumed struct{}
	// Unknown stands for an event of a later version. It is kept and skipped.
	Unknown struct {
		Type string
		Data []byte
	}
)

func (PresenceChanged) eventType() string   { return "presence_changed" }
func (Reserved) eventType() string          { return "reserved" }
func (Released) eventType() string          { return "released" }
func (StoppedResponding) eventType() string { return "stopped_responding" }
func (QueueLeft) eventType() string         { return "queue_left" }
func (QueueJoined) eventType() string       { return "queue_joined" }
func (ExternalStarted) eventType() string   { return "external_started" }
func (ExternalEnded) eventType() string     { return "external_ended" }
func (Resumed) eventType() string           { return "resumed" }
func (u Unknown) eventType() string         { return u.Type }
