package organisation

import (
	"time"

	"parley/backend/agent"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/id"
)

// View is the organisation at a moment, with what is asked of it often worked
// out. Nobody changes anything in it.
type View struct {
	*org.State

	settings    map[id.Queue]conversation.Settings
	utilization map[id.Agent]agent.Utilization
	users       map[id.Agent]org.User
	memberOf    map[id.Agent][]id.Queue
}

// NewView works out a view. The state belongs to it from then on.
func NewView(s *org.State) *View {
	v := &View{
		State: s, settings: map[id.Queue]conversation.Settings{}, utilization: map[id.Agent]agent.Utilization{},
		users: map[id.Agent]org.User{}, memberOf: map[id.Agent][]id.Queue{},
	}
	for _, q := range s.Organisation.Queues {
		v.settings[q.ID] = q.Settings()
		for _, m := range q.Members {
			v.memberOf[m] = append(v.memberOf[m], q.ID)
		}
	}
	for _, u := range s.Organisation.Users {
		v.users[u.ID] = u
		v.utilization[u.ID] = s.Organisation.Utilization(u.ID)
	}
	return v
}

// Settings are a queue's rules. A queue that is not there any more asks for no
// wrap-up and gives an agent half a minute.
func (v *View) Settings(q id.Queue) conversation.Settings {
	if s, ok := v.settings[q]; ok {
		return s
	}
	return conversation.Settings{AlertTimeout: 30 * time.Second}
}

// HasQueue tells whether a queue is there.
func (v *View) HasQueue(q id.Queue) bool {
	_, ok := v.settings[q]
	return ok
}

// Utilization is how much a user takes at once; nothing, if there is no such
// user.
func (v *View) Utilization(a id.Agent) agent.Utilization { return v.utilization[a] }

// User finds a user.
func (v *View) User(a id.Agent) (org.User, bool) {
	u, ok := v.users[a]
	return u, ok
}

// MemberOf lists the queues that a user is a member of, sorted.
func (v *View) MemberOf(a id.Agent) []id.Queue { return v.memberOf[a] }
