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
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/readmodel"
	"parley/backend/vault"
)

const customers = 64

// core is the hub without its sockets: engine, vault, log and read model.
type core struct {
	dir    string
	log    *badger.Log
	engine *engine.Engine
	model  *readmodel.Model

	mu      sync.Mutex
	queue   []eventlog.Stored
	wake    chan struct{}
	applied chan struct{}
}

type benchRules struct{}

func (benchRules) Queue(id.Queue) conversation.Settings {
	return conversation.Settings{AlertTimeout: 30 * time.Second}
}
func (benchRules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }
func (benchRules) Utilization(id.Agent) agent.Utilization       { return agent.Utilization{} }

func openCore(dir string) (*core, error) {
	quiet := slog.New(slog.DiscardHandler)
	log, err := badger.Open(filepath.Join(dir, "log"), badger.Options{Logger: quiet})
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(filepath.Join(dir, "keys"), [32]byte{1}, log, vault.Options{})
	if err != nil {
		return nil, err
	}
	opt := readmodel.Hub()
	opt.Logger = quiet
	model, err := readmodel.Open(filepath.Join(dir, "model"), opt)
	if err != nil {
		return nil, err
	}
	if _, err := model.Adopt(log.Epoch()); err != nil {
		return nil, err
	}
	e, err := engine.Open(context.Background(), engine.Options{Log: log, Vault: v, Rules: benchRules{}, Logger: quiet})
	if err != nil {
		return nil, err
	}
	c := &core{dir: dir, log: log, engine: e, model: model, wake: make(chan struct{}, 1), applied: make(chan struct{})}
	e.Subscribe(func(s *engine.Commit) {
		c.mu.Lock()
		c.queue = append(c.queue, s.Stored)
		c.mu.Unlock()
		select {
		case c.wake <- struct{}{}:
		default:
		}
	})
	go c.apply()
	return c, nil
}

func (c *core) apply() {
	defer close(c.applied)
	var batch []eventlog.Stored
	for range c.wake {
		c.mu.Lock()
		batch, c.queue = c.queue, batch[:0]
		c.mu.Unlock()
		if err := c.model.Apply(batch); err != nil {
			fmt.Fprintln(os.Stderr, "read model:", err)
			return
		}
	}
}

func (c *core) close() {
	c.engine.Close()
	close(c.wake)
	<-c.applied
	c.model.Close()
	c.log.Close()
}

// rate lets 64 customers write for d and returns messages per second, counted
// once the read model has them all.
func (c *core) rate(d time.Duration, round int) (float64, error) {
	var n atomic.Int64
	var last atomic.Uint64
	var wg sync.WaitGroup
	errs := make(chan error, customers)
	ctx := context.Background()
	begin := time.Now()
	for w := range customers {
		wg.Go(func() {
			conv := id.Conversation(id.New())
			start := conversation.Start{Channel: channel.Web, Account: "bench", Contact: id.Contact(conv), Guest: id.Guest(conv), Queue: "q"}
			for k := 0; time.Since(begin) < d; k++ {
				m := id.Message(id.New())
				text := fmt.Sprintf("Customer %d of round %d asks for the %d. time where the parcel is, please.", w, round, k)
				res, err := c.engine.Conversation(ctx, conv, id.Command(m), "guest", conversation.Receive{First: &start, Message: m},
					engine.Content{Message: m, Body: message.Body{Text: text}})
				if err != nil {
					errs <- err
					return
				}
				n.Add(1)
				for p := last.Load(); res.Pos > p && !last.CompareAndSwap(p, res.Pos); p = last.Load() {
				}
			}
		})
	}
	wg.Wait()
	if err := c.model.WaitFor(ctx, eventlog.Position{Pos: last.Load()}); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	select {
	case err := <-errs:
		return 0, err
	default:
	}
	return float64(n.Load()) / took.Seconds(), nil
}

// wholePath: Decide, seal, log and read model with 64 concurrent customers,
// against what PostgreSQL appends from 64 connections.
func wholePath(pairs int) ([]result, error) {
	dir, err := os.MkdirTemp("", "parley-bench-core-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c, err := openCore(dir)
	if err != nil {
		return nil, err
	}
	defer c.close()
	pg, err := startPostgres(customers)
	if err != nil {
		return nil, err
	}
	defer pg.stop()
	const each = 3 * time.Second
	round := 0
	var oc, bc, rc []float64 // processor time per message in µs, and the ratios
	per := func(into *[]float64, cpu func() float64, run func() (float64, error)) (float64, error) {
		before := cpu()
		rate, err := run()
		*into = append(*into, (cpu()-before)/(rate*each.Seconds())*1e6)
		return rate, err
	}
	o, b, ratio, err := interleave(pairs,
		func() (float64, error) {
			round++
			return per(&oc, ownCPU, func() (float64, error) { return c.rate(each, round) })
		},
		func() (float64, error) {
			cpu := func() float64 { return ownCPU() + pg.cpu() }
			return per(&bc, cpu, func() (float64, error) { return pg.appendRate(customers, each, round) })
		})
	if err != nil {
		return nil, err
	}
	for i := range oc {
		rc = append(rc, bc[i]/oc[i])
	}
	return []result{
		{Name: "log.whole_path_vs_postgres", Ours: o, Baseline: b, Ratio: ratio, Goal: ">=1.5", Unit: "messages/s"},
		{Name: "log.whole_path_per_cpu_second", Ours: 1e6 / median(oc), Baseline: 1e6 / median(bc), Ratio: median(rc), Goal: "report", Unit: "messages/CPU-s"},
	}, nil
}

// openMillion: the time until a hub's stores with 1,000,000 commits are open.
func openMillion(pairs int) ([]result, error) {
	dir, err := os.MkdirTemp("", "parley-bench-million-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c, err := openCore(dir)
	if err != nil {
		return nil, err
	}
	for round := 0; ; round++ {
		tail, err := c.log.Tail(context.Background(), 0)
		if err != nil {
			return nil, err
		}
		if tail.Pos >= 1_000_000 {
			break
		}
		if _, err := c.rate(5*time.Second, round); err != nil {
			return nil, err
		}
	}
	c.close()
	var took []float64
	for range pairs {
		begin := time.Now()
		if c, err = openCore(dir); err != nil {
			return nil, err
		}
		took = append(took, time.Since(begin).Seconds())
		c.close()
	}
	return []result{{Name: "log.open_1m_commits", Ours: median(took), Goal: "<=2", Unit: "s"}}, nil
}
