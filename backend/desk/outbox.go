package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"parley/backend/id"
	"parley/backend/internal/diskspace"
	"parley/backend/protocol"
)

// entry is one command that the hub has not answered for good.
type entry struct {
	Seq     uint64            `json:"seq"` // order of making
	Command protocol.Command  `json:"command"`
	Files   []Staged          `json:"files,omitempty"`  // still to be uploaded
	Failed  *protocol.Problem `json:"failed,omitempty"` // refused; waits for the agent

	tried    bool // may have reached the hub, so it cannot be withdrawn
	durable  bool // lies in the outbox
	inflight bool // written to the socket and not answered
	busy     bool // its files are being uploaded
	acked    *protocol.Ack
	acks     int // Completes since the Ack
	retryAt  time.Time
	tries    int
}

// Staged is a file that the agent chose and that has not reached the hub.
type Staged struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	MIME   string `json:"mime"`
	Size   int64  `json:"size"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// outbox keeps entries and staged files: one sealed file each, so that damage
// to one leaves the others alone. With dir "" it keeps them in memory. It is
// safe for concurrent use.
type outbox struct {
	dir string
	box *box

	mu     sync.Mutex
	staged map[string][]byte // of an outbox in memory
}

const (
	endWaiting = ".command" // not tried
	endTried   = ".tried"   // may have reached the hub
	endStaged  = ".file"
	endDamaged = ".damaged"
)

func openOutbox(dir string, b *box) (*outbox, error) {
	o := &outbox{dir: dir, box: b, staged: map[string][]byte{}}
	if dir == "" {
		return o, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the outbox: %w", err)
	}
	return o, nil
}

// load reads all entries in order, and how many could not be read. Those are
// set aside, not deleted.
func (o *outbox) load() (entries []*entry, damaged int, err error) {
	if o.dir == "" {
		return nil, 0, nil
	}
	list, err := os.ReadDir(o.dir)
	if err != nil {
		return nil, 0, fmt.Errorf("read the outbox: %w", err)
	}
	for _, f := range list {
		end := filepath.Ext(f.Name())
		if end != endWaiting && end != endTried {
			continue
		}
		e, err := o.read(f.Name())
		if err != nil {
			damaged++
			path := filepath.Join(o.dir, f.Name())
			if err := os.Rename(path, path+endDamaged); err != nil {
				return nil, 0, fmt.Errorf("set a damaged command aside: %w", err)
			}
			continue
		}
		e.tried, e.durable = end == endTried, true
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *entry) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return entries, damaged, nil
}

func (o *outbox) read(file string) (*entry, error) {
	sealed, err := os.ReadFile(filepath.Join(o.dir, file))
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(file, filepath.Ext(file))
	plain, err := o.box.open(name, sealed)
	if err != nil {
		return nil, err
	}
	e := &entry{}
	if err := json.Unmarshal(plain, e); err != nil {
		return nil, err
	}
	if seq, err := strconv.ParseUint(name, 16, 64); err != nil || seq != e.Seq {
		return nil, errSealed
	}
	return e, nil
}

func (o *outbox) path(e *entry) string {
	end := endWaiting
	if e.tried {
		end = endTried
	}
	return filepath.Join(o.dir, entryName(e)+end)
}

func entryName(e *entry) string { return fmt.Sprintf("%016x", e.Seq) }

// put makes an entry durable, or its change.
func (o *outbox) put(e *entry) error {
	if o.dir == "" {
		return nil
	}
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep a command: %w", err)
	}
	err = o.room(int64(len(plain)))
	if err == nil {
		err = fullInWords(writeFile(o.path(e), o.box.seal(entryName(e), plain), true))
	}
	if errors.Is(err, ErrFull) {
		return err
	}
	if err != nil {
		return fmt.Errorf("keep a command: %w", err)
	}
	e.durable = true
	return nil
}

// outboxReserve is how many bytes of the disk the outbox leaves free. It is
// less than the cache's, so that a reply can still be kept when the cache stops.
const outboxReserve = 16 << 20

func (o *outbox) room(n int64) error {
	return fullInWords(diskspace.Room(o.dir, n, outboxReserve))
}

// fullInWords makes ErrFull of a disk that is almost or quite full.
func fullInWords(err error) error {
	if errors.Is(err, diskspace.ErrFull) || errors.Is(err, syscall.ENOSPC) {
		return ErrFull
	}
	return err
}

// markTried notes that an entry may reach the hub from now on. It outlives the
// process, and the machine if that is given a moment; a sync here would delay
// every message for the sake of withdrawing one after a power cut.
func (o *outbox) markTried(e *entry) error {
	if e.tried {
		return nil
	}
	old := o.path(e)
	e.tried = true
	if o.dir == "" || !e.durable {
		return nil
	}
	if err := os.Rename(old, o.path(e)); err != nil {
		e.tried = false
		return fmt.Errorf("mark a command as tried: %w", err)
	}
	return nil
}

// remove forgets an entry and its staged files.
func (o *outbox) remove(e *entry) error {
	var err error
	for _, f := range e.Files {
		err = errors.Join(err, o.unstage(f.ID))
	}
	if o.dir == "" || !e.durable {
		return err
	}
	if e := os.Remove(o.path(e)); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("forget a command: %w", e))
	}
	return err
}

// stage keeps a file's bytes until the hub has them.
func (o *outbox) stage(data []byte) (string, error) {
	name := id.New()
	if o.dir == "" {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.staged[name] = data
		return name, nil
	}
	err := o.room(int64(len(data)))
	if err == nil {
		err = fullInWords(o.box.writeSealed(filepath.Join(o.dir, name+endStaged), data, true))
	}
	if errors.Is(err, ErrFull) {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	return name, nil
}

// stagedName tells names of stage from foreign ones.
func stagedName(name string) bool {
	return len(name) == 32 && strings.Trim(name, "0123456789abcdef") == ""
}

func (o *outbox) readStaged(name string) ([]byte, error) {
	if !stagedName(name) {
		return nil, ErrNoFile
	}
	if o.dir == "" {
		o.mu.Lock()
		defer o.mu.Unlock()
		data, ok := o.staged[name]
		if !ok {
			return nil, ErrNoFile
		}
		return data, nil
	}
	data, err := o.box.readSealed(filepath.Join(o.dir, name+endStaged))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoFile
	}
	return data, err
}

func (o *outbox) unstage(name string) error {
	if !stagedName(name) {
		return nil
	}
	if o.dir == "" {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.staged, name)
		return nil
	}
	err := os.Remove(filepath.Join(o.dir, name+endStaged))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget a file: %w", err)
	}
	return nil
}

// sweep forgets staged files that nothing refers to and that are older than
// before: drafts that were thrown away while the desk was not running.
func (o *outbox) sweep(entries []*entry, before time.Time) error {
	if o.dir == "" {
		return nil
	}
	used := map[string]bool{}
	for _, e := range entries {
		for _, f := range e.Files {
			used[f.ID] = true
		}
	}
	list, err := os.ReadDir(o.dir)
	if err != nil {
		return fmt.Errorf("sweep the outbox: %w", err)
	}
	for _, f := range list {
		name, staged := strings.CutSuffix(f.Name(), endStaged)
		info, e := f.Info()
		if !staged || used[name] || e != nil || !info.ModTime().Before(before) {
			continue
		}
		err = errors.Join(err, o.unstage(name))
	}
	return err
}
