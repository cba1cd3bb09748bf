package auth_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/hub/auth"
	"parley/backend/id"
)

type fixture struct {
	now  time.Time
	file string
	hash string
}

func (f *fixture) open(t *testing.T) *auth.Sessions {
	t.Helper()
	s, err := auth.Open(auth.Options{
		Password: func(a id.Agent) (string, bool) { return f.hash, a == "ann" },
		File:     f.file, Tries: 3, Keep: 24 * time.Hour, Now: func() time.Time { return f.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newFixture(t *testing.T) *fixture {
	return &fixture{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), file: filepath.Join(t.TempDir(), "sessions.json"), hash: auth.Hash("correct horse")}
}

func TestPassword(t *testing.T) {
	hash := auth.Hash("correct horse")
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false} {
		if got, err := auth.Verify(hash, password); err != nil || got != want {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	for _, bad := range []string{"", "plain", "$argon2i$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$a2V5", "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA"} {
		if _, err := auth.Verify(bad, "x"); !errors.Is(err, auth.ErrHash) {
			t.Errorf("%q: %v, want ErrHash", bad, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA")
	f.Add("$argon2id$v=19$m=,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if strings.Contains(hash, "m=64,t=1,p=1") || !strings.HasPrefix(hash, "$argon2id$v=19$m=") {
			_, _ = auth.Verify(hash, "x") // must not panic
		}
	})
}

func TestSessionsLastOverARestart(t *testing.T) {
	f := newFixture(t)
	s := f.open(t)
	token, session, err := s.SignIn("ann", "correct horse", "laptop", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Session{ID: session.ID, Agent: "ann", Device: "laptop", CreatedAt: f.now, ExpiresAt: f.now.Add(24 * time.Hour)}
	if session != want || len(session.ID) < 8 || strings.Contains(token, session.ID) {
		t.Errorf("got %+v, want %+v", session, want)
	}
	data, err := os.ReadFile(f.file)
	if err != nil || strings.Contains(string(data), token) {
		t.Errorf("the file holds the token, or %v", err)
	}
	if info, err := os.Stat(f.file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s = f.open(t)
	if got, err := s.Check(token); err != nil || got != want {
		t.Errorf("after a restart: %+v, %v", got, err)
	}
	f.now = f.now.Add(20 * time.Hour)
	if got, err := s.Check(token); err != nil || got.ExpiresAt != f.now.Add(24*time.Hour) {
		t.Errorf("use prolongs: %+v, %v", got, err)
	}
	f.now = f.now.Add(25 * time.Hour)
	if _, err := s.Check(token); !errors.Is(err, auth.ErrSession) {
		t.Errorf("expired: %v", err)
	}
}

func TestSignInAgainAndOut(t *testing.T) {
	f := newFixture(t)
	s := f.open(t)
	first, _, err := s.SignIn("ann", "correct horse", "laptop", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := s.SignIn("ann", "correct horse", "phone", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := s.SignIn("ann", "correct horse", "laptop", "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOut(other); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"replaced": first, "signed out": other, "made up": "x", "empty": ""} {
		if _, err := s.Check(token); !errors.Is(err, auth.ErrSession) {
			t.Errorf("%s: %v, want ErrSession", name, err)
		}
	}
	if _, err := s.Check(second); err != nil {
		t.Error(err)
	}
}

func TestWrongPasswordsSlowDown(t *testing.T) {
	f := newFixture(t)
	s := f.open(t)
	try := func(user id.Agent, password, address string) error {
		_, _, err := s.SignIn(user, password, "laptop", address)
		return err
	}
	slow := func(err error) time.Duration {
		var e *auth.SlowDown
		errors.As(err, &e)
		if e == nil {
			return 0
		}
		return e.For
	}
	for range 3 {
		if err := try("ann", "wrong", "10.0.0.1"); !errors.Is(err, auth.ErrWrong) {
			t.Fatal(err)
		}
	}
	if err := try("ann", "correct horse", "10.0.0.2"); slow(err) != time.Second {
		t.Errorf("the account from elsewhere: %v", err)
	}
	if err := try("bob", "wrong", "10.0.0.1"); slow(err) != time.Second {
		t.Errorf("the address for another account: %v", err)
	}
	f.now = f.now.Add(time.Second)
	if err := try("ann", "wrong", "10.0.0.1"); !errors.Is(err, auth.ErrWrong) {
		t.Fatal(err)
	}
	if err := try("ann", "correct horse", "10.0.0.1"); slow(err) != 2*time.Second {
		t.Errorf("the wait doubles: %v", err)
	}
	f.now = f.now.Add(2 * time.Second)
	if err := try("ann", "correct horse", "10.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if err := try("ann", "wrong", "10.0.0.1"); !errors.Is(err, auth.ErrWrong) {
		t.Errorf("counting begins anew: %v", err)
	}
	if err := try("nobody", "x", "10.0.0.9"); !errors.Is(err, auth.ErrWrong) {
		t.Errorf("unknown user: %v", err)
	}
}

// Passwords tried at once are not checked before the first of them is known to
// be wrong.
func TestManyAtOnceSlowDown(t *testing.T) {
	const many, free, hashing = 40, 3, 2
	f := newFixture(t)
	s := f.open(t)
	var (
		all     sync.WaitGroup
		checked atomic.Int64
	)
	for range many {
		all.Go(func() {
			_, _, err := s.SignIn("ann", "wrong", "laptop", "10.0.0.1")
			var slow *auth.SlowDown
			switch {
			case errors.Is(err, auth.ErrWrong):
				checked.Add(1)
			case !errors.As(err, &slow):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := checked.Load(); n < free || n >= free+hashing {
		t.Errorf("%d passwords were checked, want %d, and fewer than %d more that were under way", n, free, hashing)
	}
}

func TestUnreadableFile(t *testing.T) {
	f := newFixture(t)
	if err := os.WriteFile(f.file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Open(auth.Options{File: f.file, Password: func(id.Agent) (string, bool) { return "", false }}); err == nil {
		t.Error("no error")
	}
}
