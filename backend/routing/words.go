package routing

import (
	"strconv"
	"strings"
	"time"

	"parley/backend/id"
)

// Why an agent got what was for them before all others.
const (
	whyMeant     = "meant for this agent"
	whyPreferred = "answered this contact last"
)

// words says why this agent comes first of those who are free.
func (p *pool) words(slot int32, e *entry, now time.Time) string {
	out := make([]byte, 0, 128)
	who := p.queue.people[slot]
	switch {
	case p.able == 1:
		out = append(append(out, "the only one free"...), p.with...)
	case p.knowledge.skill[slot] > 0:
		out = append(strconv.AppendInt(append(out, "best of "...), int64(p.able), 10), p.with...)
	case who.total == 0 && p.idle > 1:
		out = append(strconv.AppendInt(append(out, "longest idle of "...), int64(p.idle), 10), p.with...)
		out = since(out, who.FreeSince, now)
	case who.total == 0:
		out = append(append(out, "the only one idle"...), p.with...)
		out = since(out, who.FreeSince, now)
	default:
		out = append(strconv.AppendInt(append(out, "fewest interactions of "...), int64(p.able), 10), p.with...)
	}
	return string(append(out, e.ask.dropped...))
}

// list joins skills as people say them.
func list(skills []id.Skill) string {
	var out strings.Builder
	for i, s := range skills {
		switch {
		case i > 0 && i == len(skills)-1:
			out.WriteString(" and ")
		case i > 0:
			out.WriteString(", ")
		}
		out.WriteString(string(s))
	}
	return out.String()
}

// since tells how long an agent has been idle, in whole minutes from one on.
func since(out []byte, t, now time.Time) []byte {
	minutes := int64(now.Sub(t) / time.Minute)
	if t.IsZero() || minutes < 1 {
		return out
	}
	out = append(out, ", for "...)
	if h := minutes / 60; h > 0 {
		out = append(strconv.AppendInt(out, h, 10), "h"...)
	}
	return append(strconv.AppendInt(out, minutes%60, 10), "m"...)
}

// Words is Why, and how many others were passed over for which reason.
func (o Offer) Words() string {
	others := ""
	for why, n := range o.Passed {
		if n > 0 {
			others += ", " + strconv.Itoa(int(n)) + " " + short[why]
		}
	}
	if others == "" {
		return o.Why
	}
	return o.Why + "; others: " + others[2:]
}

// short says in a word or two what became of somebody who was passed over.
var short = [reasons]string{
	offQueue: "not on queue", notResponding: "not responding", leftQueue: "left the queue", lacksSkill: "without the skills",
	full: "full", interrupted: "not to be interrupted", notMeant: "free", lessSkilled: "less skilled", lessIdle: "less idle",
}
