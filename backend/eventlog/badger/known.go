package badger

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"

	"parley/backend/id"
)

// known tells of nearly every new command that the log does not have it, so that
// an append need not ask the disk. It is a Bloom filter of all commands: what it
// does not know was never stored, what it seems to know the disk is asked for.
// Until it has read the whole index, and when there are more than it is to hold,
// it seems to know everything.
type known struct {
	limit int // how many it holds at most
	seed  maphash.Seed
	whole atomic.Bool // all commands are in it
	parts atomic.Pointer[[]*filter]

	mu    sync.Mutex // held by whoever adds
	count int
}

// filter holds room commands in blocks of one cache line each.
type filter struct {
	room, used int // guarded by known.mu
	blocks     []filterBlock
}

type filterBlock [8]atomic.Uint64

const (
	firstRoom      = 1 << 16 // commands in the first filter; each next one has twice the room
	blockCommands  = 42      // per block of 512 bits: 12 bits for each command
	bitsPerCommand = 6       // set for each; one new command in 150 is mistaken for known
)

func newKnown(limit int) *known {
	k := &known{limit: limit, seed: maphash.MakeSeed()}
	k.parts.Store(&[]*filter{})
	return k
}

// maybe says whether the log may have a command.
func (k *known) maybe(c id.Command) bool {
	if !k.whole.Load() {
		return true
	}
	h := maphash.String(k.seed, string(c))
	for _, f := range *k.parts.Load() {
		if f.has(h) {
			return true
		}
	}
	return false
}

// add notes a command that is stored or about to be.
func (k *known) add(c id.Command) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count++; k.count > k.limit {
		if k.count == k.limit+1 {
			k.whole.Store(false)
			k.parts.Store(&[]*filter{})
		}
		return
	}
	parts := *k.parts.Load()
	if len(parts) == 0 || parts[len(parts)-1].used == parts[len(parts)-1].room {
		room := firstRoom << len(parts)
		grown := append(parts[:len(parts):len(parts)], &filter{room: room, blocks: make([]filterBlock, room/blockCommands+1)})
		k.parts.Store(&grown)
		parts = grown
	}
	parts[len(parts)-1].add(maphash.String(k.seed, string(c)))
}

// place gives the block of a hash, and the hash's bits in it, nine for each.
func (f *filter) place(h uint64) (*filterBlock, uint64) {
	return &f.blocks[(h>>32)*uint64(len(f.blocks))>>32], h * 0x9e3779b97f4a7c15 >> 10
}

func (f *filter) has(h uint64) bool {
	block, bits := f.place(h)
	for range bitsPerCommand {
		if block[bits>>6&7].Load()&(1<<(bits&63)) == 0 {
			return false
		}
		bits >>= 9
	}
	return true
}

func (f *filter) add(h uint64) {
	f.used++
	block, bits := f.place(h)
	for range bitsPerCommand {
		block[bits>>6&7].Or(1 << (bits & 63))
		bits >>= 9
	}
}

// learn reads the index of commands, which had count entries when ts was the
// log's last timestamp. An index that has not as many is damaged, and is asked
// each time.
func (l *Log) learn(ts, count uint64) {
	defer l.done.Done()
	if count > uint64(l.known.limit) {
		return
	}
	defer func() {
		if p := recover(); p != nil { // Badger panics over some damage
			l.log.Warn("the index of commands cannot be read whole, and is asked at each append", "error", p)
		}
	}()
	txn := l.db.NewTransactionAt(ts, false)
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{Prefix: []byte{prefixCommand}})
	defer it.Close()
	found := uint64(0)
	for it.Rewind(); it.Valid(); it.Next() {
		select {
		case <-l.ending:
			return
		default:
		}
		l.known.add(id.Command(it.Item().Key()[1:]))
		found++
	}
	if found != count {
		l.log.Warn("the index of commands is not whole, and is asked at each append", "commits", count, "commands", found)
		return
	}
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	l.known.whole.Store(l.known.count <= l.known.limit)
}
