package routing

import (
	"maps"
	"slices"
	"strings"

	"parley/backend/id"
	"parley/backend/internal/ladder"
)

// line is what waits and asks for the same.
type line struct {
	bonding
	pool *pool
	wait ladder.Ladder[*entry]
	at   int // among the board's lines for anybody
}

// bond says for whom a line is before all others.
type bond int

const (
	anybody bond = iota
	kept         // for who answered last, while they are on queue
	meant        // for one agent alone
)

type bonding struct {
	bond bond
	who  id.Agent // "" for anybody
}

// put lines an entry up by what it asks for now.
func (b *Board) put(e *entry, now int64) {
	b.waiting[e.Conversation] = e
	p, to, next := b.asks(e, now)
	e.line, e.next = p.line(to), next
	if e.line.wait.Len() == 0 {
		b.begin(e.line)
	}
	e.line.wait.Add(e)
	if e.next != 0 {
		b.changing.Add(e)
	}
	if e.keptTill(now) != 0 {
		if b.fans[e.Preferred] == nil {
			b.fans[e.Preferred] = map[*entry]bool{}
		}
		b.fans[e.Preferred][e] = true
	}
}

// begin takes up a line that somebody waits in from now on.
func (b *Board) begin(l *line) {
	l.pool.busy++
	if l.bond == anybody {
		l.at = len(b.lines)
		b.lines = append(b.lines, l)
		return
	}
	if b.bonds[l.who] == nil {
		b.bonds[l.who] = map[*line]bool{}
	}
	b.bonds[l.who][l] = true
	b.look(l.who)
}

// end puts it away.
func (b *Board) end(l *line) {
	l.pool.busy--
	if l.bond == anybody {
		last := len(b.lines) - 1
		b.lines[l.at] = b.lines[last]
		b.lines[l.at].at = l.at
		b.lines[last] = nil
		b.lines = b.lines[:last]
	} else {
		delete(l.pool.bonded, l.bonding)
		if delete(b.bonds[l.who], l); len(b.bonds[l.who]) == 0 {
			delete(b.bonds, l.who)
		}
		b.look(l.who)
	}
	b.tidy()
}

// rebind lines up anew what is, or might be, kept for an agent who came, went or
// learned something.
func (b *Board) rebind(a id.Agent) {
	for e := range maps.Clone(b.fans[a]) {
		b.again(e, b.now.UnixMilli())
	}
	b.look(a)
}

// look notes whether lines for an agent are to be looked at: whether they may
// take anything.
func (b *Board) look(a id.Agent) {
	if p := b.people[a]; p != nil && len(b.bonds[a]) > 0 && p.away == fits && slices.Contains(p.rooms, fits) {
		b.called[a] = p
	} else {
		delete(b.called, a)
	}
}

// asks works out what an entry asks for at now, of whom, and when that changes;
// 0 = never. Times are Unix ms.
func (b *Board) asks(e *entry, now int64) (p *pool, to bonding, next int64) {
	ring, next := e.ring(now)
	e.ask = e.queue.ask(e.Skills, ring)
	p = b.pool(e)
	if e.For != "" {
		return p, bonding{meant, e.For}, next
	}
	if until := e.keptTill(now); until != 0 {
		if next == 0 || until < next {
			next = until
		}
		if p.reaches(b.people[e.Preferred]) >= 0 {
			to = bonding{kept, e.Preferred}
		}
	}
	return p, to, next
}

// keptTill is until when an entry is kept for its preferred agent, as long as
// they are on queue; 0 = it is not, any more.
func (e *entry) keptTill(now int64) int64 {
	if e.Preferred == "" || e.For != "" || now >= e.since+e.queue.keep {
		return 0
	}
	return e.since + e.queue.keep
}

// unline takes an entry out of its line.
func (b *Board) unline(e *entry) {
	if e.next != 0 {
		b.changing.Drop(e)
	}
	if fans := b.fans[e.Preferred]; fans != nil {
		if delete(fans, e); len(fans) == 0 {
			delete(b.fans, e.Preferred)
		}
	}
	l := e.line
	l.wait.Drop(e)
	if l.wait.Len() == 0 {
		b.end(l)
	}
}

// line returns a pool's line, a new one if there is none.
func (p *pool) line(to bonding) *line {
	l := p.plain
	if to.bond != anybody {
		l = p.bonded[to]
	}
	if l != nil {
		return l
	}
	l = &line{bonding: to, pool: p}
	l.wait.Before = (*entry).before
	if to.bond == anybody {
		p.plain = l
		return l
	}
	if p.bonded == nil {
		p.bonded = map[bonding]*line{}
	}
	p.bonded[to] = l
	return l
}

// pool returns the pool of those who may take an entry, a new one if there is
// none.
func (b *Board) pool(e *entry) *pool {
	if e.channel < len(e.ask.pools) && e.ask.pools[e.channel] != nil {
		return e.ask.pools[e.channel]
	}
	key := poolKey{e.channel, joined(e.ask.needs)}
	p := e.queue.byKey[key]
	if p == nil {
		p = newPool(e.queue, key, e.queue.knowing(key.needs, e.ask.needs))
		b.pools++
	}
	for len(e.ask.pools) <= e.channel {
		e.ask.pools = append(e.ask.pools, nil)
	}
	e.ask.pools[e.channel] = p
	return p
}

// maxPools bounds how many pools are kept for what may wait again.
const maxPools = 1024

// tidy drops pools that nobody waits for, once there are many.
func (b *Board) tidy() {
	if b.pools <= max(maxPools, 2*len(b.lines)) {
		return
	}
	for _, q := range b.queues {
		for _, p := range slices.Clone(q.pools) {
			if p.busy == 0 {
				q.close(p)
				b.pools--
			}
		}
		q.forget()
	}
}

// close takes a pool away.
func (q *queue) close(p *pool) {
	delete(q.byKey, p.key)
	q.pools = slices.DeleteFunc(q.pools, func(x *pool) bool { return x == p })
}

// forget drops what no pool needs to know any more.
func (q *queue) forget() {
	q.asks = nil // they know pools
	used := map[*knowledge]bool{}
	for _, p := range q.pools {
		used[p.knowledge] = true
	}
	maps.DeleteFunc(q.knows, func(_ string, k *knowledge) bool { return !used[k] })
}

// joined makes a set of skills comparable.
func joined(skills []id.Skill) string {
	var out strings.Builder
	for _, s := range skills {
		out.WriteString(string(s))
		out.WriteByte(0)
	}
	return out.String()
}
