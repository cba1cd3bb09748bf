package supervisor

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
)

// Subject is what a report is about.
type Subject string

// The subjects. Each has figures of its own.
const (
	OfQueues Subject = "queues"
	OfAgents Subject = "agents"
	OfCodes  Subject = "codes"
)

// Group is what rows of a report are kept apart by.
type Group string

// The groups. Of the first three a report takes one at most; ByAgent is for
// agents, ByQueue and ByChannel are for the others, ByCode is for codes.
const (
	ByInterval Group = "interval"
	ByHour     Group = "hour"
	ByDay      Group = "day"
	ByQueue    Group = "queue"
	ByChannel  Group = "channel"
	ByAgent    Group = "agent"
	ByCode     Group = "code"
)

var groups = map[Subject][]Group{
	OfQueues: {ByInterval, ByHour, ByDay, ByQueue, ByChannel},
	OfAgents: {ByInterval, ByHour, ByDay, ByAgent},
	OfCodes:  {ByInterval, ByHour, ByDay, ByQueue, ByChannel, ByCode},
}

// Query asks for a report over whole days, from the one that FromMs is in to the
// one that ToMs is in. Empty lists mean all.
type Query struct {
	Of       Subject        `json:"of"`
	By       []Group        `json:"by,omitempty"`
	FromMs   int64          `json:"fromMs"`
	ToMs     int64          `json:"toMs"`
	Queues   []id.Queue     `json:"queues,omitempty"`
	Channels []channel.Kind `json:"channels,omitempty"`
	Agents   []id.Agent     `json:"agents,omitempty"`
}

// LongestReport is over how many days a report may go, and MostRows how many rows
// it may have.
const (
	LongestReport = 400
	MostRows      = 20_000
)

// Errors of Check and Make.
var (
	ErrQuery   = errors.New("no such report")
	ErrTooLong = fmt.Errorf("a report goes over %d days at most", LongestReport)
	ErrTooMany = fmt.Errorf("this report would have more than %d rows: ask for fewer days, or fewer groups", MostRows)
)

// Check says what is wrong with a query, or nil.
func (q Query) Check() error {
	allowed, known := groups[q.Of]
	if !known {
		return fmt.Errorf("%w: of %q", ErrQuery, q.Of)
	}
	times := 0
	for i, g := range q.By {
		if !slices.Contains(allowed, g) || slices.Contains(q.By[:i], g) {
			return fmt.Errorf("%w: of %s by %q", ErrQuery, q.Of, g)
		}
		if g == ByInterval || g == ByHour || g == ByDay {
			times++
		}
	}
	switch {
	case times > 1:
		return fmt.Errorf("%w: by several times", ErrQuery)
	case q.FromMs <= 0 || q.ToMs < q.FromMs:
		return fmt.Errorf("%w: its end lies before its beginning", ErrQuery)
	case q.ToMs-q.FromMs > LongestReport*24*time.Hour.Milliseconds():
		return ErrTooLong
	}
	return nil
}

// Report is a query's answer.
type Report struct {
	Query
	Rows []ReportRow `json:"rows"` // sorted by their keys, in the order of Query.By
}

// ReportRow is one row. Keys by which the report is not grouped are empty; one of
// the figures is set.
type ReportRow struct {
	AtMs    int64        `json:"atMs,omitempty"` // interval, hour or day that began then
	Queue   id.Queue     `json:"queue,omitempty"`
	Channel channel.Kind `json:"channel,omitempty"`
	Agent   id.Agent     `json:"agent,omitempty"`
	Code    string       `json:"code,omitempty"`

	OfQueues *Figures      `json:"ofQueues,omitempty"`
	OfAgents *AgentFigures `json:"ofAgents,omitempty"`
	OfCodes  *CodeFigures  `json:"ofCodes,omitempty"`
}

// rowKey is what a row is kept apart by.
type rowKey struct {
	atMs    int64
	queue   id.Queue
	channel channel.Kind
	agent   id.Agent
	code    string
}

// Make reckons a report from the figures of days. The query was checked.
func Make(q Query, days []Day) (Report, error) {
	m := making{q: q, rows: map[rowKey]*ReportRow{}}
	for _, d := range days {
		if m.take(d); len(m.rows) > MostRows {
			return Report{}, ErrTooMany
		}
	}
	return Report{Query: q, Rows: m.sorted()}, nil
}

// All is Make without a limit.
func All(q Query, days []Day) Report {
	m := making{q: q, rows: map[rowKey]*ReportRow{}}
	for _, d := range days {
		m.take(d)
	}
	return Report{Query: q, Rows: m.sorted()}
}

// take counts a day's figures.
func (m *making) take(d Day) {
	switch m.q.Of {
	case OfQueues:
		for _, i := range d.Queues {
			if m.wants(i.Queue, i.Channel) {
				m.row(rowKey{atMs: i.AtMs, queue: i.Queue, channel: i.Channel}, d).OfQueues.Add(i.Figures)
			}
		}
	case OfAgents:
		for _, i := range d.Agents {
			if len(m.q.Agents) == 0 || slices.Contains(m.q.Agents, i.Agent) {
				m.row(rowKey{atMs: i.AtMs, agent: i.Agent}, d).OfAgents.Add(i.AgentFigures)
			}
		}
	case OfCodes:
		for _, i := range d.Codes {
			if m.wants(i.Queue, i.Channel) {
				m.row(rowKey{atMs: i.AtMs, queue: i.Queue, channel: i.Channel, code: i.Code}, d).OfCodes.Add(i.CodeFigures)
			}
		}
	}
}

type making struct {
	q    Query
	rows map[rowKey]*ReportRow
}

func (m *making) wants(queue id.Queue, kind channel.Kind) bool {
	return (len(m.q.Queues) == 0 || slices.Contains(m.q.Queues, queue)) && (len(m.q.Channels) == 0 || slices.Contains(m.q.Channels, kind))
}

func (m *making) row(k rowKey, d Day) *ReportRow {
	var kept rowKey
	for _, g := range m.q.By {
		switch g {
		case ByInterval:
			kept.atMs = k.atMs
		case ByHour:
			kept.atMs = k.atMs - k.atMs%time.Hour.Milliseconds()
		case ByDay:
			kept.atMs = d.StartMs
		case ByQueue:
			kept.queue = k.queue
		case ByChannel:
			kept.channel = k.channel
		case ByAgent:
			kept.agent = k.agent
		case ByCode:
			kept.code = k.code
		}
	}
	r := m.rows[kept]
	if r == nil {
		r = &ReportRow{AtMs: kept.atMs, Queue: kept.queue, Channel: kept.channel, Agent: kept.agent, Code: kept.code}
		switch m.q.Of {
		case OfQueues:
			r.OfQueues = &Figures{}
		case OfAgents:
			r.OfAgents = &AgentFigures{}
		case OfCodes:
			r.OfCodes = &CodeFigures{}
		}
		m.rows[kept] = r
	}
	return r
}

func (m *making) sorted() []ReportRow {
	keys := slices.SortedFunc(maps.Keys(m.rows), func(a, b rowKey) int {
		for _, g := range m.q.By {
			c := 0
			switch g {
			case ByInterval, ByHour, ByDay:
				c = cmp.Compare(a.atMs, b.atMs)
			case ByQueue:
				c = cmp.Compare(a.queue, b.queue)
			case ByChannel:
				c = cmp.Compare(a.channel, b.channel)
			case ByAgent:
				c = cmp.Compare(a.agent, b.agent)
			case ByCode:
				c = cmp.Compare(a.code, b.code)
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	out := make([]ReportRow, 0, len(keys))
	for _, k := range keys {
		out = append(out, *m.rows[k])
	}
	return out
}
