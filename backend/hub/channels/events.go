package channels

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/automation"
	"parley/backend/hub/engine"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
)

// take takes one event on. An error means that the platform has to send it
// again; what never will be taken is counted.
func (h *Hub) take(ctx context.Context, e *endpoint, ev channel.Event) (id.Conversation, error) {
	account, from := about(ev)
	a := h.accounts[accountKey{e.config.Kind, account}]
	switch ev := ev.(type) {
	case channel.TemplatesChanged:
		return "", nil // nothing is kept of the list; whoever needs it asks
	case channel.AccountTroubled:
		if a != nil {
			a.lane.trouble(ev.Reason)
		}
		return "", nil
	case channel.DeliveryReported:
		if ev.Trouble != "" && a != nil {
			a.lane.trouble(ev.Trouble)
		}
	}
	if a == nil {
		h.skip(e.config.Kind, "no_account", "an event that names no account")
		return "", nil
	}
	t := h.enter(a, from)
	defer h.leave(t)
	if late, ok := ev.(channel.DeliveryReported); ok {
		return "", h.reported(ctx, t, late)
	}
	if echo, ok := ev.(channel.Echoed); ok {
		return "", h.echoed(ctx, t, echo)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := h.load(ctx, t); err != nil {
		return "", err
	}
	err := h.takeFrom(ctx, t, ev)
	switch {
	case errors.Is(err, eventlog.ErrDamaged):
		h.log.Error("a conversation is damaged; its contact goes on in another", "conversation", t.conv, "error", err)
		t.conv = ""
		err = h.takeFrom(ctx, t, ev)
	case errors.Is(err, engine.ErrCommandReused):
		err = nil // taken on before, under another of the contact's names
	}
	return t.conv, err
}

// takeFrom takes an event of a contact on. t.mu is held.
func (h *Hub) takeFrom(ctx context.Context, t *thread, ev channel.Event) error {
	switch ev := ev.(type) {
	case channel.ContactDescribed:
		return h.described(ctx, t, ev)
	case channel.MessageReceived:
		return h.received(ctx, t, ev)
	case channel.MessageEdited:
		return h.edited(ctx, t, ev)
	case channel.MessageUnsent:
		return h.unsent(ctx, t, ev)
	case channel.Reacted:
		return h.reacted(ctx, t, ev)
	case channel.TypingReceived:
		if t.conv != "" && h.o.Typing != nil {
			h.o.Typing(t.conv)
		}
	case channel.Joined:
		return h.joined(ctx, t, ev)
	case channel.ConversationCleared:
		if t.conv != "" {
			_, err := h.do(ctx, t, t.conv, id.Command("clear-"+id.New()), conversation.Clear{})
			return err
		}
	case channel.ConsentChanged:
		return h.consented(ctx, t, ev.OptedOut, ev.At)
	case channel.DeliveryReported, channel.Echoed, channel.TemplatesChanged, channel.AccountTroubled: // taken by take
	}
	return nil
}

// do executes a command in the contact's name.
func (h *Hub) do(ctx context.Context, t *thread, conv id.Conversation, cmd id.Command, c conversation.Command, contents ...engine.Content) (engine.Result, error) {
	return h.o.Engine.Conversation(ctx, conv, cmd, actor(t.account.Kind), c, contents...)
}

// inCommand names the command that takes an inbound message on.
func (h *Hub) inCommand(a *account, platformID string) id.Command {
	return h.keys.commandOf("in", a.Kind, a.ID, platformID)
}

func (h *Hub) unsentCommand(a *account, platformID string) id.Command {
	return h.keys.commandOf("unsent", a.Kind, a.ID, platformID)
}

// executed tells whether a command was executed before.
func (h *Hub) executed(ctx context.Context, cmd id.Command) (engine.Result, bool, error) {
	r, err := h.o.Engine.Executed(ctx, cmd)
	if errors.Is(err, eventlog.ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// received takes a message on: in the contact's open conversation, or in a new
// one. t.mu is held.
func (h *Hub) received(ctx context.Context, t *thread, ev channel.MessageReceived) error {
	name := ev.PlatformID
	if name == "" {
		name = fmt.Sprint("by content", ev.From, ev.SentAt.UnixNano(), ev.Body, ev.Media)
	}
	cmd := h.inCommand(t.account, name)
	if first, done, err := h.executed(ctx, cmd); err != nil || done {
		if done && first.Stream.Kind == eventlog.Conversation {
			t.conv = max(t.conv, id.Conversation(first.Stream.ID))
		}
		return err
	}
	if _, gone, err := h.executed(ctx, h.unsentCommand(t.account, name)); err != nil || gone {
		if gone {
			h.skip(t.account.Kind, "unsent_before", "taken back before it came")
		}
		return err
	}
	m := id.Message(id.New())
	body, err := h.bodyOf(ctx, t, ev)
	if err != nil {
		return err
	}
	if ev.EphemeralURL != "" {
		h.stories.put(m, ev.EphemeralURL, body.Ephemeral, h.now())
	}
	j, err := h.beginFetch(t, m, ev.Media)
	if err != nil {
		return err
	}
	content := []engine.Content{{Message: m, Body: body}}
	conv, err := h.inOpen(ctx, t, cmd, m, ev.Attributes, content)
	if errors.Is(err, conversation.ErrEnded) {
		answers := false
		if answers, err = h.inSurvey(ctx, t, cmd, m, body); answers || err != nil {
			return errors.Join(err, j.discard())
		}
		conv, err = h.inNew(ctx, t, cmd, m, ev.Attributes, content)
	}
	if err != nil {
		return errors.Join(err, j.discard())
	}
	t.conv = conv
	h.fetch(t, conv, m, j)
	h.lookUp(t)
	return nil
}

// maxText is how many bytes of text stand in a message; a longer one is a file
// beside its beginning.
const maxText = 64 << 10

// bodyOf is what a message holds, in valid UTF-8.
func (h *Hub) bodyOf(ctx context.Context, t *thread, ev channel.MessageReceived) (message.Body, error) {
	body := ev.Body
	body.Text = strings.ToValidUTF8(body.Text, "\uFFFD")
	body.PlatformID = ev.PlatformID
	if ev.ReplyTo != "" {
		if p, found, err := h.placeOf(ctx, t.account, ev.ReplyTo); err == nil && found {
			body.ReplyTo = p.message
		}
	}
	if len(body.Text) <= maxText {
		return body, nil
	}
	whole := message.Attachment{ID: id.Attachment(id.New()), Name: "message.txt", MIME: "text/plain", Size: int64(len(body.Text))}
	if _, err := h.o.Files.Put(ctx, unsent.Upload{File: whole.ID, Guest: t.guest}, strings.NewReader(body.Text)); err != nil {
		return body, err
	}
	body.Text = strings.ToValidUTF8(body.Text[:maxText], "") + "…"
	body.Attachments = append(body.Attachments, whole)
	return body, nil
}

// inOpen gives a message to the contact's open conversation; ErrEnded if there is
// none, or nothing was said in it for too long.
func (h *Hub) inOpen(ctx context.Context, t *thread, cmd id.Command, m id.Message, attributes map[string]string, content []engine.Content) (id.Conversation, error) {
	if t.conv == "" {
		return "", conversation.ErrEnded
	}
	st, err := h.o.Engine.ConversationState(ctx, t.conv)
	if err != nil {
		return "", err
	}
	if st.Phase.Live() && h.now().After(lastAt(st).Add(t.account.thread)) {
		cmd := engine.FollowUp("thread_over", string(t.conv))
		if _, err := h.do(ctx, t, t.conv, cmd, conversation.Expire{}); err != nil {
			return "", err
		}
		return "", conversation.ErrEnded
	}
	if !st.Phase.Live() {
		return "", conversation.ErrEnded
	}
	p, changed, err := h.profile(ctx, st.Contact, t, attributes)
	if err != nil {
		return "", err
	}
	if changed {
		content = append(content, engine.Content{Profile: &p})
	}
	_, err = h.do(ctx, t, t.conv, cmd, conversation.Receive{Message: m}, content...)
	return t.conv, err
}

// inSurvey gives a message to the survey that it answers, if one was asked at the
// end of the contact's latest conversation.
func (h *Hub) inSurvey(ctx context.Context, t *thread, cmd id.Command, m id.Message, body message.Body) (bool, error) {
	if t.conv == "" {
		return false, nil
	}
	_, answers, err := automation.Answer(ctx, h.o.Engine, []id.Conversation{t.conv}, cmd, actor(t.account.Kind), m, body)
	if errors.Is(err, conversation.ErrNoSurvey) {
		return false, nil // it is closed: the words are a message like any other
	}
	return answers && err == nil, err
}

// lastAt is when something was last said.
func lastAt(st *conversation.State) time.Time {
	if st.LastAt.IsZero() {
		return st.StartedAt
	}
	return st.LastAt
}

// inNew begins a conversation with a message, or with m "" without one.
func (h *Hub) inNew(ctx context.Context, t *thread, cmd id.Command, m id.Message, attributes map[string]string, content []engine.Content) (id.Conversation, error) {
	p, _, err := h.profile(ctx, t.contact, t, attributes)
	if err != nil {
		return "", err
	}
	priority, skills := h.o.Asks(t.account.queue)
	start := conversation.Start{
		Priority: priority, Skills: skills,
		Channel: t.account.Kind, Account: t.account.ID, Contact: t.contact, Guest: t.guest, Queue: t.account.queue, OptedOut: p.OptedOut,
	}
	content = append(content, engine.Content{Profile: &p})
	conv := id.Conversation(id.New())
	if m == "" {
		_, err = h.do(ctx, t, conv, cmd, start, content...)
	} else {
		_, err = h.do(ctx, t, conv, cmd, conversation.Receive{First: &start, Message: m}, content...)
	}
	return conv, err
}

// joined takes it on that the contact opened the conversation without a word.
func (h *Hub) joined(ctx context.Context, t *thread, ev channel.Joined) error {
	cmd := h.keys.commandOf("join", t.account.Kind, t.account.ID, ev.From, fmt.Sprint(ev.At.UnixNano()))
	if ev.At.IsZero() {
		cmd = id.Command("join-" + id.New())
	}
	if _, done, err := h.executed(ctx, cmd); err != nil || done {
		return err
	}
	live, err := h.live(ctx, t)
	if err != nil {
		return err
	}
	if !live {
		conv, err := h.inNew(ctx, t, cmd, "", ev.Attributes, nil)
		if err != nil {
			return err
		}
		t.conv, cmd = conv, engine.FollowUp("opened", string(cmd))
	}
	_, err = h.do(ctx, t, t.conv, cmd, conversation.OpenWindow{By: channel.OpenByJoin})
	return err
}

// live tells whether the contact's latest conversation takes messages.
func (h *Hub) live(ctx context.Context, t *thread) (bool, error) {
	if t.conv == "" {
		return false, nil
	}
	st, err := h.o.Engine.ConversationState(ctx, t.conv)
	return err == nil && st.Phase.Live(), err
}
