// Package keep holds what must survive a restart and must not lie about in the
// clear: a profile's session token and the key of its cache. They go to the
// system's keychain, or into a file that a passphrase opens, or nowhere.
package keep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// How says where secrets are kept.
type How string

// The ways to keep secrets. Memory keeps nothing over a restart.
const (
	Keychain   How = "keychain"
	Passphrase How = "passphrase"
	Memory     How = "memory"
)

// Secret is what a profile keeps.
type Secret struct {
	Token string `json:"token"`
	Key   []byte `json:"key"` // of the cache, 32 bytes
}

// LogValue keeps secrets out of logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// String keeps secrets out of messages.
func (Secret) String() string { return "[secret]" }

var (
	// ErrNone: nothing is kept there.
	ErrNone = errors.New("nothing is kept for this profile")
	// ErrSilent: the keychain does not answer, for example because it waits for
	// its own password.
	ErrSilent = errors.New("the keychain does not answer")
	// ErrDamaged: what is kept cannot be read.
	ErrDamaged = errors.New("what was kept for this profile cannot be read")
)

// Chain is the system's keychain.
type Chain interface {
	// Get returns ErrNone where there is no entry.
	Get(account string) (string, error)
	Set(account, value string) error
	// Delete of a missing entry is no error.
	Delete(account string) error
}

// Entry is one profile's entry in a keychain. A keychain can block for ever, for
// example behind a prompt that nobody sees: each call returns when its ctx ends,
// and a blocked call is left behind, at most one of them.
type Entry struct {
	chain   Chain
	account string
	busy    sync.Mutex
}

// NewEntry returns the entry of account.
func NewEntry(chain Chain, account string) *Entry {
	return &Entry{chain: chain, account: account}
}

// Works says whether the keychain answers at all.
func (e *Entry) Works(ctx context.Context) bool {
	_, err := e.Load(ctx)
	return err == nil || errors.Is(err, ErrNone) || errors.Is(err, ErrDamaged)
}

// Load returns the secret, ErrNone, ErrDamaged, ErrSilent or the keychain's own
// error.
func (e *Entry) Load(ctx context.Context) (Secret, error) {
	var raw string
	err := e.within(ctx, func() (err error) {
		raw, err = e.chain.Get(e.account)
		return err
	})
	if err != nil {
		return Secret{}, err
	}
	return decode([]byte(raw))
}

// Save keeps the secret.
func (e *Entry) Save(ctx context.Context, s Secret) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep in keychain: %w", err)
	}
	return e.within(ctx, func() error { return e.chain.Set(e.account, string(raw)) })
}

// Delete removes the secret.
func (e *Entry) Delete(ctx context.Context) error {
	return e.within(ctx, func() error { return e.chain.Delete(e.account) })
}

// within runs call and waits for it until ctx ends.
func (e *Entry) within(ctx context.Context, call func() error) error {
	if !e.busy.TryLock() {
		return ErrSilent
	}
	done := make(chan error, 1)
	go func() {
		defer e.busy.Unlock()
		done <- call()
	}()
	select {
	case <-ctx.Done():
		return ErrSilent
	case err := <-done:
		if err != nil {
			return fmt.Errorf("keychain: %w", err)
		}
		return nil
	}
}

func decode(raw []byte) (Secret, error) {
	var s Secret
	if json.Unmarshal(raw, &s) != nil || len(s.Key) != 32 || s.Token == "" {
		return Secret{}, ErrDamaged
	}
	return s, nil
}
