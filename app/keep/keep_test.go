package keep_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/keep"
)

var secret = keep.Secret{Token: "a token", Key: bytes.Repeat([]byte{7}, 32)}

func TestSealedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealed")
	const phrase = "correct horse"
	if _, err := keep.Open(path, phrase); !errors.Is(err, keep.ErrNone) {
		t.Errorf("no file: %v", err)
	}
	if err := keep.Seal(path, "short", secret); !errors.Is(err, keep.ErrShort) {
		t.Errorf("short passphrase: %v", err)
	}
	if err := keep.Seal(path, phrase, secret); err != nil {
		t.Fatal(err)
	}
	if got, err := keep.Open(path, phrase); err != nil || !reflect.DeepEqual(got, secret) {
		t.Errorf("opened %#v, %v", got.Key, err)
	}
	if _, err := keep.Open(path, "incorrect horse"); !errors.Is(err, keep.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte(secret.Token)) {
		t.Error("the token lies in the clear")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("permissions %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, raw[:len(raw)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keep.Open(path, phrase); !errors.Is(err, keep.ErrDamaged) {
		t.Errorf("half a file: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"version":1,"passes":1,"kib":8192,"threads":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA==","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","box":""}`))
	f.Add([]byte(`{"version":1,"passes":4000000000,"kib":4000000000}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "sealed")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := keep.Open(path, "a passphrase")
		if !errors.Is(err, keep.ErrDamaged) && !errors.Is(err, keep.ErrPassphrase) {
			t.Errorf("opened with %v", err)
		}
	})
}

// chain is a keychain in memory; while hang is open its calls block.
type chain struct {
	entries map[string]string
	hang    chan struct{}
	err     error
}

func (c *chain) wait() error {
	if c.hang != nil {
		<-c.hang
	}
	return c.err
}

func (c *chain) Get(account string) (string, error) {
	if err := c.wait(); err != nil {
		return "", err
	}
	value, ok := c.entries[account]
	if !ok {
		return "", keep.ErrNone
	}
	return value, nil
}

func (c *chain) Set(account, value string) error {
	c.entries[account] = value
	return c.wait()
}

func (c *chain) Delete(account string) error {
	delete(c.entries, account)
	return c.wait()
}

func TestEntry(t *testing.T) {
	c := &chain{entries: map[string]string{"damaged": "{}"}}
	ctx := t.Context()
	e := keep.NewEntry(c, "profile")
	if _, err := e.Load(ctx); !errors.Is(err, keep.ErrNone) {
		t.Errorf("empty keychain: %v", err)
	}
	if err := e.Save(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Load(ctx); err != nil || !reflect.DeepEqual(got, secret) {
		t.Errorf("loaded %v, %v", got, err)
	}
	if _, err := keep.NewEntry(c, "damaged").Load(ctx); !errors.Is(err, keep.ErrDamaged) {
		t.Errorf("damaged entry: %v", err)
	}
	if err := e.Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Load(ctx); !errors.Is(err, keep.ErrNone) {
		t.Errorf("after deletion: %v", err)
	}
	if !e.Works(ctx) {
		t.Error("an empty keychain works")
	}
	c.err = errors.New("locked")
	if e.Works(ctx) {
		t.Error("a keychain that refuses does not work")
	}
}

func TestAHangingKeychainBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &chain{entries: map[string]string{}, hang: make(chan struct{})}
		e := keep.NewEntry(c, "profile")
		ctx, end := context.WithTimeout(t.Context(), 3*time.Second)
		defer end()
		began := time.Now()
		if _, err := e.Load(ctx); !errors.Is(err, keep.ErrSilent) || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		// The next call does not pile up behind the first.
		if err := e.Save(t.Context(), secret); !errors.Is(err, keep.ErrSilent) {
			t.Errorf("while the first call hangs: %v", err)
		}
		close(c.hang)
		synctest.Wait()
		if _, err := e.Load(t.Context()); !errors.Is(err, keep.ErrNone) {
			t.Errorf("afterwards: %v", err)
		}
	})
}
