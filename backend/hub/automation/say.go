package automation

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
	"parley/backend/message"
)

func (a *Automation) do(ctx context.Context, j job) error {
	s, err := a.o.Engine.ConversationState(ctx, j.conv)
	if err != nil {
		return err
	}
	v := a.o.View()
	switch j.what {
	case welcome:
		return a.welcome(ctx, j, s, v)
	case survey:
		return a.survey(ctx, j.conv, s, v)
	case comment:
		return a.ask(ctx, j.conv, s, v)
	case thanks:
		return a.thank(ctx, j.conv, s, v)
	}
	return nil
}

// welcome greets, or says that nobody is there. One ID serves both, so that a
// queue that closes meanwhile does not say both.
func (a *Automation) welcome(ctx context.Context, j job, s *conversation.State, v *organisation.View) error {
	q, there := v.Organisation.Queue(j.queue)
	if !there {
		return nil
	}
	kind, text := conversation.AutoGreeting, q.Greeting
	if h, set := v.Organisation.HoursOf(q.Hours); set && !h.IsOpen(j.at) {
		kind, text = conversation.AutoAway, q.Away
	}
	return a.say(ctx, j.conv, "welcome", kind, text, s, v)
}

// survey asks those whom an agent has served and who did not leave.
func (a *Automation) survey(ctx context.Context, conv id.Conversation, s *conversation.State, v *organisation.View) error {
	q, there := v.Organisation.Queue(s.Queue)
	if !there || q.Survey == nil || s.AnsweredAt.IsZero() || s.Survey != nil {
		return nil
	}
	switch s.EndReason {
	case "agent", "supervisor", "inactive":
	default:
		return nil
	}
	m := id.Message(id.New())
	body := message.Body{Text: q.Survey.Question}
	if c := a.o.Engine.Profile(s.Channel, s.Account).Capabilities; c.Buttons && (c.MaxButtons == 0 || q.Survey.Scale <= c.MaxButtons) {
		for n := 1; n <= q.Survey.Scale; n++ {
			body.Buttons = append(body.Buttons, message.Button{Text: strconv.Itoa(n), Payload: conversation.ScorePayload(m, n)})
		}
	}
	ask := conversation.AskSurvey{
		Message: m, Scale: q.Survey.Scale, Until: s.EndedAt.Add(time.Duration(q.Survey.Hours) * time.Hour), Comment: q.Survey.Comment != "",
	}
	_, err := a.o.Engine.Conversation(ctx, conv, engine.FollowUp("survey", string(conv)), Actor, ask, engine.Content{Message: m, Body: body})
	return err
}

// ask asks for words beside a score, or thanks for it if none are wanted.
func (a *Automation) ask(ctx context.Context, conv id.Conversation, s *conversation.State, v *organisation.View) error {
	q, _ := v.Organisation.Queue(s.Queue)
	if q.Survey == nil || !s.Survey.CommentOpen(a.o.Engine.Now()) || q.Survey.Comment == "" {
		return a.thank(ctx, conv, s, v)
	}
	return a.say(ctx, conv, "survey-comment", conversation.AutoSurvey, q.Survey.Comment, s, v)
}

func (a *Automation) thank(ctx context.Context, conv id.Conversation, s *conversation.State, v *organisation.View) error {
	q, _ := v.Organisation.Queue(s.Queue)
	if q.Survey == nil {
		return nil
	}
	return a.say(ctx, conv, "survey-thanks", conversation.AutoSurvey, q.Survey.Thanks, s, v)
}

// say sends a text, if there is one, once.
func (a *Automation) say(ctx context.Context, conv id.Conversation, once, kind, text string, s *conversation.State, v *organisation.View) error {
	if text == "" {
		return nil
	}
	profile, err := a.o.Engine.ContactProfile(ctx, s.Contact)
	if err != nil {
		if engine.MayPass(err) {
			return err
		}
		a.log.Error("a contact's profile cannot be opened", "contact", s.Contact, "error", err) // nameless, then
	}
	text = org.Fill(text, values(profile, s, v))
	if text == "" {
		return nil // there was nothing but a name in it
	}
	m := id.Message(id.New())
	_, err = a.o.Engine.Conversation(ctx, conv, engine.FollowUp(once, string(conv)), Actor,
		conversation.SendAuto{Kind: kind, Message: m}, engine.Content{Message: m, Body: message.Body{Text: text}})
	return err
}

// values gives placeholders their values. A contact of whom only the channel's
// handle is known has no name.
func values(p engine.Profile, s *conversation.State, v *organisation.View) func(string) string {
	contact, agent := p.Name, ""
	if p.Name == p.Handle {
		contact = ""
	}
	if s.Leg != nil {
		agent = v.Names[s.Leg.Agent]
	}
	q, _ := v.Organisation.Queue(s.Queue)
	return func(name string) string {
		switch name {
		case "contact.name":
			return contact
		case "contact.firstName":
			return first(contact)
		case "agent.name":
			return agent
		case "agent.firstName":
			return first(agent)
		case "queue.name":
			return cmp.Or(q.Name, string(s.Queue))
		case "organisation.name":
			return v.Organisation.Name
		}
		return ""
	}
}

func first(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
