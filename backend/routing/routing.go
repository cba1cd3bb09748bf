// Package routing decides which waiting conversation goes to which agent. It is
// pure: it knows what it is given, changes nothing and reads no clock. Whoever
// acts on an offer reserves the agent's capacity first.
package routing

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
}

// Agent is what a match needs to know of an agent.
type Agent struct {
	ID        id.Agent
	Routing   agent.Routing
	FreeSince time.Time // came on queue or finished an interaction
	// Held is what the agent is busy with, work outside Parley too.
	Held        map[channel.Kind]int
	Utilization agent.Utilization
}

// Config is the configuration that a match follows.
type Config struct {
	Members map[id.Queue][]id.Agent
}

// Reason says why an agent was not chosen.
type Reason string

// The reasons, from the most to the least final.
const (
	OffQueue      Reason = "off_queue"
	NotResponding Reason = "not_responding"
	Full          Reason = "full"
	Interrupted   Reason = "interrupted" // what they are busy with may not be interrupted
	LessIdle      Reason = "less_idle"
)

// Offer assigns a conversation to an agent.
type Offer struct {
	Waiting
	Agent id.Agent
	// Why is the reason in words, for example "longest idle of 4".
	Why string
	// Passed counts the queue's other members by why they were passed over.
	Passed map[Reason]int
}

// Match offers conversations to agents: who waits longest goes first, to the
// member of the queue with the fewest interactions, among these to the one idle
// for longest. Ties go by ID, so that equal arguments give equal offers. No
// conversation is offered twice and no capacity exceeded.
func Match(waiting []Waiting, agents []Agent, config Config, now time.Time) []Offer {
	m := matcher{now: now, members: map[id.Queue][]*candidate{}, exhausted: map[line]bool{}}
	all := make(map[id.Agent]*candidate, len(agents))
	for _, a := range agents {
		all[a.ID] = newCandidate(a)
	}
	for q, members := range config.Members {
		for _, a := range slices.Compact(slices.Sorted(slices.Values(members))) {
			if c := all[a]; c != nil {
				m.members[q] = append(m.members[q], c)
			}
		}
	}
	ordered := slices.Clone(waiting)
	slices.SortFunc(ordered, func(a, b Waiting) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Conversation, b.Conversation))
	})
	offered := make(map[id.Conversation]bool, len(ordered))
	var offers []Offer
	for _, w := range ordered {
		if offered[w.Conversation] {
			continue
		}
		if o, ok := m.offer(w); ok {
			offered[w.Conversation] = true
			offers = append(offers, o)
		}
	}
	return offers
}

// line is what shares one set of candidates.
type line struct {
	queue   id.Queue
	channel channel.Kind
}

type matcher struct {
	now       time.Time
	members   map[id.Queue][]*candidate
	exhausted map[line]bool // nobody is left; capacity only shrinks during a match
}

// candidate is an agent; Held counts what this match has given them too.
type candidate struct {
	Agent
	total int
}

func newCandidate(a Agent) *candidate {
	c := &candidate{Agent: a}
	c.Held = maps.Clone(a.Held)
	for _, n := range a.Held {
		c.total += n
	}
	return c
}

func (m *matcher) offer(w Waiting) (Offer, bool) {
	at := line{w.Queue, w.Channel}
	if m.exhausted[at] {
		return Offer{}, false
	}
	var best *candidate
	free, idle := 0, 0
	passed := map[Reason]int{}
	for _, c := range m.members[w.Queue] {
		if why := c.refuses(w.Channel); why != "" {
			passed[why]++
			continue
		}
		free++
		if c.total == 0 {
			idle++
		}
		if best == nil || c.before(best) {
			best = c
		}
	}
	if best == nil {
		m.exhausted[at] = true
		return Offer{}, false
	}
	if free > 1 {
		passed[LessIdle] = free - 1
	}
	o := Offer{Waiting: w, Agent: best.ID, Why: m.why(best, free, idle), Passed: passed}
	best.give(w.Channel)
	return o, true
}

func (c *candidate) refuses(k channel.Kind) Reason {
	switch c.Routing {
	case agent.Idle, agent.Interacting:
	case agent.NotResponding:
		return NotResponding
	case agent.OffQueue:
		return OffQueue
	default:
		return OffQueue
	}
	switch err := c.Utilization.Room(c.Held, k); {
	case errors.Is(err, agent.ErrInterrupted):
		return Interrupted
	case err != nil:
		return Full
	}
	return ""
}

func (c *candidate) give(k channel.Kind) {
	if c.Held == nil {
		c.Held = map[channel.Kind]int{}
	}
	c.Held[k]++
	c.total++
}

func (c *candidate) before(d *candidate) bool {
	return cmp.Or(cmp.Compare(c.total, d.total), c.FreeSince.Compare(d.FreeSince), cmp.Compare(c.ID, d.ID)) < 0
}

func (m *matcher) why(c *candidate, free, idle int) string {
	switch {
	case free == 1:
		return "the only one free"
	case c.total == 0 && idle > 1:
		return fmt.Sprintf("longest idle of %d%s", idle, m.since(c))
	case c.total == 0:
		return "the only one idle" + m.since(c)
	}
	return fmt.Sprintf("fewest interactions of %d", free)
}

// since tells how long an agent has been idle, in whole minutes from one on.
func (m *matcher) since(c *candidate) string {
	d := m.now.Sub(c.FreeSince).Truncate(time.Minute)
	if c.FreeSince.IsZero() || d < time.Minute {
		return ""
	}
	return ", for " + strings.TrimSuffix(d.String(), "0s")
}
