package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/message/segment"
	"parley/backend/protocol"
)

// SetPresence changes the agent's presence; on_queue also returns from not
// responding. A change that still waits is replaced.
func (d *Desk) SetPresence(presence string) error {
	if !slices.Contains(agent.Presences(), agent.Presence(presence)) {
		return fmt.Errorf("%w: %q", agent.ErrUnknownPresence, presence)
	}
	return d.give(protocol.Command{Presence: &protocol.SetPresence{Presence: presence}}, nil)
}

// Answer accepts an alerting interaction.
func (d *Desk) Answer(conv id.Conversation) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command { return protocol.Command{Accept: &l} })
}

// Decline refuses one.
func (d *Desk) Decline(conv id.Conversation) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command { return protocol.Command{Decline: &l} })
}

// End disconnects a connected interaction.
func (d *Desk) End(conv id.Conversation) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command { return protocol.Command{Disconnect: &l} })
}

// WrapUp gives the wrap-up code and completes after-call work.
func (d *Desk) WrapUp(conv id.Conversation, code string) error {
	return d.onLeg(conv, func(l protocol.OnLeg) protocol.Command {
		return protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: l, Code: code}}
	})
}

func (d *Desk) onLeg(conv id.Conversation, make func(protocol.OnLeg) protocol.Command) error {
	d.mu.Lock()
	st, err := d.forecast(conv)
	d.mu.Unlock()
	if err != nil {
		return err
	}
	leg := st.Leg
	if own := st.Wraps(d.opt.Agent); own != nil && st.Holder() != d.opt.Agent {
		leg = own
	}
	if leg == nil {
		return conversation.ErrNotConnected
	}
	return d.give(make(protocol.OnLeg{Conversation: conv, Communication: leg.Communication}), nil)
}

// Send sends a message with staged files. When it returns nil the message is
// durable and will be sent, now or when the hub can be reached. The ID is the
// message's and stays.
func (d *Desk) Send(conv id.Conversation, text string, files []Staged) (id.Message, error) {
	m := id.Message(id.New())
	return m, d.send(id.Command(id.New()), m, conv, text, files)
}

// SendOnce is Send for who may ask again after a restart: the same key is the
// same command and message for good, so the hub takes it on once. OnceID tells
// the message's ID beforehand.
func (d *Desk) SendOnce(key string, conv id.Conversation, text string) error {
	sum := sha256.Sum256([]byte("command " + key))
	return d.send(id.Command(hex.EncodeToString(sum[:16])), OnceID(key), conv, text, nil)
}

// OnceID is the ID of the message that SendOnce sends under a key.
func OnceID(key string) id.Message {
	sum := sha256.Sum256([]byte("message " + key))
	return id.Message(hex.EncodeToString(sum[:16]))
}

func (d *Desk) send(c id.Command, m id.Message, conv id.Conversation, text string, files []Staged) error {
	if len(text) > maxText {
		return fmt.Errorf("%w: %d bytes", conversation.ErrTooLong, len(text))
	}
	for _, f := range files {
		if _, err := d.out.readStaged(f.ID); err != nil {
			return fmt.Errorf("send %q: %w", f.Name, err)
		}
	}
	send := protocol.Send{Conversation: conv, Message: m, Body: message.Body{Text: strings.TrimRight(text, " \t\r\n")}}
	return d.give(protocol.Command{ID: c, Send: &send}, files)
}

// maxText is the longest text in bytes that fits into a frame in any case.
const maxText = 128 << 10

// MarkRead tells that the agent has seen the first inbound messages.
func (d *Desk) MarkRead(conv id.Conversation, inbound int) error {
	err := d.give(protocol.Command{MarkRead: &protocol.MarkRead{Conversation: conv, Inbound: inbound}}, nil)
	if errors.Is(err, errAlready) {
		return nil
	}
	return err
}

// Confirm gives the agent's word that a message arrived whose delivery is unknown.
func (d *Desk) Confirm(conv id.Conversation, m id.Message) error {
	err := d.give(protocol.Command{Confirm: &protocol.Confirm{Conversation: conv, Message: m}}, nil)
	if errors.Is(err, errAlready) {
		return nil
	}
	return err
}

// errAlready: the command is true already.
var errAlready = errors.New("already so")

// give checks a command against the forecast, makes it durable, shows it and
// sends it when it can.
func (d *Desk) give(cmd protocol.Command, files []Staged) error {
	d.commands.Lock()
	defer d.commands.Unlock()
	if cmd.ID == "" {
		cmd.ID = id.Command(id.New())
	}
	cmd.AtMs = ms(d.now())
	e := &entry{Command: cmd, Files: slices.Clone(files)}

	d.mu.Lock()
	err := d.permitted(e)
	e.Seq = d.nextSeq
	d.nextSeq++
	d.mu.Unlock()
	if err != nil {
		return err
	}
	if cmd.MarkRead == nil { // a lost read mark is made again by looking
		if err := d.out.put(e); err != nil {
			return err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.supersede(e)
	d.entries = append(d.entries, e)
	d.touchEntry(e)
	d.pump()
	return nil
}

// permitted says why the forecast does not allow a command. d.mu is held.
func (d *Desk) permitted(e *entry) error {
	if d.closed {
		return ErrClosed
	}
	if d.entry(e.Command.ID) != nil {
		return errAlready
	}
	conv := target(e.Command)
	if conv == "" {
		return nil
	}
	st, err := d.forecast(conv)
	if err != nil {
		return err
	}
	events, err := conversation.Decide(st, d.domain(e), d.env(st))
	if err != nil {
		return err
	}
	if len(events) == 0 {
		return errAlready
	}
	return nil
}

// supersede takes back waiting commands that a newer one makes pointless.
func (d *Desk) supersede(newer *entry) {
	for _, e := range slices.Clone(d.entries) {
		presence := e.Command.Presence != nil && newer.Command.Presence != nil
		read := e.Command.MarkRead != nil && newer.Command.MarkRead != nil && target(e.Command) == target(newer.Command)
		if (presence || read) && !e.inflight && !e.tried && e.acked == nil {
			d.forget(e)
		}
	}
}

// domain is the decision that the hub will make for a command.
func (d *Desk) domain(e *entry) conversation.Command {
	me := d.opt.Agent
	switch c := e.Command; {
	case c.Accept != nil:
		return conversation.Accept{Agent: me, Communication: c.Accept.Communication}
	case c.Decline != nil:
		return conversation.Decline{Agent: me, Communication: c.Decline.Communication}
	case c.Disconnect != nil:
		return conversation.Disconnect{Agent: me, Communication: c.Disconnect.Communication}
	case c.WrapUp != nil:
		return conversation.WrapUp{Agent: me, Communication: c.WrapUp.Communication, Code: c.WrapUp.Code}
	case c.MarkRead != nil:
		return conversation.MarkRead{Agent: me, Inbound: c.MarkRead.Inbound}
	case c.Confirm != nil:
		return conversation.Confirm{Agent: me, Message: c.Confirm.Message}
	case c.Send != nil:
		ref := message.Ref{Length: len(c.Send.Body.Text)}
		for _, a := range c.Send.Body.Attachments {
			ref.Files = append(ref.Files, message.File{ID: a.ID, Size: a.Size})
		}
		for _, f := range e.Files {
			ref.Files = append(ref.Files, message.File{ID: id.Attachment(f.ID), Size: f.Size})
		}
		chars, parts := len([]rune(c.Send.Body.Text)), segment.Of(c.Send.Body.Text).Segments
		return conversation.Send{Agent: me, Message: c.Send.Message, Body: ref, Chars: chars, Segments: parts}
	}
	return d.handling(e.Command)
}

// env is what the desk knows for decisions about a conversation. d.mu is held.
func (d *Desk) env(st *conversation.State) conversation.Env {
	p := limits(d.org, st.Channel)
	env := conversation.Env{Now: d.now().Add(time.Duration(d.link.SkewMs) * time.Millisecond), Policy: p.Policy, Limits: p.Capabilities}
	for _, q := range d.org.Queues {
		if q.ID != st.Queue {
			continue
		}
		env.Settings = conversation.Settings{
			AlertTimeout: time.Duration(q.AlertTimeoutMs) * time.Millisecond, AutoAnswer: q.AutoAnswer,
			WrapUp: q.WrapUp, ACWTimeout: time.Duration(q.ACWTimeoutMs) * time.Millisecond, DefaultCode: q.DefaultCode,
			ACWOptional: q.ACWOptional, Manual: q.Manual,
			Inactivity: time.Duration(q.InactivityMs) * time.Millisecond, InactiveRequeue: q.InactiveRequeue,
		}
		for _, c := range q.Codes {
			env.Settings.Codes = append(env.Settings.Codes, c.ID)
		}
	}
	return env
}

// forecast is a conversation's state as it will be when its pending commands
// are done. d.mu is held.
func (d *Desk) forecast(conv id.Conversation) (*conversation.State, error) {
	st, err := d.model.ConversationState(conv)
	if err != nil {
		return nil, d.unreadable(err)
	}
	for _, e := range d.entries {
		if target(e.Command) != conv || e.Failed != nil {
			continue
		}
		at := time.UnixMilli(e.Command.AtMs).UTC()
		env := d.env(st)
		env.Now = at
		events, err := conversation.Decide(st, d.domain(e), env)
		if err != nil {
			continue // the hub's answer will say so
		}
		for _, ev := range events {
			st.Record(ev, at)
		}
	}
	return st, nil
}

// me is the agent's state as it will be. d.mu is held.
func (d *Desk) me() (*agent.State, error) {
	st, err := d.model.AgentState(d.opt.Agent)
	if err != nil {
		return nil, d.unreadable(err)
	}
	for _, e := range d.entries {
		own := ownCommand(e.Command)
		if own == nil || e.Failed != nil {
			continue
		}
		at := time.UnixMilli(e.Command.AtMs).UTC()
		events, err := agent.Decide(st, own, agent.Env{Now: at})
		if err != nil {
			continue
		}
		for _, ev := range events {
			st.Record(ev, at)
		}
	}
	return st, nil
}

// Typing tells the hub that the agent types. It is losable and told at most
// every three seconds.
func (d *Desk) Typing(conv id.Conversation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if d.conn == nil || now.Sub(d.typed[conv]) < 3*time.Second {
		return
	}
	d.typed[conv] = now
	if err := d.conn.send(protocol.ToHub{Typing: &protocol.Typing{Conversation: conv}}); err != nil {
		d.log.Error("typing could not be told", "error", err)
	}
}

// Retry sends a refused message again, under the same ID.
func (d *Desk) Retry(c id.Command) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entry(c)
	if e == nil || e.Failed == nil {
		return ErrNoCommand
	}
	failed := e.Failed
	e.Failed, e.tries, e.retryAt = nil, 0, time.Time{}
	if err := d.out.put(e); err != nil {
		e.Failed = failed
		return err
	}
	d.touchEntry(e)
	d.pump()
	return nil
}

// Edit changes the text of a message that has not left or was refused. A
// refused one is sent again with it.
func (d *Desk) Edit(c id.Command, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, err := d.unsent(c)
	if err != nil {
		return err
	}
	text = strings.TrimRight(text, " \t\r\n")
	if text == "" && len(e.Files) == 0 && len(e.Command.Send.Body.Attachments) == 0 {
		return conversation.ErrEmpty
	}
	if len(text) > maxText {
		return fmt.Errorf("%w: %d bytes", conversation.ErrTooLong, len(text))
	}
	old, failed := e.Command.Send, e.Failed
	send := *old
	send.Body.Text = text
	e.Command.Send, e.Failed = &send, nil
	if err := d.out.put(e); err != nil {
		e.Command.Send, e.Failed = old, failed
		return err
	}
	d.touchEntry(e)
	d.pump()
	return nil
}

// unsent finds a message that surely is not at the hub. d.mu is held.
func (d *Desk) unsent(c id.Command) (*entry, error) {
	e := d.entry(c)
	if e == nil || e.Command.Send == nil {
		return nil, ErrNoCommand
	}
	if e.Failed == nil && (e.tried || e.acked != nil) {
		return nil, ErrLeft
	}
	return e, nil
}
