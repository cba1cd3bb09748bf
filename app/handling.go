package app

import "context"

// Handling is what an agent does with an interaction beyond answering, writing
// and ending, and with the queues they are in.
type Handling struct{ Core Core }

// Transfer moves an interaction to a queue, or with agent set to that agent. The
// note is for the receiver; "" = none.
func (h *Handling) Transfer(conversation, queue, agent, note string) error {
	return h.Core.Transfer(conversation, queue, agent, note)
}

// Targets lists where an interaction may be transferred to now.
func (h *Handling) Targets() (Targets, error) { return h.Core.Targets() }

// Park sets an interaction aside until a time, Unix milliseconds.
func (h *Handling) Park(conversation string, untilMs int64) error {
	return h.Core.Park(conversation, untilMs)
}

// Resume takes a parked interaction up again.
func (h *Handling) Resume(conversation string) error { return h.Core.Resume(conversation) }

// Pull takes an interaction that waits out of its queue.
func (h *Handling) Pull(conversation string) error { return h.Core.Pull(conversation) }

// Waiting lists what may be pulled.
func (h *Handling) Waiting() ([]Waits, error) { return h.Core.Waiting() }

// AddNote writes for colleagues.
func (h *Handling) AddNote(conversation, text string) error {
	return h.Core.AddNote(conversation, text)
}

// AskHelp calls a supervisor, or says that none is needed any more.
func (h *Handling) AskHelp(conversation string, needed bool) error {
	return h.Core.AskHelp(conversation, needed)
}

// SetQueue joins one of the agent's queues, or leaves it for now.
func (h *Handling) SetQueue(queue string, join bool) error { return h.Core.SetQueue(queue, join) }

// HandlingCore is what Handling needs behind it.
type HandlingCore interface {
	Transfer(conversation, queue, agent, note string) error
	Targets() (Targets, error)
	Park(conversation string, untilMs int64) error
	Resume(conversation string) error
	Pull(conversation string) error
	Waiting() ([]Waits, error)
	AddNote(conversation, text string) error
	AskHelp(conversation string, needed bool) error
	SetQueue(queue string, join bool) error
}

// HandlingDesk is the same on the agent's side.
type HandlingDesk interface {
	Transfer(conversation, queue, agent, note string) error
	Targets(ctx context.Context) (Targets, error)
	Park(conversation string, untilMs int64) error
	Resume(conversation string) error
	Pull(conversation string) error
	Waiting(ctx context.Context) ([]Waits, error)
	AddNote(conversation, text string) error
	AskHelp(conversation string, needed bool) error
	SetQueue(queue string, join bool) error
}

// Targets is where an interaction may go. Note says why how busy they are is
// not known; "" if it is.
type Targets struct {
	Queues []TargetQueue `json:"queues"`
	Agents []TargetAgent `json:"agents"`
	Note   string        `json:"note"`
}

// Waits is an interaction that waits in a queue and may be pulled.
type Waits struct {
	ID        string `json:"id"` // conversation
	QueueName string `json:"queueName"`
	Channel   string `json:"channel"`
	Contact   string `json:"contact"`
	SinceMs   int64  `json:"sinceMs"`
	Priority  int    `json:"priority"`
}

// TargetQueue is a queue with how busy it is.
type TargetQueue struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Waiting   int    `json:"waiting"`
	LongestMs int64  `json:"longestMs"` // the longest waits since; 0 = none
	OnQueue   int    `json:"onQueue"`   // members who take interactions now
}

// TargetAgent is a colleague.
type TargetAgent struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Presence string   `json:"presence"` // agent.Presence; "" = not known
	Label    string   `json:"label"`    // the presence for people
	Routing  string   `json:"routing"`  // off_queue, idle, interacting, not_responding
	Held     int      `json:"held"`     // interactions at hand
	Queues   []string `json:"queues"`   // names
}

// Transfer implements Core.
func (s *Shell) Transfer(conversation, queue, agent, note string) error {
	return s.with(func(d Desk) error { return d.Transfer(conversation, queue, agent, note) })
}

// Targets implements Core.
func (s *Shell) Targets() (out Targets, err error) {
	out = Targets{Queues: []TargetQueue{}, Agents: []TargetAgent{}}
	err = s.with(func(d Desk) error {
		out, err = d.Targets(context.Background())
		return err
	})
	return out, err
}

// Park implements Core.
func (s *Shell) Park(conversation string, untilMs int64) error {
	return s.with(func(d Desk) error { return d.Park(conversation, untilMs) })
}

// Resume implements Core.
func (s *Shell) Resume(conversation string) error {
	return s.with(func(d Desk) error { return d.Resume(conversation) })
}

// Pull implements Core.
func (s *Shell) Pull(conversation string) error {
	return s.with(func(d Desk) error { return d.Pull(conversation) })
}

// Waiting implements Core.
func (s *Shell) Waiting() (out []Waits, err error) {
	out = []Waits{}
	err = s.with(func(d Desk) error {
		out, err = d.Waiting(context.Background())
		return err
	})
	return out, err
}

// AddNote implements Core.
func (s *Shell) AddNote(conversation, text string) error {
	return s.with(func(d Desk) error { return d.AddNote(conversation, text) })
}

// AskHelp implements Core.
func (s *Shell) AskHelp(conversation string, needed bool) error {
	return s.with(func(d Desk) error { return d.AskHelp(conversation, needed) })
}

// SetQueue implements Core.
func (s *Shell) SetQueue(queue string, join bool) error {
	return s.with(func(d Desk) error { return d.SetQueue(queue, join) })
}
