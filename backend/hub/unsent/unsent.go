// Package unsent keeps account of uploads that are in no message yet, so that
// those which never get into one do not lie on the hub's disk for good. A mark is
// on disk before its file is, and goes after it: whatever a crash interrupts is
// found by the next sweep.
package unsent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/backend/eventlog"
	"parley/backend/hub/auth"
	"parley/backend/id"
)

// Files keeps the bytes of attachments; the vault's blobs do.
type Files interface {
	Put(context.Context, id.Attachment, io.Reader) (size int64, err error)
	Open(id.Attachment) (io.ReadSeekCloser, error)
	Delete(id.Attachment) error
}

// Upload is a file that somebody uploads: an agent, or a guest.
type Upload struct {
	File id.Attachment `json:"file"`
	// Beside are files that are kept and removed with it.
	Beside []id.Attachment `json:"beside,omitempty"`
	Agent  id.Agent        `json:"agent,omitempty"`
	Guest  id.Guest        `json:"guest,omitempty"`
	AtMs   int64           `json:"atMs"` // when; set by Put
}

// Register is Files that accounts for uploads. All methods are safe for
// concurrent use.
type Register struct {
	dir   string
	files Files
	now   func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	putting map[id.Attachment]bool
	held    map[id.Attachment]int  // by messages that are being sent
	going   map[id.Attachment]bool // looked at by a sweep
}

// Open keeps account in dir, which is made if there is none.
func Open(dir string, files Files, now func() time.Time, log *slog.Logger) (*Register, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the account of uploads: %w", err)
	}
	return &Register{
		dir: dir, files: files, now: now, log: log,
		putting: map[id.Attachment]bool{}, held: map[id.Attachment]int{}, going: map[id.Attachment]bool{},
	}, nil
}

// markPath names a mark by a hash, as an ID may come from outside.
func (r *Register) markPath(a id.Attachment) string {
	sum := sha256.Sum256([]byte(a))
	return filepath.Join(r.dir, hex.EncodeToString(sum[:16]))
}

// Put stores an upload as Files do, and accounts for it until Sent or Delete.
// What lies beside it is put with PutBeside.
func (r *Register) Put(ctx context.Context, u Upload, content io.Reader) (int64, error) {
	done, err := r.reserve(u.File)
	if err != nil {
		return 0, err
	}
	defer done()
	u.AtMs = r.now().UnixMilli()
	mark, err := json.Marshal(u)
	if err == nil {
		err = auth.WriteFile(r.markPath(u.File), mark)
	}
	if err != nil {
		return 0, fmt.Errorf("account for upload %s: %w", u.File, err)
	}
	size, err := r.files.Put(ctx, u.File, content)
	if err != nil {
		r.forget(u.File)
	}
	return size, err
}

// reserve refuses an ID in use before it is marked: with another's mark a file
// that is in a message could be removed.
func (r *Register) reserve(a id.Attachment) (done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.putting[a] {
		return nil, fmt.Errorf("store upload %s: %w", a, fs.ErrExist)
	}
	f, err := r.files.Open(a)
	if err == nil {
		err = errors.Join(fs.ErrExist, f.Close())
	}
	if !errors.Is(err, eventlog.ErrNotFound) {
		return nil, fmt.Errorf("store upload %s: %w", a, err)
	}
	r.putting[a] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.putting, a)
	}, nil
}

// PutBeside stores a file that an upload has named as beside it.
func (r *Register) PutBeside(ctx context.Context, a id.Attachment, content io.Reader) (int64, error) {
	return r.files.Put(ctx, a, content)
}

// Open opens a file as Files do.
func (r *Register) Open(a id.Attachment) (io.ReadSeekCloser, error) { return r.files.Open(a) }

// Delete deletes an upload as Files do.
func (r *Register) Delete(a id.Attachment) error {
	if err := r.files.Delete(a); err != nil {
		return err
	}
	r.forget(a)
	return nil
}

// Sent says that a message that is in the log carries these uploads.
func (r *Register) Sent(uploads ...id.Attachment) {
	for _, a := range uploads {
		r.forget(a)
	}
}

// forget removes a mark. One that stays is looked at by the next sweep.
func (r *Register) forget(a id.Attachment) {
	if err := os.Remove(r.markPath(a)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.log.Error("a mark of an upload was not removed", "file", a, "error", err)
	}
}

// Hold keeps sweeps from uploads that a message is taking, until release is
// called. eventlog.ErrNotFound if a sweep is removing one of them.
func (r *Register) Hold(uploads ...id.Attachment) (release func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range uploads {
		if r.going[a] {
			return nil, fmt.Errorf("hold upload %s: %w", a, eventlog.ErrNotFound)
		}
	}
	for _, a := range uploads {
		r.held[a]++
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, a := range uploads {
			if r.held[a]--; r.held[a] <= 0 {
				delete(r.held, a)
			}
		}
	}, nil
}

// Sweep removes the uploads of before that are in no message, as sent tells, and
// returns how many. What fails is told and tried by the next sweep.
func (r *Register) Sweep(ctx context.Context, before time.Time, sent func(context.Context, Upload) (bool, error)) (removed int, err error) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return 0, fmt.Errorf("sweep uploads: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return removed, errors.Join(err, ctx.Err())
		}
		gone, failed := r.look(ctx, filepath.Join(r.dir, e.Name()), before, sent)
		if gone {
			removed++
		}
		err = errors.Join(err, failed)
	}
	return removed, err
}

// look decides about one mark.
func (r *Register) look(ctx context.Context, path string, before time.Time, sent func(context.Context, Upload) (bool, error)) (removed bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // sent meanwhile
	}
	var u Upload
	if err == nil {
		err = json.Unmarshal(raw, &u)
	}
	if err != nil {
		return false, r.unreadable(path, before, err)
	}
	if !time.UnixMilli(u.AtMs).Before(before) || !r.begin(u.File) {
		return false, nil
	}
	defer r.end(u.File)
	in, err := sent(ctx, u)
	if err != nil {
		return false, fmt.Errorf("look for upload %s in messages: %w", u.File, err)
	}
	if !in {
		for _, a := range append(u.Beside, u.File) {
			if err := r.files.Delete(a); err != nil {
				return false, fmt.Errorf("remove upload %s: %w", u.File, err)
			}
		}
	}
	r.forget(u.File)
	return !in, nil
}

// unreadable removes what is left of a mark that was being written when the hub
// died: its file was never stored.
func (r *Register) unreadable(path string, before time.Time, cause error) error {
	info, err := os.Stat(path)
	if err != nil || !info.ModTime().Before(before) {
		return nil
	}
	r.log.Warn("the mark of an upload cannot be read and is removed", "mark", filepath.Base(path), "error", cause)
	return os.Remove(path)
}

// begin says whether a sweep may look at an upload.
func (r *Register) begin(a id.Attachment) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[a] > 0 {
		return false
	}
	r.going[a] = true
	return true
}

func (r *Register) end(a id.Attachment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.going, a)
}
