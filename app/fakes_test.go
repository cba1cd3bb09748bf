package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"parley/app"
	"parley/app/keep"
	"parley/backend/id"
	"parley/backend/protocol"
)

// fakeNative is a window without a screen.
type fakeNative struct {
	pushes   chan app.Push
	choose   []string // what the person chooses
	target   string
	proposed string // name of the file to be saved
	opened   []string
	shown    int
	quits    int
}

func (n *fakeNative) Emit(_ string, data any)        { n.pushes <- data.(app.Push) }
func (n *fakeNative) ChooseFiles() ([]string, error) { return n.choose, nil }
func (n *fakeNative) ChooseTarget(name string) (string, error) {
	n.proposed = name
	return n.target, nil
}
func (n *fakeNative) Show()               { n.shown++ }
func (n *fakeNative) Quit()               { n.quits++ }
func (n *fakeNative) OpenLink(url string) { n.opened = append(n.opened, url) }

// fakeChain is a keychain in memory. While hang is open, its calls block.
type fakeChain struct {
	mu      sync.Mutex
	entries map[string]string
	hang    chan struct{}
	err     error
}

func (c *fakeChain) wait() error {
	if c.hang != nil {
		<-c.hang
	}
	return c.err
}

func (c *fakeChain) Get(account string) (string, error) {
	if err := c.wait(); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.entries[account]
	if !ok {
		return "", keep.ErrNone
	}
	return value, nil
}

func (c *fakeChain) Set(account, value string) error {
	if err := c.wait(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[account] = value
	return nil
}

func (c *fakeChain) Delete(account string) error {
	if err := c.wait(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, account)
	return nil
}

// fakeHubs know one user.
type fakeHubs struct {
	mu        sync.Mutex
	token     string // of the next sign-in
	signedOut []string
}

const hubAddress = "http://127.0.0.1:8600"

func (h *fakeHubs) About(_ context.Context, address string) (string, protocol.About, error) {
	if address != "127.0.0.1:8600" {
		return "https://" + address, protocol.About{}, errors.New("nobody answers there")
	}
	return hubAddress, protocol.About{Product: "parley", Name: "Tarn & Fell", Demo: true}, nil
}

func (h *fakeHubs) SignIn(_ context.Context, _ string, who protocol.SignIn) (string, protocol.SignedIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if who.Password != "right" {
		return hubAddress, protocol.SignedIn{}, protocol.Problem{Code: "wrong_password", Message: "name or password is wrong"}
	}
	return hubAddress, protocol.SignedIn{Token: h.token, Agent: id.Agent(who.User), Name: "Sofia Lindqvist", Role: "agent"}, nil
}

func (h *fakeHubs) SignOut(_ context.Context, _, token string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.signedOut = append(h.signedOut, token)
	return nil
}

// fakeDesk does what its test tells it.
type fakeDesk struct {
	app.Desk // methods that no test needs
	account  app.Account
	changed  func(app.Push)
	ended    func(string)

	mu        sync.Mutex
	closed    bool
	destroyed bool
	added     map[string][]byte
	tried     int
	file      app.File
}

func (d *fakeDesk) Tabs() app.Tabs {
	return app.Tabs{Open: []app.Tab{{ID: "c1", Draft: "half a"}}, Active: "c1"}
}

func (d *fakeDesk) AddFile(_, name, mime string, content []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.added[name+" "+mime] = content
	return nil
}

func (d *fakeDesk) File(_ context.Context, conversation, attachment string) (app.File, error) {
	if conversation != "c1" || attachment != d.file.ID {
		return app.File{}, errors.New("no such file")
	}
	return d.file, nil
}

func (d *fakeDesk) SetPresence(string) error { return nil }

func (d *fakeDesk) Reconnect() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried++
}

func (d *fakeDesk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

func (d *fakeDesk) Destroy() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.destroyed = true, true
	return nil
}

func (d *fakeDesk) over() (closed, destroyed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed, d.destroyed
}

type notes struct {
	mu    sync.Mutex
	shown []string
	err   error
}

func (n *notes) Notify(title, body string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.shown = append(n.shown, title+" | "+body)
	return n.err
}

func (n *notes) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.shown...)
}

// tones notes that a tone is played, and plays for as long as it is let.
type tones struct {
	mu     sync.Mutex
	played int
}

func (s *tones) Play(ctx context.Context, samples []float64) error {
	s.mu.Lock()
	s.played++
	s.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(len(samples)) * time.Second / 44100):
	}
	return nil
}

func (s *tones) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.played
}

// parts are a shell with all that it stands on.
type parts struct {
	t     *testing.T
	shell *app.Shell
	dir   string
	// The demo's, where one is to be had.
	hubCommand []string
	demoDir    string
	native     *fakeNative
	chain      *fakeChain
	hubs       *fakeHubs
	notes      *notes
	tones      *tones
	log        *bytes.Buffer
	desks      chan *fakeDesk
	state      app.Push // what the window knows
}

func newParts(t *testing.T) *parts {
	return &parts{
		t: t, dir: t.TempDir(), demoDir: t.TempDir(), native: &fakeNative{pushes: make(chan app.Push, 1024)},
		chain: &fakeChain{entries: map[string]string{}}, hubs: &fakeHubs{token: "token-1"},
		notes: &notes{}, tones: &tones{}, log: &bytes.Buffer{}, desks: make(chan *fakeDesk, 16),
	}
}

// start opens the window; the parts may be started again after stop.
func (p *parts) start() {
	p.t.Helper()
	p.shell = app.New(app.Options{
		Dir: p.dir, HubCommand: p.hubCommand, DemoDir: p.demoDir, Native: p.native, Notifier: p.notes, Chain: p.chain, Speaker: p.tones, Hubs: p.hubs,
		Log: slog.New(slog.NewTextHandler(p.log, nil)),
		OpenDesk: func(a app.Account, changed func(app.Push), ended func(string)) (app.Desk, error) {
			d := &fakeDesk{account: a, changed: changed, ended: ended, added: map[string][]byte{}}
			p.desks <- d
			return d, nil
		},
	})
	p.state = p.shell.Subscribe()
	p.shell.Startup()
}

// await takes pushes until the window's state fits.
func (p *parts) await(what string, fits func(app.Push) bool) {
	p.t.Helper()
	late := time.After(10 * time.Second)
	for !fits(p.state) {
		select {
		case push := <-p.native.pushes:
			if push.Session != nil {
				p.state.Session = push.Session
			}
			if push.Settings != nil {
				p.state.Settings = push.Settings
			}
			if push.Roster != nil {
				p.state.Roster = push.Roster
			}
			if push.Notices != nil {
				p.state.Notices = push.Notices
			}
		case <-late:
			p.t.Fatalf("the window never showed %s; session %+v", what, *p.state.Session)
		}
	}
}

func (p *parts) awaitSession(state string) {
	p.t.Helper()
	p.await("session "+state, func(s app.Push) bool { return s.Session.State == state })
}

// signIn signs in and returns the desk.
func (p *parts) signIn() *fakeDesk {
	p.t.Helper()
	if err := p.shell.SignIn(hubAddress, "agent-1", "right"); err != nil {
		p.t.Fatal(err)
	}
	p.awaitSession("signed_in")
	return <-p.desks
}
