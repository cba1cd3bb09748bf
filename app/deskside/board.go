package deskside

import (
	"cmp"
	"maps"
	"slices"

	"parley/app"
	"parley/backend/agent"
	"parley/backend/config"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// board puts the boards, or what changed on them, into the window's words.
func (s *Session) board(c *desk.BoardChange, snap *desk.Snapshot) app.Board {
	out := app.Board{
		State: boardState(c, snap), AtMs: c.Board.AtMs, DayMs: c.Board.DayMs, Whole: c.Whole,
		Queues: []app.BoardQueue{}, Agents: []app.BoardAgent{}, Live: []app.LiveConversation{}, Gone: []string{},
	}
	p := painter{n: s.names(snap.Org), thresholds: snap.Org.Thresholds, change: c, members: map[id.Queue]app.QueueAgents{}}
	p.countMembers()
	for _, q := range p.queuesToTell() {
		out.Queues = append(out.Queues, p.queue(q)...)
	}
	for _, r := range c.Board.Agents {
		if c.Whole || contains(c.Agents, r.Agent) {
			out.Agents = append(out.Agents, p.agent(r))
		}
	}
	if c.Whole {
		out.Agents = append(out.Agents, p.neverSeen()...)
	}
	for _, r := range c.Board.Conversations {
		if c.Whole || contains(c.Conversations, r.Conversation) {
			out.Live = append(out.Live, p.live(r))
		}
	}
	for _, conv := range c.Gone {
		out.Gone = append(out.Gone, string(conv))
	}
	out.Total = p.total()
	return out
}

func boardState(c *desk.BoardChange, snap *desk.Snapshot) string {
	switch {
	case !snap.Supervision.Board:
		return "off"
	case c.Live:
		return "live"
	case c.Board.AtMs > 0:
		return "stale"
	}
	return "loading"
}

// contains looks in a sorted list.
func contains[T cmp.Ordered](sorted []T, v T) bool {
	_, found := slices.BinarySearch(sorted, v)
	return found
}

// painter paints one board.
type painter struct {
	n          *names
	thresholds []config.Threshold
	change     *desk.BoardChange
	members    map[id.Queue]app.QueueAgents
}

// countMembers counts who is on queue in each queue.
func (p *painter) countMembers() {
	for _, r := range p.change.Board.Agents {
		if r.Presence != agent.OnQueue {
			continue
		}
		for _, q := range p.n.agents[r.Agent].Queues {
			if slices.Contains(r.Left, q) {
				continue
			}
			m := p.members[q]
			switch r.Status {
			case supervisor.Idle:
				m.Idle++
			case supervisor.Interacting:
				m.Interacting++
			case supervisor.AfterCall:
				m.AfterCall++
			case supervisor.NotResponding:
				m.NotResponding++
			}
			p.members[q] = m
		}
	}
}

// queuesToTell are those that changed, or whose members did.
func (p *painter) queuesToTell() []id.Queue {
	all := map[id.Queue]bool{}
	if p.change.Whole {
		for _, r := range p.change.Board.Queues {
			all[r.Queue] = true
		}
		for q := range p.members {
			all[q] = true
		}
		return slices.Sorted(maps.Keys(all))
	}
	for _, q := range p.change.Queues {
		all[q] = true
	}
	for _, a := range p.change.Agents {
		for _, q := range p.n.agents[a].Queues {
			all[q] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// queue paints a queue, and each of its lines where it has several channels or
// one.
func (p *painter) queue(q id.Queue) []app.BoardQueue {
	rows := p.change.Board.Queues
	from, _ := slices.BinarySearchFunc(rows, q, func(r supervisor.QueueRow, q id.Queue) int { return cmp.Compare(r.Queue, q) })
	to := from
	for to < len(rows) && rows[to].Queue == q {
		to++
	}
	whole := p.line(supervisor.Sum(q, rows[from:to]))
	whole.ID, whole.Channels, whole.Agents = string(q), []string{}, p.members[q]
	whole.Alerts = p.alerts(q, whole)
	out := []app.BoardQueue{whole}
	for _, r := range rows[from:to] {
		line := p.line(r)
		line.ID, line.Channel, line.Channels = string(q)+"/"+string(r.Channel), string(r.Channel), []string{string(r.Channel)}
		out[0].Channels = append(out[0].Channels, string(r.Channel))
		out = append(out, line)
	}
	return out
}

func (p *painter) line(r supervisor.QueueRow) app.BoardQueue {
	out := app.BoardQueue{
		Figures: figures(r.Today), Queue: string(r.Queue), Name: p.n.queue(r.Queue), Waiting: r.Waiting, Alerting: r.Alerting,
		LongestMs: r.LongestMs, Connected: r.Connected, Parked: r.Parked, AfterCall: r.AfterCall, Spark: r.Spark, Alerts: []app.BoardAlert{},
	}
	if out.Spark == nil {
		out.Spark = []int{}
	}
	if aim := p.n.queues[r.Queue].ServiceLevel; aim != nil {
		out.Target, out.WithinMs = aim.Percent, int64(aim.Seconds)*1000
	}
	return out
}

// alerts are the thresholds that a queue has crossed.
func (p *painter) alerts(q id.Queue, row app.BoardQueue) []app.BoardAlert {
	out := []app.BoardAlert{}
	org := config.Organisation{General: config.General{Thresholds: p.thresholds}}
	seconds := func(ms int64) float64 { return float64(ms) / 1000 }
	for _, m := range config.Metrics() {
		value, tooLittle := -1.0, false
		switch m {
		case config.MetricWaiting:
			value = float64(row.Waiting)
		case config.MetricLongestWait:
			if row.LongestMs > 0 {
				value = seconds(p.change.Board.AtMs - row.LongestMs)
			}
		case config.MetricServiceLevel:
			value, tooLittle = row.ServiceLevel, true
		case config.MetricAbandoned:
			value = row.AbandonRate
		case config.MetricHandleTime:
			if row.AhtMs >= 0 {
				value = seconds(row.AhtMs)
			}
		case config.MetricFirstAnswer:
			if row.AsaMs >= 0 {
				value = seconds(row.AsaMs)
			}
		}
		if level, limit := crossed(org.ThresholdOf(m, q), value, tooLittle); level != "" {
			out = append(out, app.BoardAlert{Metric: string(m), Level: level, Limit: limit})
		}
	}
	return out
}

// crossed says which of a threshold's limits a value has reached; -1 is no value.
func crossed(t config.Threshold, value float64, tooLittle bool) (level string, limit int) {
	reached := func(limit int) bool {
		if limit == 0 || value < 0 {
			return false
		}
		if tooLittle {
			return value < float64(limit)
		}
		return value >= float64(limit)
	}
	switch {
	case reached(t.Alarm):
		return "alarm", t.Alarm
	case reached(t.Warn):
		return "warn", t.Warn
	}
	return "", 0
}

func (p *painter) agent(r supervisor.AgentRow) app.BoardAgent {
	f := r.Today
	out := app.BoardAgent{
		ID: string(r.Agent), Name: p.n.agent(r.Agent), Status: string(r.Status), Label: presenceLabels[r.Presence], StatusMs: r.StatusMs,
		Presence: string(r.Presence), PresenceMs: r.PresenceMs, Channels: []app.ChannelCount{}, Capacity: p.n.capacity,
		Alerting: r.Alerting, Talking: r.Talking, AfterCall: r.AfterCall, Queues: []app.AgentQueue{},
		OnQueueMs: f.OnQueueMs, BusyMs: f.BusyMs, SettledMs: r.SettledMs, OnQueue: r.Presence == agent.OnQueue, Busy: r.Busy,
		Answered: int(f.Answered), Handled: int(f.Handled), AhtMs: known(f.HandleTime()), Declined: int(f.Declined), Expired: int(f.Expired),
		NotResponding: int(f.NotResponding), Transferred: int(f.Transferred),
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Held)) {
		out.Channels = append(out.Channels, app.ChannelCount{Channel: string(kind), Count: r.Held[kind]})
		out.Used += r.Held[kind]
	}
	for _, q := range p.n.agents[r.Agent].Queues {
		out.Queues = append(out.Queues, app.AgentQueue{ID: string(q), Name: p.n.queue(q), Joined: !slices.Contains(r.Left, q)})
	}
	return out
}

// neverSeen are agents of the queues that are watched who never signed in.
func (p *painter) neverSeen() []app.BoardAgent {
	seen := map[id.Agent]bool{}
	for _, r := range p.change.Board.Agents {
		seen[r.Agent] = true
	}
	watched := map[id.Queue]bool{}
	for _, r := range p.n.org.Rights {
		for _, q := range r.Queues {
			watched[q] = watched[q] || r.Action == string(config.SeeAgents)
		}
	}
	var out []app.BoardAgent
	for _, person := range p.n.org.Agents {
		if !seen[person.Agent] && slices.ContainsFunc(person.Queues, func(q id.Queue) bool { return watched[q] }) {
			out = append(out, p.agent(supervisor.AgentRow{Agent: person.Agent, Presence: agent.Offline, Status: supervisor.Status(agent.Offline)}))
		}
	}
	return out
}

func (p *painter) live(r supervisor.LiveRow) app.LiveConversation {
	out := app.LiveConversation{
		ID: string(r.Conversation), Channel: string(r.Channel), Contact: p.change.Contacts[r.Conversation], Queue: string(r.Queue),
		QueueName: p.n.queue(r.Queue), Phase: string(r.Phase), PhaseMs: r.PhaseMs, StartedMs: r.StartedMs, QueuedMs: r.QueuedMs,
		Agent: string(r.Agent), AgentName: p.n.agent(r.Agent), ForName: p.n.agent(r.For), Priority: r.Priority,
		UnansweredMs: r.UnansweredMs, HelpMs: r.HelpMs, Watchers: []string{},
	}
	for _, w := range r.Watchers {
		out.Watchers = append(out.Watchers, p.n.agent(w))
	}
	return out
}

// total sums up all that is seen.
func (p *painter) total() app.BoardTotal {
	sum := supervisor.Sum("", p.change.Board.Queues)
	out := app.BoardTotal{Figures: figures(sum.Today), Waiting: sum.Waiting, LongestMs: sum.LongestMs, Connected: sum.Connected}
	for _, r := range p.change.Board.Queues {
		if sum.LongestMs > 0 && r.LongestMs == sum.LongestMs {
			out.LongestQueue = p.n.queue(r.Queue)
			break
		}
	}
	for _, r := range p.change.Board.Agents {
		switch {
		case r.Presence == agent.OnQueue:
			out.OnQueue++
			if r.Status == supervisor.Idle {
				out.Idle++
			}
		case r.Presence != agent.Offline:
			out.Away++
		}
	}
	return out
}

func figures(f supervisor.Figures) app.Figures {
	out := app.Figures{
		Offered: int(f.Offered), Answered: int(f.Answered), AnsweredWithin: int(f.AnsweredWithin), Abandoned: int(f.Abandoned),
		ShortAbandoned: int(f.ShortAbandoned), FlowedOut: int(f.FlowedOut), ServiceLevel: percent(f.ServiceLevel()),
		AbandonRate: percent(f.AbandonRate()), AsaMs: known(f.SpeedOfAnswer()), WaitMaxMs: f.WaitMaxMs, Handled: int(f.Handled),
		AhtMs: known(f.HandleTime()), TalkMs: f.TalkMs, AcwMs: f.ACWMs, HandleMaxMs: f.HandleMaxMs, TransfersIn: int(f.TransfersIn),
		TransfersOut: int(f.TransfersOut), TakenOver: int(f.TakenOver), Pulled: int(f.Pulled), Parked: int(f.Parked),
		Inactive: int(f.Inactive), Unanswered: int(f.Unanswered), Surveys: int(f.Surveys), Score: -1,
	}
	if f.Surveys > 0 {
		out.Score, out.Scale = float64(f.Score)/float64(f.Surveys), float64(f.Scale)/float64(f.Surveys)
	}
	return out
}

func percent(part float64, ok bool) float64 {
	if !ok {
		return -1
	}
	return part * 100
}

func known(ms int64, ok bool) int64 {
	if !ok {
		return -1
	}
	return ms
}
