package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"parley/app/demo"
	"parley/app/keep"
)

// demoHub is the demo's hub as the shell knows it.
type demoHub struct {
	mu      sync.Mutex
	ready   *demo.Ready // nil while no hub serves
	err     error       // why the last one is gone
	failed  int         // tries since again
	changed chan struct{}
}

// enough is how many tries may fail before the person is told. The first may
// fail because another program has taken the port of the last time.
const enough = 3

func (d *demoHub) set(ready *demo.Ready, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ready, d.err = ready, err
	if err != nil {
		d.failed++
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// owned says whether a hub serves that this desk has started.
func (d *demoHub) owned() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ready != nil && d.ready.Own
}

// again forgets failures: the person tries once more.
func (d *demoHub) again() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = 0
}

// wait returns the hub when it serves, or after some tries why it does not.
func (d *demoHub) wait(ctx context.Context) (demo.Ready, error) {
	for {
		d.mu.Lock()
		ready, err, changed, failed := d.ready, d.err, d.changed, d.failed
		d.mu.Unlock()
		if ready != nil {
			return *ready, nil
		}
		if failed >= enough {
			return demo.Ready{}, err
		}
		select {
		case <-ctx.Done():
			return demo.Ready{}, ctx.Err()
		case <-changed:
		}
	}
}

// runDemo keeps a demo hub running until the shell ends; whether quitting the
// desk ends it is asked. Whatever was written stays on disk for the next time.
func (s *Shell) runDemo() *demoHub {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.demo != nil || len(s.o.HubCommand) == 0 {
		return s.demo
	}
	d := &demoHub{changed: make(chan struct{})}
	s.demo = d
	s.jobs.Go(func() {
		demo.Run(s.demoCtx, demo.Options{
			Command: s.o.HubCommand, Dir: s.o.DemoDir, Log: s.o.Log,
			Ready: func(up context.Context, r demo.Ready) {
				s.demoServes(up, r)
				d.set(&r, nil)
				s.jobs.Go(func() { s.follow(r.URL) })
			},
			Failed: func(err error) {
				s.trace("hub_failed", map[string]any{"error": err.Error()})
				d.set(nil, err)
			},
		})
	})
	return d
}

// demoServes tells the person at the terminal and starts the customers.
func (s *Shell) demoServes(up context.Context, r demo.Ready) {
	s.say("The demo hub serves at %s", r.URL)
	s.say("The demo shop is at    %s  (write there, and it alerts in the app)", r.Shop)
	s.trace("hub", map[string]any{"url": r.URL, "shop": r.Shop, "deploymentId": r.Deployment, "pid": r.PID})
	if !s.o.Simulate {
		return
	}
	s.jobs.Go(func() {
		err := demo.Simulate(up, demo.Simulator(), r)
		if err != nil && up.Err() == nil {
			s.o.Log.Warn("no simulated customers", "error", err)
			s.say("No simulated customers: %v", err)
		}
	})
}

// follow takes an open demo session to the address where its hub serves now: it
// has moved when another program had taken its port.
func (s *Shell) follow(address string) {
	s.entry.Lock()
	defer s.entry.Unlock()
	s.mu.Lock()
	moved := s.desk != nil && s.open.Demo && s.account.Hub != address
	session, account := s.open, s.account
	s.mu.Unlock()
	if !moved {
		return
	}
	if err := s.closeDesk(); err != nil {
		s.o.Log.Error("desk was not closed well", "error", err)
	}
	session.Hub = address
	if session.Keeping != keep.Memory {
		if err := s.writeRecord(session); err != nil {
			s.o.Log.Error("the demo's new address was not kept", "error", err)
		}
	}
	if err := s.openDesk(session, keep.Secret{Token: account.Token, Key: account.Key}, account.Dir); err != nil {
		s.o.Log.Error("desk was not opened", "error", err)
	}
}

// TryDemo implements Core.
func (s *Shell) TryDemo() error {
	s.entry.Lock()
	defer s.entry.Unlock()
	hub := s.runDemo()
	if hub == nil {
		return errors.New("this build cannot run a hub of its own")
	}
	hub.again()
	s.setSession(func(v *Session) { v.State, v.Error = "signing_in", "" })
	r, err := hub.wait(s.ctx)
	if err != nil {
		return s.demoFailed(fmt.Errorf("the demo could not start: %w", err))
	}
	user, ok := r.As(s.o.Profile)
	if !ok {
		return s.demoFailed(errors.New("the demo hub has nobody to sign in as"))
	}
	if err := s.signIn(r.URL, user.User, user.Password, true); err != nil {
		return err
	}
	// Whoever tries the demo wants to see what happens: what is written in the
	// shop alerts here without a further click.
	if err := s.SetPresence("on_queue"); err != nil {
		s.o.Log.Warn("not on queue", "error", err)
	}
	return nil
}

func (s *Shell) demoFailed(err error) error {
	s.setSession(func(v *Session) { v.State, v.Error = "signed_out", err.Error() })
	return err
}

func (s *Shell) say(format string, args ...any) {
	if s.o.Say != nil {
		_, _ = fmt.Fprintf(s.o.Say, format+"\n", args...)
	}
}
