// Package desk is an agent's side of Parley without a window: signing in to a
// hub, a sealed cache that opens with the last known state, an outbox that
// loses nothing, the socket that resumes where it was, and a view in which the
// agent's commands are done the moment they are given. It opens no listening
// port. The native app and the simulator's agents run on it.
package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

// Errors of Desk.
var (
	// ErrInUse: a second desk on the same data.
	ErrInUse = errors.New("another desk is open with this profile; close it first, or start this one with another --profile")
	// ErrKey: data on disk need a key of 32 bytes.
	ErrKey = errors.New("the desk's cache needs a key of 32 bytes")
	// ErrNoFile: no such file here or at the hub.
	ErrNoFile = errors.New("no such file")
	// ErrNoConversation: no such interaction on this desk.
	ErrNoConversation = errors.New("no such interaction on this desk")
	// ErrLeft: the command has left, or may have.
	ErrLeft = errors.New("the message may have left already, so it cannot be taken back")
	// ErrNoCommand: no such pending command.
	ErrNoCommand = errors.New("nothing is waiting to be sent under this name")
	// ErrFull: this computer's disk is almost full, so nothing new is taken.
	ErrFull = errors.New("this computer's disk is almost full: free some space, then try again")
	// ErrClosed: the desk was closed.
	ErrClosed = errors.New("the desk is closed")
)

// Options say whose desk it is and where it keeps what.
type Options struct {
	Client *Client
	Token  string // of SignedIn; a secret
	Agent  id.Agent

	// Dir is the profile's data directory; each hub and agent has a part of its
	// own in it. "" keeps everything in memory, and nothing survives Close.
	Dir string
	// Key seals everything in Dir: 32 bytes.
	Key []byte

	Logger *slog.Logger // default: slog.Default
	Clock  Clock        // default: the system's
	// Transport is for the socket's dialer what http.Transport is for calls: TLS
	// settings and proxy are taken from it. Default: http.DefaultTransport.
	Transport *http.Transport
	// Cache are the read model's measures; the zero value means readmodel.Desk.
	Cache readmodel.Options
	// FileCache is how many bytes of fetched files are kept; default 256 MiB.
	FileCache int64
}

// Desk is one agent's desk. All methods are safe for concurrent use.
type Desk struct {
	opt  Options
	log  *slog.Logger
	dir  string
	lock *os.File
	out  *outbox
	docs *box
	file *fileCache

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
	retry  chan struct{} // reconnect now
	tick   chan struct{} // the next deadline has changed

	commands sync.Mutex // one command is made at a time

	mu       sync.Mutex
	closed   bool
	model    *readmodel.Model
	conn     *conn // nil while offline
	link     Link
	org      protocol.Org
	queues   protocol.Queues
	entries  []*entry
	nextSeq  uint64
	cards    map[id.Conversation]*Interaction
	typing   map[id.Conversation]time.Time // until
	typed    map[id.Conversation]time.Time // when we last told
	alerted  map[id.Communication]string   // contacts by the alerts seen
	rebuild  bool                          // the cache was found damaged
	notices  []Notice
	refused  map[eventlog.Stream]int // how often a stream failed its check
	snapshot *Snapshot               // nil when stale
	watchers map[*Watcher]struct{}
	super    supervising
}

// Open opens the desk with its last known state and begins to connect. What is
// over follows a moment later, as there may be much of it. A cache
// that cannot be read is set aside and rebuilt from the hub, and Link.CacheNote
// says so; pending commands lie elsewhere and stay. Close ends it.
func Open(opt Options) (*Desk, error) {
	d, err := prepare(opt)
	if err != nil {
		return nil, err
	}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, d.release())
	}
	d.done.Go(d.loadEarlier)
	d.done.Go(d.verifyCache)
	d.done.Go(d.connectLoop)
	d.done.Go(d.deadlineLoop)
	return d, nil
}

func prepare(opt Options) (*Desk, error) {
	if opt.Dir != "" && len(opt.Key) != 32 {
		return nil, ErrKey
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	if opt.Clock == nil {
		opt.Clock = systemClock{}
	}
	if opt.FileCache == 0 {
		opt.FileCache = 256 << 20
	}
	if opt.Cache.MemTable == 0 {
		opt.Cache = readmodel.Desk()
	}
	opt.Cache.Partial, opt.Cache.KeepCommits = true, true
	opt.Cache.Logger, opt.Cache.EncryptionKey = opt.Logger, opt.Key
	d := &Desk{
		opt: opt, log: opt.Logger.With("agent", string(opt.Agent)),
		retry: make(chan struct{}, 1), tick: make(chan struct{}, 1),
		cards: map[id.Conversation]*Interaction{}, typing: map[id.Conversation]time.Time{},
		typed: map[id.Conversation]time.Time{}, refused: map[eventlog.Stream]int{},
		alerted: map[id.Communication]string{}, watchers: map[*Watcher]struct{}{}, nextSeq: 1,
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.link = Link{State: Connecting, SinceMs: ms(d.now())}
	if opt.Dir == "" {
		var err error
		d.file = &fileCache{}
		d.out, err = openOutbox("", nil)
		return d, err
	}
	return d, d.prepareDir()
}

// prepareDir makes and locks the directory of this hub and agent.
func (d *Desk) prepareDir() error {
	whose := sha256.Sum256([]byte(d.opt.Client.Address() + "\n" + string(d.opt.Agent)))
	d.dir = filepath.Join(d.opt.Dir, "accounts", hex.EncodeToString(whose[:8]))
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("open the desk's data: %w", err)
	}
	var err error
	if d.lock, err = lockFile(filepath.Join(d.dir, "lock")); err != nil {
		return err
	}
	boxes := map[string]*box{}
	for _, purpose := range []string{"outbox", "files", "documents"} {
		if boxes[purpose], err = newBox(d.opt.Key, purpose); err != nil {
			return errors.Join(err, d.lock.Close())
		}
	}
	d.docs = boxes["documents"]
	d.file = &fileCache{dir: filepath.Join(d.dir, "files"), box: boxes["files"], limit: d.opt.FileCache}
	if d.out, err = openOutbox(filepath.Join(d.dir, "outbox"), boxes["outbox"]); err != nil {
		return errors.Join(err, d.lock.Close())
	}
	return nil
}

// load opens cache and outbox and builds the last known view.
func (d *Desk) load() error {
	entries, damaged, err := d.out.load()
	if err != nil {
		return err
	}
	if err := d.out.sweep(entries, d.now().Add(-7*24*time.Hour)); err != nil {
		d.log.Warn("outbox could not be swept", "error", err)
	}
	d.entries = entries
	for _, e := range entries {
		d.nextSeq = max(d.nextSeq, e.Seq+1)
	}
	if damaged > 0 {
		d.log.Error("damaged commands were set aside", "count", damaged)
		d.notify("error", "", fmt.Sprintf("%d messages that waited to be sent were damaged on this disk and could not be read. They are kept in the folder %s.", damaged, d.out.dir))
	}
	if err := d.openCache(); err != nil {
		return err
	}
	err = d.loadView()
	if !errors.Is(err, readmodel.ErrCorrupt) {
		return err
	}
	var final finalError
	if err := d.cacheFailed(err); errors.As(err, &final) {
		return err
	}
	return nil
}

// loadView builds cards and what else is shown from the cache.
func (d *Desk) loadView() error {
	b, err := d.model.Beside(eventlog.Stream{}, noteOrg)
	if err == nil {
		if err := json.Unmarshal(b, &d.org); err != nil {
			d.log.Warn("cached organisation could not be read", "error", err)
		}
	}
	if b, err := d.model.Beside(eventlog.Stream{}, noteComplete); err == nil {
		if err := json.Unmarshal(b, &d.link.CompleteToMs); err != nil {
			d.log.Warn("cached time could not be read", "error", err)
		}
	}
	if err := d.loadBeside(); err != nil {
		return fmt.Errorf("read the cache: %w", err)
	}
	open, err := d.model.InPhase(conversation.Waiting, conversation.Alerting, conversation.Talking, conversation.Aside, conversation.AfterCall)
	if err != nil {
		return fmt.Errorf("read the cache: %w", err)
	}
	for _, conv := range open {
		d.refreshCard(conv)
	}
	return nil
}

// loadEarlier adds the cards of what is over, newest first, after the rest is
// on the screen: there may be thousands.
func (d *Desk) loadEarlier() {
	d.mu.Lock()
	over, err := d.model.InPhase(conversation.Done)
	d.mu.Unlock()
	if err != nil {
		d.log.Error("earlier interactions could not be read", "error", err)
		return
	}
	slices.Reverse(over) // IDs sort by time
	for part := range slices.Chunk(over, 64) {
		if d.ctx.Err() != nil {
			return
		}
		d.mu.Lock()
		for _, conv := range part {
			if d.cards[conv] == nil {
				d.refreshCard(conv)
			}
		}
		d.mu.Unlock()
	}
}

// Names of what the desk keeps beside the whole cache.
const (
	noteOrg      = "org"
	noteComplete = "complete"
)

// openCache opens the read model and sets a damaged one aside. d.mu is held or
// the desk is not shared yet.
func (d *Desk) openCache() error {
	dir := ""
	if d.dir != "" {
		dir = filepath.Join(d.dir, "cache")
	}
	m, err := readmodel.Open(dir, d.opt.Cache)
	if errors.Is(err, readmodel.ErrInUse) {
		return ErrInUse
	}
	if errors.Is(err, readmodel.ErrCorrupt) {
		d.log.Error("cache is damaged and set aside", "error", err)
		if err := d.setAside(dir); err != nil {
			return err
		}
		m, err = readmodel.Open(dir, d.opt.Cache)
	}
	if err != nil {
		return fmt.Errorf("open the cache: %w", err)
	}
	d.model = m
	return nil
}

// setAside renames a damaged cache and tells the agent. Earlier ones go.
func (d *Desk) setAside(dir string) error {
	old, err := filepath.Glob(dir + "-damaged-*")
	if err != nil {
		return fmt.Errorf("set the cache aside: %w", err)
	}
	for _, path := range old {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("set the cache aside: %w", err)
		}
	}
	aside := dir + "-damaged-" + d.now().Format("20060102-150405")
	if err := os.Rename(dir, aside); err != nil {
		return fmt.Errorf("set the cache aside: %w", err)
	}
	d.link.CacheNote = "The local cache was damaged. It was set aside as " + filepath.Base(aside) +
		" and is being rebuilt from the hub. Messages that wait to be sent are not affected."
	return nil
}

// Close ends the connection, stores what is cached and waits for everything
// the desk started. A second call does nothing.
func (d *Desk) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.done.Wait()
	return d.release()
}

func (d *Desk) release() error {
	d.cancel()
	var err error
	if d.model != nil {
		err = d.model.Close()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}
