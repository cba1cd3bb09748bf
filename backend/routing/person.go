package routing

import (
	"cmp"
	"errors"
	"maps"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// person is an agent on the board. During a pass total, held and rooms count
// what the pass has given them too.
type person struct {
	Agent
	total  int
	held   []int      // by the board's channels
	most   []int      // their capacity
	away   reason     // off queue or not responding; fits = takes interactions
	rooms  []reason   // by the board's channels, why no more fits
	queues []*queue   // that they are a member of
	places [][]*place // by the board's channels
	given  bool       // this pass gave them something
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
	p.Held = maps.Clone(a.Held)
	if p.Held == nil {
		p.Held = map[channel.Kind]int{}
	}
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
	p.rooms, p.held, p.most = p.rooms[:0], p.held[:0], p.most[:0]
	for _, k := range channels {
		p.meet(k)
	}
}

// meet works out how they stand towards one more channel of the board.
func (p *person) meet(k channel.Kind) {
	held, most := p.Held[k], p.Utilization.Capacity[k]
	why := full
	if held < most {
		why = p.room(k)
	}
	p.rooms, p.held, p.most = append(p.rooms, why), append(p.held, held), append(p.most, most)
	if len(p.places) < len(p.rooms) {
		p.places = append(p.places, nil)
	}
}

// room is why no more of this channel fits.
func (p *person) room(k channel.Kind) reason {
	switch err := p.Utilization.Room(p.Held, k); {
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
	p.held[channel]++
	if p.held[channel] >= p.most[channel] {
		p.rooms[channel] = full
		restand(p.places[channel])
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
	p.Held[k] = 1
	defer delete(p.Held, k)
	for i, c := range channels {
		if c != k && p.rooms[i] == fits && p.room(c) != fits {
			p.rooms[i] = interrupted
			restand(p.places[i])
		}
	}
}

// restand brings the counts of all pools up to date after the agent changed.
func (p *person) restand() {
	for _, places := range p.places {
		restand(places)
	}
}

func restand(places []*place) {
	for _, x := range places {
		x.counted(-1)
		x.stand()
		x.counted(1)
	}
}

// rejudge does so after what they know, or where they work, changed.
func (p *person) rejudge() {
	for _, places := range p.places {
		for _, x := range places {
			x.counted(-1)
			x.judge()
			x.counted(1)
		}
	}
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
