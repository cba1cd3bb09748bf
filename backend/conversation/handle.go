package conversation

import (
	"time"

	"parley/backend/id"
)

// LongestPark is how far ahead a conversation may be parked.
const LongestPark = 72 * time.Hour

// MaxPriority bounds priorities: from -MaxPriority to MaxPriority.
const MaxPriority = 100

// handle decides what agents and supervisors do with a conversation beyond
// answering and ending it.
func handle(s *State, cmd Command, env Env) ([]Event, error) {
	switch c := cmd.(type) {
	case Pull:
		return pull(s, c, env)
	case TakeOver:
		return takeOver(s, c, env)
	case Transfer:
		return transfer(s, c, env)
	case Park:
		return park(s, c, env)
	case Unpark:
		if s.Phase != Aside || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
			return nil, ErrNotParked
		}
		return []Event{Unparked{Communication: c.Communication, Agent: c.Agent, Reservation: c.Reservation}}, nil
	case Lapse:
		if !s.Phase.Live() || s.Holding()[c.Communication] != "" {
			return nil, nil
		}
		return []Event{AssignmentLapsed(c)}, nil
	case RemoveAgent:
		return removeAgent(s, c, env), nil
	case OpenToAll:
		if s.Phase != Waiting || s.For == "" || s.For != c.For {
			return nil, nil
		}
		return []Event{s.requeue(s.QueuedAt, "agent_unavailable")}, nil
	case ExpirePark:
		return expirePark(s, c, env)
	case ExpireInactive:
		return expireInactive(s, c, env)
	case SetPriority:
		return setPriority(s, c)
	case AddNote:
		if c.Body.Length == 0 {
			return nil, ErrEmpty
		}
		return []Event{NoteAdded{Note: c.Note, Agent: c.Agent, Body: c.Body}}, nil
	case AskHelp:
		if s.Phase != Talking || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
			return nil, ErrNotConnected
		}
		if !s.Help.IsZero() {
			return nil, nil
		}
		return []Event{HelpAsked{Agent: c.Agent}}, nil
	case EndHelp:
		if s.Help.IsZero() {
			return nil, nil
		}
		return []Event{HelpEnded(c)}, nil
	case SendAuto:
		return sendAuto(s, c, env)
	case AskSurvey:
		return askSurvey(s, c, env)
	case AnswerSurvey:
		return answerSurvey(s, c, env)
	case CommentSurvey:
		return commentSurvey(s, c, env)
	}
	return nil, nil
}

func pull(s *State, c Pull, env Env) ([]Event, error) {
	switch {
	case s.Phase != Waiting:
		return nil, ErrNotWaiting
	case !env.Settings.Manual && s.For != c.Agent:
		return nil, ErrNoPull
	case s.For != "" && s.For != c.Agent:
		return nil, ErrForAnother
	}
	return []Event{Connected{Communication: c.Communication, Agent: c.Agent, How: "pulled"}}, nil
}

func takeOver(s *State, c TakeOver, env Env) ([]Event, error) {
	connected := Connected{Communication: c.Communication, Agent: c.Agent, How: "taken_over"}
	if s.Holder() == c.Agent && s.Phase != Alerting {
		return nil, ErrSameAgent
	}
	switch s.Phase {
	case Waiting:
		return []Event{connected}, nil
	case Alerting:
		return []Event{s.alertMoved(c.Agent), connected}, nil
	case Talking, Aside:
		return []Event{s.legEnded("taken_over", c.Agent, env), connected}, nil
	case New, AfterCall, Done:
	}
	return nil, ErrEnded
}

func transfer(s *State, c Transfer, env Env) ([]Event, error) {
	if !s.Phase.Live() {
		return nil, ErrEnded
	}
	own := (s.Phase == Talking || s.Phase == Aside) && s.Leg.Agent == c.By && s.Leg.Communication == c.Communication
	if !own && !c.Steer {
		return nil, ErrNotConnected
	}
	if c.To == "" && (c.Queue == "" || (c.Queue == s.Queue && own)) {
		return nil, ErrNoTarget
	}
	if c.To != "" && c.To == s.Holder() {
		return nil, ErrSameAgent
	}
	q := s.requeue(env.Now, "transferred")
	q.For = c.To
	if c.Queue != "" && c.Queue != s.Queue {
		q.Queue, q.Skills = c.Queue, c.Skills
	}
	var out []Event
	switch s.Phase {
	case Alerting:
		out, q.Since = append(out, s.alertMoved(c.By)), s.QueuedAt
	case Waiting:
		q.Since = s.QueuedAt
	case Talking, Aside:
		by := c.By
		if own {
			by = ""
		}
		out = append(out, s.legEnded("transferred", by, env))
	case New, AfterCall, Done:
	}
	if c.Note != "" && c.Body.Length > 0 {
		out = append(out, NoteAdded{Note: c.Note, Agent: c.By, Body: c.Body, Kind: "transfer"})
	}
	return append(out, q), nil
}

// alertMoved takes an alert back because somebody moved the conversation.
func (s *State) alertMoved(by id.Agent) Event {
	return AlertEnded{Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: "moved", By: by}
}

func (s *State) legEnded(reason string, by id.Agent, env Env) LegEnded {
	due, optional, until := acw(env)
	return LegEnded{
		Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: reason, By: by,
		WrapUpDue: due, Optional: optional, ACWUntil: until,
	}
}

func park(s *State, c Park, env Env) ([]Event, error) {
	if s.Phase != Talking || s.Leg.Agent != c.Agent || s.Leg.Communication != c.Communication {
		return nil, ErrNotConnected
	}
	if !c.Until.After(env.Now) || c.Until.After(env.Now.Add(LongestPark)) {
		return nil, ErrParkTime
	}
	return []Event{Parked{Communication: c.Communication, Agent: c.Agent, Until: c.Until}}, nil
}

func expirePark(s *State, c ExpirePark, env Env) ([]Event, error) {
	if s.Phase != Aside || s.Leg.Communication != c.Communication {
		return nil, nil
	}
	if env.Now.Before(s.Leg.ParkUntil) {
		return nil, ErrNotDue
	}
	ended := LegEnded{Communication: s.Leg.Communication, Agent: s.Leg.Agent, Reason: "park_expired"}
	return []Event{ended, s.requeue(env.Now, "park_expired")}, nil
}

// InactiveAt is when nobody has said anything for too long; zero if that is not
// counted now. A contact who waits for an answer is never hung up on: then it
// counts only where the conversation would go back to its queue.
func (s *State) InactiveAt(rules Settings) time.Time {
	if rules.Inactivity == 0 || s.Phase != Talking || (!s.WaitingSince.IsZero() && !rules.InactiveRequeue) {
		return time.Time{}
	}
	since := s.Leg.ConnectedAt
	if s.LastAt.After(since) {
		since = s.LastAt
	}
	return since.Add(rules.Inactivity)
}

func expireInactive(s *State, c ExpireInactive, env Env) ([]Event, error) {
	at := s.InactiveAt(env.Settings)
	if at.IsZero() || s.Leg.Communication != c.Communication {
		return nil, nil
	}
	if env.Now.Before(at) {
		return nil, ErrNotDue
	}
	if env.Settings.InactiveRequeue {
		return []Event{s.legEnded("inactive", "", env), s.requeue(env.Now, "inactive")}, nil
	}
	return s.hangUp("hub", "inactive", env), nil
}

func setPriority(s *State, c SetPriority) ([]Event, error) {
	switch {
	case !s.Phase.Live():
		return nil, ErrEnded
	case c.Priority < -MaxPriority || c.Priority > MaxPriority:
		return nil, ErrPriority
	case c.Priority == s.Priority:
		return nil, nil
	}
	return []Event{PriorityChanged{Priority: c.Priority, By: c.By}}, nil
}
