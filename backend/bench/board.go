package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"parley/app"
	"parley/app/deskside"
	"parley/backend/channel"
	"parley/backend/eventlog"
	"parley/backend/eventlog/memory"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

// boardFor is how long a desk is watched while it gets boards.
const boardFor = 20 * time.Second

// boardBench: what a board of 100 queues and 1,000 agents costs a desk, in
// processor time of a process that does all that the desk's core does: read and
// decode the frames, keep the board, sum up, and encode what goes to the window.
// First with 100 commits in a second, eight times those of a day with a million;
// then with each row changed in each frame.
func boardBench(int) ([]result, error) {
	usual, err := boardCost(25)
	if err != nil {
		return nil, err
	}
	all, err := boardCost(0)
	if err != nil {
		return nil, err
	}
	return []result{
		{Name: "desk.board_4hz", Ours: usual.cpu, Goal: "<=10 % of a core", Unit: "% of a core"},
		{Name: "desk.board_4hz_to_window", Ours: usual.bytes, Goal: "report", Unit: "KB/s"},
		{Name: "desk.board_4hz_all_rows", Ours: all.cpu, Goal: "report", Unit: "% of a core"},
		{Name: "desk.board_4hz_all_rows_to_window", Ours: all.bytes, Goal: "report", Unit: "KB/s"},
	}, nil
}

type cost struct{ cpu, bytes float64 }

// boardCost runs a desk against boards that change by so many commits a frame; 0
// = all rows change.
func boardCost(commits int) (cost, error) {
	b, err := newBoardHub(commits)
	if err != nil {
		return cost{}, err
	}
	defer b.close()
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	cmd := exec.Command(self, "-boarddesk", "http://"+b.listener.Addr().String())
	in, err := cmd.StdinPipe()
	if err != nil {
		return cost{}, err
	}
	out := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	<-b.watching
	settle()
	_, before, err := stat(cmd.Process.Pid)
	if err != nil {
		return cost{}, err
	}
	begin, frames := time.Now(), b.frames.Load()
	time.Sleep(boardFor)
	_, after, err := stat(cmd.Process.Pid)
	if err != nil {
		return cost{}, err
	}
	took := time.Since(begin).Seconds()
	if rate := float64(b.frames.Load()-frames) / took; rate < 3 {
		return cost{}, fmt.Errorf("only %.1f boards came in a second", rate)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		return cost{}, err
	}
	var sent, over float64
	if _, err := fmt.Sscan(out.String(), &sent, &over); err != nil {
		return cost{}, fmt.Errorf("the desk says %q: %w", out, err)
	}
	return cost{cpu: 100 * (after - before) / took, bytes: sent / over / 1024}, nil
}

// boardDesk is the desk of the benchmark, until its standard input ends.
func boardDesk(hub string) error {
	var sent atomic.Int64
	s, err := deskside.Open(app.Account{Hub: hub, Token: "token", Agent: "sue"}, func(p app.Push) {
		if b, err := json.Marshal(p); err == nil { // as the window's runtime does
			sent.Add(int64(len(b)))
		}
	}, func(string) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	s.WatchBoard(true)
	begin := time.Now()
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(sent.Load(), time.Since(begin).Seconds())
	return s.Close()
}

// boardHub tells one desk of a day's board, four times in a second.
type boardHub struct {
	listener net.Listener
	server   *http.Server
	state    *supervisor.State
	log      []eventlog.Stored
	commits  int
	watching chan struct{}
	frames   atomic.Int64
}

func newBoardHub(commits int) (*boardHub, error) {
	b := &boardHub{state: supervisor.New(dayRules), commits: commits, watching: make(chan struct{})}
	// A morning's work is on the board already; what follows comes while it is told.
	d := &day{log: memory.New(), begin: time.Now().UTC().Add(-time.Hour), limit: 120_000}
	ctx := context.Background()
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	tail, err := d.log.Tail(ctx, 0)
	if err != nil {
		return nil, err
	}
	for c, err := range d.log.Follow(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		if c.At = time.Now().UTC(); c.Pos <= 80_000 {
			b.state.Apply(c)
		} else {
			b.log = append(b.log, c)
		}
		if c.Pos == tail.Pos {
			break
		}
	}
	if b.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+protocol.PathSocket, b.socket)
	b.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = b.server.Serve(b.listener) }()
	return b, nil
}

func (b *boardHub) close() { _ = b.server.Close() }

func (b *boardHub) org() protocol.Org {
	o := protocol.Org{Name: "Bench", Revision: 1, Zone: "UTC", Capacity: map[channel.Kind]int{channel.Web: 4}}
	queues := make([]id.Queue, dayQueues)
	for n := range dayQueues {
		queues[n] = id.Queue(fmt.Sprintf("queue-%03d", n))
		o.Queues = append(o.Queues, protocol.Queue{ID: queues[n], Name: fmt.Sprintf("Queue number %d", n)})
	}
	for n := range dayAgents {
		o.Agents = append(o.Agents, protocol.Person{
			Agent: id.Agent(fmt.Sprintf("agent-%04d", n)), Name: fmt.Sprintf("Agent number %d", n),
			Queues: []id.Queue{queues[n%dayQueues], queues[(n+1)%dayQueues], queues[(n+2)%dayQueues]},
		})
	}
	for _, a := range []string{"see_queues", "see_agents", "monitor"} {
		o.Rights = append(o.Rights, protocol.Right{Action: a, Scope: "supervised", Queues: queues})
	}
	return o
}

// socket serves the desk: its board every quarter of a second.
func (b *boardHub) socket(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	_ = ws.WriteJSON(protocol.ToDesk{Welcome: &protocol.Welcome{Version: protocol.Version, Epoch: "bench", Agent: "sue", NowMs: time.Now().UnixMilli(), Org: b.org()}})
	for watches := false; !watches; {
		var f protocol.ToHub
		if ws.ReadJSON(&f) != nil {
			return
		}
		watches = f.Watch != nil && f.Watch.Board
	}
	_ = ws.WriteJSON(protocol.ToDesk{Complete: &protocol.Complete{}})
	close(b.watching)
	told := b.state.Board(time.Now())
	if ws.WriteJSON(protocol.ToDesk{Board: &protocol.Board{Board: told}}) != nil {
		return
	}
	ticks := time.NewTicker(250 * time.Millisecond)
	defer ticks.Stop()
	for n := 0; ; n++ {
		select {
		case <-r.Context().Done():
			return
		case <-ticks.C:
		}
		now := time.Now()
		change := b.next(told, now, n)
		told.Pos, told.DayMs = change.Pos, change.DayMs
		if ws.WriteJSON(protocol.ToDesk{Board: &protocol.Board{Board: change}}) != nil {
			return
		}
		b.frames.Add(1)
	}
}

// next is the next frame: after some commits, or with every row in it.
func (b *boardHub) next(told supervisor.Board, now time.Time, n int) supervisor.Board {
	if b.commits == 0 {
		all := b.state.Board(now)
		all.Whole, all.Conversations = false, nil
		for i := range all.Queues {
			all.Queues[i].Waiting, all.Queues[i].Spark = n%7, nil
		}
		for i := range all.Agents {
			all.Agents[i].StatusMs = now.UnixMilli()
		}
		return all
	}
	for range min(b.commits, len(b.log)) {
		c := b.log[0]
		b.log, c.At = b.log[1:], now.UTC()
		b.state.Apply(c)
	}
	return b.state.Since(told.Pos, told.DayMs, now, n%240 == 0)
}
