package app

import (
	"context"
	"log/slog"
	"sync"

	"parley/app/sound"
)

// alerts makes what a roster asks for heard and seen outside the window. It
// never takes the focus. All methods are safe for concurrent use.
type alerts struct {
	alarm    *sound.Alarm
	notifier Notifier
	log      *slog.Logger
	out      chan notification

	mu       sync.Mutex
	settings Settings
	focused  bool
	begun    bool            // a roster has been seen
	told     map[string]bool // communications that were told of
	waiting  bool            // something alerts
	board    boardTold
}

type notification struct{ title, body string }

func newAlerts(alarm *sound.Alarm, n Notifier, log *slog.Logger) *alerts {
	return &alerts{
		alarm: alarm, notifier: n, log: log, settings: DefaultSettings(),
		told: map[string]bool{}, out: make(chan notification, 16),
	}
}

// run shows notifications until ctx ends. A failure, such as a missing
// notification service, is logged once per row of failures.
func (a *alerts) run(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-a.out:
			err := a.notifier.Notify(n.title, n.body)
			if err != nil && !failing {
				a.log.Warn("notifications cannot be shown", "error", err)
			}
			failing = err != nil
		}
	}
}

// set takes new settings; a ringing alert rings on as they say.
func (a *alerts) set(s Settings) {
	a.mu.Lock()
	defer a.mu.Unlock()
	changed := s.Tone != a.settings.Tone || s.Volume != a.settings.Volume
	a.settings = s
	if changed {
		a.alarm.Quiet()
	}
	a.ring()
}

// focus says whether the window has the keyboard: then the card is enough.
func (a *alerts) focus(focused bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.focused = focused
}

// see takes the roster as it is now. Each alert is told of once; the tone rings
// while anything alerts. What was answered automatically plays the short tone,
// unless it is the first roster, which shows what was before.
func (a *alerts) see(r Roster) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = false
	told, heard := map[string]bool{}, false
	for _, i := range r.Interactions {
		alerting := i.Status == "alerting"
		auto := i.Status == "connected" && i.AutoAnswered
		if !alerting && !auto {
			continue
		}
		a.waiting = a.waiting || alerting
		key := i.ID + "/" + i.Communication
		told[key] = true
		if a.told[key] || (auto && !a.begun) {
			continue
		}
		if auto && a.settings.Sound && !heard {
			heard = true
			a.alarm.Once(sound.Choice{Tone: sound.AutoAnswer, Volume: a.settings.Volume})
		}
		a.notify(i, auto)
	}
	a.told, a.begun = told, true
	a.ring()
}

// reset forgets the roster: its desk is closed.
func (a *alerts) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told, a.begun, a.waiting, a.board = map[string]bool{}, false, false, boardTold{}
	a.ring()
}

func (a *alerts) ring() {
	if a.waiting && a.settings.Sound {
		a.alarm.Ring(sound.Choice{Tone: a.settings.Tone, Volume: a.settings.Volume})
		return
	}
	a.alarm.Quiet()
}

func (a *alerts) notify(i Interaction, auto bool) {
	// A contact's words never come first, where they could read as an option of
	// a program that shows the notification.
	n := notification{title: "Waiting for an answer: " + i.Contact, body: i.QueueName}
	if auto {
		n.title = "Connected: " + i.Contact
	}
	if a.settings.ShowBodies && i.LastText != "" {
		n.body = "“" + i.LastText + "”"
	}
	a.show(n)
}

// show shows a notification, unless the window has the keyboard.
func (a *alerts) show(n notification) {
	if a.focused || !a.settings.Notifications {
		return
	}
	select {
	case a.out <- n:
	default: // so many at once say nothing more
	}
}
