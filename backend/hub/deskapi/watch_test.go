package deskapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/agent"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

const conv1 = "conversation-1"

// supervised is an organisation with supervisors.
const supervised = `
organisation: Test
limits: {rates: false}
disconnectGraceSeconds: 1
users:
  - {id: ann, name: Ann}
  - {id: sue, name: Sue, roles: [supervisor], supervises: [web]}
  - {id: tom, name: Tom, roles: [supervisor], supervises: [web]}
  - {id: una, name: Una, roles: [supervisor], supervises: [other]}
queues:
  - {id: web, name: Web, members: [ann]}
  - {id: other, name: Other, members: [una]}
`

// desk is a raw desk that keeps every frame it got.
type desk struct {
	p      *place
	agent  id.Agent
	token  string
	ws     *websocket.Conn
	frames [][]byte
}

// join connects and greets. What is watched is said before, as desks do.
func (p *place) join(a id.Agent, w *protocol.Watch) *desk {
	p.t.Helper()
	d := &desk{p: p, agent: a, token: p.signIn(a)}
	d.ws = p.dialAs(d.token)
	if w != nil {
		d.say(protocol.ToHub{Watch: w})
	}
	d.say(protocol.ToHub{Hello: &protocol.Hello{}})
	d.until("complete", func(f protocol.ToDesk) bool { return f.Complete != nil })
	return d
}

func (d *desk) say(f protocol.ToHub) {
	d.p.t.Helper()
	if err := d.ws.WriteJSON(f); err != nil {
		d.p.t.Fatal(err)
	}
}

// until reads frames up to one that fits.
func (d *desk) until(what string, fits func(protocol.ToDesk) bool) protocol.ToDesk {
	d.p.t.Helper()
	_ = d.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		_, b, err := d.ws.ReadMessage()
		if err != nil {
			d.p.t.Fatalf("%s never got %s: %v", d.agent, what, err)
		}
		d.frames = append(d.frames, b)
		var f protocol.ToDesk
		if err := json.Unmarshal(b, &f); err != nil {
			d.p.t.Fatal(err)
		}
		if fits(f) {
			return f
		}
	}
}

// had is until, of the frames that came before too.
func (d *desk) had(what string, fits func(protocol.ToDesk) bool) protocol.ToDesk {
	d.p.t.Helper()
	for _, b := range d.frames {
		var f protocol.ToDesk
		if json.Unmarshal(b, &f) == nil && fits(f) {
			return f
		}
	}
	return d.until(what, fits)
}

func (d *desk) commits(s eventlog.Stream) protocol.Commits {
	d.p.t.Helper()
	return *d.until(s.String(), func(f protocol.ToDesk) bool { return f.Commits != nil && f.Commits.Stream == s }).Commits
}

// call posts a body and returns the status and the answer.
func (d *desk) call(method, path string, body any) (int, []byte) {
	d.p.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		d.p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(d.p.t.Context(), method, d.p.url+path, bytes.NewReader(b))
	if err != nil {
		d.p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		d.p.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (d *desk) command(c protocol.Command) (int, protocol.Problem) {
	d.p.t.Helper()
	c.ID = id.Command(id.New())
	status, b := d.call(http.MethodPost, protocol.PathCommand, c)
	var p protocol.Problem
	_ = json.Unmarshal(b, &p)
	return status, p
}

// talking brings ann into a conversation of the queue web.
func (p *place) talking(conv id.Conversation) {
	p.t.Helper()
	m := id.Message(conv + "-message")
	_, err := p.engine.Conversation(p.t.Context(), conv, id.Command(id.New()), "guest:ida",
		conversation.Receive{First: &conversation.Start{Channel: "web", Contact: "ida", Queue: "web"}, Message: m},
		engine.Content{Message: m, Body: message.Body{Text: "the zip sticks"}}, engine.Content{Profile: &engine.Profile{Name: "Priya"}})
	if err != nil {
		p.t.Fatal(err)
	}
	leg := id.Communication(conv + "-leg")
	reserve := agent.Reserve{Communication: leg, Conversation: conv, Channel: "web", Manual: true}
	if _, err := p.engine.Agent(p.t.Context(), "ann", id.Command(id.New()), "test", reserve); err != nil {
		p.t.Fatal(err)
	}
	p.do(conv, conversation.Offer{Communication: leg, Agent: "ann"})
	p.do(conv, conversation.Accept{Communication: leg, Agent: "ann"})
}

func stream(kind eventlog.Kind, id string) eventlog.Stream {
	return eventlog.Stream{Kind: kind, ID: id}
}

// Two supervisors watch one conversation, and its agent's desk gets no byte of
// it. Coaching reaches the agent and both, and nobody else.
func TestMonitoringAndCoaching(t *testing.T) {
	p := startWith(t, supervised, 4096)
	ann := p.join("ann", nil)
	p.talking(conv1)
	ann.commits(stream(eventlog.Conversation, conv1))
	quiet := len(ann.frames)
	watch := &protocol.Watch{Monitor: []id.Conversation{conv1}}
	sue := p.join("sue", watch)
	if !slices.ContainsFunc(sue.frames, func(b []byte) bool { return bytes.Contains(b, []byte("the zip sticks")) }) {
		t.Error("sue's desk lacks what was written")
	}
	tom := p.join("tom", watch)
	sue.commits(stream(eventlog.Monitor, conv1)) // tom watches too
	p.do(conv1, conversation.AskHelp{Communication: conv1 + "-leg", Agent: "ann"})
	for _, d := range []*desk{sue, tom, ann} {
		d.commits(stream(eventlog.Conversation, conv1))
	}
	for _, b := range ann.frames[quiet:] {
		for _, trace := range []string{"monitor", "sue", "tom", "coach"} {
			if bytes.Contains(b, []byte(trace)) {
				t.Errorf("ann's desk got %q: %s", trace, b)
			}
		}
	}

	say := func(d *desk, text string) (int, protocol.Problem) {
		return d.command(protocol.Command{Coach: &protocol.Coach{Conversation: conv1, Message: id.Message(id.New()), Text: text}})
	}
	if status, problem := say(ann, "is anybody there?"); status != http.StatusConflict || problem.Code != "not_coached" {
		t.Errorf("ann's question to nobody gives %d %+v", status, problem)
	}
	if status, problem := say(sue, "refund it"); status != http.StatusOK {
		t.Fatalf("coaching gives %d %+v", status, problem)
	}
	if status, problem := say(ann, "thank you"); status != http.StatusOK {
		t.Fatalf("ann's answer gives %d %+v", status, problem)
	}
	thread := stream(eventlog.Coach, conv1+"-leg")
	for _, d := range []*desk{sue, tom, ann} {
		got := []string{}
		for len(got) < 2 {
			for _, b := range d.commits(thread).Bodies {
				got = append(got, b.Text)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"refund it", "thank you"}) {
			t.Errorf("%s reads %q", d.agent, got)
		}
	}
	// Another desk of ann's gets her coaching, and still no word of who watches.
	second := p.join("ann", nil)
	second.frames = second.frames[1:] // the welcome names colleagues
	for _, b := range second.frames {
		if bytes.Contains(b, []byte("monitor")) {
			t.Errorf("ann's second desk got %s", b)
		}
	}
	if !slices.ContainsFunc(second.frames, func(b []byte) bool { return bytes.Contains(b, []byte("refund it")) }) {
		t.Error("ann's second desk lacks the coaching")
	}

	sue.say(protocol.ToHub{Watch: &protocol.Watch{}})
	f := sue.until("forget", func(f protocol.ToDesk) bool { return f.Forget != nil }).Forget
	for _, want := range []eventlog.Stream{stream(eventlog.Conversation, conv1), stream(eventlog.Monitor, conv1), thread} {
		if !slices.Contains(f.Streams, want) {
			t.Errorf("sue's desk keeps %s", want)
		}
	}
	tom.commits(stream(eventlog.Monitor, conv1)) // sue has ended
	if status, problem := say(sue, "one more thing"); status != http.StatusConflict || problem.Code != "not_watching" {
		t.Errorf("coaching without watching gives %d %+v", status, problem)
	}
	_ = tom.ws.Close()
	p.watched(conv1, nil) // his desk does not come back
}

// watched waits until the log says who watches.
func (p *place) watched(conv string, want []string) {
	p.t.Helper()
	changed := make(chan struct{}, 100)
	defer p.engine.Subscribe(func(*engine.Commit) { changed <- struct{}{} })()
	late := time.After(20 * time.Second)
	for {
		var now []string
		for c, err := range p.engine.Read(p.t.Context(), stream(eventlog.Monitor, conv), 0) {
			if err != nil {
				p.t.Fatal(err)
			}
			for _, e := range c.Events {
				var who struct{ By string }
				if err := json.Unmarshal(e.Data, &who); err != nil {
					p.t.Fatal(err)
				}
				now = slices.DeleteFunc(now, func(s string) bool { return s == who.By })
				if e.Type == "monitor_started" {
					now = append(now, who.By)
				}
			}
		}
		if slices.Equal(now, want) {
			return
		}
		select {
		case <-changed:
		case <-late:
			p.t.Fatalf("%v watch, want %v", now, want)
		}
	}
}

// Whoever supervises nothing, or other queues, may nothing of it.
func TestOthersMayNotSupervise(t *testing.T) {
	p := startWith(t, supervised, 4096)
	p.talking(conv1)
	for _, name := range []id.Agent{"ann", "una"} {
		d := p.join(name, &protocol.Watch{Board: true, Monitor: []id.Conversation{conv1, "conversation-of-nobody"}})
		for _, conv := range []id.Conversation{conv1, "conversation-of-nobody"} {
			f := d.had("unwatched", func(f protocol.ToDesk) bool { return f.Unwatched != nil && f.Unwatched.Conversation == conv }).Unwatched
			if want := map[bool]string{true: "forbidden", false: "not_found"}[conv == conv1 || name == "ann"]; f.Code != want {
				t.Errorf("%s: monitoring %s gives %+v, want %s", name, conv, f, want)
			}
		}
		for _, b := range d.frames {
			if name != "ann" && bytes.Contains(b, []byte("zip")) {
				t.Errorf("%s read along: %s", name, b)
			}
		}
		for what, c := range map[string]protocol.Command{
			"take over":  {TakeOver: &protocol.Steer{Conversation: conv1}},
			"reassign":   {Reassign: &protocol.Reassign{Conversation: conv1, Queue: "other"}},
			"priority":   {SetPriority: &protocol.SetPriority{Conversation: conv1, Priority: 9}},
			"cut off":    {CutOff: &protocol.Steer{Conversation: conv1}},
			"close help": {CloseHelp: &protocol.Steer{Conversation: conv1}},
			"status":     {SetStatus: &protocol.SetStatus{Agent: "ann", Presence: "away"}},
			"membership": {SetMembership: &protocol.SetMembership{Agent: "ann", Queue: "web"}},
		} {
			if status, problem := d.command(c); status != http.StatusForbidden || problem.Code != "forbidden" {
				t.Errorf("%s: %s gives %d %+v", name, what, status, problem)
			}
			c.ID = id.Command(id.New()) // the socket refuses the same
			d.say(protocol.ToHub{Command: &c})
			if nack := d.until("nack", func(f protocol.ToDesk) bool { return f.Nack != nil && f.Nack.ID == c.ID }).Nack; nack.Code != "forbidden" {
				t.Errorf("%s: %s on the socket gives %+v", name, what, nack)
			}
		}
		if status, _ := d.call(http.MethodGet, protocol.PathHistory+conv1, nil); status != http.StatusForbidden {
			t.Errorf("%s: history gives %d", name, status)
		}
		query := supervisor.Query{Of: supervisor.OfQueues, FromMs: 1, ToMs: time.Now().UnixMilli() - 1, Queues: []id.Queue{"web"}}
		query.FromMs = query.ToMs
		if status, _ := d.call(http.MethodPost, protocol.PathReport, query); status != http.StatusForbidden {
			t.Errorf("%s: a report gives %d", name, status)
		}
	}
	ann := p.join("ann", &protocol.Watch{Board: true})
	if status, _ := ann.call(http.MethodGet, protocol.PathBoard+"?at=1", nil); status != http.StatusForbidden {
		t.Errorf("ann's look at the board gives %d", status)
	}
	for _, b := range ann.frames {
		if strings.HasPrefix(string(b), `{"board"`) {
			t.Errorf("ann's desk got the board: %s", b)
		}
	}
	if s, err := p.engine.ConversationState(t.Context(), conv1); err != nil || s.Phase != conversation.Talking || s.Rev != 3 {
		t.Errorf("the conversation is %+v, %v", s, err)
	}
}

// The board comes whole, then as it changes, within the supervisor's queues.
func TestBoardOfOnesQueues(t *testing.T) {
	p := startWith(t, supervised, 4096)
	p.talking(conv1)
	sue, una := p.join("sue", &protocol.Watch{Board: true}), p.join("una", &protocol.Watch{Board: true})
	is := func(d *desk, what string, fits func(b protocol.Board) bool) protocol.Board {
		return *d.had(what, func(f protocol.ToDesk) bool { return f.Board != nil && fits(*f.Board) }).Board
	}
	b := is(sue, "the whole board", func(b protocol.Board) bool { return b.Whole && len(b.Conversations) > 0 })
	if len(b.Queues) != 1 || b.Queues[0].Today.Answered != 1 || len(b.Agents) != 1 || b.Agents[0].Agent != "ann" || b.Contacts[conv1] != "Priya" {
		t.Errorf("sue's board is %+v", b)
	}
	if b := is(una, "the whole board", func(b protocol.Board) bool { return b.Whole }); len(b.Queues)+len(b.Agents)+len(b.Conversations) != 0 {
		t.Errorf("una's board is %+v", b)
	}
	if status, problem := sue.command(protocol.Command{Reassign: &protocol.Reassign{Conversation: conv1, Queue: "other"}}); status != http.StatusOK {
		t.Fatalf("reassigning gives %d %+v", status, problem)
	}
	b = is(sue, "that it is gone", func(b protocol.Board) bool { return len(b.Gone) > 0 })
	if b.Whole || !slices.Equal(b.Gone, []id.Conversation{conv1}) || len(b.Conversations) != 0 {
		t.Errorf("sue's board then is %+v", b)
	}
	b = is(una, "what came", func(b protocol.Board) bool { return len(b.Conversations) > 0 })
	if b.Whole || b.Queues[0].Today.TransfersIn != 1 || b.Conversations[0].Conversation != conv1 || b.Contacts[conv1] != "Priya" {
		t.Errorf("una's board then is %+v", b)
	}
	now := p.engine.Now()
	status, raw := sue.call(http.MethodGet, fmt.Sprint(protocol.PathBoard, "?at=", now.UnixMilli()), nil)
	var past protocol.Board
	if err := json.Unmarshal(raw, &past); err != nil || status != http.StatusOK || len(past.Queues) != 1 || past.Queues[0].Today.TransfersOut != 1 {
		t.Errorf("the board of a moment ago is %d %s", status, raw)
	}
	query := supervisor.Query{Of: supervisor.OfQueues, By: []supervisor.Group{supervisor.ByQueue}, FromMs: now.UnixMilli(), ToMs: now.UnixMilli()}
	status, raw = sue.call(http.MethodPost, protocol.PathReport, query)
	var report supervisor.Report
	if err := json.Unmarshal(raw, &report); err != nil || status != http.StatusOK || len(report.Rows) != 1 || report.Rows[0].Queue != "web" || report.Rows[0].OfQueues.Answered != 1 {
		t.Errorf("the report is %d %s", status, raw)
	}
	status, raw = una.call(http.MethodGet, protocol.PathHistory+conv1, nil)
	var history protocol.History
	if err := json.Unmarshal(raw, &history); err != nil || status != http.StatusOK {
		t.Fatalf("the history is %d %s", status, raw)
	}
	var told []string
	for _, e := range history.Entries {
		told = append(told, fmt.Sprint(e.Actor, " ", e.By, " ", e.Event))
	}
	want := []string{"guest  started", "guest  queued", "guest  message_received", "test  alerted", "test  connected", "agent sue leg_ended", "agent sue queued"}
	if !slices.Equal(told, want) {
		t.Errorf("the history tells\n%q, want\n%q", told, want)
	}
}

// Who may no longer monitor a conversation does not: because it went to another
// queue, or because the organisation changed.
func TestMonitoringEndsWithTheRight(t *testing.T) {
	p := startWith(t, supervised, 4096)
	p.talking(conv1)
	p.talking("conversation-2")
	sue := p.join("sue", &protocol.Watch{Monitor: []id.Conversation{conv1, "conversation-2"}})
	if status, problem := sue.command(protocol.Command{Reassign: &protocol.Reassign{Conversation: conv1, Queue: "other"}}); status != http.StatusOK {
		t.Fatalf("reassigning gives %d %+v", status, problem)
	}
	ended := func(conv id.Conversation) {
		t.Helper()
		f := sue.had("the end of monitoring", func(f protocol.ToDesk) bool { return f.Unwatched != nil && f.Unwatched.Conversation == conv }).Unwatched
		if f.Code != "forbidden" {
			t.Errorf("it ended because of %+v", f.Problem)
		}
		forgot := sue.had("forget", func(f protocol.ToDesk) bool {
			return f.Forget != nil && slices.Contains(f.Forget.Streams, stream(eventlog.Conversation, string(conv)))
		}).Forget
		if !slices.Contains(forgot.Streams, stream(eventlog.Monitor, string(conv))) {
			t.Errorf("forgotten are %v", forgot.Streams)
		}
		p.watched(string(conv), nil)
	}
	ended(conv1)
	p.watched("conversation-2", []string{"sue"})
	p.change(func(o *org.Organisation) {
		for i := range o.Users {
			if o.Users[i].ID == "sue" {
				o.Users[i].Supervises = []id.Queue{"other"}
			}
		}
	})
	ended("conversation-2")
}
