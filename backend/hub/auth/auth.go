// Package auth lets people in: passwords hashed with argon2id, and sessions
// whose tokens are stored hashed only. Wrong passwords slow down whoever gives
// them and the account they aim at.
package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/backend/id"
)

// Errors of signing in and of checking a session.
var (
	// ErrWrong: no such user, or not their password; which of them is not told.
	ErrWrong = errors.New("user or password is wrong")
	// ErrSession: no such session, or it has expired.
	ErrSession = errors.New("not signed in")
)

// SlowDown refuses a sign-in, right or wrong, for a while.
type SlowDown struct{ For time.Duration }

func (e *SlowDown) Error() string {
	return fmt.Sprintf("too many wrong passwords; try again in %s", e.For.Round(time.Second))
}

// Options of sessions. Password and File must be set.
type Options struct {
	// Password returns a user's hash. It is asked at each sign-in.
	Password func(id.Agent) (hash string, ok bool)
	// File keeps the sessions, readable by the owner only.
	File string
	// Tries is how many wrong passwords in a row are free; default 5.
	Tries int
	// Keep is how long a session lasts without being used; default 30 days.
	Keep time.Duration
	Now  func() time.Time // default time.Now
}

// Session is one signed-in device.
type Session struct {
	// ID names the session, for people and the audit log. It is no secret.
	ID        string    `json:"-"`
	Agent     id.Agent  `json:"agent"`
	Device    string    `json:"device"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Sessions signs people in and out. Its methods are safe for concurrent use.
type Sessions struct {
	o       Options
	hashing chan struct{} // bounds the memory that hashing takes
	dummy   string        // hash for users that do not exist

	mu       sync.Mutex
	sessions map[string]Session // by the token's hash
	tries    tries
}

// Open reads the sessions file; one that is not there is empty.
func Open(o Options) (*Sessions, error) {
	if o.Tries <= 0 {
		o.Tries = 5
	}
	if o.Keep <= 0 {
		o.Keep = 30 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sessions{
		o: o, hashing: make(chan struct{}, 2), dummy: Hash(NewPassword()),
		sessions: map[string]Session{}, tries: tries{free: o.Tries, by: map[string]*failures{}},
	}
	data, err := os.ReadFile(o.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	if err := json.Unmarshal(data, &s.sessions); err != nil {
		return nil, fmt.Errorf("read sessions: %s is not readable; delete it, and everybody signs in again: %w", o.File, err)
	}
	return s, nil
}

// SignIn checks a password and begins a session. A session that the same user
// had on the same device ends. The token is a secret of 32 random bytes. The
// error is ErrWrong, a *SlowDown, or one of the disk.
func (s *Sessions) SignIn(user id.Agent, password, device, address string) (token string, session Session, err error) {
	byUser, byAddress := "user "+string(user), "address "+address
	if err := s.slow(byUser, byAddress); err != nil {
		return "", Session{}, err
	}
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	// Whoever tries many passwords at once has waited here while the first of
	// them turned out wrong.
	if err := s.slow(byUser, byAddress); err != nil {
		return "", Session{}, err
	}
	hash, known := s.o.Password(user)
	if !known {
		hash = s.dummy
	}
	right, err := Verify(hash, password)
	if err != nil {
		return "", Session{}, fmt.Errorf("check the password of %s: %w", user, err)
	}
	now := s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !right || !known {
		s.tries.failed(byUser, now)
		s.tries.failed(byAddress, now)
		return "", Session{}, ErrWrong
	}
	s.tries.worked(byUser)
	s.tries.worked(byAddress)
	secret := make([]byte, 32)
	rand.Read(secret)
	token = base64.RawURLEncoding.EncodeToString(secret)
	session = Session{ID: publicID(hashed(token)), Agent: user, Device: device, CreatedAt: now.UTC(), ExpiresAt: now.Add(s.o.Keep).UTC()}
	next := maps.Clone(s.sessions)
	maps.DeleteFunc(next, func(_ string, old Session) bool {
		return (old.Agent == user && old.Device == device) || !old.ExpiresAt.After(now)
	})
	next[hashed(token)] = session
	if err := s.save(next); err != nil {
		return "", Session{}, err
	}
	return token, session, nil
}

// slow refuses who must wait.
func (s *Sessions) slow(keys ...string) error {
	now := s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := time.Duration(0)
	for _, key := range keys {
		wait = max(wait, s.tries.wait(key, now))
	}
	if wait > 0 {
		return &SlowDown{For: wait}
	}
	return nil
}

// Check returns a token's session, or ErrSession. Tokens are looked up by their
// hash, so the time it takes says nothing about them. Using a session prolongs
// it, at most once in an hour.
func (s *Sessions) Check(token string) (Session, error) {
	key, now := hashed(token), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	session, ok := s.sessions[key]
	if !ok || !session.ExpiresAt.After(now) {
		return Session{}, ErrSession
	}
	if session.ExpiresAt.Sub(now) < s.o.Keep-time.Hour {
		session.ExpiresAt = now.Add(s.o.Keep).UTC()
		next := maps.Clone(s.sessions)
		next[key] = session
		// A full disk must not end a session that is good.
		_ = s.save(next)
	}
	session.ID = publicID(key)
	return session, nil
}

// SignOut ends a session; one that does not exist is no error.
func (s *Sessions) SignOut(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := hashed(token)
	if _, ok := s.sessions[key]; !ok {
		return nil
	}
	next := maps.Clone(s.sessions)
	delete(next, key)
	return s.save(next)
}

// Retain ends the sessions of everybody who is not known.
func (s *Sessions) Retain(known func(id.Agent) bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.sessions)
	maps.DeleteFunc(next, func(_ string, session Session) bool { return !known(session.Agent) })
	if len(next) == len(s.sessions) {
		return nil
	}
	return s.save(next)
}

// publicID is the beginning of a token's hash, from which nobody learns the
// token.
func publicID(key string) string { return key[:12] }

func hashed(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// save makes next durable, then uses it.
func (s *Sessions) save(next map[string]Session) error {
	data, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("store sessions: %w", err)
	}
	if err := WriteFile(s.o.File, data); err != nil {
		return fmt.Errorf("store sessions: %w", err)
	}
	s.sessions = next
	return nil
}

// WriteFile replaces a file at once and for good, readable by the owner only.
func WriteFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if dir, err := os.Open(filepath.Dir(name)); err == nil { // not every system can sync a directory
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}
