package channels

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// The kinds of journal.
const (
	sending  = "send"
	fetching = "fetch"
)

// outgoing is a message on its way to the platform.
type outgoing struct {
	h       *Hub
	a       *account
	conv    id.Conversation
	contact id.Contact
	rev     uint64    // of the commit that took it on
	at      time.Time // of that commit
	event   conversation.MessageSent
}

// outgoingOf finds the commit that took a message on.
func (h *Hub) outgoingOf(ctx context.Context, a *account, st *conversation.State, m id.Message) (outgoing, error) {
	for c, err := range h.o.Engine.Read(ctx, streamOf(st.ID), 0) {
		if err != nil {
			return outgoing{}, err
		}
		for _, e := range c.Events {
			if sent, ok := conversation.Decode(e).(conversation.MessageSent); ok && sent.Message == m {
				return outgoing{h: h, a: a, conv: st.ID, contact: st.Contact, rev: c.Rev, at: c.At, event: sent}, nil
			}
		}
	}
	return outgoing{}, fmt.Errorf("message %s: %w", m, eventlog.ErrNotFound)
}

// send sends the message and records what came of it. It is false if the hub
// ends first: the journal then says how far it came.
func (o outgoing) send(ctx context.Context) bool {
	h := o.h
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		done, err := o.try(ctx)
		if err == nil {
			return done
		}
		if ctx.Err() != nil {
			return false
		}
		h.log.Error("a message could not be worked on and waits", "conversation", o.conv, "message", o.event.Message, "retry_in", wait, "error", err)
		if pause(ctx, wait) != nil {
			return false
		}
	}
}

// try does it once. An error is of the hub's own disk or log.
func (o outgoing) try(ctx context.Context) (bool, error) {
	st, err := o.h.o.Engine.ConversationState(ctx, o.conv)
	if err != nil {
		return false, err
	}
	if st.Outstanding[o.event.Message] != message.Sending {
		return true, nil // a status was quicker, or it was sent before
	}
	path := journalPath(o.h.o.Dir, sending, o.event.Message)
	j, err := o.h.keys.openJournal(path, taskRecord{Conversation: o.conv, Message: o.event.Message, Kind: o.a.Kind, Account: o.a.ID})
	if err != nil {
		if j != nil {
			j.leave()
		}
		return false, err
	}
	task, err := o.task(ctx)
	receipt := channel.Receipt{State: message.Failed, Reason: "what the message said was erased before it was sent"}
	if err == nil {
		receipt, err = o.h.perform(ctx, o.a, task, j)
	} else if errors.Is(err, eventlog.ErrNotFound) {
		err = nil
	}
	if errors.Is(err, channel.ErrUnsupported) || errors.Is(err, errNoCall) {
		receipt, err = channel.Receipt{State: message.Failed, Reason: "this channel cannot send such a message"}, nil
	}
	if err != nil {
		j.leave()
		return false, err
	}
	if !o.record(ctx, receipt) {
		j.leave()
		return false, ctx.Err()
	}
	if receipt.State == message.Unknown && o.a.profile.Capabilities.Reconciles {
		o.h.work.Go(func() { o.reconcile(ctx, j) })
		return true, nil
	}
	return true, j.remove()
}

// task is the message as its connector takes it.
func (o outgoing) task(ctx context.Context) (channel.SendMessage, error) {
	h := o.h
	body, err := h.o.Engine.Body(ctx, o.conv, o.event.Message)
	if err != nil {
		return channel.SendMessage{}, err
	}
	before, err := o.before(ctx)
	if err != nil {
		return channel.SendMessage{}, err
	}
	profile, err := h.o.Engine.ContactProfile(ctx, o.contact)
	if err != nil {
		return channel.SendMessage{}, err
	}
	if profile.Address == "" {
		return channel.SendMessage{}, fmt.Errorf("the contact's address: %w", eventlog.ErrNotFound)
	}
	t := channel.SendMessage{
		Message: o.event.Message, To: profile.Address, Body: body, FileURL: map[id.Attachment]string{},
		At: o.at, Automatic: o.event.Auto != "", Facts: before.Facts(),
	}
	t.Facts.OptedOut = t.Facts.OptedOut || profile.OptedOut
	if o.event.Agent != "" && h.o.AgentName != nil {
		t.From = h.o.AgentName(o.event.Agent)
	}
	for _, a := range body.Attachments {
		if t.FileURL[a.ID], err = h.FileURL(a); err != nil {
			return t, err
		}
	}
	if body.ReplyTo != "" {
		if answered, err := h.o.Engine.Body(ctx, o.conv, body.ReplyTo); err == nil {
			t.ReplyTo = answered.PlatformID
		}
	}
	return t, nil
}

// before is the conversation as it was before the message: the policy's facts.
func (o outgoing) before(ctx context.Context) (*conversation.State, error) {
	s := &conversation.State{}
	for c, err := range o.h.o.Engine.Read(ctx, streamOf(o.conv), 0) {
		if err != nil {
			return nil, err
		}
		if c.Rev >= o.rev {
			break
		}
		if err := s.Apply(c); err != nil {
			return nil, err
		}
	}
	return s, ctx.Err()
}

// record writes a receipt into the log, and tries until it is there; false if
// the hub ends first.
func (o outgoing) record(ctx context.Context, r channel.Receipt) bool {
	m := o.event.Message
	if r.Code != "" || r.State == message.Failed {
		o.h.log.Info("a message was not delivered as usual", "conversation", o.conv, "message", m, "receipt", r)
	}
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := error(nil)
		if o.a != nil {
			err = o.h.name(ctx, o.a, o.conv, m, r.PlatformIDs, len(r.PlatformIDs))
		}
		if err == nil {
			err = o.h.deliver(ctx, o.conv, conversation.Deliver{Message: m, State: r.State, Reason: r.Reason})
		}
		if err == nil && r.Rule == channel.RuleOptedOut {
			err = o.optOut(ctx)
		}
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			o.h.log.Error("what became of a message is not recorded yet", "conversation", o.conv, "message", m, "retry_in", wait, "error", err)
		}
		if pause(ctx, wait) != nil {
			return false
		}
	}
}

// optOut notes what the platform knew and the hub did not.
func (o outgoing) optOut(ctx context.Context) error {
	p, err := o.h.o.Engine.ContactProfile(ctx, o.contact)
	if err != nil || p.Address == "" {
		return err
	}
	t := o.h.enter(o.a, p.Address)
	defer o.h.leave(t)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := o.h.load(ctx, t); err != nil {
		return err
	}
	return o.h.consented(ctx, t, true, time.Time{})
}

// asks are when the platform is asked about a message whose delivery is unknown,
// each counted from the one before.
var asks = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}

// reconcile asks the platform whether it took the message, until it says so, an
// echo or a status does, or there is no more use in asking.
func (o outgoing) reconcile(ctx context.Context, j *journal) {
	made := o.made(ctx, j)
	var known []string
	for _, wait := range asks {
		if pause(ctx, o.h.sooner(wait)) != nil {
			j.leave()
			return
		}
		st, err := o.h.o.Engine.ConversationState(ctx, o.conv)
		if err != nil || st.Outstanding[o.event.Message] != message.Unknown {
			break
		}
		task, err := o.task(ctx)
		if err != nil {
			break
		}
		r, err := o.ask(ctx, task, made, &known)
		if ctx.Err() != nil {
			j.leave()
			return
		}
		if err != nil || r.State == message.Unknown {
			continue
		}
		if !o.record(ctx, r) {
			j.leave()
			return
		}
		break
	}
	if err := j.remove(); err != nil {
		o.h.log.Error("a journal cannot be removed", "error", err)
	}
}

// sooner shortens waits in demos, where somebody watches.
func (h *Hub) sooner(d time.Duration) time.Duration {
	if h.o.Demo {
		return d / 20
	}
	return d
}

// made are the parts that are known to have gone out.
func (o outgoing) made(ctx context.Context, j *journal) []string {
	task, err := o.task(ctx)
	if err != nil {
		return nil
	}
	step, err := o.a.connector.Next(o.a.Account, task, j.done, o.h.now())
	if err != nil || step.Done == nil {
		return nil
	}
	return step.Done.PlatformIDs
}

// maxKnown bounds how many messages that look alike are set aside.
const maxKnown = 20

// ask asks once. What the platform names and is another message's is known from
// then on, and it is asked again without it.
func (o outgoing) ask(ctx context.Context, task channel.SendMessage, made []string, known *[]string) (channel.Receipt, error) {
	for {
		r, err := o.h.perform(ctx, o.a, channel.Reconcile{Sent: task, Made: made, Known: *known}, nil)
		if err != nil || r.State == message.Unknown {
			return r, err
		}
		others := 0
		for _, n := range r.PlatformIDs {
			p, found, err := o.h.placeOf(ctx, o.a, n)
			if err != nil {
				return r, err
			}
			if found && p.message != o.event.Message && !slices.Contains(*known, n) {
				*known = append(*known, n)
				others++
			}
		}
		switch {
		case others == 0:
			return r, nil
		case len(*known) > maxKnown:
			return channel.Receipt{State: message.Unknown}, nil
		}
	}
}

// Typing shows a conversation's contact that an agent types, if the channel can.
// It returns at once, and may be lost.
func (h *Hub) Typing(conv id.Conversation, agent string) {
	h.work.Go(func() {
		st, err := h.o.Engine.ConversationState(h.ctx, conv)
		if err != nil || st.Channel == channel.Web {
			return
		}
		a := h.accounts[accountKey{st.Channel, st.Account}]
		if a == nil || !a.profile.Capabilities.TypingOut {
			return
		}
		h.show(a, conv, func(to, last string) channel.Task {
			return channel.SendTyping{To: to, From: agent, At: h.now(), LastInbound: last}
		})
	})
}

// show does a task that can be lost: not while the account waits.
func (h *Hub) show(a *account, conv id.Conversation, task func(to, last string) channel.Task) {
	if !a.lane.free() {
		return
	}
	h.work.Go(func() {
		st, err := h.o.Engine.ConversationState(h.ctx, conv)
		if err != nil {
			return
		}
		p, err := h.o.Engine.ContactProfile(h.ctx, st.Contact)
		if err != nil || p.Address == "" {
			return
		}
		last, err := h.lastInbound(conv)
		if err != nil {
			return
		}
		if r, err := h.perform(h.ctx, a, task(p.Address, last), nil); err == nil && r.State == message.Failed {
			h.log.Debug("a sign was not shown", "channel", a.Kind, "account", a.ID, "receipt", r)
		}
	})
}

// lastInbound is the platform's name of the contact's last message.
func (h *Hub) lastInbound(conv id.Conversation) (string, error) {
	var last id.Message
	for c, err := range h.o.Engine.Read(h.ctx, streamOf(conv), 0) {
		if err != nil {
			return "", err
		}
		for _, e := range c.Events {
			if e.Type == "message_received" {
				if m, ok := conversation.Decode(e).(conversation.MessageReceived); ok {
					last = m.Message
				}
			}
		}
	}
	if last == "" {
		return "", nil
	}
	body, err := h.o.Engine.Body(h.ctx, conv, last)
	return body.PlatformID, err
}
