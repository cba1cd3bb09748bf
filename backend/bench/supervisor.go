package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub/board"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/supervisor"
)

// The day that supervisors' benchmarks are about.
const (
	dayQueues  = 100
	dayAgents  = 1000
	dayCommits = 1_000_000
)

var dayRules = supervisor.Rules{Default: supervisor.QueueRules{ServiceLevel: time.Minute}}

// day makes a log as a day makes it, with the real cores: conversations that are
// offered, answered, talked in, ended and wrapped up, on many agents at once.
type day struct {
	log   eventlog.Log
	begin time.Time
	limit int64
	count atomic.Int64
}

// tick is the time of the next commit: the day's commits are spread over it.
func (d *day) tick() time.Time {
	n := d.count.Add(1)
	return d.begin.Add(time.Duration(n) * (24 * time.Hour / dayCommits)).Truncate(time.Millisecond)
}

// stream appends to one stream what a core decided.
type stream[S any] struct {
	name  eventlog.Stream
	state S
	rev   uint64
	hash  eventlog.Hash
}

func (s *stream[S]) append(ctx context.Context, d *day, at time.Time, events []eventlog.Event) (eventlog.Stored, error) {
	c := eventlog.Commit{Stream: s.name, Rev: s.rev + 1, PrevHash: s.hash, ID: id.Command(id.New()), At: at, Actor: "agent:" + s.name.ID, Events: events}
	stored, _, err := d.log.Append(ctx, c)
	s.rev, s.hash = stored.Rev, stored.Hash
	return stored, err
}

// serve lets one agent serve conversations until the day is full.
func (d *day) serve(ctx context.Context, n int) error {
	a := id.Agent(fmt.Sprintf("agent-%04d", n))
	self := &stream[agent.State]{name: eventlog.Stream{Kind: eventlog.Agent, ID: string(a)}}
	me := func(c agent.Command) error {
		at := d.tick()
		events, err := agent.Decide(&self.state, c, agent.Env{Now: at, Utilization: agent.Utilization{Capacity: map[channel.Kind]int{channel.Web: 4}}})
		if err != nil {
			return err
		}
		encoded, err := agent.Encode(events)
		if err != nil {
			return err
		}
		for _, e := range events {
			self.state.Record(e, at)
		}
		_, err = self.append(ctx, d, at, encoded)
		return err
	}
	if err := me(agent.SetPresence{Presence: agent.OnQueue}); err != nil {
		return err
	}
	for k := 0; d.count.Load() < d.limit; k++ {
		conv := &stream[conversation.State]{name: eventlog.Stream{Kind: eventlog.Conversation, ID: id.New()}}
		leg := id.Communication(id.New())
		do := func(c conversation.Command) error {
			at := d.tick()
			events, err := conversation.Decide(&conv.state, c, conversation.Env{Now: at, Settings: conversation.Settings{AlertTimeout: 48 * time.Hour, WrapUp: true}})
			if err != nil {
				return err
			}
			encoded, err := conversation.Encode(events)
			if err != nil {
				return err
			}
			for _, e := range events {
				conv.state.Record(e, at)
			}
			_, err = conv.append(ctx, d, at, encoded)
			return err
		}
		body := message.Ref{Length: 60, Digest: "0123456789abcdef0123456789abcdef"}
		queue := id.Queue(fmt.Sprintf("queue-%03d", (n+k)%dayQueues))
		steps := []func() error{
			func() error {
				return do(conversation.Receive{Message: id.Message(id.New()), Body: body,
					First: &conversation.Start{Channel: channel.Web, Account: "shop", Contact: id.Contact(conv.name.ID), Guest: id.Guest(conv.name.ID), Queue: queue}})
			},
			func() error {
				return me(agent.Reserve{Communication: leg, Conversation: id.Conversation(conv.name.ID), Channel: channel.Web})
			},
			func() error { return do(conversation.Offer{Communication: leg, Agent: a, Why: "idle for longest"}) },
			func() error { return do(conversation.Accept{Communication: leg, Agent: a}) },
		}
		for range 8 {
			said := id.Message(id.New())
			steps = append(steps,
				func() error { return do(conversation.Receive{Message: id.Message(id.New()), Body: body}) },
				func() error { return do(conversation.MarkRead{Agent: a, Inbound: conv.state.Inbound}) },
				func() error { return do(conversation.Send{Agent: a, Message: said, Body: body}) },
				func() error { return do(conversation.Deliver{Message: said, State: message.Sent}) },
				func() error { return do(conversation.Deliver{Message: said, State: message.Delivered}) },
				func() error { return do(conversation.Deliver{Message: said, State: message.Read}) })
		}
		steps = append(steps,
			func() error { return do(conversation.Disconnect{Agent: a, Communication: leg}) },
			func() error { return do(conversation.WrapUp{Agent: a, Communication: leg, Code: "answered"}) },
			func() error { return me(agent.Release{Communication: leg, Reason: "completed"}) })
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill writes the whole day.
func (d *day) fill(ctx context.Context) error {
	var work sync.WaitGroup
	errs := make(chan error, dayAgents)
	for n := range dayAgents {
		work.Go(func() {
			if err := d.serve(ctx, n); err != nil {
				errs <- err
			}
		})
	}
	work.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// rebuild: how fast the board of a day with 1,000,000 commits is folded anew: by
// the fold alone, from commits in memory, and by the hub's board from its log on
// disk, without a checkpoint.
func rebuild(pairs int) ([]result, error) {
	dir, err := os.MkdirTemp("", "parley-bench-day-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	quiet := slog.New(slog.DiscardHandler)
	log, err := badger.Open(filepath.Join(dir, "log"), badger.Options{Logger: quiet})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ctx := context.Background()
	d := &day{log: log, begin: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), limit: dayCommits}
	if err := d.fill(ctx); err != nil {
		return nil, err
	}
	tail, err := log.Tail(ctx, 0)
	if err != nil {
		return nil, err
	}
	fromMemory, err := foldInMemory(ctx, log, tail.Pos, pairs)
	if err != nil {
		return nil, err
	}
	var wall, cpu []float64
	for range pairs {
		begin, used := time.Now(), ownCPU()
		b, err := board.Open(ctx, board.Options{Log: log, Dir: filepath.Join(dir, id.New()), Rules: dayRules, Logger: quiet})
		if err != nil {
			return nil, err
		}
		<-b.Ready()
		wall = append(wall, float64(tail.Pos)/time.Since(begin).Seconds())
		cpu = append(cpu, float64(tail.Pos)/(ownCPU()-used))
		b.Close()
	}
	return []result{
		{Name: "supervisor.rebuild", Ours: fromMemory, Goal: ">=200000 commits/s", Unit: "commits/s"},
		{Name: "supervisor.rebuild_from_disk", Ours: median(wall), Goal: "report", Unit: "commits/s"},
		{Name: "supervisor.rebuild_from_disk_per_cpu_second", Ours: median(cpu), Goal: "report", Unit: "commits/CPU-s"},
	}, nil
}

// foldInMemory folds the commits of a log that were read before.
func foldInMemory(ctx context.Context, log eventlog.Log, upTo uint64, rounds int) (float64, error) {
	commits := make([]eventlog.Stored, 0, upTo)
	for c, err := range log.Follow(ctx, 0, 0) {
		if err != nil {
			return 0, err
		}
		if commits = append(commits, c); c.Pos == upTo {
			break
		}
	}
	var rates []float64
	for range rounds {
		begin := time.Now()
		s := supervisor.New(dayRules)
		for _, c := range commits {
			s.Apply(c)
		}
		rates = append(rates, float64(len(commits))/time.Since(begin).Seconds())
	}
	return median(rates), nil
}
