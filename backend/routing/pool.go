package routing

import "math"

// pool is who may take what asks for the same in one queue and on one channel.
type pool struct {
	*knowledge
	queue  *queue
	key    poolKey
	plain  *line // for anybody; nil = none yet
	bonded map[bonding]*line
	busy   int      // lines that somebody waits in
	why    []reason // by slot, as counted
	counts Passed   // of those who are not free
	able   int      // who is free
	idle   int      // of them who has no interaction at all

	pass  int   // the pass that the search below is of
	skill int32 // what is searched: this proficiency,
	level int32 // with so many interactions,
	at    int   // from here on
	next  int32 // the fewest interactions above level seen on the way
	lower int32 // the best proficiency below skill seen on the way
}

// poolKey names a pool in its queue.
type poolKey struct {
	channel int
	needs   string // joined
}

func newPool(q *queue, key poolKey, k *knowledge) *pool {
	p := &pool{knowledge: k, queue: q, key: key, why: make([]reason, len(q.people))}
	for slot := range p.why {
		p.why[slot] = p.stands(int32(slot))
		p.count(p.why[slot], 1)
	}
	q.pools = append(q.pools, p)
	q.byKey[key] = p
	return p
}

// stands works out where an agent stands now.
func (p *pool) stands(slot int32) reason {
	who := p.queue.people[slot]
	switch {
	case who == nil:
		return vacant
	case who.away != fits:
		return who.away
	case p.bar[slot] != fits:
		return p.bar[slot]
	case who.rooms[p.key.channel] != fits:
		return who.rooms[p.key.channel]
	case who.total == 0:
		return idle
	}
	return fits
}

// renew brings the counts up to date after an agent changed.
func (p *pool) renew(slot int32) {
	if now := p.stands(slot); now != p.why[slot] {
		p.count(p.why[slot], -1)
		p.count(now, 1)
		p.why[slot] = now
	}
}

func (p *pool) count(why reason, n int) {
	switch why {
	case vacant:
	case idle:
		p.idle += n
		p.able += n
	case fits:
		p.able += n
	default:
		p.counts[why] += int32(n)
	}
}

// none is above all numbers of interactions.
const none = math.MaxInt32

// best returns the slot of who comes first, -1 if nobody is free: the most
// proficient, of these who has the fewest interactions, of these who is idle for
// longest.
//
// During a pass agents only get fuller. So the search goes on where it last
// found somebody: whoever was passed over then has too many interactions now
// too, and is met again when those with so many have their turn.
func (p *pool) best(pass int) int32 {
	if p.able == 0 {
		return -1
	}
	if p.pass != pass {
		p.pass, p.skill, p.lower = pass, 0, -1
		if p.queue.Mode == BySkill && len(p.needs) > 0 {
			p.skill = math.MaxInt32
		}
		p.from(0)
	}
	idlest, totals, why, skills := p.queue.idlest, p.queue.totals, p.why, p.knowledge.skill
	for {
		for ; p.at < len(idlest); p.at++ {
			slot := idlest[p.at]
			if !why[slot].free() {
				continue
			}
			switch skill, total := skills[slot], totals[slot]; {
			case skill < p.skill:
				p.lower = max(p.lower, skill)
			case skill > p.skill:
			case total == p.level:
				return slot
			default:
				p.next = min(p.next, total)
			}
		}
		switch {
		case p.next != none:
			p.from(p.next)
		case p.lower >= 0:
			p.skill, p.lower = p.lower, -1
			p.from(0)
		default:
			return -1
		}
	}
}

// from begins the search among those with so many interactions.
func (p *pool) from(level int32) { p.level, p.at, p.next = level, 0, none }

// find returns an agent's slot, -1 if they are no member.
func (p *pool) find(a *person) int32 {
	for _, s := range a.seats {
		if s.queue == p.queue {
			return s.slot
		}
	}
	return -1
}

// reaches returns the slot of an agent who takes what this pool asks for, as far
// as they have room; -1 if they are away, no member or lack a skill.
func (p *pool) reaches(a *person) int32 {
	if a == nil || a.away != fits {
		return -1
	}
	if slot := p.find(a); slot >= 0 && p.bar[slot] == fits {
		return slot
	}
	return -1
}
