package routing

import (
	"slices"

	"parley/backend/id"
)

// queue is a queue's rules, and those of its members who are on the board, each
// in a slot of their own.
type queue struct {
	Rules
	id      id.Queue
	number  int16      // on the board
	after   []int64    // when rings are passed, ms of waiting
	keep    int64      // ms
	members []id.Agent // by ID, once each
	pools   []*pool
	byKey   map[poolKey]*pool
	asks    []*ask
	knows   map[string]*knowledge // by needs

	people []*person // by slot; nil = vacant
	totals []int32   // by slot: how many interactions they have
	idlest []int32   // slots: who is idle for longest comes first
}

func newQueue(q id.Queue, rules Rules) *queue {
	at := &queue{
		Rules: rules, id: q, byKey: map[poolKey]*pool{}, knows: map[string]*knowledge{}, keep: rules.Keep.Milliseconds(),
		members: slices.Compact(slices.Sorted(slices.Values(rules.Members))),
	}
	for _, r := range rules.Rings {
		at.after = append(at.after, r.After.Milliseconds())
	}
	return at
}

func (q *queue) has(a id.Agent) bool {
	_, member := slices.BinarySearch(q.members, a)
	return member
}

// sit gives a member a slot.
func (q *queue) sit(p *person) {
	s := seat{q, int32(len(q.people))}
	p.seats = append(p.seats, s)
	q.people = append(q.people, p)
	q.totals = append(q.totals, int32(p.total))
	q.line(s.slot)
	for _, k := range q.knows {
		k.bar, k.skill = append(k.bar, fits), append(k.skill, 0)
		q.judge(k, s.slot)
	}
	for _, pool := range q.pools {
		pool.why = append(pool.why, vacant)
		pool.renew(s.slot)
	}
}

// rise makes a slot vacant.
func (q *queue) rise(slot int32) {
	q.unline(slot)
	q.people[slot] = nil
	for _, pool := range q.pools {
		pool.renew(slot)
	}
}

// line and unline keep idlest while an agent's FreeSince is what it is in there.
func (q *queue) line(slot int32) {
	i, _ := slices.BinarySearchFunc(q.idlest, slot, q.idler)
	q.idlest = slices.Insert(q.idlest, i, slot)
}

func (q *queue) unline(slot int32) {
	if i, there := slices.BinarySearchFunc(q.idlest, slot, q.idler); there {
		q.idlest = slices.Delete(q.idlest, i, i+1)
	}
}

func (q *queue) idler(a, b int32) int { return q.people[a].idler(q.people[b]) }

// knowledge is who knows what is asked for.
type knowledge struct {
	needs []id.Skill
	with  string   // in words
	bar   []reason // by slot: left the queue or lacks a skill; fits = neither
	skill []int32  // by slot: how well they know it, where that counts
}

// knowing works out who knows needs.
func (q *queue) knowing(joined string, needs []id.Skill) *knowledge {
	k := q.knows[joined]
	if k != nil {
		return k
	}
	k = &knowledge{needs: needs, bar: make([]reason, len(q.people)), skill: make([]int32, len(q.people))}
	if len(needs) > 0 {
		k.with = " with " + list(needs)
	}
	for slot := range q.people {
		q.judge(k, int32(slot))
	}
	q.knows[joined] = k
	return k
}

func (q *queue) judge(k *knowledge, slot int32) {
	who := q.people[slot]
	if who == nil {
		return
	}
	k.bar[slot], k.skill[slot] = fits, 0
	sum, able := who.knows(k.needs)
	switch {
	case who.Left[q.id]:
		k.bar[slot] = leftQueue
	case !able:
		k.bar[slot] = lacksSkill
	case q.Mode == BySkill:
		k.skill[slot] = sum
	}
}
