package deskside

import (
	"context"
	"time"

	"parley/app"
	"parley/backend/channel"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

// WatchBoard implements app.Desk.
func (s *Session) WatchBoard(on bool) { s.desk.WatchBoard(on) }

// Board implements app.Desk.
func (s *Session) Board() app.Board { return s.board(s.desk.BoardNow(), s.desk.Snapshot()) }

// BoardAt implements app.Desk.
func (s *Session) BoardAt(ctx context.Context, atMs int64) (app.Board, error) {
	b, err := s.desk.BoardAt(ctx, time.UnixMilli(atMs))
	if err != nil {
		return app.NoBoard(), words(err)
	}
	change := &desk.BoardChange{Live: true, Board: b.Board, Contacts: b.Contacts, Whole: true}
	out := s.board(change, s.desk.Snapshot())
	out.State = "past"
	return out, nil
}

// Monitor implements app.Desk.
func (s *Session) Monitor(conversation string) { s.desk.Monitor(id.Conversation(conversation)) }

// Unmonitor implements app.Desk.
func (s *Session) Unmonitor(conversation string) { s.desk.Unmonitor(id.Conversation(conversation)) }

// Coach implements app.Desk.
func (s *Session) Coach(ctx context.Context, conversation, text string) error {
	return words(s.desk.Coach(ctx, id.Conversation(conversation), text))
}

// TakeOver implements app.Desk.
func (s *Session) TakeOver(ctx context.Context, conversation string) error {
	if err := s.desk.TakeOver(ctx, id.Conversation(conversation)); err != nil {
		return words(err)
	}
	s.OpenTab(conversation)
	return nil
}

// Reassign implements app.Desk.
func (s *Session) Reassign(ctx context.Context, conversation, queue, agent string) error {
	return words(s.desk.Reassign(ctx, id.Conversation(conversation), id.Queue(queue), id.Agent(agent)))
}

// SetPriority implements app.Desk.
func (s *Session) SetPriority(ctx context.Context, conversation string, priority int) error {
	return words(s.desk.SetPriority(ctx, id.Conversation(conversation), priority))
}

// CutOff implements app.Desk.
func (s *Session) CutOff(ctx context.Context, conversation string) error {
	return words(s.desk.CutOff(ctx, id.Conversation(conversation)))
}

// CloseHelp implements app.Desk.
func (s *Session) CloseHelp(ctx context.Context, conversation string) error {
	return words(s.desk.CloseHelp(ctx, id.Conversation(conversation)))
}

// SetStatus implements app.Desk.
func (s *Session) SetStatus(ctx context.Context, agent, presence string) error {
	return words(s.desk.SetStatus(ctx, id.Agent(agent), presence))
}

// SetMembership implements app.Desk.
func (s *Session) SetMembership(ctx context.Context, agent, queue string, join bool) error {
	return words(s.desk.SetMembership(ctx, id.Agent(agent), id.Queue(queue), join))
}

// Report implements app.Desk.
func (s *Session) Report(ctx context.Context, q app.ReportQuery) (app.Report, error) {
	out := app.Report{Rows: []app.ReportRow{}}
	query := supervisor.Query{Of: supervisor.Subject(q.Of), FromMs: q.FromMs, ToMs: q.ToMs}
	for _, g := range q.By {
		query.By = append(query.By, supervisor.Group(g))
	}
	for _, v := range q.Queues {
		query.Queues = append(query.Queues, id.Queue(v))
	}
	for _, v := range q.Channels {
		query.Channels = append(query.Channels, channel.Kind(v))
	}
	for _, v := range q.Agents {
		query.Agents = append(query.Agents, id.Agent(v))
	}
	r, err := s.desk.Report(ctx, query)
	if err != nil {
		return out, words(err)
	}
	names := s.names(s.desk.Org())
	for _, row := range r.Rows {
		out.Rows = append(out.Rows, reportRow(row, names))
	}
	return out, nil
}

func reportRow(r supervisor.ReportRow, n *names) app.ReportRow {
	out := app.ReportRow{
		AtMs: r.AtMs, Queue: string(r.Queue), Channel: string(r.Channel), Agent: string(r.Agent), Code: r.Code, Occupancy: -1,
		QueueName: n.queue(r.Queue), AgentName: n.agent(r.Agent), CodeName: n.code(r.Queue, r.Code), Figures: figures(supervisor.Figures{}),
	}
	switch {
	case r.OfQueues != nil:
		out.Figures = figures(*r.OfQueues)
	case r.OfCodes != nil:
		out.Figures = figures(supervisor.Figures{Handled: r.OfCodes.Count, TalkMs: r.OfCodes.TalkMs, ACWMs: r.OfCodes.ACWMs})
	case r.OfAgents != nil:
		f := *r.OfAgents
		out.Figures = figures(supervisor.Figures{
			Answered: f.Answered, Handled: f.Handled, TalkMs: f.TalkMs, ACWMs: f.ACWMs, HandleMaxMs: f.HandleMaxMs, Parked: f.Parked,
		})
		out.Alerted, out.Declined, out.Expired, out.NotResponding = int(f.Alerted), int(f.Declined), int(f.Expired), int(f.NotResponding)
		out.Transferred, out.OnQueueMs, out.BusyMs, out.NotRespondingMs = int(f.Transferred), f.OnQueueMs, f.BusyMs, f.NotRespondingMs
		out.AvailableMs, out.WorkMs, out.AwayMs, out.BreakMs, out.MealMs = f.AvailableMs, f.WorkMs, f.AwayMs, f.BreakMs, f.MealMs
		out.MeetingMs, out.TrainingMs = f.MeetingMs, f.TrainingMs
		out.Occupancy = percent(f.Occupancy())
	}
	return out
}

// History implements app.Desk.
func (s *Session) History(ctx context.Context, conversation string) (app.History, error) {
	out := app.History{Conversation: conversation, Entries: []app.HistoryEntry{}}
	h, err := s.desk.History(ctx, id.Conversation(conversation))
	if err != nil {
		return out, words(err)
	}
	n := s.names(s.desk.Org())
	queue := id.Queue("") // where it is, for the names of codes
	for _, e := range h.Entries {
		if e.Queue != "" {
			queue = e.Queue
		}
		out.Entries = append(out.Entries, app.HistoryEntry{
			AtMs: e.AtMs, Actor: e.Actor, By: n.agent(e.By), Event: e.Event, AgentName: n.agent(e.Agent), QueueName: n.queue(e.Queue),
			Reason: e.Reason, Code: n.code(queue, e.Code), Number: e.Number,
		})
	}
	return out, nil
}

// supervision puts what a supervisor watches into the window's words.
func supervision(snap *desk.Snapshot) app.Supervision {
	out := app.Supervision{
		Rights: []app.Right{}, Zone: snap.Org.Zone, WatchBoard: snap.Supervision.Board, Monitored: []app.Monitored{}, Coaching: []app.Coaching{},
	}
	for _, r := range snap.Org.Rights {
		if r.Scope == "supervised" || r.Scope == "everywhere" {
			right := app.Right{Action: r.Action, Everywhere: r.Scope == "everywhere", Queues: []string{}}
			for _, q := range r.Queues {
				right.Queues = append(right.Queues, string(q))
			}
			out.Rights = append(out.Rights, right)
		}
	}
	for _, m := range snap.Supervision.Monitored {
		out.Monitored = append(out.Monitored, app.Monitored{
			ID: m.Conversation, Contact: m.Contact, Handle: m.Handle, Channel: m.Channel, QueueName: m.Queue, Phase: m.Phase, AgentName: m.Agent,
			ConnectedMs: m.ConnectedMs, QueuedMs: m.QueuedMs, HelpMs: m.HelpMs, EndedMs: m.EndedMs, Priority: m.Priority,
			Watchers: list(m.Watchers), Loaded: m.Loaded, Problem: m.Problem,
		})
	}
	for _, c := range snap.Supervision.Coaching {
		thread := app.Coaching{ID: c.Conversation, Lines: []app.CoachLine{}}
		for _, l := range c.Lines {
			thread.Lines = append(thread.Lines, app.CoachLine(l))
		}
		out.Coaching = append(out.Coaching, thread)
	}
	return out
}

// names are what things of the organisation are called.
type names struct {
	revision uint64
	org      protocol.Org
	queues   map[id.Queue]protocol.Queue
	agents   map[id.Agent]protocol.Person
	capacity int
}

// names works them out, once for each state of the organisation.
func (s *Session) names(o protocol.Org) *names {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.called; n != nil && n.revision == o.Revision && len(n.org.Queues) == len(o.Queues) && len(n.org.Agents) == len(o.Agents) {
		return n
	}
	n := &names{revision: o.Revision, org: o, queues: map[id.Queue]protocol.Queue{}, agents: map[id.Agent]protocol.Person{}}
	for _, q := range o.Queues {
		n.queues[q.ID] = q
	}
	for _, p := range o.Agents {
		n.agents[p.Agent] = p
	}
	for _, c := range o.Capacity {
		n.capacity += c
	}
	s.called = n
	return n
}

func (n *names) queue(q id.Queue) string {
	if known, ok := n.queues[q]; ok {
		return known.Name
	}
	return string(q)
}

func (n *names) agent(a id.Agent) string {
	if known, ok := n.agents[a]; ok {
		return known.Name
	}
	return string(a)
}

func (n *names) code(q id.Queue, code string) string {
	for _, c := range n.queues[q].Codes {
		if c.ID == code {
			return c.Name
		}
	}
	return code
}
