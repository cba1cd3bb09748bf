package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"parley/backend/table"
)

// Supervising is what a supervisor watches and does. What may be done where is in
// Supervision; the hub refuses what is not.
type Supervising struct{ Core Core }

// WatchBoard begins to push the boards, or ends it. Call it while a board is on
// the screen.
func (s *Supervising) WatchBoard(on bool) { s.Core.WatchBoard(on) }

// Board returns the whole board as it is now; changes come as Push.Board.
func (s *Supervising) Board() (Board, error) { return s.Core.Board() }

// BoardAt returns the board as it was at a moment of today, Unix milliseconds.
func (s *Supervising) BoardAt(atMs int64) (Board, error) { return s.Core.BoardAt(atMs) }

// Monitor begins to watch a conversation silently: it comes as
// Supervision.Monitored, its transcript as that of a tab.
func (s *Supervising) Monitor(conversation string) { s.Core.Monitor(conversation) }

// Unmonitor ends it.
func (s *Supervising) Unmonitor(conversation string) { s.Core.Unmonitor(conversation) }

// Coach writes in private: to the agent of a conversation that is monitored, or
// as that agent to those who coach.
func (s *Supervising) Coach(conversation, text string) error { return s.Core.Coach(conversation, text) }

// TakeOver takes a conversation from whoever has it and opens its tab.
func (s *Supervising) TakeOver(conversation string) error { return s.Core.TakeOver(conversation) }

// Reassign moves a conversation to a queue, "" = where it is, and there to an
// agent, "" = whoever routing finds. One that waits is so assigned.
func (s *Supervising) Reassign(conversation, queue, agent string) error {
	return s.Core.Reassign(conversation, queue, agent)
}

// SetPriority gives a conversation another place in line, -100 to 100.
func (s *Supervising) SetPriority(conversation string, priority int) error {
	return s.Core.SetPriority(conversation, priority)
}

// CutOff disconnects a conversation for both sides.
func (s *Supervising) CutOff(conversation string) error { return s.Core.CutOff(conversation) }

// CloseHelp says that an agent's call for help was answered.
func (s *Supervising) CloseHelp(conversation string) error { return s.Core.CloseHelp(conversation) }

// SetStatus changes another agent's presence.
func (s *Supervising) SetStatus(agent, presence string) error {
	return s.Core.SetStatus(agent, presence)
}

// SetMembership lets another agent join a queue, or leave it for now.
func (s *Supervising) SetMembership(agent, queue string, join bool) error {
	return s.Core.SetMembership(agent, queue, join)
}

// Report asks for a report over whole days.
func (s *Supervising) Report(q ReportQuery) (Report, error) { return s.Core.Report(q) }

// History returns all that happened to a conversation, oldest first.
func (s *Supervising) History(conversation string) (History, error) {
	return s.Core.History(conversation)
}

// SaveTable asks where to and saves what is seen there, as CSV. It returns where;
// "" when the person changed their mind.
func (s *Supervising) SaveTable(t Table) (string, error) { return s.Core.SaveTable(t) }

// SupervisingCore is what Supervising needs behind it.
type SupervisingCore interface {
	WatchBoard(on bool)
	Board() (Board, error)
	BoardAt(atMs int64) (Board, error)
	Monitor(conversation string)
	Unmonitor(conversation string)
	Coach(conversation, text string) error
	TakeOver(conversation string) error
	Reassign(conversation, queue, agent string) error
	SetPriority(conversation string, priority int) error
	CutOff(conversation string) error
	CloseHelp(conversation string) error
	SetStatus(agent, presence string) error
	SetMembership(agent, queue string, join bool) error
	Report(q ReportQuery) (Report, error)
	History(conversation string) (History, error)
	SaveTable(t Table) (string, error)
}

// SupervisingDesk is the same on the agent's side; files are the shell's.
type SupervisingDesk interface {
	WatchBoard(on bool)
	Board() Board
	BoardAt(ctx context.Context, atMs int64) (Board, error)
	Monitor(conversation string)
	Unmonitor(conversation string)
	Coach(ctx context.Context, conversation, text string) error
	TakeOver(ctx context.Context, conversation string) error
	Reassign(ctx context.Context, conversation, queue, agent string) error
	SetPriority(ctx context.Context, conversation string, priority int) error
	CutOff(ctx context.Context, conversation string) error
	CloseHelp(ctx context.Context, conversation string) error
	SetStatus(ctx context.Context, agent, presence string) error
	SetMembership(ctx context.Context, agent, queue string, join bool) error
	Report(ctx context.Context, q ReportQuery) (Report, error)
	History(ctx context.Context, conversation string) (History, error)
}

// WatchBoard implements Core.
func (s *Shell) WatchBoard(on bool) { s.quietly(func(d Desk) { d.WatchBoard(on) }) }

// Board implements Core.
func (s *Shell) Board() (out Board, err error) {
	out = NoBoard()
	err = s.with(func(d Desk) error {
		out = d.Board()
		return nil
	})
	return out, err
}

// BoardAt implements Core.
func (s *Shell) BoardAt(atMs int64) (out Board, err error) {
	out = NoBoard()
	err = s.with(func(d Desk) error {
		out, err = d.BoardAt(s.ctx, atMs)
		return err
	})
	return out, err
}

// Monitor implements Core.
func (s *Shell) Monitor(conversation string) { s.quietly(func(d Desk) { d.Monitor(conversation) }) }

// Unmonitor implements Core.
func (s *Shell) Unmonitor(conversation string) { s.quietly(func(d Desk) { d.Unmonitor(conversation) }) }

// Coach implements Core.
func (s *Shell) Coach(conversation, text string) error {
	return s.with(func(d Desk) error { return d.Coach(s.ctx, conversation, text) })
}

// TakeOver implements Core.
func (s *Shell) TakeOver(conversation string) error {
	return s.with(func(d Desk) error { return d.TakeOver(s.ctx, conversation) })
}

// Reassign implements Core.
func (s *Shell) Reassign(conversation, queue, agent string) error {
	return s.with(func(d Desk) error { return d.Reassign(s.ctx, conversation, queue, agent) })
}

// SetPriority implements Core.
func (s *Shell) SetPriority(conversation string, priority int) error {
	return s.with(func(d Desk) error { return d.SetPriority(s.ctx, conversation, priority) })
}

// CutOff implements Core.
func (s *Shell) CutOff(conversation string) error {
	return s.with(func(d Desk) error { return d.CutOff(s.ctx, conversation) })
}

// CloseHelp implements Core.
func (s *Shell) CloseHelp(conversation string) error {
	return s.with(func(d Desk) error { return d.CloseHelp(s.ctx, conversation) })
}

// SetStatus implements Core.
func (s *Shell) SetStatus(agent, presence string) error {
	return s.with(func(d Desk) error { return d.SetStatus(s.ctx, agent, presence) })
}

// SetMembership implements Core.
func (s *Shell) SetMembership(agent, queue string, join bool) error {
	return s.with(func(d Desk) error { return d.SetMembership(s.ctx, agent, queue, join) })
}

// Report implements Core.
func (s *Shell) Report(q ReportQuery) (out Report, err error) {
	out = Report{Rows: []ReportRow{}}
	err = s.with(func(d Desk) error {
		out, err = d.Report(s.ctx, q)
		return err
	})
	return out, err
}

// History implements Core.
func (s *Shell) History(conversation string) (out History, err error) {
	out = History{Conversation: conversation, Entries: []HistoryEntry{}}
	err = s.with(func(d Desk) error {
		out, err = d.History(s.ctx, conversation)
		return err
	})
	return out, err
}

// mostCells bounds what is saved as one table.
const mostCells = 4_000_000

// SaveTable implements Core.
func (s *Shell) SaveTable(t Table) (string, error) {
	if len(t.Rows)*max(len(t.Header), 1) > mostCells {
		return "", errors.New("this table is too large for one file")
	}
	rows := make([][]string, 0, len(t.Rows))
	for _, r := range t.Rows {
		rows = append(rows, r.Cells)
	}
	var b bytes.Buffer
	if err := table.Write(&b, t.Header, rows); err != nil {
		return "", fmt.Errorf("the table could not be written: %w", err)
	}
	target, err := s.o.Native.ChooseTarget(tableName(t.Name))
	if err != nil {
		return "", fmt.Errorf("the file dialog could not be shown: %w", err)
	}
	if target == "" {
		return "", nil
	}
	if err := save(target, &b); err != nil {
		return "", err
	}
	return target, nil
}

// tableName is a file's name without what a system would not take.
func tableName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(name))
	if name = strings.Trim(name, ". "); name == "" {
		name = "table"
	}
	return strings.TrimSuffix(name, ".csv") + ".csv"
}
