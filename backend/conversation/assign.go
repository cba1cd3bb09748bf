package conversation

import (
	"maps"
	"slices"

	"parley/backend/id"
)

// unheld stands for the reservation of a leg that was parked and not taken up.
const unheld id.Communication = "-"

// Held names the reservation that holds the agent's capacity for this leg: the
// communication's own name, or after a park the one it was taken up with. It is
// "" for a leg that was parked and ended so.
func (l *Leg) Held() id.Communication {
	switch l.Reservation {
	case "":
		return l.Communication
	case unheld:
		return ""
	}
	return l.Reservation
}

// Holding lists the reservations that this conversation needs now, with their
// agents: those of the alerting or connected leg and of after-call work that
// must be done. A parked leg needs none, and neither does optional after-call
// work.
func (s *State) Holding() map[id.Communication]id.Agent {
	out := map[id.Communication]id.Agent{}
	if l := s.Leg; l != nil && (s.Phase == Alerting || s.Phase == Talking || (l.WrapUpDue && !l.ACWOptional)) {
		out[l.Held()] = l.Agent
	}
	for _, l := range s.Wrapping {
		if !l.ACWOptional {
			out[l.Held()] = l.Agent
		}
	}
	delete(out, "")
	return out
}

// removeAgent ends what an agent has who is no user any more.
func removeAgent(s *State, c RemoveAgent, env Env) []Event {
	var out []Event
	wrapped := func(l Leg) {
		if l.Agent == c.Agent {
			out = append(out, WrappedUp{Communication: l.Communication, Agent: l.Agent, Code: env.Settings.DefaultCode, Expired: true})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Wrapping)) {
		wrapped(s.Wrapping[k])
	}
	if s.Leg != nil && s.Leg.WrapUpDue {
		wrapped(*s.Leg)
	}
	switch {
	case s.Phase == Waiting && s.For == c.Agent && c.Agent != "":
		return append(out, s.requeue(s.QueuedAt, "agent_removed"))
	case s.Holder() != c.Agent || c.Agent == "":
		return out
	case s.Phase == Alerting:
		return append(out, s.endAlert("withdrawn")...)
	}
	ended := LegEnded{Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: "agent_removed"}
	return append(out, ended, s.requeue(s.QueuedAt, "agent_removed"))
}
