package supervisor

import (
	"bytes"
	"slices"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/monitor"
)

// phase is where a conversation stands for the board.
type phase byte

const (
	between phase = iota // not in line, and with nobody
	waiting
	alerting
	connected
	parked
	over // ended; after-call work may be open
)

// live is a conversation that is going on, or that was a moment ago.
type live struct {
	changed uint64 // position
	line    line
	contact id.Contact
	phase   phase
	phaseMs int64 // in this phase since

	startedMs  int64
	stayMs     int64 // in line since; 0 = not in line
	queuedMs   int64 // its place in line
	priority   int
	only       id.Agent // the one agent who may get it
	agent      id.Agent // whose leg it is
	leg        id.Communication
	connectMs  int64
	parkedMs   int64 // parked since; 0 = not parked
	parkedFor  int64
	unanswered int64 // the contact waits for an answer since; 0 = does not
	helpMs     int64 // the agent asked for help; 0 = not
	wrapping   []wrapping
	watchers   []id.Agent

	keepMs int64 // over: remembered until then
	scale  int   // of the survey asked last
}

// wrapping is a leg in after-call work.
type wrapping struct {
	leg      id.Communication
	agent    id.Agent
	line     line
	endedMs  int64
	talkMs   int64
	optional bool
}

// keepOver is how long a conversation that is over is remembered: within it a
// survey is asked. Then the survey's time counts.
const keepOver = int64(60 * 60 * 1000)

// skipped are events that no figure needs. They are most of a log, so they are
// told apart by their names and not decoded.
var skipped = map[string]bool{
	"delivery_changed": true, "read_by_agent": true, "contact_returned": true, "contact_cleared": true, "note_added": true,
	"survey_commented": true,
}

var autoField = []byte(`"auto":`)

func (s *State) conversation(conv id.Conversation, events []eventlog.Event, at int64) {
	c := s.conversations[conv]
	shown := c != nil && c.shown()
	for _, e := range events {
		switch {
		case skipped[e.Type]:
		case e.Type == "message_received":
			if c != nil && c.unanswered == 0 {
				c.unanswered, c.changed = at, s.pos
			}
		case e.Type == "message_sent":
			if c != nil && c.unanswered != 0 && !bytes.Contains(e.Data, autoField) {
				c.unanswered, c.changed = 0, s.pos
			}
		default:
			if c == nil {
				c = &live{}
				s.conversations[conv] = c
			}
			c.changed = s.pos
			s.event(conv, c, conversation.Decode(e), at)
		}
	}
	if shown && !c.shown() {
		s.gone.add(s.pos, conv)
	}
}

// shown says that a conversation stands on the board.
func (c *live) shown() bool {
	return (c.phase != over && c.phase != between) || len(c.wrapping) > 0
}

func (s *State) event(conv id.Conversation, c *live, e conversation.Event, at int64) {
	switch e := e.(type) {
	case conversation.Started:
		c.line.channel, c.contact, c.startedMs = e.Channel, e.Contact, at
	case conversation.Queued:
		s.queued(conv, c, e, at)
	case conversation.Alerted:
		c.agent, c.leg = e.Agent, e.Communication
		c.enter(alerting, at)
		s.queue(c.line)
		s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Alerted++ })
		s.worker(e.Agent).alerting++
	case conversation.AlertEnded:
		s.alertEnded(c, e, at)
	case conversation.Connected:
		s.connected(conv, c, e, at)
	case conversation.Parked:
		s.park(c, at)
		s.count(c.line, at, func(f *Figures) { f.Parked++ })
		s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Parked++ })
	case conversation.Unparked:
		s.unpark(c, at)
	case conversation.LegEnded:
		if e.Reason == "inactive" {
			s.count(c.line, at, func(f *Figures) { f.Inactive++ })
		}
		if e.Reason == "transferred" {
			s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Transferred++ })
		}
		s.endLeg(c, at, e.WrapUpDue, e.Optional)
		c.enter(between, at)
	case conversation.Disconnected:
		s.endLeg(c, at, e.WrapUpDue, e.Optional)
		c.enter(between, at)
	case conversation.Ended:
		s.ended(conv, c, e, at)
	case conversation.WrappedUp:
		s.wrappedUp(c, e, at)
	case conversation.PriorityChanged:
		c.priority = e.Priority
	case conversation.HelpAsked:
		c.helpMs = at
	case conversation.HelpEnded:
		c.helpMs = 0
	case conversation.SurveyAsked:
		c.scale, c.keepMs = e.Scale, max(c.keepMs, e.Until.UnixMilli())
	case conversation.SurveyAnswered:
		s.count(c.line, at, func(f *Figures) {
			f.Surveys++
			f.Score += int64(e.Score)
			f.Scale += int64(c.scale)
		})
	case conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged, conversation.ContactReturned,
		conversation.ContactCleared, conversation.ReadByAgent, conversation.NoteAdded, conversation.SurveyCommented, conversation.Unknown:
	}
}

func (c *live) enter(p phase, at int64) {
	if c.phase != p {
		c.phase, c.phaseMs = p, at
	}
}

// queued puts a conversation in line. A stay in the same queue goes on.
func (s *State) queued(conv id.Conversation, c *live, e conversation.Queued, at int64) {
	from, to := c.line, line{e.Queue, c.line.channel}
	same := from == to && c.stayMs != 0
	if !same {
		if c.stayMs != 0 {
			s.leave(conv, c, at)
			s.count(from, at, func(f *Figures) { f.FlowedOut++ })
		}
		if e.Reason == "transferred" {
			s.count(from, at, func(f *Figures) { f.TransfersOut++ })
			s.count(to, at, func(f *Figures) { f.TransfersIn++ })
		}
		s.count(to, at, func(f *Figures) { f.Offered++ })
		c.line, c.stayMs = to, at
		q := s.queue(to)
		q.tick(at)
		q.waiting[conv] = c
	}
	c.queuedMs, c.priority, c.only, c.helpMs = e.Since.UnixMilli(), e.Priority, e.For, 0
	c.agent, c.leg = "", ""
	c.enter(waiting, at)
	s.queue(c.line)
}

// leave takes a conversation out of its line.
func (s *State) leave(conv id.Conversation, c *live, at int64) {
	q := s.queue(c.line)
	q.tick(at)
	delete(q.waiting, conv)
	c.stayMs = 0
}

func (s *State) alertEnded(c *live, e conversation.AlertEnded, at int64) {
	if w := s.worker(e.Agent); w.alerting > 0 {
		w.alerting--
	}
	switch e.Reason {
	case "declined":
		s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Declined++ })
	case "expired":
		s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Expired++ })
	}
	if e.Reason == "declined" || e.Reason == "expired" {
		s.count(c.line, at, func(f *Figures) { f.Unanswered++ })
	}
	if c.stayMs != 0 {
		c.enter(waiting, at)
		s.queue(c.line)
	}
	c.agent, c.leg = "", ""
}

func (s *State) connected(conv id.Conversation, c *live, e conversation.Connected, at int64) {
	if c.phase == alerting && c.leg == e.Communication {
		if w := s.worker(e.Agent); w.alerting > 0 {
			w.alerting--
		}
	}
	if c.stayMs != 0 {
		wait, within := at-c.stayMs, s.rules.queue(c.line.queue).ServiceLevel.Milliseconds()
		s.leave(conv, c, at)
		s.count(c.line, at, func(f *Figures) {
			f.Answered++
			if wait <= within {
				f.AnsweredWithin++
			}
			f.WaitMs += wait
			f.WaitMaxMs = max(f.WaitMaxMs, wait)
			if e.How == "pulled" {
				f.Pulled++
			}
		})
	}
	if e.How == "taken_over" {
		s.count(c.line, at, func(f *Figures) { f.TakenOver++ })
	}
	s.countAgent(e.Agent, at, func(f *AgentFigures) { f.Answered++ })
	s.busy(e.Agent, at, 1)
	s.queue(c.line).connected++
	c.agent, c.leg, c.connectMs, c.parkedFor, c.parkedMs, c.only = e.Agent, e.Communication, at, 0, 0, ""
	c.enter(connected, at)
}

func (s *State) park(c *live, at int64) {
	if c.phase != connected {
		return
	}
	q := s.queue(c.line)
	q.connected--
	q.parked++
	c.parkedMs = at
	c.enter(parked, at)
	s.busy(c.agent, at, -1)
}

func (s *State) unpark(c *live, at int64) {
	if c.phase != parked {
		return
	}
	q := s.queue(c.line)
	q.parked--
	q.connected++
	c.parkedFor += at - c.parkedMs
	c.parkedMs = 0
	c.enter(connected, at)
	s.busy(c.agent, at, 1)
}

// endLeg ends the leg of whoever is connected, and begins its after-call work.
func (s *State) endLeg(c *live, at int64, due, optional bool) {
	q := s.queue(c.line)
	switch c.phase {
	case connected:
		q.connected--
		s.busy(c.agent, at, -1)
	case parked:
		q.parked--
		c.parkedFor += at - c.parkedMs
		c.parkedMs = 0
	case between, waiting, alerting, over:
		return
	}
	w := wrapping{leg: c.leg, agent: c.agent, line: c.line, endedMs: at, talkMs: max(0, at-c.connectMs-c.parkedFor), optional: optional}
	c.helpMs = 0
	if !due {
		s.complete(w, at, "")
		return
	}
	q.wrapping++
	c.wrapping = append(c.wrapping, w)
	s.wraps(c.agent, at, optional, 1)
}

func (s *State) wrappedUp(c *live, e conversation.WrappedUp, at int64) {
	i := slices.IndexFunc(c.wrapping, func(w wrapping) bool { return w.leg == e.Communication })
	if i < 0 {
		return
	}
	w := c.wrapping[i]
	c.wrapping = slices.Delete(c.wrapping, i, i+1)
	s.queue(w.line).wrapping--
	s.wraps(w.agent, at, w.optional, -1)
	s.complete(w, at, e.Code)
}

// complete counts a leg that is over, with its after-call work.
func (s *State) complete(w wrapping, at int64, code string) {
	acw := at - w.endedMs
	if w.optional {
		acw = 0
	}
	s.count(w.line, at, func(f *Figures) {
		f.Handled++
		f.TalkMs += w.talkMs
		f.ACWMs += acw
		f.HandleMaxMs = max(f.HandleMaxMs, w.talkMs+acw)
	})
	s.countAgent(w.agent, at, func(f *AgentFigures) {
		f.Handled++
		f.TalkMs += w.talkMs
		f.ACWMs += acw
		f.HandleMaxMs = max(f.HandleMaxMs, w.talkMs+acw)
	})
	if i := s.at(at); i != nil && code != "" {
		of(i.codes, coded{w.line, code}).Add(CodeFigures{Count: 1, TalkMs: w.talkMs, ACWMs: acw})
	}
}

func (s *State) ended(conv id.Conversation, c *live, e conversation.Ended, at int64) {
	if e.Reason == "inactive" {
		s.count(c.line, at, func(f *Figures) { f.Inactive++ })
	}
	if c.stayMs != 0 {
		wait, short := at-c.stayMs, s.rules.queue(c.line.queue).ShortAbandon.Milliseconds()
		s.leave(conv, c, at)
		s.count(c.line, at, func(f *Figures) {
			switch {
			case e.Reason != "contact" && e.Reason != "cleared" && e.Reason != "expired":
				f.FlowedOut++
			case short > 0 && wait <= short:
				f.ShortAbandoned++
			default:
				f.Abandoned++
				f.AbandonMs += wait
				f.AbandonMaxMs = max(f.AbandonMaxMs, wait)
			}
		})
	}
	c.keepMs, c.helpMs, c.unanswered, c.only = at+keepOver, 0, 0, ""
	c.enter(over, at)
}

// monitor notes who watches a conversation.
func (s *State) monitor(conv id.Conversation, events []eventlog.Event) {
	c := s.conversations[conv]
	if c == nil {
		return
	}
	for _, stored := range events {
		switch e := monitor.Decode(stored).(type) {
		case monitor.Started:
			if !slices.Contains(c.watchers, e.By) {
				c.watchers = append(slices.Clone(c.watchers), e.By)
			}
		case monitor.Ended:
			c.watchers = slices.DeleteFunc(slices.Clone(c.watchers), func(a id.Agent) bool { return a == e.By })
		case monitor.Unknown:
		}
	}
	slices.Sort(c.watchers)
	if len(c.watchers) == 0 {
		c.watchers = nil
	}
	c.changed = s.pos
}

// tombstones are the conversations that left the board last.
type tombstones struct {
	since uint64 // what left at this position or before may be missing
	list  []tombstone
}

type tombstone struct {
	pos  uint64
	conv id.Conversation
}

const mostTombstones = 4096

func (t *tombstones) add(pos uint64, conv id.Conversation) {
	if len(t.list) >= mostTombstones {
		half := len(t.list) / 2
		t.since = t.list[half-1].pos
		t.list = slices.Clone(t.list[half:])
	}
	t.list = append(t.list, tombstone{pos, conv})
}
