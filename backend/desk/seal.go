package desk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errSealed: sealed bytes are damaged or of another key.
var errSealed = errors.New("sealed data cannot be opened")

// box seals what the desk keeps in files: AES-256-GCM under a key derived for
// one purpose, bound to the name it is kept by. A box is safe for concurrent use.
type box struct{ aead cipher.AEAD }

func newBox(key []byte, purpose string) (*box, error) {
	k, err := hkdf.Key(sha256.New, key, nil, "parley desk "+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive the key for %s: %w", purpose, err)
	}
	return &box{aead}, nil
}

func (b *box) seal(name string, plain []byte) []byte {
	nonce := make([]byte, b.aead.NonceSize(), b.aead.NonceSize()+len(plain)+b.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails
	return b.aead.Seal(nonce, nonce, plain, []byte(name))
}

func (b *box) open(name string, sealed []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	plain, err := b.aead.Open(nil, sealed[:n], sealed[n:], []byte(name))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// writeFile puts data at path whole or not at all. With durable it is on the
// disk when writeFile returns.
func writeFile(path string, data []byte, durable bool) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	_, err = f.Write(data)
	if err == nil && durable {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if durable {
		return syncDir(filepath.Dir(path))
	}
	return nil
}

// readSealed reads and opens what writeFile kept of a box.
func (b *box) readSealed(path string) ([]byte, error) {
	sealed, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return b.open(filepath.Base(path), sealed)
}

func (b *box) writeSealed(path string, plain []byte, durable bool) error {
	return writeFile(path, b.seal(filepath.Base(path), plain), durable)
}
