package keep

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"

	"parley/app/atomicfile"
)

// ShortestPassphrase is in characters.
const ShortestPassphrase = 8

var (
	// ErrShort: the passphrase has fewer than ShortestPassphrase characters.
	ErrShort = fmt.Errorf("the passphrase needs at least %d characters", ShortestPassphrase)
	// ErrPassphrase: it is not the passphrase that the file was sealed with.
	ErrPassphrase = errors.New("that is not the passphrase")
)

// Cost of deriving a key, after RFC 9106's second choice: 64 MiB, three passes.
const (
	passes  = 3
	kib     = 64 << 10
	threads = 4
)

// Limits of what a file may ask for: a foreign file must not stop the desk.
const (
	mostPasses = 8
	mostKiB    = 256 << 10
	mostBytes  = 64 << 10
)

// sealed is the file's content.
type sealed struct {
	Version int    `json:"version"`
	Passes  uint32 `json:"passes"`
	KiB     uint32 `json:"kib"`
	Threads uint8  `json:"threads"`
	Salt    []byte `json:"salt"`
	Nonce   []byte `json:"nonce"`
	Box     []byte `json:"box"` // XChaCha20-Poly1305 of the secret's JSON
}

func (s sealed) key(passphrase string) []byte {
	return argon2.IDKey([]byte(passphrase), s.Salt, s.Passes, s.KiB, s.Threads, chacha20poly1305.KeySize)
}

// Seal writes the secret to a file that only passphrase opens, readable by its
// owner alone. It takes about a tenth of a second.
func Seal(path, passphrase string, secret Secret) error {
	if utf8.RuneCountInString(passphrase) < ShortestPassphrase {
		return ErrShort
	}
	plain, err := json.Marshal(secret)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	f := sealed{
		Version: 1, Passes: passes, KiB: kib, Threads: threads,
		Salt: make([]byte, 16), Nonce: make([]byte, chacha20poly1305.NonceSizeX),
	}
	_, _ = rand.Read(f.Salt) // never fails
	_, _ = rand.Read(f.Nonce)
	box, err := chacha20poly1305.NewX(f.key(passphrase))
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	f.Box = box.Seal(nil, f.Nonce, plain, nil)
	raw, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return atomicfile.Write(path, raw, 0o600)
}

// Open returns the secret in the file, ErrNone where there is no file,
// ErrPassphrase or ErrDamaged.
func Open(path, passphrase string) (Secret, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Secret{}, ErrNone
	}
	if err != nil {
		return Secret{}, fmt.Errorf("open what is kept: %w", err)
	}
	return unseal(raw, passphrase)
}

func unseal(raw []byte, passphrase string) (Secret, error) {
	var f sealed
	if len(raw) > mostBytes || json.Unmarshal(raw, &f) != nil || !f.sane() {
		return Secret{}, ErrDamaged
	}
	box, err := chacha20poly1305.NewX(f.key(passphrase))
	if err != nil {
		return Secret{}, fmt.Errorf("open what is kept: %w", err)
	}
	plain, err := box.Open(nil, f.Nonce, f.Box, nil)
	if err != nil {
		return Secret{}, ErrPassphrase
	}
	return decode(plain)
}

func (s sealed) sane() bool {
	return s.Version == 1 && len(s.Salt) == 16 && len(s.Nonce) == chacha20poly1305.NonceSizeX &&
		s.Passes >= 1 && s.Passes <= mostPasses && s.KiB >= 8<<10 && s.KiB <= mostKiB && s.Threads >= 1
}
