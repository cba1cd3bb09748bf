package acd

import (
	"context"
	"time"

	"parley/backend/agent"
	"parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/routing"
)

// Organisation is what routing follows: who works here, on what, and by which
// rules. It is replaced whole and never changed.
type Organisation struct {
	Routing routing.Config
	// Agents are all users; whoever is none has nothing and gets nothing.
	Agents []id.Agent
	// Skills is what they know and how well; languages too.
	Skills map[id.Agent]map[id.Skill]int
	// Utilization is how much an agent takes at once.
	Utilization func(id.Agent) agent.Utilization
	// Queue gives a queue's rules of handling.
	Queue func(id.Queue) conversation.Settings
}

// Following is the routing side of a configured organisation.
func Following(o config.Organisation) Organisation {
	out := Organisation{Routing: routing.Config{Queues: map[id.Queue]routing.Rules{}}, Skills: map[id.Agent]map[id.Skill]int{}}
	rules := map[id.Queue]conversation.Settings{}
	for _, q := range o.Queues {
		out.Routing.Queues[q.ID] = rulesOf(q)
		rules[q.ID] = q.Settings()
	}
	use := map[id.Agent]agent.Utilization{}
	for _, u := range o.Users {
		out.Agents = append(out.Agents, u.ID)
		out.Skills[u.ID] = u.Proficiency()
		use[u.ID] = o.Utilization(u.ID)
	}
	out.Utilization = func(a id.Agent) agent.Utilization { return use[a] }
	out.Queue = func(q id.Queue) conversation.Settings { return rules[q] }
	return out
}

// rulesOf are a queue's rules of routing. A ring is configured by how long it
// lasts and what it drops; the first one may drop something from the start on.
func rulesOf(q config.Queue) routing.Rules {
	out := routing.Rules{Members: q.Members, Keep: time.Duration(q.PreferredSeconds) * time.Second}
	switch q.Routing {
	case config.Skills:
		out.Mode = routing.BySkill
	case config.Bullseye:
		out.Mode = routing.Bullseye
	case config.Idle:
		out.Mode = routing.ByIdle
	default:
		out.Mode = routing.ByIdle
	}
	after := time.Duration(0)
	for _, r := range q.Rings {
		out.Rings = append(out.Rings, routing.Ring{After: after, Drop: r.Drop})
		after += time.Duration(r.Seconds) * time.Second
	}
	return out
}

// Reconfigure makes the router follow another organisation from now on. What
// waits is judged by the new rules; what removed users have goes back to its
// queue, at its old place, and says so.
func (r *Router) Reconfigure(o Organisation) {
	r.mu.Lock()
	r.next = &o
	r.mu.Unlock()
	r.poke()
}

// reorganise follows the organisation that Reconfigure gave last.
func (r *Router) reorganise(ctx context.Context) bool {
	r.mu.Lock()
	next := r.next
	r.mu.Unlock()
	if next == nil {
		return true
	}
	if err := r.employ(ctx, next.Agents); err != nil {
		r.changed = true // so that it is tried again
		r.failed(ctx, "reconfigure", err)
		return false
	}
	r.mu.Lock()
	if r.next == next {
		r.next = nil
	}
	r.mu.Unlock()
	r.adoptOrganisation(*next)
	return true
}

func (r *Router) adoptOrganisation(next Organisation) {
	r.organisation = next
	users := make(map[id.Agent]bool, len(next.Agents))
	for _, a := range next.Agents {
		users[a] = true
	}
	for a, s := range r.agents {
		if !users[a] && r.users[a] && online(s) {
			r.onAgent(id.Command(id.New()), a, agent.SetPresence{Presence: agent.Offline, Reason: "removed"})
		}
	}
	r.users = users
	r.board = routing.NewBoard(next.Routing)
	for a := range r.agents {
		r.seat(a)
	}
	now := r.o.Engine.Now()
	for _, o := range r.conversations {
		r.evict(o)
		if o.phase == conversation.Waiting {
			r.board.Wait(o.waiting(), now)
		}
		o.leg.silent = time.Time{}
		r.listen(o)
	}
	r.changed = true
}
