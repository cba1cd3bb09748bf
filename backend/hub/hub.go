// Package hub is the whole hub put together: the log and what folds it, the
// engine, routing, and the two sides that talk to it, desks and guests.
package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub/acd"
	"parley/backend/hub/adminapi"
	"parley/backend/hub/auth"
	"parley/backend/hub/automation"
	"parley/backend/hub/board"
	"parley/backend/hub/channels"
	"parley/backend/hub/config"
	"parley/backend/hub/deskapi"
	"parley/backend/hub/engine"
	"parley/backend/hub/guest"
	"parley/backend/hub/organisation"
	"parley/backend/hub/trail"
	"parley/backend/hub/web"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// Options of a hub. Data must be set, and Config or Demo.
type Options struct {
	// Data is the hub's directory. It is made if there is none, readable by the
	// owner only.
	Data string
	// Listen is HOST:PORT; port 0 picks a free one. Default: what Config says,
	// else 127.0.0.1:8600.
	Listen string
	Config *config.Config
	// Demo seeds a demo organisation with random passwords and serves the demo
	// shop, on loopback only. Config is not used.
	Demo bool
	// PlatformURL is where a demo's channels call instead of the platforms.
	PlatformURL string
	// Ready is called once, when the hub answers.
	Ready func(Ready)
	// Log measures the log; zero means the defaults.
	Log    badger.Options
	Logger *slog.Logger     // default slog.Default
	Now    func() time.Time // default time.Now
	// Stall is how long a client may pause within a body; default 30 s.
	Stall time.Duration
}

// Ready is what a hub says when it answers, as one line of JSON.
type Ready struct {
	URL          string `json:"url"` // without a trailing slash
	Shop         string `json:"shop,omitempty"`
	DeploymentID string `json:"deploymentId,omitempty"`
	Users        []User `json:"users,omitempty"`
	// Deployments are all web messaging deployments; DeploymentID is the first.
	Deployments []Deployment `json:"deployments,omitempty"`
	// Channels are the accounts of messaging channels; web messaging is the first,
	// with its kind alone.
	Channels []Channel `json:"channels"`
}

// Deployment is a web messaging deployment and where its customers wait.
type Deployment struct {
	ID    string `json:"id"`
	Queue string `json:"queue"`
}

// User is a demo user.
type User struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// LogValue keeps passwords out of logs.
func (User) LogValue() slog.Value { return slog.StringValue("[user]") }

// LogValue keeps passwords out of logs.
func (r Ready) LogValue() slog.Value { return slog.StringValue(r.URL) }

// drain is how long requests under way may take when the hub ends.
const drain = 10 * time.Second

// Run serves until ctx ends, then drains: it takes no new connections, sends
// desks and guests away with the advice to come back, and closes the log. The
// error says in words why the hub could not start or go on; nil after ctx ended.
func Run(ctx context.Context, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	place, err := o.place()
	if err != nil {
		return err
	}
	s, err := openStores(ctx, o)
	if err != nil {
		return err
	}
	err = serve(ctx, o, place, s)
	return errors.Join(err, s.close())
}

// place is where a hub listens and how it is reached.
type place struct {
	listen string
	public string      // "" = the bound address
	tls    *tls.Config // nil = plain
}

// place checks where the hub may listen before anything is opened.
func (o Options) place() (place, error) {
	p := place{listen: o.Listen}
	if c := o.Config; c != nil && !o.Demo {
		if p.listen == "" {
			p.listen = c.Listen
		}
		p.public = c.PublicURL
		if c.TLS != nil {
			pair, err := tls.LoadX509KeyPair(c.TLS.CertFile, c.TLS.KeyFile)
			if err != nil {
				return p, fmt.Errorf("read the certificate: %w", err)
			}
			p.tls = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		}
	}
	if p.listen == "" {
		p.listen = "127.0.0.1:8600"
	}
	host, _, err := net.SplitHostPort(p.listen)
	if err != nil {
		return p, fmt.Errorf("listen on %q: want HOST:PORT, for example 127.0.0.1:8600", p.listen)
	}
	switch loopback := isLoopback(host); {
	case loopback:
	case o.Demo:
		return p, fmt.Errorf("a demo hub listens on loopback only, for example 127.0.0.1:8600, not on %q", p.listen)
	case p.tls == nil:
		return p, fmt.Errorf("listening on %q reaches beyond this machine, which needs tls with certFile and keyFile in the configuration", p.listen)
	case p.public == "":
		return p, fmt.Errorf("listening on %q needs publicUrl in the configuration: the address that browsers and desks use", p.listen)
	}
	return p, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// serve wires everything and serves until ctx ends or something fails.
func serve(ctx context.Context, o Options, p place, s *stores) error {
	c, users, err := o.organisation()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", p.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }()
	if p.public == "" {
		scheme := "http"
		if p.tls != nil {
			scheme = "https"
		}
		p.public = scheme + "://" + listener.Addr().String()
	}
	if p.tls != nil {
		listener = tls.NewListener(listener, p.tls)
	}
	h, err := assemble(ctx, o, c, p, s)
	if err != nil {
		return err
	}
	return h.run(ctx, listener, o.announcement(c, p, users))
}

func (o Options) announcement(c *config.Config, p place, users []User) func() {
	r := Ready{URL: p.public, Users: users, Channels: announced(o, c, p.public)}
	for _, d := range c.Deployments {
		r.Deployments = append(r.Deployments, Deployment{ID: string(d.ID), Queue: string(d.Queue)})
	}
	if len(c.Deployments) > 0 {
		r.DeploymentID = r.Deployments[0].ID
	}
	if o.Demo {
		r.Shop = p.public + shopPath
	}
	return func() {
		o.Logger.Info("hub is ready", "url", p.public, "data", o.Data, "demo", o.Demo)
		if o.Ready != nil {
			o.Ready(r)
		}
	}
}

const shopPath = "/shop/"

// assembled is a hub whose parts run, and whose doors are closed yet.
type assembled struct {
	log          *slog.Logger
	engine       *engine.Engine
	organisation *organisation.Live
	trail        *trail.Trail
	router       *acd.Router
	rehome       *rehome
	board        *board.Board
	export       *board.Export // nil = no reports are written
	automation   *automation.Automation
	desks        *deskapi.Hub
	guests       *guest.Hub
	channels     *channels.Hub
	server       *http.Server
	stores       *stores
}

// assemble makes the parts and connects them.
func assemble(ctx context.Context, o Options, c *config.Config, p place, s *stores) (*assembled, error) {
	r := newRules(c)
	e, err := engine.Open(ctx, engine.Options{Log: s.log, Vault: s.vault, Rules: r, Logger: o.Logger, Now: o.Now})
	if err != nil {
		return nil, err
	}
	live, err := organisation.Open(ctx, organisation.Options{
		Engine: e, Wish: c.Organisation, Follow: o.Demo, Pinned: c.Pinned(), Logger: o.Logger,
	})
	if err != nil {
		e.Close()
		if errors.Is(err, eventlog.ErrDamaged) {
			err = fmt.Errorf("%w; run: parley-hub repair --data %s", err, o.Data)
		}
		return nil, err
	}
	r.live.Store(live)
	audit, err := trail.Open(ctx, trail.Options{Log: s.log, Engine: e, File: filepath.Join(o.Data, trailFile), Logger: o.Logger})
	if err != nil {
		live.Close()
		e.Close()
		return nil, err
	}
	a := &assembled{log: o.Logger, engine: e, organisation: live, trail: audit, stores: s}
	if err := a.connect(o, c, p, r); err != nil {
		audit.Close()
		live.Close()
		e.Close()
		return nil, err
	}
	return a, nil
}

func (a *assembled) connect(o Options, c *config.Config, p place, r *rules) error {
	s := a.stores
	sessions, err := auth.Open(auth.Options{
		Password: passwords{config: c, live: a.organisation, file: PasswordsFile(o.Data), log: o.Logger}.of, File: filepath.Join(o.Data, "sessions.json"),
		Tries: c.Limits.SignInTries, Keep: time.Duration(c.Limits.SessionDays) * 24 * time.Hour, Now: o.Now,
	})
	if err != nil {
		return err
	}
	secret, err := s.secret("guests.key")
	if err != nil {
		return err
	}
	var desks *deskapi.Hub // the two sides hear of each other through the hub alone
	a.guests, err = guest.New(guest.Options{
		Config: c, Engine: a.engine, Model: s.model, Files: s.uploads, Secret: secret, PublicURL: p.public,
		Typing: func(conv id.Conversation) { desks.ContactTyping(conv) }, AgentName: a.agentName, Asks: a.asks, Logger: o.Logger, Now: o.Now,
	})
	if err != nil {
		return err
	}
	if err := a.connectChannels(o, c, p, r, func(conv id.Conversation) { desks.ContactTyping(conv) }); err != nil {
		a.guests.Close()
		return err
	}
	a.board, err = board.Open(context.Background(), board.Options{
		Log: s.log, Dir: filepath.Join(s.data, boardDir), Rules: figures(c, a.organisation.View()), Logger: o.Logger, Now: o.Now,
	})
	if err != nil {
		a.guests.Close()
		a.channels.Close()
		return err
	}
	a.organisation.Watch(func(v *organisation.View) { a.board.Reckon(figures(c, v)) })
	if c.Reports.Folder != "" {
		names := func() supervisor.Names { return called{a.organisation.View()} }
		a.export = &board.Export{Folder: c.Reports.Folder, At: c.Reports.Time(), Names: names}
	}
	a.router = acd.New(acd.Options{
		Engine: a.engine, Organisation: acd.Following(a.organisation.View().Organisation), Open: s.open, LastAgent: s.lastAgent,
		Grace: c.Grace(), Counted: func() { desks.QueuesChanged() }, Logger: o.Logger,
	})
	follow := func(v *organisation.View) { a.router.Reconfigure(acd.Following(v.Organisation)) }
	a.organisation.Watch(follow)
	follow(a.organisation.View()) // it may have changed in between
	a.automation = automation.New(automation.Options{Engine: a.engine, View: a.organisation.View, Begun: s.begun, Logger: o.Logger})
	a.rehome = newRehome(a.engine, a.organisation, s.open, c.HomeOf, o.Logger)
	shop := ""
	if o.Demo {
		shop = p.public + shopPath
	}
	desks = deskapi.New(deskapi.Options{
		Config: c, Organisation: a.organisation, Trail: a.trail, Engine: a.engine, Index: s.model, Routing: a.router, Sessions: sessions, Files: s.uploads,
		Board:    a.board,
		Profiles: r.profiles(), Typing: a.agentTyping, Ephemeral: a.channels.Ephemeral, Demo: o.Demo, ShopURL: shop, Logger: o.Logger,
	})
	a.desks = desks
	handler, err := a.handler(o, c, p)
	if err != nil {
		a.desks.Close()
		a.guests.Close()
		a.channels.Close()
		a.board.Close()
		return err
	}
	a.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
	}
	return nil
}

// handler is everything that the hub answers, behind the check of the host.
func (a *assembled) handler(o Options, c *config.Config, p place) (http.Handler, error) {
	options := web.Options{Shop: o.Demo}
	if len(c.Deployments) > 0 {
		options.DeploymentID = string(c.Deployments[0].ID)
	}
	site, err := web.Handler(options)
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(p.public)
	if err != nil {
		return nil, fmt.Errorf("publicUrl: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /readyz", a.readyz)
	a.desks.Routes(mux)
	a.guests.Routes(mux)
	a.administration(o).Routes(mux)
	a.channels.Routes(mux)
	mux.Handle("/", site)
	return o.pace().limit(hosts{public: public, log: o.Logger}.only(mux)), nil
}

// run opens the doors once routing has reconciled, and closes them in order.
func (a *assembled) run(ctx context.Context, listener net.Listener, announce func()) error {
	parts, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	work.Go(func() {
		if err := a.router.Run(parts); err != nil {
			stop(err)
		}
	})
	work.Go(func() { a.stores.tidy(parts) })
	if a.export != nil {
		work.Go(func() { a.board.Export(parts, *a.export) })
	}
	work.Go(func() { a.rehome.run(parts) })
	work.Go(func() {
		if err := a.automation.Run(parts); err != nil {
			stop(err)
		}
	})
	a.channels.Start()
	work.Go(func() {
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			stop(fmt.Errorf("serve: %w", err))
		}
	})
	select {
	case <-a.router.Ready():
		announce()
		select {
		case <-ctx.Done():
		case <-parts.Done():
		}
	case <-ctx.Done():
	case <-parts.Done():
	}
	failure := context.Cause(parts)
	a.log.Info("hub is ending")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	a.desks.Close()
	a.guests.Close()
	err := a.server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		err = a.server.Close()
	}
	stop(nil)
	work.Wait()
	a.channels.Close()
	a.board.Close()
	a.trail.Close()
	a.organisation.Close()
	a.engine.Close()
	return errors.Join(failure, err)
}

// administration changes the organisation over HTTP.
func (a *assembled) administration(o Options) *adminapi.API {
	var storing sync.Mutex
	return adminapi.New(adminapi.Options{
		Organisation: a.organisation, Log: a.stores.log, Trail: a.trail, Logger: o.Logger,
		Handle: a.desks.Handle, Forbidden: a.desks.Forbidden, SignOut: a.desks.SignOut,
		StorePassword: func(user id.Agent, password string) error {
			storing.Lock()
			defer storing.Unlock()
			return StorePassword(o.Data, user, password)
		},
	})
}

// asks tells what a queue's conversations begin with.
func (a *assembled) asks(q id.Queue) (priority int, skills []id.Skill) {
	queue, _ := a.organisation.View().Organisation.Queue(q)
	return queue.Priority, queue.Asks()
}

// agentName is what contacts are told of an agent.
func (a *assembled) agentName(who id.Agent) string {
	return a.organisation.View().Names[who]
}
