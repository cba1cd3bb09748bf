package app_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app"
)

func roster(i ...app.Interaction) app.Push {
	return app.Push{Roster: &app.Roster{Interactions: i}}
}

func alerting(id string) app.Interaction {
	return app.Interaction{ID: id, Communication: id + "-leg", Status: "alerting", Contact: "Anna", QueueName: "Web orders", LastText: "my secret order"}
}

// inBubble runs a test of a signed-in shell with time that stands still until
// everybody waits.
func inBubble(t *testing.T, test func(p *parts, desk *fakeDesk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newParts(t)
		p.start()
		p.awaitSession("signed_out")
		desk := p.signIn()
		test(p, desk)
		p.shell.Shutdown()
		if strings.Contains(p.log.String(), "secret") {
			t.Error("a message was logged")
		}
	})
}

func TestAlertRingsUntilItIsAnswered(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		desk.changed(roster(alerting("c1")))
		time.Sleep(4 * time.Second)
		desk.changed(roster(alerting("c1"), alerting("c2"))) // a second alert rings no second time
		time.Sleep(4 * time.Second)
		if n := p.tones.count(); n != 3 {
			p.t.Errorf("%d tones in 8 seconds", n)
		}
		answered := alerting("c1")
		answered.Status = "connected"
		desk.changed(roster(answered, alerting("c2")))
		time.Sleep(3 * time.Second)
		if n := p.tones.count(); n != 4 {
			p.t.Errorf("%d tones; the second alert still rings", n)
		}
		desk.changed(roster(answered))
		time.Sleep(time.Minute)
		if n := p.tones.count(); n != 4 {
			p.t.Errorf("%d tones; nothing alerts any more", n)
		}
	})
}

func TestSignOutEndsTheRinging(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		desk.changed(roster(alerting("c1")))
		synctest.Wait()
		if err := p.shell.SignOut(); err != nil {
			p.t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if n := p.tones.count(); n != 1 {
			p.t.Errorf("%d tones", n)
		}
	})
}

func TestSoundFollowsTheSettings(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		s := app.DefaultSettings()
		s.Sound = false
		if err := p.shell.SetSettings(s); err != nil {
			p.t.Fatal(err)
		}
		desk.changed(roster(alerting("c1")))
		time.Sleep(10 * time.Second)
		if n := p.tones.count(); n != 0 {
			p.t.Errorf("%d tones although sound is off", n)
		}
		if err := p.shell.TestSound("bell", 50); err != nil || p.tones.count() != 1 {
			p.t.Errorf("the sound check plays in any case: %v", err)
		}
		s.Sound = true
		if err := p.shell.SetSettings(s); err != nil {
			p.t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := p.tones.count(); n != 2 {
			p.t.Errorf("%d tones; the alert still waits", n)
		}
	})
}

func TestAutomaticAnswerIsHeardOnce(t *testing.T) {
	auto := app.Interaction{ID: "c1", Communication: "l1", Status: "connected", AutoAnswered: true, Contact: "Anna"}
	next := app.Interaction{ID: "c2", Communication: "l2", Status: "connected", AutoAnswered: true, Contact: "Ben"}
	inBubble(t, func(p *parts, desk *fakeDesk) {
		desk.changed(roster(auto)) // as it was before this start
		time.Sleep(time.Second)
		desk.changed(roster(auto, next))
		time.Sleep(time.Second)
		desk.changed(roster(auto, next))
		time.Sleep(time.Minute)
		if n := p.tones.count(); n != 1 {
			p.t.Errorf("%d tones", n)
		}
		if got := p.notes.all(); !reflect.DeepEqual(got, []string{"Connected: Ben | "}) {
			p.t.Errorf("notifications %q", got)
		}
	})
}

func TestFirstInteractionEverIsHeard(t *testing.T) {
	auto := app.Interaction{ID: "c1", Communication: "l1", Status: "connected", AutoAnswered: true, Contact: "Anna"}
	inBubble(t, func(p *parts, desk *fakeDesk) {
		desk.changed(roster())
		desk.changed(roster(auto))
		time.Sleep(time.Minute)
		if n := p.tones.count(); n != 1 {
			p.t.Errorf("%d tones", n)
		}
	})
}

func TestNotifications(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		p.shell.Focused(true)
		desk.changed(roster(alerting("c1")))
		p.shell.Focused(false)
		desk.changed(roster(alerting("c1"), alerting("c2")))
		desk.changed(roster(alerting("c1"), alerting("c2")))
		synctest.Wait()
		if got := p.notes.all(); !reflect.DeepEqual(got, []string{"Waiting for an answer: Anna | Web orders"}) {
			p.t.Errorf("notifications %q", got)
		}
		s := app.DefaultSettings()
		s.ShowBodies = true
		if err := p.shell.SetSettings(s); err != nil {
			p.t.Fatal(err)
		}
		desk.changed(roster(alerting("c3")))
		synctest.Wait()
		if got := p.notes.all(); len(got) != 2 || got[1] != "Waiting for an answer: Anna | “my secret order”" {
			p.t.Errorf("notifications %q", got)
		}
		s.Notifications = false
		if err := p.shell.SetSettings(s); err != nil {
			p.t.Fatal(err)
		}
		desk.changed(roster(alerting("c4")))
		synctest.Wait()
		if got := p.notes.all(); len(got) != 2 {
			p.t.Errorf("notifications although they are off: %q", got)
		}
	})
}

func TestWithoutANotificationService(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		p.notes.err = errors.New("no service runs")
		for _, id := range []string{"c1", "c2", "c3"} {
			desk.changed(roster(alerting(id)))
			synctest.Wait()
		}
		if n := strings.Count(p.log.String(), "no service runs"); n != 1 {
			p.t.Errorf("said %d times", n)
		}
	})
}

func TestSubscribeHasTheNewestDrafts(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	p.signIn()
	if got := p.shell.Subscribe().Tabs; got.Active != "c1" || got.Open[0].Draft != "half a" {
		t.Errorf("tabs %+v", got)
	}
}

func boardOf(change func(*app.Board)) app.Push {
	b := app.NoBoard()
	b.State = "live"
	change(&b)
	return app.Push{Board: &b}
}

// A threshold that is crossed, and an agent who calls for help, are told once.
func TestSupervisorsAreAlerted(t *testing.T) {
	inBubble(t, func(p *parts, desk *fakeDesk) {
		queue := func(alerts ...app.BoardAlert) []app.BoardQueue {
			return []app.BoardQueue{{ID: "returns", Name: "Returns", Alerts: alerts}, {ID: "returns/web", Channel: "web", Alerts: alerts}}
		}
		calm := app.BoardAlert{Metric: "waiting", Level: "warn", Limit: 5}
		bad := app.BoardAlert{Metric: "longestWait", Level: "alarm", Limit: 240}
		old := app.BoardAlert{Metric: "serviceLevel", Level: "alarm", Limit: 60}
		help := app.LiveConversation{ID: "c1", AgentName: "Ann", QueueName: "Returns", HelpMs: 7}
		desk.changed(boardOf(func(b *app.Board) { b.Queues = queue(old) })) // as it was found
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues = false, queue(old, calm) }))
		synctest.Wait()
		if shown := p.notes.all(); len(shown) != 0 || p.tones.count() != 0 {
			p.t.Errorf("told of %q, %d tones", shown, p.tones.count())
		}
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues = false, queue(old, bad) }))
		time.Sleep(time.Minute) // one tone at a time
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues, b.Live = false, queue(bad), []app.LiveConversation{help} }))
		time.Sleep(time.Minute)
		desk.changed(boardOf(func(b *app.Board) { b.Queues, b.Live = queue(bad), []app.LiveConversation{help} })) // whole, again
		time.Sleep(time.Minute)
		want := []string{"Alarm: Returns | Somebody has been waiting for 4m0s or longer.", "Ann asks for help | Returns"}
		if shown := p.notes.all(); !reflect.DeepEqual(shown, want) {
			p.t.Errorf("told of %q, want %q", shown, want)
		}
		if p.tones.count() == 0 {
			p.t.Error("nothing was heard")
		}
		// What has passed and comes again is new.
		helped := help
		helped.HelpMs = 0
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues, b.Live = false, queue(), []app.LiveConversation{helped} }))
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues, b.Live = false, queue(bad), []app.LiveConversation{help} }))
		time.Sleep(time.Minute)
		if shown := p.notes.all(); len(shown) != 4 {
			p.t.Errorf("told of %q", shown)
		}
		p.shell.Focused(true)
		desk.changed(boardOf(func(b *app.Board) { b.Whole, b.Queues = false, queue(bad, old) }))
		time.Sleep(time.Minute)
		if shown := p.notes.all(); len(shown) != 4 {
			p.t.Errorf("the window has the keyboard, and yet %q", shown)
		}
	})
}
