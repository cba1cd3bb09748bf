package badger

import (
	"crypto/sha256"
	"encoding/binary"

	"parley/backend/eventlog"
)

// group is what one sync made durable: which commits lie at which positions,
// and the rolling hash over all commits before and after them.
type group struct {
	first         uint64
	before, after eventlog.Hash
	entries       []entry
}

// entry is one commit of a group.
type entry struct {
	key    []byte // its commit key
	hash   eventlog.Hash
	sealed []string
}

// roll folds one more commit into the rolling hash, in order of position.
func roll(h, commit eventlog.Hash) eventlog.Hash {
	var b [2 * sha256.Size]byte
	copy(b[:], h[:])
	copy(b[sha256.Size:], commit[:])
	return sha256.Sum256(b[:])
}

func (g *group) last() uint64 { return g.first + uint64(len(g.entries)) - 1 }

func (g *group) encode() (key, value []byte) {
	n := crcSize + 2*sha256.Size + 8
	for i := range g.entries {
		n += len(g.entries[i].key) + sha256.Size + 8
		for _, s := range g.entries[i].sealed {
			n += len(s) + 2
		}
	}
	b := make([]byte, crcSize, n)
	b = append(append(b, g.before[:]...), g.after[:]...)
	b = binary.AppendUvarint(b, uint64(len(g.entries)))
	for i := range g.entries {
		e := &g.entries[i]
		b = append(binary.AppendUvarint(b, uint64(len(e.key))), e.key...)
		b = append(b, e.hash[:]...)
		b = binary.AppendUvarint(b, uint64(len(e.sealed)))
		for _, s := range e.sealed {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	key = posKey(prefixGroup, g.first)
	seal(key, b)
	return key, b
}

// openGroup checks a group record, its rolling hash included.
func openGroup(key, value []byte) (*group, error) {
	b, err := unseal(key, value)
	if err != nil || len(key) != 9 {
		return nil, errRecord
	}
	r := reader{b: b}
	g := &group{first: binary.BigEndian.Uint64(key[1:])}
	copy(g.before[:], r.take(sha256.Size))
	copy(g.after[:], r.take(sha256.Size))
	n := r.count()
	h := g.before
	for range n {
		e := entry{key: r.take(r.count())}
		copy(e.hash[:], r.take(sha256.Size))
		for range r.count() {
			e.sealed = append(e.sealed, string(r.take(r.count())))
		}
		h = roll(h, e.hash)
		g.entries = append(g.entries, e)
	}
	if r.bad || len(r.b) > 0 || n == 0 || h != g.after {
		return nil, errRecord
	}
	return g, nil
}

// reader walks over a record; once bad, it stays bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) count() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > uint64(len(r.b)) {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}
