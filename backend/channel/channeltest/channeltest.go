// Package channeltest is the suite that every connector passes: equal arguments
// give equal answers, no bytes make it panic, nothing is dropped silently, and
// what it says about its channel makes sense.
package channeltest

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Suite is one connector with what its platform sends and Parley asks of it.
type Suite struct {
	Connector channel.Connector
	Account   channel.Account
	// Golden is a directory of txtar files, one per request: see golden.
	Golden string
	// Genuine requests pass Verify; Forged ones give ErrForbidden, Broken ones
	// ErrMalformed, from Verify or Parse.
	Genuine []Call
	Forged  []Call
	Broken  []Call
	// Tasks are driven to their receipt, once with every call succeeding and
	// once with every call failing.
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

// maxSteps is far beyond what any task needs.
const maxSteps = 32

// Run runs the whole suite.
func Run(t *testing.T, s Suite) {
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
	if p.Policy.ReplyWindow < 0 || p.Policy.MaxReplies < 0 {
		t.Errorf("a policy limit is negative: %+v", p.Policy)
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
			_, err := s.Connector.Verify(c.Endpoint, c.Request, now)
			if err == nil {
				_, err = s.Connector.Parse(c.Request)
			}
			if !errors.Is(err, channel.ErrMalformed) {
				t.Errorf("got %v, want ErrMalformed", err)
			}
		})
	}
}

func tasks(t *testing.T, s Suite) {
	if len(s.Tasks) == 0 {
		t.Fatal("the suite names no tasks")
	}
	succeed := channel.Exchange{Status: http.StatusOK, Header: http.Header{}, Body: []byte("{}")}
	fail := channel.Exchange{Err: "no answer"}
	for _, task := range s.Tasks {
		for name, outcome := range map[string]channel.Exchange{"success": succeed, "no answer": fail} {
			t.Run(reflect.TypeOf(task).Name()+" "+name, func(t *testing.T) { drive(t, s, task, outcome) })
		}
	}
}

// drive takes a task to its receipt and checks every step on the way.
func drive(t *testing.T, s Suite, task channel.Task, outcome channel.Exchange) {
	var done []channel.Exchange
	for range maxSteps {
		step, err := s.Connector.Next(s.Account, task, done, now)
		if err != nil {
			t.Fatalf("after %d steps: %v", len(done), err)
		}
		again, err := s.Connector.Next(s.Account, task, done, now)
		if err != nil || !reflect.DeepEqual(step, again) {
			t.Fatalf("equal arguments, different steps (%v):\n%+v\n%+v", err, step, again)
		}
		set := 0
		for _, is := range []bool{step.Call != nil, step.Push != nil, step.Done != nil} {
			if is {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("a step with %d fields set: %+v", set, step)
		}
		if step.Done != nil {
			if step.Done.State == "" {
				t.Error("a receipt without a state")
			}
			if outcome.Err != "" && (step.Done.State == message.Delivered || step.Done.State == message.Read) {
				t.Errorf("nothing was answered, yet the receipt says %q", step.Done.State)
			}
			return
		}
		made := outcome
		made.Step = step
		done = append(done, made)
	}
	t.Fatalf("no receipt after %d steps", maxSteps)
}

// Fuzz feeds bytes to Parse as the body of request: it may refuse them with
// ErrMalformed, and must answer the same twice, without silence.
func Fuzz(t *testing.T, c channel.Connector, request channel.Request, body []byte) {
	request.Body = body
	batch, err := c.Parse(request)
	if err != nil {
		if !errors.Is(err, channel.ErrMalformed) {
			t.Errorf("got %v, want ErrMalformed", err)
		}
		return
	}
	if len(batch.Events) == 0 && len(batch.Skipped) == 0 {
		t.Error("a request was dropped in silence: neither events nor skipped parts")
	}
	again, err := c.Parse(request)
	if err != nil || !reflect.DeepEqual(batch, again) {
		t.Errorf("equal bytes, different batches (%v):\n%+v\n%+v", err, batch, again)
	}
}
