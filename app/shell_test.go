package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app"
	"parley/app/keep"
	"parley/app/lock"
)

func TestSubscribeBeforeTheWindowHasStarted(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	v := reflect.ValueOf(p.state)
	for i := range v.NumField() {
		if f := v.Field(i); (f.Kind() == reflect.Pointer || f.Kind() == reflect.Slice) && f.IsNil() {
			t.Errorf("%s is not set", v.Type().Field(i).Name)
		}
	}
	// A list that is nil crosses as null, and the page's desk breaks on it.
	if raw, err := json.Marshal(p.state); err != nil || bytes.Contains(raw, []byte("null")) {
		t.Errorf("a list is nil: %s, %v", raw, err)
	}
}

func TestSignInSurvivesARestart(t *testing.T) {
	p := newParts(t)
	p.start()
	p.awaitSession("signed_out")
	if p.state.Session.Keeping != "keychain" {
		t.Errorf("it says beforehand that it keeps things in %q", p.state.Session.Keeping)
	}
	first := p.signIn()
	if p.state.Session.Name != "Sofia Lindqvist" || p.state.Session.Hub != hubAddress {
		t.Errorf("session %+v", *p.state.Session)
	}
	if err := p.shell.SignIn(hubAddress, "agent-1", "right"); err == nil {
		t.Error("signed in twice")
	}
	p.shell.Shutdown()
	if closed, destroyed := first.over(); !closed || destroyed {
		t.Error("quitting closes the desk and leaves its cache")
	}
	for _, name := range []string{"session.json"} {
		raw, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil || bytes.Contains(raw, []byte("token-1")) {
			t.Errorf("%s holds %s, %v", name, raw, err)
		}
	}

	p.start()
	p.awaitSession("signed_in")
	second := <-p.desks
	if !reflect.DeepEqual(first.account, second.account) {
		t.Errorf("first %+v, then %+v", first.account, second.account)
	}
	if err := p.shell.SignOut(); err != nil {
		t.Fatal(err)
	}
	p.awaitSession("signed_out")
	if _, destroyed := second.over(); !destroyed {
		t.Error("signing out leaves the cache")
	}
	if len(p.chain.entries) > 0 || len(p.hubs.signedOut) != 1 || p.hubs.signedOut[0] != "token-1" {
		t.Errorf("keychain %d entries, signed out %v", len(p.chain.entries), p.hubs.signedOut)
	}
	p.shell.Shutdown()
	p.start()
	p.awaitSession("signed_out")
	p.shell.Shutdown()
	if strings.Contains(p.log.String(), "token-1") || strings.Contains(p.log.String(), "right") {
		t.Error("a secret was logged")
	}
}

func TestRefusedSignIn(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	if err := p.shell.SignIn(hubAddress, "agent-1", "wrong"); err == nil || err.Error() != "name or password is wrong" {
		t.Errorf("it says %v", err)
	}
	p.await("the reason", func(s app.Push) bool {
		return s.Session.State == "signed_out" && s.Session.Error == "name or password is wrong"
	})
	if err := p.shell.Retry("c1", "m1"); err == nil {
		t.Error("there is no desk to work with")
	}
}

func TestProbe(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	if got := p.shell.Probe("127.0.0.1:8600"); got != (app.Probe{OK: true, Name: "Tarn & Fell", Demo: true, Address: hubAddress}) {
		t.Errorf("got %+v", got)
	}
	if got := p.shell.Probe("nowhere"); got != (app.Probe{Address: "https://nowhere", Reason: "nobody answers there"}) {
		t.Errorf("got %+v", got)
	}
}

func TestPassphraseWhereThereIsNoKeychain(t *testing.T) {
	p := newParts(t)
	p.chain.err = errors.New("no service")
	p.start()
	p.awaitSession("signed_out")
	if p.state.Session.Keeping != "memory" {
		t.Errorf("it keeps things in %q", p.state.Session.Keeping)
	}
	if err := p.shell.Keep("passphrase", "short"); !errors.Is(err, keep.ErrShort) {
		t.Errorf("a short passphrase: %v", err)
	}
	if err := p.shell.Keep("keychain", ""); err == nil {
		t.Error("there is no keychain to keep things in")
	}
	if err := p.shell.Keep("passphrase", "correct horse"); err != nil {
		t.Fatal(err)
	}
	first := p.signIn()
	p.shell.Shutdown()

	p.start()
	p.awaitSession("locked")
	if p.state.Session.Name != "Sofia Lindqvist" {
		t.Errorf("it does not say whose session is locked: %+v", *p.state.Session)
	}
	if err := p.shell.Unlock("incorrect horse"); !errors.Is(err, keep.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if err := p.shell.Unlock("correct horse"); err != nil {
		t.Fatal(err)
	}
	p.awaitSession("signed_in")
	if second := <-p.desks; !reflect.DeepEqual(first.account, second.account) {
		t.Errorf("first %+v, then %+v", first.account, second.account)
	}
	p.shell.Shutdown()
}

func TestMemoryKeepsNothing(t *testing.T) {
	p := newParts(t)
	p.chain.err = errors.New("no service")
	p.start()
	p.awaitSession("signed_out")
	if d := p.signIn(); d.account.Dir != "" {
		t.Errorf("the cache lies in %s", d.account.Dir)
	}
	p.shell.Shutdown()
	left, err := filepath.Glob(filepath.Join(p.dir, "*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left behind %v, %v", left, err)
	}
}

func TestAHangingKeychainDoesNotHoldTheWindow(t *testing.T) {
	p := newParts(t)
	p.start()
	p.awaitSession("signed_out")
	first := p.signIn()
	p.shell.Shutdown()

	synctest.Test(t, func(t *testing.T) {
		p.t, p.native.pushes = t, make(chan app.Push, 1024)
		p.desks = make(chan *fakeDesk, 16)
		p.chain.hang = make(chan struct{})
		began := time.Now()
		p.start()
		p.awaitSession("signed_out")
		if waited := time.Since(began); waited > 4*time.Second || p.state.Session.Error == "" {
			t.Errorf("after %v it says %q", waited, p.state.Session.Error)
		}
		time.Sleep(20 * time.Second)
		close(p.chain.hang) // the person has found the keychain's prompt
		p.awaitSession("signed_in")
		if second := <-p.desks; second.account.Token != first.account.Token {
			t.Error("it did not go on with the kept session")
		}
		p.shell.Shutdown()
	})
}

func TestTheHubEndsTheSession(t *testing.T) {
	p := newParts(t)
	p.start()
	p.awaitSession("signed_out")
	first := p.signIn()
	first.ended("you were signed out by an administrator")
	p.awaitSession("signed_out")
	if p.state.Session.Error != "you were signed out by an administrator" {
		t.Errorf("it says %q", p.state.Session.Error)
	}
	if closed, destroyed := first.over(); !closed || destroyed {
		t.Error("what waits to be sent must stay on disk")
	}
	p.hubs.token = "token-2"
	second := p.signIn()
	if second.account.Token != "token-2" || !bytes.Equal(first.account.Key, second.account.Key) {
		t.Error("the next sign-in cannot read what the last one left")
	}
	first.ended("late") // of a desk that is gone
	p.shell.Shutdown()
	if p.shell.Subscribe().Session.State != "signed_in" {
		t.Error("a desk that is gone ended the session of another")
	}
}

func TestASecondDeskOnTheSameData(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	q := newParts(t)
	q.dir = p.dir
	q.start()
	defer q.shell.Shutdown()
	q.await("the reason", func(s app.Push) bool { return s.Session.Error == lock.ErrHeld.Error() })
	if err := q.shell.SignIn(hubAddress, "agent-1", "right"); err == nil {
		t.Error("the second desk signed in")
	}
	if err := q.shell.SetSettings(app.DefaultSettings()); err == nil {
		t.Error("the second desk wrote settings")
	}
}

func TestReconnect(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	p.shell.Reconnect() // there is nothing to reach yet
	d := p.signIn()
	p.shell.Reconnect()
	if d.tried != 1 {
		t.Errorf("tried %d times", d.tried)
	}
}

func TestSettings(t *testing.T) {
	p := newParts(t)
	p.start()
	p.awaitSession("signed_out")
	s := app.DefaultSettings()
	s.Theme, s.Volume, s.Tones = "dark", 30, nil
	if err := p.shell.SetSettings(s); err != nil {
		t.Fatal(err)
	}
	p.await("the settings", func(push app.Push) bool { return push.Settings.Theme == "dark" && len(push.Settings.Tones) > 0 })
	for _, wrong := range []func(*app.Settings){
		func(s *app.Settings) { s.Theme = "pink" },
		func(s *app.Settings) { s.Density = "" },
		func(s *app.Settings) { s.OnQuit = "" },
		func(s *app.Settings) { s.Volume = 101 },
		func(s *app.Settings) { s.TextSize = 99 },
		func(s *app.Settings) { s.Tone = "gong" },
		func(s *app.Settings) { s.Language = "??" },
	} {
		bad := s
		wrong(&bad)
		if err := p.shell.SetSettings(bad); err == nil {
			t.Errorf("took %+v", bad)
		}
	}
	p.shell.Shutdown()
	p.start()
	p.await("the kept settings", func(push app.Push) bool { return push.Settings.Theme == "dark" && push.Settings.Volume == 30 })
	p.shell.Shutdown()
}

func TestOpenLink(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	for _, bad := range []string{"javascript:alert(1)", "file:///etc/passwd", "https:", "//x", "::", ""} {
		if err := p.shell.OpenLink(bad); err == nil {
			t.Errorf("opened %q", bad)
		}
	}
	for link, opened := range map[string]string{
		"https://example.com/a?b":          "https://example.com/a?b",
		"https://example.com/a_(b)?c=$(d)": "https://example.com/a_%28b%29?c=%24%28d%29",
		"mailto:mara@lindholm.example":     "mailto:mara@lindholm.example",
	} {
		p.native.opened = nil
		if err := p.shell.OpenLink(link); err != nil || !reflect.DeepEqual(p.native.opened, []string{opened}) {
			t.Errorf("%s opened %v, %v", link, p.native.opened, err)
		}
	}
}
