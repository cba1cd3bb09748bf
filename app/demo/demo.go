// Package demo runs a hub of the desk's own: a child process with a demo
// organisation, restarted when it dies and ended with the desk, or kept when the
// person wants that. Two desks on the same data share one hub: the first starts
// it, the second finds it through a file, and takes over when it is gone.
package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"parley/app/atomicfile"
	"parley/backend/protocol"
)

// Ready is the one line of JSON with which a hub says that it serves, and what
// the file between two desks holds. It carries the demo's passwords.
type Ready struct {
	URL        string `json:"url"`
	Shop       string `json:"shop"`
	Deployment string `json:"deploymentId"`
	Users      []User `json:"users"`
	// PID is the hub's process; the desk that started it fills it in.
	PID int `json:"pid,omitempty"`
	// Own: this desk started it, and ends it.
	Own bool `json:"-"`
}

// User can sign in to the demo.
type User struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// LogValue keeps the demo's passwords out of logs.
func (r Ready) LogValue() slog.Value { return slog.StringValue(r.URL) }

// As returns the user that a profile signs in as: the one whose name or role is
// the profile's name, else the first agent for the default profile ("") and the
// second for any other, so that two desks on one machine are two people.
func (r Ready) As(profile string) (User, bool) {
	agents := []User{}
	for _, u := range r.Users {
		if profile != "" && (u.User == profile || u.Role == profile) {
			return u, true
		}
		if u.Role == "agent" {
			agents = append(agents, u)
		}
	}
	switch {
	case len(agents) == 0:
		return User{}, false
	case profile != "" && len(agents) > 1:
		return agents[1], true
	}
	return agents[0], true
}

// Options say how to run the hub.
type Options struct {
	// Command starts a hub; "serve" and its flags are added.
	Command []string
	// Dir holds the hub's data and the file; it is made readable by its owner only.
	Dir string
	Log *slog.Logger
	// Ready is called each time a hub serves, from Run's goroutine; ctx ends when
	// that hub is gone.
	Ready func(ctx context.Context, r Ready)
	// Failed is called when the hub could not be started or died, with the reason.
	Failed func(error)
}

// Times of the supervision.
const (
	readyWithin = 30 * time.Second
	firstPause  = 250 * time.Millisecond
	longPause   = 15 * time.Second
	settled     = 30 * time.Second // up for so long, the next pause is short again
	lookEvery   = 2 * time.Second  // at a hub that another desk runs
	endWithin   = 10 * time.Second
)

// Run keeps a hub running until ctx ends, then ends it and returns. Where ctx
// ends with ErrKeep, a hub that Run has started goes on without it.
func Run(ctx context.Context, o Options) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := o.once(ctx)
		if ctx.Err() != nil {
			return
		}
		o.Log.Warn("demo hub is gone", "error", err)
		o.Failed(err)
		if time.Since(began) > settled {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// once uses the hub that runs already, or starts one, until it is gone.
func (o Options) once(ctx context.Context) error {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return fmt.Errorf("demo hub: %w", err)
	}
	last, _ := o.read()
	if last.URL != "" && serves(ctx, last.URL) {
		return o.share(ctx, last)
	}
	return o.start(ctx, last)
}

// share uses a hub that another desk runs.
func (o Options) share(ctx context.Context, r Ready) error {
	up, gone := context.WithCancel(ctx)
	defer gone()
	o.Ready(up, r)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			if !serves(ctx, r.URL) {
				return errors.New("the demo hub that another window ran has ended")
			}
		}
	}
}

// start runs a hub on the port of the last one, if that is free, so that
// addresses stay.
func (o Options) start(ctx context.Context, last Ready) error {
	listen := "127.0.0.1:0"
	if u, err := url.Parse(last.URL); err == nil && u.Port() != "" {
		listen = "127.0.0.1:" + u.Port()
	}
	args := append(append([]string{}, o.Command[1:]...),
		"serve", "--demo", "--listen", listen, "--data", filepath.Join(o.Dir, "data"))
	log, err := o.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(o.Command[0], args...)
	cmd.Env = append(os.Environ(), EndWithStdin+"="+socket(o.Dir))
	cmd.Stderr = log
	up, gone := context.WithCancel(ctx)
	defer gone()
	served := false
	err = run(ctx, cmd, true, func(out io.Reader) error {
		lines := bufio.NewReader(out)
		r, err := awaitReady(lines)
		if err != nil {
			return err
		}
		served, r.PID, r.Own = true, cmd.Process.Pid, true
		if err := o.write(r); err != nil {
			return err
		}
		o.Ready(up, r)
		return awaitStays(lines)
	})
	if errors.Is(err, ErrKeep) {
		return err
	}
	if errors.Is(context.Cause(ctx), ErrKeep) {
		o.Log.Error("the demo hub could not stay, and has ended", "error", err)
	}
	if !served && last.URL != "" && ctx.Err() == nil {
		_ = os.Remove(o.file()) // the next try takes any port
	}
	return fmt.Errorf("the demo hub ended: %w: %s", err, lastWords(log))
}

// awaitReady reads the hub's line.
func awaitReady(lines *bufio.Reader) (Ready, error) {
	type answer struct {
		r   Ready
		err error
	}
	got := make(chan answer, 1)
	go func() {
		var a answer
		line, err := lines.ReadBytes('\n')
		if a.err = err; err == nil {
			a.err = json.Unmarshal(line, &a.r)
		}
		if a.err == nil && a.r.URL == "" {
			a.err = errors.New("its first line names no address")
		}
		got <- a
	}()
	select {
	case a := <-got:
		return a.r, a.err
	case <-time.After(readyWithin):
		return Ready{}, fmt.Errorf("it did not say within %v that it serves", readyWithin)
	}
}

// serves says whether a demo hub answers at address.
func serves(ctx context.Context, address string) bool {
	ctx, end := context.WithTimeout(ctx, 2*time.Second)
	defer end()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+protocol.PathAbout, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	var about protocol.About
	err = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&about)
	return err == nil && about.Product == "parley" && about.Demo
}

func (o Options) file() string { return filepath.Join(o.Dir, "hub.json") }

func (o Options) read() (Ready, error) {
	var r Ready
	raw, err := os.ReadFile(o.file())
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	return r, err
}

func (o Options) write(r Ready) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(o.file(), raw, 0o600)
}
