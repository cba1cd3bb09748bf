package routing

import (
	"cmp"
	"math"
	"slices"

	"parley/backend/id"
)

// queue is a queue's rules, and those of its members who are on the board.
type queue struct {
	Rules
	id      id.Queue
	after   []int64    // when rings are passed, ms of waiting
	keep    int64      // ms
	members []id.Agent // by ID, once each
	pools   []*pool
	byKey   map[poolKey]*pool
	asks    []*ask
	idlest  []*person // who is idle for longest comes first
	moves   int       // how often that has changed
}

func newQueue(q id.Queue, rules Rules) *queue {
	at := &queue{
		Rules: rules, id: q, byKey: map[poolKey]*pool{}, keep: rules.Keep.Milliseconds(),
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

// add and drop keep idlest while an agent's FreeSince is what it is in there.
func (q *queue) add(p *person) {
	q.moves++
	i, _ := slices.BinarySearchFunc(q.idlest, p, (*person).idler)
	q.idlest = slices.Insert(q.idlest, i, p)
}

func (q *queue) drop(p *person) {
	if i, there := slices.BinarySearchFunc(q.idlest, p, (*person).idler); there {
		q.idlest = slices.Delete(q.idlest, i, i+1)
	}
}

// pool is who may take what asks for the same in one queue and on one channel.
type pool struct {
	queue  *queue
	key    poolKey
	needs  []id.Skill
	plain  *line // for anybody; nil = none yet
	bonded map[bonding]*line
	busy   int      // lines that somebody waits in
	places []*place // by idlest, as of moves
	moves  int
	counts Passed // of those who are not free
	with   string // needs in words
	able   int    // free places
	idle   int    // of them those without any interaction

	pass  int   // the pass that what follows is of
	asked int   // how often it asked who is best
	skill int32 // what is searched: this proficiency,
	level int   // with so many interactions,
	at    int   // from here on
	next  int   // the fewest interactions above level seen on the way
	lower int32 // the best proficiency below skill seen on the way
}

// place is an agent in a pool.
type place struct {
	*person
	pool  *pool
	skill int32  // how well they know what is asked for, where that counts
	bar   reason // left the queue or lacks a skill
	why   reason // as counted; fits = free
	idle  bool   // as counted
}

func newPool(q *queue, key poolKey, needs []id.Skill) *pool {
	p := &pool{queue: q, key: key, needs: needs, moves: q.moves, places: make([]*place, 0, len(q.idlest))}
	if len(needs) > 0 {
		p.with = " with " + list(needs)
	}
	like := q.like(key)
	places := make([]place, len(q.idlest))
	for i, who := range q.idlest {
		x := &places[i]
		if like != nil {
			x.bar, x.skill = like.places[i].bar, like.places[i].skill
		}
		p.sit(x, who, like == nil)
	}
	q.pools = append(q.pools, p)
	q.byKey[key] = p
	return p
}

// like returns a pool of another channel that asks for the same and whose places
// are in the queue's order; nil if there is none.
func (q *queue) like(key poolKey) *pool {
	for _, p := range q.pools {
		if p.key.needs == key.needs && p.moves == q.moves {
			return p
		}
	}
	return nil
}

// sit gives an agent a place.
func (p *pool) sit(x *place, who *person, judge bool) {
	x.person, x.pool = who, p
	p.places = append(p.places, x)
	places := &who.places[p.key.channel]
	if *places == nil {
		*places = make([]*place, 0, 4*len(who.queues))
	}
	*places = append(*places, x)
	if judge {
		x.judge()
	} else {
		x.stand()
	}
	x.counted(1)
}

// rise takes it away.
func (p *pool) rise(x *place) {
	p.places = slices.DeleteFunc(p.places, func(y *place) bool { return x == y })
}

// close takes the whole pool away.
func (p *pool) close() {
	delete(p.queue.byKey, p.key)
	p.queue.asks = nil // they know it
	p.queue.pools = slices.DeleteFunc(p.queue.pools, func(x *pool) bool { return x == p })
	for _, x := range p.places {
		places := &x.person.places[p.key.channel]
		*places = slices.DeleteFunc(*places, func(y *place) bool { return x == y })
	}
}

// judge works out what does not change during a pass, and where the agent stands.
func (x *place) judge() {
	x.bar, x.skill = fits, 0
	sum, able := x.knows(x.pool.needs)
	switch {
	case x.Left[x.pool.queue.id]:
		x.bar = leftQueue
	case !able:
		x.bar = lacksSkill
	case x.pool.queue.Mode == BySkill:
		x.skill = sum
	}
	x.stand()
}

// stand works out where the agent stands now.
func (x *place) stand() {
	x.why = cmp.Or(x.away, x.bar)
	if x.why == fits {
		x.why = x.rooms[x.pool.key.channel]
	}
	x.idle = x.why == fits && x.total == 0
}

// counted adds the place to the pool's counts, or with -1 takes it out.
func (x *place) counted(n int) {
	if x.why != fits {
		x.pool.counts[x.why] += int32(n)
		return
	}
	x.pool.able += n
	if x.idle {
		x.pool.idle += n
	}
}

// none is above all numbers of interactions.
const none = math.MaxInt

// best returns who comes first, nil if nobody is free: the most proficient, of
// these who has the fewest interactions, of these who is idle for longest.
//
// During a pass agents only get fuller. So the search goes on where it last
// found somebody: whoever was passed over then has too many interactions now
// too, and is met again when those with so many have their turn.
func (p *pool) best(pass int) *place {
	if p.able == 0 {
		return nil
	}
	if p.pass != pass {
		p.pass, p.asked = pass, 0
	}
	if p.asked++; p.asked <= few {
		return p.first()
	}
	if p.asked == few+1 {
		p.skill, p.lower = math.MaxInt32, -1
		p.from(0)
		p.arrange()
	}
	for {
		for ; p.at < len(p.places); p.at++ {
			x := p.places[p.at]
			switch {
			case x.why != fits:
			case x.skill != p.skill:
				if x.skill < p.skill {
					p.lower = max(p.lower, x.skill)
				}
			case x.total == p.level:
				return x
			default:
				p.next = min(p.next, x.total)
			}
		}
		switch {
		case p.next != none:
			p.from(p.next)
		case p.lower >= 0:
			p.skill, p.lower = p.lower, -1
			p.from(0)
		default:
			return nil
		}
	}
}

// few is how often a pool is asked before putting its places in order is worth
// it.
const few = 2

// first finds who comes first by looking at everybody.
func (p *pool) first() *place {
	var best *place
	for _, x := range p.places {
		if x.why == fits && (best == nil || x.before(best)) {
			best = x
		}
	}
	return best
}

// before says whether an agent comes before another.
func (x *place) before(y *place) bool {
	switch {
	case x.skill != y.skill:
		return x.skill > y.skill
	case x.total != y.total:
		return x.total < y.total
	}
	return x.idler(y.person) < 0
}

// from begins the search among those with so many interactions.
func (p *pool) from(level int) { p.level, p.at, p.next = level, 0, none }

// arrange puts the places into the queue's order, who is idle for longest first.
func (p *pool) arrange() {
	if p.moves != p.queue.moves {
		p.moves = p.queue.moves
		slices.SortFunc(p.places, func(x, y *place) int { return x.idler(y.person) })
	}
}

// find returns an agent's place in the pool, nil if they are no member.
func (p *pool) find(a *person) *place {
	for _, x := range a.places[p.key.channel] {
		if x.pool == p {
			return x
		}
	}
	return nil
}
