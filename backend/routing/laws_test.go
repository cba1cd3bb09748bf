package routing_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/routing"
)

// scene makes up organisations, agents and conversations.
type scene struct {
	r      *rand.Rand
	config routing.Config
	names  []id.Agent
	n      int // conversations so far
}

var (
	kinds  = []channel.Kind{"web", "sms", "whatsapp"}
	queues = []id.Queue{"q1", "q2", "q3", "gone"}
	skills = []id.Skill{"de", "fr", "returns"}
)

func newScene(seed uint64) *scene {
	s := &scene{r: rand.New(rand.NewPCG(seed, 1)), config: routing.Config{Queues: map[id.Queue]routing.Rules{}}}
	for i := range 1 + s.r.IntN(7) {
		s.names = append(s.names, id.Agent(fmt.Sprint("a", i)))
	}
	s.config.Age = []time.Duration{0, time.Second, time.Hour}[s.r.IntN(3)]
	for _, q := range queues[:3] {
		s.config.Queues[q] = s.rules()
	}
	return s
}

func (s *scene) rules() routing.Rules {
	rules := routing.Rules{
		Mode: []routing.Mode{"", routing.ByIdle, routing.BySkill, routing.Bullseye}[s.r.IntN(4)],
		Keep: time.Duration(s.r.IntN(3)) * 3 * time.Second, Priority: s.r.IntN(3),
	}
	for i := range s.r.IntN(3) {
		rules.Rings = append(rules.Rings, routing.Ring{After: time.Duration(2+3*i) * time.Second, Drop: some(s.r, skills)})
	}
	rules.Members = some(s.r, append(s.names, "nobody", s.names[0]))
	return rules
}

func some[T any](r *rand.Rand, of []T) []T {
	var out []T
	for _, x := range of {
		if r.IntN(2) == 0 {
			out = append(out, x)
		}
	}
	return out
}

func (s *scene) agent() routing.Agent {
	a := routing.Agent{
		ID:        s.names[s.r.IntN(len(s.names))],
		Routing:   []agent.Routing{agent.Idle, agent.Interacting, agent.Idle, agent.Interacting, agent.NotResponding, agent.OffQueue}[s.r.IntN(6)],
		FreeSince: before(time.Duration(s.r.IntN(5)) * time.Minute),
		Held:      map[channel.Kind]int{}, Skills: map[id.Skill]int{}, Left: map[id.Queue]bool{},
		Utilization: agent.Utilization{Capacity: map[channel.Kind]int{}},
	}
	for _, k := range kinds {
		a.Utilization.Capacity[k] = s.r.IntN(4)
		if s.r.IntN(2) == 0 {
			a.Held[k] = s.r.IntN(a.Utilization.Capacity[k] + 2) // may exceed it after a change of configuration
		}
	}
	for _, k := range skills {
		a.Skills[k] = max(0, s.r.IntN(8)-2)
	}
	if s.r.IntN(4) == 0 {
		a.Left["q1"] = true
	}
	if s.r.IntN(6) == 0 {
		a.Held["voice"] = 1
	}
	if s.r.IntN(3) == 0 {
		a.Utilization.InterruptibleBy = map[channel.Kind][]channel.Kind{"voice": {"web"}, "web": {"sms"}}
	}
	return a
}

func (s *scene) waits(now time.Time) routing.Waiting {
	s.n++
	w := routing.Waiting{
		Conversation: id.Conversation(fmt.Sprint("c", s.n)), Queue: queues[s.r.IntN(len(queues))], Channel: kinds[s.r.IntN(3)],
		Since: now.Add(-time.Duration(s.r.IntN(9000)) * time.Millisecond), Priority: s.r.IntN(5) - 1, Skills: some(s.r, skills),
	}
	if s.r.IntN(3) == 0 {
		w.Preferred = s.names[s.r.IntN(len(s.names))]
	}
	if s.r.IntN(6) == 0 {
		w.For = s.names[s.r.IntN(len(s.names))]
	}
	return w
}

// whole makes everybody once.
func (s *scene) whole() ([]routing.Waiting, []routing.Agent) {
	var agents []routing.Agent
	for _, name := range s.names {
		if s.r.IntN(8) > 0 {
			a := s.agent()
			a.ID = name
			agents = append(agents, a)
		}
	}
	var waiting []routing.Waiting
	for range s.r.IntN(20) {
		waiting = append(waiting, s.waits(noon))
	}
	return waiting, agents
}

func bare(offers []routing.Offer) []offer {
	out := told(offers)
	for i := range out {
		out[i].Why = ""
	}
	return out
}

func TestMatchIsWhatTheRulesSay(t *testing.T) {
	offered := 0
	for seed := range uint64(2000) {
		s := newScene(seed)
		waiting, agents := s.whole()
		offers := routing.Match(waiting, agents, s.config, noon)
		offered += len(offers)
		if want := naive(waiting, agents, s.config, noon); !reflect.DeepEqual(bare(offers), want) {
			t.Fatalf("seed %d\n got %+v\nwant %+v", seed, offers, want)
		}
		s.r.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		s.r.Shuffle(len(agents), func(i, j int) { agents[i], agents[j] = agents[j], agents[i] })
		if again := routing.Match(waiting, agents, s.config, noon); !reflect.DeepEqual(again, offers) {
			t.Fatalf("seed %d: another order of arguments gives other offers", seed)
		}
	}
	if offered < 3_000 {
		t.Errorf("%d offers in all: the scenes are too poor", offered)
	}
}

func TestCapacityIsNeverExceeded(t *testing.T) {
	for seed := range uint64(2000) {
		s := newScene(seed)
		waiting, agents := s.whole()
		offers := routing.Match(waiting, agents, s.config, noon)
		twice := map[id.Conversation]bool{}
		for _, a := range agents {
			held := maps.Clone(a.Held)
			for _, o := range offers {
				if o.Agent != a.ID {
					continue
				}
				if err := a.Utilization.Room(held, o.Channel); err != nil || twice[o.Conversation] {
					t.Fatalf("seed %d: %s for %s: %v", seed, o.Conversation, a.ID, err)
				}
				held[o.Channel]++
				twice[o.Conversation] = true
			}
		}
	}
}

// TestBoardGivesWhatMatchGives lets agents and conversations come, change and
// go, and time pass or jump back, and compares at each step.
func TestBoardGivesWhatMatchGives(t *testing.T) {
	offered := 0
	for seed := range uint64(200) {
		s := newScene(seed)
		b := routing.NewBoard(s.config)
		now := noon
		agents := map[id.Agent]routing.Agent{}
		waiting := map[id.Conversation]routing.Waiting{}
		gone := func(c id.Conversation) { delete(waiting, c); b.Leave(c) }
		for step := range 120 {
			switch n := s.r.IntN(100); {
			case n < 40:
				w := s.waits(now)
				if len(waiting) > 0 && n < 8 { // it comes back, or moves
					w.Conversation = slices.Sorted(maps.Keys(waiting))[s.r.IntN(len(waiting))]
				}
				waiting[w.Conversation] = w
				b.Wait(w, now)
			case n < 50 && len(waiting) > 0:
				gone(slices.Sorted(maps.Keys(waiting))[s.r.IntN(len(waiting))])
			case n < 85:
				a := s.agent()
				agents[a.ID] = a
				b.Agent(a)
			case n < 88:
				a := s.names[s.r.IntN(len(s.names))]
				delete(agents, a)
				b.RemoveAgent(a)
			case n < 90:
				now = now.Add(-time.Duration(s.r.IntN(4000)) * time.Millisecond)
			default:
				if at, ok := b.Next(); ok && n < 96 {
					quiet(t, b, waiting, agents, s.config, at)
					now = at
				}
				now = now.Add(time.Duration(s.r.IntN(3000)) * time.Millisecond)
			}
			got := b.Match(now)
			offered += len(got)
			want := routing.Match(slices.Collect(maps.Values(waiting)), slices.Collect(maps.Values(agents)), s.config, now)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d, step %d\n got %+v\nwant %+v", seed, step, got, want)
			}
			if len(got) > 0 && s.r.IntN(2) == 0 { // the first one comes to be
				a := agents[got[0].Agent]
				a.Held = maps.Clone(a.Held)
				a.Held[got[0].Channel]++
				agents[a.ID] = a
				b.Agent(a)
				gone(got[0].Conversation)
			}
		}
	}
	if offered < 8_000 {
		t.Errorf("%d offers in all: the scenes are too poor", offered)
	}
}

// quiet checks that until the time that Next gives, time alone changes nothing.
func quiet(t *testing.T, b *routing.Board, waiting map[id.Conversation]routing.Waiting, agents map[id.Agent]routing.Agent, c routing.Config, at time.Time) {
	t.Helper()
	ws, as := slices.Collect(maps.Values(waiting)), slices.Collect(maps.Values(agents))
	got, want := b.Match(at.Add(-time.Millisecond)), routing.Match(ws, as, c, at.Add(-time.Millisecond))
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("before %v\n got %+v\nwant %+v", at, got, want)
	}
}

// However many come with a higher priority, nobody waits longer behind them than
// the difference is worth.
func TestPriorityStarvesNobody(t *testing.T) {
	c := routing.Config{Age: time.Minute, Queues: map[id.Queue]routing.Rules{"web": {Members: []id.Agent{"ann"}}}}
	ann := []routing.Agent{who("ann", agent.Idle, 0, 1, 0)}
	waiting := []routing.Waiting{{Conversation: "patient", Queue: "web", Channel: channel.Web, Since: noon}}
	for second := range 3600 {
		now := noon.Add(time.Duration(second) * time.Second)
		waiting = append(waiting, routing.Waiting{
			Conversation: id.Conversation(fmt.Sprint("urgent-", second)), Queue: "web", Channel: channel.Web, Since: now, Priority: 10,
		})
		offers := routing.Match(waiting, ann, c, now) // she takes one a second, as many as come
		if len(offers) != 1 {
			t.Fatal(offers)
		}
		if offers[0].Conversation == "patient" {
			if second != 600 {
				t.Errorf("served after %d s, want 600: 10 points are worth 10 minutes", second)
			}
			return
		}
		waiting = slices.DeleteFunc(waiting, func(w routing.Waiting) bool { return w.Conversation == offers[0].Conversation })
	}
	t.Error("starved")
}

// A board forgets who could take what nobody asks for any more, and finds out
// again.
func TestBoardWithMoreAsksThanItKeeps(t *testing.T) {
	c := routing.Config{Queues: map[id.Queue]routing.Rules{"web": {Members: []id.Agent{"ann", "bob"}, Mode: routing.BySkill}}}
	agents := []routing.Agent{who("ann", agent.Idle, 0, 3000, time.Hour), who("bob", agent.Idle, 0, 1, 0)}
	for i := range agents {
		agents[i].Skills = map[id.Skill]int{}
	}
	ask := func(n int) routing.Waiting {
		w := waits(fmt.Sprint("c", n), time.Duration(n)*time.Millisecond)
		w.Skills = []id.Skill{id.Skill(fmt.Sprint("skill-", n))}
		agents[n%2].Skills[w.Skills[0]] = 1 + n%5
		return w
	}
	var waiting []routing.Waiting
	for n := range 2500 {
		waiting = append(waiting, ask(n))
	}
	b := routing.NewBoard(c)
	for _, a := range agents {
		b.Agent(a)
	}
	same := func(what string) {
		t.Helper()
		if got, want := b.Match(noon), routing.Match(waiting, agents, c, noon); len(want) == 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %d offers, want %d", what, len(got), len(want))
		}
	}
	for range 2 {
		for _, w := range waiting {
			b.Wait(w, noon)
		}
		same("all wait")
		gone := waiting[10:]
		waiting = waiting[:10]
		for _, w := range gone {
			b.Leave(w.Conversation)
		}
		same("few wait")
		waiting = append(waiting, gone...)
	}
}
