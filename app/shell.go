package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/app/keep"
	"parley/app/lock"
	"parley/app/sound"
)

var _ Core = (*Shell)(nil)

// Options are a shell's parts and choices.
type Options struct {
	Profile  string // "" is the default one
	Dir      string // this profile's data
	Hub      string // address to offer for signing in
	Demo     bool   // start the demo at once
	Simulate bool   // with customers, where the program is found
	// HubCommand starts a hub as a child process; empty: no demo here.
	HubCommand []string
	DemoDir    string // the demo hub's data, shared by profiles

	Native   Native
	Notifier Notifier
	Chain    keep.Chain
	Speaker  sound.Speaker
	Hubs     Hubs
	OpenDesk OpenDesk
	Log      *slog.Logger
	// Say is where a person at a terminal reads what happens.
	Say io.Writer
	// Trace gets one line of JSON for each thing that happens; nil gets none.
	Trace io.Writer
}

// Shell is what stands around a desk: the session, the demo's hub, settings,
// sounds, notifications and files. It implements Core. All methods are safe for
// concurrent use.
type Shell struct {
	o      Options
	began  time.Time
	push   *pusher
	alarm  *sound.Alarm
	chain  *keep.Entry
	alerts *alerts
	jobs   sync.WaitGroup
	ctx    context.Context // ends at Shutdown; goroutines of the shell carry it
	stop   context.CancelFunc
	// demoCtx ends after ctx, so that a demo hub outlives the desk's connection.
	demoCtx  context.Context
	demoStop context.CancelCauseFunc
	entry    sync.Mutex // held while signing in, out or on

	mu       sync.Mutex
	lock     *lock.Lock
	session  Session
	settings Settings
	notices  []Notice // the shell's own
	told     []Notice // the desk's
	desk     Desk     // nil while signed out
	account  Account
	open     record // the session of desk
	how      keep.How
	phrase   string // given with Keep, for the next sign-in
	demo     *demoHub
	leaving  bool   // the window closes, and nobody is asked any more
	leaveHub string // hubKeep or hubEnd; "" while nobody chose
	traced   traced
	traceMu  sync.Mutex // held while writing a line
}

// New returns a shell that has done nothing yet.
func New(o Options) *Shell {
	s := &Shell{o: o, began: time.Now(), settings: DefaultSettings(), how: keep.Memory}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.demoCtx, s.demoStop = context.WithCancelCause(context.Background())
	s.push = newPusher(func(p Push) { o.Native.Emit("push", p) })
	s.alarm = sound.NewAlarm(o.Speaker, o.Log)
	s.alerts = newAlerts(s.alarm, o.Notifier, o.Log)
	s.chain = keep.NewEntry(o.Chain, o.Dir)
	s.session = Session{
		State: "starting", Hub: o.Hub, Keeping: string(s.how),
		DemoReady: len(o.HubCommand) > 0, Profile: o.Profile,
	}
	s.clear()
	return s
}

// Startup begins; the window may still be opening. It returns at once.
func (s *Shell) Startup() {
	s.jobs.Go(func() { s.push.run(s.ctx) })
	s.jobs.Go(func() { s.alerts.run(s.ctx) })
	s.jobs.Go(s.begin)
}

// Shutdown ends everything that the shell started and returns when it has: the
// desk's connection and cache, sounds, and a demo hub that this shell runs,
// unless it is to stay.
func (s *Shell) Shutdown() {
	s.stop()
	s.mu.Lock()
	desk := s.desk
	s.desk = nil
	s.mu.Unlock()
	if desk != nil {
		if err := desk.Close(); err != nil {
			s.o.Log.Error("desk was not closed well", "error", err)
		}
	}
	s.leaveDemo()
	s.alarm.Close()
	s.jobs.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock != nil {
		s.lock.Release()
	}
	s.trace("ended", nil)
}

// begin takes the profile's directory and goes on with the session kept there.
func (s *Shell) begin() {
	if err := s.takeDir(); err != nil {
		s.o.Log.Error("profile cannot be used", "error", err)
		s.setSession(func(v *Session) { v.State, v.Error, v.DemoReady = "signed_out", err.Error(), false })
		return
	}
	settings, err := LoadSettings(s.settingsFile())
	if err != nil {
		s.o.Log.Warn("settings are the defaults", "error", err)
		s.notice(Notice{ID: "settings", Level: "warning", Text: "Your settings could not be read, so these are the defaults."})
	}
	s.mu.Lock()
	s.settings = settings
	s.mu.Unlock()
	s.alerts.set(settings)
	s.push.change(Push{Settings: &settings})
	s.resume()
}

func (s *Shell) takeDir() error {
	if err := os.MkdirAll(s.o.Dir, 0o700); err != nil {
		return fmt.Errorf("this profile's folder cannot be used: %w", err)
	}
	held, err := lock.Take(s.o.Dir)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lock = held
	return nil
}

func (s *Shell) settingsFile() string { return filepath.Join(s.o.Dir, settingsName) }

// Subscribe implements Core.
func (s *Shell) Subscribe() Push {
	p := s.push.subscribe()
	s.quietly(func(d Desk) { // drafts are not pushed back to the one who writes them
		tabs := d.Tabs()
		p.Tabs = &tabs
	})
	return p
}

// Painted implements Core.
func (s *Shell) Painted(state string) {
	s.trace("painted", map[string]any{"state": state, "afterMs": time.Since(s.began).Milliseconds()})
}

// Focused implements Core.
func (s *Shell) Focused(focused bool) { s.alerts.focus(focused) }

// OpenLink implements Core.
func (s *Shell) OpenLink(link string) error {
	u, err := url.Parse(link)
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	mail := err == nil && u.Scheme == "mailto" && u.Opaque != ""
	if !web && !mail {
		return errors.New("only web and e-mail addresses can be opened")
	}
	s.o.Native.OpenLink(shellSafe.Replace(u.String()))
	return nil
}

// shellSafe escapes what an address may hold and the window's opener refuses,
// since a shell would read it.
var shellSafe = strings.NewReplacer("(", "%28", ")", "%29", "~", "%7E", ";", "%3B", "!", "%21", "*", "%2A",
	"$", "%24", "[", "%5B", "]", "%5D", "|", "%7C", "`", "%60", "'", "%27", `"`, "%22", "<", "%3C", ">", "%3E", "\\", "%5C", "{", "%7B", "}", "%7D")

// SetSettings implements Core.
func (s *Shell) SetSettings(settings Settings) error {
	settings.Tones = tones()
	if err := check(settings); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil {
		return lock.ErrHeld
	}
	if err := SaveSettings(s.settingsFile(), settings); err != nil {
		return fmt.Errorf("the settings could not be kept: %w", err)
	}
	s.settings = settings
	s.alerts.set(settings)
	s.push.change(Push{Settings: &settings})
	return nil
}

// TestSound implements Core.
func (s *Shell) TestSound(tone string, volume int) error {
	return s.alarm.Test(s.ctx, sound.Choice{Tone: tone, Volume: volume})
}

// notice shows n, in place of the one with the same ID.
func (s *Shell) notice(n Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = slices.DeleteFunc(slices.Clone(s.notices), func(old Notice) bool { return old.ID == n.ID })
	s.notices = append(s.notices, n)
	s.push.change(Push{Notices: slices.Concat([]Notice{}, s.notices, s.told)})
}

// deskNotices shows the desk's notices beside the shell's own.
func (s *Shell) deskNotices(notices []Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = notices
	s.push.change(Push{Notices: slices.Concat([]Notice{}, s.notices, s.told)})
}

// setSession changes the session and tells the window.
func (s *Shell) setSession(change func(*Session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.session.State
	change(&s.session)
	now := s.session
	s.push.change(Push{Session: &now})
	if now.State != before {
		s.trace("session", map[string]any{"state": now.State, "user": now.User, "hub": now.Hub, "error": now.Error})
	}
}

// clear tells the window that there is nothing: nobody is signed in.
func (s *Shell) clear() {
	session, settings := s.session, s.settings
	s.notices, s.told = nil, nil
	s.push.change(Push{
		Session: &session, Settings: &settings,
		Link:        &Link{State: "connecting"},
		Me:          &Me{Presences: []Presence{}, Queues: []MyQueue{}, Externals: []External{}},
		Org:         &Org{Queues: []Queue{}, Channels: []Channel{}, Libraries: []Library{}},
		Roster:      &Roster{Interactions: []Interaction{}},
		Tabs:        &Tabs{Open: []Tab{}},
		Typing:      &Typing{Conversations: []string{}},
		Supervision: &Supervision{Rights: []Right{}, Monitored: []Monitored{}, Coaching: []Coaching{}},
		Board:       new(NoBoard()),
		Notices:     []Notice{},
	})
}

// traced is what was traced last.
type traced struct {
	link   string
	roster map[string]string // conversation → status
}

// trace writes one line of JSON about what happened.
func (s *Shell) trace(what string, fields map[string]any) {
	if s.o.Trace == nil {
		return
	}
	line := map[string]any{"trace": what, "atMs": time.Now().UnixMilli()}
	for k, v := range fields {
		line[k] = v
	}
	raw, err := json.Marshal(line)
	if err != nil {
		s.o.Log.Error("trace", "error", err)
		return
	}
	s.traceMu.Lock()
	defer s.traceMu.Unlock()
	_, _ = s.o.Trace.Write(append(raw, '\n'))
}
