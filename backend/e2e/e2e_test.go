package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/desk"
	"parley/backend/deskagent"
	"parley/backend/id"
)

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// connected brings a guest and the desk of agent-1 into a conversation.
func connected(t testing.TB, g *guest, d *desk.Desk) id.Conversation {
	t.Helper()
	ok(t, d.SetPresence("on_queue"))
	until(t, d, "on queue", func(s *desk.Snapshot) bool { return settled(s) && s.Me.Routing == "idle" })
	g.say("hello")
	s := until(t, d, "alerting", first(desk.Alerting))
	conv := id.Conversation(s.Interactions[0].ID)
	ok(t, d.Answer(conv))
	until(t, d, "connected", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Connected)(s) })
	return conv
}

func TestBothWays(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(t.TempDir()))
	g := joinGuest(t, h)
	conv := connected(t, g, d)

	_, err := d.Send(conv, "good day", nil)
	ok(t, err)
	g.until("good day", func(texts []string, _ int) bool { return slices.Equal(texts, []string{"good day"}) })
	g.types()
	until(t, d, "the contact types", func(s *desk.Snapshot) bool { return slices.Contains(s.Typing, string(conv)) })
	d.Typing(conv)
	g.until("the agent types", func(_ []string, typing int) bool { return typing > 0 })
	g.say("where is my parcel?")
	s := until(t, d, "question", func(s *desk.Snapshot) bool { return s.Interactions[0].LastText == "where is my parcel?" })
	same(t, "group", s.Interactions[0].Group, desk.NeedsReply)
	ok(t, d.MarkRead(conv, 2))

	staged, err := d.Stage("label.txt", "text/plain", []byte("the label"))
	ok(t, err)
	_, err = d.Send(conv, "here is the label", []desk.Staged{staged})
	ok(t, err)
	until(t, d, "file sent", settled)
	p, err := d.Tail(conv, 1)
	ok(t, err)
	if len(p.Items[0].Attachments) != 1 {
		t.Fatalf("last line: %+v", p.Items[0])
	}
	other := openDesk(t, h.signIn("")) // a second one of the same agent, with nothing at hand
	until(t, other, "complete", func(s *desk.Snapshot) bool { return settled(s) && len(s.Interactions) == 1 })
	data, err := other.File(t.Context(), p.Items[0].Attachments[0].ID)
	ok(t, err)
	same(t, "file", string(data), "the label")
	want := []string{"in hello", "out good day", "in where is my parcel?", "out here is the label"}
	same(t, "transcript", lines(t, d, conv), want)
	same(t, "transcript of the second desk", lines(t, other, conv), want)

	ok(t, d.End(conv))
	until(t, d, "after-call work", first(desk.ACW))
	ok(t, d.WrapUp(conv, "answered"))
	until(t, d, "ended", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Ended)(s) && s.Me.Routing == "idle" })
}

func TestNothingIsLostByRestartsAndCuts(t *testing.T) {
	h := startHub(t)
	dir, c := t.TempDir(), &cutter{}
	o := h.signIn(dir)
	o.Transport = c.transport()
	d := openDesk(t, o)
	g := joinGuest(t, h)
	conv := connected(t, g, d)
	want := []string{"in hello"}
	var out []string
	answer := func(text string) {
		t.Helper()
		_, err := d.Send(conv, text, nil)
		ok(t, err)
		want, out = append(want, "out "+text), append(out, text)
	}
	check := func(what string) {
		t.Helper()
		until(t, d, what, func(s *desk.Snapshot) bool { return settled(s) && slices.Equal(lines(t, d, conv), want) })
	}
	for n := range 5 { // cut connections, with messages under way
		answer(fmt.Sprintf("cut %d", n))
		c.cut()
		answer(fmt.Sprintf("after cut %d", n))
		d.Reconnect()
	}
	check("all sent after cuts")

	h.stop()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	answer("while the hub was down")
	shut(t, d)
	h.start()
	d = openDesk(t, o)
	check("all sent after both restarted")
	g.connect(h)
	g.say("still here")
	want = append(want, "in still here")
	check("the guest's word after the restart")
	answer("so am I")
	check("the last one")
	same(t, "what a new desk sees", lines(t, fresh(t, h), conv), want)
	g.until("the last one", func(texts []string, _ int) bool { return len(texts) > 0 && texts[len(texts)-1] == "so am I" })
}

// fresh opens a desk with an empty memory and waits until it is complete.
func fresh(t *testing.T, h *runningHub) *desk.Desk {
	t.Helper()
	d := openDesk(t, h.signIn(""))
	until(t, d, "complete", settled)
	return d
}

const childEnv = "PARLEY_E2E_DESK"

// child is what the process to be killed does: it sends numbered messages and
// prints each when Send has returned.
type child struct {
	URL, Token, Dir string
	Agent           id.Agent
	Conversation    id.Conversation
	From            int
}

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		if err := runChild(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func runChild(spec string) error {
	var c child
	if err := json.Unmarshal([]byte(spec), &c); err != nil {
		return err
	}
	client, err := desk.NewClient(c.URL, nil)
	if err != nil {
		return err
	}
	d, err := desk.Open(deskOptions(client, c.Token, c.Agent, c.Dir))
	if err != nil {
		return err
	}
	fmt.Println("open")
	for n := c.From; ; n++ {
		if _, err := d.Send(c.Conversation, fmt.Sprintf("n%d", n), nil); err != nil {
			return err
		}
		fmt.Println("kept", n)
	}
}

func TestKilledDeskSendsEachMessageOnce(t *testing.T) {
	h := startHub(t)
	dir := t.TempDir()
	o := h.signIn(dir)
	d := openDesk(t, o)
	g := joinGuest(t, h)
	conv := connected(t, g, d)
	shut(t, d)

	next := 0
	for range 8 {
		next = killChild(t, child{URL: h.ready.URL, Token: o.Token, Dir: dir, Agent: o.Agent, Conversation: conv, From: next}, 1+rand.IntN(40))
	}
	d = openDesk(t, o)
	until(t, d, "everything sent", settled)
	var want []string
	for n := range next {
		want = append(want, fmt.Sprintf("n%d", n))
	}
	got := lines(t, fresh(t, h), conv)
	same(t, "what the hub has", numbers(got), want)
	same(t, "what the desk shows", numbers(lines(t, d, conv)), want)
	g.until("all", func(texts []string, _ int) bool { return len(texts) >= len(want) })
	same(t, "what the guest saw", g.texts, want)
}

func numbers(lines []string) []string {
	var out []string
	for _, l := range lines {
		if n, mine := strings.CutPrefix(l, "out "); mine {
			out = append(out, n)
		}
	}
	return out
}

// killChild runs the child until it has kept so many messages, kills it, and
// returns the number of the next message. A message that was made durable and
// not told before the kill is sent too, so its number is looked up.
func killChild(t *testing.T, c child, after int) int {
	t.Helper()
	spec, err := json.Marshal(c)
	ok(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	in := bufio.NewScanner(stdout)
	kept := 0
	next := c.From
	for in.Scan() {
		if _, err := fmt.Sscanf(in.Text(), "kept %d", &next); err != nil {
			continue
		}
		next++
		if kept++; kept == after {
			ok(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); err == nil || kept < after {
		t.Fatalf("the child ended by itself after %d messages: %v", kept, err)
	}
	return max(next, untold(t, c))
}

// untold opens the dead child's desk and returns the number after the last
// message that it kept or that arrived.
func untold(t *testing.T, c child) int {
	t.Helper()
	client, err := desk.NewClient(c.URL, nil)
	ok(t, err)
	d, err := desk.Open(deskOptions(client, c.Token, c.Agent, c.Dir))
	ok(t, err)
	defer shut(t, d)
	until(t, d, "online", func(s *desk.Snapshot) bool { return s.Link.State == desk.Online })
	last := numbers(lines(t, d, c.Conversation))
	n := -1
	if len(last) > 0 {
		_, err := fmt.Sscanf(last[len(last)-1], "n%d", &n)
		ok(t, err)
	}
	return n + 1
}

func TestAgentWithoutAWindow(t *testing.T) {
	h := startHub(t)
	g := joinGuest(t, h)
	g.say("before anybody answered")
	commands, orders := io.Pipe()
	changes, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- deskagent.Run(ctx, deskagent.Options{
			Hub: h.ready.URL, User: "agent-1", Password: h.password("agent-1"),
			OnQueue: true, AutoAccept: true, Echo: true, In: commands, Out: out, Logger: quietLog(),
		})
		_ = out.Close()
	}()
	told := make(chan map[string]any, 1000)
	go func() {
		defer close(told)
		for in := bufio.NewScanner(changes); in.Scan(); {
			var l map[string]any
			if json.Unmarshal(in.Bytes(), &l) == nil {
				told <- l
			}
		}
	}()
	wait := func(what string, ok func(map[string]any) bool) map[string]any {
		t.Helper()
		late := time.After(patience)
		for {
			select {
			case l, open := <-told:
				if !open {
					t.Fatalf("the agent ended before %s: %v", what, <-ended)
				}
				if ok(l) {
					return l
				}
			case <-late:
				t.Fatalf("no line: %s", what)
			}
		}
	}
	is := func(kind string) func(map[string]any) bool {
		return func(l map[string]any) bool { return l["type"] == kind }
	}
	order := func(s string) {
		t.Helper()
		_, err := fmt.Fprintln(orders, s)
		ok(t, err)
	}
	wait("alerting", is("alerting"))
	m := wait("message", is("message"))
	same(t, "message", []any{m["direction"], m["text"], m["channel"]}, []any{"inbound", "before anybody answered", "web"})
	conv := m["conversation"].(string)
	g.until("the echo", func(texts []string, _ int) bool { return slices.Equal(texts, []string{"before anybody answered"}) })
	order(`this is no command`)
	order(`{"command":"dance"}`)
	order(`{"command":"send","conversation":"nowhere","text":"x","ref":"r1"}`)
	same(t, "bad line", wait("error", is("error"))["line"], any(float64(1)))
	same(t, "unknown command", wait("error", is("error"))["line"], any(float64(2)))
	same(t, "refused command", wait("error", is("error"))["ref"], any("r1"))
	order(fmt.Sprintf(`{"command":"send","conversation":%q,"text":"by hand"}`, conv))
	g.until("by hand", func(texts []string, _ int) bool { return slices.Contains(texts, "by hand") })
	g.say("again")
	g.until("the second echo", func(texts []string, _ int) bool {
		return slices.Equal(texts, []string{"before anybody answered", "by hand", "again"})
	})
	order(fmt.Sprintf(`{"command":"disconnect","conversation":%q}`, conv))
	wait("after-call work", is("acw"))
	order(fmt.Sprintf(`{"command":"wrap-up","conversation":%q,"code":"answered"}`, conv))
	same(t, "code", wait("ended", is("ended"))["code"], any("answered"))
	order(`{"command":"quit"}`)
	for range told {
	}
	ok(t, <-ended)
}
