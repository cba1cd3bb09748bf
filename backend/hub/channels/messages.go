package channels

import (
	"context"
	"fmt"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/vault"
)

// place is where a message is that a platform names.
type place struct {
	conv     id.Conversation
	message  id.Message
	part, of int // of one of ours
}

// placeOf finds a message by the platform's name of it, theirs or ours.
func (h *Hub) placeOf(ctx context.Context, a *account, platformID string) (place, bool, error) {
	if platformID == "" {
		return place{}, false, nil
	}
	for _, cmd := range []id.Command{h.inCommand(a, platformID), h.outCommand(a, platformID)} {
		r, done, err := h.executed(ctx, cmd)
		if err != nil {
			return place{}, false, err
		}
		if !done || r.Stream.Kind != eventlog.Conversation {
			continue
		}
		p := place{conv: id.Conversation(r.Stream.ID)}
		for _, e := range r.Conversation {
			switch e := e.(type) {
			case conversation.MessageReceived:
				p.message = e.Message
			case conversation.MessageNamed:
				p.message, p.part, p.of = e.Message, e.Part, e.Of
			}
		}
		if p.message != "" {
			return p, true, nil
		}
	}
	return place{}, false, nil
}

// outCommand names the command that records the platform's name of a message of
// ours.
func (h *Hub) outCommand(a *account, platformID string) id.Command {
	return h.keys.commandOf("out", a.Kind, a.ID, platformID)
}

// edited replaces what a message holds; its files stay. t.mu is held.
func (h *Hub) edited(ctx context.Context, t *thread, ev channel.MessageEdited) error {
	p, found, err := h.placeOf(ctx, t.account, ev.PlatformID)
	if err != nil || !found {
		h.skip(t.account.Kind, "edit", "of a message that is not here")
		return err
	}
	cmd := h.keys.commandOf("edit", t.account.Kind, t.account.ID, ev.PlatformID, fmt.Sprint(ev.At.UnixNano()), ev.Body.Text)
	if _, done, err := h.executed(ctx, cmd); err != nil || done {
		return err
	}
	before, gone, err := h.present(ctx, p)
	if err != nil || gone {
		return err
	}
	body := ev.Body
	body.Attachments, body.PlatformID, body.ReplyTo = before.Attachments, before.PlatformID, before.ReplyTo
	return h.change(ctx, t, p.conv, cmd, p.message, body, "edited")
}

// change replaces what a message holds.
func (h *Hub) change(ctx context.Context, t *thread, conv id.Conversation, cmd id.Command, m id.Message, body message.Body, why string) error {
	content := id.Message(id.New())
	_, err := h.do(ctx, t, conv, cmd, conversation.Change{Message: m, Content: content, Why: why}, engine.Content{Message: content, Body: body})
	return err
}

// present is what a message holds now. It is gone once it was taken back.
func (h *Hub) present(ctx context.Context, p place) (body message.Body, gone bool, err error) {
	sealed, gone, err := h.sealedAs(ctx, p)
	if err != nil || gone {
		return message.Body{}, gone, err
	}
	body, err = h.o.Engine.Body(ctx, p.conv, sealed[len(sealed)-1])
	return body, false, err
}

// sealedAs lists what a message's content was sealed as, in order of time.
func (h *Hub) sealedAs(ctx context.Context, p place) (all []id.Message, gone bool, err error) {
	all = []id.Message{p.message}
	for c, err := range h.o.Engine.Read(ctx, streamOf(p.conv), 0) {
		if err != nil {
			return nil, false, err
		}
		for _, e := range c.Events {
			switch e.Type {
			case "message_changed":
				if ch, ok := conversation.Decode(e).(conversation.MessageChanged); ok && ch.Message == p.message {
					all = append(all, ch.Content)
				}
			case "message_unsent":
				if u, ok := conversation.Decode(e).(conversation.MessageUnsent); ok && u.Message == p.message {
					gone = true
				}
			}
		}
	}
	return all, gone, ctx.Err()
}

func streamOf(c id.Conversation) eventlog.Stream {
	return eventlog.Stream{Kind: eventlog.Conversation, ID: string(c)}
}

// unsent records that a message was taken back, also one that is yet to come.
// What it held is erased by whoever follows the log. t.mu is held.
func (h *Hub) unsent(ctx context.Context, t *thread, ev channel.MessageUnsent) error {
	cmd := h.unsentCommand(t.account, ev.PlatformID)
	p, found, err := h.placeOf(ctx, t.account, ev.PlatformID)
	if err != nil {
		return err
	}
	if !found {
		stream := eventlog.Stream{Kind: eventlog.Contact, ID: string(t.guest)}
		_, err := h.o.Engine.Append(ctx, stream, cmd, actor(t.account.Kind), h.o.Engine.Now(), []eventlog.Event{{Type: "unsent", Data: []byte("{}")}})
		return err
	}
	h.stories.drop(p.message)
	_, err = h.do(ctx, t, p.conv, cmd, conversation.Unsend{Message: p.message})
	return err
}

// erase makes what a message held unreadable: as it was at any time, in the log
// and its copies, and its files. It may be repeated.
func (h *Hub) erase(ctx context.Context, p place) error {
	sealed, _, err := h.sealedAs(ctx, p)
	if err != nil {
		return err
	}
	var keys []string
	for _, m := range sealed {
		keys = append(keys, vault.BodyKey(p.conv, m))
	}
	for c, err := range h.o.Engine.Read(ctx, streamOf(p.conv), 0) {
		if err != nil {
			return err
		}
		for _, e := range c.Events {
			if err := h.eraseFiles(conversation.Decode(e), p.message); err != nil {
				return err
			}
		}
	}
	return h.o.Vault.Erase(ctx, keys...)
}

func (h *Hub) eraseFiles(e conversation.Event, m id.Message) error {
	var files []message.File
	switch e := e.(type) {
	case conversation.MessageReceived:
		if e.Message == m {
			files = e.Body.Files
		}
	case conversation.MessageChanged:
		if e.Message == m {
			files = e.Body.Files
		}
	}
	for _, f := range files {
		if err := h.o.Files.Delete(f.ID); err != nil {
			return err
		}
	}
	return nil
}

// reacted puts a reaction into the conversation of the message that it is on.
// t.mu is held.
func (h *Hub) reacted(ctx context.Context, t *thread, ev channel.Reacted) error {
	p, found, err := h.placeOf(ctx, t.account, ev.PlatformID)
	if err != nil {
		return err
	}
	if !found {
		p.conv = t.conv
	}
	if p.conv == "" {
		h.skip(t.account.Kind, "reaction", "on a message that is not here, by somebody who has not written")
		return nil
	}
	cmd := h.keys.commandOf("react", t.account.Kind, t.account.ID, ev.From, ev.PlatformID, ev.Emoji, fmt.Sprint(ev.At.UnixNano()))
	if _, done, err := h.executed(ctx, cmd); err != nil || done {
		return err
	}
	reaction := id.Message(id.New())
	var content []engine.Content
	if ev.Emoji != "" {
		content = append(content, engine.Content{Message: reaction, Body: message.Body{Text: ev.Emoji}})
	}
	_, err = h.do(ctx, t, p.conv, cmd, conversation.React{Message: p.message, Reaction: reaction}, content...)
	return err
}
