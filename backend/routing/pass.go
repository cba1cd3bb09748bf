package routing

import (
	"time"

	"parley/backend/internal/ladder"
)

// pass makes all offers that can be made. It counts what it gives as held by the
// agents; whoever keeps the board takes that back.
//
// Capacity only shrinks during a pass: a line whose head finds nobody is done,
// and whoever is no longer free stays so.
func (b *Board) pass(now time.Time) []Offer {
	var next heads
	b.passes++
	for _, l := range b.lines {
		if l.pool.able > 0 {
			next = append(next, head{line: l, at: l.wait.Walk()})
		}
	}
	for a, who := range b.called {
		for l := range b.bonds[a] {
			if who.rooms[l.pool.key.channel] == fits {
				next = append(next, head{line: l, at: l.wait.Walk()})
			}
		}
	}
	if len(next) == 0 {
		return nil
	}
	next.heapify()
	offers := make([]Offer, 0, 1)
	for len(next) > 0 {
		h := &next[0]
		e := h.at.Here()
		o, ok := b.offer(e, h.line.pool, h.line.bonding, now)
		if !ok {
			next.pop()
			continue
		}
		offers = append(offers, o)
		if h.at.Next() {
			next.down(0)
		} else {
			next.pop()
		}
	}
	if len(offers) == 0 {
		return nil
	}
	return offers
}

// open says whether somebody may be found for what asks for this.
func (b *Board) open(p *pool, to bonding) bool {
	return to.bond == meant || p.able > 0
}

// offer finds who gets an entry, and gives it to them.
func (b *Board) offer(e *entry, p *pool, to bonding, now time.Time) (Offer, bool) {
	o := Offer{Waiting: *e.Waiting}
	var chosen *person
	slot := int32(-1)
	switch to.bond {
	case meant:
		a := b.people[to.who]
		if a == nil || a.away != fits || a.rooms[p.key.channel] != fits {
			return Offer{}, false
		}
		chosen, slot, o.Why = a, p.find(a), whyMeant
	case kept:
		if slot = p.reaches(b.people[to.who]); slot >= 0 && !p.why[slot].free() {
			return Offer{}, false
		}
	case anybody:
		if slot = p.reaches(b.people[e.Preferred]); slot >= 0 && !p.why[slot].free() {
			slot = -1
		}
	}
	behind := notMeant
	switch {
	case chosen != nil:
	case slot >= 0:
		chosen, o.Why = p.queue.people[slot], whyPreferred
	default:
		if slot = p.best(b.passes); slot < 0 {
			return Offer{}, false
		}
		chosen, o.Why, behind = p.queue.people[slot], p.words(slot, e, now), p.behind()
	}
	o.Agent, o.Passed = chosen.ID, p.passed(slot, behind)
	if !chosen.given {
		chosen.given = true
		b.given = append(b.given, chosen)
	}
	chosen.give(p.key.channel, b.channels)
	return o, true
}

// behind is why others who are free come later.
func (p *pool) behind() reason {
	if p.queue.Mode == BySkill && len(p.needs) > 0 {
		return lessSkilled
	}
	return lessIdle
}

// head is the next of a line during a pass.
type head struct {
	line *line
	at   ladder.Cursor[*entry]
}

// heads is a heap by who goes first.
type heads []head

func (h heads) heapify() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h *heads) pop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}

func (h heads) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].at.Here().before(h[child].at.Here()) {
			child++
		}
		if !h[child].at.Here().before(h[i].at.Here()) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
