// Package routing decides which waiting conversation goes to which agent. It is
// pure: it knows what it is given, changes nothing and reads no clock. Whoever
// acts on an offer reserves the agent's capacity first.
//
// Match is the whole decision, made anew. A Board keeps the same decision up to
// date while conversations and agents come, change and go; what one event costs
// does not grow with how many wait. Explain tells, agent by agent, why a
// conversation goes to one and not to another.
package routing

import (
	"cmp"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// Waiting is a conversation in a queue.
type Waiting struct {
	Conversation id.Conversation
	Queue        id.Queue
	Channel      channel.Kind
	Since        time.Time // its place in the queue
	Priority     int       // higher goes first; each point is worth Config.Age
	Skills       []id.Skill
	// For is the only agent who may get it; "" = anybody. Skills do not matter
	// then, nor does the membership: somebody chose.
	For id.Agent
	// Preferred answered this contact last; "" = nobody did. They get it if they
	// are on queue, know what is asked for and have room; see Rules.Keep.
	Preferred id.Agent
}

// Agent is what a match needs to know of an agent.
type Agent struct {
	ID        id.Agent
	Routing   agent.Routing
	FreeSince time.Time // came on queue or finished an interaction
	// Held is what the agent is busy with, work outside Parley too.
	Held        map[channel.Kind]int
	Utilization agent.Utilization
	// Skills is what the agent knows and how well, from 1 to 5; languages too. 0
	// is the same as not knowing it.
	Skills map[id.Skill]int
	Left   map[id.Queue]bool // queues that the agent takes nothing from for now
}

// Mode is how a queue chooses among agents who are free.
type Mode string

// The modes. In each, ties go to the fewest interactions, then to who is idle
// for longest, then by ID.
const (
	ByIdle   Mode = "idle"     // whatever is asked for; also ""
	BySkill  Mode = "skills"   // only who knows all that is asked for, the best first
	Bullseye Mode = "bullseye" // only who knows what the ring still asks for
)

// Ring relaxes what is asked for.
type Ring struct {
	After time.Duration // of waiting
	Drop  []id.Skill    // no longer asked for from then on
}

// Rules are one queue's.
type Rules struct {
	Members []id.Agent
	Mode    Mode
	Rings   []Ring // for Bullseye, in order of After
	// Keep is how long a conversation is kept for its preferred agent who is on
	// queue but has no room. 0 = not at all.
	Keep     time.Duration
	Priority int // added to the conversations' own
}

// Config is the configuration that a match follows.
type Config struct {
	Queues map[id.Queue]Rules
	// Age is how much waiting a point of priority is worth; 0 = DefaultAge. So
	// whatever the priorities, nobody is overtaken for ever.
	Age time.Duration
}

// DefaultAge is what a point of priority is worth where nothing else is said.
const DefaultAge = time.Minute

// Reason says why an agent was not chosen.
type Reason string

// The reasons, from the most to the least final.
const (
	OffQueue      Reason = "off_queue"
	NotResponding Reason = "not_responding"
	LeftQueue     Reason = "left_queue"
	LacksSkill    Reason = "lacks_skill"
	Full          Reason = "full"
	Interrupted   Reason = "interrupted"  // what they are busy with may not be interrupted
	NotMeant      Reason = "not_meant"    // it is for another agent
	LessSkilled   Reason = "less_skilled" // or as skilled, and less idle
	LessIdle      Reason = "less_idle"    // or with more interactions
)

// Offer assigns a conversation to an agent.
type Offer struct {
	Waiting
	Agent id.Agent
	// Why is the reason in words, for example "longest idle of 4".
	Why string
	// Passed counts the queue's other members by why they were passed over.
	Passed Passed
}

// Match offers conversations to agents. Who waits longest goes first, a point of
// priority counting as Config.Age of waiting; each goes to the member of its
// queue whom the queue's mode puts first. Ties go by ID, so that equal arguments
// give equal offers. No conversation is offered twice and no capacity exceeded.
func Match(waiting []Waiting, agents []Agent, config Config, now time.Time) []Offer {
	b := NewBoard(config)
	for _, a := range agents {
		b.Agent(a)
	}
	ordered := make([]ranked, len(waiting))
	for i := range waiting {
		e := b.entry(&waiting[i])
		ordered[i] = ranked{e.rank, int32(i), e.queue.number, int16(e.channel)}
	}
	slices.SortFunc(ordered, func(x, y ranked) int {
		if x.rank != y.rank {
			return cmp.Compare(x.rank, y.rank)
		}
		return cmp.Compare(waiting[x.i].Conversation, waiting[y.i].Conversation)
	})
	var offers []Offer
	room := min(len(waiting), b.room())
	offered := make(map[id.Conversation]bool, room)
	b.passes++
	for _, x := range ordered {
		w := &waiting[x.i]
		e := entry{Waiting: w, queue: b.numbered[x.queue], channel: int(x.channel), since: w.Since.UnixMilli(), rank: x.rank}
		p, to, _ := b.asks(&e, now.UnixMilli())
		if !b.open(p, to) || offered[e.Conversation] {
			continue
		}
		if o, ok := b.offer(&e, p, to, now); ok {
			offered[e.Conversation] = true
			if offers == nil {
				offers = make([]Offer, 0, room)
			}
			offers = append(offers, o)
		}
	}
	return offers
}

// room is how many more interactions fit at most.
func (b *Board) room() int {
	n := 0
	for _, p := range b.people {
		if p.away == fits {
			for _, k := range b.channels {
				n += max(0, p.Utilization.Capacity[k]-p.Held[k])
			}
		}
	}
	return n
}

// ranked is the i-th of those who wait, and who goes first. It is small, for
// there are many.
type ranked struct {
	rank    int64
	i       int32
	queue   int16 // on the board
	channel int16
}

// before says whether an entry goes before another.
func (e *entry) before(f *entry) bool {
	return e.rank < f.rank || (e.rank == f.rank && e.Conversation < f.Conversation)
}
