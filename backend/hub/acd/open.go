package acd

import (
	"context"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/routing"
)

// open is what routing needs of a conversation that is not over.
type open struct {
	id        id.Conversation
	rev       uint64
	phase     conversation.Phase
	channel   channel.Kind
	contact   id.Contact
	queue     id.Queue
	queuedAt  time.Time
	priority  int
	skills    []id.Skill
	meant     id.Agent  // the only one who may get it; "" = anybody
	meantTill time.Time // then anybody may
	preferred id.Agent  // answered the contact last; "" = nobody, or too long ago
	leg       leg       // alerting, connected or parked
	wrapping  map[id.Communication]leg
}

// leg is an agent's communication and what holds their capacity for it.
type leg struct {
	communication id.Communication
	agent         id.Agent
	reservation   id.Communication // "" = none
	until         time.Time        // of the alert, the park or the after-call work; zero = no limit
	silent        time.Time        // when its silence is looked after; zero = it is not
}

func legOf(l *conversation.Leg) leg {
	return leg{communication: l.Communication, agent: l.Agent, reservation: l.Held()}
}

// waiting is the conversation as a match sees it.
func (o *open) waiting() routing.Waiting {
	return routing.Waiting{
		Conversation: o.id, Queue: o.queue, Channel: o.channel, Since: o.queuedAt, Priority: o.priority, Skills: o.skills,
		For: o.meant, Preferred: o.preferred,
	}
}

// adopt takes a conversation as it stands.
func (r *Router) adopt(ctx context.Context, conv id.Conversation, s *conversation.State) {
	if s.Phase == conversation.New || s.Phase == conversation.Done {
		return
	}
	o := &open{
		id: conv, rev: s.Rev, phase: s.Phase, channel: s.Channel, contact: s.Contact, queue: s.Queue, queuedAt: s.QueuedAt,
		priority: s.Priority, skills: s.Skills,
	}
	r.conversations[conv] = o
	for c, l := range s.Wrapping {
		r.wrap(o, c, legOf(&l), l.ACWUntil)
	}
	switch s.Phase {
	case conversation.Waiting:
		r.mean(o, s.For)
		o.preferred = r.lastAgent(ctx, o.contact)
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
	r.line(o)
}

func (r *Router) alerting(o *open, l leg, until time.Time) {
	l.until = until
	o.phase, o.leg = conversation.Alerting, l
	r.timers.Add(timer{at: until, kind: alertTimer, conversation: o.id, communication: l.communication})
}

func (r *Router) park(o *open, l leg, until time.Time) {
	l.until, l.reservation, l.silent = until, "", time.Time{}
	o.phase, o.leg = conversation.Aside, l
	r.timers.Add(timer{at: until, kind: parkTimer, conversation: o.id, communication: l.communication})
}

func (r *Router) wrap(o *open, c id.Communication, l leg, until time.Time) {
	l.until = until
	if o.wrapping == nil {
		o.wrapping = map[id.Communication]leg{}
	}
	o.wrapping[c] = l
	if !until.IsZero() {
		r.timers.Add(timer{at: until, kind: workTimer, conversation: o.id, communication: c})
	}
}

// mean notes that a conversation waits for one agent, or for anybody. Nobody is
// waited for longer than Options.Direct.
func (r *Router) mean(o *open, a id.Agent) {
	o.meant, o.meantTill = a, time.Time{}
	if a != "" {
		o.meantTill = r.o.Engine.Now().Add(r.o.Direct)
		r.timers.Add(timer{at: o.meantTill, kind: meantTimer, conversation: o.id, agent: a})
	}
}

// takeConversation folds a commit of a conversation.
func (r *Router) takeConversation(ctx context.Context, c *engine.Commit) {
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
	r.unline(o)
	for _, e := range c.Conversation {
		r.record(ctx, o, e)
	}
	if o.phase == conversation.Done {
		delete(r.conversations, conv)
		return
	}
	r.line(o)
	r.evict(o)
	r.listen(o)
}

// record folds one event and notes what follows from it.
func (r *Router) record(ctx context.Context, o *open, e conversation.Event) {
	switch e := e.(type) {
	case conversation.Started:
		o.channel, o.contact, o.phase = e.Channel, e.Contact, conversation.Waiting
		o.preferred = r.lastAgent(ctx, e.Contact)
	case conversation.Queued:
		o.phase, o.queue, o.queuedAt, o.leg = conversation.Waiting, e.Queue, e.Since, leg{}
		o.priority, o.skills = e.Priority, e.Skills
		r.mean(o, e.For)
	case conversation.Alerted:
		r.alerting(o, leg{communication: e.Communication, agent: e.Agent, reservation: e.Communication}, e.Until)
		if s := r.agents[e.Agent]; s != nil && !online(s) {
			r.withdraw(o) // they left between reservation and alert
		}
	case conversation.Connected:
		if o.leg.communication != e.Communication {
			o.leg = leg{communication: e.Communication, agent: e.Agent, reservation: e.Communication}
		}
		o.phase, o.meant = conversation.Talking, ""
	case conversation.AlertEnded:
		o.phase = conversation.Waiting
		r.release(o.leg, e.Reason, e.Reason == "declined" || e.Reason == "expired")
	case conversation.Disconnected:
		r.ended(o, e.WrapUpDue, e.Optional, e.ACWUntil, "completed")
		r.close(o)
	case conversation.LegEnded:
		o.preferred = ""
		if e.Reason == "inactive" || e.Reason == "park_expired" {
			o.preferred = e.Agent // nobody chose to give it away
		}
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
	case conversation.PriorityChanged:
		o.priority = e.Priority
	case conversation.MessageReceived, conversation.MessageSent, conversation.DeliveryChanged, conversation.ContactReturned,
		conversation.ContactCleared, conversation.ReadByAgent, conversation.NoteAdded, conversation.HelpAsked,
		conversation.HelpEnded, conversation.SurveyAsked, conversation.SurveyAnswered, conversation.SurveyCommented, conversation.AssignmentLapsed,
		conversation.MessageNamed, conversation.PartDelivered, conversation.MessageUnsent, conversation.MessageChanged, conversation.Reacted,
		conversation.ConsentChanged, conversation.ContactDescribed, conversation.WindowOpened,
		conversation.Unknown:
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
