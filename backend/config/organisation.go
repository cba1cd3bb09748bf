// Package config is the pure core of the organisation's configuration: who works
// here, which queues there are and by which rules, and who may do what. It is
// data that changes by commands, as a conversation does; the hub's own settings,
// such as where it listens, are no part of it.
package config

import "parley/backend/id"

// Organisation is the whole configuration as it is now.
type Organisation struct {
	Name   string  `json:"name"`
	Queues []Queue `json:"queues,omitempty"`
	Users  []User  `json:"users,omitempty"`
}

// Queue is where conversations wait.
type Queue struct {
	ID      id.Queue   `json:"id"`
	Name    string     `json:"name"`
	Members []id.Agent `json:"members,omitempty"`
}

// User is somebody who may sign in.
type User struct {
	ID    id.Agent `json:"id"`
	Name  string   `json:"name"`
	Roles []Role   `json:"roles"`
	// Supervises names the queues of a supervisor.
	Supervises []id.Queue `json:"supervises,omitempty"`
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
