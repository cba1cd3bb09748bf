package readmodel

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// Batch is what Fold records together: commits, and values of the owner's that
// lie beside streams and go with them.
type Batch struct {
	// Reset names streams to forget before the commits are applied.
	Reset   []eventlog.Stream
	Commits []eventlog.Stored
	Beside  []Beside
}

// Beside is a value of the owner's beside a stream, such as a message's body.
// The zero Stream is the model itself. A nil Value deletes.
type Beside struct {
	Stream eventlog.Stream
	Name   string
	Value  []byte
}

// Change says what a Fold changed in one stream.
type Change struct {
	Stream eventlog.Stream
	// From is the lowest index of an item that changed or came; -1 for none.
	From int
}

// Apply records commits. What is recorded already is skipped; commits before
// one that fails stay recorded. It returns ErrGap, ErrCorrupt, a full disk once
// too much waits to be stored, or ErrClosed.
func (m *Model) Apply(commits []eventlog.Stored) error {
	f := folding{m: m, untold: true}
	return f.batch(Batch{Commits: commits})
}

// Fold is Apply with more to record, and tells what changed. Streams are reset
// first, then values beside them recorded, then commits, so that a commit never
// outlives what it refers to when the process dies in between.
func (m *Model) Fold(b Batch) ([]Change, error) {
	for _, v := range b.Beside {
		if len(v.Value) > m.opt.maxValue() {
			return nil, fmt.Errorf("%w: %q has %d bytes", ErrTooLarge, v.Name, len(v.Value))
		}
	}
	f := folding{m: m}
	err := f.batch(b)
	return f.changes, err
}

// folding is one Fold.
type folding struct {
	m       *Model
	untold  bool // nobody asks what changed
	changes []Change
	index   map[eventlog.Stream]int // in changes
}

func (f *folding) batch(b Batch) error {
	if err := f.step(func() error { return f.reset(b.Reset) }); err != nil {
		return err
	}
	for part := range slices.Chunk(b.Beside, stepSize) {
		if err := f.step(func() error { return f.beside(part) }); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(b.Commits, stepSize) {
		if err := f.step(func() error { return f.commits(part) }); err != nil {
			return err
		}
	}
	return nil
}

// stepSize is how many commits or values are recorded at a time, so that no
// transaction grows too large and queries come in between.
const stepSize = 512

// step records a part while m.mu is held, after waiting for the disk if it is
// too far behind.
func (f *folding) step(record func() error) error {
	m := f.m
	m.mu.Lock()
	if m.gathered() > 4*m.opt.FlushBytes {
		m.mu.Unlock()
		if err := m.flush(); err != nil {
			return err
		}
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	switch {
	case m.broken != nil:
		return m.broken
	case m.closed:
		return ErrClosed
	}
	err := record()
	if err != nil && !errors.Is(err, ErrGap) {
		m.broken = err // a state may be folded in part
	}
	if n := m.gathered(); n > 0 {
		signal(m.work)
		if n > m.opt.FlushBytes {
			signal(m.kick)
		}
	}
	return err
}

// gathered is roughly how many bytes wait to be stored. m.mu is held.
func (m *Model) gathered() int { return m.pending.bytes + len(m.dirty)*recordCost }

// recordCost is the usual size of a conversation's record in bytes.
const recordCost = 512

func (f *folding) reset(streams []eventlog.Stream) error {
	for _, s := range streams {
		if err := f.m.drop(s); err != nil {
			return err
		}
		f.changed(s, 0)
	}
	return nil
}

func (f *folding) beside(values []Beside) error {
	for _, v := range values {
		key := besideKey(v.Stream, v.Name)
		if v.Value == nil {
			f.m.delete(key)
			continue
		}
		f.m.put(key, v.Value)
	}
	return nil
}

func (f *folding) commits(commits []eventlog.Stored) error {
	for i := range commits {
		c := &commits[i]
		if err := f.commit(c); err != nil {
			return fmt.Errorf("fold a commit of a %s at revision %d: %w", c.Stream.Kind, c.Rev, err)
		}
	}
	return nil
}

// changed notes that a stream's items from index from on are new; -1 for none.
func (f *folding) changed(s eventlog.Stream, from int) {
	if f.untold {
		return
	}
	at, known := f.index[s]
	if !known {
		if f.index == nil {
			f.index = map[eventlog.Stream]int{}
		}
		f.index[s] = len(f.changes)
		f.changes = append(f.changes, Change{Stream: s, From: from})
		return
	}
	c := &f.changes[at]
	if c.From < 0 || (from >= 0 && from < c.From) {
		c.From = from
	}
}

// commit records one commit and moves the cursor.
func (f *folding) commit(c *eventlog.Stored) error {
	m := f.m
	if m.opt.Partial {
		return f.fold(c)
	}
	cur := m.cursor(c.Partition)
	if c.Pos <= cur.Pos {
		return nil
	}
	if c.Pos != cur.Pos+1 {
		return fmt.Errorf("%w: position %d follows %d", ErrGap, c.Pos, cur.Pos)
	}
	if err := f.fold(c); err != nil {
		return err
	}
	cur.Pos, cur.Hash = c.Pos, roll(cur.Hash, c.Hash)
	m.cursors[c.Partition] = cur
	m.advanced()
	return nil
}

// roll folds one more commit into the rolling hash, in order of position.
func roll(h, commit eventlog.Hash) eventlog.Hash {
	var b [2 * sha256.Size]byte
	copy(b[:], h[:])
	copy(b[sha256.Size:], commit[:])
	return sha256.Sum256(b[:])
}

// fold records one commit in its stream.
func (f *folding) fold(c *eventlog.Stored) error {
	rec, err := f.m.record(c.Stream)
	if err != nil {
		return err
	}
	if c.Rev <= rec.rev {
		return nil
	}
	if c.Rev != rec.rev+1 || c.PrevHash != rec.hash {
		return ErrGap
	}
	from := -1
	switch c.Stream.Kind {
	case eventlog.Conversation:
		from, err = f.conversation(rec, c)
	case eventlog.Agent:
		err = f.agent(rec, c)
	}
	if err != nil {
		return err
	}
	rec.rev, rec.hash = c.Rev, c.Hash
	if !rec.dirty {
		f.m.dirty[c.Stream], rec.dirty = rec, true
	}
	if f.m.opt.KeepCommits {
		value := binary.BigEndian.AppendUint64(nil, c.Pos)
		f.m.put(numberedKey(keyCommit, c.Stream, c.Rev), append(value, c.Encode()...))
	}
	f.changed(c.Stream, from)
	return nil
}

// agent folds a commit of an agent's stream.
func (f *folding) agent(rec *record, c *eventlog.Stored) error {
	if err := rec.agent.Apply(*c); err != nil {
		if errors.Is(err, agent.ErrGap) {
			return ErrGap
		}
		return err
	}
	return nil
}

// conversation folds a commit of a conversation, adds and changes transcript
// items, and keeps the lists. It returns the lowest item touched, or -1.
func (f *folding) conversation(rec *record, c *eventlog.Stored) (from int, err error) {
	st := rec.conv
	before := st.Phase
	from = math.MaxInt
	for n, stored := range c.Events {
		e := conversation.Decode(stored)
		st.Record(e, c.At)
		at, err := f.item(rec, c, n, e)
		if err != nil {
			return -1, err
		}
		if at >= 0 {
			from = min(from, at)
		}
		if err := f.lists(rec, c.Stream, e); err != nil {
			return -1, err
		}
	}
	st.ID, st.Rev, st.Hash = id.Conversation(c.Stream.ID), c.Rev, c.Hash
	if st.Phase != before {
		if before != conversation.New {
			f.m.delete(listKey(keyPhase, string(before), st.ID))
		}
		f.m.put(listKey(keyPhase, string(st.Phase), st.ID), nil)
	}
	if rec.mark != nil && rec.mark.agent != "" {
		f.m.touch(rec, st)
	}
	if from == math.MaxInt {
		from = -1
	}
	return from, nil
}

// item adds an event's line to the transcript or changes a line, and returns
// its index, or -1.
func (f *folding) item(rec *record, c *eventlog.Stored, n int, e conversation.Event) (int, error) {
	switch e := e.(type) {
	case conversation.DeliveryChanged:
		return f.change(c.Stream, e.Message, func(it *Item) { it.Delivery, it.Reason = e.State, e.Reason })
	case conversation.MessageChanged:
		return f.change(c.Stream, e.Message, func(it *Item) {
			it.Content, it.Body = e.Content, e.Body
			if e.Why == "edited" {
				it.Mark = e.Why
			}
		})
	case conversation.MessageUnsent:
		return f.change(c.Stream, e.Message, func(it *Item) { it.Content, it.Body, it.Mark = "", message.Ref{}, "unsent" })
	}
	it, ok := ItemOf(e, c.At)
	if !ok {
		return -1, nil
	}
	it.Rev, it.N = c.Rev, n
	index := rec.items
	rec.items++
	f.m.put(itemKey(c.Stream, index), it.encode())
	if it.Direction == message.Outbound || (it.Direction == message.Inbound && rec.conv.Channel != channel.Web) {
		f.m.put(messageKey(c.Stream, it.Message), binary.AppendUvarint(nil, uint64(index)))
	}
	return index, nil
}

// change changes a message's line in place.
func (f *folding) change(s eventlog.Stream, m id.Message, how func(*Item)) (int, error) {
	at, err := f.m.place(s, m)
	if errors.Is(err, ErrNotFound) {
		return -1, nil // of a message that is not in this conversation
	}
	if err != nil {
		return -1, err
	}
	key := itemKey(s, at)
	value, err := f.m.get(key)
	if err != nil {
		return -1, err
	}
	it, err := decodeItem(value)
	if err != nil {
		return -1, err
	}
	how(&it)
	f.m.put(key, it.encode())
	return at, nil
}
