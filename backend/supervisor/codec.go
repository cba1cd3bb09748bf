package supervisor

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/id"
)

// ErrMalformed: bytes that are no snapshot of this version.
var ErrMalformed = errors.New("not a snapshot of a board of this version")

// snapshotVersion is the first byte of every snapshot. One of another version is
// folded anew.
const snapshotVersion = 1

// Encode returns a snapshot from which Decode goes on. Equal states give equal
// bytes.
func (s *State) Encode() []byte {
	w := &writer{known: map[string]uint64{}}
	w.b = append(w.b, snapshotVersion)
	w.uint(s.pos)
	w.int(s.atMs)
	w.int(s.keep)
	w.uint(uint64(len(s.conversations)))
	for _, conv := range slices.Sorted(maps.Keys(s.conversations)) {
		w.raw(string(conv))
		w.live(s.conversations[conv])
	}
	w.uint(uint64(len(s.agents)))
	for _, a := range slices.Sorted(maps.Keys(s.agents)) {
		w.string(string(a))
		w.worker(s.agents[a])
	}
	w.uint(uint64(len(s.queues)))
	for _, l := range slices.SortedFunc(maps.Keys(s.queues), line.compare) {
		w.line(l)
		w.queue(s.queues[l])
	}
	w.uint(uint64(len(s.intervals)))
	for _, start := range slices.Sorted(maps.Keys(s.intervals)) {
		b := s.intervals[start].bytes()
		w.int(start)
		w.uint(uint64(len(b)))
		w.b = append(w.b, b...)
	}
	return w.b
}

// Decode reads a snapshot. What it holds counts as changed at its position.
func Decode(b []byte, rules Rules) (*State, error) {
	if len(b) == 0 || b[0] != snapshotVersion {
		return nil, ErrMalformed
	}
	r := &reader{b: b[1:]}
	s := New(rules)
	s.pos, s.atMs, s.keep = r.uint(), r.int(), r.int()
	s.gone.since = s.pos
	for range r.count() {
		conv := id.Conversation(r.raw())
		c := r.live()
		c.changed = s.pos
		s.conversations[conv] = c
	}
	for range r.count() {
		a := id.Agent(r.string())
		w := r.worker()
		w.changed = s.pos
		s.agents[a] = w
	}
	for range r.count() {
		l := r.line()
		q := r.queue()
		q.changed = s.pos
		s.queues[l] = q
	}
	for range r.count() {
		start := r.int()
		s.intervals[start] = &interval{encoded: []byte(r.raw())}
	}
	if r.bad || len(r.b) > 0 {
		return nil, ErrMalformed
	}
	for conv, c := range s.conversations {
		if c.stayMs != 0 {
			s.queue(c.line).waiting[conv] = c
		}
	}
	return s, nil
}

// writer appends numbers as varints and strings once each.
type writer struct {
	b     []byte
	known map[string]uint64
}

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }

// raw writes a string that comes once.
func (w *writer) raw(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// string writes a string that comes often.
func (w *writer) string(s string) {
	if at, ok := w.known[s]; ok {
		w.uint(at)
		return
	}
	w.known[s] = uint64(len(w.known) + 1)
	w.uint(0)
	w.raw(s)
}

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
}

func (w *writer) line(l line) {
	w.string(string(l.queue))
	w.string(string(l.channel))
}

func (w *writer) figures(f counted) {
	for _, list := range [][]*int64{f.sums(), f.tops()} {
		w.uint(uint64(len(list)))
		for _, v := range list {
			w.int(*v)
		}
	}
}

func (w *writer) live(c *live) {
	w.line(c.line)
	w.raw(string(c.contact))
	w.b = append(w.b, byte(c.phase))
	for _, v := range c.numbers() {
		w.int(*v)
	}
	w.int(int64(c.priority))
	w.int(int64(c.scale))
	w.string(string(c.only))
	w.string(string(c.agent))
	w.raw(string(c.leg))
	w.uint(uint64(len(c.wrapping)))
	for _, x := range c.wrapping {
		w.raw(string(x.leg))
		w.string(string(x.agent))
		w.line(x.line)
		w.int(x.endedMs)
		w.int(x.talkMs)
		w.bool(x.optional)
	}
	w.uint(uint64(len(c.watchers)))
	for _, a := range c.watchers {
		w.string(string(a))
	}
}

// numbers are the plain numbers of a conversation.
func (c *live) numbers() []*int64 {
	return []*int64{
		&c.phaseMs, &c.startedMs, &c.stayMs, &c.queuedMs, &c.connectMs, &c.parkedMs, &c.parkedFor, &c.unanswered, &c.helpMs, &c.keepMs,
	}
}

func (w *writer) worker(a *worker) {
	w.string(string(a.presence))
	w.string(string(a.status))
	w.bool(a.notResponding)
	for _, v := range []int64{a.presenceMs, a.statusMs, int64(a.alerting), int64(a.talking), int64(a.afterCall), a.settledMs, a.dayMs} {
		w.int(v)
	}
	w.figures(&a.today)
	w.uint(uint64(len(a.held)))
	for _, c := range slices.Sorted(maps.Keys(a.held)) {
		w.raw(string(c))
		w.string(string(a.held[c]))
	}
	w.uint(uint64(len(a.externals)))
	for _, x := range slices.Sorted(maps.Keys(a.externals)) {
		w.raw(string(x))
		w.string(string(a.externals[x]))
	}
	w.uint(uint64(len(a.left)))
	for _, q := range slices.Sorted(maps.Keys(a.left)) {
		w.string(string(q))
	}
}

func (w *writer) queue(q *queue) {
	for _, v := range []int64{int64(q.connected), int64(q.parked), int64(q.wrapping), q.dayMs, q.minute} {
		w.int(v)
	}
	w.figures(&q.today)
	for _, v := range q.spark {
		w.int(int64(v))
	}
}

func (w *writer) day(d Day) {
	w.uint(uint64(len(d.Queues)))
	last := int64(0)
	at := func(v int64) {
		w.int(v - last)
		last = v
	}
	for i := range d.Queues {
		at(d.Queues[i].AtMs)
		w.line(line{d.Queues[i].Queue, d.Queues[i].Channel})
		w.figures(&d.Queues[i].Figures)
	}
	w.uint(uint64(len(d.Agents)))
	for i := range d.Agents {
		at(d.Agents[i].AtMs)
		w.string(string(d.Agents[i].Agent))
		w.figures(&d.Agents[i].AgentFigures)
	}
	w.uint(uint64(len(d.Codes)))
	for i := range d.Codes {
		at(d.Codes[i].AtMs)
		w.line(line{d.Codes[i].Queue, d.Codes[i].Channel})
		w.string(d.Codes[i].Code)
		w.figures(&d.Codes[i].CodeFigures)
	}
}

// reader reads what writer wrote; bad once anything does not fit.
type reader struct {
	b     []byte
	known []string
	bad   bool
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow, each of at least one byte.
func (r *reader) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) bool() bool { return r.byte() == 1 }

func (r *reader) raw() string {
	n := r.count()
	v := string(r.b[:n])
	r.b = r.b[n:]
	return v
}

func (r *reader) string() string {
	at := r.uint()
	switch {
	case at == 0:
		v := r.raw()
		r.known = append(r.known, v)
		return v
	case at > uint64(len(r.known)):
		r.bad, r.b = true, nil
		return ""
	}
	return r.known[at-1]
}

func (r *reader) line() line { return line{id.Queue(r.string()), channel.Kind(r.string())} }

func (r *reader) figures(f counted) {
	for _, list := range [][]*int64{f.sums(), f.tops()} {
		if r.uint() != uint64(len(list)) {
			r.bad, r.b = true, nil
			return
		}
		for _, v := range list {
			*v = r.int()
		}
	}
}

func (r *reader) live() *live {
	c := &live{line: r.line(), contact: id.Contact(r.raw()), phase: phase(r.byte())}
	r.bad = r.bad || c.phase > over
	for _, v := range c.numbers() {
		*v = r.int()
	}
	c.priority, c.scale = int(r.int()), int(r.int())
	c.only, c.agent, c.leg = id.Agent(r.string()), id.Agent(r.string()), id.Communication(r.raw())
	for range r.count() {
		c.wrapping = append(c.wrapping, wrapping{
			leg: id.Communication(r.raw()), agent: id.Agent(r.string()), line: r.line(), endedMs: r.int(), talkMs: r.int(), optional: r.bool(),
		})
	}
	for range r.count() {
		c.watchers = append(c.watchers, id.Agent(r.string()))
	}
	return c
}

func (r *reader) worker() *worker {
	w := &worker{presence: agent.Presence(r.string()), status: Status(r.string()), notResponding: r.bool()}
	w.presenceMs, w.statusMs = r.int(), r.int()
	w.alerting, w.talking, w.afterCall = int(r.int()), int(r.int()), int(r.int())
	w.settledMs, w.dayMs = r.int(), r.int()
	r.figures(&w.today)
	for range r.count() {
		if w.held == nil {
			w.held = map[id.Communication]channel.Kind{}
		}
		w.held[id.Communication(r.raw())] = channel.Kind(r.string())
	}
	for range r.count() {
		if w.externals == nil {
			w.externals = map[id.External]channel.Kind{}
		}
		w.externals[id.External(r.raw())] = channel.Kind(r.string())
	}
	for range r.count() {
		if w.left == nil {
			w.left = map[id.Queue]bool{}
		}
		w.left[id.Queue(r.string())] = true
	}
	return w
}

func (r *reader) queue() *queue {
	q := &queue{waiting: map[id.Conversation]*live{}}
	q.connected, q.parked, q.wrapping = int(r.int()), int(r.int()), int(r.int())
	q.dayMs, q.minute = r.int(), r.int()
	r.bad = r.bad || q.minute < 0
	r.figures(&q.today)
	for i := range q.spark {
		q.spark[i] = int32(r.int())
	}
	return q
}

func (r *reader) day() Day {
	var d Day
	last := int64(0)
	at := func() int64 {
		last += r.int()
		return last
	}
	for range r.count() {
		i := QueueInterval{AtMs: at()}
		l := r.line()
		i.Queue, i.Channel = l.queue, l.channel
		r.figures(&i.Figures)
		d.Queues = append(d.Queues, i)
	}
	for range r.count() {
		i := AgentInterval{AtMs: at(), Agent: id.Agent(r.string())}
		r.figures(&i.AgentFigures)
		d.Agents = append(d.Agents, i)
	}
	for range r.count() {
		i := CodeInterval{AtMs: at()}
		l := r.line()
		i.Queue, i.Channel, i.Code = l.queue, l.channel, r.string()
		r.figures(&i.CodeFigures)
		d.Codes = append(d.Codes, i)
	}
	return d
}

// Encode returns a day's rows in few bytes.
func (d Day) Encode() []byte {
	w := &writer{known: map[string]uint64{}}
	w.b = append(w.b, snapshotVersion)
	w.int(d.StartMs)
	w.int(d.EndMs)
	w.day(d)
	return w.b
}

// DecodeDay reads what Day.Encode wrote.
func DecodeDay(b []byte) (Day, error) {
	if len(b) == 0 || b[0] != snapshotVersion {
		return Day{}, ErrMalformed
	}
	r := &reader{b: b[1:]}
	start, end := r.int(), r.int()
	d := r.day()
	if d.StartMs, d.EndMs = start, end; r.bad || len(r.b) > 0 {
		return Day{}, ErrMalformed
	}
	return d, nil
}
