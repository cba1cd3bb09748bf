package routing

import (
	"slices"
	"strings"
	"time"

	"parley/backend/id"
	"parley/backend/internal/ladder"
)

// line is what waits and asks for the same.
type line struct {
	bonding
	pool *pool
	wait ladder.Ladder[*entry]
	at   int // in the board's list; -1 = nobody waits
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

// poolKey names a pool in its queue.
type poolKey struct {
	channel int
	needs   string // joined
}

// put lines an entry up by what it asks for now.
func (b *Board) put(e *entry, now time.Time) {
	b.waiting[e.Conversation] = e
	p, to, next := b.asks(e, now)
	e.line, e.next = p.line(to), next
	if e.line.at < 0 {
		e.line.at = len(b.lines)
		b.lines = append(b.lines, e.line)
		e.line.pool.busy++
	}
	e.line.wait.Add(e)
	if e.next != 0 {
		b.changing.Add(e)
	}
}

// asks works out what an entry asks for now, of whom, and when that changes in
// Unix ms; 0 = never.
func (b *Board) asks(e *entry, now time.Time) (p *pool, to bonding, next int64) {
	ring, next := e.queue.ring(e.Waiting, now)
	e.ask = e.queue.ask(e.Skills, ring)
	to, until := e.bonding(now)
	if until != 0 && (next == 0 || until < next) {
		next = until
	}
	return b.pool(e), to, next
}

// bonding says for whom an entry is now, and until when in Unix ms; 0 = for good.
func (e *entry) bonding(now time.Time) (to bonding, until int64) {
	if e.For != "" {
		return bonding{meant, e.For}, 0
	}
	until = e.Since.UnixMilli() + e.queue.Keep.Milliseconds()
	if e.Preferred != "" && now.UnixMilli() < until {
		return bonding{kept, e.Preferred}, until
	}
	return bonding{}, 0
}

// unline takes an entry out of its line.
func (b *Board) unline(e *entry) {
	if e.next != 0 {
		b.changing.Drop(e)
	}
	l := e.line
	l.wait.Drop(e)
	if l.wait.Len() > 0 {
		return
	}
	last := len(b.lines) - 1
	b.lines[l.at] = b.lines[last]
	b.lines[l.at].at = l.at
	b.lines[last] = nil
	b.lines = b.lines[:last]
	l.at = -1
	delete(l.pool.bonded, l.bonding)
	l.pool.busy--
	b.tidy()
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
	l = &line{bonding: to, pool: p, at: -1}
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
		p = newPool(e.queue, key, e.ask.needs)
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
				p.close()
				b.pools--
			}
		}
	}
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
