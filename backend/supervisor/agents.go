package supervisor

import (
	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// Status is what a supervisor sees of an agent: a presence that is not on queue,
// or what the agent does on queue.
type Status string

// The statuses beside the presences of package agent. The first that applies
// holds: NotResponding, Interacting with at least one interaction connected or
// outside Parley, AfterCall with nothing but after-call work, else Idle.
const (
	Idle          Status = "idle"
	Interacting   Status = "interacting"
	AfterCall     Status = "acw"
	NotResponding Status = "not_responding"
)

// worker is an agent as they are now and today.
type worker struct {
	changed       uint64 // position
	presence      agent.Presence
	presenceMs    int64
	notResponding bool
	status        Status
	statusMs      int64
	held          map[id.Communication]channel.Kind // reservations
	externals     map[id.External]channel.Kind
	left          map[id.Queue]bool

	alerting  int
	talking   int // connected and not parked
	afterCall int // that is not optional
	settledMs int64

	dayMs int64 // what today counts
	today AgentFigures
}

func (s *State) worker(a id.Agent) *worker {
	w := s.agents[a]
	if w == nil {
		w = &worker{presence: agent.Offline, status: Status(agent.Offline), settledMs: s.atMs}
		s.agents[a] = w
	}
	w.changed = s.pos
	return w
}

func (w *worker) busy() bool { return w.talking+w.afterCall+len(w.externals) > 0 }

func (w *worker) statusNow() Status {
	switch {
	case w.presence != agent.OnQueue:
		return Status(w.presence)
	case w.notResponding:
		return NotResponding
	case w.talking+len(w.externals) > 0:
		return Interacting
	case w.afterCall > 0:
		return AfterCall
	}
	return Idle
}

// change lets something happen to an agent: the time until now counts as what it
// was.
func (s *State) change(a id.Agent, at int64, do func(*worker)) {
	w := s.worker(a)
	s.settle(a, w, at)
	do(w)
	if now := w.statusNow(); now != w.status {
		w.status, w.statusMs = now, at
	}
}

// busy counts an interaction that is connected, or no longer.
func (s *State) busy(a id.Agent, at int64, by int) {
	s.change(a, at, func(w *worker) { w.talking = max(0, w.talking+by) })
}

// wraps counts after-call work that has begun, or ended.
func (s *State) wraps(a id.Agent, at int64, optional bool, by int) {
	if !optional {
		s.change(a, at, func(w *worker) { w.afterCall = max(0, w.afterCall+by) })
	}
}

// settle counts the time until at.
func (s *State) settle(a id.Agent, w *worker, at int64) {
	for w.settledMs < at {
		d := s.dayOf(w.settledMs)
		until := min(at, intervalOf(w.settledMs)+intervalMs, d.endMs)
		if w.presence == agent.Offline && !w.notResponding {
			until = at // nothing counts
		} else {
			s.countAgent(a, w.settledMs, func(f *AgentFigures) { w.pass(f, until-w.settledMs) })
		}
		w.settledMs = until
	}
}

// pass counts some time as what the agent is.
func (w *worker) pass(f *AgentFigures, ms int64) {
	switch w.presence {
	case agent.OnQueue:
		f.OnQueueMs += ms
		if w.busy() {
			f.BusyMs += ms
		}
		if w.notResponding {
			f.NotRespondingMs += ms
		}
	case agent.Available:
		f.AvailableMs += ms
	case agent.Busy:
		f.WorkMs += ms
	case agent.Away:
		f.AwayMs += ms
	case agent.Break:
		f.BreakMs += ms
	case agent.Meal:
		f.MealMs += ms
	case agent.Meeting:
		f.MeetingMs += ms
	case agent.Training:
		f.TrainingMs += ms
	case agent.Offline:
	}
}

// countAgent lets a change reach both the interval's figures and today's.
func (s *State) countAgent(a id.Agent, at int64, change func(*AgentFigures)) {
	if i := s.at(at); i != nil {
		change(of(i.agents, a))
	}
	w, d := s.worker(a), s.dayOf(at)
	if d.startMs > w.dayMs {
		w.dayMs, w.today = d.startMs, AgentFigures{}
	}
	if d.startMs == w.dayMs {
		change(&w.today)
	}
}

func (s *State) agent(a id.Agent, events []eventlog.Event, at int64) {
	for _, stored := range events {
		e := agent.Decode(stored)
		s.change(a, at, func(w *worker) { w.record(e, at) })
		if _, stopped := e.(agent.StoppedResponding); stopped {
			s.countAgent(a, at, func(f *AgentFigures) { f.NotResponding++ })
		}
	}
}

func (w *worker) record(e agent.Event, at int64) {
	switch e := e.(type) {
	case agent.PresenceChanged:
		w.presence, w.presenceMs, w.notResponding = e.Presence, at, false
	case agent.Reserved:
		if w.held == nil {
			w.held = map[id.Communication]channel.Kind{}
		}
		w.held[e.Communication] = e.Channel
	case agent.Released:
		delete(w.held, e.Communication)
	case agent.StoppedResponding:
		w.notResponding = true
	case agent.Resumed:
		w.notResponding = false
	case agent.QueueLeft:
		if w.left == nil {
			w.left = map[id.Queue]bool{}
		}
		w.left[e.Queue] = true
	case agent.QueueJoined:
		delete(w.left, e.Queue)
	case agent.ExternalStarted:
		if w.externals == nil {
			w.externals = map[id.External]channel.Kind{}
		}
		w.externals[e.External] = e.Media
	case agent.ExternalEnded:
		delete(w.externals, e.External)
	case agent.Unknown:
	}
}
