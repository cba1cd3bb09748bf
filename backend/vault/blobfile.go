package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"parley/backend/id"
)

// fileName is what a blob's wrapped key is bound to.
func fileName(a id.Attachment) string {
	h := sha256.Sum256([]byte(a))
	return fmt.Sprintf("%x", h[:16])
}

func wrapFile(generation uint64, kek cipher.AEAD, key [32]byte, name string) []byte {
	slot := binary.BigEndian.AppendUint64(nil, generation)
	var nonce [nonceSize]byte
	rand.Read(nonce[:])
	slot = append(slot, nonce[:]...)
	return kek.Seal(slot, nonce[:], key[:], []byte(name))
}

// bucketKey returns a bucket's newest key, made if there is none.
func (b *Blobs) bucketKey(n int) (uint64, cipher.AEAD, error) {
	b.v.mu.Lock()
	defer b.v.mu.Unlock()
	bucket, ok := b.v.keys.Blobs.Buckets[n]
	if !ok {
		changed := b.v.keys.clone()
		changed.renew(n)
		if err := b.v.replaceKeys(changed); err != nil {
			return 0, nil, err
		}
		bucket = changed.Blobs.Buckets[n]
	}
	return bucket.Generation, newAEAD(bucket.Keys[bucket.Generation]), nil
}

// renew gives a bucket a new key beside the one it has.
func (k *keysFile) renew(n int) {
	if k.Blobs.Buckets == nil {
		k.Blobs.Buckets = make(map[int]bucketKeys)
	}
	bucket := k.Blobs.Buckets[n]
	if bucket.Keys == nil {
		bucket.Keys = make(map[uint64][32]byte)
	}
	var key [32]byte
	rand.Read(key[:])
	bucket.Generation++
	bucket.Keys[bucket.Generation] = key
	k.Blobs.Buckets[n] = bucket
}

// fileKey unwraps a blob's key by whichever of its slots the bucket can open.
func (b *Blobs) fileKey(n int, f io.ReaderAt, name string) (key [32]byte, err error) {
	var header [blobHeader]byte
	if _, err := f.ReadAt(header[:], 0); err != nil {
		return key, ErrTampered
	}
	b.v.mu.RLock()
	keys := b.v.keys.Blobs.Buckets[n].Keys
	b.v.mu.RUnlock()
	known := false
	for slot := header[:]; len(slot) > 0; slot = slot[blobSlot:] {
		kek, ok := keys[binary.BigEndian.Uint64(slot)]
		if !ok {
			continue
		}
		known = true
		wrapped := slot[8:blobSlot]
		if _, err := newAEAD(kek).Open(key[:0], wrapped[:nonceSize], wrapped[nonceSize:], []byte(name)); err == nil {
			return key, nil
		}
	}
	if known {
		return key, ErrTampered
	}
	return key, ErrErased
}

// Delete makes a blob unreadable for ever. The other blobs of its bucket get
// their keys wrapped anew, some tens of milliseconds for some hundred of them.
// An unknown ID is ignored. Once begun it survives a crash.
func (b *Blobs) Delete(a id.Attachment) error {
	n := bucketOf(a)
	b.locks[n].Lock()
	defer b.locks[n].Unlock()
	if _, err := os.Stat(b.path(a)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	b.v.mu.Lock()
	changed := b.v.keys.clone()
	bucket := changed.Blobs.Buckets[n]
	if len(bucket.Deleting) == 0 {
		changed.renew(n)
		bucket = changed.Blobs.Buckets[n]
	}
	bucket.Deleting = append(bucket.Deleting, a)
	changed.Blobs.Buckets[n] = bucket
	err := b.v.replaceKeys(changed)
	b.v.mu.Unlock()
	if err == nil {
		err = b.finishDelete(n)
	}
	if err != nil {
		return fmt.Errorf("delete attachment %s: %w", a, err)
	}
	return nil
}

// finishDelete does what the keys file says is to be deleted in a bucket.
func (b *Blobs) finishDelete(n int) error {
	b.v.mu.RLock()
	bucket := b.v.keys.clone().Blobs.Buckets[n]
	b.v.mu.RUnlock()
	for _, a := range bucket.Deleting {
		if err := removeWiped(b.path(a)); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(b.bucketDir(n))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if err := b.rewrapFile(n, f.Name(), bucket); err != nil {
			return err
		}
	}
	b.v.mu.Lock()
	defer b.v.mu.Unlock()
	changed := b.v.keys.clone()
	bucket = changed.Blobs.Buckets[n]
	for generation := range bucket.Keys {
		if generation != bucket.Generation {
			delete(bucket.Keys, generation)
		}
	}
	bucket.Deleting = nil
	changed.Blobs.Buckets[n] = bucket
	return b.v.replaceKeys(changed)
}

// rewrapFile wraps one blob's key by the bucket's newest key. A file that was
// cut off while it was put opens with no key and goes.
func (b *Blobs) rewrapFile(n int, name string, bucket bucketKeys) error {
	path := filepath.Join(b.bucketDir(n), name)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	key, err := b.fileKey(n, f, name)
	if errors.Is(err, ErrTampered) || errors.Is(err, ErrErased) {
		return nil // unreadable before, unreadable after
	} else if err != nil {
		return err
	}
	slot := wrapFile(bucket.Generation, newAEAD(bucket.Keys[bucket.Generation]), key, name)
	if _, err := f.WriteAt(slot, slotOf(bucket.Generation)); err != nil {
		return err
	}
	return f.Sync()
}

func removeWiped(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, blobHeader), 0)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// blobReader reads the chunks of one blob.
type blobReader struct {
	f      *os.File
	aead   cipher.AEAD
	chunks int64
	size   int64
	at     int64

	plain  []byte // of chunk number
	number int64
}

func newBlobReader(f *os.File, key [32]byte) (*blobReader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	sealed := info.Size() - blobHeader
	if sealed < tagSize {
		return nil, ErrTampered
	}
	chunks := (sealed + blobChunk + tagSize - 1) / (blobChunk + tagSize)
	r := &blobReader{f: f, aead: newAEAD(key), chunks: chunks, size: sealed - chunks*tagSize, number: -1}
	// The last chunk proves the length, so that a cut tail is seen at once.
	return r, r.load(chunks - 1)
}

// load decrypts one chunk.
func (r *blobReader) load(number int64) error {
	if r.number == number {
		return nil
	}
	buf := make([]byte, blobChunk+tagSize)
	n, err := r.f.ReadAt(buf, blobHeader+number*(blobChunk+tagSize))
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	plain, err := r.aead.Open(buf[:0], chunkNonce(uint64(number)), buf[:n], chunkData(number == r.chunks-1))
	if err != nil {
		r.number = -1
		return ErrTampered
	}
	r.plain, r.number = slices.Clip(plain), number
	return nil
}

// Read implements io.Reader.
func (r *blobReader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if err := r.load(r.at / blobChunk); err != nil {
		return 0, err
	}
	n := copy(p, r.plain[r.at%blobChunk:])
	r.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (r *blobReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, fmt.Errorf("seek to %d: %w", offset, fs.ErrInvalid)
	}
	r.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *blobReader) Close() error { return r.f.Close() }
