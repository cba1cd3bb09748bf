package supervisor

import (
	"cmp"
	"maps"
	"slices"

	"parley/backend/id"
)

// interval is what was counted in one quarter of an hour. Most intervals of a day
// no longer change, so what was encoded is kept for the next snapshot, and what a
// snapshot brought is decoded when somebody asks for it.
type interval struct {
	queues  map[line]*Figures // nil: only encoded holds it
	agents  map[id.Agent]*AgentFigures
	codes   map[coded]*CodeFigures
	encoded []byte // nil: the maps hold something newer
}

// coded is a wrap-up code in one queue's line.
type coded struct {
	line
	code string
}

func newInterval() *interval {
	return &interval{queues: map[line]*Figures{}, agents: map[id.Agent]*AgentFigures{}, codes: map[coded]*CodeFigures{}}
}

// at returns the interval that a time is in, to be changed; nil for what is no
// longer kept.
func (s *State) at(ms int64) *interval {
	if ms < s.keep {
		return nil
	}
	start := intervalOf(ms)
	i := s.intervals[start]
	if i == nil {
		i = newInterval()
		s.intervals[start] = i
	}
	i.open()
	i.encoded = nil
	return i
}

// open decodes what only bytes hold. Whoever keeps snapshots keeps a checksum of
// them; of what is damaged all the same, what can be read counts.
func (i *interval) open() {
	if i.queues == nil {
		opened := decodeInterval(i.encoded)
		i.queues, i.agents, i.codes = opened.queues, opened.agents, opened.codes
	}
}

// bytes returns the interval encoded.
func (i *interval) bytes() []byte {
	if i.encoded != nil {
		return i.encoded
	}
	w := &writer{known: map[string]uint64{}}
	w.uint(uint64(len(i.queues)))
	for _, l := range slices.SortedFunc(maps.Keys(i.queues), line.compare) {
		w.line(l)
		w.figures(i.queues[l])
	}
	w.uint(uint64(len(i.agents)))
	for _, a := range slices.Sorted(maps.Keys(i.agents)) {
		w.string(string(a))
		w.figures(i.agents[a])
	}
	w.uint(uint64(len(i.codes)))
	for _, c := range slices.SortedFunc(maps.Keys(i.codes), coded.compare) {
		w.line(c.line)
		w.string(c.code)
		w.figures(i.codes[c])
	}
	i.encoded = w.b
	return w.b
}

func (c coded) compare(o coded) int {
	return cmp.Or(c.line.compare(o.line), cmp.Compare(c.code, o.code))
}

func decodeInterval(b []byte) *interval {
	r := &reader{b: b}
	i := newInterval()
	for range r.count() {
		l, f := r.line(), &Figures{}
		r.figures(f)
		i.queues[l] = f
	}
	for range r.count() {
		a, f := id.Agent(r.string()), &AgentFigures{}
		r.figures(f)
		i.agents[a] = f
	}
	for range r.count() {
		c, f := coded{r.line(), r.string()}, &CodeFigures{}
		r.figures(f)
		i.codes[c] = f
	}
	return i
}

// of returns a key's figures, new ones where there are none.
func of[K comparable, F any](figures map[K]*F, k K) *F {
	f := figures[k]
	if f == nil {
		f = new(F)
		figures[k] = f
	}
	return f
}

// rows appends the interval's rows to a day's.
func (i *interval) rows(d *Day, start int64, open map[agentAt]AgentFigures) {
	i.open()
	for _, l := range slices.SortedFunc(maps.Keys(i.queues), line.compare) {
		d.Queues = append(d.Queues, QueueInterval{start, l.queue, l.channel, *i.queues[l]})
	}
	for _, a := range slices.Sorted(maps.Keys(i.agents)) {
		row := AgentInterval{start, a, *i.agents[a]}
		k := agentAt{start, a}
		row.Add(open[k])
		delete(open, k)
		d.Agents = append(d.Agents, row)
	}
	for _, c := range slices.SortedFunc(maps.Keys(i.codes), coded.compare) {
		d.Codes = append(d.Codes, CodeInterval{start, c.queue, c.channel, c.code, *i.codes[c]})
	}
}
