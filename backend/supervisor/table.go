package supervisor

import (
	"strconv"
	"time"

	"parley/backend/id"
)

// Names are what things are called in a report, and in which zone its times are.
type Names interface {
	Queue(id.Queue) string
	Agent(id.Agent) string
	Code(id.Queue, string) string
	Location() *time.Location
}

// column is one column of a table: its name and what stands in it.
type column struct {
	name string
	cell func(ReportRow) string
}

// Table is a report as text, with a name for each column that stays the same.
// Times are RFC 3339, durations seconds, parts from 0 to 1; what there is none of
// is empty.
func (r Report) Table(n Names) (header []string, rows [][]string) {
	columns := r.keys(n)
	switch r.Of {
	case OfQueues:
		columns = append(columns, queueColumns()...)
	case OfAgents:
		columns = append(columns, agentColumns()...)
	case OfCodes:
		columns = append(columns, codeColumns()...)
	}
	for _, c := range columns {
		header = append(header, c.name)
	}
	for _, row := range r.Rows {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = c.cell(row)
		}
		rows = append(rows, cells)
	}
	return header, rows
}

func (r Report) keys(n Names) []column {
	var out []column
	for _, g := range r.By {
		switch g {
		case ByInterval, ByHour, ByDay:
			out = append(out, column{string(g), func(r ReportRow) string { return time.UnixMilli(r.AtMs).In(n.Location()).Format(time.RFC3339) }})
		case ByQueue:
			out = append(out, column{"queue", func(r ReportRow) string { return string(r.Queue) }},
				column{"queue_name", func(r ReportRow) string { return n.Queue(r.Queue) }})
		case ByChannel:
			out = append(out, column{"channel", func(r ReportRow) string { return string(r.Channel) }})
		case ByAgent:
			out = append(out, column{"agent", func(r ReportRow) string { return string(r.Agent) }},
				column{"agent_name", func(r ReportRow) string { return n.Agent(r.Agent) }})
		case ByCode:
			out = append(out, column{"code", func(r ReportRow) string { return r.Code }},
				column{"code_name", func(r ReportRow) string { return n.Code(r.Queue, r.Code) }})
		}
	}
	return out
}

func queueColumns() []column {
	count := func(name string, of func(*Figures) int64) column {
		return column{name, func(r ReportRow) string { return strconv.FormatInt(of(r.OfQueues), 10) }}
	}
	span := func(name string, of func(*Figures) int64) column {
		return column{name, func(r ReportRow) string { return seconds(of(r.OfQueues), true) }}
	}
	return []column{
		count("offered", func(f *Figures) int64 { return f.Offered }),
		count("answered", func(f *Figures) int64 { return f.Answered }),
		count("answered_within_service_level", func(f *Figures) int64 { return f.AnsweredWithin }),
		{"service_level", func(r ReportRow) string { return part(r.OfQueues.ServiceLevel()) }},
		count("abandoned", func(f *Figures) int64 { return f.Abandoned }),
		count("short_abandoned", func(f *Figures) int64 { return f.ShortAbandoned }),
		{"abandon_rate", func(r ReportRow) string { return part(r.OfQueues.AbandonRate()) }},
		count("flowed_out", func(f *Figures) int64 { return f.FlowedOut }),
		{"average_speed_of_answer_s", func(r ReportRow) string { return seconds(r.OfQueues.SpeedOfAnswer()) }},
		span("longest_wait_s", func(f *Figures) int64 { return f.WaitMaxMs }),
		span("abandon_wait_s", func(f *Figures) int64 { return f.AbandonMs }),
		count("handled", func(f *Figures) int64 { return f.Handled }),
		{"average_handle_time_s", func(r ReportRow) string { return seconds(r.OfQueues.HandleTime()) }},
		span("talk_s", func(f *Figures) int64 { return f.TalkMs }),
		span("after_call_work_s", func(f *Figures) int64 { return f.ACWMs }),
		span("longest_handle_time_s", func(f *Figures) int64 { return f.HandleMaxMs }),
		count("transfers_in", func(f *Figures) int64 { return f.TransfersIn }),
		count("transfers_out", func(f *Figures) int64 { return f.TransfersOut }),
		count("taken_over", func(f *Figures) int64 { return f.TakenOver }),
		count("pulled", func(f *Figures) int64 { return f.Pulled }),
		count("parked", func(f *Figures) int64 { return f.Parked }),
		count("inactive", func(f *Figures) int64 { return f.Inactive }),
		count("alerts_unanswered", func(f *Figures) int64 { return f.Unanswered }),
		count("surveys", func(f *Figures) int64 { return f.Surveys }),
		count("survey_score", func(f *Figures) int64 { return f.Score }),
		count("survey_scale", func(f *Figures) int64 { return f.Scale }),
	}
}

func agentColumns() []column {
	count := func(name string, of func(*AgentFigures) int64) column {
		return column{name, func(r ReportRow) string { return strconv.FormatInt(of(r.OfAgents), 10) }}
	}
	span := func(name string, of func(*AgentFigures) int64) column {
		return column{name, func(r ReportRow) string { return seconds(of(r.OfAgents), true) }}
	}
	return []column{
		count("alerted", func(f *AgentFigures) int64 { return f.Alerted }),
		count("answered", func(f *AgentFigures) int64 { return f.Answered }),
		count("declined", func(f *AgentFigures) int64 { return f.Declined }),
		count("expired", func(f *AgentFigures) int64 { return f.Expired }),
		count("not_responding", func(f *AgentFigures) int64 { return f.NotResponding }),
		count("handled", func(f *AgentFigures) int64 { return f.Handled }),
		{"average_handle_time_s", func(r ReportRow) string { return seconds(r.OfAgents.HandleTime()) }},
		span("talk_s", func(f *AgentFigures) int64 { return f.TalkMs }),
		span("after_call_work_s", func(f *AgentFigures) int64 { return f.ACWMs }),
		span("longest_handle_time_s", func(f *AgentFigures) int64 { return f.HandleMaxMs }),
		count("transferred", func(f *AgentFigures) int64 { return f.Transferred }),
		count("parked", func(f *AgentFigures) int64 { return f.Parked }),
		{"occupancy", func(r ReportRow) string { return part(r.OfAgents.Occupancy()) }},
		span("on_queue_s", func(f *AgentFigures) int64 { return f.OnQueueMs }),
		span("interacting_s", func(f *AgentFigures) int64 { return f.BusyMs }),
		span("not_responding_s", func(f *AgentFigures) int64 { return f.NotRespondingMs }),
		span("available_s", func(f *AgentFigures) int64 { return f.AvailableMs }),
		span("busy_s", func(f *AgentFigures) int64 { return f.WorkMs }),
		span("away_s", func(f *AgentFigures) int64 { return f.AwayMs }),
		span("break_s", func(f *AgentFigures) int64 { return f.BreakMs }),
		span("meal_s", func(f *AgentFigures) int64 { return f.MealMs }),
		span("meeting_s", func(f *AgentFigures) int64 { return f.MeetingMs }),
		span("training_s", func(f *AgentFigures) int64 { return f.TrainingMs }),
	}
}

func codeColumns() []column {
	return []column{
		{"count", func(r ReportRow) string { return strconv.FormatInt(r.OfCodes.Count, 10) }},
		{"talk_s", func(r ReportRow) string { return seconds(r.OfCodes.TalkMs, true) }},
		{"after_call_work_s", func(r ReportRow) string { return seconds(r.OfCodes.ACWMs, true) }},
	}
}

func part(v float64, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

func seconds(ms int64, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.FormatFloat(float64(ms)/1000, 'f', -1, 64)
}
