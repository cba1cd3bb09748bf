// Package supervisor folds the log into what a supervisor watches: the board of
// queues, the board of agents, the conversations that are live, and figures by
// intervals of a quarter of an hour. It is pure and has no clock: the same
// commits give the same figures, live or replayed, from the log's beginning or
// from any snapshot on. What depends on the present moment, such as how long
// somebody has been waiting, is reckoned when a board is asked for.
package supervisor

import (
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// Interval is how finely figures are kept.
const Interval = 15 * time.Minute

const intervalMs = int64(Interval / time.Millisecond)

// Rules are what the figures are reckoned by.
type Rules struct {
	// Zone is where the organisation's days begin; nil = UTC.
	Zone *time.Location
	// Queues' rules; a queue that is missing has Default.
	Queues  map[id.Queue]QueueRules
	Default QueueRules
}

// QueueRules are one queue's.
type QueueRules struct {
	// ServiceLevel is the longest wait that counts as answered in time.
	ServiceLevel time.Duration
	// ShortAbandon is the longest wait whose abandon counts apart; 0 = none does.
	ShortAbandon time.Duration
}

// Location is the zone of the organisation's days.
func (r *Rules) Location() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// Names lists the queues that have rules of their own, sorted.
func (r *Rules) Names() []id.Queue { return slices.Sorted(maps.Keys(r.Queues)) }

func (r *Rules) queue(q id.Queue) QueueRules {
	if own, ok := r.Queues[q]; ok {
		return own
	}
	return r.Default
}

// State is the fold. Make one with New or Decode. It is not safe for concurrent
// use.
type State struct {
	rules Rules
	pos   uint64 // of the last commit folded
	atMs  int64  // its time, or a later one folded before
	keep  int64  // intervals before this are neither kept nor counted

	conversations map[id.Conversation]*live
	agents        map[id.Agent]*worker
	queues        map[line]*queue
	gone          tombstones

	intervals map[int64]*interval // by their beginning

	day day // looked up last; no part of the state
}

// line is one queue's line on one channel.
type line struct {
	queue   id.Queue
	channel channel.Kind
}

// day is one of the organisation's days.
type day struct{ startMs, endMs int64 }

// New returns a state that has folded nothing.
func New(rules Rules) *State {
	return &State{
		rules: rules, conversations: map[id.Conversation]*live{}, agents: map[id.Agent]*worker{}, queues: map[line]*queue{},
		intervals: map[int64]*interval{},
	}
}

// Pos is the position of the last commit folded.
func (s *State) Pos() uint64 { return s.pos }

// At is the time of what was folded last.
func (s *State) At() time.Time { return time.UnixMilli(s.atMs).UTC() }

// Kept is since when intervals are kept; zero if all are.
func (s *State) Kept() time.Time {
	if s.keep == 0 {
		return time.Time{}
	}
	return time.UnixMilli(s.keep).UTC()
}

// Apply folds the next commit of the log. One that was folded before is ignored.
// It never fails: what it does not know it skips.
func (s *State) Apply(c eventlog.Stored) {
	if c.Pos <= s.pos {
		return
	}
	s.pos = c.Pos
	at := c.At.UnixMilli()
	s.atMs = max(s.atMs, at)
	switch c.Stream.Kind {
	case eventlog.Conversation:
		s.conversation(id.Conversation(c.Stream.ID), c.Events, at)
	case eventlog.Agent:
		s.agent(id.Agent(c.Stream.ID), c.Events, at)
	case eventlog.Monitor:
		s.monitor(id.Conversation(c.Stream.ID), c.Events)
	}
	if s.pos%sweepEvery == 0 {
		s.sweep()
	}
}

// sweepEvery is how many positions lie between two looks for conversations that
// are over and can be forgotten.
const sweepEvery = 4096

func (s *State) sweep() {
	for conv, c := range s.conversations {
		if c.phase == over && c.keepMs < s.atMs {
			delete(s.conversations, conv)
		}
	}
}

// dayOf returns the organisation's day that a time is in.
func (s *State) dayOf(ms int64) day {
	if ms >= s.day.startMs && ms < s.day.endMs {
		return s.day
	}
	s.day = s.rules.day(ms)
	return s.day
}

func (r *Rules) day(ms int64) day {
	zone := r.Location()
	y, m, d := time.UnixMilli(ms).In(zone).Date()
	return day{time.Date(y, m, d, 0, 0, 0, 0, zone).UnixMilli(), time.Date(y, m, d+1, 0, 0, 0, 0, zone).UnixMilli()}
}

// Day tells when the organisation's day that t is in begins and ends.
func (r *Rules) Day(t time.Time) (start, end time.Time) {
	d := r.day(t.UnixMilli())
	return time.UnixMilli(d.startMs).UTC(), time.UnixMilli(d.endMs).UTC()
}

func intervalOf(ms int64) int64 { return ms - ms%intervalMs }

// queue is one line, as it is now and today.
type queue struct {
	changed   uint64 // position
	waiting   map[id.Conversation]*live
	connected int // and not parked
	parked    int
	wrapping  int

	dayMs int64 // what today counts
	today Figures

	spark  [sparkMinutes]int32 // who waited at each minute's end, a ring by minute
	minute int64               // minutes before this are in spark
}

// sparkMinutes is how far back a spark line goes.
const sparkMinutes = 60

func (s *State) queue(l line) *queue {
	q := s.queues[l]
	if q == nil {
		q = &queue{waiting: map[id.Conversation]*live{}, minute: s.atMs / 60_000}
		s.queues[l] = q
	}
	q.changed = s.pos
	return q
}

// count lets a change reach both the interval's figures and today's.
func (s *State) count(l line, at int64, change func(*Figures)) {
	if i := s.at(at); i != nil {
		change(of(i.queues, l))
	}
	q, d := s.queue(l), s.dayOf(at)
	if d.startMs > q.dayMs {
		q.dayMs, q.today = d.startMs, Figures{}
	}
	if d.startMs == q.dayMs {
		change(&q.today)
	}
}

// tick fills the spark line up to the minute that a time is in.
func (q *queue) tick(at int64) {
	m := at / 60_000
	q.minute = max(q.minute, m-sparkMinutes)
	for ; q.minute < m; q.minute++ {
		q.spark[q.minute%sparkMinutes] = int32(len(q.waiting))
	}
}

// line returns the last hour, oldest minute first; the last value is now's.
func (q *queue) sparkAt(now int64) []int {
	copied := *q
	copied.tick(now)
	out := make([]int, 0, sparkMinutes)
	for m := copied.minute - sparkMinutes + 1; m < copied.minute; m++ {
		out = append(out, int(copied.spark[(m+sparkMinutes)%sparkMinutes]))
	}
	return append(out, len(q.waiting))
}
