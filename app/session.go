package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/app/atomicfile"
	"parley/app/keep"
	"parley/backend/protocol"
)

// How long the shell waits.
const (
	chainWithin  = 3 * time.Second // for the keychain, before the window says so
	chainForever = 2 * time.Minute // for a keychain that waits for its own password
	hubWithin    = 20 * time.Second
	leaveWithin  = 5 * time.Second
)

var (
	errSignedIn = errors.New("you are signed in already; sign out first")
	errNoDesk   = errors.New("sign in first")
)

// record is the kept session without its secrets. Where nothing is kept over a
// restart there is none.
type record struct {
	Hub     string   `json:"hub"`
	User    string   `json:"user"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Agent   string   `json:"agent"`
	Keeping keep.How `json:"keeping"`
	Demo    bool     `json:"demo"`
}

func (s *Shell) recordFile() string { return filepath.Join(s.o.Dir, "session.json") }
func (s *Shell) sealedFile() string { return filepath.Join(s.o.Dir, "session.sealed") }
func (s *Shell) cacheDir() string   { return filepath.Join(s.o.Dir, "cache") }

// remembered returns the kept session; the zero record where there is none.
func (s *Shell) remembered() record {
	var r record
	raw, err := os.ReadFile(s.recordFile())
	if err == nil {
		err = json.Unmarshal(raw, &r)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.o.Log.Warn("the kept session cannot be read", "error", err)
		return record{}
	}
	return r
}

type loaded struct {
	secret keep.Secret
	err    error
}

// works says that the keychain answered.
func (l loaded) works() bool {
	return l.err == nil || errors.Is(l.err, keep.ErrNone) || errors.Is(l.err, keep.ErrDamaged)
}

// resume goes on with the kept session, if there is one.
func (s *Shell) resume() {
	kept := s.remembered()
	answer := make(chan loaded, 1)
	s.jobs.Go(func() {
		ctx, end := context.WithTimeout(s.ctx, chainForever)
		defer end()
		secret, err := s.chain.Load(ctx)
		answer <- loaded{secret, err}
	})
	select {
	case got := <-answer:
		s.resumeWith(kept, got)
	case <-s.ctx.Done():
	case <-time.After(chainWithin):
		s.resumeWith(kept, loaded{err: keep.ErrSilent})
		s.resumeLate(kept, <-answer)
	}
}

func (s *Shell) resumeWith(kept record, got loaded) {
	s.keepIn(kept, got)
	known := kept.Hub != ""
	if known && s.o.Demo && !kept.Demo {
		s.notice(Notice{ID: "demo", Level: "info", Text: "You are signed in to " + kept.Hub + ". Sign out first to try the demo."})
	}
	switch {
	case known && kept.Keeping == keep.Keychain && got.err == nil:
		s.entry.Lock()
		defer s.entry.Unlock()
		s.goOn(kept, got.secret)
	case known && kept.Keeping == keep.Passphrase:
		s.setSession(func(v *Session) {
			v.State, v.Hub, v.User, v.Name, v.Role = "locked", kept.Hub, kept.User, kept.Name, kept.Role
		})
	case s.o.Demo && (!known || kept.Demo):
		if err := s.TryDemo(); err != nil {
			s.o.Log.Error("demo did not start", "error", err)
		}
	default:
		s.setSession(func(v *Session) {
			v.State = "signed_out"
			if known {
				v.Hub, v.User = kept.Hub, kept.User
				v.Error = "The kept sign-in cannot be read from the keychain, so sign in again."
			}
		})
	}
}

// resumeLate goes on with what the keychain said at last, unless the person
// has not waited for it.
func (s *Shell) resumeLate(kept record, got loaded) {
	s.entry.Lock()
	defer s.entry.Unlock()
	s.mu.Lock()
	idle := s.desk == nil && s.session.State == "signed_out"
	s.mu.Unlock()
	if !idle || !got.works() {
		return
	}
	s.keepIn(kept, got)
	if kept.Keeping == keep.Keychain && got.err == nil {
		s.goOn(kept, got.secret)
	}
}

// keepIn chooses where the next session will be kept, and says it beforehand.
func (s *Shell) keepIn(kept record, got loaded) {
	how := keep.Memory
	switch {
	case kept.Keeping == keep.Passphrase:
		how = keep.Passphrase
	case got.works():
		how = keep.Keychain
	default:
		s.o.Log.Info("there is no keychain to use", "error", got.err)
	}
	s.mu.Lock()
	s.how = how
	s.mu.Unlock()
	s.setSession(func(v *Session) { v.Keeping = string(how) })
}

// goOn opens a kept session. entry is held.
func (s *Shell) goOn(kept record, secret keep.Secret) {
	if kept.Demo {
		s.runDemo()
	}
	if err := s.openDesk(kept, secret, s.cacheDir()); err != nil {
		s.o.Log.Error("desk was not opened", "error", err)
	}
}

// Probe implements Core.
func (s *Shell) Probe(address string) Probe {
	ctx, end := context.WithTimeout(s.ctx, hubWithin)
	defer end()
	full, about, err := s.o.Hubs.About(ctx, address)
	if err != nil {
		return Probe{Address: full, Reason: err.Error()}
	}
	return Probe{OK: true, Name: about.Name, Demo: about.Demo, Address: full}
}

// Keep implements Core.
func (s *Shell) Keep(how, passphrase string) error {
	h := keep.How(how)
	switch h {
	case keep.Passphrase:
		if len([]rune(passphrase)) < keep.ShortestPassphrase {
			return keep.ErrShort
		}
	case keep.Memory:
		passphrase = ""
	case keep.Keychain:
		ctx, end := context.WithTimeout(s.ctx, chainWithin)
		defer end()
		if !s.chain.Works(ctx) {
			return errors.New("there is no keychain that answers on this computer")
		}
		passphrase = ""
	default:
		return fmt.Errorf("nothing can be kept in %q", how)
	}
	s.mu.Lock()
	s.how, s.phrase = h, passphrase
	s.mu.Unlock()
	s.setSession(func(v *Session) { v.Keeping = how })
	return nil
}

// Unlock implements Core.
func (s *Shell) Unlock(passphrase string) error {
	s.entry.Lock()
	defer s.entry.Unlock()
	secret, err := keep.Open(s.sealedFile(), passphrase)
	if err != nil {
		s.setSession(func(v *Session) { v.Error = err.Error() })
		return err
	}
	s.mu.Lock()
	s.phrase = passphrase
	open := s.desk != nil
	s.mu.Unlock()
	if open {
		return errSignedIn
	}
	kept := s.remembered()
	if kept.Demo {
		s.runDemo()
	}
	return s.openDesk(kept, secret, s.cacheDir())
}

// SignIn implements Core.
func (s *Shell) SignIn(address, user, password string) error {
	s.entry.Lock()
	defer s.entry.Unlock()
	return s.signIn(address, user, password, false)
}

// signIn signs in and opens the desk. entry is held.
func (s *Shell) signIn(hub, user, password string, demo bool) error {
	s.mu.Lock()
	open, held := s.desk != nil, s.lock != nil
	s.mu.Unlock()
	switch {
	case open:
		return errSignedIn
	case !held:
		return errors.New("this profile's data is in use by another window")
	}
	s.setSession(func(v *Session) { v.State, v.Hub, v.User, v.Error = "signing_in", hub, user, "" })
	ctx, end := context.WithTimeout(s.ctx, hubWithin)
	defer end()
	hub, in, err := s.o.Hubs.SignIn(ctx, hub, protocol.SignIn{User: user, Password: password, Device: device(s.o.Profile)})
	if err != nil {
		s.setSession(func(v *Session) { v.State, v.Error = "signed_out", err.Error() })
		return err
	}
	kept := record{Hub: hub, User: user, Name: in.Name, Role: in.Role, Agent: string(in.Agent), Demo: demo}
	secret := keep.Secret{Token: in.Token, Key: s.cacheKey()}
	kept.Keeping = s.store(kept, secret)
	dir := s.cacheDir()
	if kept.Keeping == keep.Memory {
		dir = ""
	}
	return s.openDesk(kept, secret, dir)
}

// cacheKey returns the key of what this profile keeps, where it can be had; else
// a new one, and what nobody can read any more is removed.
func (s *Shell) cacheKey() []byte {
	s.mu.Lock()
	phrase := s.phrase
	s.mu.Unlock()
	var old keep.Secret
	err := keep.ErrNone
	switch s.remembered().Keeping {
	case keep.Keychain:
		ctx, end := context.WithTimeout(s.ctx, chainWithin)
		defer end()
		old, err = s.chain.Load(ctx)
	case keep.Passphrase:
		old, err = keep.Open(s.sealedFile(), phrase)
	case keep.Memory:
	}
	if err == nil {
		return old.Key
	}
	if err := os.RemoveAll(s.cacheDir()); err != nil {
		s.o.Log.Warn("old cache was not removed", "error", err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}

// store keeps a session as the person chose and returns how it was kept: where
// that fails, in memory, and the window says so.
func (s *Shell) store(r record, secret keep.Secret) keep.How {
	s.mu.Lock()
	how, phrase := s.how, s.phrase
	s.mu.Unlock()
	r.Keeping = how
	var err error
	switch how {
	case keep.Keychain:
		ctx, end := context.WithTimeout(s.ctx, 2*chainWithin)
		defer end()
		err = s.chain.Save(ctx, secret)
	case keep.Passphrase:
		err = keep.Seal(s.sealedFile(), phrase, secret)
	case keep.Memory:
		s.forget()
		return how
	}
	if err == nil {
		err = s.writeRecord(r)
	}
	if err == nil {
		return how
	}
	s.o.Log.Error("the session cannot be kept", "how", how, "error", err)
	s.notice(Notice{ID: "keeping", Level: "warning", Text: "Your sign-in could not be kept on this computer. It ends when you quit."})
	s.forget()
	return keep.Memory
}

func (s *Shell) writeRecord(r record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.recordFile(), raw, 0o600)
}

// forget removes what is kept of a session on this machine.
func (s *Shell) forget() {
	for _, file := range []string{s.recordFile(), s.sealedFile()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.o.Log.Warn("a kept session was not removed", "error", err)
		}
	}
}

// openDesk opens the desk of a session. entry is held.
func (s *Shell) openDesk(r record, secret keep.Secret, dir string) error {
	account := Account{Hub: r.Hub, Token: secret.Token, Agent: r.Agent, Name: r.Name, Dir: dir, Key: secret.Key}
	desk, err := s.o.OpenDesk(account, s.changed, func(reason string) { s.jobs.Go(func() { s.ended(secret.Token, reason) }) })
	if err != nil {
		s.setSession(func(v *Session) { v.State, v.Error = "signed_out", err.Error() })
		return err
	}
	s.mu.Lock()
	s.desk, s.account, s.open = desk, account, r
	s.mu.Unlock()
	if s.ctx.Err() != nil { // Shutdown may have missed it
		return s.closeDesk()
	}
	s.setSession(func(v *Session) {
		v.State, v.Hub, v.User, v.Name, v.Role, v.Error = "signed_in", r.Hub, r.User, r.Name, r.Role, ""
		v.Demo = r.Demo
		v.Keeping = string(r.Keeping)
	})
	return nil
}

// closeDesk closes the open desk, if there is one, and keeps its cache.
func (s *Shell) closeDesk() error {
	s.mu.Lock()
	desk := s.desk
	s.desk = nil
	s.mu.Unlock()
	s.alerts.reset()
	if desk == nil {
		return nil
	}
	return desk.Close()
}

// ended closes the desk whose session the hub has ended. The demo signs in anew.
func (s *Shell) ended(token, reason string) {
	s.mu.Lock()
	demo := s.open.Demo
	s.mu.Unlock()
	if s.end(token, reason) && demo && s.ctx.Err() == nil {
		if err := s.TryDemo(); err != nil {
			s.o.Log.Error("demo did not sign in anew", "error", err)
		}
	}
}

// end says whether the desk with that token was still the open one.
func (s *Shell) end(token, reason string) bool {
	s.entry.Lock()
	defer s.entry.Unlock()
	s.mu.Lock()
	current := s.desk != nil && s.account.Token == token
	s.mu.Unlock()
	if !current {
		return false
	}
	if err := s.closeDesk(); err != nil {
		s.o.Log.Error("desk was not closed well", "error", err)
	}
	s.setSession(func(v *Session) { v.State, v.Error = "signed_out", reason })
	return true
}

// SignOut implements Core.
func (s *Shell) SignOut() error {
	s.entry.Lock()
	defer s.entry.Unlock()
	s.mu.Lock()
	desk, account := s.desk, s.account
	s.desk, s.account, s.phrase = nil, Account{}, ""
	s.mu.Unlock()
	s.alerts.reset()
	var failed error
	if desk != nil {
		failed = desk.Destroy()
		ctx, end := context.WithTimeout(s.ctx, leaveWithin)
		if err := s.o.Hubs.SignOut(ctx, account.Hub, account.Token); err != nil {
			s.o.Log.Warn("the hub was not told of the sign-out", "error", err)
		}
		end()
	} else {
		failed = os.RemoveAll(s.cacheDir())
	}
	s.forget()
	ctx, end := context.WithTimeout(s.ctx, chainWithin)
	defer end()
	if err := s.chain.Delete(ctx); err != nil {
		s.o.Log.Info("the keychain's entry was not removed", "error", err)
	}
	s.mu.Lock()
	s.session.State, s.session.User, s.session.Name, s.session.Role, s.session.Error = "signed_out", "", "", "", ""
	s.session.Demo = false
	s.clear()
	s.mu.Unlock()
	if failed != nil {
		return fmt.Errorf("you are signed out, but the messages kept on this computer could not be removed: %w", failed)
	}
	return nil
}

func device(profile string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "desk"
	}
	if profile == "" {
		return host
	}
	return host + " (" + profile + ")"
}
