package channeltest

import (
	"net/http"
	"testing"
	"time"

	"parley/backend/channel"
)

// Answer is what a platform answers to a call.
func Answer(status int, body string) channel.Exchange {
	return channel.Exchange{Status: status, Header: http.Header{}, Body: []byte(body)}
}

// Silence is a call that was sent and never answered; Unreached one that did not
// leave the hub.
var (
	Silence   = channel.Exchange{Err: "time-out"}
	Unreached = channel.Exchange{Err: "connection refused", Unsent: true}
)

// Play does a task as a hub would, with these answers in turn. It returns the
// steps that had a call, and the receipt, which must come exactly when the
// answers have run out.
func Play(t *testing.T, c channel.Connector, a channel.Account, task channel.Task, at time.Time, answers ...channel.Exchange) ([]channel.Step, channel.Receipt) {
	t.Helper()
	var steps []channel.Step
	var done []channel.Exchange
	for {
		step, err := c.Next(a, task, done, at)
		if err != nil {
			t.Fatalf("after %d answers: %v", len(done), err)
		}
		if step.Done != nil {
			if len(done) < len(answers) {
				t.Fatalf("a receipt after %d of %d answers: %+v", len(done), len(answers), *step.Done)
			}
			return steps, *step.Done
		}
		if len(done) == len(answers) {
			t.Fatalf("a further call after %d answers: %+v", len(done), *step.Call)
		}
		at = at.Add(step.After)
		made := answers[len(done)]
		made.Step, made.At = step, at
		steps, done = append(steps, step), append(done, made)
	}
}

// Parse reads a webhook of one account, or fails the test.
func Parse(t *testing.T, c channel.Connector, a channel.Account, body string) channel.Batch {
	t.Helper()
	b, err := c.Parse(channel.Accounts{a.ID: a}, channel.Request{Method: http.MethodPost, Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Rules runs one test for each rule of a channel's policy, by the rule's name. A
// rule without a test fails, as does a test without a rule.
func Rules(t *testing.T, p channel.Policy, tests map[string]func(t *testing.T)) {
	t.Helper()
	named := map[string]bool{}
	for _, r := range p.Rules {
		named[r.Name] = true
		run, ok := tests[r.Name]
		if !ok {
			t.Errorf("rule %s has no test", r.Name)
			continue
		}
		t.Run(r.Name, run)
	}
	for name := range tests {
		if !named[name] {
			t.Errorf("the test %s is of no rule", name)
		}
	}
}

// FuzzAnswer answers every call of the tasks with one status and body: whatever
// they are, each task comes to a receipt, the same twice, and says Delivered or
// Read of nothing.
func FuzzAnswer(t *testing.T, c channel.Connector, a channel.Account, status int, body []byte, tasks ...channel.Task) {
	for _, task := range tasks {
		drive(t, Suite{Connector: c, Account: a}, task, channel.Exchange{
			Status: status, Header: http.Header{}, Body: body, File: &channel.Download{Attachment: "f1", Size: int64(len(body))},
		})
	}
}
