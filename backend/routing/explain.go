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

// verdicts judges the queue's members, and who is meant or preferred beside them.
func (b *Board) verdicts(e *entry, o Offer, now time.Time) []Verdict {
	p := e.line.pool
	names := slices.Clone(p.queue.members)
	if e.For != "" && !slices.Contains(names, e.For) {
		names = append(names, e.For)
	}
	behind := LessIdle
	switch {
	case o.Agent != "" && (o.Why == whyMeant || o.Why == whyPreferred), e.line.bond != anybody && o.Agent == "":
		behind = NotMeant
	case p.queue.Mode == BySkill && len(p.needs) > 0:
		behind = LessSkilled
	}
	var free, rest []*place
	out := make([]Verdict, 0, len(names))
	for _, a := range names {
		who := b.people[a]
		if who == nil {
			continue
		}
		at := p.find(who)
		if at == nil {
			at = &place{person: who, pool: p}
			at.stand()
		}
		if at.why == fits || a == o.Agent {
			free = append(free, at)
		} else {
			rest = append(rest, at)
		}
	}
	slices.SortFunc(free, func(x, y *place) int {
		switch {
		case x == y:
			return 0
		case x.ID == o.Agent, y.ID != o.Agent && x.before(y):
			return -1
		}
		return 1
	})
	slices.SortStableFunc(rest, func(x, y *place) int { return cmp.Compare(y.why, x.why) })
	for _, x := range append(free, rest...) {
		v := Verdict{Agent: x.ID, Reason: named[x.why], Words: b.detail(x, now)}
		switch {
		case x.ID == o.Agent:
			v.Reason, v.Words = "", o.Why
		case x.why == fits:
			v.Reason = behind
		}
		out = append(out, v)
	}
	return out
}

// detail says how an agent stands towards a pool.
func (b *Board) detail(x *place, now time.Time) string {
	k := b.channels[x.pool.key.channel]
	switch x.why {
	case offQueue:
		return "not on queue"
	case notResponding:
		return "did not answer the last alert"
	case leftQueue:
		return "has left this queue for now"
	case lacksSkill:
		return "does not know " + list(lacking(x))
	case full:
		return fmt.Sprintf("has %d of %d on %s", x.Held[k], x.Utilization.Capacity[k], k)
	case interrupted:
		return fmt.Sprintf("is busy with what %s may not interrupt", k)
	case fits, notMeant, lessSkilled, lessIdle:
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

func lacking(x *place) []id.Skill {
	var out []id.Skill
	for _, s := range x.pool.needs {
		if x.Skills[s] <= 0 {
			out = append(out, s)
		}
	}
	return out
}

// sentence says who gets a conversation, or why nobody does.
func (b *Board) sentence(e *entry, o Offer, ok bool) string {
	p := e.line.pool
	known, away := int32(p.able), p.counts[offQueue]+p.counts[notResponding]
	for _, n := range p.counts {
		known += n
	}
	reached := e.line.bond == kept && p.reaches(b.people[e.line.who]) != nil
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
