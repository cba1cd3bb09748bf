package supervisor

import (
	"cmp"
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
	for k := range s.intervals {
		if k.atMs < ms {
			delete(s.intervals, k)
		}
	}
	for k := range s.agentIntervals {
		if k.atMs < ms {
			delete(s.agentIntervals, k)
		}
	}
	for k := range s.codeIntervals {
		if k.atMs < ms {
			delete(s.codeIntervals, k)
		}
	}
}

// within returns the intervals that begin in some time, with agents' open time
// counted until one.
func (s *State) within(from, to, until int64) Day {
	var out Day
	for k, f := range s.intervals {
		if k.atMs >= from && k.atMs < to {
			out.Queues = append(out.Queues, QueueInterval{k.atMs, k.queue, k.channel, *f})
		}
	}
	open := s.open(from, until)
	for k, f := range s.agentIntervals {
		if k.atMs >= from && k.atMs < to {
			i := AgentInterval{k.atMs, k.agent, *f}
			if more, ok := open[k]; ok {
				i.Add(more)
				delete(open, k)
			}
			out.Agents = append(out.Agents, i)
		}
	}
	for k, f := range open {
		out.Agents = append(out.Agents, AgentInterval{k.atMs, k.agent, f})
	}
	for k, f := range s.codeIntervals {
		if k.atMs >= from && k.atMs < to {
			out.Codes = append(out.Codes, CodeInterval{k.atMs, k.queue, k.channel, k.code, *f})
		}
	}
	slices.SortFunc(out.Queues, func(a, b QueueInterval) int {
		return cmp.Or(cmp.Compare(a.AtMs, b.AtMs), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Channel, b.Channel))
	})
	slices.SortFunc(out.Agents, func(a, b AgentInterval) int {
		return cmp.Or(cmp.Compare(a.AtMs, b.AtMs), cmp.Compare(a.Agent, b.Agent))
	})
	slices.SortFunc(out.Codes, func(a, b CodeInterval) int {
		return cmp.Or(cmp.Compare(a.AtMs, b.AtMs), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Code, b.Code))
	})
	return out
}

// open is what agents did between the last that was counted and a time.
func (s *State) open(from, until int64) map[agentKey]AgentFigures {
	out := map[agentKey]AgentFigures{}
	for a, w := range s.agents {
		for at := max(w.settledMs, from); at < until; {
			next := min(until, intervalOf(at)+intervalMs)
			var f AgentFigures
			if w.pass(&f, next-at); f != (AgentFigures{}) {
				out[agentKey{intervalOf(at), a}] = f
			}
			at = next
		}
	}
	return out
}
