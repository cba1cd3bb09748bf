package hub_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub"
	"parley/backend/hub/command"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// asHub makes this test binary a hub, so that tests can kill one.
const asHub = "PARLEY_TEST_AS_HUB"

func TestMain(m *testing.M) {
	if os.Getenv(asHub) != "" {
		os.Exit(command.Main(context.Background(), os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// child is a hub in a process of its own.
type child struct {
	cmd   *exec.Cmd
	ready hub.Ready
	words *words
	lines *bufio.Scanner
}

func startChild(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], args...), words: &words{}}
	c.cmd.Env = append(os.Environ(), asHub+"=1")
	c.cmd.Stderr = c.words
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	c.lines = bufio.NewScanner(out)
	if !c.lines.Scan() {
		t.Fatalf("the hub says nothing: %s", c.words)
	}
	if err := json.Unmarshal(c.lines.Bytes(), &c.ready); err != nil {
		t.Fatalf("the hub says %q", c.lines.Text())
	}
	return c
}

func configFile(t *testing.T, dir string) string {
	t.Helper()
	file := filepath.Join(dir, "hub.yaml")
	yaml := strings.ReplaceAll(organisation, "HASH", hash()) + "limits: {rates: false}\nlog: {reserveMB: 1}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// talk is one customer and one agent who say numbers to each other for as long
// as hubs come and go. What is not acknowledged is said again in the same words
// and under the same ID, as real clients do.
type talk struct {
	customer *customer
	desk     *desk
	said     int // what the customer says next
	replied  map[id.Message]protocol.Command
	replies  int
	answered atomic.Int64
}

// chat lets both talk until the hub is gone, or until enough was answered.
func (k *talk) chat(url string, enough int) error {
	if err := k.customer.connect(url, "shop", "https://shop.example"); err != nil {
		return err
	}
	defer k.customer.ws.Close()
	if err := k.desk.dial(url); err != nil {
		return err
	}
	defer k.desk.ws.Close()
	failed := make(chan error, 2)
	go func() { failed <- k.ask(enough) }()
	go func() { failed <- k.reply(enough) }()
	return errors.Join(<-failed, <-failed)
}

func (k *talk) ask(enough int) error {
	for k.said < enough {
		frame := map[string]any{"action": "onMessage", "tracingId": fmt.Sprint("t", k.said), "message": map[string]any{"type": "Text", "text": fmt.Sprint("q", k.said)}}
		if err := k.customer.write(frame); err != nil {
			return err
		}
		for before := k.customer.said; k.customer.said == before; {
			if err := k.customer.step(); err != nil {
				return err
			}
		}
		k.said++
	}
	return nil
}

func (k *talk) reply(enough int) error {
	d := k.desk
	greeted := false
	for int(k.answered.Load()) < enough || len(k.replied) > 0 {
		if err := d.step(); err != nil {
			return err
		}
		if !greeted && d.epoch != "" {
			greeted = true
			d.hello()
			if d.agent.Presence != agent.OnQueue {
				d.send(protocol.ToHub{Command: &protocol.Command{ID: id.Command(id.New()), Presence: &protocol.SetPresence{Presence: string(agent.OnQueue)}}})
			}
			for _, c := range k.replied {
				d.send(protocol.ToHub{Command: &c})
			}
		}
		for m, c := range k.replied {
			if n, refused := d.nacks[c.ID]; refused {
				return fmt.Errorf("%w: a reply was refused: %+v", errWrong, n)
			}
			if d.acks[c.ID].ID != "" {
				delete(k.replied, m)
				k.answered.Add(1)
			}
		}
		k.next()
	}
	return nil
}

// next answers an alert, and each question in turn once the last reply is in.
func (k *talk) next() {
	d := k.desk
	for conv, s := range d.convs {
		switch s.Phase {
		case conversation.Alerting:
			leg := d.leg(conv)
			d.send(protocol.ToHub{Command: &protocol.Command{ID: id.Command("accept-" + string(leg.Communication)), Accept: &leg}})
		case conversation.Talking:
			if len(k.replied) > 0 || k.replies >= s.Inbound {
				return
			}
			m := id.Message(id.New())
			c := protocol.Command{ID: id.Command(id.New()), Send: &protocol.Send{Conversation: conv, Message: m, Body: message.Body{Text: fmt.Sprint("a", k.replies)}}}
			k.replies++
			k.replied[m] = c
			d.send(protocol.ToHub{Command: &c})
		}
	}
}

// TestKilled kills a hub under real sockets again and again. In the end every
// question and every answer is there once, in the order it was given, whatever
// was on its way when the hub died.
func TestKilled(t *testing.T) {
	const rounds, enough = 10, 120
	dir := t.TempDir()
	config := configFile(t, dir)
	args := []string{"serve", "--data", filepath.Join(dir, "data"), "--config", config, "--listen", "127.0.0.1:0"}
	k := &talk{customer: &customer{t: t, token: "5f0c2ab1-d94c-40a3-8a1b-0d4f0c2ab1d9"}, replied: map[id.Message]protocol.Command{}}
	r := rand.New(rand.NewPCG(7, 11))
	for round := range rounds {
		c := startChild(t, args...)
		if k.desk == nil {
			h := &running{t: t, url: c.ready.URL}
			k.desk = newDesk(t, "ann", h.signIn("ann", "test"))
		}
		after := time.AfterFunc(time.Duration(20+r.IntN(300))*time.Millisecond, func() { _ = c.cmd.Process.Kill() })
		if err := k.chat(c.ready.URL, enough); errors.Is(err, errWrong) {
			t.Fatalf("round %d: %v", round, err)
		}
		_ = c.cmd.Wait()
		after.Stop()
		t.Logf("round %d: %d questions, %d answers", round, k.said, k.answered.Load())
	}
	c := startChild(t, args...)
	if err := k.chat(c.ready.URL, enough); err != nil {
		t.Fatal(err, c.words)
	}
	h := &running{t: t, url: c.ready.URL}
	fresh := newDesk(t, "ann", h.signIn("ann", "another device"))
	fresh.connect(c.ready.URL)
	conv := fresh.inPhase(conversation.Talking)
	questions, answers := 0, 0
	for i, text := range fresh.texts(conv) {
		switch text {
		case fmt.Sprint("q", questions):
			questions++
		case fmt.Sprint("a", answers):
			answers++
		default:
			t.Fatalf("message %d is %q after %d questions and %d answers", i, text, questions, answers)
		}
	}
	if questions != k.said || answers != k.replies || questions < enough {
		t.Errorf("%d questions of %d, %d answers of %d", questions, k.said, answers, k.replies)
	}
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM the hub ends with %v: %s", err, c.words)
	}
}
