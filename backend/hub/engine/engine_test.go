package engine_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
)

// openVault seals nothing: it keeps what it is given in the log's sealed store
// as it is, which is all that these tests need of a vault.
type openVault struct{ log eventlog.Log }

func (openVault) Seal(name string, plain []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{Key: name, Value: append(make([]byte, 8), plain...)}, "digest", nil
}

func (v openVault) Open(ctx context.Context, name string) ([]byte, error) {
	value, err := v.log.Sealed(ctx, name)
	if err != nil {
		return nil, err
	}
	return value[8:], nil
}

type rules struct{}

func (rules) Queue(id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: 30 * time.Second, WrapUp: true, ACWTimeout: time.Minute, DefaultCode: "done"}
}

func (rules) Profile(channel.Kind, string) channel.Profile {
	return channel.Profile{Kind: channel.Web, Capabilities: channel.Capabilities{MaxTextChars: 100, MaxTextSegments: 1}}
}

func (rules) Utilization(id.Agent) agent.Utilization {
	return agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: 1}}
}

func open(t testing.TB, log eventlog.Log, folds int) *engine.Engine {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Log: log, Vault: openVault{log}, Rules: rules{}, Folds: folds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func receive(conv string, n int) (id.Command, conversation.Receive, engine.Content) {
	m := id.Message(fmt.Sprint(conv, "-m", n))
	c := conversation.Receive{
		First:   &conversation.Start{Channel: channel.Web, Account: "shop", Contact: "ida", Queue: "web"},
		Message: m,
	}
	return id.Command("receive:" + m), c, engine.Content{Message: m, Body: message.Body{Text: fmt.Sprint("hello ", n)}}
}

func TestMessageIsSealedFoldedAndFollowed(t *testing.T) {
	log := memory.New()
	e := open(t, log, 0)
	got := make(chan *engine.Commit, 10)
	defer e.Subscribe(func(c *engine.Commit) { got <- c })()
	cmd, c, content := receive("c1", 1)
	r, err := e.Conversation(t.Context(), "c1", cmd, "guest:ida", c, content, engine.Content{Profile: &engine.Profile{Name: "Ida"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []conversation.Event{
		conversation.Started{Channel: channel.Web, Account: "shop", Contact: "ida", Profile: "field/ida/profile"},
		conversation.Queued{Queue: "web", Since: r.At, Reason: "new"},
		conversation.MessageReceived{Message: content.Message, Body: message.Ref{Length: 7, Digest: "digest"}},
	}
	if !reflect.DeepEqual(r.Conversation, want) {
		t.Errorf("events are %+v, want %+v", r.Conversation, want)
	}
	live := <-got
	if b, ok := live.Body(content.Message); !ok || b.Text != "hello 1" || live.Rev != 1 {
		t.Errorf("followed %+v with body %v %v", live, b, ok)
	}
	if p, ok := live.Profile(); !ok || p.Name != "Ida" {
		t.Errorf("followed profile %+v %v", p, ok)
	}
	if b, err := e.Body(t.Context(), "c1", content.Message); err != nil || b.Text != "hello 1" {
		t.Errorf("body is %+v, %v", b, err)
	}
	if p, err := e.ContactProfile(t.Context(), "ida"); err != nil || p.Name != "Ida" {
		t.Errorf("profile is %+v, %v", p, err)
	}
	sameAsLog(t, e, log, "c1")
}

// sameAsLog compares the engine's state with a fold of what is stored.
func sameAsLog(t *testing.T, e *engine.Engine, log eventlog.Log, conv id.Conversation) {
	t.Helper()
	var want conversation.State
	for s, err := range log.Read(t.Context(), eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv)}, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if err := want.Apply(s); err != nil {
			t.Fatal(err)
		}
	}
	got, err := e.ConversationState(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("state is\n%+v, the log folds to\n%+v", *got, want)
	}
}

func TestRetryFindsItsFirstResult(t *testing.T) {
	log := memory.New()
	e := open(t, log, 0)
	cmd, c, content := receive("c1", 1)
	first, err := e.Conversation(t.Context(), "c1", cmd, "guest:ida", c, content)
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		cmd id.Command
		c   conversation.Command
	}{
		{"offer", conversation.Offer{Communication: "l1", Agent: "ann"}},
		{"accept", conversation.Accept{Communication: "l1", Agent: "ann"}},
		{"disconnect", conversation.Disconnect{Communication: "l1", Agent: "ann"}},
	}
	revs := map[id.Command]uint64{cmd: first.Rev}
	for _, s := range steps {
		r, err := e.Conversation(t.Context(), "c1", s.cmd, "hub", s.c)
		if err != nil {
			t.Fatal(s.cmd, err)
		}
		revs[s.cmd] = r.Rev
	}
	// All of them would be refused now, had they not been executed.
	for _, again := range append(steps, struct {
		cmd id.Command
		c   conversation.Command
	}{cmd, c}) {
		r, err := e.Conversation(t.Context(), "c1", again.cmd, "hub", again.c)
		if err != nil || !r.Again || r.Rev != revs[again.cmd] || len(r.Conversation) == 0 {
			t.Errorf("%s again: %+v, %v; want the first result at rev %d", again.cmd, r, err, revs[again.cmd])
		}
	}
	if _, err := e.Agent(t.Context(), "ann", cmd, "hub", agent.SetPresence{Presence: agent.OnQueue}); !errors.Is(err, engine.ErrCommandReused) {
		t.Errorf("the same command on another stream: %v, want ErrCommandReused", err)
	}
	sameAsLog(t, e, log, "c1")
}

func TestRefusals(t *testing.T) {
	e := open(t, memory.New(), 0)
	cmd, c, content := receive("c1", 1)
	if _, err := e.Conversation(t.Context(), "c1", cmd, "guest:ida", c, content); err != nil {
		t.Fatal(err)
	}
	for _, s := range []conversation.Command{conversation.Offer{Communication: "l1", Agent: "ann"}, conversation.Accept{Communication: "l1", Agent: "ann"}} {
		if _, err := e.Conversation(t.Context(), "c1", id.Command(id.New()), "hub", s); err != nil {
			t.Fatal(err)
		}
	}
	send := func(m id.Message, text string) error {
		_, err := e.Conversation(t.Context(), "c1", id.Command(id.New()), "agent:ann", conversation.Send{Agent: "ann", Message: m},
			engine.Content{Message: m, Body: message.Body{Text: text}, Foreign: true})
		return err
	}
	if err := send("fine", strings.Repeat("ä", 100)); err != nil {
		t.Errorf("a hundred characters: %v", err)
	}
	if err := send("long", strings.Repeat("a", 101)); !errors.Is(err, conversation.ErrTooLong) {
		t.Errorf("one more: %v, want ErrTooLong", err)
	}
	if err := send("parts", strings.Repeat("م", 71)); !errors.Is(err, conversation.ErrTooLong) {
		t.Errorf("two parts of SMS: %v, want ErrTooLong", err)
	}
	if err := send(content.Message, "mine"); !errors.Is(err, engine.ErrMessageReused) {
		t.Errorf("a used message ID: %v, want ErrMessageReused", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Conversation(ctx, "c2", "x", "guest:ida", c, content); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

func TestNothingToDoStoresNothing(t *testing.T) {
	e := open(t, memory.New(), 0)
	r, err := e.Agent(t.Context(), "ann", "x", "agent:ann", agent.SetPresence{Presence: agent.Offline})
	if err != nil || !r.Nothing || r.Rev != 0 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// Many writers on few streams, with room for one fold only: every command is
// executed once, in one order, and followers see each once in that order.
func TestConcurrentCommands(t *testing.T) {
	const writers, each = 8, 50
	log := memory.New()
	e := open(t, log, 1)
	var (
		mu   sync.Mutex
		seen []eventlog.Position
		all  = make(chan struct{})
	)
	defer e.Subscribe(func(c *engine.Commit) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, c.Position)
		for _, m := range engine.Messages(c.Conversation) {
			if _, ok := c.Body(m); !ok {
				t.Errorf("message %s comes without its body", m)
			}
		}
		if len(seen) == writers*each {
			close(all)
		}
	})()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			conv := fmt.Sprint("c", w%3)
			for i := range each {
				cmd, c, content := receive(fmt.Sprint(conv, "-", w), i)
				for range 2 { // each command twice
					if _, err := e.Conversation(t.Context(), id.Conversation(conv), cmd, "guest:ida", c, content); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	<-all
	mu.Lock()
	defer mu.Unlock()
	for i, p := range seen {
		if p.Pos != uint64(i)+1 {
			t.Fatalf("commit %d has position %d", i, p.Pos)
		}
	}
	for i := range 3 {
		sameAsLog(t, e, log, id.Conversation(fmt.Sprint("c", i)))
	}
}

func TestAlertExpiresByTheEnginesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := open(t, memory.New(), 0)
		cmd, c, content := receive("c1", 1)
		if _, err := e.Conversation(t.Context(), "c1", cmd, "guest:ida", c, content); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Conversation(t.Context(), "c1", "offer", "hub", conversation.Offer{Communication: "l1", Agent: "ann"}); err != nil {
			t.Fatal(err)
		}
		expire := conversation.ExpireAlert{Communication: "l1"}
		if _, err := e.Conversation(t.Context(), "c1", "expire", "hub", expire); !errors.Is(err, conversation.ErrNotDue) {
			t.Errorf("too early: %v, want ErrNotDue", err)
		}
		<-time.After(30 * time.Second)
		if r, err := e.Conversation(t.Context(), "c1", "expire", "hub", expire); err != nil || len(r.Conversation) != 2 {
			t.Errorf("in time: %+v, %v", r, err)
		}
		e.Close()
	})
}

// BenchmarkReceive is the whole of a received message but the disk.
func BenchmarkReceive(b *testing.B) {
	e := open(b, memory.New(), 0)
	b.ReportAllocs()
	var n sync.WaitGroup
	per := b.N/64 + 1
	for w := range 64 {
		n.Go(func() {
			conv := fmt.Sprint("c", w)
			for i := range per {
				cmd, c, content := receive(conv, i)
				if _, err := e.Conversation(context.Background(), id.Conversation(conv), cmd, "guest:ida", c, content); err != nil {
					b.Error(err)
				}
			}
		})
	}
	n.Wait()
}

// Two engines on one log, as while one hub takes over from another: each finds
// out what the other wrote.
func TestWhatAnotherWriterWroteIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := memory.New()
		one, two := open(t, log, 8), open(t, log, 8)
		say := func(e *engine.Engine, cmd id.Command, p agent.Presence) {
			t.Helper()
			if _, err := e.Agent(t.Context(), "ann", cmd, "test", agent.SetPresence{Presence: p}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		presence := func(e *engine.Engine) agent.Presence {
			t.Helper()
			s, err := e.AgentState(t.Context(), "ann")
			if err != nil {
				t.Fatal(err)
			}
			return s.Presence
		}
		say(one, "a-1", agent.OnQueue)
		if got := presence(two); got != agent.OnQueue {
			t.Fatal(got)
		}
		say(one, "a-2", agent.Break)
		if got := presence(two); got != agent.Break {
			t.Errorf("the other engine still says %s", got)
		}
		say(two, "a-3", agent.OnQueue)
		if got := presence(one); got != agent.OnQueue {
			t.Errorf("the first engine still says %s", got)
		}
	})
}
