// Package channeltest is the suite that every connector passes: equal arguments
// give equal answers, no bytes make it panic, nothing is dropped silently, and
// what it says about its channel makes sense.
package channeltest

import (
	"bytes"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"parley/backend/channel"
	"parley/backend/message"
)

// Suite is one connector with what its platform sends and Parley asks of it.
type Suite struct {
	Connector channel.Connector
	Account   channel.Account
	// Accounts are what Parse is given; nil means Account alone.
	Accounts channel.Accounts
	// Golden is a directory of txtar files, one per request: see golden.
	Golden string
	// Genuine requests pass Verify; Forged ones give ErrForbidden, Broken ones
	// ErrMalformed, from Verify or Parse.
	Genuine []Call
	Forged  []Call
	Broken  []Call
	// Tasks are driven to their receipt, with every call succeeding and with every
	// call failing in each way there is. A kind of task that is not among them must
	// give ErrUnsupported.
	Tasks []channel.Task
}

// Call is a request at an endpoint.
type Call struct {
	Name     string
	Endpoint channel.Endpoint
	Request  channel.Request
}

// now is the suite's time. Connectors read no clock, so any will do.
var now = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

// Run runs the whole suite.
func Run(t *testing.T, s Suite) {
	if s.Accounts == nil {
		s.Accounts = channel.Accounts{s.Account.ID: s.Account}
	}
	t.Run("profile", func(t *testing.T) { profile(t, s) })
	t.Run("verify", func(t *testing.T) { verify(t, s) })
	t.Run("golden", func(t *testing.T) { golden(t, s) })
	t.Run("tasks", func(t *testing.T) { tasks(t, s) })
}

func profile(t *testing.T, s Suite) {
	p := s.Connector.Profile(s.Account)
	if s.Connector.Kind() == "" || p.Kind != s.Connector.Kind() {
		t.Errorf("kind %q, profile's kind %q: want one name", s.Connector.Kind(), p.Kind)
	}
	if again := s.Connector.Profile(s.Account); !reflect.DeepEqual(p, again) {
		t.Errorf("two profiles of one account differ:\n%+v\n%+v", p, again)
	}
	c := p.Capabilities
	if c.Label == "" {
		t.Error("the channel has no label for people")
	}
	if c.MaxTextBytes < 0 || c.MaxTextChars < 0 || c.MaxFileBytes < 0 {
		t.Errorf("a limit is negative: %+v", c)
	}
	if (len(c.FileTypes) > 0) != (c.MaxFileBytes > 0) {
		t.Errorf("files of %v up to %d bytes: either both or neither", c.FileTypes, c.MaxFileBytes)
	}
	for _, f := range c.FileTypes {
		if strings.Count(f, "/") != 1 {
			t.Errorf("file type %q is no MIME type", f)
		}
	}
	for _, e := range c.BlockedEndings {
		if !strings.HasPrefix(e, ".") || e != strings.ToLower(e) {
			t.Errorf("blocked ending %q: want lower case with dot", e)
		}
	}
	for _, d := range c.Reports {
		switch d {
		case message.Sent, message.Delivered, message.Read, message.Failed, message.Unknown:
		default:
			t.Errorf("no channel can report %q", d)
		}
	}
	for _, l := range c.Media {
		if l.MaxBytes <= 0 || len(l.Types) == 0 {
			t.Errorf("%s: a limit needs types and bytes: %+v", l.Kind, l)
		}
	}
	if p.Policy.ReplyWindowMs < 0 || p.Policy.ExtendedWindowMs < 0 || p.Policy.MaxReplies < 0 {
		t.Errorf("a policy limit is negative: %+v", p.Policy)
	}
	if p.Policy.ReplyWindowMs > 0 && !slices.Contains(p.Policy.OpenedBy, channel.OpenByMessage) {
		t.Errorf("a window that a message does not open: %v", p.Policy.OpenedBy)
	}
	if p.Policy.TemplateOutside && !c.Templates {
		t.Error("templates are allowed outside the window, but there are none")
	}
	for _, r := range p.Policy.Rules {
		if r.Name == "" || r.Value == "" || r.Source == "" {
			t.Errorf("rule %+v: name, value and source are needed", r)
		}
		if _, err := time.Parse(time.DateOnly, r.ReadOn); err != nil {
			t.Errorf("rule %s was read on %q: want YYYY-MM-DD", r.Name, r.ReadOn)
		}
	}
}

func verify(t *testing.T, s Suite) {
	for _, c := range s.Genuine {
		t.Run("genuine "+c.Name, func(t *testing.T) {
			if _, err := s.Connector.Verify(c.Endpoint, c.Request, now); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
	for _, c := range s.Forged {
		t.Run("forged "+c.Name, func(t *testing.T) {
			if _, err := s.Connector.Verify(c.Endpoint, c.Request, now); !errors.Is(err, channel.ErrForbidden) {
				t.Errorf("got %v, want ErrForbidden", err)
			}
		})
	}
	for _, c := range s.Broken {
		t.Run("broken "+c.Name, func(t *testing.T) {
			reply, err := s.Connector.Verify(c.Endpoint, c.Request, now)
			if err == nil && !reply.Final {
				_, err = s.Connector.Parse(s.Accounts, c.Request)
			}
			if !errors.Is(err, channel.ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed", err)
			}
		})
	}
}

// Fuzz feeds bytes to Parse as the body of request: it may refuse them with
// ErrMalformed, and must answer the same twice, without silence.
func Fuzz(t *testing.T, c channel.Connector, accounts channel.Accounts, request channel.Request, body []byte) {
	request.Body = body
	batch, err := c.Parse(accounts, request)
	if err != nil {
		if !errors.Is(err, channel.ErrMalformed) {
			t.Errorf("got %v, want ErrMalformed", err)
		}
		return
	}
	if len(batch.Events) == 0 && len(batch.Skipped) == 0 {
		t.Error("a request was dropped in silence: neither events nor skipped parts")
	}
	again, err := c.Parse(accounts, request)
	if err != nil || !reflect.DeepEqual(batch, again) {
		t.Errorf("equal bytes, different batches (%v):\n%+v\n%+v", err, batch, again)
	}
}

// Seeds adds the bodies of a directory's golden files to a fuzz test.
func Seeds(f *testing.F, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds in %q (%v)", dir, err)
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == "body" {
				f.Add(bytes.TrimSuffix(part.Data, []byte("\n")))
			}
		}
	}
}
