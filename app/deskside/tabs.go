package deskside

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif"  // for sizes of chosen files
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"slices"
	"strings"
	"time"

	_ "golang.org/x/image/webp" // likewise

	"parley/app"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/message"
)

// tabs are the open interactions. Session.mu guards them.
type tabs struct {
	desk.Tabs
	// closed keeps the drafts of closed tabs until the desk quits.
	closed map[string]desk.Tab
}

func (t *tabs) at(conversation string) int {
	return slices.IndexFunc(t.Open, func(tab desk.Tab) bool { return tab.Conversation == conversation })
}

// open selects a tab, made where there is none.
func (t *tabs) open(conversation string) *desk.Tab {
	t.Active = conversation
	return t.tab(conversation)
}

// tab returns a tab, made behind the others where there is none.
func (t *tabs) tab(conversation string) *desk.Tab {
	if i := t.at(conversation); i >= 0 {
		return &t.Open[i]
	}
	tab, kept := t.closed[conversation]
	if !kept {
		tab = desk.Tab{Conversation: conversation}
	}
	delete(t.closed, conversation)
	t.Open = append(t.Open, tab)
	return &t.Open[len(t.Open)-1]
}

// close closes a tab and selects its neighbour.
func (t *tabs) close(conversation string) {
	i := t.at(conversation)
	if i < 0 {
		return
	}
	if tab := t.Open[i]; tab.Draft != "" || len(tab.Files) > 0 {
		t.closed[conversation] = tab
	}
	t.Open = slices.Delete(t.Open, i, i+1)
	if t.Active != conversation {
		return
	}
	t.Active = ""
	if len(t.Open) > 0 {
		t.Active = t.Open[min(i, len(t.Open)-1)].Conversation
	}
}

// OpenTab implements app.Desk. The end of a new tab's transcript follows, since
// the window may have asked for it before changes of it were told.
func (s *Session) OpenTab(conversation string) {
	before := true
	s.changeTabs(func(t *tabs) {
		before = t.at(conversation) >= 0
		t.open(conversation)
	})
	if before {
		return
	}
	page, err := s.desk.Tail(id.Conversation(conversation), mostLines)
	if err != nil {
		s.log.Debug("transcript is not here", "conversation", conversation, "error", err)
		return
	}
	s.changed(app.Push{Transcripts: []app.TranscriptChange{{
		Conversation: conversation, From: page.From, Total: page.Total, Items: s.items(page),
	}}})
}

// CloseTab implements app.Desk.
func (s *Session) CloseTab(conversation string) {
	s.changeTabs(func(t *tabs) { t.close(conversation) })
}

// SaveDraft implements app.Desk. It tells the window nothing: the window's own
// text is the newer one.
func (s *Session) SaveDraft(conversation, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.tabs.at(conversation); i >= 0 {
		s.tabs.Open[i].Draft = text
		s.saveLater()
	}
}

// Tabs implements app.Desk.
func (s *Session) Tabs() app.Tabs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tabsNow()
}

// AddFile implements app.Desk.
func (s *Session) AddFile(conversation, name, mime string, content []byte) error {
	staged, err := s.desk.Stage(name, mime, content)
	if errors.Is(err, desk.ErrTooBig) {
		return errors.New(name + " is too large")
	}
	if err != nil {
		return words(err)
	}
	if staged.Width == 0 {
		if c, _, err := image.DecodeConfig(bytes.NewReader(content)); err == nil {
			staged.Width, staged.Height = c.Width, c.Height
		}
	}
	s.changeTabs(func(t *tabs) {
		tab := t.tab(conversation)
		tab.Files = append(slices.Clone(tab.Files), staged)
	})
	return nil
}

// RemoveFile implements app.Desk.
func (s *Session) RemoveFile(conversation, attachment string) {
	s.changeTabs(func(t *tabs) {
		i := t.at(conversation)
		if i < 0 {
			return
		}
		t.Open[i].Files = slices.DeleteFunc(slices.Clone(t.Open[i].Files), func(f desk.Staged) bool { return f.ID == attachment })
	})
	if err := s.desk.Unstage(attachment); err != nil {
		s.log.Warn("a file was not thrown away", "error", err)
	}
}

// chosen returns the files of a tab.
func (s *Session) chosen(conversation string) []desk.Staged {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.tabs.at(conversation); i >= 0 {
		return slices.Clone(s.tabs.Open[i].Files)
	}
	return nil
}

// sent empties a tab's composer.
func (s *Session) sent(conversation string) {
	s.changeTabs(func(t *tabs) {
		if i := t.at(conversation); i >= 0 {
			t.Open[i].Draft, t.Open[i].Files = "", nil
		}
	})
}

// intoTab puts a message in front of what stands in a tab, and keeps it.
func (s *Session) intoTab(conversation, text string, files []desk.Staged) error {
	var before desk.Tab
	s.changeTabs(func(t *tabs) {
		tab := t.tab(conversation)
		before = *tab
		tab.Files = slices.Concat(files, tab.Files)
		tab.Draft = text
		if before.Draft != "" {
			tab.Draft = strings.Trim(text+"\n"+before.Draft, "\n")
		}
	})
	err := s.desk.SaveTabs(s.tabsCopy())
	if err != nil {
		s.changeTabs(func(t *tabs) { *t.tab(conversation) = before })
	}
	return err
}

// changeTabs changes the tabs, keeps them and tells the window.
func (s *Session) changeTabs(change func(*tabs)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.tabs)
	s.saveLater()
	now := s.tabsNow()
	s.changed(app.Push{Tabs: &now})
}

// tabsNow puts the tabs into the window's words. mu is held.
func (s *Session) tabsNow() app.Tabs {
	out := app.Tabs{Open: []app.Tab{}, Active: s.tabs.Active}
	for _, t := range s.tabs.Open {
		tab := app.Tab{ID: t.Conversation, Draft: t.Draft, Files: []app.Attachment{}}
		for _, f := range t.Files {
			a := desk.Attachment{Attachment: attachment(f), Local: true, Staged: true}
			tab.Files = append(tab.Files, s.file(t.Conversation, a))
		}
		out.Open = append(out.Open, tab)
	}
	return out
}

func attachment(f desk.Staged) message.Attachment {
	return message.Attachment{ID: id.Attachment(f.ID), Name: f.Name, MIME: f.MIME, Size: f.Size, Width: f.Width, Height: f.Height}
}

func (s *Session) saveLater() {
	select {
	case s.save <- struct{}{}:
	default:
	}
}

// saveEvery is the least time between two writes of the tabs, so that a crash
// costs no more of a draft than that.
const saveEvery = 300 * time.Millisecond

// keepTabs keeps the tabs on disk until ctx ends.
func (s *Session) keepTabs(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.save:
		}
		s.storeTabs()
		select {
		case <-ctx.Done():
			return
		case <-time.After(saveEvery):
		}
	}
}

func (s *Session) storeTabs() {
	if err := s.desk.SaveTabs(s.tabsCopy()); err != nil {
		s.log.Error("open tabs and drafts are not kept", "error", err)
	}
}

func (s *Session) tabsCopy() desk.Tabs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return desk.Tabs{Open: slices.Clone(s.tabs.Open), Active: s.tabs.Active}
}
