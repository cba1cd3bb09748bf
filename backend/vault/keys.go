package vault

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// keysFile is the content of the keys file. A value is never changed in place:
// a changed clone is saved, then used.
type keysFile struct {
	Version int                 `json:"version"`
	Next    uint64              `json:"next"` // first epoch that was never made
	Epochs  map[uint64][32]byte `json:"epochs"`
	Pending pendingErase        `json:"pending"`
	Blobs   blobKeys            `json:"blobs"`

	path   string
	master [32]byte
}

// pendingErase is an erasure that has begun.
type pendingErase struct {
	Keys   []string `json:"keys,omitempty"`
	Epochs []uint64 `json:"epochs,omitempty"`
}

func (p pendingErase) has(epoch uint64) bool { return slices.Contains(p.Epochs, epoch) }

const keysVersion = 1

// keysSeal binds the file to its purpose.
var keysSeal = []byte("parley keys file")

func openKeys(path string, master [32]byte) (*keysFile, error) {
	k := &keysFile{path: path, master: master}
	sealed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		k.Version, k.Next, k.Epochs = keysVersion, 1, make(map[uint64][32]byte)
		return k, k.save()
	} else if err != nil {
		return nil, fmt.Errorf("open the keys file: %w", err)
	}
	if len(sealed) < nonceSize {
		return nil, fmt.Errorf("open %s: %w", path, ErrMasterKey)
	}
	plain, err := newAEAD(master).Open(nil, sealed[:nonceSize], sealed[nonceSize:], keysSeal)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, ErrMasterKey)
	}
	if err := json.Unmarshal(plain, k); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if k.Version != keysVersion {
		return nil, fmt.Errorf("open %s: it has version %d, this program reads %d", path, k.Version, keysVersion)
	}
	if k.Epochs == nil {
		k.Epochs = make(map[uint64][32]byte)
	}
	return k, nil
}

func (k *keysFile) clone() *keysFile {
	c := *k
	c.Epochs = maps.Clone(k.Epochs)
	c.Pending.Keys = slices.Clone(k.Pending.Keys)
	c.Pending.Epochs = slices.Clone(k.Pending.Epochs)
	c.Blobs = k.Blobs.clone()
	return &c
}

// last is the youngest epoch that may still be used, or 0.
func (k *keysFile) last() uint64 {
	last := uint64(0)
	for epoch := range k.Epochs {
		last = max(last, epoch)
	}
	return last
}

func (k *keysFile) save() error {
	plain, err := json.Marshal(k)
	if err != nil {
		return err
	}
	nonce := make([]byte, nonceSize, nonceSize+len(plain)+tagSize)
	rand.Read(nonce)
	return replaceFile(k.path, newAEAD(k.master).Seal(nonce, nonce, plain, keysSeal))
}

// replaceFile puts data in path's place, synced, and wipes what was there: a
// dropped key must not survive in the blocks of a deleted file.
func replaceFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if old != nil {
		defer old.Close()
	}
	fresh := path + ".new"
	if err := writeSynced(fresh, data); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if old == nil {
		return nil
	}
	return wipe(old)
}

func writeSynced(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// wipe overwrites a file with zeros. On media that write elsewhere, such as
// flash, the old bytes may survive; they are sealed with the master key.
func wipe(f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, size), 0); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(d.Sync()), d.Close())
}

// MasterKey reads the 32 bytes in path, or makes them if there is no such file,
// readable by the owner only.
func MasterKey(path string) (key [32]byte, err error) {
	have, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		rand.Read(key[:])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return key, fmt.Errorf("make the master key: %w", err)
		}
		if err := writeSynced(path, key[:]); err != nil {
			return key, fmt.Errorf("make the master key: %w", err)
		}
		return key, syncDir(filepath.Dir(path))
	case err != nil:
		return key, fmt.Errorf("read the master key: %w", err)
	case len(have) != len(key):
		return key, fmt.Errorf("read the master key: %s holds %d bytes, want %d", path, len(have), len(key))
	}
	return [32]byte(have), nil
}
