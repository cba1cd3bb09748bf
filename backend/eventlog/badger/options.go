package badger

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"parley/backend/eventlog"
	"parley/backend/internal/tables"
)

// Options are the measures of one log. The zero value of each field means the
// default for a hub; Small gives those for a laptop.
type Options struct {
	// Logger takes what the log and Badger have to say. Default: slog.Default.
	Logger *slog.Logger
	// WitnessDir holds the second copy. Default: "witness" inside the log's
	// directory. Another disk is better.
	WitnessDir string

	// MemTable is the size of one Badger memtable in bytes: 1 MiB to 256 MiB,
	// default 16 MiB. The largest commit, sealed content included, is a
	// sixteenth of it, and less than 1 MiB.
	MemTable int64
	// MemTables is how many full memtables may wait for the disk; default 3.
	MemTables int
	// IndexCache bounds the memory for table indexes in bytes; default 64 MiB.
	IndexCache int64

	// HeadCache is how many streams' heads stay in memory; default 65,536.
	// It is never less than Recent.
	HeadCache int
	// Recent is how many of the newest commits stay in memory for followers and
	// for the search for repeated commands; default 16,384.
	Recent int
	// RecentBytes bounds the same by size; default 16 MiB.
	RecentBytes int

	// Commands is how many commands are known in memory, at 12 to 24 bits each, so
	// that an append need not search the disk for its own. When there are more, it
	// does; default 8,388,608.
	Commands int

	// Reserve is how many bytes of the disk stay free. Default: 512 MiB or 5 %
	// of the disk, whichever is less, but never less than what Badger may still
	// write on its own once the log refuses writes.
	Reserve int64

	// WitnessEvery is the longest time a commit waits for the second copy;
	// default 200 ms.
	WitnessEvery time.Duration
	// WitnessLag is how many commits the second copy may lack before the log
	// waits for it; default 65,536.
	WitnessLag uint64

	// StartVerify is how many of the last commits Open reads back and verifies;
	// default 20,000. What lies before is left to the scrub.
	StartVerify uint64
	// ScrubRate is how many commits the background scrub verifies in a second;
	// default 5,000. Negative turns it off.
	ScrubRate int
	// ScrubEvery is the rest between two whole passes of the scrub; default 24 h.
	ScrubEvery time.Duration
}

// Small returns the options for a small machine: 4 MiB memtables and caches to
// match, so that the log takes some 20 MB.
func Small() Options {
	return Options{
		MemTable: 4 << 20, MemTables: 2, IndexCache: 4 << 20,
		HeadCache: 4096, Recent: 1024, RecentBytes: 1 << 20, Commands: 1 << 18, WitnessLag: 8192,
	}
}

func (o Options) withDefaults(dir string) Options {
	o.WitnessDir = or(o.WitnessDir, filepath.Join(dir, "witness"))
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.MemTable = or(o.MemTable, 16<<20)
	o.MemTables = or(o.MemTables, 3)
	o.IndexCache = or(o.IndexCache, 64<<20)
	o.Recent = or(o.Recent, 16_384)
	o.RecentBytes = or(o.RecentBytes, 16<<20)
	o.Commands = or(o.Commands, 1<<23)
	o.HeadCache = max(or(o.HeadCache, 65_536), o.Recent)
	o.WitnessEvery = or(o.WitnessEvery, 200*time.Millisecond)
	o.WitnessLag = or(o.WitnessLag, 65_536)
	o.StartVerify = or(o.StartVerify, 20_000)
	o.ScrubRate = or(o.ScrubRate, 5_000)
	o.ScrubEvery = or(o.ScrubEvery, 24*time.Hour)
	return o
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// maxCommit is the most bytes one commit may take with its sealed content. It
// is so small that two fit into one of Badger's transactions, and that no value
// goes to Badger's value log, which nobody syncs.
func (o Options) maxCommit() int { return int(min(o.MemTable/16, valueThreshold-1024)) }

const valueThreshold = 1 << 20

// debt is how many bytes Badger may still write to db's disk once the log takes
// nothing more: waiting memtables become tables, and each of the two compactors
// writes tables anew before the old ones go.
func (o Options) debt(db *badgerdb.DB) int64 {
	memtables := int64(o.MemTables+1) * o.MemTable
	var zero, base, all int64
	for _, level := range db.Levels() {
		switch {
		case level.Level == 0:
			zero = level.Size
		case base == 0:
			base = level.Size // the first that holds anything
		}
		all += level.Size
	}
	// Tables double in size from level to level; a compaction between two lower
	// levels takes some ten of them.
	lower := min(all, 16*2*o.tableSize())
	return memtables + (memtables + zero + base) + lower
}

func (o Options) tableSize() int64 { return max(o.MemTable/4, 1<<20) }

// levelZeroTables is how many tables gather before Badger merges them into the
// first level below, and each time with all of it that overlaps: twice as many
// halve the work. Reads ask each of them, which its Bloom filter answers.
const levelZeroTables = 8

// open opens one Badger store. A store so damaged that Badger panics over it is
// reported as damaged.
func (o Options) open(dir string, sync bool) (db *badgerdb.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			db, err = nil, damagedStore(dir, p)
		}
	}()
	if err := tables.Check(dir); err != nil { // Badger would end the process
		if errors.Is(err, tables.ErrDamaged) {
			return nil, damagedStore(dir, err)
		}
		return nil, fmt.Errorf("open %s: %w", filepath.Base(dir), err)
	}
	b := badgerdb.DefaultOptions(dir).
		WithSyncWrites(sync).
		WithLogger(logger{o.Logger}).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(o.IndexCache).
		WithMemTableSize(o.MemTable).
		WithNumMemtables(o.MemTables).
		WithNumLevelZeroTables(levelZeroTables).
		WithNumLevelZeroTablesStall(levelZeroTables * 3 / 2).
		WithBaseTableSize(o.tableSize()).
		WithBaseLevelSize(2 * o.MemTable).
		WithNumCompactors(2).
		WithValueThreshold(min(valueThreshold, o.MemTable*15/100)).
		WithValueLogFileSize(max(o.MemTable, 1<<20)).
		WithChecksumVerificationMode(options.OnBlockRead)
	db, err = badgerdb.OpenManaged(b)
	if err != nil {
		return nil, storeError(dir, err)
	}
	return db, nil
}

var _ eventlog.Log = (*Log)(nil)
