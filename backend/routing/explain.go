package routing

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"parley/backend/id"
)

// Explanation tells how a conversation stands, and of each agent why they get it
// or not.
type Explanation struct {
	// Asks are the skills that are asked for now; Dropped those that no longer are.
	Asks, Dropped []id.Skill
	// Changes is when time alone changes what is asked for, or of whom; zero if
	// never.
	Changes time.Time
	// Why is one sentence: who gets it next, or why nobody does.
	Why    string
	Agents []Verdict // the queue's members, who comes first at the top
}

// Verdict is what a match makes of one agent.
type Verdict struct {
	Agent id.Agent
	// Reason is why they do not get it; "" = they do, if nobody is served before.
	Reason Reason
	// Words say it in full, for example "has 4 of 4 on web".
	Words string
}

// Explain tells why a conversation goes to whom, were it the only one that
// waits. It is made on demand: an Offer carries the counts.
func Explain(w Waiting, agents []Agent, config Config, now time.Time) Explanation {
	b := NewBoard(config)
	for _, a := range agents {
		b.Agent(a)
	}
	b.Wait(w, now)
	return b.Explain(w.Conversation, now)
}

// Explain tells of a conversation on the board what Explain would.
func (b *Board) Explain(c id.Conversation, now time.Time) Explanation {
	b.turn(now)
	e := b.waiting[c]
	if e == nil {
		return Explanation{Why: "it does not wait"}
	}
	p := e.line.pool
	out := Explanation{Asks: p.needs}
	for _, s := range slices.Compact(slices.Sorted(slices.Values(e.ask.skills))) {
		if !slices.Contains(p.needs, s) {
			out.Dropped = append(out.Dropped, s)
		}
	}
	if e.next != 0 {
		out.Changes = time.UnixMilli(e.next).UTC()
	}
	b.passes++
	o, ok := b.offer(e, p, e.line.bonding, now)
	if ok {
		b.takeBack()
	}
	out.Agents = b.verdicts(e, o, now)
	out.Why = b.sentence(e, o, ok)
	return out
}

// judged is an agent as an explanation sees them.
type judged struct {
	*person
	why   reason
	skill int32
}

// verdicts judges the queue's members, and who is meant beside them.
func (b *Board) verdicts(e *entry, o Offer, now time.Time) []Verdict {
	p := e.line.pool
	names := slices.Clone(p.queue.members)
	if e.For != "" && !slices.Contains(names, e.For) {
		names = append(names, e.For)
	}
	behind := p.behind()
	if e.line.bond != anybody || o.Why == whyPreferred {
		behind = notMeant
	}
	var all []judged
	for _, a := range names {
		if who := b.people[a]; who != nil {
			all = append(all, p.judged(who))
		}
	}
	slices.SortFunc(all, func(x, y judged) int { return x.compare(y, o.Agent) })
	out := make([]Verdict, 0, len(all))
	for _, x := range all {
		v := Verdict{Agent: x.ID, Words: b.detail(x, p, now)}
		switch {
		case x.ID == o.Agent:
			v.Words = o.Why
		case x.why.free():
			v.Reason = named[behind]
		default:
			v.Reason = named[x.why]
		}
		out = append(out, v)
	}
	return out
}

func (p *pool) judged(who *person) judged {
	slot := p.find(who)
	switch {
	case slot >= 0:
		return judged{who, p.why[slot], p.knowledge.skill[slot]}
	case who.away != fits:
		return judged{who, who.away, 0}
	}
	return judged{who, who.rooms[p.key.channel], 0}
}

// compare orders by who comes first: who gets it, then who is free, then the
// others, those first whose reason may end soonest.
func (x judged) compare(y judged, gets id.Agent) int {
	switch {
	case (x.ID == gets) != (y.ID == gets):
		return order(x.ID == gets)
	case x.why.free() != y.why.free():
		return order(x.why.free())
	case !x.why.free():
		return cmp.Or(cmp.Compare(y.why, x.why), cmp.Compare(x.ID, y.ID))
	}
	return cmp.Or(cmp.Compare(y.skill, x.skill), cmp.Compare(x.total, y.total), x.idler(y.person))
}

func order(first bool) int {
	if first {
		return -1
	}
	return 1
}

// detail says how an agent stands towards a pool.
func (b *Board) detail(x judged, p *pool, now time.Time) string {
	k := b.channels[p.key.channel]
	switch x.why {
	case offQueue:
		return "not on queue"
	case notResponding:
		return "did not answer the last alert"
	case leftQueue:
		return "has left this queue for now"
	case lacksSkill:
		return "does not know " + list(slices.DeleteFunc(slices.Clone(p.needs), func(s id.Skill) bool { return x.Skills[s] > 0 }))
	case full:
		return fmt.Sprintf("has %d of %d on %s", x.Held[k], x.Utilization.Capacity[k], k)
	case interrupted:
		return fmt.Sprintf("is busy with what %s may not interrupt", k)
	default:
	}
	said := fmt.Sprintf("has %d interactions", x.total)
	switch x.total {
	case 0:
		said = string(since([]byte("idle"), x.FreeSince, now))
	case 1:
		said = "has 1 interaction"
	}
	if x.skill > 0 {
		said += fmt.Sprintf(", proficiency %d", x.skill)
	}
	return said
}

// sentence says who gets a conversation, or why nobody does.
func (b *Board) sentence(e *entry, o Offer, ok bool) string {
	p := e.line.pool
	known, away := int32(p.able), p.counts[offQueue]+p.counts[notResponding]
	for _, n := range p.counts {
		known += n
	}
	reached := e.line.bond == kept && p.reaches(b.people[e.line.who]) >= 0
	switch {
	case ok:
		return fmt.Sprintf("%s is next: %s", o.Agent, o.Why)
	case e.line.bond == meant:
		return fmt.Sprintf("it is meant for %s, who cannot take it now", e.For)
	case reached:
		return fmt.Sprintf("it is kept for %s, who answered this contact last and has no room now", e.Preferred)
	case known == 0:
		return "the queue has no members"
	case away == known:
		return "nobody of the queue is on queue"
	case len(p.needs) > 0 && p.counts[full]+p.counts[interrupted] == 0:
		return "nobody on queue knows " + list(p.needs)
	}
	return "everybody who could take it is busy"
}
