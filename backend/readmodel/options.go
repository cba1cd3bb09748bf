package readmodel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"parley/backend/internal/diskspace"
	"parley/backend/internal/tables"
)

// Options are the measures of one model. Take Hub or Desk and change what
// differs.
type Options struct {
	// Logger takes what goes wrong in the background. Default: slog.Default.
	Logger *slog.Logger
	// EncryptionKey seals the store: 32 bytes, or nil for none.
	EncryptionKey []byte
	// Partial: the model sees some streams only, so positions may jump, streams
	// come in any order, and SetCursor moves the cursor.
	Partial bool
	// KeepCommits keeps the commits' bytes, for CommitBytes and for refolding.
	KeepCommits bool

	// VerifyLater: Open does not read all tables against their checksums, as that
	// takes its time; the owner calls Verify once it has shown what there is.
	VerifyLater bool

	MemTable   int64 // size of one Badger memtable in bytes; default 32 MiB
	MemTables  int   // how many may wait for the disk; default 3
	BlockCache int64 // bytes; default 0, and 4 MiB with a key
	IndexCache int64 // bytes; default 32 MiB
	States     int   // how many streams' states stay in memory; default 65,536

	// FlushEvery is the longest time until what is applied is stored; default
	// 200 ms. A busy stream's record is written once in it, not once a commit.
	FlushEvery time.Duration
	FlushBytes int // store earlier when so much has gathered; default 2 MiB
	// Reserve is how many bytes of the disk stay free; 0 = 512 MiB or 5 %.
	Reserve int64
}

// Hub gives the options for a server.
func Hub() Options { return Options{}.withDefaults() }

// Desk gives those for a laptop that holds one agent's streams: some 20 MB of
// memory.
func Desk() Options {
	return Options{
		Partial: true, KeepCommits: true, VerifyLater: true,
		MemTable: 8 << 20, MemTables: 2, BlockCache: 4 << 20, IndexCache: 4 << 20,
		States: 512, FlushBytes: 256 << 10,
	}
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.MemTable = or(o.MemTable, 32<<20)
	o.MemTables = or(o.MemTables, 3)
	o.IndexCache = or(o.IndexCache, 32<<20)
	if len(o.EncryptionKey) > 0 {
		o.BlockCache = or(o.BlockCache, 4<<20)
	}
	o.States = or(o.States, 65_536)
	o.FlushEvery = or(o.FlushEvery, 200*time.Millisecond)
	o.FlushBytes = min(or(o.FlushBytes, 2<<20), int(o.MemTable/16))
	return o
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// maxValue is the largest value that one Badger transaction takes with ease.
func (o Options) maxValue() int { return int(o.MemTable / 16) }

// levelZeroTables is when Badger compacts its first level.
const levelZeroTables = 5

// slack is how many bytes Badger may still write after its last transaction:
// memtables become tables, and those of level 0 are written anew one level down.
func (o Options) slack() int64 {
	return (int64(o.MemTables) + 1 + levelZeroTables) * o.MemTable
}

// store is an open Badger and what it held before.
type store struct {
	db       *badgerdb.DB
	contents *tables.Contents // nil in memory
}

func open(dir string, o Options) (s store, err error) {
	defer func() {
		if p := recover(); p != nil { // Badger panics over some damage
			s, err = store{}, fmt.Errorf("open the read model: %w: %v", ErrCorrupt, p)
		}
	}()
	if dir == "" {
		o.EncryptionKey = nil // nothing reaches a disk
		s.db, err = badgerdb.OpenManaged(o.badger(dir))
		return s, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return store{}, fmt.Errorf("open the read model: %w", err)
	}
	if err := diskspace.Room(dir, 3*o.MemTable, o.Reserve); err != nil {
		return store{}, fmt.Errorf("open the read model: %w", err)
	}
	if err := tables.Check(dir); err != nil { // Badger would end the process
		return store{}, fmt.Errorf("open the read model: %w", tableError(err))
	}
	contents, listed := tables.List(dir, o.EncryptionKey)
	db, err := badgerdb.OpenManaged(o.badger(dir))
	if err != nil {
		return store{}, fmt.Errorf("open the read model: %w", openError(err))
	}
	if err = listed; err == nil && !o.VerifyLater {
		err = contents.Verify(context.Background(), 0)
	}
	if err != nil {
		return store{}, errors.Join(fmt.Errorf("open the read model: %w", openError(tableError(err))), db.Close())
	}
	return store{db, contents}, nil
}

func (o Options) badger(dir string) badgerdb.Options {
	return badgerdb.DefaultOptions(dir).
		WithInMemory(dir == "").
		WithSyncWrites(false).
		WithLogger(quiet{o.Logger}).
		WithDetectConflicts(false).
		WithMetricsEnabled(false).
		WithCompression(options.None).
		WithEncryptionKey(o.EncryptionKey).
		WithBlockCacheSize(o.BlockCache).
		WithIndexCacheSize(o.IndexCache).
		WithMemTableSize(o.MemTable).
		WithNumMemtables(o.MemTables).
		WithNumLevelZeroTables(levelZeroTables).
		WithNumLevelZeroTablesStall(2 * levelZeroTables).
		WithBaseTableSize(max(o.MemTable/4, 1<<20)).
		WithBaseLevelSize(4 * o.MemTable).
		WithNumCompactors(2).
		WithValueThreshold(min(1<<20, o.MemTable/8)).
		WithValueLogFileSize(max(o.MemTable, 1<<20)).
		WithNumVersionsToKeep(1).
		WithChecksumVerificationMode(options.OnBlockRead)
}

// verifyRest is the pause before each table: some 2 MB take 3 ms to verify, while
// a window opens.
const verifyRest = 250 * time.Millisecond

// Verify reads the tables that Open found against their checksums: Badger's
// iterators end silently at a damaged block, so that lists would be short
// without a word. It takes its time, so that it disturbs nothing. ErrCorrupt if
// one is damaged, or ctx's error.
func (m *Model) Verify(ctx context.Context) error {
	m.mu.Lock()
	contents := m.contents
	m.mu.Unlock()
	if contents == nil {
		return nil
	}
	err := tableError(contents.Verify(ctx, verifyRest))
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.contents != contents {
		return nil // emptied meanwhile: other tables have the names
	}
	return err
}

// tableError says in this package's word that a table is damaged.
func tableError(err error) error {
	if errors.Is(err, tables.ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}

// openError tells a store in use and a file system in trouble from damage.
func openError(err error) error {
	switch {
	case errors.Is(err, ErrCorrupt):
		return err
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return ErrInUse
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", diskspace.ErrFull, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENOMEM):
		return err
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// quiet passes Badger's errors on and drops its chatter.
type quiet struct{ to *slog.Logger }

func (q quiet) Errorf(f string, a ...any) {
	q.to.Error("badger", "text", strings.TrimSpace(fmt.Sprintf(f, a...)))
}
func (q quiet) Warningf(f string, a ...any) {
	q.to.Warn("badger", "text", strings.TrimSpace(fmt.Sprintf(f, a...)))
}
func (quiet) Infof(string, ...any)  {}
func (quiet) Debugf(string, ...any) {}
