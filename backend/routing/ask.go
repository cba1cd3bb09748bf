package routing

import (
	"slices"

	"parley/backend/id"
)

// ask is what conversations ask for in one queue and ring.
type ask struct {
	skills  []id.Skill // as the conversations have them
	ring    int
	needs   []id.Skill // of them those still asked for, once each, in order
	dropped string     // the others, in words
	pools   []*pool    // by channel
}

// ring is how many rings an entry has passed at now, and when it passes the
// next; 0 = never. Times are Unix ms.
func (e *entry) ring(now int64) (passed int, next int64) {
	if len(e.Skills) == 0 || e.queue.Mode != Bullseye {
		return 0, 0
	}
	for i, after := range e.queue.after {
		if at := e.since + after; now < at {
			return i, at
		}
	}
	return len(e.queue.after), 0
}

// maxAsks bounds what a queue remembers of asks. Most queues know a few.
const maxAsks = 64

// ask returns what skills ask for in a ring.
func (q *queue) ask(skills []id.Skill, ring int) *ask {
	if q.Mode != BySkill && q.Mode != Bullseye {
		skills = nil
	}
	for _, a := range q.asks {
		if a.ring == ring && slices.Equal(a.skills, skills) {
			return a
		}
	}
	var dropped []id.Skill
	for _, r := range q.Rings[:ring] {
		dropped = append(dropped, r.Drop...)
	}
	a := &ask{skills: slices.Clone(skills), ring: ring}
	var gone []id.Skill
	for _, s := range slices.Compact(slices.Sorted(slices.Values(skills))) {
		if slices.Contains(dropped, s) {
			gone = append(gone, s)
		} else {
			a.needs = append(a.needs, s)
		}
	}
	if len(gone) > 0 {
		a.dropped = "; " + list(gone) + " no longer asked for"
	}
	if len(q.asks) == maxAsks {
		q.asks = q.asks[:0]
	}
	q.asks = append(q.asks, a)
	return a
}
