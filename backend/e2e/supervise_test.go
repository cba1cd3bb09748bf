package e2e_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/desk"
	"parley/backend/eventlog/badger"
	"parley/backend/hub"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// recorder keeps every byte that a desk reads from its hub.
type recorder struct {
	mu   sync.Mutex
	read bytes.Buffer
}

type recorded struct {
	net.Conn
	by *recorder
}

func (c recorded) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.by.mu.Lock()
	defer c.by.mu.Unlock()
	c.by.read.Write(b[:n])
	return n, err
}

func (r *recorder) transport() *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return recorded{conn, r}, nil
	}}
}

// since returns what was read after a mark, and the next mark.
func (r *recorder) since(mark int) (string, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.read.String()
	return all[mark:], len(all)
}

func (h *runningHub) deskOf(user string) *desk.Desk {
	h.t.Helper()
	o, err := signIn(h.ready.URL, user, h.password(user), "")
	ok(h.t, err)
	return openDesk(h.t, o)
}

// watching waits until a desk monitors a conversation beside these others.
func watching(t *testing.T, d *desk.Desk, others ...string) {
	t.Helper()
	until(t, d, "monitored", func(s *desk.Snapshot) bool {
		return settled(s) && len(s.Supervision.Monitored) == 1 && s.Supervision.Monitored[0].Loaded && slices.Equal(s.Supervision.Monitored[0].Watchers, others)
	})
}

// coached waits for the last word of the coaching that a desk sees.
func coached(t *testing.T, d *desk.Desk, want ...string) {
	t.Helper()
	until(t, d, "coaching "+strings.Join(want, ", "), func(s *desk.Snapshot) bool {
		if len(s.Supervision.Coaching) != 1 {
			return false
		}
		var said []string
		for _, l := range s.Supervision.Coaching[0].Lines {
			said = append(said, l.By+": "+l.Text)
		}
		return slices.Equal(said, want)
	})
}

// board waits for a board that fits.
func board(t *testing.T, d *desk.Desk, what string, fits func(*desk.BoardChange) bool) *desk.BoardChange {
	t.Helper()
	w := d.Watch()
	defer w.Close()
	late := time.After(patience)
	for {
		select {
		case <-w.C:
			if b := d.BoardNow(); b.Live && fits(b) {
				return b
			}
		case <-late:
			t.Fatalf("the board never showed %s; last: %+v", what, d.BoardNow())
		}
	}
}

func TestSupervisors(t *testing.T) {
	h := startHub(t)
	rec := &recorder{}
	o := h.signIn("")
	o.Transport = rec.transport()
	agent := openDesk(t, o)
	g := joinGuest(t, h)
	conv := connected(t, g, agent)
	amara, mina := h.deskOf("supervisor-1"), h.deskOf("supervisor-2")
	until(t, amara, "online", settled)
	until(t, mina, "online", settled)

	// Two watch. The agent's desk reads on and hears nothing of it.
	_, mark := rec.since(0)
	amara.Monitor(conv)
	watching(t, amara)
	mina.Monitor(conv)
	watching(t, amara, "Mina Farah")
	watching(t, mina, "Amara Nwosu")
	g.say("is anybody there?")
	want := []string{"in hello", "in is anybody there?"}
	for _, d := range []*desk.Desk{agent, amara, mina} {
		until(t, d, "the question", func(*desk.Snapshot) bool { return reads(d, conv, want) })
	}
	if s := amara.Snapshot(); len(s.Interactions) != 0 {
		t.Errorf("what is monitored stands on the roster: %+v", s.Interactions)
	}
	heard, _ := rec.since(mark)
	if !strings.Contains(heard, "is anybody there?") {
		t.Error("the recorder does not hear what the agent reads")
	}
	for _, trace := range []string{"monitor", "coach", "supervisor-1", "supervisor-2", "Amara", "Mina"} {
		if strings.Contains(heard, trace) {
			t.Errorf("the agent's desk heard of %q", trace)
		}
	}

	// Coaching goes both ways between the three, and past the guest.
	ctx := t.Context()
	if err := agent.Coach(ctx, conv, "hello?"); err == nil {
		t.Error("the agent wrote to coaches where nobody coaches")
	}
	ok(t, amara.Coach(ctx, conv, "refund the second one"))
	coached(t, agent, "Amara Nwosu: refund the second one")
	ok(t, agent.Coach(ctx, conv, "thank you"))
	for _, d := range []*desk.Desk{agent, amara, mina} {
		coached(t, d, "Amara Nwosu: refund the second one", "Sofia Lindqvist: thank you")
	}
	if _, err := agent.Send(conv, "I refund the second one.", nil); err != nil {
		t.Fatal(err)
	}
	g.until("the agent's answer alone", func(texts []string, _ int) bool { return slices.Equal(texts, []string{"I refund the second one."}) })

	// A takeover: the agent is told by whom, and the supervisor writes on.
	ok(t, mina.TakeOver(ctx, conv))
	until(t, mina, "taken over", first(desk.Connected))
	until(t, mina, "no longer monitored", func(s *desk.Snapshot) bool { return len(s.Supervision.Monitored) == 0 })
	until(t, agent, "told of the takeover", func(*desk.Snapshot) bool {
		p, err := agent.Transcript(conv, 0, 100)
		ok(t, err)
		return slices.ContainsFunc(p.Items, func(i desk.Item) bool { return i.Event == "taken_over" && i.Detail == "Mina Farah" })
	})
	if _, err := mina.Send(conv, "Mina here.", nil); err != nil {
		t.Fatal(err)
	}
	g.until("Mina's word", func(texts []string, _ int) bool {
		return slices.Equal(texts, []string{"I refund the second one.", "Mina here."})
	})
	watching(t, amara) // alone now
	if err := amara.CutOff(ctx, conv); err != nil {
		t.Fatal(err)
	}
	until(t, mina, "disconnected by another", func(s *desk.Snapshot) bool { return !first(desk.Connected)(s) })
	history, err := amara.History(ctx, conv)
	ok(t, err)
	var events []string
	for _, e := range history.Entries {
		if strings.HasPrefix(e.Event, "monitor_") || e.Event == "leg_ended" || e.Event == "disconnected" {
			events = append(events, string(e.By)+" "+e.Event)
		}
	}
	same(t, "who did what", events, []string{"supervisor-1 monitor_started", "supervisor-2 monitor_started", "supervisor-2 leg_ended",
		"supervisor-2 monitor_ended", "supervisor-1 disconnected"})
	amara.Unmonitor(conv)
	until(t, amara, "forgotten", func(*desk.Snapshot) bool {
		_, err := amara.Transcript(conv, 0, 1)
		return err != nil
	})
}

// reads says whether a desk's transcript has these messages.
func reads(d *desk.Desk, conv id.Conversation, want []string) bool {
	p, err := d.Transcript(conv, 0, 1<<20)
	if err != nil {
		return false
	}
	var got []string
	for _, it := range p.Items {
		if it.Kind == "message" {
			got = append(got, map[bool]string{true: "in ", false: "out "}[it.Direction == "inbound"]+it.Text)
		}
	}
	return slices.Equal(got, want)
}

// The board that a desk was told, change by change, is what the log folds to.
func TestBoardEqualsReplay(t *testing.T) {
	h := startHub(t)
	amara := h.deskOf("supervisor-1")
	until(t, amara, "online", settled)
	amara.WatchBoard(true)
	board(t, amara, "itself", func(*desk.BoardChange) bool { return true })
	agent := openDesk(t, h.signIn(""))
	g := joinGuest(t, h)
	conv := connected(t, g, agent)
	board(t, amara, "the conversation", func(b *desk.BoardChange) bool {
		return len(b.Board.Conversations) == 1 && b.Board.Conversations[0].Phase == supervisor.Connected
	})
	ok(t, agent.End(conv))
	ok(t, agent.WrapUp(conv, "answered"))
	waits := joinGuest(t, h) // and one goes on waiting
	ok(t, agent.SetPresence("break"))
	waits.say("hello")
	told := board(t, amara, "all of it", func(b *desk.BoardChange) bool {
		return len(b.Board.Conversations) == 1 && b.Board.Conversations[0].Phase == supervisor.Waiting && len(b.Board.Queues) == 1 &&
			b.Board.Queues[0].Today.Handled == 1 && b.Board.Agents[0].Status == "break"
	}).Board
	past, err := amara.BoardAt(t.Context(), time.UnixMilli(told.AtMs))
	ok(t, err)
	sameRows(t, "the board of that moment, rebuilt", past.Board, told)
	if handled := past.Queues[0].Today; handled.Answered != 1 || handled.AnsweredWithin != 1 {
		t.Errorf("counted %+v", handled)
	}
	h.stop()

	log, err := badger.Open(hub.LogDir(h.data), badger.Small())
	ok(t, err)
	zone, err := time.LoadLocation("Europe/Berlin")
	ok(t, err)
	replayed := supervisor.New(supervisor.Rules{
		Zone: zone, Default: supervisor.QueueRules{ServiceLevel: time.Minute},
		Queues: map[id.Queue]supervisor.QueueRules{"web-orders": {ServiceLevel: 20 * time.Second}},
	})
	for c, err := range log.Follow(t.Context(), 0, 0) {
		ok(t, err)
		replayed.Apply(c)
		if c.Pos == told.Pos {
			break
		}
	}
	ok(t, log.Close())
	again := replayed.Board(time.UnixMilli(told.AtMs))
	sameRows(t, "the log replayed", again, told)
	if files, err := filepath.Glob(filepath.Join(h.data, "board", "*.checkpoint")); err != nil || len(files) == 0 {
		t.Errorf("the hub kept no checkpoint: %v", err)
	}

	// A hub that is started again goes on from there.
	h.start()
	amara.Reconnect()
	board(t, amara, "itself again", func(b *desk.BoardChange) bool {
		return reflect.DeepEqual(b.Board.Queues[0].Today, told.Queues[0].Today) && len(b.Board.Conversations) == 1
	})
}

func sameRows(t *testing.T, what string, got, want supervisor.Board) {
	t.Helper()
	plain := func(b supervisor.Board) supervisor.Board {
		b.AtMs, b.Whole, b.Pos = 0, true, 0
		b.Queues = slices.Clone(b.Queues)
		for i := range b.Queues {
			b.Queues[i].Spark = nil // told once in a minute
		}
		return b
	}
	if got, want := plain(got), plain(want); !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// A connection that breaks ends neither monitoring nor the board; a desk that
// ends forgets what it monitored.
func TestWatchingGoesOnAfterACut(t *testing.T) {
	h := startHub(t)
	agent := openDesk(t, h.signIn(""))
	g := joinGuest(t, h)
	conv := connected(t, g, agent)
	dir, c := t.TempDir(), &cutter{}
	o, err := signIn(h.ready.URL, "supervisor-1", h.password("supervisor-1"), dir)
	ok(t, err)
	o.Transport = c.transport()
	amara := openDesk(t, o)
	amara.WatchBoard(true)
	amara.Monitor(conv)
	watching(t, amara)
	ok(t, amara.Coach(t.Context(), conv, "well done"))
	coached(t, amara, "Amara Nwosu: well done")
	for n := range 3 {
		c.cut()
		amara.Reconnect()
		text := "after cut " + strings.Repeat("!", n+1)
		g.say(text)
		until(t, amara, "the word after a cut", func(s *desk.Snapshot) bool {
			p, err := amara.Tail(conv, 1)
			return settled(s) && err == nil && len(p.Items) == 1 && p.Items[0].Text == text
		})
		board(t, amara, "itself after a cut", func(b *desk.BoardChange) bool { return len(b.Board.Conversations) == 1 })
	}
	coached(t, amara, "Amara Nwosu: well done")
	history, err := amara.History(t.Context(), conv)
	ok(t, err)
	began := 0
	for _, e := range history.Entries {
		if e.Event == "monitor_started" {
			began++
		}
	}
	same(t, "how often monitoring began", began, 1)
	shut(t, amara)

	again := openDesk(t, o)
	until(t, again, "complete", settled)
	if _, err := again.Transcript(conv, 0, 1); err == nil {
		t.Error("what was monitored is still on the desk")
	}
	if s := again.Snapshot().Supervision; len(s.Monitored)+len(s.Coaching) != 0 {
		t.Errorf("the desk goes on with %+v", s)
	}
}
