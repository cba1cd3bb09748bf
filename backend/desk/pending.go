package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/protocol"
)

func streamOf(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

// target is the conversation of a command; "" for one about the agent.
func target(c protocol.Command) id.Conversation {
	switch {
	case c.Accept != nil:
		return c.Accept.Conversation
	case c.Decline != nil:
		return c.Decline.Conversation
	case c.Disconnect != nil:
		return c.Disconnect.Conversation
	case c.WrapUp != nil:
		return c.WrapUp.Conversation
	case c.Send != nil:
		return c.Send.Conversation
	case c.MarkRead != nil:
		return c.MarkRead.Conversation
	case c.Confirm != nil:
		return c.Confirm.Conversation
	case c.Transfer != nil:
		return c.Transfer.Conversation
	case c.Park != nil:
		return c.Park.Conversation
	case c.Unpark != nil:
		return c.Unpark.Conversation
	case c.AddNote != nil:
		return c.AddNote.Conversation
	case c.AskHelp != nil:
		return c.AskHelp.Conversation
	case c.EndHelp != nil:
		return c.EndHelp.Conversation
	}
	return ""
}

// entry finds a pending command. d.mu is held.
func (d *Desk) entry(c id.Command) *entry {
	for _, e := range d.entries {
		if e.Command.ID == c {
			return e
		}
	}
	return nil
}

// drop takes an entry off the list. d.mu is held.
func (d *Desk) drop(e *entry) {
	d.entries = slices.DeleteFunc(d.entries, func(o *entry) bool { return o == e })
}

// forget takes an entry off the list and the disk. d.mu is held.
func (d *Desk) forget(e *entry) {
	d.drop(e)
	if err := d.out.remove(e); err != nil {
		d.log.Error("a command that is done could not be removed; it will be sent again and found done", "error", err)
	}
}

// settle ends a command whose commit is here.
func (d *Desk) settle(e *entry) {
	d.forget(e)
	d.touchEntry(e)
	d.pump()
}

// touchEntry tells that the view of an entry's conversation, or of the agent,
// has changed. d.mu is held.
func (d *Desk) touchEntry(e *entry) {
	d.stale()
	conv := target(e.Command)
	if conv == "" {
		return
	}
	switch {
	case e.Command.Send != nil, e.Command.AddNote != nil:
		d.touchPending(conv)
	case e.Command.Confirm != nil:
		if at, err := d.model.Place(conv, e.Command.Confirm.Message); err == nil {
			d.touch(conv, at)
		}
	}
	d.refreshCard(conv)
}

// onAck notes that the hub has the command for good. Its effect is forecast
// until the commit is here.
func (d *Desk) onAck(a *protocol.Ack) {
	e := d.entry(a.ID)
	if e == nil {
		return
	}
	if err := d.out.remove(e); err != nil {
		d.log.Error("a command that is done could not be removed; it will be sent again and found done", "error", err)
	}
	e.inflight, e.durable, e.acked = false, false, a
	d.settleAcked()
	d.touchEntry(e)
	d.pump()
}

// onNack notes that the hub refused the command.
func (d *Desk) onNack(n *protocol.Nack) {
	e := d.entry(n.ID)
	if e == nil {
		d.log.Warn("the hub refused what this desk does not wait for", "code", n.Code, "command", string(n.ID))
		return
	}
	e.inflight = false
	if n.Retry {
		d.later(e)
		return
	}
	d.fail(e, n.Problem)
	d.pump()
}

// later tries a command again after a while that grows.
func (d *Desk) later(e *entry) {
	e.retryAt = d.now().Add(min(time.Second<<min(e.tries, 5), longWait))
	e.tries++
	d.touchEntry(e)
	d.wakeDeadlines()
}

// fail ends a command that was refused. A message stays, with its text and the
// reason, until the agent sends it again or takes it back.
func (d *Desk) fail(e *entry, p protocol.Problem) {
	d.log.Info("a command was refused", "code", p.Code, "command", string(e.Command.ID))
	if e.Command.Send == nil {
		d.forget(e)
		if e.Command.MarkRead == nil {
			d.notify("error", string(target(e.Command)), refusedWords(e.Command)+": "+p.Message)
		}
		d.touchEntry(e)
		return
	}
	e.Failed = &p
	if err := d.out.put(e); err != nil {
		d.log.Error("a refused message could not be marked so; it will be tried again", "error", err)
	}
	if d.cards[target(e.Command)] == nil {
		d.notify("error", "", "A message could not be sent, and its interaction is no longer on this desk: "+p.Message)
	}
	d.touchEntry(e)
}

func refusedWords(c protocol.Command) string {
	switch {
	case c.Accept != nil:
		return "The interaction could not be answered"
	case c.Decline != nil:
		return "The interaction could not be declined"
	case c.Disconnect != nil:
		return "The interaction could not be ended"
	case c.Confirm != nil:
		return "The hub did not take your word for a message"
	case c.WrapUp != nil:
		return "The wrap-up code was not taken"
	}
	return refusedHandling(c)
}

// pump hands the hub what may go now: of each conversation the oldest command,
// when no other of it is on its way. d.mu is held.
func (d *Desk) pump() {
	if d.conn == nil || d.closed {
		return
	}
	waits := map[id.Conversation]bool{}
	for _, e := range slices.Clone(d.entries) {
		lane := target(e.Command)
		if waits[lane] || e.Failed != nil || e.acked != nil {
			continue
		}
		waits[lane] = true
		switch {
		case e.inflight, e.busy:
		case d.now().Before(e.retryAt):
			d.wakeDeadlines()
		case len(e.Files) > 0:
			e.busy = true
			d.done.Go(func() { d.uploadFiles(e) })
		default:
			d.write(e)
		}
	}
}

// write puts one command on the socket.
func (d *Desk) write(e *entry) {
	if err := d.out.markTried(e); err != nil {
		d.log.Error("a command waits, as the outbox cannot be written", "error", err)
		d.later(e)
		return
	}
	if err := d.conn.send(protocol.ToHub{Command: &e.Command}); err != nil {
		d.fail(e, protocol.Problem{Code: "malformed", Message: "this desk cannot put the command into words"})
		return
	}
	e.inflight = true
	d.touchEntry(e)
}

// uploadFiles hands the hub the files of a message, one after the other, each
// noted in the outbox when the hub has it.
func (d *Desk) uploadFiles(e *entry) {
	for {
		d.mu.Lock()
		if d.entry(e.Command.ID) != e || len(e.Files) == 0 {
			e.busy = false
			d.pump()
			d.mu.Unlock()
			return
		}
		next := e.Files[0]
		d.mu.Unlock()
		err := d.uploadOne(e, next)
		if err == nil {
			continue
		}
		d.mu.Lock()
		e.busy = false
		var p protocol.Problem
		if d.entry(e.Command.ID) == e && !errors.Is(err, context.Canceled) {
			switch {
			case errors.As(err, &p) && !p.Retry && !errors.Is(err, ErrSignedOut):
				d.fail(e, p)
			case errors.Is(err, ErrNoFile), errors.Is(err, errSealed):
				d.fail(e, protocol.Problem{Code: "file_lost", Message: fmt.Sprintf("the file %q is damaged or gone from this computer", next.Name)})
			default:
				d.later(e)
			}
			d.pump()
		}
		d.mu.Unlock()
		return
	}
}

func (d *Desk) uploadOne(e *entry, f Staged) error {
	data, err := d.out.readStaged(f.ID)
	if err != nil {
		return err
	}
	a, err := d.opt.Client.upload(d.ctx, d.opt.Token, f.Name, f.MIME, data)
	if err != nil {
		return err
	}
	if err := d.file.put(a.ID, data); err != nil {
		d.log.Warn("a sent file is not kept here", "error", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.entry(e.Command.ID) != e {
		return nil // withdrawn meanwhile
	}
	// Of a copy, as the view may hold the lists as they were.
	send := *e.Command.Send
	send.Body.Attachments = append(slices.Clip(send.Body.Attachments), a)
	e.Command.Send = &send
	e.Files = slices.Clone(e.Files[1:])
	if err := d.out.put(e); err != nil {
		return err
	}
	if err := d.out.unstage(f.ID); err != nil {
		d.log.Warn("a sent file could not be removed from the outbox", "error", err)
	}
	d.touchEntry(e)
	return nil
}

// deadlineLoop lets typing run out and tries commands again in time.
func (d *Desk) deadlineLoop() {
	for {
		var timer <-chan time.Time
		stop := func() {}
		if at := d.nextDeadline(); !at.IsZero() {
			timer, stop = d.opt.Clock.At(at)
		}
		select {
		case <-d.ctx.Done():
			stop()
			return
		case <-timer:
		case <-d.tick:
		}
		stop()
		d.deadlines()
	}
}

// nextDeadline is when deadlines has something to do; zero when it has not.
func (d *Desk) nextDeadline() (next time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	consider := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, until := range d.typing {
		consider(until)
	}
	if d.conn != nil {
		now := d.now()
		for _, e := range d.entries {
			if !e.inflight && !e.busy && e.retryAt.After(now) {
				consider(e.retryAt)
			}
		}
	}
	return next
}

// deadlines does what is due.
func (d *Desk) deadlines() {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	for conv, until := range d.typing {
		if !now.Before(until) {
			delete(d.typing, conv)
			d.stale()
		}
	}
	d.pump()
}

// wakeDeadlines makes deadlineLoop look again. d.mu may be held.
func (d *Desk) wakeDeadlines() {
	select {
	case d.tick <- struct{}{}:
	default:
	}
}
