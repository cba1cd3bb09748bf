package readmodel

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
)

// cache keeps the records used last. It forgets by halves: when young is full
// it becomes old, and what was old and not used since goes.
type cache struct {
	limit      int
	young, old map[eventlog.Stream]*record
}

func newCache(limit int) cache {
	return cache{limit: max(limit/2, 1), young: map[eventlog.Stream]*record{}, old: map[eventlog.Stream]*record{}}
}

func (c *cache) get(s eventlog.Stream) *record {
	if rec := c.young[s]; rec != nil {
		return rec
	}
	rec := c.old[s]
	if rec != nil {
		c.put(s, rec)
	}
	return rec
}

func (c *cache) put(s eventlog.Stream, rec *record) {
	if len(c.young) >= c.limit {
		c.old, c.young = c.young, make(map[eventlog.Stream]*record, c.limit)
	}
	c.young[s] = rec
}

func (c *cache) drop(s eventlog.Stream) {
	delete(c.young, s)
	delete(c.old, s)
}

// record returns a stream's record, an empty one if it has none. m.mu is held.
func (m *Model) record(s eventlog.Stream) (*record, error) {
	if rec := m.records.get(s); rec != nil {
		return rec, nil
	}
	if rec := m.dirty[s]; rec != nil { // forgotten before it was stored
		m.records.put(s, rec)
		return rec, nil
	}
	value, err := m.get(streamKey(keyRecord, s))
	switch {
	case errors.Is(err, ErrNotFound):
		rec := &record{}
		switch s.Kind {
		case eventlog.Conversation:
			rec.conv = &conversation.State{}
		case eventlog.Agent:
			rec.agent = &agent.State{}
		}
		m.records.put(s, rec)
		return rec, nil
	case err != nil:
		return nil, err
	}
	rec, err := decodeRecord(s, value)
	if err != nil {
		return nil, fmt.Errorf("read the record of a %s: %w", s.Kind, err)
	}
	m.records.put(s, rec)
	return rec, nil
}

// drop forgets a stream and all that lies beside it. m.mu is held.
func (m *Model) drop(s eventlog.Stream) error {
	rec, err := m.record(s)
	if err != nil {
		return err
	}
	prefixes := perStream
	if rec.rev == 0 {
		prefixes = perStream[:1] // what lies beside may be there before the first commit
	} else if rec.conv != nil {
		if err := m.unlist(s, rec.conv); err != nil {
			return err
		}
	}
	for _, prefix := range prefixes {
		keys, err := m.keys(streamKey(prefix, s))
		if err != nil {
			return err
		}
		for _, k := range keys {
			m.delete([]byte(k))
		}
	}
	m.delete(streamKey(keyRecord, s))
	delete(m.dirty, s)
	m.records.drop(s)
	return nil
}

// unlist takes a conversation off every list.
func (m *Model) unlist(s eventlog.Stream, st *conversation.State) error {
	c := id.Conversation(s.ID)
	m.delete(listKey(keyPhase, string(st.Phase), c))
	m.delete(listKey(keyGuest, string(st.Guest), c))
	m.delete(listKey(keyContact, string(st.Contact), c))
	prefix := string(streamKey(keyAttend, s))
	keys, err := m.keys([]byte(prefix))
	if err != nil {
		return err
	}
	for _, k := range keys {
		m.delete(listKey(keyAgent, strings.TrimPrefix(k, prefix), c))
	}
	return nil
}

// meta is what the store says of itself.
type meta struct {
	Version int               `json:"version"`
	Epoch   string            `json:"epoch"`
	Cursors map[uint32]Cursor `json:"cursors"`
}

// putMeta writes it with what is about to be stored. m.mu is held.
func (m *Model) putMeta() {
	b, err := json.Marshal(meta{Version: version, Epoch: m.epoch, Cursors: m.cursors})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	m.put(metaKey("meta"), b)
}

// readMeta returns the stored version, 0 for an empty store.
func (m *Model) readMeta() (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.stored(metaKey("meta"))
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var v meta
	if err := json.Unmarshal(b, &v); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	m.epoch = v.Epoch
	if v.Cursors != nil {
		m.cursors = v.Cursors
	}
	return v.Version, nil
}

// refold brings a store of another version up to date. One that keeps commits
// is folded from them and keeps what lies beside; any other is emptied.
func (m *Model) refold(old bool) error {
	if !old {
		m.mu.Lock()
		m.moved = true
		m.mu.Unlock()
		return m.flush()
	}
	if !m.opt.KeepCommits || !m.opt.Partial {
		return m.empty(m.epoch)
	}
	m.mu.Lock()
	var commits []string
	for c := range 256 {
		keys, err := m.keys([]byte{byte(c)})
		if err != nil {
			m.mu.Unlock()
			return err
		}
		switch byte(c) {
		case keyCommit:
			commits = keys
		case keyBeside:
		default:
			for _, k := range keys {
				m.delete([]byte(k))
			}
		}
	}
	m.moved = true
	m.mu.Unlock()
	return m.foldKept(commits)
}

// foldKept folds the store's own commits, which their keys order by stream and
// revision.
func (m *Model) foldKept(keys []string) error {
	for part := range slices.Chunk(keys, 256) {
		var batch []eventlog.Stored
		for _, k := range part {
			value, err := m.stored([]byte(k))
			if err != nil {
				return err
			}
			c, err := keptCommit(value)
			if err != nil {
				return err
			}
			batch = append(batch, c)
		}
		if err := m.Apply(batch); err != nil {
			return err
		}
	}
	return m.flush()
}

// keptCommit reads a commit as KeepCommits stores it.
func keptCommit(value []byte) (eventlog.Stored, error) {
	if len(value) < 8 {
		return eventlog.Stored{}, ErrCorrupt
	}
	c, err := eventlog.Decode(value[8:])
	if err != nil {
		return eventlog.Stored{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return eventlog.Stored{
		Commit: c, Hash: eventlog.HashOf(value[8:]),
		Position: eventlog.Position{Pos: binary.BigEndian.Uint64(value)},
	}, nil
}

func sortStreams(s []eventlog.Stream) {
	slices.SortFunc(s, func(a, b eventlog.Stream) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID))
	})
}
