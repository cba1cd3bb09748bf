package readmodel

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// writer builds the model's own encodings: fields in a fixed order, strings and
// lists with their length before them. The model's version covers all of them.
type writer struct{ b []byte }

func (w *writer) uint(n uint64)   { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int)       { w.b = binary.AppendVarint(w.b, int64(n)) }
func (w *writer) string(s string) { w.uint(uint64(len(s))); w.b = append(w.b, s...) }
func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
		return
	}
	w.b = append(w.b, 0)
}

func (w *writer) time(t time.Time) {
	w.bool(!t.IsZero())
	if !t.IsZero() {
		w.b = binary.AppendVarint(w.b, t.Unix())
		w.uint(uint64(t.Nanosecond()))
	}
}

// scanner reads what writer wrote. After the first mistake it is bad and gives
// zeros.
type scanner struct {
	b   []byte
	bad bool
}

func (r *scanner) take(n uint64) []byte {
	if r.bad || n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *scanner) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *scanner) signed() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *scanner) int() int       { return int(r.signed()) }
func (r *scanner) string() string { return string(r.take(r.uint())) }
func (r *scanner) bool() bool {
	b := r.take(1)
	return len(b) == 1 && b[0] == 1
}

func (r *scanner) time() time.Time {
	if !r.bool() {
		return time.Time{}
	}
	sec := r.signed()
	return time.Unix(sec, int64(r.uint())).UTC()
}

// count reads a list's length, which cannot exceed the bytes that follow.
func (r *scanner) count() int {
	n := r.uint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *scanner) end() error {
	if r.bad || len(r.b) > 0 {
		return ErrCorrupt
	}
	return nil
}

// record is one stream's fold: its head, how long its transcript is, and the
// state of its kind. A stream of a kind unknown here has its head alone.
type record struct {
	rev   uint64
	hash  eventlog.Hash
	items int
	conv  *conversation.State
	agent *agent.State

	mark  *legMark // what the agent's list says; not stored here, nil = not read
	dirty bool     // changed since it was stored
}

func (rec *record) encode() []byte {
	w := writer{b: make([]byte, 0, 384)}
	w.uint(rec.rev)
	w.b = append(w.b, rec.hash[:]...)
	w.int(rec.items)
	switch {
	case rec.conv != nil:
		w.conversation(rec.conv)
	case rec.agent != nil:
		w.agent(rec.agent)
	}
	return w.b
}

// decodeRecord reads a stream's record.
func decodeRecord(s eventlog.Stream, b []byte) (*record, error) {
	r := scanner{b: b}
	rec := &record{rev: r.uint()}
	copy(rec.hash[:], r.take(uint64(len(rec.hash))))
	rec.items = r.int()
	switch s.Kind {
	case eventlog.Conversation:
		rec.conv = r.conversation()
		rec.conv.ID, rec.conv.Rev, rec.conv.Hash = id.Conversation(s.ID), rec.rev, rec.hash
	case eventlog.Agent:
		rec.agent = r.agent()
		rec.agent.ID, rec.agent.Rev, rec.agent.Hash = id.Agent(s.ID), rec.rev, rec.hash
	}
	return rec, r.end()
}

func (w *writer) conversation(s *conversation.State) {
	w.string(string(s.Channel))
	w.string(s.Account)
	w.string(string(s.Contact))
	w.string(string(s.Guest))
	w.string(s.Profile)
	w.string(string(s.Phase))
	w.string(string(s.Queue))
	w.time(s.QueuedAt)
	w.time(s.StartedAt)
	w.time(s.EndedAt)
	w.string(s.EndReason)
	w.bool(s.Leg != nil)
	if s.Leg != nil {
		w.leg(s.Leg)
	}
	w.time(s.AnsweredAt)
	w.int(s.Inbound)
	w.int(s.ReadInbound)
	w.int(s.RepliesSince)
	w.time(s.LastInboundAt)
	w.time(s.WaitingSince)
	w.time(s.LastAt)
	w.string(string(s.LastMessage))
	w.string(string(s.LastDirection))
	w.bool(s.Outstanding != nil)
	w.uint(uint64(len(s.Outstanding)))
	for _, m := range slices.Sorted(maps.Keys(s.Outstanding)) {
		w.string(string(m))
		w.string(string(s.Outstanding[m]))
	}
	w.handling(s)
	w.told(s)
}

// told writes what channels tell of contact and messages; mostly nothing, which
// takes one byte.
func (w *writer) told(s *conversation.State) {
	w.bool(!s.OpenedAt.IsZero() || s.OptedOut || s.Parts != nil)
	if s.OpenedAt.IsZero() && !s.OptedOut && s.Parts == nil {
		return
	}
	w.time(s.OpenedAt)
	w.bool(s.OptedOut)
	w.bool(s.Parts != nil)
	w.uint(uint64(len(s.Parts)))
	for _, m := range slices.Sorted(maps.Keys(s.Parts)) {
		w.string(string(m))
		w.uint(uint64(len(s.Parts[m])))
		for _, p := range s.Parts[m] {
			w.string(string(p))
		}
	}
}

func (r *scanner) told(s *conversation.State) {
	if !r.bool() {
		return
	}
	s.OpenedAt, s.OptedOut = r.time(), r.bool()
	if made, n := r.bool(), r.count(); made {
		s.Parts = make(map[id.Message]conversation.Parts, n)
		for range n {
			m := id.Message(r.string())
			parts := make(conversation.Parts, r.count())
			for i := range parts {
				parts[i] = message.Delivery(r.string())
			}
			s.Parts[m] = parts
		}
	}
}

// handling writes what a conversation has beyond being answered and ended. Most
// have none of it, which takes one byte.
func (w *writer) handling(s *conversation.State) {
	plain := s.Priority == 0 && s.Skills == nil && s.For == "" && s.Wrapping == nil && s.Help.IsZero() && s.Handover == nil && s.Survey == nil
	w.bool(!plain)
	if plain {
		return
	}
	w.int(s.Priority)
	w.bool(s.Skills != nil)
	w.uint(uint64(len(s.Skills)))
	for _, k := range s.Skills {
		w.string(string(k))
	}
	w.string(string(s.For))
	w.bool(s.Wrapping != nil)
	w.uint(uint64(len(s.Wrapping)))
	for _, c := range slices.Sorted(maps.Keys(s.Wrapping)) {
		l := s.Wrapping[c]
		w.leg(&l)
	}
	w.time(s.Help)
	w.bool(s.Handover != nil)
	if h := s.Handover; h != nil {
		w.string(string(h.By))
		w.string(string(h.Note))
		w.time(h.At)
	}
	w.bool(s.Survey != nil)
	if v := s.Survey; v != nil {
		w.string(string(v.Message))
		w.int(v.Scale)
		w.time(v.Until)
		w.time(v.AnsweredAt)
		w.int(v.Score)
		w.bool(v.Comment)
		w.time(v.CommentedAt)
	}
}

func (r *scanner) handling(s *conversation.State) {
	if !r.bool() {
		return
	}
	s.Priority = r.int()
	if made, n := r.bool(), r.count(); made {
		s.Skills = make([]id.Skill, 0, n)
		for range n {
			s.Skills = append(s.Skills, id.Skill(r.string()))
		}
	}
	s.For = id.Agent(r.string())
	if made, n := r.bool(), r.count(); made {
		s.Wrapping = make(map[id.Communication]conversation.Leg, n)
		for range n {
			l := r.leg()
			s.Wrapping[l.Communication] = *l
		}
	}
	s.Help = r.time()
	if r.bool() {
		s.Handover = &conversation.Handover{By: id.Agent(r.string()), Note: id.Message(r.string()), At: r.time()}
	}
	if r.bool() {
		s.Survey = &conversation.Survey{
			Message: id.Message(r.string()), Scale: r.int(), Until: r.time(), AnsweredAt: r.time(), Score: r.int(),
			Comment: r.bool(), CommentedAt: r.time(),
		}
	}
}

func (r *scanner) conversation() *conversation.State {
	s := &conversation.State{
		Channel:   channel.Kind(r.string()),
		Account:   r.string(),
		Contact:   id.Contact(r.string()),
		Guest:     id.Guest(r.string()),
		Profile:   r.string(),
		Phase:     conversation.Phase(r.string()),
		Queue:     id.Queue(r.string()),
		QueuedAt:  r.time(),
		StartedAt: r.time(),
		EndedAt:   r.time(),
		EndReason: r.string(),
	}
	if r.bool() {
		s.Leg = r.leg()
	}
	s.AnsweredAt = r.time()
	s.Inbound, s.ReadInbound, s.RepliesSince = r.int(), r.int(), r.int()
	s.LastInboundAt, s.WaitingSince, s.LastAt = r.time(), r.time(), r.time()
	s.LastMessage = id.Message(r.string())
	s.LastDirection = message.Direction(r.string())
	if made, n := r.bool(), r.count(); made {
		s.Outstanding = make(map[id.Message]message.Delivery, n)
		for range n {
			m := id.Message(r.string())
			s.Outstanding[m] = message.Delivery(r.string())
		}
	}
	r.handling(s)
	r.told(s)
	return s
}

func (w *writer) leg(l *conversation.Leg) {
	w.string(string(l.Communication))
	w.string(string(l.Agent))
	w.time(l.AlertedAt)
	w.time(l.AlertUntil)
	w.time(l.ConnectedAt)
	w.time(l.DisconnectedAt)
	w.time(l.ACWUntil)
	w.bool(l.WrapUpDue)
	w.bool(l.Auto)
	w.string(l.Why)
	w.string(l.WrapUpCode)
	w.bool(l.ACWOptional)
	w.string(l.How)
	w.time(l.ParkedAt)
	w.time(l.ParkUntil)
	w.int(int(l.ParkedFor))
	w.string(string(l.Reservation))
}

func (r *scanner) leg() *conversation.Leg {
	return &conversation.Leg{
		Communication:  id.Communication(r.string()),
		Agent:          id.Agent(r.string()),
		AlertedAt:      r.time(),
		AlertUntil:     r.time(),
		ConnectedAt:    r.time(),
		DisconnectedAt: r.time(),
		ACWUntil:       r.time(),
		WrapUpDue:      r.bool(),
		Auto:           r.bool(),
		Why:            r.string(),
		WrapUpCode:     r.string(),
		ACWOptional:    r.bool(),
		How:            r.string(),
		ParkedAt:       r.time(),
		ParkUntil:      r.time(),
		ParkedFor:      time.Duration(r.signed()),
		Reservation:    id.Communication(r.string()),
	}
}

func (w *writer) agent(s *agent.State) {
	w.string(string(s.Presence))
	w.time(s.PresenceSince)
	w.bool(s.NotResponding)
	w.string(string(s.NotRespondingTo))
	w.time(s.FreeSince)
	w.bool(s.Reservations != nil)
	w.uint(uint64(len(s.Reservations)))
	for _, c := range slices.Sorted(maps.Keys(s.Reservations)) {
		v := s.Reservations[c]
		w.string(string(c))
		w.string(string(v.Conversation))
		w.string(string(v.Channel))
		w.time(v.Since)
	}
	w.bool(s.Externals != nil)
	w.uint(uint64(len(s.Externals)))
	for _, x := range slices.Sorted(maps.Keys(s.Externals)) {
		w.string(string(x))
		w.string(string(s.Externals[x].Media))
		w.time(s.Externals[x].Since)
	}
	w.bool(s.Left != nil)
	w.uint(uint64(len(s.Left)))
	for _, q := range slices.Sorted(maps.Keys(s.Left)) {
		w.string(string(q))
	}
}

func (r *scanner) agent() *agent.State {
	s := &agent.State{
		Presence:        agent.Presence(r.string()),
		PresenceSince:   r.time(),
		NotResponding:   r.bool(),
		NotRespondingTo: id.Communication(r.string()),
		FreeSince:       r.time(),
	}
	if made, n := r.bool(), r.count(); made {
		s.Reservations = make(map[id.Communication]agent.Reservation, n)
		for range n {
			c := id.Communication(r.string())
			s.Reservations[c] = agent.Reservation{
				Conversation: id.Conversation(r.string()), Channel: channel.Kind(r.string()), Since: r.time(),
			}
		}
	}
	if made, n := r.bool(), r.count(); made {
		s.Externals = make(map[id.External]agent.External, n)
		for range n {
			x := id.External(r.string())
			s.Externals[x] = agent.External{Media: channel.Kind(r.string()), Since: r.time()}
		}
	}
	if made, n := r.bool(), r.count(); made {
		s.Left = make(map[id.Queue]bool, n)
		for range n {
			s.Left[id.Queue(r.string())] = true
		}
	}
	return s
}

func (it *Item) encode() []byte {
	w := writer{b: make([]byte, 0, 160)}
	w.uint(it.Rev)
	w.uint(uint64(it.N))
	w.time(it.At)
	w.string(string(it.Event))
	w.string(string(it.Message))
	w.string(string(it.Direction))
	w.string(string(it.Agent))
	w.int(it.Body.Length)
	w.string(it.Body.Digest)
	w.uint(uint64(len(it.Body.Files)))
	for _, f := range it.Body.Files {
		w.string(string(f.ID))
		w.int(int(f.Size))
	}
	w.string(string(it.Delivery))
	w.string(it.Reason)
	w.string(string(it.Queue))
	w.string(it.Code)
	w.string(string(it.By))
	w.time(it.Until)
	w.int(it.Number)
	w.string(string(it.Said))
	w.string(string(it.Content))
	w.string(it.Mark)
	return w.b
}

func decodeItem(b []byte) (Item, error) {
	r := scanner{b: b}
	it := Item{
		Rev: r.uint(), N: int(r.uint()), At: r.time(), Event: ItemEvent(r.string()),
		Message: id.Message(r.string()), Direction: message.Direction(r.string()), Agent: id.Agent(r.string()),
		Body: message.Ref{Length: r.int(), Digest: r.string()},
	}
	if n := r.count(); n > 0 {
		it.Body.Files = make([]message.File, 0, n)
		for range n {
			it.Body.Files = append(it.Body.Files, message.File{ID: id.Attachment(r.string()), Size: r.signed()})
		}
	}
	it.Delivery = message.Delivery(r.string())
	it.Reason = r.string()
	it.Queue = id.Queue(r.string())
	it.Code = r.string()
	it.By, it.Until, it.Number, it.Said = id.Agent(r.string()), r.time(), r.int(), id.Message(r.string())
	it.Content, it.Mark = id.Message(r.string()), r.string()
	return it, r.end()
}
