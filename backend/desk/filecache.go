package desk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"parley/backend/id"
	"parley/backend/internal/diskspace"
)

// fileCache keeps fetched files sealed on disk, the most recently used of them,
// up to limit bytes. Without a directory it keeps nothing.
type fileCache struct {
	dir   string
	box   *box
	limit int64

	mu sync.Mutex
}

// path names a file by a hash, as its ID is the hub's and no file name.
func (c *fileCache) path(f id.Attachment) string {
	h := sha256.Sum256([]byte(f))
	return filepath.Join(c.dir, hex.EncodeToString(h[:16]))
}

func (c *fileCache) has(f id.Attachment) bool {
	if c.dir == "" {
		return false
	}
	_, err := os.Stat(c.path(f))
	return err == nil
}

// get returns a file or ErrNoFile. A damaged one is deleted.
func (c *fileCache) get(f id.Attachment) ([]byte, error) {
	if c.dir == "" {
		return nil, ErrNoFile
	}
	path := c.path(f)
	data, err := c.box.readSealed(path)
	if errors.Is(err, errSealed) {
		return nil, errors.Join(ErrNoFile, os.Remove(path))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoFile
	}
	if err == nil {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // only the order of eviction depends on it
	}
	return data, err
}

func (c *fileCache) put(f id.Attachment, data []byte) error {
	if c.dir == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	if err := diskspace.Room(c.dir, int64(len(data)), 0); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	if err := c.box.writeSealed(c.path(f), data, false); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return c.evict()
}

// evict deletes the files used longest ago until the rest fits.
func (c *fileCache) evict() error {
	list, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("list kept files: %w", err)
	}
	var infos []fs.FileInfo
	var total int64
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			continue
		}
		infos = append(infos, info)
		total += info.Size()
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return cmp.Compare(a.ModTime().UnixNano(), b.ModTime().UnixNano()) })
	for _, info := range infos {
		if total <= c.limit {
			break
		}
		if err := os.Remove(filepath.Join(c.dir, info.Name())); err != nil {
			return fmt.Errorf("forget a file: %w", err)
		}
		total -= info.Size()
	}
	return nil
}

func (c *fileCache) remove(f id.Attachment) error {
	if c.dir == "" {
		return nil
	}
	err := os.Remove(c.path(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// File returns the bytes of an attachment, fetched from the hub if they are not
// on this machine. ErrNoFile, ErrTooBig, or why the hub cannot be reached.
func (d *Desk) File(ctx context.Context, f id.Attachment) ([]byte, error) {
	data, err := d.file.get(f)
	if err == nil || !errors.Is(err, ErrNoFile) {
		return data, err
	}
	data, err = d.opt.Client.download(ctx, d.opt.Token, f)
	if err != nil {
		return nil, fmt.Errorf("fetch a file: %w", err)
	}
	if err := d.file.put(f, data); err != nil {
		d.log.Warn("a fetched file is not kept", "error", err)
	}
	return data, nil
}

// Stage keeps a file that the agent chose until it is sent or thrown away, over
// a restart too. Files of more than MaxFile bytes give ErrTooBig.
func (d *Desk) Stage(name, mime string, data []byte) (Staged, error) {
	if len(data) > MaxFile {
		return Staged{}, ErrTooBig
	}
	f, err := d.out.stage(data)
	if err != nil {
		return Staged{}, err
	}
	return Staged{ID: f, Name: filepath.Base(name), MIME: mime, Size: int64(len(data))}, nil
}

// Unstage throws a staged file away.
func (d *Desk) Unstage(staged string) error { return d.out.unstage(staged) }

// StagedFile returns the bytes of a staged file.
func (d *Desk) StagedFile(staged string) ([]byte, error) { return d.out.readStaged(staged) }
