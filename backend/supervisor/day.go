package supervisor

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
)

// Day holds the figures of some time by intervals, sorted by time and key.
type Day struct {
	StartMs int64 `json:"startMs"`
	EndMs   int64 `json:"endMs"`
	Queues  []QueueInterval
	Agents  []AgentInterval
	Codes   []CodeInterval
}

// QueueInterval is what one queue and channel counted in an interval that began
// at AtMs.
type QueueInterval struct {
	AtMs    int64        `json:"atMs"`
	Queue   id.Queue     `json:"queue"`
	Channel channel.Kind `json:"channel"`
	Figures
}

// AgentInterval is what one agent counted in an interval.
type AgentInterval struct {
	AtMs  int64    `json:"atMs"`
	Agent id.Agent `json:"agent"`
	AgentFigures
}

// CodeInterval is what was wrapped up with one code in an interval.
type CodeInterval struct {
	AtMs    int64        `json:"atMs"`
	Queue   id.Queue     `json:"queue"`
	Channel channel.Kind `json:"channel"`
	Code    string       `json:"code"`
	CodeFigures
}

// Day returns the intervals of the organisation's day that a time is in, as far
// as they are kept, with what agents have been doing until now counted in.
func (s *State) Day(t, now time.Time) Day {
	d := s.rules.day(t.UnixMilli())
	out := s.within(d.startMs, d.endMs, min(now.UnixMilli(), d.endMs))
	out.StartMs, out.EndMs = d.startMs, d.endMs
	return out
}

// Keep forgets the intervals before a time, which somebody else keeps now. What
// agents did until then is counted first, and nothing before it is any more.
func (s *State) Keep(from time.Time) {
	ms := from.UnixMilli()
	if ms <= s.keep {
		return
	}
	for a, w := range s.agents {
		changed := w.changed
		s.settle(a, w, ms)
		w.changed = changed
	}
	s.keep = ms
	for start := range s.intervals {
		if start < ms {
			delete(s.intervals, start)
		}
	}
}

// within returns the intervals that begin in some time, with agents' open time
// counted until one.
func (s *State) within(from, to, until int64) Day {
	var out Day
	open := s.open(from, until)
	starts := map[int64]bool{}
	for start := range s.intervals {
		starts[start] = true
	}
	for k := range open {
		starts[k.atMs] = true
	}
	none := newInterval()
	for _, start := range slices.Sorted(maps.Keys(starts)) {
		if start < from || start >= to {
			continue
		}
		i := s.intervals[start]
		if i == nil {
			i = none
		}
		i.rows(&out, start, open)
		for k, f := range open { // who was counted in nothing yet
			if k.atMs == start {
				out.Agents = append(out.Agents, AgentInterval{start, k.agent, f})
			}
		}
	}
	slices.SortFunc(out.Agents, func(a, b AgentInterval) int {
		return cmp.Or(cmp.Compare(a.AtMs, b.AtMs), cmp.Compare(a.Agent, b.Agent))
	})
	return out
}

// agentAt is one agent in one interval.
type agentAt struct {
	atMs  int64
	agent id.Agent
}

// open is what agents did between the last that was counted and a time.
func (s *State) open(from, until int64) map[agentAt]AgentFigures {
	out := map[agentAt]AgentFigures{}
	for a, w := range s.agents {
		for at := max(w.settledMs, from); at < until; {
			next := min(until, intervalOf(at)+intervalMs)
			var f AgentFigures
			if w.pass(&f, next-at); f != (AgentFigures{}) {
				out[agentAt{intervalOf(at), a}] = f
			}
			at = next
		}
	}
	return out
}
