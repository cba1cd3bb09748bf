package deskapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"parley/backend/agent"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// Errors of commands that name what is not configured.
var (
	errNoQueue   = errors.New("there is no such queue")
	errNoAgent   = errors.New("there is no such agent")
	errNotMember = errors.New("you are not a member of this queue")
)

// handle executes what an agent does with an interaction beyond answering,
// writing and ending.
func (s *socket) handle(ctx context.Context, c protocol.Command) (engine.Result, error) {
	switch {
	case c.Transfer != nil:
		return s.transfer(ctx, c.ID, *c.Transfer)
	case c.Park != nil:
		park := conversation.Park{Agent: s.agent, Communication: c.Park.Communication, Until: time.UnixMilli(c.Park.UntilMs).UTC()}
		return s.do(ctx, c.ID, c.Park.Conversation, park)
	case c.Unpark != nil:
		return s.hub.o.Routing.Unpark(ctx, c.ID, s.agent, c.Unpark.Conversation)
	case c.Pull != nil:
		if err := s.mayPull(ctx, c.Pull.Conversation); err != nil {
			return engine.Result{}, err
		}
		return s.hub.o.Routing.Pull(ctx, c.ID, s.agent, c.Pull.Conversation)
	case c.AddNote != nil:
		return s.addNote(ctx, c.ID, *c.AddNote)
	case c.AskHelp != nil:
		return s.do(ctx, c.ID, c.AskHelp.Conversation, conversation.AskHelp{Agent: s.agent, Communication: c.AskHelp.Communication})
	case c.EndHelp != nil:
		if err := s.has(ctx, c.EndHelp.Conversation); err != nil {
			return engine.Result{}, err
		}
		return s.do(ctx, c.ID, c.EndHelp.Conversation, conversation.EndHelp{By: s.agent})
	case c.SetQueue != nil:
		if !slices.Contains(s.hub.o.Organisation.View().MemberOf(s.agent), c.SetQueue.Queue) {
			return engine.Result{}, errNotMember
		}
		return s.hub.o.Engine.Agent(ctx, s.agent, c.ID, s.actor(), agent.SetQueue{Queue: c.SetQueue.Queue, Join: c.SetQueue.Join})
	}
	return person{s.hub, s.agent}.steer(ctx, c)
}

// transfer moves the agent's interaction to a queue or an agent of the
// organisation.
func (s *socket) transfer(ctx context.Context, cmd id.Command, t protocol.Transfer) (engine.Result, error) {
	if t.Queue != "" && !s.hub.o.Organisation.View().HasQueue(t.Queue) {
		return engine.Result{}, errNoQueue
	}
	if _, known := s.hub.o.Organisation.View().User(t.To); t.To != "" && !known {
		return engine.Result{}, errNoAgent
	}
	move := conversation.Transfer{By: s.agent, Communication: t.Communication, Queue: t.Queue, To: t.To}
	if len(t.Text) > maxNote {
		return engine.Result{}, conversation.ErrTooLong
	}
	if t.Note == "" {
		return s.do(ctx, cmd, t.Conversation, move)
	}
	if !wellFormed(string(t.Note)) {
		return engine.Result{}, errMessageID
	}
	move.Note = t.Note
	return s.do(ctx, cmd, t.Conversation, move, note(t.Note, t.Text))
}

// addNote writes for colleagues. An agent may who has the conversation, or had
// it, and a supervisor of its queue.
func (s *socket) addNote(ctx context.Context, cmd id.Command, n protocol.AddNote) (engine.Result, error) {
	if !wellFormed(string(n.Note)) {
		return engine.Result{}, errMessageID
	}
	if len(n.Text) > maxNote {
		return engine.Result{}, conversation.ErrTooLong
	}
	if s.hub.sees(s, n.Conversation)&theirs == 0 {
		if _, err := (person{s.hub, s.agent}).of(ctx, n.Conversation, org.NoteOther); err != nil {
			return engine.Result{}, conversation.ErrNotConnected
		}
	}
	return s.do(ctx, cmd, n.Conversation, conversation.AddNote{Agent: s.agent, Note: n.Note}, note(n.Note, n.Text))
}

// maxNote is the longest note in bytes.
const maxNote = 16 << 10

func note(n id.Message, text string) engine.Content {
	return engine.Content{Message: n, Body: message.Body{Text: text}, Foreign: true}
}

// has gives conversation.ErrNotConnected unless the agent has the conversation.
func (s *socket) has(ctx context.Context, conv id.Conversation) error {
	if !wellFormed(string(conv)) {
		return conversation.ErrNotStarted
	}
	state, err := s.hub.o.Engine.ConversationState(ctx, conv)
	if err == nil && state.Holder() != s.agent {
		err = conversation.ErrNotConnected
	}
	return err
}

// targets answers where an interaction may go now.
func (h *Hub) targets(w http.ResponseWriter, r *http.Request, _ signedIn) {
	org := h.told.Load().org
	out := protocol.Targets{Queues: []protocol.TargetQueue{}, Agents: []protocol.TargetAgent{}}
	onQueue := map[id.Queue]int{}
	for _, p := range org.Agents {
		state, err := h.o.Engine.AgentState(r.Context(), p.Agent)
		if err != nil {
			h.log.Error("an agent's state cannot be read", "agent", p.Agent, "error", err)
			state = &agent.State{}
		}
		t := protocol.TargetAgent{
			Agent: p.Agent, Name: p.Name, Presence: state.Presence, Routing: state.Routing(), Held: len(state.Reservations),
			Queues: append([]id.Queue{}, p.Queues...),
		}
		if t.Presence == "" {
			t.Presence = agent.Offline
		}
		for _, q := range t.Queues {
			if (t.Routing == agent.Idle || t.Routing == agent.Interacting) && !state.Left[q] {
				onQueue[q]++
			}
		}
		out.Agents = append(out.Agents, t)
	}
	waiting := h.o.Routing.Queues()
	for _, q := range org.Queues {
		t := protocol.TargetQueue{Queue: q.ID, Name: q.Name, Waiting: waiting[q.ID].Waiting, OnQueue: onQueue[q.ID]}
		if since := waiting[q.ID].Longest; !since.IsZero() {
			t.LongestSinceMs = since.UnixMilli()
		}
		out.Queues = append(out.Queues, t)
	}
	answer(w, http.StatusOK, out)
}

// waiting answers what the agent may pull.
func (h *Hub) waiting(w http.ResponseWriter, r *http.Request, who signedIn) {
	told := h.told.Load()
	may := map[id.Queue]bool{}
	for _, q := range told.org.Queues {
		may[q.ID] = q.Manual && slices.Contains(told.view.MemberOf(who.session.Agent), q.ID)
	}
	err := h.o.Index.WaitFor(r.Context(), eventlog.Position{Pos: h.o.Engine.Position()})
	if err != nil {
		h.failed(w, err)
		return
	}
	list, err := h.o.Index.InPhase(conversation.Waiting)
	if err != nil {
		h.failed(w, err)
		return
	}
	out := protocol.Waiting{Conversations: []protocol.Waits{}}
	for _, conv := range list {
		s, err := h.o.Index.ConversationState(conv)
		if err != nil || s.Phase != conversation.Waiting || !may[s.Queue] || (s.For != "" && s.For != who.session.Agent) {
			continue // it was taken a moment ago, or is not this agent's to take
		}
		if len(out.Conversations) == protocol.MaxWaiting {
			out.More = true
			break
		}
		waits := protocol.Waits{
			Conversation: conv, Queue: s.Queue, Channel: s.Channel, SinceMs: s.QueuedAt.UnixMilli(), Priority: s.Priority,
		}
		if p, err := h.o.Engine.ContactProfile(r.Context(), s.Contact); err == nil {
			waits.Contact = cmp.Or(p.Name, p.Handle)
		}
		out.Conversations = append(out.Conversations, waits)
	}
	slices.SortFunc(out.Conversations, func(a, b protocol.Waits) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.SinceMs, b.SinceMs))
	})
	answer(w, http.StatusOK, out)
}
