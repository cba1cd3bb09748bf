package acd

import (
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// open is what routing needs of a conversation that is not over.
type open struct {
	id       id.Conversation
	rev      uint64
	phase    conversation.Phase
	channel  channel.Kind
	queue    id.Queue
	queuedAt time.Time
	leg      leg // alerting, connected or parked
	wrapping map[id.Communication]leg
}

// leg is an agent's communication and what holds their capacity for it.
type leg struct {
	communication id.Communication
	agent         id.Agent
	reservation   id.Communication // "" = none
	until         time.Time        // of the alert, the park or the after-call work; zero = no limit
}

func legOf(l *conversation.Leg) leg {
	return leg{communication: l.Communication, agent: l.Agent, reservation: l.Held()}
}

// adopt takes a conversation as it stands.
func (r *Router) adopt(conv id.Conversation, s *conversation.State) {
	if s.Phase == conversation.New || s.Phase == conversation.Done {
		return
	}
	o := &open{id: conv, rev: s.Rev, phase: s.Phase, channel: s.Channel, queue: s.Queue, queuedAt: s.QueuedAt}
	r.conversations[conv] = o
	for c, l := range s.Wrapping {
		r.wrap(o, c, legOf(&l), l.ACWUntil)
	}
	switch s.Phase {
	case conversation.Waiting:
		r.wait(o)
	case conversation.Alerting:
		r.alerting(o, legOf(s.Leg), s.Leg.AlertUntil)
	case conversation.Talking:
		o.leg = legOf(s.Leg)
	case conversation.Aside:
		r.park(o, legOf(s.Leg), s.Leg.ParkUntil)
	case conversation.AfterCall:
		if s.Leg.WrapUpDue {
			r.wrap(o, s.Leg.Communication, legOf(s.Leg), s.Leg.ACWUntil)
		}
	case conversation.New, conversation.Done:
	}
}

func (r *Router) alerting(o *open, l leg, until time.Time) {
	l.until = until
	o.phase, o.leg = conversation.Alerting, l
	r.timers.add(timer{at: until, kind: alertTimer, conversation: o.id, communication: l.communication})
}

func (r *Router) park(o *open, l leg, until time.Time) {
	l.until, l.reservation = until, ""
	o.phase, o.leg = conversation.Aside, l
	r.timers.add(timer{at: until, kind: parkTimer, conversation: o.id, communication: l.communication})
}

func (r *Router) wrap(o *open, c id.Communication, l leg, until time.Time) {
	l.until = until
	if o.wrapping == nil {
		o.wrapping = map[id.Communication]leg{}
	}
	o.wrapping[c] = l
	if !until.IsZero() {
		r.timers.add(timer{at: until, kind: workTimer, conversation: o.id, communication: c})
	}
}

// takeConversation folds a commit of a conversation.
func (r *Router) takeConversation(c *engine.Commit) {
	conv := id.Conversation(c.Stream.ID)
	o := r.conversations[conv]
	if o == nil {
		if len(c.Conversation) == 0 {
			return
		}
		if _, first := c.Conversation[0].(conversation.Started); !first {
			return // it is over
		}
		o = &open{id: conv}
		r.conversations[conv] = o
	}
	if c.Rev <= o.rev {
		return
	}
	o.rev = c.Rev
	r.unwait(o)
	for _, e := range c.Conversation {
		r.record(o, e)
	}
	r.changed = true
	switch o.phase {
	case conversation.Waiting:
		r.wait(o)
	case conversation.Done:
		delete(r.conversations, conv)
	case conversation.New, conversation.Alerting, conversation.Talking, conversation.Aside, conversation.AfterCall:
	}
}

// record folds one event and notes what follows from it.
func (r *Router) record(o *open, e conversation.Event) {
	switch e := e.(type) {
	case conversation.Started:
		o.channel, o.phase = e.Channel, conversation.Waiting
	case conversation.Queued:
		o.phase, o.queue, o.queuedAt, o.leg = conversation.Waiting, e.Queue, e.Since, leg{}
	case conversation.Alerted:
		r.alerting(o, leg{communication: e.Communication, agent: e.Agent, reservation: e.Communication}, e.Until)
		if s := r.agents[e.Agent]; s != nil && !online(s) {
			r.withdraw(o) // they left between reservation and alert
		}
	case conversation.Connected:
		o.phase, o.leg = conversation.Talking, leg{communication: e.Communication, agent: e.Agent, reservation: e.Communication}
	case conversation.AlertEnded:
		o.phase = conversation.Waiting
		r.release(o.leg, e.Reason, e.Reason == "declined" || e.Reason == "expired")
	case conversation.Disconnected:
		r.ended(o, e.WrapUpDue, e.Optional, e.ACWUntil, "completed")
		r.close(o)
	case conversation.LegEnded:
		r.ended(o, e.WrapUpDue, e.Optional, e.ACWUntil, "moved")
		o.phase = conversation.Waiting
	case conversation.WrappedUp:
		r.release(o.wrapping[e.Communication], "completed", false)
		delete(o.wrapping, e.Communication)
		if !o.phase.Live() {
			r.close(o)
		}
	case conversation.Ended:
		r.close(o)
	case conversation.Parked:
		r.release(o.leg, "parked", false)
		r.park(o, o.leg, e.Until)
	case conversation.Unparked:
		o.phase, o.leg.reservation = conversation.Talking, e.Reservation
		if e.Reservation == "" {
			o.leg.reservation = e.Communication
		}
	case conversation.PriorityChanged, conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged,
		conversation.ContactReturned, conversation.ContactCleared, conversation.ReadByAgent, conversation.NoteAdded,
		conversation.HelpAsked, conversation.HelpEnded, conversation.SurveyAsked, conversation.SurveyAnswered,
		conversation.AssignmentLapsed, conversation.Unknown:
	}
}

// ended notes that the leg is over. After-call work keeps the agent's capacity
// unless it is optional.
func (r *Router) ended(o *open, due, optional bool, until time.Time, reason string) {
	l := o.leg
	if !due || optional {
		r.release(l, reason, false)
		l.reservation = ""
	}
	if due {
		r.wrap(o, l.communication, l, until)
	}
	o.leg = leg{}
}

// close is the phase of a conversation that has ended.
func (r *Router) close(o *open) {
	o.phase = conversation.Done
	if len(o.wrapping) > 0 {
		o.phase = conversation.AfterCall
	}
}
