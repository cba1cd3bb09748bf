// Package deskagent is an agent without a window: the desk's own code, told
// what to do by JSON lines and telling every change as one. Demos, tests and
// scripts run it as parley-simulate agent.
package deskagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
)

// Options say who the agent is and what it does by itself.
type Options struct {
	Hub      string // address
	User     string
	Password string

	OnQueue    bool // go on queue when connected
	AutoAccept bool // answer every alert
	// Echo answers each inbound text of a connected interaction with the same
	// text, once for good, those from before acceptance too.
	Echo bool

	In     io.Reader // commands; nil = none
	Out    io.Writer // changes
	Logger *slog.Logger
}

// Run signs in and works until ctx ends, which is no error, or until the sign-in
// or Out fails. It returns when all it started has ended, except a read of In
// that nothing can interrupt.
func Run(ctx context.Context, opt Options) error {
	client, err := desk.NewClient(opt.Hub, nil)
	if err != nil {
		return fmt.Errorf("hub %q: %w", opt.Hub, err)
	}
	in, err := client.SignIn(ctx, protocol.SignIn{User: opt.User, Password: opt.Password, Device: "parley-simulate"})
	if err != nil {
		return fmt.Errorf("sign in as %s: %w", opt.User, err)
	}
	d, err := desk.Open(desk.Options{Client: client, Token: in.Token, Agent: in.Agent, Logger: opt.Logger})
	if err != nil {
		return err
	}
	a := &worker{
		opt: opt, desk: d, out: &lines{w: opt.Out},
		cards: map[string]desk.Interaction{}, seen: map[string]map[string]string{}, notices: map[string]bool{},
	}
	if opt.OnQueue {
		a.want = "on_queue"
	}
	err = a.run(ctx)
	return errors.Join(err, d.Close())
}

// worker turns changes of the desk into lines and does what the options say.
type worker struct {
	opt  Options
	desk *desk.Desk
	out  *lines

	mu   sync.Mutex
	want string // presence wished for; "" = as it is

	// Of the changes' own goroutine.
	link    desk.Link
	me      desk.Me
	cards   map[string]desk.Interaction
	seen    map[string]map[string]string // conversation → message → delivery told
	typing  map[string]bool
	notices map[string]bool
}

func (a *worker) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if a.opt.In != nil {
		go a.obey(ctx, cancel)
	}
	w := a.desk.Watch()
	defer w.Close()
	for {
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, errQuit) {
				return cause
			}
			return nil
		case <-w.C:
			if err := a.changed(w.Take()); err != nil {
				return err
			}
		}
	}
}

// changed tells what is new and acts on it.
func (a *worker) changed(c desk.Change) error {
	a.tellLink(c.Snapshot.Link)
	a.tellMe(c.Snapshot)
	from := c.Transcripts
	now := map[string]desk.Interaction{}
	for _, in := range c.Snapshot.Interactions {
		now[in.ID] = in
		old, known := a.cards[in.ID]
		at, moved := from[in.ID]
		if !known {
			at, moved = 0, true
		}
		if old.Status != in.Status || old.Communication != in.Communication {
			a.tellStatus(in)
		}
		if moved {
			a.tellTranscript(in, at)
		}
		if a.opt.Echo && in.Status == desk.Connected {
			if old.Status != desk.Connected {
				at, moved = 0, true // what came before acceptance waits for its answer
			}
			if moved {
				a.echo(in.ID, at)
			}
		}
	}
	for conv := range a.cards {
		if _, still := now[conv]; !still {
			a.out.tell(line{Type: "released", Conversation: conv})
			delete(a.seen, conv)
		}
	}
	a.cards = now
	a.tellTyping(c.Snapshot.Typing)
	a.tellNotices(c.Snapshot.Notices)
	if c.Snapshot.Link.State == desk.SignedOut {
		return errors.New(c.Snapshot.Link.Reason)
	}
	return a.out.err()
}

func (a *worker) tellLink(l desk.Link) {
	if l.State == a.link.State {
		return
	}
	a.link = l
	a.out.tell(line{Type: "link", State: string(l.State), Reason: l.Reason})
	if l.State != desk.Online {
		return
	}
	a.mu.Lock()
	want := a.want
	a.mu.Unlock()
	if want != "" && a.desk.Snapshot().Me.Presence != want {
		if err := a.desk.SetPresence(want); err != nil {
			a.out.tell(line{Type: "error", Error: err.Error()})
		}
	}
}

func (a *worker) tellMe(s *desk.Snapshot) {
	if s.Link.CompleteToMs == 0 || (s.Me.Presence == a.me.Presence && s.Me.Routing == a.me.Routing) {
		return
	}
	a.me = s.Me
	a.out.tell(line{Type: "presence", Presence: s.Me.Presence, Routing: s.Me.Routing})
}

func (a *worker) tellStatus(in desk.Interaction) {
	l := line{
		Type: string(in.Status), Conversation: in.ID, Communication: in.Communication, Channel: in.Channel,
		Contact: in.Contact, Queue: in.Queue,
	}
	switch in.Status {
	case desk.Alerting:
		l.UntilMs = in.AlertUntilMs
		l.Reason = in.Why
	case desk.ACW:
		l.UntilMs = in.ACWUntilMs
	case desk.Parked:
		l.UntilMs = in.ParkUntilMs
	case desk.Ended:
		l.Reason, l.Code = in.EndReason, in.WrapUpCode
	case desk.Connected:
	}
	a.out.tell(l)
	if in.Status == desk.Alerting && a.opt.AutoAccept {
		if err := a.desk.Answer(id.Conversation(in.ID)); err != nil {
			a.out.tell(line{Type: "error", Conversation: in.ID, Error: err.Error()})
		}
	}
}

// tellTranscript tells messages that are new, and deliveries that changed.
func (a *worker) tellTranscript(in desk.Interaction, from int) {
	page, err := a.desk.Transcript(id.Conversation(in.ID), from, 1<<30)
	if err != nil {
		if !errors.Is(err, desk.ErrNoConversation) {
			a.out.tell(line{Type: "error", Conversation: in.ID, Error: err.Error()})
		}
		return
	}
	seen := a.seen[in.ID]
	if seen == nil {
		seen = map[string]string{}
		a.seen[in.ID] = seen
	}
	for _, it := range page.Items {
		if it.Kind != "message" {
			continue
		}
		told, known := seen[it.ID]
		if known && told == it.Delivery {
			continue
		}
		seen[it.ID] = it.Delivery
		a.tellMessage(in, it, known)
	}
}

func (a *worker) tellMessage(in desk.Interaction, it desk.Item, known bool) {
	l := line{
		Type: "message", Conversation: in.ID, ID: it.ID, Channel: in.Channel, Direction: it.Direction,
		Text: &it.Text, Author: it.Author, Delivery: it.Delivery, AtMs: it.AtMs, Erased: it.Erased,
	}
	for _, f := range it.Attachments {
		l.Files = append(l.Files, file{ID: string(f.ID), Name: f.Name, MIME: f.MIME, Size: f.Size})
	}
	if known {
		l = line{Type: "delivery", Conversation: in.ID, ID: it.ID, Delivery: it.Delivery, Reason: it.Reason}
	}
	a.out.tell(l)
	if it.Delivery == "failed" && it.Command != "" { // refused by the hub, not by the channel
		a.out.tell(line{Type: "nack", Conversation: in.ID, ID: it.ID, Reason: it.Reason})
	}
}

// echo answers what has no answer yet, from a line on; answers come after. The answer's ID follows from the
// question's, so that neither a restart nor a lost line gives a second one.
func (a *worker) echo(conv string, from int) {
	page, err := a.desk.Transcript(id.Conversation(conv), from, 1<<30)
	if err != nil {
		return
	}
	answered := map[string]bool{}
	for _, it := range page.Items {
		answered[it.ID] = true
	}
	for _, it := range page.Items {
		if it.Kind != "message" || it.Direction != "inbound" || it.Text == "" || answered[string(desk.OnceID(it.ID))] {
			continue
		}
		if err := a.desk.SendOnce(it.ID, id.Conversation(conv), it.Text); err != nil {
			a.out.tell(line{Type: "error", Conversation: conv, ID: it.ID, Error: err.Error()})
		}
	}
}

func (a *worker) tellTyping(convs []string) {
	now := map[string]bool{}
	for _, c := range convs {
		now[c] = true
		if !a.typing[c] {
			a.out.tell(line{Type: "typing", Conversation: c})
		}
	}
	a.typing = now
}

func (a *worker) tellNotices(list []desk.Notice) {
	for _, n := range list {
		if a.notices[n.ID] {
			continue
		}
		a.notices[n.ID] = true
		l := line{Type: "notice", Conversation: n.Conversation, Reason: n.Text}
		if n.Level == "error" {
			l.Type = "nack"
		}
		a.out.tell(l)
	}
}
