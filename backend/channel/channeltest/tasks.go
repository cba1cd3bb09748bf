package channeltest

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// maxSteps is far beyond what any task needs.
const maxSteps = 64

// outcomes are what may come of every call.
var outcomes = map[string]channel.Exchange{
	"success":     {Status: http.StatusOK, Header: http.Header{}, Body: []byte("{}"), File: &channel.Download{Attachment: "f1", Size: 7}},
	"no answer":   {Err: "time-out"},
	"unsent":      {Err: "connection refused", Unsent: true},
	"fault":       {Status: http.StatusInternalServerError, Header: http.Header{}, Body: []byte("<html>")},
	"rate":        {Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}}},
	"no document": {Status: http.StatusOK, Header: http.Header{}, Body: []byte("[[")},
}

// everyTask has one task of each kind.
var everyTask = []channel.Task{
	channel.SendMessage{}, channel.SendTyping{}, channel.SendRead{}, channel.SendDisconnect{},
	channel.FetchProfile{}, channel.FetchMedia{}, channel.ListTemplates{}, channel.Reconcile{},
}

func tasks(t *testing.T, s Suite) {
	if len(s.Tasks) == 0 {
		t.Fatal("the suite names no tasks")
	}
	given := map[reflect.Type]bool{}
	for _, task := range s.Tasks {
		given[reflect.TypeOf(task)] = true
		for name, outcome := range outcomes {
			t.Run(reflect.TypeOf(task).Name()+" "+name, func(t *testing.T) { drive(t, s, task, outcome) })
		}
	}
	can := s.Connector.Profile(s.Account).Capabilities
	for _, task := range everyTask {
		name := reflect.TypeOf(task).Name()
		if does, told := given[reflect.TypeOf(task)], capable(can, task); does != told {
			t.Errorf("%s: among the suite's tasks: %t, by its capabilities: %t", name, does, told)
		}
		if given[reflect.TypeOf(task)] {
			continue
		}
		if step, err := s.Connector.Next(s.Account, task, nil, now); !errors.Is(err, channel.ErrUnsupported) {
			t.Errorf("%s is not among the suite's tasks: got %+v, %v, want ErrUnsupported", name, step, err)
		}
	}
}

// capable tells what a channel's capabilities say of a task.
func capable(c channel.Capabilities, task channel.Task) bool {
	switch task.(type) {
	case channel.SendTyping:
		return c.TypingOut
	case channel.SendRead:
		return c.ReadOut
	case channel.FetchProfile:
		return c.Profiles
	case channel.FetchMedia:
		return c.MediaIn
	case channel.ListTemplates:
		return c.Templates
	case channel.Reconcile:
		return c.Reconciles
	case channel.SendDisconnect:
		return c.DisconnectOut
	case channel.SendMessage:
	}
	return true
}

// drive takes a task to its receipt and checks every step on the way.
func drive(t *testing.T, s Suite, task channel.Task, outcome channel.Exchange) {
	var done []channel.Exchange
	called := false
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
			receipt(t, *step.Done, outcome, called)
			return
		}
		if step.Call != nil {
			called = true
			call(t, step)
		}
		made := outcome
		made.Step, made.At = step, now.Add(time.Duration(len(done))*time.Second)
		done = append(done, made)
	}
	t.Fatalf("no receipt after %d steps", maxSteps)
}

func call(t *testing.T, step channel.Step) {
	c := step.Call
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
		t.Errorf("the address %q is not whole (%v)", c.URL, err)
	}
	if c.Method == "" {
		t.Error("a call without a method")
	}
	if (c.Auth.Scheme == channel.NoAuth) != (len(c.Auth.Secrets) == 0) {
		t.Errorf("scheme %q with secrets %v", c.Auth.Scheme, c.Auth.Secrets)
	}
	if c.Upload != nil && len(c.Body) > 0 {
		t.Error("a call with a body and an upload")
	}
	if step.After < 0 {
		t.Errorf("a wait of %s", step.After)
	}
}

func receipt(t *testing.T, r channel.Receipt, outcome channel.Exchange, called bool) {
	if r.State == "" {
		t.Error("a receipt without a state")
	}
	if outcome.Err != "" && (r.State == message.Delivered || r.State == message.Read) {
		t.Errorf("nothing was answered, yet the receipt says %q", r.State)
	}
	// A profile that is not shown is an answer: the person without a name.
	if called && (outcome.Status < 200 || outcome.Status > 299) && r.State == message.Sent && r.Person == nil {
		t.Error("every call failed, yet the receipt says sent")
	}
	if (r.State == message.Failed || r.State == message.Unknown) && r.Reason == "" {
		t.Errorf("%s without a reason", r.State)
	}
}
