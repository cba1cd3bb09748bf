package desk_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/desk"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

func TestLastKnownStateBeforeTheHubAnswers(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	shut(t, d)
	h.set(func() { h.noSocket = 503 })
	h.says("c", "while you were away")

	d = open(t, options(t, h, dir))
	s := d.Snapshot()
	in := card(s, "c")
	same(t, "card", []any{in.Status, in.Contact, in.QueueName, in.LastText, s.Org.Name}, []any{desk.Connected, "Rosa", "Help", "hello", "Shop"})
	if s.Link.CompleteToMs == 0 || s.Link.State == desk.Online {
		t.Errorf("link: %+v", s.Link)
	}
	same(t, "transcript", lines(t, d, "c"), []string{"in: hello"})
	s = until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	if s.Link.RetryAtMs == 0 || s.Link.Reason == "" {
		t.Errorf("offline without reason or time: %+v", s.Link)
	}

	held := uint64(0)
	h.set(func() { h.noSocket, h.hellos = 0, nil })
	d.Reconnect()
	until(t, d, "online", online)
	h.set(func() {
		for _, s := range h.hellos[0].Have {
			if s.Stream == convStream("c") {
				held = s.Rev
			}
		}
	})
	if held != 3 {
		t.Errorf("resumed from revision %d, want 3", held)
	}
	same(t, "transcript", lines(t, d, "c"), []string{"in: hello", "in: while you were away"})
}

func TestPendingMessagesSurviveAndArriveOnce(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")

	// The hub takes the first on, and the connection breaks before it says so.
	h.set(func() { h.dropAcks, h.noSocket = true, 503 })
	for _, text := range []string{"one", "two", "three"} {
		_, err := d.Send("c", text, nil)
		ok(t, err)
	}
	s := until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	same(t, "pending", s.Link.Pending, 3)
	same(t, "hub", h.texts("c"), []string{"in: hello", "out: one"})
	shut(t, d)

	d = open(t, options(t, h, dir))
	same(t, "after a restart", lines(t, d, "c"), []string{"in: hello", "out(pending): one", "out(pending): two", "out(pending): three"})
	same(t, "card", card(d.Snapshot(), "c").LastText, "three")
	h.set(func() { h.dropAcks, h.noSocket = false, 0 })
	d.Reconnect()
	until(t, d, "settled", settled)
	want := []string{"in: hello", "out: one", "out: two", "out: three"}
	same(t, "hub", h.texts("c"), want)
	same(t, "desk", lines(t, d, "c"), []string{"in: hello", "out(sending): one", "out(sending): two", "out(sending): three"})
	mustBeEmpty(t, dir, "outbox")
}

func mustBeEmpty(t *testing.T, dir, name string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "accounts", "*", name, "*"))
	ok(t, err)
	if len(found) > 0 {
		t.Errorf("left in %s: %v", name, found)
	}
}

func TestAckBeforeItsCommit(t *testing.T) {
	h := newHub(t)
	h.ackFirst = true
	d := open(t, options(t, h, t.TempDir()))
	connected(t, h, d, "c")
	_, err := d.Send("c", "one", nil)
	ok(t, err)
	until(t, d, "settled", settled)
	until(t, d, "no repetition", func(*desk.Snapshot) bool {
		return slices.Equal(lines(t, d, "c"), []string{"in: hello", "out(sending): one"})
	})
}

func TestRefusedMessageStays(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	h.set(func() {
		h.refuse = func(c protocol.Command) *protocol.Problem {
			if c.Send != nil && strings.Contains(c.Send.Body.Text, "bad") {
				return &protocol.Problem{Code: "no", Message: "the channel does not take this"}
			}
			return nil
		}
	})
	first, err := d.Send("c", "bad words", nil)
	ok(t, err)
	_, err = d.Send("c", "next", nil)
	ok(t, err)
	s := until(t, d, "refused", func(s *desk.Snapshot) bool { return settled(s) })
	same(t, "card", []any{card(s, "c").LastFailed, card(s, "c").LastText}, []any{true, "bad words"})
	want := []string{"in: hello", "out(sending): next", "out(failed): bad words"}
	same(t, "transcript", lines(t, d, "c"), want)
	shut(t, d)

	d = open(t, options(t, h, dir))
	same(t, "after a restart", lines(t, d, "c"), want)
	p, err := d.Tail("c", 1)
	ok(t, err)
	same(t, "reason", []string{p.Items[0].Reason, p.Items[0].ID}, []string{"the channel does not take this", string(first)})
	until(t, d, "online", online)
	command := id.Command(p.Items[0].Command)
	ok(t, d.Retry(command))
	until(t, d, "refused again", func(*desk.Snapshot) bool {
		p, err := d.Tail("c", 1)
		return err == nil && p.Items[0].Delivery == "failed"
	})
	ok(t, d.Edit(command, "good words"))
	until(t, d, "sent", settled)
	same(t, "hub", h.texts("c"), []string{"in: hello", "out: next", "out: good words"})
	if err := d.Retry(command); !errors.Is(err, desk.ErrNoCommand) {
		t.Errorf("a command that is done: %v", err)
	}
}

func TestWithdrawAndEditBeforeTheyLeave(t *testing.T) {
	h := newHub(t)
	d := open(t, options(t, h, t.TempDir()))
	connected(t, h, d, "c")
	h.set(func() { h.noSocket = 503 })
	h.cut()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	for _, text := range []string{"one", "two"} {
		_, err := d.Send("c", text, nil)
		ok(t, err)
	}
	p, err := d.Tail("c", 2)
	ok(t, err)
	text, err := d.Withdraw(id.Command(p.Items[0].Command))
	ok(t, err)
	same(t, "text", text, "one")
	ok(t, d.Edit(id.Command(p.Items[1].Command), "two, better"))
	h.set(func() { h.noSocket = 0 })
	d.Reconnect()
	until(t, d, "settled", settled)
	same(t, "hub", h.texts("c"), []string{"in: hello", "out: two, better"})

	h.set(func() { h.dropAcks, h.noSocket = true, 503 })
	_, err = d.Send("c", "maybe there", nil)
	ok(t, err)
	until(t, d, "offline again", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	p, err = d.Tail("c", 1)
	ok(t, err)
	if _, err := d.Withdraw(id.Command(p.Items[0].Command)); !errors.Is(err, desk.ErrLeft) {
		t.Errorf("a message that may have left was taken back: %v", err)
	}
}

func TestForgetLeavesNothing(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	o := options(t, h, dir)
	d := open(t, o)
	connected(t, h, d, "c")
	connected(t, h, d, "kept")
	staged, err := d.Stage("plan.txt", "text/plain", []byte("the plan"))
	ok(t, err)
	_, err = d.Send("c", "see file", []desk.Staged{staged})
	ok(t, err)
	until(t, d, "sent", settled)
	p, err := d.Tail("c", 1)
	ok(t, err)
	if len(p.Items[0].Attachments) != 1 || !p.Items[0].Attachments[0].Local {
		t.Fatalf("attachments: %+v", p.Items[0].Attachments)
	}
	file := p.Items[0].Attachments[0].ID
	data, err := d.File(t.Context(), file)
	ok(t, err)
	same(t, "file", string(data), "the plan")

	h.set(func() {
		h.forgot = []eventlog.Stream{convStream("c")}
		delete(h.streams, convStream("c"))
		delete(h.files, file)
	})
	h.cut()
	s := until(t, d, "forgotten", func(s *desk.Snapshot) bool { return online(s) && card(s, "c").ID == "" })
	same(t, "left", len(s.Interactions), 1)
	if _, err := d.File(t.Context(), file); err == nil {
		t.Error("the file is still here")
	}
	mustBeEmpty(t, dir, "files")
	if _, err := d.Transcript("c", 0, 9); !errors.Is(err, desk.ErrNoConversation) {
		t.Errorf("transcript: %v", err)
	}
}

func TestNothingInPlainOnDisk(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	h.set(func() { h.noSocket = 503 })
	h.cut()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	staged, err := d.Stage("secret-plan.txt", "text/plain", []byte("secret plan"))
	ok(t, err)
	_, err = d.Send("c", "secret answer", []desk.Staged{staged})
	ok(t, err)
	ok(t, d.SaveTabs(desk.Tabs{Open: []desk.Tab{{Conversation: "c", Draft: "secret draft"}}, Active: "c"}))
	shut(t, d)
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, s := range []string{"secret", "hello", "Rosa", "token"} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("%s holds %q in plain", path, s)
			}
		}
		return err
	})
	ok(t, err)
	d = open(t, options(t, h, dir))
	tabs, err := d.LoadTabs()
	ok(t, err)
	same(t, "draft", tabs.Open[0].Draft, "secret draft")
}

func TestFilesWaitWithTheirMessage(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	h.set(func() { h.noSocket = 503 })
	h.cut()
	until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline })
	one, err := d.Stage("../one.txt", "text/plain", []byte("first"))
	ok(t, err)
	two, err := d.Stage("two.txt", "text/plain", []byte("second"))
	ok(t, err)
	if _, err := d.Send("c", "", []desk.Staged{{ID: "../../lock", Name: "x"}}); !errors.Is(err, desk.ErrNoFile) {
		t.Errorf("a file that was not staged: %v", err)
	}
	_, err = d.Send("c", "", []desk.Staged{one, two})
	ok(t, err)
	_, err = d.Send("c", "after the files", nil)
	ok(t, err)
	shut(t, d)
	h.set(func() {
		h.noSocket = 0
		h.noUpload = &protocol.Problem{Code: "busy", Message: "try later", Retry: true}
	})
	d = open(t, options(t, h, dir))
	until(t, d, "settled", settled)
	same(t, "hub", h.texts("c"), []string{"in: hello", "out:  +2 files", "out: after the files"})
	p, err := d.Tail("c", 2)
	ok(t, err)
	a := p.Items[0].Attachments
	same(t, "names", []string{a[0].Name, a[1].Name}, []string{"one.txt", "two.txt"})
	mustBeEmpty(t, dir, "outbox")
}

func TestSecondDeskOnTheSameData(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	open(t, options(t, h, dir))
	if _, err := desk.Open(options(t, h, dir)); !errors.Is(err, desk.ErrInUse) {
		t.Errorf("%v", err)
	}
	o := options(t, h, dir)
	o.Key = nil
	if _, err := desk.Open(o); !errors.Is(err, desk.ErrKey) {
		t.Errorf("without a key: %v", err)
	}
}

func TestNewEpoch(t *testing.T) {
	h := newHub(t)
	d := open(t, options(t, h, t.TempDir()))
	connected(t, h, d, "c")
	connected(t, h, d, "lost")
	h.set(func() {
		h.epoch = "two"
		delete(h.streams, convStream("lost"))
		h.hellos = nil
	})
	h.cut()
	until(t, d, "synced anew", func(s *desk.Snapshot) bool { return online(s) && len(s.Interactions) == 1 })
	same(t, "transcript", lines(t, d, "c"), []string{"in: hello"})
	h.set(func() { same(t, "hello", h.hellos, []protocol.Hello{{Epoch: "two"}}) })
}

func TestEndsForGood(t *testing.T) {
	t.Run("bye", func(t *testing.T) {
		h := newHub(t)
		h.bye = &protocol.Problem{Code: "replaced", Message: "you signed in elsewhere"}
		d := open(t, options(t, h, ""))
		s := until(t, d, "ended", func(s *desk.Snapshot) bool { return s.Link.State == desk.SignedOut })
		same(t, "reason", s.Link.Reason, "you signed in elsewhere")
		h.set(func() { h.bye = nil })
		d.Reconnect()
		until(t, d, "back", online)
	})
	t.Run("token refused", func(t *testing.T) {
		h := newHub(t)
		o := options(t, h, "")
		o.Token = "another"
		d := open(t, o)
		s := until(t, d, "ended", func(s *desk.Snapshot) bool { return s.Link.State == desk.SignedOut })
		if strings.Contains(s.Link.Reason, "another") {
			t.Errorf("the reason shows the token: %q", s.Link.Reason)
		}
	})
	t.Run("somebody else", func(t *testing.T) {
		h := newHub(t)
		o := options(t, h, "")
		o.Agent = "bob"
		until(t, open(t, o), "ended", func(s *desk.Snapshot) bool { return s.Link.State == desk.SignedOut })
	})
}

func TestNoRoomOnDisk(t *testing.T) {
	h, dir := newHub(t), t.TempDir()
	o := options(t, h, dir)
	o.Cache.Reserve = 1 << 60
	if _, err := desk.Open(o); err == nil || !strings.Contains(err.Error(), "disk is almost full") {
		t.Errorf("%v", err)
	}
}

// handClock moves when told.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []timer
}

type timer struct {
	at time.Time
	c  chan time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) At(at time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := timer{at, make(chan time.Time, 1)}
	c.timers = append(c.timers, t)
	c.fire()
	return t.c, func() {}
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.fire()
}

func (c *handClock) fire() {
	c.timers = slices.DeleteFunc(c.timers, func(t timer) bool {
		due := !t.at.After(c.now)
		if due {
			t.c <- c.now
		}
		return due
	})
}

func TestTypingHoldsFiveSeconds(t *testing.T) {
	h, clock := newHub(t), &handClock{now: time.Now()}
	o := options(t, h, "")
	o.Clock = clock
	d := open(t, o)
	connected(t, h, d, "c")
	types := func(c id.Conversation) {
		h.set(func() {
			for conn := range h.conns {
				conn.send(protocol.ToDesk{Typing: &protocol.Typing{Conversation: c}})
			}
		})
		until(t, d, "typing", func(s *desk.Snapshot) bool { return slices.Contains(s.Typing, string(c)) })
	}
	types("c")
	clock.advance(4999 * time.Millisecond)
	same(t, "just before", d.Snapshot().Typing, []string{"c"})
	clock.advance(time.Millisecond)
	until(t, d, "over", func(s *desk.Snapshot) bool { return len(s.Typing) == 0 })
	types("c")
	h.says("c", "here it is")
	until(t, d, "over with the message", func(s *desk.Snapshot) bool { return len(s.Typing) == 0 })
}

func TestErasedMessages(t *testing.T) {
	h := newHub(t)
	d := open(t, options(t, h, ""))
	until(t, d, "online", online)
	m := h.says("c", "to be erased")
	h.set(func() { h.bodies["c"] = map[id.Message]message.Body{}; _ = m })
	h.alert("c")
	until(t, d, "alerting", has("c", desk.Alerting))
	p, err := d.Transcript("c", 0, 9)
	ok(t, err)
	i := slices.IndexFunc(p.Items, func(it desk.Item) bool { return it.Kind == "message" })
	same(t, "line", []any{p.Items[i].Erased, p.Items[i].Text}, []any{true, ""})
}
