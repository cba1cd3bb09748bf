package deskside

import (
	"context"
	"time"

	"parley/app"
	"parley/backend/id"
)

// Transfer implements app.Desk.
func (s *Session) Transfer(conversation, queue, agent, note string) error {
	return words(s.desk.Transfer(id.Conversation(conversation), id.Queue(queue), id.Agent(agent), note))
}

// Targets implements app.Desk.
func (s *Session) Targets(ctx context.Context) (app.Targets, error) {
	targets, err := s.desk.Targets(ctx)
	out := app.Targets{Queues: []app.TargetQueue{}, Agents: []app.TargetAgent{}}
	if err != nil {
		out.Note = words(err).Error()
	}
	names := map[id.Queue]string{}
	for _, q := range targets.Queues {
		names[q.Queue] = q.Name
		out.Queues = append(out.Queues, app.TargetQueue{
			ID: string(q.Queue), Name: q.Name, Waiting: q.Waiting, LongestMs: q.LongestSinceMs, OnQueue: q.OnQueue,
		})
	}
	for _, a := range targets.Agents {
		t := app.TargetAgent{
			ID: string(a.Agent), Name: a.Name, Presence: string(a.Presence), Label: presenceLabels[a.Presence],
			Routing: string(a.Routing), Held: a.Held, Queues: []string{},
		}
		for _, q := range a.Queues {
			t.Queues = append(t.Queues, names[q])
		}
		out.Agents = append(out.Agents, t)
	}
	return out, nil
}

// Park implements app.Desk.
func (s *Session) Park(conversation string, untilMs int64) error {
	return words(s.desk.Park(id.Conversation(conversation), time.UnixMilli(untilMs)))
}

// Resume implements app.Desk.
func (s *Session) Resume(conversation string) error {
	return words(s.desk.Resume(id.Conversation(conversation)))
}

// Pull implements app.Desk.
func (s *Session) Pull(conversation string) error {
	return words(s.desk.Pull(id.Conversation(conversation)))
}

// Waiting implements app.Desk.
func (s *Session) Waiting(ctx context.Context) ([]app.Waits, error) {
	waiting, err := s.desk.Waiting(ctx)
	out := []app.Waits{}
	names := map[id.Queue]string{}
	for _, q := range s.desk.Org().Queues {
		names[q.ID] = q.Name
	}
	for _, w := range waiting.Conversations {
		out = append(out, app.Waits{
			ID: string(w.Conversation), QueueName: names[w.Queue], Channel: string(w.Channel), Contact: w.Contact,
			SinceMs: w.SinceMs, Priority: w.Priority,
		})
	}
	return out, words(err)
}

// AddNote implements app.Desk.
func (s *Session) AddNote(conversation, text string) error {
	return words(s.desk.AddNote(id.Conversation(conversation), text))
}

// AskHelp implements app.Desk.
func (s *Session) AskHelp(conversation string, needed bool) error {
	return words(s.desk.AskHelp(id.Conversation(conversation), needed))
}

// SetQueue implements app.Desk.
func (s *Session) SetQueue(queue string, join bool) error {
	return words(s.desk.SetQueue(id.Queue(queue), join))
}
