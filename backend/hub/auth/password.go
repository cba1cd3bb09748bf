package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The measures of new hashes, after RFC 9106 and OWASP's password storage cheat
// sheet for argon2id: 19 MiB, two passes, one lane.
const (
	memoryKiB = 19 << 10
	passes    = 2
	lanes     = 1
	keySize   = 32
	saltSize  = 16
)

// The most that a stored hash may ask for, so that a hostile file cannot take
// all memory.
const (
	maxMemoryKiB = 1 << 20
	maxPasses    = 16
)

// ErrHash: not an argon2id hash that this program reads.
var ErrHash = errors.New("not an argon2id hash")

// Hash returns the argon2id hash of a password with a random salt, in the usual
// form: $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH.
func Hash(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keySize)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// Verify tells whether a password has this hash, in a time that does not depend
// on how much of it is right. ErrHash if the hash cannot be read.
func Verify(hash, password string) (bool, error) {
	var (
		version     int
		memory      uint32
		time, lanes uint32
	)
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, ErrHash
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, ErrHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &lanes); err != nil {
		return false, ErrHash
	}
	if memory < 8 || memory > maxMemoryKiB || time < 1 || time > maxPasses || lanes < 1 || lanes > 255 {
		return false, ErrHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 {
		return false, ErrHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 128 {
		return false, ErrHash
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, uint8(lanes), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// minPassword is the least that a password has, in bytes.
const minPassword = 10

// Acceptable says why a password may not be used, in a sentence.
func Acceptable(password string) error {
	if len(password) < minPassword || len(password) > 1024 {
		return fmt.Errorf("a password has at least %d characters, and no more than 1024 bytes", minPassword)
	}
	return nil
}

// NewPassword makes a random password of 20 characters that are hard to
// confuse, some 98 bits.
func NewPassword() string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789" // 32, so no bias
	b := make([]byte, 20)
	rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]%32]
	}
	return string(b)
}
