// Package eventlog is the port of Parley's durable log: what a commit is, what
// a home of the log promises, and nothing of how it keeps it. The embedded home
// is eventlog/badger, the one for pure tests eventlog/memory; both pass
// eventlogtest.
package eventlog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"iter"
	"time"

	"parley/backend/id"
)

// Kind says what a stream is about.
type Kind string

// The kinds of stream in use.
const (
	Conversation Kind = "conversation"
	Agent        Kind = "agent"
	// Monitor is who watches a conversation; its ID is the conversation's.
	Monitor Kind = "monitor"
	// Coach is what supervisors and an agent write to each other about a
	// conversation; its ID is the agent's communication.
	Coach Kind = "coach"
	// Config is the organisation's configuration: one stream, config.StreamID.
	Config Kind = "config"
	// Audit is who did, or was refused, what needs a right: one stream.
	Audit Kind = "audit"
	// Contact is what happened to a contact of a channel outside conversations.
	Contact Kind = "contact"
)

// Stream names one stream of commits.
type Stream struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

func (s Stream) String() string { return string(s.Kind) + "/" + s.ID }

// Event is one encoded event. Data is JSON without plaintext: bodies and
// personal fields are refs into the vault.
type Event struct {
	Type string // for example "message_received"; never renamed once released
	Data []byte
}

// Commit is what one command did to one stream, all or nothing.
type Commit struct {
	Stream   Stream
	Rev      uint64 // 1, 2, 3 … in its stream
	PrevHash Hash   // hash of the commit before it in its stream; zero at Rev 1
	ID       id.Command
	At       time.Time // UTC, whole milliseconds
	Actor    string    // "agent:…", "guest:…", "hub", "system"
	Events   []Event
}

// Hash is SHA-256 over Commit.Encode.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Position is where a home put a commit. It is not part of the commit's hash.
type Position struct {
	Partition uint32 `json:"partition"`
	Pos       uint64 `json:"pos"` // 1, 2, 3 … in its partition
}

// Stored is a commit as a home holds it.
type Stored struct {
	Commit
	Position
	Hash Hash
}

// Sealed is content that must last exactly as surely as the commit that refers
// to it. Key and Value are the vault's.
type Sealed struct {
	Key   string
	Value []byte
	// Fresh: the caller has made Key anew, so nothing was ever stored under it.
	// A home may then save itself the search for what Value replaces.
	Fresh bool
}

// Head is the last commit of a stream; the zero Head is that of an empty one.
type Head struct {
	Rev  uint64
	Hash Hash
}

// Errors of every home. Each is matched with errors.Is.
var (
	// ErrConflict: Rev or PrevHash is not the one that follows the stream's head.
	// Only this commit failed. Read the stream anew and decide again.
	ErrConflict = errors.New("the stream has moved on")
	// ErrFull: less disk is free than the reserve. Nothing was written; reads go on.
	ErrFull = errors.New("the disk is almost full, so new writes are refused")
	// ErrStopped: an earlier sync failed. The log takes no more writes until it
	// is opened again.
	ErrStopped = errors.New("the log has stopped after a failed sync")
	// ErrDamaged: what is stored fails its chain and is not served.
	ErrDamaged = errors.New("this part of the log is damaged")
	// ErrNotFound: no such commit or sealed content.
	ErrNotFound = errors.New("not found")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("the log is closed")
)

// Log is the port. All methods are safe for concurrent use.
type Log interface {
	// Epoch names this log's life. It changes when the log is restored from a
	// copy, so that who holds positions of an older life starts again.
	Epoch() string

	// Append stores one commit with its sealed content, atomically. When it
	// returns nil both are synced to disk and visible to every later read.
	// If c.ID is stored already, it returns that first result and again=true,
	// whatever the rest of c says; otherwise ErrConflict, ErrFull, ErrStopped
	// or the context's error. After a context's error the commit may still come
	// to be stored: ask again with the same ID.
	Append(ctx context.Context, c Commit, sealed ...Sealed) (s Stored, again bool, err error)

	// Head returns the stream's last commit's Rev and Hash.
	Head(ctx context.Context, s Stream) (Head, error)

	// Read yields the stream's commits after Rev after, in order, each verified
	// against its chain, and ends at the head. A damaged commit yields
	// ErrDamaged and ends the sequence.
	Read(ctx context.Context, s Stream, after uint64) iter.Seq2[Stored, error]

	// Follow yields all commits of a partition after Pos after, in order of Pos,
	// then waits for new ones until ctx ends. A slow reader misses nothing. A
	// damaged commit is yielded as its Position with ErrDamaged, and the
	// sequence goes on if the consumer does; any other error ends it.
	Follow(ctx context.Context, partition uint32, after uint64) iter.Seq2[Stored, error]

	// Tail returns the last position of a partition.
	Tail(ctx context.Context, partition uint32) (Position, error)

	// Lookup finds a commit by its command, for good. ErrNotFound if there is none.
	Lookup(ctx context.Context, c id.Command) (Stored, error)

	// Sealed returns sealed content, or ErrNotFound.
	Sealed(ctx context.Context, key string) ([]byte, error)

	// Close waits for writes under way. Later calls return ErrClosed.
	Close() error
}
