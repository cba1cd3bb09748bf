package routing_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/routing"
)

// crowd is a large organisation: 20 queues of all modes, 3 channels, agents who
// are in 5 queues each and take 4 of each channel.
func crowd(waiting, agents int) ([]routing.Waiting, []routing.Agent, routing.Config) {
	r := rand.New(rand.NewPCG(7, 7))
	c := routing.Config{Queues: map[id.Queue]routing.Rules{}}
	for q := range 20 {
		rules := routing.Rules{Mode: []routing.Mode{routing.ByIdle, routing.BySkill, routing.Bullseye}[q%3], Keep: 10 * time.Second}
		rules.Rings = []routing.Ring{{After: time.Minute, Drop: []id.Skill{"de"}}, {After: 5 * time.Minute, Drop: []id.Skill{"fr", "returns"}}}
		c.Queues[id.Queue(fmt.Sprint("q", q))] = rules
	}
	var as []routing.Agent
	for i := range agents {
		a := routing.Agent{
			ID: id.Agent(fmt.Sprintf("agent-%04d", i)), Routing: agent.Idle, FreeSince: before(time.Duration(r.IntN(3600)) * time.Second),
			Held: map[channel.Kind]int{}, Skills: map[id.Skill]int{"de": r.IntN(6), "fr": r.IntN(6), "returns": 1 + r.IntN(5)},
			Utilization: agent.Utilization{Capacity: map[channel.Kind]int{"web": 4, "whatsapp": 4, "sms": 4}},
		}
		as = append(as, a)
		for range 5 {
			q := id.Queue(fmt.Sprint("q", r.IntN(20)))
			rules := c.Queues[q]
			rules.Members = append(rules.Members, a.ID)
			c.Queues[q] = rules
		}
	}
	var ws []routing.Waiting
	for i := range waiting {
		ws = append(ws, crowded(r, i, len(as)))
	}
	return ws, as, c
}

func crowded(r *rand.Rand, i, agents int) routing.Waiting {
	w := routing.Waiting{
		Conversation: id.Conversation(fmt.Sprintf("conversation-%08d", i)), Queue: id.Queue(fmt.Sprint("q", r.IntN(20))),
		Channel: []channel.Kind{"web", "whatsapp", "sms"}[r.IntN(3)], Since: before(time.Duration(r.IntN(600_000)) * time.Millisecond),
		Priority: r.IntN(3), Skills: [][]id.Skill{nil, {"de"}, {"fr"}, {"de", "returns"}}[r.IntN(4)],
	}
	if r.IntN(4) == 0 {
		w.Preferred = id.Agent(fmt.Sprintf("agent-%04d", r.IntN(agents)))
	}
	return w
}

func BenchmarkFullPass(b *testing.B) {
	ws, as, c := crowd(10_000, 1000)
	b.ReportAllocs()
	n := 0
	start := cpu()
	least := time.Hour
	for b.Loop() {
		begin := time.Now()
		n = len(routing.Match(ws, as, c, noon))
		least = min(least, time.Since(begin))
	}
	b.ReportMetric(least.Seconds()*1e3, "least-ms")
	b.ReportMetric(float64(n), "offers")
	b.ReportMetric(float64(cpu()-start)/1e6/float64(b.N), "cpu-ms/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
