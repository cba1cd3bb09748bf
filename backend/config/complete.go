package config

import (
	"cmp"
	"slices"

	"parley/backend/channel"
)

// What applies where nothing is said.
const (
	defaultAlert    = 30 // seconds
	defaultCapacity = 4  // of each channel
	defaultScale    = 5
	defaultOpen     = 72 // hours in which a survey may be answered
)

// Complete fills in what is left out and puts everything into one order, so
// that what means the same is the same.
func (o *Organisation) Complete() {
	o.Fill()
	o.order()
}

// Fill fills in what is left out and leaves the order as it is.
func (o *Organisation) Fill() {
	if o.Capacity == nil {
		o.Capacity = map[channel.Kind]int{}
	}
	for _, k := range channel.Kinds() {
		if _, said := o.Capacity[k]; !said {
			o.Capacity[k] = defaultCapacity
		}
	}
	for k, by := range o.InterruptibleBy {
		if by == nil {
			o.InterruptibleBy[k] = []channel.Kind{} // by nothing, which is not the same as unsaid
		}
	}
	for i := range o.Queues {
		o.Queues[i].fill()
	}
	for i := range o.Users {
		if len(o.Users[i].Roles) == 0 {
			o.Users[i].Roles = []Role{RoleAgent}
		}
	}
}

func (q *Queue) fill() {
	q.AlertSeconds = cmp.Or(q.AlertSeconds, defaultAlert)
	q.Routing = cmp.Or(q.Routing, Idle)
	switch {
	case q.ACW != "":
	case q.ACWSeconds > 0:
		q.ACW = Timeboxed
	case len(q.Codes) > 0:
		q.ACW = Discretionary
	default:
		q.ACW = NoACW
	}
	if q.Inactivity != nil {
		q.Inactivity.Then = cmp.Or(q.Inactivity.Then, ThenDisconnect)
	}
	if q.Survey != nil {
		q.Survey.Scale = cmp.Or(q.Survey.Scale, defaultScale)
		q.Survey.Hours = cmp.Or(q.Survey.Hours, defaultOpen)
	}
}

func (o *Organisation) order() {
	for i := range o.Queues {
		q := &o.Queues[i]
		q.Members, q.Skills, q.Languages = sorted(q.Members), sorted(q.Skills), sorted(q.Languages)
		for j := range q.Rings {
			q.Rings[j].Drop = sorted(q.Rings[j].Drop)
		}
	}
	for i := range o.Users {
		u := &o.Users[i]
		u.Roles, u.Supervises = sorted(u.Roles), sorted(u.Supervises)
	}
	for i := range o.Libraries {
		o.Libraries[i].Queues = sorted(o.Libraries[i].Queues)
	}
	for i := range o.Hours {
		o.Hours[i].Closed = sorted(o.Hours[i].Closed)
	}
	slices.SortStableFunc(o.Thresholds, func(a, b Threshold) int {
		return cmp.Or(cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Queue, b.Queue))
	})
	byID(o.Skills, func(s Skill) string { return string(s.ID) })
	byID(o.Hours, func(h Hours) string { return string(h.ID) })
	byID(o.Queues, func(q Queue) string { return string(q.ID) })
	byID(o.Users, func(u User) string { return string(u.ID) })
	byID(o.Libraries, func(l Library) string { return string(l.ID) })
}

// sorted gives each member of a set once, in order; nil for none.
func sorted[T cmp.Ordered](set []T) []T {
	if len(set) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(set)))
}

func byID[T any](list []T, key func(T) string) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
