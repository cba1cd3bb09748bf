package routing

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/internal/ladder"
)

// Board is a match that is kept up to date. It holds what waits by what it asks
// for, so that an event costs what the queue's rules and members cost, however
// many wait. It is not safe for concurrent use.
type Board struct {
	config   Config
	age      int64 // what a point of priority is worth, ms
	queues   map[id.Queue]*queue
	numbered []*queue
	channels []channel.Kind
	people   map[id.Agent]*person
	waiting  map[id.Conversation]*entry
	lines    []*line                      // where somebody waits for anybody
	bonds    map[id.Agent]map[*line]bool  // where somebody waits for one agent
	called   map[id.Agent]*person         // of those agents who have room
	fans     map[id.Agent]map[*entry]bool // what is kept for an agent while they are on queue
	pools    int
	changing ladder.Ladder[*entry] // by when time alone changes what they ask for
	now      time.Time
	passes   int
	given    []*person // who got something in this pass
}

// entry is a conversation on the board.
type entry struct {
	*Waiting
	queue   *queue
	channel int // of the board's
	ask     *ask
	since   int64 // Unix ms, as all times here
	rank    int64 // who goes first: the place, moved by the priority
	line    *line
	next    int64 // when time alone changes it; 0 = never
}

// NewBoard returns an empty board.
func NewBoard(c Config) *Board {
	b := &Board{
		config: c, queues: map[id.Queue]*queue{}, people: map[id.Agent]*person{}, waiting: map[id.Conversation]*entry{},
		bonds: map[id.Agent]map[*line]bool{}, called: map[id.Agent]*person{}, fans: map[id.Agent]map[*entry]bool{},
	}
	b.age = cmp.Or(c.Age, DefaultAge).Milliseconds()
	b.changing.Before = func(x, y *entry) bool {
		return x.next < y.next || (x.next == y.next && x.Conversation < y.Conversation)
	}
	return b
}

// Agent sets what is known of an agent.
func (b *Board) Agent(a Agent) {
	p := b.people[a.ID]
	if p == nil {
		p = &person{}
		p.set(a, b.channels)
		b.people[a.ID] = p
		b.enter(p)
		b.rebind(a.ID)
		return
	}
	moved := !p.FreeSince.Equal(a.FreeSince)
	learned := !maps.Equal(p.Skills, a.Skills) || !maps.Equal(p.Left, a.Left)
	away := p.away
	if moved {
		for _, s := range p.seats {
			s.queue.unline(s.slot)
		}
	}
	p.set(a, b.channels)
	if moved {
		for _, s := range p.seats {
			s.queue.line(s.slot)
		}
	}
	if learned {
		p.rejudge()
	} else {
		p.restand()
	}
	if learned || away != p.away {
		b.rebind(a.ID)
	} else {
		b.look(a.ID)
	}
}

// enter gives a new agent a seat in their queues.
func (b *Board) enter(p *person) {
	for _, q := range b.queues {
		if q.has(p.ID) {
			q.sit(p)
		}
	}
}

// RemoveAgent forgets an agent.
func (b *Board) RemoveAgent(a id.Agent) {
	p := b.people[a]
	if p == nil {
		return
	}
	delete(b.people, a)
	for _, s := range p.seats {
		s.queue.rise(s.slot)
	}
	b.rebind(a)
}

// Wait puts a conversation on the board, or replaces it.
func (b *Board) Wait(w Waiting, now time.Time) {
	b.turn(now)
	b.Leave(w.Conversation)
	e := b.entry(&w)
	b.put(&e, now.UnixMilli())
}

// Leave takes a conversation off the board.
func (b *Board) Leave(c id.Conversation) {
	e := b.waiting[c]
	if e == nil {
		return
	}
	delete(b.waiting, c)
	b.unline(e)
}

// Next is when time alone may change what Match gives; false if never.
func (b *Board) Next() (time.Time, bool) {
	if b.changing.Len() == 0 {
		return time.Time{}, false
	}
	return time.UnixMilli(b.changing.First().next).UTC(), true
}

// Match gives the offers that Match would give of all that is on the board. It
// takes nothing off: what comes of an offer is told by Leave and Agent.
func (b *Board) Match(now time.Time) []Offer {
	b.turn(now)
	offers := b.pass(now)
	b.takeBack()
	return offers
}

// takeBack undoes what a pass gave.
func (b *Board) takeBack() {
	for _, who := range b.given {
		who.given = false
		who.count(b.channels)
		who.restand()
	}
	b.given = b.given[:0]
}

// turn brings the board to a time. A clock that was put back costs as much as
// everything that waits.
func (b *Board) turn(now time.Time) {
	if now.Before(b.now) {
		for _, e := range b.waiting {
			b.again(e, now.UnixMilli())
		}
	}
	b.now = now
	for b.changing.Len() > 0 && b.changing.First().next <= now.UnixMilli() {
		b.again(b.changing.First(), now.UnixMilli())
	}
}

// again lines an entry up anew.
func (b *Board) again(e *entry, now int64) {
	b.unline(e)
	b.put(e, now)
}

// queue returns a queue; one that is not configured has no members.
func (b *Board) queue(q id.Queue) *queue {
	at := b.queues[q]
	if at == nil {
		at = newQueue(q, b.config.Queues[q])
		at.number = int16(len(b.numbered))
		b.queues[q] = at
		b.numbered = append(b.numbered, at)
		for _, a := range at.members {
			if p := b.people[a]; p != nil {
				at.sit(p)
			}
		}
	}
	return at
}

func (b *Board) entry(w *Waiting) entry {
	q := b.queue(w.Queue)
	since, points := w.Since.UnixMilli(), int64(w.Priority+q.Priority)
	return entry{Waiting: w, queue: q, channel: b.channel(w.Channel), since: since, rank: since - points*b.age}
}

// channel gives a channel's number on the board.
func (b *Board) channel(k channel.Kind) int {
	if i := slices.Index(b.channels, k); i >= 0 {
		return i
	}
	b.channels = append(b.channels, k)
	for _, p := range b.people {
		p.meet(k)
	}
	return len(b.channels) - 1
}
