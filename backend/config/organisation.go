// Package config is the pure core of the organisation's configuration: who works
// here, which queues there are and by which rules, and who may do what. It is
// data that changes by commands, as a conversation does; the hub's own settings,
// such as where it listens, are no part of it.
package config

import (
	"encoding/json"

	"parley/backend/channel"
	"parley/backend/id"
)

// Organisation is the whole configuration as it is now. Keys are the same in
// files, in stored events and on the wire.
type Organisation struct {
	General
	Skills    []Skill   `json:"skills,omitempty"`
	Hours     []Hours   `json:"hours,omitempty"`
	Queues    []Queue   `json:"queues,omitempty"`
	Users     []User    `json:"users,omitempty"`
	Libraries []Library `json:"libraries,omitempty"`
}

// General is what the organisation has once.
type General struct {
	Name string `json:"organisation"`
	// Capacity is how many interactions of each channel an agent takes at once.
	Capacity map[channel.Kind]int `json:"capacity,omitempty"`
	// InterruptibleBy says which other kinds may be offered while one of this
	// kind is held; see agent.Utilization.
	InterruptibleBy map[channel.Kind][]channel.Kind `json:"interruptibleBy,omitempty"`
	Thresholds      []Threshold                     `json:"thresholds,omitempty"`
}

// Metric is what a threshold is about.
type Metric string

// The metrics that have thresholds.
const (
	MetricWaiting      Metric = "waiting"      // conversations in a queue
	MetricLongestWait  Metric = "longestWait"  // seconds
	MetricServiceLevel Metric = "serviceLevel" // percent; too little is bad
	MetricAbandoned    Metric = "abandoned"    // percent
	MetricHandleTime   Metric = "handleTime"   // seconds, of one interaction
	MetricFirstAnswer  Metric = "firstAnswer"  // seconds, on average
)

// Metrics lists all.
func Metrics() []Metric {
	return []Metric{MetricWaiting, MetricLongestWait, MetricServiceLevel, MetricAbandoned, MetricHandleTime, MetricFirstAnswer}
}

// Threshold says from when on a supervisor is warned and alarmed.
type Threshold struct {
	Metric Metric   `json:"metric"`
	Queue  id.Queue `json:"queue,omitempty"` // "" = every queue without one of its own
	Warn   int      `json:"warn,omitempty"`  // 0 = never
	Alarm  int      `json:"alarm,omitempty"` // 0 = never
}

// Skill is something that agents know. Languages are skills too, and need no
// declaration.
type Skill struct {
	ID   id.Skill `json:"id"`
	Name string   `json:"name"`
}

// RoutingMode is how a queue chooses among agents who are free.
type RoutingMode string

// The modes.
const (
	Idle     RoutingMode = "idle"     // the fewest interactions, then idle for longest
	Skills   RoutingMode = "skills"   // the most proficient in what is asked for
	Bullseye RoutingMode = "bullseye" // ring by ring, asking for less
)

// Ring is one step of bullseye routing: for so many seconds, the skills that it
// drops are no longer asked for, nor are they in the rings after it.
type Ring struct {
	Seconds int        `json:"seconds"`
	Drop    []id.Skill `json:"drop,omitempty"`
}

// ACWMode is what an agent does after an interaction.
type ACWMode string

// The modes of after-call work.
const (
	NoACW         ACWMode = "none"
	OptionalACW   ACWMode = "optional"      // a wrap-up code may be given
	Discretionary ACWMode = "discretionary" // it must be given, in the agent's own time
	Timeboxed     ACWMode = "timeboxed"     // it must be given, or is when time runs out
)

// Queue is where conversations wait.
type Queue struct {
	ID      id.Queue   `json:"id"`
	Name    string     `json:"name"`
	Members []id.Agent `json:"members,omitempty"`

	Priority         int         `json:"priority,omitempty"` // of new conversations
	Skills           []id.Skill  `json:"skills,omitempty"`   // that they ask for
	Languages        []id.Skill  `json:"languages,omitempty"`
	Routing          RoutingMode `json:"routing,omitempty"`
	Rings            []Ring      `json:"rings,omitempty"`
	PreferredSeconds int         `json:"preferredAgentSeconds,omitempty"` // how long to wait for who knows the contact

	AlertSeconds int  `json:"alertTimeoutSeconds,omitempty"` // 7 to 900
	AutoAnswer   bool `json:"autoAnswer,omitempty"`
	Manual       bool `json:"manual,omitempty"` // members may pull

	ACW         ACWMode `json:"acw,omitempty"`
	ACWSeconds  int     `json:"acwSeconds,omitempty"` // 0 = no limit
	DefaultCode string  `json:"defaultCode,omitempty"`
	Codes       []Code  `json:"codes,omitempty"`

	ServiceLevel *ServiceLevel `json:"serviceLevel,omitempty"`
	Inactivity   *Inactivity   `json:"inactivity,omitempty"`
	Hours        id.Hours      `json:"hours,omitempty"` // "" = always open
	Greeting     string        `json:"greeting,omitempty"`
	Away         string        `json:"away,omitempty"` // while closed
	Survey       *Survey       `json:"survey,omitempty"`
}

// Code is one wrap-up code.
type Code struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ServiceLevel is the aim: so many percent are answered within so many seconds.
type ServiceLevel struct {
	Percent int `json:"percent"`
	Seconds int `json:"seconds"`
}

// What becomes of a conversation in which nobody says anything.
const (
	ThenDisconnect = "disconnect"
	ThenRequeue    = "requeue"
)

// Inactivity ends or requeues a connected conversation without a word.
type Inactivity struct {
	Seconds int    `json:"seconds"`
	Then    string `json:"then,omitempty"`
}

// Survey is what a contact is asked at the end.
type Survey struct {
	Question string `json:"question"`
	Scale    int    `json:"scale,omitempty"` // 2 to 10
	Thanks   string `json:"thanks,omitempty"`
	// Comment asks for words after the score; "" = none are asked for.
	Comment string `json:"comment,omitempty"`
	Hours   int    `json:"openHours,omitempty"` // how long it may be answered
}

// User is somebody who may sign in.
type User struct {
	ID    id.Agent `json:"id"`
	Name  string   `json:"name"`
	Roles []Role   `json:"roles,omitempty"`
	// Supervises names the queues of a supervisor.
	Supervises []id.Queue `json:"supervises,omitempty"`
	// Skills and Languages are what the user knows, and how well: 1 to 5.
	Skills    map[id.Skill]int `json:"skills,omitempty"`
	Languages map[id.Skill]int `json:"languages,omitempty"`
	// Capacity goes before the organisation's, channel by channel.
	Capacity map[channel.Kind]int `json:"capacity,omitempty"`
}

// Library is a collection of canned responses.
type Library struct {
	ID        id.Library `json:"id"`
	Name      string     `json:"name"`
	Queues    []id.Queue `json:"queues,omitempty"` // none = all
	Responses []Response `json:"responses,omitempty"`
}

// Response is a canned response. Its text may hold placeholders; see
// Placeholders.
type Response struct {
	ID       id.Response `json:"id"`
	Name     string      `json:"name"`
	Text     string      `json:"text"`
	Language id.Skill    `json:"language,omitempty"`
}

// Queue finds a queue.
func (o *Organisation) Queue(q id.Queue) (Queue, bool) {
	for i := range o.Queues {
		if o.Queues[i].ID == q {
			return o.Queues[i], true
		}
	}
	return Queue{}, false
}

// User finds a user.
func (o *Organisation) User(u id.Agent) (User, bool) {
	for i := range o.Users {
		if o.Users[i].ID == u {
			return o.Users[i], true
		}
	}
	return User{}, false
}

// HoursOf finds opening hours.
func (o *Organisation) HoursOf(h id.Hours) (Hours, bool) {
	for i := range o.Hours {
		if o.Hours[i].ID == h {
			return o.Hours[i], true
		}
	}
	return Hours{}, false
}

// Clone returns an Organisation that shares nothing with o.
func (o *Organisation) Clone() Organisation {
	var out Organisation
	// What is configured is small and changes seldom.
	if b, err := json.Marshal(o); err == nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}
