package board_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/conversation"
	"parley/backend/hub/board"
	"parley/backend/id"
	"parley/backend/supervisor"
)

type names struct{}

func (names) Queue(q id.Queue) string {
	return map[id.Queue]string{"orders": "=Orders, all"}[q]
}
func (names) Agent(id.Agent) string        { return "Ann" }
func (names) Code(id.Queue, string) string { return "Refund promised" }
func (names) Location() *time.Location     { return time.UTC }

// told keeps what is logged.
type told struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *told) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *told) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// until lets the bubble's clock run to a time.
func until(t time.Time) { <-time.After(time.Until(t)) }

func TestReportsAreWrittenEachDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		begin := time.Now().UTC() // midnight
		var logged told
		b, err := board.Open(t.Context(), board.Options{Log: p.log, Dir: p.dir, Rules: rules, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		p.ok(err)
		folder := filepath.Join(t.TempDir(), "reports")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			b.Export(ctx, board.Export{Folder: folder, At: 30 * time.Minute, Names: func() supervisor.Names { return names{} }})
		}()
		step := func(at time.Duration, c conversation.Command) {
			until(begin.Add(at))
			p.now = begin.Add(at)
			p.do("c1", c)
		}
		step(10*time.Hour, conversation.Start{Channel: "web", Contact: "ida", Queue: "orders"})
		step(10*time.Hour+12500*time.Millisecond, conversation.Offer{Agent: "ann", Communication: "l1"})
		step(10*time.Hour+12500*time.Millisecond, conversation.Accept{Agent: "ann", Communication: "l1"})
		step(10*time.Hour+time.Minute, conversation.Disconnect{Agent: "ann", Communication: "l1"})
		step(10*time.Hour+2*time.Minute, conversation.WrapUp{Agent: "ann", Communication: "l1", Code: "refund"})
		written := func() []string {
			synctest.Wait()
			list, err := filepath.Glob(filepath.Join(folder, "*"))
			p.ok(err)
			for i := range list {
				list[i] = filepath.Base(list[i])
			}
			return list
		}
		until(begin.Add(24*time.Hour + 29*time.Minute))
		p.ok(os.Mkdir(folder, 0o700))
		if got := written(); len(got) != 0 {
			t.Fatalf("before their time there are %v", got)
		}
		p.ok(os.Remove(folder)) // the disk is away when it is due
		until(begin.Add(24*time.Hour + 31*time.Minute))
		synctest.Wait()
		if !strings.Contains(logged.String(), "the reports could not be written") {
			t.Error("nobody is told that they could not be written")
		}
		p.ok(os.Mkdir(folder, 0o700))
		until(begin.Add(25*time.Hour + 31*time.Minute))
		date := begin.Format(time.DateOnly)
		want := []string{"parley-agents-" + date + ".csv", "parley-codes-" + date + ".csv", "parley-queues-" + date + ".csv"}
		if got := written(); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("written are %v, want %v", got, want)
		}
		raw, err := os.ReadFile(filepath.Join(folder, want[2]))
		p.ok(err)
		at := begin.Add(10 * time.Hour).Format(time.RFC3339)
		row := at + `,orders,"'=Orders, all",web,1,1,1,1.0000,0,0,0.0000,0,12.5,12.5,0,1,107.5,47.5,60,107.5,0,0,0,0,0,0,0,0,0,0`
		if !strings.HasPrefix(string(raw), "\uFEFFinterval,queue,queue_name,channel,offered,answered,") || !strings.Contains(string(raw), row+"\r\n") {
			t.Errorf("the queues' report is\n%s\nwant the row\n%s", raw, row)
		}
		raw, err = os.ReadFile(filepath.Join(folder, want[1]))
		p.ok(err)
		if row := at + ",orders,\"'=Orders, all\",web,refund,Refund promised,1,47.5,60\r\n"; !strings.Contains(string(raw), row) {
			t.Errorf("the codes' report is\n%s\nwant the row\n%s", raw, row)
		}
		// What is there stays as it is, and a day without a trace is no file.
		p.ok(os.WriteFile(filepath.Join(folder, want[0]), []byte("mine"), 0o600))
		until(begin.Add(80 * time.Hour))
		if got := written(); len(got) != 3 {
			t.Errorf("days later there are %v", got)
		}
		if raw, err := os.ReadFile(filepath.Join(folder, want[0])); err != nil || string(raw) != "mine" {
			t.Errorf("it was written again: %q, %v", raw, err)
		}
		stop()
		<-ended
		b.Close()
	})
}
