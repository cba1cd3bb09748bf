package routing_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/routing"
)

// offer is an offer as tests compare it.
type offer struct {
	routing.Waiting
	Agent  id.Agent
	Why    string
	Passed map[routing.Reason]int
}

func told(offers []routing.Offer) []offer {
	var out []offer
	for _, o := range offers {
		out = append(out, offer{o.Waiting, o.Agent, o.Why, o.Passed.Counts()})
	}
	return out
}

// naive is the rules of Match as one would say them, one conversation and one
// agent after the other. It gives who gets what, and how many were passed over
// for which reason.
func naive(waiting []routing.Waiting, agents []routing.Agent, c routing.Config, now time.Time) []offer {
	people := map[id.Agent]*routing.Agent{}
	for _, a := range agents {
		a.Held = maps.Clone(a.Held)
		if a.Held == nil {
			a.Held = map[channel.Kind]int{}
		}
		people[a.ID] = &a
	}
	ordered := slices.Clone(waiting)
	slices.SortStableFunc(ordered, func(x, y routing.Waiting) int {
		return cmp.Or(place(x, c).Compare(place(y, c)), cmp.Compare(x.Conversation, y.Conversation))
	})
	var out []offer
	seen := map[id.Conversation]bool{}
	for _, w := range ordered {
		if seen[w.Conversation] {
			continue
		}
		seen[w.Conversation] = true
		if o, ok := give(w, people, c, now); ok {
			people[o.Agent].Held[w.Channel]++
			out = append(out, o)
		}
	}
	return out
}

func place(w routing.Waiting, c routing.Config) time.Time {
	age := cmp.Or(c.Age, routing.DefaultAge)
	return w.Since.Add(-time.Duration(w.Priority+c.Queues[w.Queue].Priority) * age)
}

// asks lists the skills that a conversation asks for now.
func asks(w routing.Waiting, rules routing.Rules, now time.Time) []id.Skill {
	if rules.Mode != routing.BySkill && rules.Mode != routing.Bullseye {
		return nil
	}
	out := slices.Compact(slices.Sorted(slices.Values(w.Skills)))
	for _, ring := range rules.Rings {
		if rules.Mode == routing.Bullseye && !now.Before(w.Since.Add(ring.After)) {
			out = slices.DeleteFunc(out, func(s id.Skill) bool { return slices.Contains(ring.Drop, s) })
		}
	}
	return out
}

// refuses says why an agent cannot take a conversation at all, or now.
func refuses(a *routing.Agent, w routing.Waiting, needs []id.Skill) (final, now routing.Reason) {
	switch a.Routing {
	case agent.OffQueue:
		return routing.OffQueue, ""
	case agent.NotResponding:
		return routing.NotResponding, ""
	case agent.Idle, agent.Interacting:
	}
	if a.Left[w.Queue] {
		return routing.LeftQueue, ""
	}
	for _, s := range needs {
		if a.Skills[s] < 1 {
			return routing.LacksSkill, ""
		}
	}
	return "", room(a, w)
}

func room(a *routing.Agent, w routing.Waiting) routing.Reason {
	switch err := a.Utilization.Room(a.Held, w.Channel); {
	case err == nil:
		return ""
	case a.Held[w.Channel] >= a.Utilization.Capacity[w.Channel]:
		return routing.Full
	}
	return routing.Interrupted
}

func give(w routing.Waiting, people map[id.Agent]*routing.Agent, c routing.Config, now time.Time) (offer, bool) {
	rules := c.Queues[w.Queue]
	needs := asks(w, rules, now)
	passed := map[routing.Reason]int{}
	var free []*routing.Agent
	for _, m := range slices.Compact(slices.Sorted(slices.Values(rules.Members))) {
		a := people[m]
		if a == nil {
			continue
		}
		final, busy := refuses(a, w, needs)
		if why := cmp.Or(final, busy); why == "" {
			free = append(free, a)
		} else if m != w.For {
			passed[why]++
		}
	}
	chosen, behind := choose(w, people, rules, needs, free, now)
	if chosen == nil {
		return offer{}, false
	}
	for _, a := range free {
		if a != chosen {
			passed[behind]++
		}
	}
	return offer{Waiting: w, Agent: chosen.ID, Passed: passed}, true
}

func choose(w routing.Waiting, people map[id.Agent]*routing.Agent, rules routing.Rules, needs []id.Skill, free []*routing.Agent, now time.Time) (*routing.Agent, routing.Reason) {
	if w.For != "" {
		a := people[w.For]
		if a == nil || (a.Routing != agent.Idle && a.Routing != agent.Interacting) || room(a, w) != "" {
			return nil, ""
		}
		return a, routing.NotMeant
	}
	if p := people[w.Preferred]; p != nil && slices.Contains(rules.Members, p.ID) {
		final, busy := refuses(p, w, needs)
		if final == "" && busy == "" {
			return p, routing.NotMeant
		}
		if final == "" && now.Before(w.Since.Add(rules.Keep)) {
			return nil, ""
		}
	}
	behind := routing.LessIdle
	skill := func(a *routing.Agent) int { return 0 }
	if rules.Mode == routing.BySkill && len(needs) > 0 {
		behind = routing.LessSkilled
		skill = func(a *routing.Agent) (sum int) {
			for _, s := range needs {
				sum += a.Skills[s]
			}
			return sum
		}
	}
	total := func(a *routing.Agent) (n int) {
		for _, h := range a.Held {
			n += h
		}
		return n
	}
	if len(free) == 0 {
		return nil, ""
	}
	return slices.MinFunc(free, func(a, b *routing.Agent) int {
		return cmp.Or(cmp.Compare(skill(b), skill(a)), cmp.Compare(total(a), total(b)), a.FreeSince.Compare(b.FreeSince), cmp.Compare(a.ID, b.ID))
	}), behind
}
