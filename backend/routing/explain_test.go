package routing_test

import (
	"reflect"
	"testing"
	"time"

	"parley/backend/agent"
	"parley/backend/id"
	"parley/backend/routing"
)

func TestExplain(t *testing.T) {
	members := []id.Agent{"ann", "bob", "cyd", "dan", "eve", "fay"}
	rules := func(r routing.Rules) routing.Config {
		r.Members = members
		return routing.Config{Queues: map[id.Queue]routing.Rules{"web": r}}
	}
	ask := func(change func(*routing.Waiting)) routing.Waiting {
		w := waits("c1", 90*time.Second)
		change(&w)
		return w
	}
	plain := ask(func(*routing.Waiting) {})
	german := ask(func(w *routing.Waiting) { w.Skills = []id.Skill{"de", "returns"} })
	knows := func(a routing.Agent, de, returns int) routing.Agent {
		a.Skills = map[id.Skill]int{"de": de, "returns": returns}
		return a
	}
	left := who("eve", agent.Idle, 0, 4, time.Hour)
	left.Left = map[id.Queue]bool{"web": true}
	call := who("fay", agent.Interacting, 0, 4, time.Hour)
	call.Held["voice"] = 1
	crew := []routing.Agent{
		who("ann", agent.Interacting, 4, 4, time.Hour), who("bob", agent.Idle, 0, 4, 3*time.Minute),
		who("cyd", agent.Interacting, 1, 4, time.Hour), who("dan", agent.NotResponding, 0, 4, time.Hour), left, call,
	}
	full := routing.Verdict{Agent: "ann", Reason: routing.Full, Words: "has 4 of 4 on web"}
	for _, tt := range []struct {
		name   string
		w      routing.Waiting
		agents []routing.Agent
		config routing.Config
		want   routing.Explanation
	}{
		{
			"everybody's reason", plain, crew, rules(routing.Rules{}),
			routing.Explanation{Why: "bob is next: the only one idle, for 3m", Agents: []routing.Verdict{
				{Agent: "bob", Words: "the only one idle, for 3m"},
				{Agent: "cyd", Reason: routing.LessIdle, Words: "has 1 interaction"},
				{Agent: "fay", Reason: routing.Interrupted, Words: "is busy with what web may not interrupt"},
				full,
				{Agent: "eve", Reason: routing.LeftQueue, Words: "has left this queue for now"},
				{Agent: "dan", Reason: routing.NotResponding, Words: "did not answer the last alert"},
			}},
		},
		{
			"the best skilled", german,
			[]routing.Agent{knows(who("ann", agent.Idle, 0, 4, time.Hour), 2, 2), knows(who("bob", agent.Interacting, 3, 4, 0), 5, 1), who("cyd", agent.Idle, 0, 4, 0)},
			rules(routing.Rules{Mode: routing.BySkill}),
			routing.Explanation{Asks: []id.Skill{"de", "returns"}, Why: "bob is next: best of 2 with de and returns", Agents: []routing.Verdict{
				{Agent: "bob", Words: "best of 2 with de and returns"},
				{Agent: "ann", Reason: routing.LessSkilled, Words: "idle, for 1h0m, proficiency 4"},
				{Agent: "cyd", Reason: routing.LacksSkill, Words: "does not know de and returns"},
			}},
		},
		{
			"a ring that asks for less", german,
			[]routing.Agent{knows(who("ann", agent.Idle, 0, 4, 0), 0, 2), who("cyd", agent.Idle, 0, 4, 0)},
			rules(routing.Rules{Mode: routing.Bullseye, Rings: []routing.Ring{
				{After: time.Minute, Drop: []id.Skill{"de"}}, {After: 2 * time.Minute, Drop: []id.Skill{"returns"}},
			}}),
			routing.Explanation{
				Asks: []id.Skill{"returns"}, Dropped: []id.Skill{"de"}, Changes: noon.Add(30 * time.Second),
				Why: "ann is next: the only one free with returns; de no longer asked for", Agents: []routing.Verdict{
					{Agent: "ann", Words: "the only one free with returns; de no longer asked for"},
					{Agent: "cyd", Reason: routing.LacksSkill, Words: "does not know returns"},
				},
			},
		},
		{
			"nobody knows it", german, []routing.Agent{who("cyd", agent.Idle, 0, 4, 0)}, rules(routing.Rules{Mode: routing.BySkill}),
			routing.Explanation{Asks: []id.Skill{"de", "returns"}, Why: "nobody on queue knows de and returns", Agents: []routing.Verdict{
				{Agent: "cyd", Reason: routing.LacksSkill, Words: "does not know de and returns"},
			}},
		},
		{
			"meant for one who is full", ask(func(w *routing.Waiting) { w.For = "ann" }), crew[:2], rules(routing.Rules{}),
			routing.Explanation{Why: "it is meant for ann, who cannot take it now", Agents: []routing.Verdict{
				{Agent: "bob", Reason: routing.NotMeant, Words: "idle, for 3m"}, full,
			}},
		},
		{
			"kept for who answered last", ask(func(w *routing.Waiting) { w.Preferred = "ann" }), crew[:2], rules(routing.Rules{Keep: 2 * time.Minute}),
			routing.Explanation{
				Changes: noon.Add(30 * time.Second), Why: "it is kept for ann, who answered this contact last and has no room now",
				Agents: []routing.Verdict{{Agent: "bob", Reason: routing.NotMeant, Words: "idle, for 3m"}, full},
			},
		},
		{
			"answered last", ask(func(w *routing.Waiting) { w.Preferred = "cyd" }), crew[1:3], rules(routing.Rules{}),
			routing.Explanation{Why: "cyd is next: answered this contact last", Agents: []routing.Verdict{
				{Agent: "cyd", Words: "answered this contact last"}, {Agent: "bob", Reason: routing.NotMeant, Words: "idle, for 3m"},
			}},
		},
		{"a queue without members", plain, crew, routing.Config{}, routing.Explanation{Why: "the queue has no members", Agents: []routing.Verdict{}}},
		{
			"nobody is on queue", plain, crew[3:4], rules(routing.Rules{}),
			routing.Explanation{Why: "nobody of the queue is on queue", Agents: []routing.Verdict{{Agent: "dan", Reason: routing.NotResponding, Words: "did not answer the last alert"}}},
		},
		{"everybody is busy", plain, crew[:1], rules(routing.Rules{}), routing.Explanation{Why: "everybody who could take it is busy", Agents: []routing.Verdict{full}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := routing.Explain(tt.w, tt.agents, tt.config, noon); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// What Explain says is what Match does, and looking changes nothing.
func TestExplanationsAreTrue(t *testing.T) {
	for seed := range uint64(1500) {
		s := newScene(seed)
		_, agents := s.whole()
		w := s.waits(noon)
		b := routing.NewBoard(s.config)
		for _, a := range agents {
			b.Agent(a)
		}
		b.Wait(w, noon)
		told := b.Explain(w.Conversation, noon)
		offers := b.Match(noon)
		if want := routing.Match([]routing.Waiting{w}, agents, s.config, noon); !reflect.DeepEqual(offers, want) {
			t.Fatalf("seed %d: after a look\n got %+v\nwant %+v", seed, offers, want)
		}
		counts := map[routing.Reason]int{}
		for i, v := range told.Agents {
			switch {
			case v.Reason != "":
				counts[v.Reason]++
			case i > 0 || len(offers) == 0 || offers[0].Agent != v.Agent || offers[0].Why != v.Words:
				t.Fatalf("seed %d: told %+v, offered %+v", seed, told, offers)
			}
		}
		if len(offers) == 1 && !reflect.DeepEqual(counts, offers[0].Passed.Counts()) {
			t.Fatalf("seed %d: told %v, counted %v", seed, counts, offers[0].Passed.Counts())
		}
	}
}
