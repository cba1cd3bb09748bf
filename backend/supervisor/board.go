package supervisor

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// Board is what stands on a supervisor's boards at a moment. Times are Unix
// milliseconds, 0 = none. Lists are sorted by their keys.
type Board struct {
	// Pos is the position of the last commit that is in it; AtMs the moment.
	Pos  uint64 `json:"pos"`
	AtMs int64  `json:"atMs"`
	// DayMs is when the day began that Today counts.
	DayMs int64 `json:"dayMs"`
	// Whole boards replace what was there. Others hold the rows that changed, and
	// Gone the conversations that are no longer live.
	Whole         bool              `json:"whole,omitempty"`
	Queues        []QueueRow        `json:"queues,omitempty"`
	Agents        []AgentRow        `json:"agents,omitempty"`
	Conversations []LiveRow         `json:"conversations,omitempty"`
	Gone          []id.Conversation `json:"gone,omitempty"`
}

// QueueRow is one queue on one channel.
type QueueRow struct {
	Queue   id.Queue     `json:"queue"`
	Channel channel.Kind `json:"channel"`
	// Waiting counts who has no agent yet; of them, Alerting alert one now. Genesys
	// Cloud's oWaiting counts the latter apart.
	Waiting  int `json:"waiting,omitempty"`
	Alerting int `json:"alerting,omitempty"`
	// LongestMs is the place in line of who waits longest. A conversation that was
	// moved while it waited keeps the time that it had waited before.
	LongestMs int64   `json:"longestMs,omitempty"`
	Connected int     `json:"connected,omitempty"`
	Parked    int     `json:"parked,omitempty"`
	AfterCall int     `json:"afterCall,omitempty"`
	Today     Figures `json:"today"`
	// Spark is how many waited at the end of each of the last sixty minutes, oldest
	// first; the last value is now's. Nil = as it was told before, a minute on.
	Spark []int `json:"spark,omitempty"`
}

// AgentRow is one agent.
type AgentRow struct {
	Agent      id.Agent       `json:"agent"`
	Status     Status         `json:"status"`
	StatusMs   int64          `json:"statusMs,omitempty"`
	Presence   agent.Presence `json:"presence"`
	PresenceMs int64          `json:"presenceMs,omitempty"`
	// Held is what takes capacity now, by kind: alerting, connected, after-call
	// work, and work outside Parley.
	Held      map[channel.Kind]int `json:"held,omitempty"`
	Alerting  int                  `json:"alerting,omitempty"`
	Talking   int                  `json:"talking,omitempty"`
	AfterCall int                  `json:"afterCall,omitempty"`
	// Left are queues that the agent takes nothing from for now.
	Left []id.Queue `json:"left,omitempty"`
	// Today counts until SettledMs. Since then the agent is what the row says, and
	// Busy if the time counts as occupied; see Occupancy.
	Today     AgentFigures `json:"today"`
	SettledMs int64        `json:"settledMs,omitempty"`
	Busy      bool         `json:"busy,omitempty"`
}

// Occupancy is the agent's of today, at a moment.
func (r AgentRow) Occupancy(now time.Time) (part float64, ok bool) {
	f := r.Today
	if more := now.UnixMilli() - r.SettledMs; r.Presence == agent.OnQueue && more > 0 {
		f.OnQueueMs += more
		if r.Busy {
			f.BusyMs += more
		}
	}
	return f.Occupancy()
}

// Phase is where a live conversation stands.
type Phase string

// The phases of LiveRow.
const (
	Waiting   Phase = "waiting"
	Alerting  Phase = "alerting"
	Connected Phase = "connected"
	Parked    Phase = "parked"
	Wrapping  Phase = "acw"
)

// LiveRow is one conversation that is live, or whose after-call work is open.
type LiveRow struct {
	Conversation id.Conversation `json:"conversation"`
	Channel      channel.Kind    `json:"channel"`
	Queue        id.Queue        `json:"queue"`
	Contact      id.Contact      `json:"contact,omitempty"`
	Phase        Phase           `json:"phase"`
	PhaseMs      int64           `json:"phaseMs"`
	StartedMs    int64           `json:"startedMs"`
	QueuedMs     int64           `json:"queuedMs,omitempty"` // its place in line
	Agent        id.Agent        `json:"agent,omitempty"`    // alerted, connected, parked or wrapping up
	// Communication is that agent's leg.
	Communication id.Communication `json:"communication,omitempty"`
	For           id.Agent         `json:"for,omitempty"` // waits for this agent
	Priority      int              `json:"priority,omitempty"`
	// UnansweredMs: the contact waits for an answer since.
	UnansweredMs int64      `json:"unansweredMs,omitempty"`
	HelpMs       int64      `json:"helpMs,omitempty"` // the agent asked for help
	Watchers     []id.Agent `json:"watchers,omitempty"`
}

// Board returns the whole board at a moment, which is not before what was folded.
func (s *State) Board(now time.Time) Board {
	b := s.frame(now)
	b.Whole = true
	s.rows(&b, now, 0, true)
	return b
}

// Since returns what changed after a position that an earlier board had, and the
// whole where that is too long ago or on another day. Spark lines come with a
// whole board, and with minute, which the caller asks for once in a minute.
func (s *State) Since(pos uint64, day int64, now time.Time, minute bool) Board {
	b := s.frame(now)
	if pos < s.gone.since || b.DayMs != day {
		return s.Board(now)
	}
	s.rows(&b, now, pos, minute)
	for _, t := range s.gone.list {
		if c := s.conversations[t.conv]; t.pos > pos && (c == nil || !c.shown()) {
			b.Gone = append(b.Gone, t.conv)
		}
	}
	return b
}

func (s *State) frame(now time.Time) Board {
	return Board{Pos: s.pos, AtMs: now.UnixMilli(), DayMs: s.rules.day(now.UnixMilli()).startMs}
}

// rows adds the rows that changed after a position; all queues where spark lines
// are wanted.
func (s *State) rows(b *Board, now time.Time, after uint64, sparks bool) {
	for l, q := range s.queues {
		if q.changed > after || sparks {
			b.Queues = append(b.Queues, q.row(l, b, sparks))
		}
	}
	slices.SortFunc(b.Queues, func(x, y QueueRow) int { return line{x.Queue, x.Channel}.compare(line{y.Queue, y.Channel}) })
	for a, w := range s.agents {
		if w.changed > after {
			b.Agents = append(b.Agents, w.row(a, b))
		}
	}
	slices.SortFunc(b.Agents, func(x, y AgentRow) int { return cmp.Compare(x.Agent, y.Agent) })
	for conv, c := range s.conversations {
		if c.changed > after && c.shown() {
			b.Conversations = append(b.Conversations, c.row(conv))
		}
	}
	slices.SortFunc(b.Conversations, func(x, y LiveRow) int { return cmp.Compare(x.Conversation, y.Conversation) })
}

func (q *queue) row(l line, b *Board, spark bool) QueueRow {
	r := QueueRow{
		Queue: l.queue, Channel: l.channel, Waiting: len(q.waiting), Connected: q.connected, Parked: q.parked, AfterCall: q.wrapping,
	}
	for _, c := range q.waiting {
		if c.phase == alerting {
			r.Alerting++
		}
		if r.LongestMs == 0 || c.queuedMs < r.LongestMs {
			r.LongestMs = c.queuedMs
		}
	}
	if q.dayMs == b.DayMs {
		r.Today = q.today
	}
	if spark {
		r.Spark = q.sparkAt(b.AtMs)
	}
	return r
}

func (w *worker) row(a id.Agent, b *Board) AgentRow {
	r := AgentRow{
		Agent: a, Status: w.status, StatusMs: w.statusMs, Presence: w.presence, PresenceMs: w.presenceMs,
		Alerting: w.alerting, Talking: w.talking, AfterCall: w.afterCall,
		SettledMs: max(w.settledMs, b.DayMs), Busy: w.busy(),
	}
	if len(w.held)+len(w.externals) > 0 {
		r.Held = make(map[channel.Kind]int, 2)
		for _, k := range w.held {
			r.Held[k]++
		}
		for _, k := range w.externals {
			r.Held[k]++
		}
	}
	if len(w.left) > 0 {
		r.Left = slices.Sorted(maps.Keys(w.left))
	}
	if w.dayMs == b.DayMs {
		r.Today = w.today
	}
	return r
}

var phases = map[phase]Phase{waiting: Waiting, alerting: Alerting, connected: Connected, parked: Parked, over: Wrapping}

func (c *live) row(conv id.Conversation) LiveRow {
	r := LiveRow{
		Conversation: conv, Channel: c.line.channel, Queue: c.line.queue, Contact: c.contact, Phase: phases[c.phase], PhaseMs: c.phaseMs,
		StartedMs: c.startedMs, QueuedMs: c.queuedMs, Agent: c.agent, Communication: c.leg, For: c.only, Priority: c.priority,
		UnansweredMs: c.unanswered, HelpMs: c.helpMs, Watchers: c.watchers,
	}
	if c.phase == over || c.phase == between {
		w := c.wrapping[len(c.wrapping)-1]
		r.Phase, r.Agent, r.Communication = Wrapping, w.agent, w.leg
	}
	return r
}

// Watching lists who watches which conversations.
func (s *State) Watching() map[id.Conversation][]id.Agent {
	out := map[id.Conversation][]id.Agent{}
	for conv, c := range s.conversations {
		if len(c.watchers) > 0 {
			out[conv] = c.watchers
		}
	}
	return out
}

func (l line) compare(o line) int {
	return cmp.Or(cmp.Compare(l.queue, o.queue), cmp.Compare(l.channel, o.channel))
}

// Take brings a board up to date with a later one that Since gave.
func (b *Board) Take(later Board) {
	if later.Whole {
		*b = later
		return
	}
	b.Pos, b.AtMs, b.DayMs = later.Pos, later.AtMs, later.DayMs
	b.Queues = merge(b.Queues, later.Queues, func(x, y QueueRow) int {
		return line{x.Queue, x.Channel}.compare(line{y.Queue, y.Channel})
	}, func(old, now *QueueRow) {
		if now.Spark == nil {
			now.Spark = old.Spark
		}
	})
	b.Agents = merge(b.Agents, later.Agents, func(x, y AgentRow) int { return cmp.Compare(x.Agent, y.Agent) }, nil)
	b.Conversations = merge(b.Conversations, later.Conversations, func(x, y LiveRow) int { return cmp.Compare(x.Conversation, y.Conversation) }, nil)
	if len(later.Gone) > 0 {
		gone := make(map[id.Conversation]bool, len(later.Gone))
		for _, c := range later.Gone {
			gone[c] = true
		}
		b.Conversations = slices.DeleteFunc(b.Conversations, func(r LiveRow) bool { return gone[r.Conversation] })
	}
	if len(b.Conversations) == 0 {
		b.Conversations = nil
	}
}

// merge puts rows into a sorted list that is not shared, in place of older ones.
func merge[R any](rows, later []R, order func(a, b R) int, keep func(old, now *R)) []R {
	rows = slices.Clone(rows)
	for _, r := range later {
		at, found := slices.BinarySearchFunc(rows, r, order)
		if !found {
			rows = slices.Insert(rows, at, r)
			continue
		}
		if keep != nil {
			keep(&rows[at], &r)
		}
		rows[at] = r
	}
	return rows
}

// Sum adds rows up to one of a queue.
func Sum(q id.Queue, rows []QueueRow) QueueRow {
	out := QueueRow{Queue: q}
	for _, r := range rows {
		out.Waiting += r.Waiting
		out.Alerting += r.Alerting
		out.Connected += r.Connected
		out.Parked += r.Parked
		out.AfterCall += r.AfterCall
		out.Today.Add(r.Today)
		if r.LongestMs > 0 && (out.LongestMs == 0 || r.LongestMs < out.LongestMs) {
			out.LongestMs = r.LongestMs
		}
		if len(out.Spark) == 0 {
			out.Spark = make([]int, len(r.Spark))
		}
		for i := range min(len(out.Spark), len(r.Spark)) {
			out.Spark[i] += r.Spark[i]
		}
	}
	return out
}
