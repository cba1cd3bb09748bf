package channels

import (
	"context"
	"errors"
	"strconv"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
)

// deliver records how far a message has come.
func (h *Hub) deliver(ctx context.Context, conv id.Conversation, c conversation.Deliver) error {
	cmd := engine.FollowUp("deliver", string(c.State), string(c.Message))
	if c.Part > 0 {
		cmd = engine.FollowUp("deliver", string(c.State), string(c.Message), strconv.Itoa(c.Part))
	}
	if c.State != message.Failed && c.State != message.Unknown {
		c.Reason = ""
	}
	_, err := h.o.Engine.Conversation(ctx, conv, cmd, "hub", c)
	if errors.Is(err, conversation.ErrNotStarted) {
		return nil
	}
	return err
}

// settles is how long a report waits for the call that it is about: platforms
// report faster than they answer.
const settles = 5 * time.Second

// lookBack is how many lines of how many conversations a watermark reaches.
const (
	lookBack  = 400
	lookConvs = 3
)

// reported takes a status of our messages on.
func (h *Hub) reported(ctx context.Context, t *thread, ev channel.DeliveryReported) error {
	if ev.Rule == channel.RuleOptedOut {
		t.mu.Lock()
		err := h.load(ctx, t)
		if err == nil {
			err = h.consented(ctx, t, true, ev.At)
		}
		t.mu.Unlock()
		if err != nil {
			return err
		}
	}
	if ev.PlatformID == "" && ev.Message == "" {
		return h.upTo(ctx, t, ev, ev.Until)
	}
	p, found, err := h.ours(ctx, t, ev.Message, ev.PlatformID)
	if err == nil && !found {
		t.account.lane.settled(ctx, t.contact, settles)
		p, found, err = h.ours(ctx, t, ev.Message, ev.PlatformID)
	}
	if err != nil {
		return err
	}
	if !found {
		h.skip(t.account.Kind, "status", "of a message that is not ours")
		return nil
	}
	if err := h.deliver(ctx, p.conv, conversation.Deliver{Message: p.message, State: ev.State, Reason: ev.Reason, Part: p.part}); err != nil {
		return err
	}
	if !ev.Earlier {
		return nil
	}
	at, err := h.sentAt(p)
	if err != nil {
		return err
	}
	return h.upTo(ctx, t, ev, at)
}

// ours finds a message of ours by our own name or the platform's.
func (h *Hub) ours(ctx context.Context, t *thread, m id.Message, platformID string) (place, bool, error) {
	p, found, err := h.placeOf(ctx, t.account, platformID)
	if err != nil || found || m == "" {
		return p, found, err
	}
	if conv, open := t.account.lane.conversationOf(m); open {
		return place{conv: conv, message: m}, true, nil
	}
	list, err := h.conversations(ctx, t, lookConvs)
	if err != nil {
		return p, false, err
	}
	for _, conv := range list {
		_, err := h.o.Model.Place(conv, m)
		switch {
		case err == nil:
			return place{conv: conv, message: m}, true, nil
		case !errors.Is(err, readmodel.ErrNotFound):
			return p, false, err
		}
	}
	return p, false, nil
}

// sentAt is when the hub took a message on.
func (h *Hub) sentAt(p place) (time.Time, error) {
	at, err := h.o.Model.Place(p.conv, p.message)
	if errors.Is(err, readmodel.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	items, _, err := h.o.Model.Transcript(p.conv, at, 1)
	if err != nil || len(items) == 0 {
		return time.Time{}, err
	}
	return items[0].At, nil
}

// upTo records a state of everything that was sent to a contact until a time.
func (h *Hub) upTo(ctx context.Context, t *thread, ev channel.DeliveryReported, until time.Time) error {
	list, err := h.conversations(ctx, t, lookConvs)
	if err != nil {
		return err
	}
	for _, conv := range list {
		_, total, err := h.o.Model.Transcript(conv, 0, 0)
		if err != nil {
			return err
		}
		items, _, err := h.o.Model.Transcript(conv, max(0, total-lookBack), lookBack)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.Direction != message.Outbound || it.At.After(until) || it.Delivery == message.Failed || it.Delivery == ev.State || it.Delivery == message.Read {
				continue
			}
			if err := h.deliver(ctx, conv, conversation.Deliver{Message: it.Message, State: ev.State, Reason: ev.Reason}); err != nil {
				return err
			}
		}
	}
	return nil
}

// echoed takes a message of the company on, as the platform saw it: it settles
// one of ours, or was written by somebody in another app.
func (h *Hub) echoed(ctx context.Context, t *thread, ev channel.Echoed) error {
	p, found, err := h.ours(ctx, t, ev.Message, ev.PlatformID)
	if err == nil && !found {
		t.account.lane.settled(ctx, t.contact, settles)
		p, found, err = h.ours(ctx, t, ev.Message, ev.PlatformID)
	}
	if err != nil {
		return err
	}
	if found {
		if ev.PlatformID != "" && p.of == 0 { // found by our own name: reports may come by theirs
			if err := h.name(ctx, t.account, p.conv, p.message, []string{ev.PlatformID}, 1); err != nil {
				return err
			}
		}
		return h.deliver(ctx, p.conv, conversation.Deliver{Message: p.message, State: message.Sent})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := h.load(ctx, t); err != nil {
		return err
	}
	live, err := h.live(ctx, t)
	if err != nil {
		return err
	}
	st, err := h.o.Engine.ConversationState(ctx, t.conv)
	if err != nil {
		return err
	}
	for _, state := range st.Outstanding {
		if state == message.Unknown && ev.Message == "" {
			h.skip(t.account.Kind, "echo", "perhaps of a message whose delivery is unknown, which is asked for")
			return nil
		}
	}
	if !live || ev.PlatformID == "" || (ev.Body.Empty() && len(ev.Media) == 0) {
		h.skip(t.account.Kind, "echo", "the company wrote elsewhere, and no conversation is open")
		return nil
	}
	return h.wroteElsewhere(ctx, t, ev)
}

// Elsewhere marks messages of the company that came from another app: they are
// in the transcript, and nobody sends them.
const Elsewhere = "elsewhere"

func (h *Hub) wroteElsewhere(ctx context.Context, t *thread, ev channel.Echoed) error {
	cmd := h.keys.commandOf("elsewhere", t.account.Kind, t.account.ID, ev.PlatformID)
	if _, done, err := h.executed(ctx, cmd); err != nil || done {
		return err
	}
	body := ev.Body
	if body.Text == "" {
		body.Text = "[a file]"
	}
	m := id.Message(id.New())
	_, err := h.do(ctx, t, t.conv, cmd, conversation.SendAuto{Kind: Elsewhere, Message: m}, engine.Content{Message: m, Body: body})
	if err != nil {
		return err
	}
	if err := h.name(ctx, t.account, t.conv, m, []string{ev.PlatformID}, 1); err != nil {
		return err
	}
	return h.deliver(ctx, t.conv, conversation.Deliver{Message: m, State: message.Sent})
}

// name records the platform's names of a message's parts, of which there are
// that many.
func (h *Hub) name(ctx context.Context, a *account, conv id.Conversation, m id.Message, names []string, of int) error {
	for i, n := range names {
		if n == "" {
			continue
		}
		_, err := h.o.Engine.Conversation(ctx, conv, h.outCommand(a, n), "hub", conversation.Name{Message: m, Part: i + 1, Of: max(of, len(names))})
		if errors.Is(err, engine.ErrCommandReused) {
			continue // it names another message of another conversation, which was first
		}
		if err != nil {
			return err
		}
	}
	return nil
}
