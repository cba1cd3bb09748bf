package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/backend/agent"
	"parley/backend/coach"
	"parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/monitor"
)

// mostSubjects is how many things one record names; a change of everything
// names so many and counts the rest.
const mostSubjects = 50

// Derivation counts the versions of Derive. Raise it when Derive finds something
// in commits that were there before: the log is walked again then.
const Derivation = 1

// Derive gives the record that follows from a commit, if one does. Equal commits
// give equal records, also in later versions: what is recorded is compared with
// it for good.
func Derive(c eventlog.Stored) (Record, bool) {
	r := Record{At: c.At, Who: c.Actor, Outcome: Done}
	switch c.Stream.Kind {
	case eventlog.Config:
		r.configuration(c.Events)
	case eventlog.Conversation:
		r.conversation(c)
	case eventlog.Agent:
		r.agent(c)
	case eventlog.Monitor:
		r.Subject = []string{"conversation " + c.Stream.ID}
		for _, e := range c.Events {
			switch e := monitor.Decode(e).(type) {
			case monitor.Started:
				r.Action, r.Subject = string(config.Monitor), append(r.Subject, "agent "+string(e.By))
			case monitor.Ended:
				r.Action, r.Detail, r.Subject = EndMonitor, e.Reason, append(r.Subject, "agent "+string(e.By))
			case monitor.Unknown:
			}
		}
	case eventlog.Coach:
		for _, e := range c.Events {
			if m, ok := coach.Decode(e).(coach.Message); ok {
				r.Action, r.Subject = string(config.Coach), []string{"conversation " + string(m.Conversation)}
			}
		}
	case eventlog.Audit:
	}
	if r.Action == "" {
		return Record{}, false // as of most commits, so nothing else is done for them
	}
	r.Commit = &Ref{Stream: c.Stream, Rev: c.Rev, Hash: c.Hash.String()}
	return r, true
}

func (r *Record) configuration(events []eventlog.Event) {
	r.Action = string(config.ChangeConfiguration)
	for _, e := range events {
		e := config.Decode(e)
		if asked, ok := e.(config.Requested); ok {
			r.Detail, r.Session = string(asked.Via), asked.Session
		}
		if ref := config.About(e); ref != (config.Ref{}) {
			r.Subject = append(r.Subject, ref.String())
		}
	}
	if more := len(r.Subject) - mostSubjects; more > 0 {
		r.Subject = append(r.Subject[:mostSubjects], fmt.Sprintf("and %d more", more))
	}
}

// conversation finds what a supervisor did. What agents do with interactions of
// their own is in the conversation, and nowhere else.
func (r *Record) conversation(c eventlog.Stored) {
	if !strings.HasPrefix(c.Actor, "agent:") {
		return // the hub moved it, for example out of a queue that is gone
	}
	if !slices.ContainsFunc(c.Events, func(e eventlog.Event) bool { return steers[e.Type] }) {
		return // most are messages, and not worth reading
	}
	r.Subject = []string{"conversation " + c.Stream.ID}
	moved, left := false, false // to a place of somebody's choice; by the agent who had it
	for _, e := range c.Events {
		switch e := conversation.Decode(e).(type) {
		case conversation.Connected:
			if e.How == "taken_over" {
				r.Action = string(config.TakeOver)
			}
		case conversation.LegEnded:
			left = e.Reason == "transferred" && e.By == ""
			moved = moved || (e.Reason == "transferred" && e.By != "")
		case conversation.AlertEnded:
			moved = moved || (e.Reason == "moved" && e.By != "")
		case conversation.Queued:
			if e.Reason != "transferred" || left || r.Action != "" {
				continue
			}
			r.Action = string(config.Assign)
			if moved {
				r.Action = string(config.Reassign)
			}
			r.Subject = append(r.Subject, "queue "+string(e.Queue))
			if e.For != "" {
				r.Subject = append(r.Subject, "agent "+string(e.For))
			}
		case conversation.PriorityChanged:
			r.Action, r.Detail = string(config.SetPriority), strconv.Itoa(e.Priority)
		case conversation.Disconnected:
			if e.By == "supervisor" {
				r.Action = string(config.DisconnectOther)
			}
		case conversation.Ended:
			if e.Reason == "supervisor" || (e.Reason == "blocked" && r.Action == "") {
				r.Action, r.Detail = string(config.DisconnectOther), e.Reason
			}
		}
	}
}

// steers are the types of a conversation's events that say what a supervisor did.
var steers = map[string]bool{
	"connected": true, "leg_ended": true, "alert_ended": true, "queued": true, "priority_changed": true, "disconnected": true, "ended": true,
}

func (r *Record) agent(c eventlog.Stored) {
	r.Subject = []string{"agent " + c.Stream.ID}
	for _, e := range c.Events {
		switch e := agent.Decode(e).(type) {
		case agent.PresenceChanged:
			if e.By != "" {
				r.Action, r.Detail = string(config.SetStatus), string(e.Presence)
			}
		case agent.QueueLeft:
			if e.By != "" {
				r.Action, r.Detail = string(config.SetMembership), "left"
				r.Subject = append(r.Subject, "queue "+string(e.Queue))
			}
		case agent.QueueJoined:
			if e.By != "" {
				r.Action, r.Detail = string(config.SetMembership), "joined"
				r.Subject = append(r.Subject, "queue "+string(e.Queue))
			}
		}
	}
}
