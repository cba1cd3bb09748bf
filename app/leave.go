package app

import (
	"context"
	"fmt"
	"time"

	"parley/app/demo"
)

// What becomes of a demo hub that runs here when the window closes.
const (
	hubAsk  = "ask"
	hubKeep = "keep"
	hubEnd  = "end"
)

// endHubWithin is how long a hub that was left running may take to end.
const endHubWithin = 15 * time.Second

// BeforeClose is called when the window is asked to close, and says whether it
// stays open: it does to ask what becomes of a demo hub that runs here. Asked to
// close a second time it closes, so that no page can hold it; the hub is then
// treated as where nobody can be asked.
func (s *Shell) BeforeClose() (stay bool) {
	runs := s.hubRuns()
	s.mu.Lock()
	decided := s.leaving || s.session.Closing
	if runs && !decided && s.settings.OnQuit != hubAsk {
		s.leaving, s.leaveHub = true, s.settings.OnQuit
	}
	stay = runs && !decided && !s.leaving && s.push.heard()
	s.mu.Unlock()
	if stay {
		s.setSession(func(v *Session) { v.Closing = true })
		s.trace("asks", nil)
		s.o.Native.Show()
	}
	return stay
}

// hubRuns says whether a demo hub runs here that this desk can leave or end.
func (s *Shell) hubRuns() bool {
	s.mu.Lock()
	hub := s.demo
	s.mu.Unlock()
	return hub != nil && (hub.owned() || demo.Stays(s.o.DemoDir))
}

// Leave implements Core.
func (s *Shell) Leave(hub string, remember bool) error {
	if hub != hubKeep && hub != hubEnd {
		return fmt.Errorf("a hub cannot be left as %q", hub)
	}
	if remember {
		s.mu.Lock()
		settings := s.settings
		s.mu.Unlock()
		settings.OnQuit = hub
		if err := s.SetSettings(settings); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.leaving, s.leaveHub = true, hub
	s.mu.Unlock()
	s.o.Native.Quit()
	return nil
}

// Stay implements Core.
func (s *Shell) Stay() { s.setSession(func(v *Session) { v.Closing = false }) }

// EndNow closes the window without asking: somebody ends this process. A hub that
// this desk runs ends with it, one that was left running stays.
func (s *Shell) EndNow() {
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	s.o.Native.Quit()
}

// leaveDemo does with the demo hub what was decided, and begins to end what runs
// for the demo.
func (s *Shell) leaveDemo() {
	s.mu.Lock()
	hub, choice := s.demo, s.leaveHub
	s.mu.Unlock()
	owned := hub != nil && hub.owned()
	if owned && choice == hubKeep {
		s.demoStop(demo.ErrKeep)
		return
	}
	s.demoStop(nil) // before the hub ends, or another would be started in its place
	if hub == nil || owned || choice != hubEnd {
		return
	}
	ctx, end := context.WithTimeout(context.Background(), endHubWithin)
	defer end()
	if err := demo.End(ctx, s.o.DemoDir); err != nil {
		s.o.Log.Error("the demo hub was not ended", "error", err)
	}
}
