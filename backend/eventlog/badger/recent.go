package badger

import (
	"slices"
	"sync"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// recent holds the newest commits in memory: followers and the second copy are
// handed them in order, and a repeated command is found without the disk.
type recent struct {
	mu       sync.RWMutex
	ring     []held
	maxBytes int
	bytes    int
	first    uint64 // position of the oldest held; tail+1 when none is
	tail     uint64 // last position of the log
	byID     map[id.Command]uint64
	// followers are told of new commits, each through a channel that holds one
	// signal, in the order in which they came.
	followers []chan struct{}
}

type held struct {
	eventlog.Stored
	encoded []byte // as it lies in the log; nil for a damaged commit
	sealed  []eventlog.Sealed
	size    int // bytes in memory, roughly
	damaged bool
}

func newRecent(count, bytes int, tail uint64) *recent {
	return &recent{
		ring: make([]held, count), maxBytes: bytes, first: tail + 1, tail: tail,
		byID: make(map[id.Command]uint64),
	}
}

func (r *recent) at(pos uint64) *held { return &r.ring[pos%uint64(len(r.ring))] }

// add appends commits in order. announce then tells those who follow.
func (r *recent) add(commits []held) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range commits {
		for r.tail+1-r.first == uint64(len(r.ring)) {
			r.drop()
		}
		r.tail++
		*r.at(r.tail) = commits[i]
		r.byID[commits[i].ID] = r.tail
		r.bytes += commits[i].size
		for r.bytes > r.maxBytes && r.first < r.tail {
			r.drop()
		}
	}
}

// announce tells the followers that there is more. The scheduler runs first
// whom it was told of last: the newest follower, which on a hub carries messages
// to the sockets, while the oldest writes the read model.
func (r *recent) announce() {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, f := range r.followers {
		signal(f)
	}
}

// follow returns a channel that gets a signal after each group of commits, until
// leave is called.
func (r *recent) follow() (more <-chan struct{}, leave func()) {
	f := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers = append(r.followers, f)
	return f, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.followers = slices.DeleteFunc(slices.Clone(r.followers), func(x chan struct{}) bool { return x == f })
	}
}

func (r *recent) drop() {
	h := r.at(r.first)
	delete(r.byID, h.ID)
	r.bytes -= h.size
	*h = held{}
	r.first++
}

// lookup finds a command among the commits held. floor is the oldest position
// that was searched.
func (r *recent) lookup(c id.Command) (s eventlog.Stored, found bool, floor uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if pos, ok := r.byID[c]; ok {
		return r.at(pos).Stored, true, r.first
	}
	return eventlog.Stored{}, false, r.first
}

// from appends up to limit commits from position next on to out: none when
// there are none yet. older says that next is no longer held.
func (r *recent) from(next uint64, limit int, out []held) (_ []held, older bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if next <= r.tail && next < r.first {
		return out, true
	}
	for p := next; p <= r.tail && len(out) < limit; p++ {
		out = append(out, *r.at(p))
	}
	return out, false
}

func (r *recent) last() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.tail
}
