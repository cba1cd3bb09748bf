package app

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"mime"
	"os"
	"path/filepath"
)

// mostFileBytes is how large a file that comes out of the window may be.
const mostFileBytes = 10 << 20

// changed takes what the desk says has changed.
func (s *Shell) changed(p Push) {
	p.Seq, p.Session, p.Settings = 0, nil, nil
	if p.Roster != nil {
		s.alerts.see(*p.Roster)
	}
	if p.Board != nil {
		s.alerts.watch(*p.Board)
	}
	if p.Link != nil {
		s.traceLink(*p.Link)
	}
	if p.Roster != nil {
		s.traceRoster(*p.Roster)
	}
	if p.Notices != nil {
		s.deskNotices(p.Notices)
		p.Notices = nil
	}
	s.push.change(p)
}

// traceLink and traceRoster say what changed since they were last called.
func (s *Shell) traceLink(l Link) {
	s.mu.Lock()
	same := s.traced.link == l.State
	s.traced.link = l.State
	s.mu.Unlock()
	if !same {
		s.trace("link", map[string]any{"state": l.State, "reason": l.Reason})
	}
}

func (s *Shell) traceRoster(r Roster) {
	now := map[string]string{}
	for _, i := range r.Interactions {
		now[i.ID] = i.Status
	}
	s.mu.Lock()
	before := s.traced.roster
	s.traced.roster = now
	s.mu.Unlock()
	if maps.Equal(before, now) {
		return
	}
	for _, i := range r.Interactions {
		if before[i.ID] != i.Status {
			s.trace("interaction", map[string]any{"id": i.ID, "channel": i.Channel, "status": i.Status, "queue": i.QueueName})
		}
	}
}

// current returns the open desk.
func (s *Shell) current() (Desk, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.desk == nil {
		return nil, errNoDesk
	}
	return s.desk, nil
}

// with calls do with the open desk.
func (s *Shell) with(do func(Desk) error) error {
	desk, err := s.current()
	if err != nil {
		return err
	}
	return do(desk)
}

// quietly calls do with the open desk, if there is one.
func (s *Shell) quietly(do func(Desk)) {
	if desk, err := s.current(); err == nil {
		do(desk)
	}
}

// Reconnect implements Core.
func (s *Shell) Reconnect() { s.quietly(func(d Desk) { d.Reconnect() }) }

// SetPresence implements Core.
func (s *Shell) SetPresence(presence string) error {
	return s.with(func(d Desk) error { return d.SetPresence(presence) })
}

// Answer implements Core.
func (s *Shell) Answer(conversation string) error {
	return s.with(func(d Desk) error { return d.Answer(conversation) })
}

// Decline implements Core.
func (s *Shell) Decline(conversation string) error {
	return s.with(func(d Desk) error { return d.Decline(conversation) })
}

// End implements Core.
func (s *Shell) End(conversation string) error {
	return s.with(func(d Desk) error { return d.End(conversation) })
}

// WrapUp implements Core.
func (s *Shell) WrapUp(conversation, code string) error {
	return s.with(func(d Desk) error { return d.WrapUp(conversation, code) })
}

// Send implements Core.
func (s *Shell) Send(conversation, text string) (message string, err error) {
	err = s.with(func(d Desk) error {
		message, err = d.Send(conversation, text)
		return err
	})
	return message, err
}

// Retry implements Core.
func (s *Shell) Retry(conversation, message string) error {
	return s.with(func(d Desk) error { return d.Retry(conversation, message) })
}

// Confirm implements Core.
func (s *Shell) Confirm(conversation, message string) error {
	return s.with(func(d Desk) error { return d.Confirm(conversation, message) })
}

// Edit implements Core.
func (s *Shell) Edit(conversation, message string) (text string, err error) {
	err = s.with(func(d Desk) error {
		text, err = d.Edit(conversation, message)
		return err
	})
	return text, err
}

// Withdraw implements Core.
func (s *Shell) Withdraw(conversation, message string) error {
	return s.with(func(d Desk) error { return d.Withdraw(conversation, message) })
}

// Typing implements Core.
func (s *Shell) Typing(conversation string) {
	s.quietly(func(d Desk) { d.Typing(conversation) })
}

// MarkRead implements Core.
func (s *Shell) MarkRead(conversation string, inbound int) {
	s.quietly(func(d Desk) { d.MarkRead(conversation, inbound) })
}

// OpenTab implements Core.
func (s *Shell) OpenTab(conversation string) {
	s.quietly(func(d Desk) { d.OpenTab(conversation) })
}

// CloseTab implements Core.
func (s *Shell) CloseTab(conversation string) {
	s.quietly(func(d Desk) { d.CloseTab(conversation) })
}

// SaveDraft implements Core.
func (s *Shell) SaveDraft(conversation, text string) {
	s.quietly(func(d Desk) { d.SaveDraft(conversation, text) })
}

// Transcript implements Core.
func (s *Shell) Transcript(conversation string, from, count int) (page Page, err error) {
	page = Page{Conversation: conversation, Items: []Item{}}
	err = s.with(func(d Desk) error {
		page, err = d.Transcript(conversation, from, count)
		return err
	})
	return page, err
}

// RemoveFile implements Core.
func (s *Shell) RemoveFile(conversation, attachment string) {
	s.quietly(func(d Desk) { d.RemoveFile(conversation, attachment) })
}

// AddFile implements Core.
func (s *Shell) AddFile(conversation, name, mimeType, content string) error {
	if base64.StdEncoding.DecodedLen(len(content)) > mostFileBytes+3 {
		return tooLarge(name)
	}
	raw, err := base64.StdEncoding.DecodeString(content)
	if err != nil {
		return fmt.Errorf("%s could not be read", name)
	}
	if len(raw) > mostFileBytes {
		return tooLarge(name)
	}
	return s.with(func(d Desk) error { return d.AddFile(conversation, filepath.Base(name), mimeType, raw) })
}

// ChooseFiles implements Core.
func (s *Shell) ChooseFiles(conversation string) error {
	if _, err := s.current(); err != nil {
		return err
	}
	paths, err := s.o.Native.ChooseFiles()
	if err != nil {
		return fmt.Errorf("the file dialog could not be shown: %w", err)
	}
	var failed []error
	for _, path := range paths {
		failed = append(failed, s.addPath(conversation, path))
	}
	return errors.Join(failed...)
}

func (s *Shell) addPath(conversation, path string) error {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s could not be read", name)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", name)
	case info.Size() > mostFileBytes:
		return tooLarge(name)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s could not be read", name)
	}
	return s.with(func(d Desk) error {
		return d.AddFile(conversation, name, mime.TypeByExtension(filepath.Ext(name)), raw)
	})
}

func tooLarge(name string) error {
	return fmt.Errorf("%s is larger than %d MB", name, mostFileBytes>>20)
}
