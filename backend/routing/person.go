package routing

import (
	"cmp"
	"errors"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// person is an agent on the board. During a pass total, held and rooms count
// what the pass has given them too.
type person struct {
	Agent
	total int
	held  []int    // by the board's channels
	most  []int    // their capacity
	away  reason   // off queue or not responding; fits = takes interactions
	rooms []reason // by the board's channels, why no more fits
	seats []seat
	given bool // this pass gave them something
}

// seat is a member's place in a queue.
type seat struct {
	queue *queue
	slot  int32
}

// idler orders by who is idle for longest.
func (p *person) idler(q *person) int {
	if c := p.FreeSince.Compare(q.FreeSince); c != 0 {
		return c
	}
	return cmp.Compare(p.ID, q.ID)
}

// set replaces what is known of the agent.
func (p *person) set(a Agent, channels []channel.Kind) {
	p.Agent = a
	switch a.Routing {
	case agent.Idle, agent.Interacting:
		p.away = fits
	case agent.NotResponding:
		p.away = notResponding
	case agent.OffQueue:
		p.away = offQueue
	default:
		p.away = offQueue
	}
	p.count(channels)
}

// count works out what follows from Held.
func (p *person) count(channels []channel.Kind) {
	p.total = 0
	for _, n := range p.Held {
		p.total += n
	}
	p.totals()
	p.rooms, p.held, p.most = p.rooms[:0], p.held[:0], p.most[:0]
	for _, k := range channels {
		p.meet(k)
	}
}

// totals tells the queues how many interactions the agent has.
func (p *person) totals() {
	for _, s := range p.seats {
		s.queue.totals[s.slot] = int32(p.total)
	}
}

// meet works out how they stand towards one more channel of the board.
func (p *person) meet(k channel.Kind) {
	held, most := p.Held[k], p.Utilization.Capacity[k]
	why := full
	if held < most {
		why = p.room(p.Held, k)
	}
	p.rooms, p.held, p.most = append(p.rooms, why), append(p.held, held), append(p.most, most)
}

// room is why no more of this channel fits beside what is held.
func (p *person) room(held map[channel.Kind]int, k channel.Kind) reason {
	switch err := p.Utilization.Room(held, k); {
	case errors.Is(err, agent.ErrInterrupted):
		return interrupted
	case err != nil:
		return full
	}
	return fits
}

// give adds an interaction during a pass.
func (p *person) give(channel int, channels []channel.Kind) {
	p.total++
	p.totals()
	p.held[channel]++
	if p.held[channel] >= p.most[channel] {
		p.rooms[channel] = full
		p.restandOn(channel)
	}
	if p.held[channel] == 1 {
		p.interrupt(channels[channel], channels)
	}
	if p.total == 1 {
		p.restand() // they are no longer idle, wherever they are
	}
}

// interrupt works out what the first of a kind keeps out.
func (p *person) interrupt(k channel.Kind, channels []channel.Kind) {
	if _, rule := p.Utilization.InterruptibleBy[k]; !rule {
		return // messages that have no rule keep nothing out
	}
	alone := map[channel.Kind]int{k: 1}
	for i, c := range channels {
		if c != k && p.rooms[i] == fits && p.room(alone, c) == interrupted {
			p.rooms[i] = interrupted
			p.restandOn(i)
		}
	}
}

// restand brings the counts of all pools up to date after the agent changed.
func (p *person) restand() {
	for _, s := range p.seats {
		for _, pool := range s.queue.pools {
			pool.renew(s.slot)
		}
	}
}

// restandOn does so on one channel.
func (p *person) restandOn(channel int) {
	for _, s := range p.seats {
		for _, pool := range s.queue.pools {
			if pool.key.channel == channel {
				pool.renew(s.slot)
			}
		}
	}
}

// rejudge does so after what they know, or where they work, changed.
func (p *person) rejudge() {
	for _, s := range p.seats {
		for _, k := range s.queue.knows {
			s.queue.judge(k, s.slot)
		}
	}
	p.restand()
}

// knows is how well the agent knows all of needs together, and false if one of
// them is missing.
func (p *person) knows(needs []id.Skill) (int32, bool) {
	sum := 0
	for _, s := range needs {
		n := p.Skills[s]
		if n <= 0 {
			return 0, false
		}
		sum += n
	}
	return int32(sum), true
}
