package organisation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"parley/backend/agent"
	"parley/backend/channel"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
)

type noVault struct{}

func (noVault) Seal(string, []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{}, "", errors.New("nothing of an organisation is sealed")
}
func (noVault) Open(context.Context, string) ([]byte, error) { return nil, eventlog.ErrNotFound }

type noRules struct{}

func (noRules) Queue(id.Queue) conversation.Settings         { return conversation.Settings{} }
func (noRules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }
func (noRules) Utilization(id.Agent) agent.Utilization       { return agent.Utilization{} }

// place is a log with what follows it, and the words of the last life.
type place struct {
	t     *testing.T
	log   *memory.Log
	words bytes.Buffer
}

// open begins a life of the organisation; it ends with the test.
func (p *place) open(o organisation.Options) (*organisation.Live, error) {
	p.t.Helper()
	p.words.Reset()
	logger := slog.New(slog.NewTextHandler(&p.words, nil))
	e, err := engine.Open(p.t.Context(), engine.Options{Log: p.log, Vault: noVault{}, Rules: noRules{}, Logger: logger})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(e.Close)
	o.Engine, o.Logger = e, logger
	l, err := organisation.Open(p.t.Context(), o)
	if err == nil {
		p.t.Cleanup(l.Close)
	}
	return l, err
}

func (p *place) must(o organisation.Options) *organisation.Live {
	p.t.Helper()
	l, err := p.open(o)
	if err != nil {
		p.t.Fatal(err)
	}
	return l
}

func wish(queues ...string) org.Organisation {
	o := org.Organisation{General: org.General{Name: "Tarn & Fell"}, Users: []org.User{{ID: "ada", Name: "Ada", Roles: []org.Role{org.RoleAdministrator, org.RoleAgent}}}}
	for _, q := range queues {
		o.Queues = append(o.Queues, org.Queue{ID: id.Queue(q), Name: q, Members: []id.Agent{"ada"}})
	}
	o.Complete()
	return o
}

func names(l *organisation.Live) string {
	var out []string
	for _, q := range l.View().Organisation.Queues {
		out = append(out, string(q.ID))
	}
	return strings.Join(out, " ")
}

// The file sets up the organisation once. Later it is a wish, and who starts the
// hub is told in one line how to see what differs.
func TestTheFileIsAWish(t *testing.T) {
	p := &place{t: t, log: memory.New()}
	l := p.must(organisation.Options{Wish: wish("orders")})
	if names(l) != "orders" || l.View().Rev != 1 || p.words.Len() > 0 {
		t.Fatalf("at first: %q, revision %d, %s", names(l), l.View().Rev, &p.words)
	}
	l = p.must(organisation.Options{Wish: wish("orders")})
	if l.View().Rev != 1 || p.words.Len() > 0 {
		t.Fatalf("the same again: revision %d, %s", l.View().Rev, &p.words)
	}
	l = p.must(organisation.Options{Wish: wish("orders", "returns", "billing")})
	if names(l) != "orders" || strings.Count(p.words.String(), "\n") != 1 ||
		!strings.Contains(p.words.String(), "parley-hub config plan FILE") || !strings.Contains(p.words.String(), "differences=2") {
		t.Errorf("another wish: %q, %s", names(l), &p.words)
	}
	if _, err := p.open(organisation.Options{Wish: wish("returns"), Pinned: map[id.Queue]string{"returns": "the deployment shop"}}); err == nil ||
		!strings.Contains(err.Error(), "the deployment shop sends conversations to the queue returns") || !strings.Contains(err.Error(), "parley-hub config apply") {
		t.Errorf("a deployment without its queue: %v", err)
	}
}

// A demo follows its own wish until somebody changes something.
func TestADemoFollowsItsWish(t *testing.T) {
	p := &place{t: t, log: memory.New()}
	p.must(organisation.Options{Wish: wish("orders"), Follow: true})
	l := p.must(organisation.Options{Wish: wish("orders", "returns"), Follow: true})
	if names(l) != "orders returns" {
		t.Errorf("a newer demo has %q", names(l))
	}
	cmd := org.Change{Origin: org.Origin{By: "ada"}, Rev: 2, Events: []org.Event{org.QueueRemoved{ID: "orders"}}}
	if _, err := l.Execute(t.Context(), "by-hand-1", "agent:ada", cmd); err != nil {
		t.Fatal(err)
	}
	if l = p.must(organisation.Options{Wish: wish("orders", "returns"), Follow: true}); names(l) != "returns" || p.words.Len() > 0 {
		t.Errorf("after a change by hand: %q, %s", names(l), &p.words)
	}
	l = p.must(organisation.Options{Wish: wish("orders", "express"), Follow: true, Pinned: map[id.Queue]string{"express": "the deployment express"}})
	if names(l) != "express orders" || !strings.Contains(p.words.String(), "set up anew") {
		t.Errorf("a newer demo needs another queue: %q, %s", names(l), &p.words)
	}
}

// Of many who apply at once on one revision, one does; the others learn of it.
func TestOneOfManyApplies(t *testing.T) {
	p := &place{t: t, log: memory.New()}
	l := p.must(organisation.Options{Wish: wish("orders")})
	var work sync.WaitGroup
	results := make([]error, 16)
	for i := range results {
		work.Go(func() {
			cmd := org.Replace{Origin: org.Origin{By: "ada"}, Rev: 1, Organisation: wish("orders", fmt.Sprint("q-", i))}
			_, results[i] = l.Execute(t.Context(), id.Command(fmt.Sprint("apply-", i)), "agent:ada", cmd)
		})
	}
	work.Wait()
	done := 0
	for i, err := range results {
		switch {
		case err == nil:
			done++
			if !strings.Contains(names(l), fmt.Sprint("q-", i)) {
				t.Errorf("%d applied, and there is %q", i, names(l))
			}
		case !organisation.Stale(err):
			t.Errorf("%d: %v", i, err)
		}
	}
	if done != 1 || l.View().Rev != 2 {
		t.Errorf("%d applied, revision %d", done, l.View().Rev)
	}
	changes, err := l.Changes(t.Context(), 1)
	if err != nil || len(changes) != 1 || changes[0].By != "agent:ada" || changes[0].Rev != 2 || len(changes[0].About) != 1 || changes[0].About[0].Kind != org.KindQueue {
		t.Errorf("what changed meanwhile: %+v, %v", changes, err)
	}
}

// Whoever watches hears of the last change, and a view that was given out stays
// what it was.
func TestWatch(t *testing.T) {
	p := &place{t: t, log: memory.New()}
	l := p.must(organisation.Options{Wish: wish("orders")})
	before := l.View()
	heard := make(chan *organisation.View, 8)
	cancel := l.Watch(func(v *organisation.View) { heard <- v })
	cmd := org.Replace{Rev: 1, Organisation: wish("billing")}
	if _, err := l.Execute(t.Context(), "apply-1", "test", cmd); err != nil {
		t.Fatal(err)
	}
	if names(l) != "billing" {
		t.Errorf("right after: %q", names(l))
	}
	if v := <-heard; !v.HasQueue("billing") || v.HasQueue("orders") {
		t.Errorf("heard of %+v", v.Organisation.Queues)
	}
	if !before.HasQueue("orders") || before.HasQueue("billing") || len(before.MemberOf("ada")) != 1 {
		t.Error("a view has changed")
	}
	cancel()
	other := make(chan *organisation.View, 8)
	l.Watch(func(v *organisation.View) { other <- v })
	if _, err := l.Execute(t.Context(), "apply-2", "test", org.Replace{Rev: 2, Organisation: wish()}); err != nil {
		t.Fatal(err)
	}
	<-other
	select {
	case v := <-heard:
		t.Errorf("heard after the end of %d", v.Rev)
	default:
	}
}
