package config

import (
	"maps"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
)

// Settings are the queue's rules as decisions need them.
func (q Queue) Settings() conversation.Settings {
	s := conversation.Settings{
		AlertTimeout: time.Duration(q.AlertSeconds) * time.Second,
		AutoAnswer:   q.AutoAnswer,
		Manual:       q.Manual,
		WrapUp:       q.ACW != NoACW && q.ACW != "",
		ACWOptional:  q.ACW == OptionalACW,
		ACWTimeout:   time.Duration(q.ACWSeconds) * time.Second,
		DefaultCode:  q.DefaultCode,
	}
	for _, c := range q.Codes {
		s.Codes = append(s.Codes, c.ID)
	}
	if q.Inactivity != nil {
		s.Inactivity = time.Duration(q.Inactivity.Seconds) * time.Second
		s.InactiveRequeue = q.Inactivity.Then == ThenRequeue
	}
	return s
}

// Asks are the skills that the queue's conversations ask for, languages too.
func (q Queue) Asks() []id.Skill {
	return append(slices.Clone(q.Skills), q.Languages...)
}

// Proficiency is what the user knows and how well, languages too.
func (u User) Proficiency() map[id.Skill]int {
	out := maps.Clone(u.Skills)
	if out == nil {
		out = map[id.Skill]int{}
	}
	maps.Copy(out, u.Languages)
	return out
}

// Utilization is how much a user takes at once.
func (o *Organisation) Utilization(user id.Agent) agent.Utilization {
	u, _ := o.User(user)
	capacity := maps.Clone(o.Capacity)
	if capacity == nil {
		capacity = map[channel.Kind]int{}
	}
	maps.Copy(capacity, u.Capacity)
	return agent.Utilization{Capacity: capacity, InterruptibleBy: o.InterruptibleBy}
}

// LibrariesOf lists the canned responses for a queue's conversations.
func (o *Organisation) LibrariesOf(q id.Queue) []Library {
	var out []Library
	for _, l := range o.Libraries {
		if len(l.Queues) == 0 || slices.Contains(l.Queues, q) {
			out = append(out, l)
		}
	}
	return out
}

// ThresholdOf is from when on a queue's metric is too bad: the queue's own
// threshold, else the one for all; zero if there is none.
func (o *Organisation) ThresholdOf(m Metric, q id.Queue) Threshold {
	var found Threshold
	for _, t := range o.Thresholds {
		if t.Metric == m && (t.Queue == q || (t.Queue == "" && found.Metric == "")) {
			found = t
		}
	}
	return found
}
