package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"unicode/utf8"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/internal/plainjson"
	"parley/backend/message"
	"parley/backend/message/segment"
	"parley/backend/vault"
)

// Content is sealed with a commit. Set Message and Body, or Profile.
type Content struct {
	Message id.Message
	Body    message.Body
	// Foreign: Message was not made by this hub, so it may be in use already.
	Foreign bool
	// Profile replaces what is known of the conversation's contact.
	Profile *Profile
}

// Profile is what is known of a contact. It is personal, so it is sealed.
type Profile struct {
	Name       string            `json:"name,omitempty"`
	Handle     string            `json:"handle,omitempty"` // what the channel calls them
	Attributes map[string]string `json:"attributes,omitempty"`
	// Address is what the platform calls the contact: where answers go to. Desks
	// are not told.
	Address string `json:"address,omitempty"`
	// OptedOut: they want no messages, in this conversation and later ones.
	OptedOut bool `json:"optedOut,omitempty"`
}

// LogValue keeps personal fields out of logs.
func (Profile) LogValue() slog.Value { return slog.StringValue("[profile]") }

func profileKey(c id.Contact) string { return vault.FieldKey(id.Conversation(c), "profile") }

// contact is whose conversation it is, also before its first commit.
func contact(s *conversation.State, c conversation.Command) id.Contact {
	if s.Phase == conversation.New {
		switch c := c.(type) {
		case conversation.Start:
			return c.Contact
		case conversation.Receive:
			if c.First != nil {
				return c.First.Contact
			}
		}
	}
	return s.Contact
}

// fresh refuses a foreign message ID that is in use.
func (e *Engine) fresh(ctx context.Context, conv id.Conversation, contents []Content) error {
	for _, c := range contents {
		if !c.Foreign {
			continue
		}
		_, err := e.open(ctx, vault.BodyKey(conv, c.Message))
		if err == nil {
			return ErrMessageReused
		}
		if !errors.Is(err, eventlog.ErrNotFound) {
			return err
		}
	}
	return nil
}

// open returns sealed content; what was erased is not found.
func (e *Engine) open(ctx context.Context, key string) ([]byte, error) {
	plain, err := e.vault.Open(ctx, key)
	if errors.Is(err, vault.ErrErased) {
		return nil, eventlog.ErrNotFound
	}
	return plain, err
}

// encodeBody gives a body's JSON; one of text alone, as most are, without
// reflection.
func encodeBody(b message.Body) ([]byte, error) {
	rest := b
	rest.Text = ""
	if b.Text == "" || !rest.Empty() {
		return json.Marshal(b)
	}
	plain := append(make([]byte, 0, len(b.Text)+16), `{"text":`...)
	return append(plainjson.AppendString(plain, b.Text), '}'), nil
}

func reference(b message.Body, digest string) message.Ref {
	ref := message.Ref{Length: len(b.Text), Digest: digest}
	for _, a := range b.Attachments {
		ref.Files = append(ref.Files, message.File{ID: a.ID, Size: a.Size})
	}
	return ref
}

// fill puts a reference to sealed content into a conversation's command.
func fill(cmd conversation.Command, c Content, ref message.Ref, field string) conversation.Command {
	if c.Profile != nil {
		return withProfile(cmd, field)
	}
	return withBody(cmd, c, ref)
}

func withBody(cmd conversation.Command, c Content, ref message.Ref) conversation.Command {
	switch cmd := cmd.(type) {
	case conversation.Receive:
		if cmd.Message == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.Send:
		if cmd.Message == c.Message {
			cmd.Body, cmd.Chars, cmd.Segments = ref, utf8.RuneCountInString(c.Body.Text), segment.Of(c.Body.Text).Segments
		}
		return cmd
	case conversation.Transfer:
		if cmd.Note == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.AddNote:
		if cmd.Note == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.SendAuto:
		if cmd.Message == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.AskSurvey:
		if cmd.Message == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.Change:
		if cmd.Content == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.React:
		if cmd.Reaction == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.AnswerSurvey:
		if cmd.Message == c.Message {
			cmd.Said = ref
		}
		if cmd.Comment == c.Message {
			cmd.Body = ref
		}
		return cmd
	case conversation.CommentSurvey:
		if cmd.Comment == c.Message {
			cmd.Body = ref
		}
		return cmd
	}
	return cmd
}

func withProfile(cmd conversation.Command, name string) conversation.Command {
	switch cmd := cmd.(type) {
	case conversation.Start:
		cmd.Profile = name
		return cmd
	case conversation.Describe:
		cmd.Profile = name
		return cmd
	case conversation.Receive:
		if cmd.First != nil {
			first := *cmd.First
			first.Profile = name
			cmd.First = &first
		}
		return cmd
	}
	return cmd
}

// Body returns what a person wrote. It gives eventlog.ErrNotFound if there is
// no such message or it was erased.
func (e *Engine) Body(ctx context.Context, conv id.Conversation, m id.Message) (message.Body, error) {
	plain, err := e.open(ctx, vault.BodyKey(conv, m))
	if err != nil {
		return message.Body{}, fmt.Errorf("open message %s: %w", m, err)
	}
	var b message.Body
	if err := json.Unmarshal(plain, &b); err != nil {
		return message.Body{}, fmt.Errorf("open message %s: %w", m, eventlog.ErrDamaged)
	}
	return b, nil
}

// ContactProfile returns what is known of a contact; the zero Profile if
// nothing is, or if it was erased.
func (e *Engine) ContactProfile(ctx context.Context, c id.Contact) (Profile, error) {
	plain, err := e.open(ctx, profileKey(c))
	if errors.Is(err, eventlog.ErrNotFound) {
		return Profile{}, nil
	}
	if err != nil {
		return Profile{}, fmt.Errorf("open a profile: %w", err)
	}
	var p Profile
	if err := json.Unmarshal(plain, &p); err != nil {
		return Profile{}, fmt.Errorf("open a profile: %w", eventlog.ErrDamaged)
	}
	return p, nil
}
