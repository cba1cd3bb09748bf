package vault

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// A blob file: two slots for its wrapped key, then sealed chunks. The slots
// take turns, so that a crash while one is written leaves the other.
//
//	slot:  generation (8), the blob's key wrapped by its bucket's key
//	chunk: up to 64 KiB of content and a tag; its number is its nonce, and the
//	       last one says so in its associated data, so that a cut tail is seen
const (
	blobChunk   = 64 << 10
	blobSlot    = 8 + wrappedSize
	blobHeader  = 2 * blobSlot
	blobBuckets = 256
)

// blobKeys are the keys of the buckets. Deleting a blob renews its bucket's
// key, after the bucket's other blobs are wrapped by the new one.
type blobKeys struct {
	Buckets map[int]bucketKeys `json:"buckets,omitempty"`
}

type bucketKeys struct {
	Generation uint64              `json:"generation"` // the newest
	Keys       map[uint64][32]byte `json:"keys"`       // by generation; two while one replaces the other
	Deleting   []id.Attachment     `json:"deleting,omitempty"`
}

func (b blobKeys) clone() blobKeys {
	c := blobKeys{Buckets: maps.Clone(b.Buckets)}
	for n, bucket := range c.Buckets {
		bucket.Keys = maps.Clone(bucket.Keys)
		bucket.Deleting = append([]id.Attachment(nil), bucket.Deleting...)
		c.Buckets[n] = bucket
	}
	return c
}

// Blobs keeps attachments as sealed files. It is safe for concurrent use.
type Blobs struct {
	dir  string
	v    *Vault
	room func(bytes int64) error

	locks [blobBuckets]sync.RWMutex // Delete against Put and Open, by bucket
}

// Blobs returns the vault's attachments in dir. room is asked before bytes are
// written whether the disk has room for them; a home of the log has such a
// method, and nil means that it always does. Deletions that were interrupted
// are finished.
func (v *Vault) Blobs(dir string, room func(bytes int64) error) (*Blobs, error) {
	if room == nil {
		room = func(int64) error { return nil }
	}
	b := &Blobs{dir: dir, v: v, room: room}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	v.mu.RLock()
	keys := v.keys.clone().Blobs
	v.mu.RUnlock()
	for n, bucket := range keys.Buckets {
		if len(bucket.Deleting) == 0 {
			continue
		}
		if err := b.finishDelete(n); err != nil {
			return nil, fmt.Errorf("finish an interrupted deletion: %w", err)
		}
	}
	return b, nil
}

func bucketOf(a id.Attachment) int {
	h := sha256.Sum256([]byte(a))
	return int(h[0])
}

func (b *Blobs) bucketDir(n int) string { return filepath.Join(b.dir, strconv.Itoa(n)) }

// path names a blob's file by a hash, since an ID may come from outside.
func (b *Blobs) path(a id.Attachment) string {
	return filepath.Join(b.bucketDir(bucketOf(a)), fileName(a))
}

// Put stores what r yields and returns its length in bytes. When it returns nil
// the file is synced, so that a commit may refer to it; otherwise nothing of it
// remains. An ID in use is refused.
func (b *Blobs) Put(ctx context.Context, a id.Attachment, r io.Reader) (size int64, err error) {
	if err := b.room(blobChunk); err != nil {
		return 0, fmt.Errorf("store attachment %s: %w", a, err)
	}
	n := bucketOf(a)
	b.locks[n].RLock()
	defer b.locks[n].RUnlock()
	generation, kek, err := b.bucketKey(n)
	if err != nil {
		return 0, fmt.Errorf("store attachment %s: %w", a, err)
	}
	if err := os.MkdirAll(b.bucketDir(n), 0o700); err != nil {
		return 0, fmt.Errorf("store attachment %s: %w", a, err)
	}
	path := b.path(a)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("store attachment %s: %w", a, err)
	}
	size, err = b.write(ctx, f, a, generation, kek, r)
	if err = errors.Join(err, f.Close()); err == nil {
		err = errors.Join(syncDir(b.bucketDir(n)), syncDir(b.dir))
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("store attachment %s: %w", a, err), os.Remove(path))
	}
	return size, nil
}

func (b *Blobs) write(ctx context.Context, f *os.File, a id.Attachment, generation uint64, kek cipher.AEAD, r io.Reader) (size int64, err error) {
	var key [32]byte
	rand.Read(key[:])
	header := make([]byte, blobHeader)
	copy(header[slotOf(generation):], wrapFile(generation, kek, key, fileName(a)))
	if _, err := f.Write(header); err != nil {
		return 0, err
	}
	aead := newAEAD(key)
	plain, next := make([]byte, blobChunk), make([]byte, blobChunk)
	n, err := io.ReadFull(r, plain)
	for number := uint64(0); ; number++ {
		if ended(err) {
			_, err = f.Write(sealChunk(aead, number, true, plain[:n]))
			return size + int64(n), errors.Join(err, f.Sync())
		} else if err != nil {
			return 0, err
		}
		if err := errors.Join(ctx.Err(), b.room(blobChunk)); err != nil {
			return 0, err
		}
		more, nextErr := io.ReadFull(r, next)
		last := ended(nextErr) && more == 0
		if _, err := f.Write(sealChunk(aead, number, last, plain[:n])); err != nil {
			return 0, err
		}
		size += int64(n)
		if last {
			return size, f.Sync()
		}
		plain, next, n, err = next, plain, more, nextErr
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func chunkNonce(number uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, nonceSize), number)
}

func sealChunk(aead cipher.AEAD, number uint64, last bool, plain []byte) []byte {
	return aead.Seal(nil, chunkNonce(number), plain, chunkData(last))
}

func chunkData(last bool) []byte {
	if last {
		return []byte{1}
	}
	return []byte{0}
}

func slotOf(generation uint64) int64 { return int64(generation%2) * blobSlot }

// Open returns a blob's content, to be closed by the caller. A read past damage
// returns ErrTampered. eventlog.ErrNotFound if there is no such blob.
func (b *Blobs) Open(a id.Attachment) (io.ReadSeekCloser, error) {
	n := bucketOf(a)
	b.locks[n].RLock()
	defer b.locks[n].RUnlock()
	f, err := os.Open(b.path(a))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open attachment %s: %w", a, eventlog.ErrNotFound)
	} else if err != nil {
		return nil, fmt.Errorf("open attachment %s: %w", a, err)
	}
	key, err := b.fileKey(n, f, fileName(a))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open attachment %s: %w", a, err), f.Close())
	}
	r, err := newBlobReader(f, key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open attachment %s: %w", a, err), f.Close())
	}
	return r, nil
}
