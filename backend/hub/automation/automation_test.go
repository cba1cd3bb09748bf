package automation_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/hub/automation"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
	"parley/backend/message"
)

// openVault seals nothing.
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

type rules struct{ policy channel.Policy }

func (rules) Queue(id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: time.Minute, AutoAnswer: true}
}

func (r rules) Profile(kind channel.Kind, _ string) channel.Profile {
	return channel.Profile{Kind: kind, Capabilities: channel.Capabilities{Buttons: kind == channel.Web}, Policy: r.policy}
}
func (rules) Utilization(id.Agent) agent.Utilization { return agent.Utilization{} }

// fillable is a log whose disk may be full.
type fillable struct {
	*memory.Log
	full atomic.Bool
}

func (f *fillable) Append(ctx context.Context, c eventlog.Commit, sealed ...eventlog.Sealed) (eventlog.Stored, bool, error) {
	if f.full.Load() {
		return eventlog.Stored{}, false, eventlog.ErrFull
	}
	return f.Log.Append(ctx, c, sealed...)
}

// place is an organisation with an engine, inside a bubble whose time begins at
// midnight on a Saturday.
type place struct {
	t      *testing.T
	log    *fillable
	engine *engine.Engine
	view   *organisation.View
	words  bytes.Buffer
	begun  []id.Conversation
}

func organised() org.Organisation {
	o := org.Organisation{
		General: org.General{Name: "Tarn & Fell"},
		Users:   []org.User{{ID: "ann", Name: "Ann Alder"}},
		Hours: []org.Hours{{ID: "day", Name: "Day", Zone: "UTC", Open: []org.Span{
			{Days: org.Days(), From: "08:00", To: "18:00"},
		}}},
		Queues: []org.Queue{
			{
				ID: "help", Name: "Help", Members: []id.Agent{"ann"}, Hours: "day",
				Greeting: "Hello {{contact.firstName}}, this is {{queue.name}} of {{organisation.name}}.", Away: "We are closed.",
				Survey: &org.Survey{Question: "How was it?", Scale: 3, Thanks: "Thank you, {{contact.firstName}}. {{agent.firstName}} will read it."},
			},
			{ID: "mute", Name: "Mute", Hours: "day", Greeting: "Hello."},
			{ID: "words", Name: "Words", Survey: &org.Survey{Question: "How was it?", Comment: "What could be better?", Thanks: "Thanks."}},
		},
	}
	o.Complete()
	return o
}

// bubble runs a test where time is the test's own.
func bubble(t *testing.T, policy channel.Policy, test func(p *place)) {
	synctest.Test(t, func(t *testing.T) {
		p := &place{t: t, log: &fillable{Log: memory.New()}, view: organisation.NewView(&org.State{
			Organisation: organised(), Names: map[id.Agent]string{"ann": "Ann Alder"},
		})}
		var err error
		p.engine, err = engine.Open(t.Context(), engine.Options{Log: p.log, Vault: openVault{p.log}, Rules: rules{policy}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.engine.Close()
		test(p)
	})
}

// life runs an automation until the result is called.
func (p *place) life() (end func()) {
	ctx, cancel := context.WithCancel(p.t.Context())
	a := automation.New(automation.Options{
		Engine: p.engine, View: func() *organisation.View { return p.view },
		Begun:  func(context.Context, time.Time) ([]id.Conversation, error) { return p.begun, nil },
		Logger: slog.New(slog.NewTextHandler(&p.words, nil)),
	})
	ended := make(chan error)
	go func() { ended <- a.Run(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			p.t.Errorf("the automation ended with %v", err)
		}
	}
}

func (p *place) do(conv id.Conversation, c conversation.Command, content ...engine.Content) {
	p.t.Helper()
	if _, err := p.engine.Conversation(p.t.Context(), conv, id.Command(id.New()), "test", c, content...); err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
}

// begin starts a conversation of somebody with a name, or of a guest without.
func (p *place) begin(conv id.Conversation, queue id.Queue, name string) {
	p.t.Helper()
	p.begun = append(p.begun, conv)
	profile := &engine.Profile{Name: name, Handle: "Guest 1234"}
	if name == "" {
		profile.Name = profile.Handle
	}
	p.do(conv, conversation.Start{Channel: channel.Web, Account: "shop", Contact: id.Contact("of-" + conv), Queue: queue}, engine.Content{Profile: profile})
}

// serve lets ann answer and end a conversation.
func (p *place) serve(conv id.Conversation) {
	p.t.Helper()
	leg := id.Communication("leg-" + conv)
	p.do(conv, conversation.Offer{Communication: leg, Agent: "ann"})
	p.do(conv, conversation.Disconnect{Communication: leg, Agent: "ann"})
}

// said lists what was sent in a conversation: who or what wrote it, and the words.
func (p *place) said(conv id.Conversation) []string {
	p.t.Helper()
	var out []string
	for c, err := range p.engine.Read(p.t.Context(), eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv)}, 0) {
		if err != nil {
			p.t.Fatal(err)
		}
		for _, e := range c.Events {
			m, ok := conversation.Decode(e).(conversation.MessageSent)
			if !ok {
				continue
			}
			b, err := p.engine.Body(p.t.Context(), conv, m.Message)
			if err != nil {
				p.t.Fatal(err)
			}
			line := m.Auto + string(m.Agent) + ": " + b.Text
			for _, button := range b.Buttons {
				line += " [" + button.Text + "]"
			}
			out = append(out, line)
		}
	}
	return out
}

func (p *place) wants(conv id.Conversation, want ...string) {
	p.t.Helper()
	if got := p.said(conv); !slices.Equal(got, want) {
		p.t.Errorf("in %s was said\n%q, want\n%q\n%s", conv, got, want, p.words.String())
	}
}

func TestAQueueGreetsOrSaysThatItIsClosed(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		defer p.life()()
		p.begin("night", "help", "Ida Berg")
		p.begin("mute-night", "mute", "Ida Berg")
		time.Sleep(9 * time.Hour)
		p.begin("day", "help", "Ida Berg")
		p.begin("guest", "help", "")
		p.begin("elsewhere", "words", "Ida Berg")
		p.wants("night", "away: We are closed.")
		p.wants("mute-night")
		p.wants("day", "greeting: Hello Ida, this is Help of Tarn & Fell.")
		p.wants("guest", "greeting: Hello, this is Help of Tarn & Fell.")
		p.wants("elsewhere")
		// A transfer is no beginning.
		p.do("elsewhere", conversation.Transfer{By: "sue", Steer: true, Queue: "help"})
		p.wants("elsewhere")
		s, err := p.engine.ConversationState(t.Context(), "day")
		if err != nil || s.Phase != conversation.Waiting || !s.AnsweredAt.IsZero() {
			t.Errorf("a greeting counts as an answer: %+v, %v", s, err)
		}
	})
}

func TestASurveyIsAskedOfWhomAnAgentServed(t *testing.T) {
	ask := "survey: How was it? [1] [2] [3]"
	bubble(t, channel.Policy{}, func(p *place) {
		p.view.Organisation.Queues[0].Greeting, p.view.Organisation.Queues[0].Away = "", ""
		defer p.life()()
		for _, conv := range []id.Conversation{"served", "steered", "left", "blocked", "unanswered", "unasked"} {
			p.begin(conv, "help", "Ida Berg")
			if conv != "unanswered" {
				p.do(conv, conversation.Offer{Communication: id.Communication("leg-" + conv), Agent: "ann"})
			}
		}
		p.do("unasked", conversation.Transfer{By: "sue", Steer: true, Queue: "mute"})
		p.do("served", conversation.Disconnect{Agent: "ann", Communication: "leg-served"})
		p.do("steered", conversation.Disconnect{Agent: "sue", Steer: true})
		p.do("left", conversation.Clear{})
		p.do("blocked", conversation.Disconnect{Agent: "ann", Communication: "leg-blocked", Reason: "blocked"})
		p.do("unanswered", conversation.Disconnect{Agent: "sue", Steer: true})
		p.do("unasked", conversation.Disconnect{Agent: "sue", Steer: true})
		p.wants("served", ask)
		p.wants("steered", ask)
		for _, conv := range []id.Conversation{"left", "blocked", "unanswered", "unasked"} {
			p.wants(conv)
		}
		s, err := p.engine.ConversationState(t.Context(), "served")
		if err != nil || s.Survey == nil || s.Survey.Scale != 3 || s.Survey.Until.Sub(s.EndedAt) != 72*time.Hour {
			t.Fatalf("the survey is %+v, %v", s.Survey, err)
		}
		p.do("served", conversation.AnswerSurvey{Score: 2})
		p.wants("served", ask, "survey: Thank you, Ida. Ann will read it.")
	})
}

func TestWordsAreAskedForAfterTheScore(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		defer p.life()()
		ask := "survey: How was it? [1] [2] [3] [4] [5]"
		for _, conv := range []id.Conversation{"both", "score"} {
			p.begin(conv, "words", "Ida Berg")
			p.serve(conv)
			p.do(conv, conversation.AnswerSurvey{Score: 5})
			p.wants(conv, ask, "survey: What could be better?")
		}
		p.do("both", conversation.CommentSurvey{Comment: "m-1"}, engine.Content{Message: "m-1", Body: message.Body{Text: "More hills."}})
		p.wants("both", ask, "survey: What could be better?", "survey: Thanks.")
		p.wants("score", ask, "survey: What could be better?")
	})
}

func TestWhatAnEarlierLifeLeftUnsaidIsSaidOnce(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		time.Sleep(9 * time.Hour)
		p.begin("stale", "help", "Ida Berg")
		p.begin("old", "help", "Ida Berg")
		p.serve("old")
		time.Sleep(2 * time.Hour)
		p.begin("fresh", "help", "Ida Berg")
		p.begin("served", "help", "Ida Berg")
		p.serve("served")
		p.begin("scored", "words", "Ida Berg")
		end := p.life()
		p.serve("scored")
		end()
		p.do("scored", conversation.AnswerSurvey{Score: 1})
		for range 2 {
			p.life()()
		}
		hello := "greeting: Hello Ida, this is Help of Tarn & Fell."
		p.wants("stale")
		p.wants("old")
		p.wants("fresh", hello)
		p.wants("served", "survey: How was it? [1] [2] [3]")
		p.wants("scored", "survey: How was it? [1] [2] [3] [4] [5]", "survey: What could be better?")
	})
}

func TestAFullDiskOnlyDelays(t *testing.T) {
	bubble(t, channel.Policy{}, func(p *place) {
		time.Sleep(9 * time.Hour)
		p.begin("c1", "help", "Ida Berg")
		p.log.full.Store(true)
		defer p.life()()
		time.Sleep(5 * time.Second)
		p.wants("c1")
		if n := strings.Count(p.words.String(), "\n"); n != 1 {
			t.Errorf("%d log lines, want 1:\n%s", n, p.words.String())
		}
		p.log.full.Store(false)
		time.Sleep(time.Minute)
		p.wants("c1", "greeting: Hello Ida, this is Help of Tarn & Fell.")
	})
}

func TestAChannelThatForbidsAutomationGetsNone(t *testing.T) {
	bubble(t, channel.Policy{First: channel.FirstNever}, func(p *place) {
		time.Sleep(9 * time.Hour)
		defer p.life()()
		p.begin("c1", "help", "Ida Berg") // who joined and wrote nothing yet
		p.wants("c1")
		if !strings.Contains(p.words.String(), "rule=first") {
			t.Errorf("the log says %q", p.words.String())
		}
	})
}
