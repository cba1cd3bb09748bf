package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"parley/app"
	"parley/app/demo"
	"parley/backend/protocol"
)

// The test binary plays the hub that a desk starts.
func TestMain(m *testing.M) {
	if os.Getenv(demo.EndWithStdin) != "" {
		os.Exit(playHub())
	}
	os.Exit(m.Run())
}

// playHub says who it is to whoever asks, and ends as a hub does.
func playHub() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(protocol.About{Product: "parley", Demo: true})
		}))
	}()
	ctx, end := demo.WithParent(context.Background(), os.Stdin, os.Stdout)
	defer end()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	fmt.Printf(`{"url":"http://%s","users":[{"user":"agent-1","password":"right","role":"agent"}]}`+"\n", l.Addr())
	<-ctx.Done()
	return 0
}

// tryDemo opens a window and its demo, or goes on with it.
func (p *parts) tryDemo() {
	p.t.Helper()
	p.hubCommand = []string{os.Args[0]}
	p.start()
	p.await("a session", func(s app.Push) bool { return s.Session.State != "starting" })
	if p.state.Session.State == "signed_out" {
		if err := p.shell.TryDemo(); err != nil {
			p.t.Fatal(err)
		}
	}
	p.await("the demo", func(s app.Push) bool { return s.Session.State == "signed_in" && s.Session.Demo })
	p.t.Cleanup(func() { _ = demo.End(context.Background(), p.demoDir) })
}

// asked closes the window, which stays and asks.
func (p *parts) asked() {
	p.t.Helper()
	shown := p.native.shown
	if !p.shell.BeforeClose() {
		p.t.Fatal("the window closed without asking")
	}
	p.await("the question", func(s app.Push) bool { return s.Session.Closing })
	if p.native.shown == shown {
		p.t.Error("it asks where nobody looks")
	}
}

func (p *parts) mustStay(want bool) {
	p.t.Helper()
	p.shell.Shutdown()
	if got := demo.Stays(p.demoDir); got != want {
		p.t.Errorf("the hub runs on: %v, want %v", got, want)
	}
}

func (p *parts) leave(hub string, remember bool) {
	p.t.Helper()
	if err := p.shell.Leave(hub, remember); err != nil {
		p.t.Fatal(err)
	}
	if p.native.quits == 0 || p.shell.BeforeClose() {
		p.t.Error("the window did not close")
	}
}

func TestQuittingAsksWhatBecomesOfTheHub(t *testing.T) {
	for _, c := range []struct {
		name  string
		close func(p *parts)
		stays bool
	}{
		{"kept", func(p *parts) { p.asked(); p.leave("keep", false) }, true},
		{"ended", func(p *parts) { p.asked(); p.leave("end", false) }, false},
		{"cancelled, then ended by a signal", func(p *parts) {
			p.asked()
			p.shell.Stay()
			p.await("the end of the question", func(s app.Push) bool { return !s.Session.Closing })
			p.asked()
			p.shell.EndNow()
			if p.native.quits != 1 || p.shell.BeforeClose() {
				p.t.Error("a signal did not close the window")
			}
		}, false},
		{"closed again while it asks", func(p *parts) {
			p.asked()
			if p.shell.BeforeClose() {
				p.t.Error("the window cannot be closed")
			}
		}, false},
		{"kept as ever", func(p *parts) {
			s := app.DefaultSettings()
			s.OnQuit = "keep"
			if err := p.shell.SetSettings(s); err != nil {
				p.t.Fatal(err)
			}
			if p.shell.BeforeClose() {
				p.t.Error("it asked all the same")
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newParts(t)
			p.tryDemo()
			c.close(p)
			p.mustStay(c.stays)
		})
	}
}

// A hub that was left running belongs to the next desk that uses it: quitting
// that one asks again, and what it chose is remembered.
func TestAHubThatWasKeptCanBeEndedLater(t *testing.T) {
	p := newParts(t)
	p.tryDemo()
	p.asked()
	p.leave("keep", false)
	p.mustStay(true)

	p.tryDemo()
	p.shell.EndNow()
	p.mustStay(true) // a signal decides nothing about it

	p.tryDemo()
	p.asked()
	p.leave("end", true)
	p.mustStay(false)

	p.tryDemo()
	p.await("what was chosen", func(s app.Push) bool { return s.Settings.OnQuit == "end" })
	if p.shell.BeforeClose() {
		t.Error("it asked although it was told not to")
	}
	p.mustStay(false)
}

func TestQuittingAsksNothingWhereNoHubRuns(t *testing.T) {
	p := newParts(t)
	p.start()
	p.awaitSession("signed_out")
	p.signIn()
	if p.shell.BeforeClose() {
		t.Error("the window stays open")
	}
	if err := p.shell.Leave("sell", false); err == nil || p.native.quits > 0 {
		t.Errorf("leaving a hub in no known way: %v", err)
	}
	p.shell.Shutdown()
}
