package acd_test

import (
	"fmt"
	"slices"
	"strings"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// ledger counts what happened to all conversations of a log, each thing on both
// sides: what came, and what became of it.
type ledger struct {
	n     map[string]int
	convs map[id.Conversation]*conversation.State
	held  map[id.Communication]bool
}

func newLedger() *ledger {
	return &ledger{n: map[string]int{}, convs: map[id.Conversation]*conversation.State{}, held: map[id.Communication]bool{}}
}

// take counts one commit.
func (l *ledger) take(c eventlog.Stored) {
	if c.Stream.Kind == eventlog.Agent {
		for _, stored := range c.Events {
			switch e := agent.Decode(stored).(type) {
			case agent.Reserved:
				l.n["reserved"]++
				l.held[e.Communication] = true
			case agent.Released:
				l.n["released: "+e.Reason]++
				delete(l.held, e.Communication)
			default:
			}
		}
		return
	}
	s := l.convs[id.Conversation(c.Stream.ID)]
	if s == nil {
		s = &conversation.State{}
		l.convs[id.Conversation(c.Stream.ID)] = s
	}
	for _, stored := range c.Events {
		e := conversation.Decode(stored)
		l.count(s, e)
		s.Record(e, c.At)
	}
}

// count counts one event, before it is in the state.
func (l *ledger) count(s *conversation.State, e conversation.Event) {
	switch e := e.(type) {
	case conversation.Started:
		l.n["arrived"]++
	case conversation.Queued:
		l.n["queued: "+e.Reason]++
	case conversation.Alerted:
		l.n["alerted"]++
	case conversation.AlertEnded:
		l.n["alert "+e.Reason]++
	case conversation.Connected:
		switch {
		case s.Phase == conversation.Alerting:
			l.n["answered an alert"]++
		case e.How != "":
			l.n[e.How]++
		default:
			l.n["answered automatically"]++
		}
	case conversation.Parked:
		l.n["parked"]++
	case conversation.Unparked:
		l.n["taken up again"]++
	case conversation.LegEnded:
		if s.Phase == conversation.Aside {
			l.n["parked until "+e.Reason]++
		}
		l.n["leg "+e.Reason]++
		l.wrap(e.WrapUpDue)
	case conversation.Disconnected:
		if s.Phase == conversation.Aside {
			l.n["ended while parked"]++
		}
		l.n["disconnected by "+e.By]++
		l.wrap(e.WrapUpDue)
	case conversation.WrappedUp:
		l.n["wrapped up"]++
	case conversation.Ended:
		if s.AnsweredAt.IsZero() {
			l.n["abandoned"]++
		} else {
			l.n["ended: "+e.Reason]++
		}
	default:
	}
}

func (l *ledger) wrap(due bool) {
	if due {
		l.n["after-call work"]++
	}
}

// sum adds up everything whose name begins so.
func (l *ledger) sum(prefixes ...string) int {
	n := 0
	for name, k := range l.n {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				n += k
				break
			}
		}
	}
	return n
}

// open counts the conversations in each phase, and the after-call work that is
// not done.
func (l *ledger) open() (map[conversation.Phase]int, int) {
	phases, work := map[conversation.Phase]int{}, 0
	for _, s := range l.convs {
		phases[s.Phase]++
		work += len(s.Wrapping)
		if s.Leg != nil && s.Leg.WrapUpDue {
			work++
		}
	}
	return phases, work
}

// account is one thing with both its sides.
type account struct {
	what       string
	came, went int
	detail     string
}

// accounts balances the books.
func (l *ledger) accounts() []account {
	p, work := l.open()
	answered := l.sum("answered", "pulled", "taken_over")
	all := []account{
		{
			what: "conversations", came: l.n["arrived"],
			went:   l.n["abandoned"] + l.sum("ended: ") + p[conversation.Waiting] + p[conversation.Alerting] + p[conversation.Talking] + p[conversation.Aside],
			detail: l.list("abandoned", "ended: ") + fmt.Sprintf(", %d waiting, %d alerting, %d connected, %d parked", p[conversation.Waiting], p[conversation.Alerting], p[conversation.Talking], p[conversation.Aside]),
		},
		{
			what: "offers", came: l.n["alerted"],
			went:   l.n["answered an alert"] + l.sum("alert ") + p[conversation.Alerting],
			detail: l.list("answered an alert", "alert ") + fmt.Sprintf(", %d alerting", p[conversation.Alerting]),
		},
		{
			what: "connections", came: answered,
			went:   l.sum("leg ", "disconnected by ") + p[conversation.Talking] + p[conversation.Aside],
			detail: l.list("answered", "pulled", "taken_over") + " → " + l.list("leg ", "disconnected by ") + fmt.Sprintf(", %d connected, %d parked", p[conversation.Talking], p[conversation.Aside]),
		},
		{
			what: "parks", came: l.n["parked"],
			went:   l.n["taken up again"] + l.n["ended while parked"] + l.sum("parked until ") + p[conversation.Aside],
			detail: l.list("taken up again", "ended while parked", "parked until ") + fmt.Sprintf(", %d parked", p[conversation.Aside]),
		},
		{
			what: "after-call work", came: l.n["after-call work"], went: l.n["wrapped up"] + work,
			detail: fmt.Sprintf("%d done, %d open", l.n["wrapped up"], work),
		},
		{
			what: "reservations", came: l.n["reserved"], went: l.sum("released: ") + len(l.held),
			detail: l.list("released: ") + fmt.Sprintf(", %d held", len(l.held)),
		},
	}
	return all
}

// list names what begins so, with its number.
func (l *ledger) list(prefixes ...string) string {
	var parts []string
	for _, p := range prefixes {
		var names []string
		for name := range l.n {
			if strings.HasPrefix(name, p) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			parts = append(parts, fmt.Sprintf("%d %s", l.n[name], strings.NewReplacer(": ", " ", "_", " ").Replace(name)))
		}
	}
	return strings.Join(parts, ", ")
}

// String prints the books as a table.
func (l *ledger) String() string {
	var out strings.Builder
	for _, a := range l.accounts() {
		fmt.Fprintf(&out, "%16s %7d = %7d  %s\n", a.what, a.came, a.went, a.detail)
	}
	fmt.Fprintf(&out, "%16s %s\n", "queued", l.list("queued: "))
	return out.String()
}

// balanced says what does not add up.
func (l *ledger) balanced() error {
	for _, a := range l.accounts() {
		if a.came != a.went {
			return fmt.Errorf("%s: %d came, %d are accounted for: %s", a.what, a.came, a.went, a.detail)
		}
	}
	return nil
}
