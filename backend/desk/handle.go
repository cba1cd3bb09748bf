package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// Transfer moves an interaction to a queue, and there to the agent to if it is
// set; with queue "" it stays where it is. The note is for the receiver.
func (d *Desk) Transfer(conv id.Conversation, queue id.Queue, to id.Agent, text string) error {
	text = strings.TrimSpace(text)
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command {
		t := protocol.Transfer{OnLeg: l, Queue: queue, To: to, Text: text}
		if text != "" {
			t.Note = id.Message(id.New())
		}
		return protocol.Command{Transfer: &t}
	})
}

// Park sets a connected interaction aside until a time.
func (d *Desk) Park(conv id.Conversation, until time.Time) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command {
		return protocol.Command{Park: &protocol.Park{OnLeg: l, UntilMs: until.UnixMilli()}}
	})
}

// Resume takes a parked interaction up again, where capacity is free.
func (d *Desk) Resume(conv id.Conversation) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command { return protocol.Command{Unpark: &l} })
}

// Pull takes a waiting conversation out of its queue. It appears when the hub
// has given it.
func (d *Desk) Pull(conv id.Conversation) error {
	return d.give(protocol.Command{Pull: &protocol.Pull{Conversation: conv}}, nil)
}

// Waiting asks the hub what the agent may pull.
func (d *Desk) Waiting(ctx context.Context) (protocol.Waiting, error) {
	return d.opt.Client.Waiting(ctx, d.opt.Token)
}

// AddNote writes for colleagues, in an interaction that this desk has.
func (d *Desk) AddNote(conv id.Conversation, text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return conversation.ErrEmpty
	}
	return d.give(protocol.Command{AddNote: &protocol.AddNote{Conversation: conv, Note: id.Message(id.New()), Text: text}}, nil)
}

// AskHelp calls a supervisor to an interaction, or with needed false says that
// it is no longer needed.
func (d *Desk) AskHelp(conv id.Conversation, needed bool) error {
	err := d.onLeg(conv, func(l protocol.OnLeg) protocol.Command {
		if needed {
			return protocol.Command{AskHelp: &l}
		}
		return protocol.Command{EndHelp: &l}
	})
	if errors.Is(err, errAlready) {
		return nil
	}
	return err
}

// SetQueue joins one of the agent's queues, or leaves it for now.
func (d *Desk) SetQueue(queue id.Queue, join bool) error {
	return d.give(protocol.Command{SetQueue: &protocol.SetQueue{Queue: queue, Join: join}}, nil)
}

// Targets asks the hub where an interaction may be transferred to now. While it
// cannot be reached, the organisation as last known is the answer, with an
// error that says why.
func (d *Desk) Targets(ctx context.Context) (protocol.Targets, error) {
	out, err := d.opt.Client.Targets(ctx, d.opt.Token)
	if err == nil {
		return out, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	out = protocol.Targets{Queues: []protocol.TargetQueue{}, Agents: []protocol.TargetAgent{}}
	for _, q := range d.org.Queues {
		out.Queues = append(out.Queues, protocol.TargetQueue{Queue: q.ID, Name: q.Name})
	}
	for _, p := range d.org.Agents {
		out.Agents = append(out.Agents, protocol.TargetAgent{Agent: p.Agent, Name: p.Name, Queues: p.Queues})
	}
	return out, fmt.Errorf("how busy they are is not known: %w", err)
}

// handling is the hub's decision for a command beyond answering, writing and
// ending.
func (d *Desk) handling(c protocol.Command) conversation.Command {
	me := d.opt.Agent
	switch {
	case c.Transfer != nil:
		return conversation.Transfer{
			By: me, Communication: c.Transfer.Communication, Queue: c.Transfer.Queue, To: c.Transfer.To,
			Note: c.Transfer.Note, Body: message.Ref{Length: len(c.Transfer.Text)},
		}
	case c.Park != nil:
		return conversation.Park{Agent: me, Communication: c.Park.Communication, Until: time.UnixMilli(c.Park.UntilMs).UTC()}
	case c.Unpark != nil:
		return conversation.Unpark{Agent: me, Communication: c.Unpark.Communication}
	case c.AddNote != nil:
		return conversation.AddNote{Agent: me, Note: c.AddNote.Note, Body: message.Ref{Length: len(c.AddNote.Text)}}
	case c.AskHelp != nil:
		return conversation.AskHelp{Agent: me, Communication: c.AskHelp.Communication}
	case c.EndHelp != nil:
		return conversation.EndHelp{By: me}
	}
	return nil
}

// ownCommand is the decision for a command about the agent; nil for others.
func ownCommand(c protocol.Command) agent.Command {
	switch {
	case c.Presence != nil:
		return agent.SetPresence{Presence: agent.Presence(c.Presence.Presence)}
	case c.SetQueue != nil:
		return agent.SetQueue{Queue: c.SetQueue.Queue, Join: c.SetQueue.Join}
	}
	return nil
}

func refusedHandling(c protocol.Command) string {
	switch {
	case c.Transfer != nil && c.Transfer.Text != "":
		return "The interaction could not be transferred with your note \"" + shortened(c.Transfer.Text) + "\""
	case c.Transfer != nil:
		return "The interaction could not be transferred"
	case c.Park != nil:
		return "The interaction could not be parked"
	case c.Pull != nil:
		return "The interaction could not be taken from its queue"
	case c.Unpark != nil:
		return "The interaction could not be taken up again"
	case c.AddNote != nil:
		return "The note was not taken: \"" + shortened(c.AddNote.Text) + "\""
	case c.AskHelp != nil, c.EndHelp != nil:
		return "The call for help was not taken"
	case c.SetQueue != nil:
		return "The queue could not be changed"
	}
	return "Your status could not be changed"
}

// shortened is the beginning of a text, for a notice.
func shortened(text string) string {
	r := []rune(text)
	if len(r) <= 200 {
		return text
	}
	return string(r[:199]) + "…"
}

// myQueues are the queues of which the agent is a member.
func (d *Desk) myQueues(st *agent.State) []MyQueue {
	out := []MyQueue{}
	for _, p := range d.org.Agents {
		if p.Agent != d.opt.Agent {
			continue
		}
		for _, q := range p.Queues {
			out = append(out, MyQueue{Queue: string(q), Name: d.queueName(q), Joined: !st.Left[q]})
		}
	}
	return out
}

// externals is the agent's work outside Parley, oldest first.
func externals(st *agent.State) []External {
	out := []External{}
	for x, e := range st.Externals {
		out = append(out, External{ID: string(x), Media: string(e.Media), SinceMs: ms(e.Since)})
	}
	slices.SortFunc(out, func(a, b External) int { return cmp.Or(cmp.Compare(a.SinceMs, b.SinceMs), cmp.Compare(a.ID, b.ID)) })
	return out
}
