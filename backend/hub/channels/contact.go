package channels

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// described notes what the platform knows of a contact, and who else they are.
// t.mu is held.
func (h *Hub) described(ctx context.Context, t *thread, ev channel.ContactDescribed) error {
	t.person = merge(t.person, ev.Person)
	return h.load(ctx, t, ev.Person.Also...) // the person is stored with what comes next
}

// merge adds what was told later to what was told before.
func merge(before, now channel.Person) channel.Person {
	return channel.Person{
		Name: cmp.Or(now.Name, before.Name), Handle: cmp.Or(now.Handle, before.Handle), Phone: cmp.Or(now.Phone, before.Phone),
		Picture: cmp.Or(now.Picture, before.Picture),
	}
}

// maxName is how many bytes of a name are kept.
const maxName = 200

func short(s string) string {
	s = strings.TrimSpace(s)
	return strings.ToValidUTF8(s[:min(len(s), maxName)], "")
}

// profile is what is to be stored of a contact, and whether it says something
// new.
func (h *Hub) profile(ctx context.Context, c id.Contact, t *thread, attributes map[string]string) (engine.Profile, bool, error) {
	known, err := h.o.Engine.ContactProfile(ctx, c)
	switch {
	case errors.Is(err, eventlog.ErrDamaged): // the contact may write all the same
		h.log.Error("a contact's profile cannot be opened and is made anew", "contact", c, "error", err)
		known = engine.Profile{}
	case err != nil:
		return known, false, err
	}
	next := known
	next.Attributes = maps.Clone(known.Attributes)
	if next.Attributes == nil && len(attributes) > 0 {
		next.Attributes = map[string]string{}
	}
	maps.Copy(next.Attributes, attributes)
	p := t.person
	next.Address = t.from
	next.Handle = cmp.Or(short(handle(p)), known.Handle, short(t.from))
	next.Name = cmp.Or(short(p.Name), known.Name)
	if next.Name == "" || (p.Name == "" && next.Name == known.Handle) {
		next.Name = short(p.Label(cmp.Or(next.Handle, t.from)))
	}
	if t.consent != nil {
		next.OptedOut = *t.consent
	}
	same := next.Name == known.Name && next.Handle == known.Handle && next.Address == known.Address && next.OptedOut == known.OptedOut &&
		maps.Equal(next.Attributes, known.Attributes)
	return next, !same, nil
}

// handle is what the channel calls a person.
func handle(p channel.Person) string {
	if p.Handle != "" {
		return "@" + p.Handle
	}
	return p.Phone
}

// consented takes it on that the contact opted out, or in again: in the open
// conversation, and for later ones. t.mu is held.
func (h *Hub) consented(ctx context.Context, t *thread, out bool, at time.Time) error {
	t.consent = &out
	if t.conv == "" {
		return nil // the message that says so comes with it, and begins one
	}
	if err := h.describe(ctx, t); err != nil {
		return err
	}
	st, err := h.o.Engine.ConversationState(ctx, t.conv)
	if err != nil {
		return err
	}
	if st.OptedOut == out {
		return nil
	}
	cmd := id.Command("consent-" + id.New())
	if !at.IsZero() {
		cmd = h.keys.commandOf("consent", t.account.Kind, t.account.ID, t.from, fmt.Sprint(out, at.UnixNano()))
	}
	_, err = h.do(ctx, t, t.conv, cmd, conversation.SetConsent{OptedOut: out})
	return err
}

// describe stores what is new about the contact of the latest conversation.
func (h *Hub) describe(ctx context.Context, t *thread) error {
	st, err := h.o.Engine.ConversationState(ctx, t.conv)
	if err != nil {
		return err
	}
	p, changed, err := h.profile(ctx, st.Contact, t, nil)
	if err != nil || !changed {
		return err
	}
	_, err = h.do(ctx, t, t.conv, id.Command("profile-"+id.New()), conversation.Describe{}, engine.Content{Profile: &p})
	return err
}

// lookUpAgain is how long what a platform said of a contact is not asked again.
const lookUpAgain = 24 * time.Hour

// lookUp asks the platform who a contact is, beside everything else. t.mu is
// held.
func (h *Hub) lookUp(t *thread) {
	if !t.account.profile.Capabilities.Profiles || t.person.Name != "" || h.now().Before(t.lookedUp.Add(lookUpAgain)) {
		return
	}
	t.lookedUp = h.now()
	h.threads.mu.Lock()
	t.users++
	h.threads.mu.Unlock()
	h.work.Go(func() {
		defer h.leave(t)
		r, err := h.perform(h.ctx, t.account, channel.FetchProfile{Contact: t.from}, nil)
		if err != nil || r.Person == nil {
			h.log.Info("a contact's name was not told", "channel", t.account.Kind, "account", t.account.ID, "receipt", r, "error", err)
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.person = merge(t.person, *r.Person)
		if err := h.describe(h.ctx, t); err != nil && h.ctx.Err() == nil {
			h.log.Error("a contact's name was not stored", "conversation", t.conv, "error", err)
		}
	})
}
