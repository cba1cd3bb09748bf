// Package deskside joins the agent's side of Parley to the window: it opens a
// desk, puts what it knows into the window's types and keeps the open tabs.
package deskside

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"parley/app"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
)

// Hubs implements app.Hubs.
type Hubs struct{}

// About implements app.Hubs.
func (Hubs) About(ctx context.Context, address string) (string, protocol.About, error) {
	client, err := desk.NewClient(address, nil)
	if err != nil {
		return address, protocol.About{}, err
	}
	about, err := client.About(ctx)
	return client.Address(), about, err
}

// SignIn implements app.Hubs.
func (Hubs) SignIn(ctx context.Context, address string, who protocol.SignIn) (string, protocol.SignedIn, error) {
	client, err := desk.NewClient(address, nil)
	if err != nil {
		return address, protocol.SignedIn{}, err
	}
	in, err := client.SignIn(ctx, who)
	return client.Address(), in, err
}

// SignOut implements app.Hubs.
func (Hubs) SignOut(ctx context.Context, address, token string) error {
	client, err := desk.NewClient(address, nil)
	if err != nil {
		return err
	}
	return client.SignOut(ctx, token)
}

// Session is one open desk. It implements app.Desk.
type Session struct {
	desk    *desk.Desk
	dir     string
	log     *slog.Logger
	changed func(app.Push)
	ended   func(reason string)

	stop context.CancelFunc
	jobs sync.WaitGroup

	mu   sync.Mutex
	tabs tabs
	save chan struct{} // the tabs have changed; holds one
	// files are the attachments that the window has been told of.
	files map[id.Attachment]file
	// absent holds, for each conversation, the lowest line whose files had no
	// address because the hub was out of reach.
	absent map[string]int
	online bool
	called *names // as last worked out
}

// Opener returns an app.OpenDesk that logs to log.
func Opener(log *slog.Logger) app.OpenDesk {
	return func(a app.Account, changed func(app.Push), ended func(string)) (app.Desk, error) {
		return Open(a, changed, ended, log)
	}
}

// Open opens a desk; see app.OpenDesk for its contract.
func Open(a app.Account, changed func(app.Push), ended func(string), log *slog.Logger) (*Session, error) {
	client, err := desk.NewClient(a.Hub, nil)
	if err != nil {
		return nil, err
	}
	if a.Dir != "" {
		if err := os.MkdirAll(a.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("the messages kept on this computer cannot be opened: %w", err)
		}
	}
	d, err := desk.Open(desk.Options{
		Client: client, Token: a.Token, Agent: id.Agent(a.Agent), Dir: a.Dir, Key: a.Key, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	s := &Session{
		desk: d, dir: a.Dir, log: log, changed: changed, ended: ended,
		save: make(chan struct{}, 1), files: map[id.Attachment]file{}, absent: map[string]int{},
	}
	kept, err := d.LoadTabs()
	if err != nil {
		log.Warn("open tabs are lost", "error", err)
	}
	s.tabs = tabs{Tabs: kept, closed: map[string]desk.Tab{}}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	watcher := d.Watch()
	s.jobs.Go(func() {
		defer watcher.Close()
		s.watch(ctx, watcher)
	})
	s.jobs.Go(func() { s.keepTabs(ctx) })
	return s, nil
}

// Close implements app.Desk.
func (s *Session) Close() error {
	s.stop()
	s.jobs.Wait()
	s.storeTabs()
	return s.desk.Close()
}

// Destroy implements app.Desk.
func (s *Session) Destroy() error {
	err := s.Close()
	if s.dir != "" {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// rest is the least time between two looks at the desk: the window paints no
// more often.
const rest = time.Second / 60

// watch tells the window what changes until ctx ends.
func (s *Session) watch(ctx context.Context, w *desk.Watcher) {
	var told app.Push
	over := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.C:
		}
		change := w.Take()
		s.changed(s.news(&told, change))
		if link := change.Snapshot.Link; link.State == desk.SignedOut && !over {
			over = true
			s.ended(link.Reason)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}

// Reconnect implements app.Desk.
func (s *Session) Reconnect() { s.desk.Reconnect() }

// SetPresence implements app.Desk.
func (s *Session) SetPresence(presence string) error { return words(s.desk.SetPresence(presence)) }

// Answer implements app.Desk.
func (s *Session) Answer(conversation string) error {
	if err := s.desk.Answer(id.Conversation(conversation)); err != nil {
		return words(err)
	}
	s.OpenTab(conversation)
	return nil
}

// Decline implements app.Desk.
func (s *Session) Decline(conversation string) error {
	return words(s.desk.Decline(id.Conversation(conversation)))
}

// End implements app.Desk.
func (s *Session) End(conversation string) error {
	return words(s.desk.End(id.Conversation(conversation)))
}

// WrapUp implements app.Desk.
func (s *Session) WrapUp(conversation, code string) error {
	return words(s.desk.WrapUp(id.Conversation(conversation), code))
}

// Send implements app.Desk.
func (s *Session) Send(conversation, text string) (string, error) {
	message, err := s.desk.Send(id.Conversation(conversation), text, s.chosen(conversation))
	if err != nil {
		return "", words(err)
	}
	s.sent(conversation)
	return string(message), nil
}

// Typing implements app.Desk.
func (s *Session) Typing(conversation string) { s.desk.Typing(id.Conversation(conversation)) }

// MarkRead implements app.Desk.
func (s *Session) MarkRead(conversation string, inbound int) {
	if err := s.desk.MarkRead(id.Conversation(conversation), inbound); err != nil {
		s.log.Debug("read mark was not made", "conversation", conversation, "error", err)
	}
}

// Transcript implements app.Desk.
func (s *Session) Transcript(conversation string, from, count int) (app.Page, error) {
	conv := id.Conversation(conversation)
	var page desk.Page
	var err error
	if from < 0 {
		page, err = s.desk.Tail(conv, count)
	} else {
		page, err = s.desk.Transcript(conv, from, count)
	}
	if err != nil {
		return app.Page{Conversation: conversation, Items: []app.Item{}}, words(err)
	}
	return app.Page{Conversation: conversation, From: page.From, Total: page.Total, Items: s.items(page)}, nil
}

// lookBack is how far from the end messages are looked for that have not left
// or have failed.
const lookBack = 500

// find returns one of the last lines of a transcript.
func (s *Session) find(conversation, message string) (desk.Item, error) {
	page, err := s.desk.Tail(id.Conversation(conversation), lookBack)
	if err != nil {
		return desk.Item{}, words(err)
	}
	for _, item := range page.Items {
		if item.Kind == "message" && item.ID == message {
			return item, nil
		}
	}
	return desk.Item{}, errors.New("that message is not here any more")
}

// Retry implements app.Desk.
func (s *Session) Retry(conversation, message string) error {
	item, err := s.find(conversation, message)
	if err != nil {
		return err
	}
	if item.Command != "" {
		return words(s.desk.Retry(id.Command(item.Command)))
	}
	if item.Delivery != "failed" && item.Delivery != "unknown" {
		return errors.New("that message has not failed")
	}
	// The hub had taken it on already, so it goes out anew.
	files, err := s.copies(item)
	if err != nil {
		return words(err)
	}
	_, err = s.desk.Send(id.Conversation(conversation), item.Text, files)
	return words(err)
}

// fetchWithin is how long the hub may take to hand out a message's files.
const fetchWithin = time.Minute

// copies stages the files of a message that the hub has taken on.
func (s *Session) copies(item desk.Item) ([]desk.Staged, error) {
	ctx, end := context.WithTimeout(context.Background(), fetchWithin)
	defer end()
	files := []desk.Staged{}
	for _, a := range item.Attachments {
		staged, err := s.desk.StageAgain(ctx, a.Attachment)
		if err != nil {
			return nil, err
		}
		files = append(files, staged)
	}
	return files, nil
}

// Confirm implements app.Desk.
func (s *Session) Confirm(conversation, message string) error {
	return words(s.desk.Confirm(id.Conversation(conversation), id.Message(message)))
}

// Edit implements app.Desk.
func (s *Session) Edit(conversation, message string) (string, error) {
	item, err := s.find(conversation, message)
	if err != nil {
		return "", err
	}
	if item.Command == "" {
		return item.Text, words(s.copyIntoTab(conversation, item))
	}
	ctx, end := context.WithTimeout(context.Background(), fetchWithin)
	defer end()
	var text string
	err = s.desk.TakeBack(ctx, id.Command(item.Command), func(was string, files []desk.Staged) error {
		text = was
		return s.intoTab(conversation, was, files)
	})
	return text, words(err)
}

func (s *Session) copyIntoTab(conversation string, item desk.Item) error {
	if item.Delivery != "failed" {
		return desk.ErrLeft
	}
	files, err := s.copies(item)
	if err != nil {
		return err
	}
	return s.intoTab(conversation, item.Text, files)
}

// Withdraw implements app.Desk.
func (s *Session) Withdraw(conversation, message string) error {
	item, err := s.find(conversation, message)
	if err != nil {
		return err
	}
	_, err = s.desk.Withdraw(id.Command(item.Command))
	return words(err)
}

// words turns an error of the desk's core into a sentence for the agent; the
// core's own errors are written as one already, without its capital.
func words(err error) error {
	if err == nil {
		return nil
	}
	runes := []rune(err.Error())
	if len(runes) > 0 && runes[0] >= 'a' && runes[0] <= 'z' {
		runes[0] -= 'a' - 'A'
	}
	return &sentence{string(runes), err}
}

type sentence struct {
	text  string
	cause error
}

func (s *sentence) Error() string { return s.text }
func (s *sentence) Unwrap() error { return s.cause }
