package vault_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/vault"
)

// TestEraseUnderLoad erases while others write. Whoever sealed under a key that
// was retired meanwhile is told of a conflict and seals again; in the end all
// that was acknowledged opens, but what was erased.
func TestEraseUnderLoad(t *testing.T) {
	for name, l := range homes(t) {
		t.Run(name, func(t *testing.T) {
			const writers, each, erasures = 8, 40, 12
			path := filepath.Join(t.TempDir(), "keys")
			v := openVault(t, path, l, vault.Options{EpochItems: 1000}) // all share an epoch
			w := &loadWriter{t: t, log: l, vault: v}
			for i := range erasures {
				put(t, l, v, victim(i), "to be erased")
			}
			// At least one writer has sealed before the first erasure and appends
			// after it.
			late, _, err := v.Seal("late", []byte("text of late"))
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for n := range writers {
				wg.Go(func() {
					for i := range each {
						w.write(fmt.Sprintf("w%d-%d", n, i), nil)
					}
				})
			}
			wg.Go(func() {
				for i := range erasures {
					if err := v.Erase(t.Context(), victim(i)); err != nil {
						t.Errorf("erase: %v", err)
					}
				}
				w.write("late", &late)
			})
			wg.Wait()
			if w.conflicts == 0 {
				t.Error("nobody met a retired key")
			}
			t.Logf("%d conflicts", w.conflicts)
			for _, v := range []*vault.Vault{v, openVault(t, path, l, vault.Options{})} {
				wantOpen(t, v, "late", "text of late")
				for n := range writers {
					for i := range each {
						key := fmt.Sprintf("w%d-%d", n, i)
						wantOpen(t, v, key, "text of "+key)
					}
				}
				for i := range erasures {
					if _, err := v.Open(t.Context(), victim(i)); !errors.Is(err, eventlog.ErrNotFound) {
						t.Errorf("%s opens after its erasure: %v", victim(i), err)
					}
				}
			}
		})
	}
}

func victim(i int) string { return fmt.Sprint("victim ", i) }

// loadWriter seals and appends as the engine does.
type loadWriter struct {
	t     *testing.T
	log   eventlog.Log
	vault *vault.Vault

	mu        sync.Mutex
	conflicts int
}

// write stores a text under key in a stream of its own. sealed, if set, is the
// text as it was sealed before.
func (w *loadWriter) write(key string, sealed *eventlog.Sealed) {
	c := eventlogtest.Next(eventlogtest.Conversation(key), eventlog.Head{}, key)
	for {
		if sealed == nil {
			s, _, err := w.vault.Seal(key, []byte("text of "+key))
			if err != nil {
				w.t.Errorf("seal %s: %v", key, err)
				return
			}
			sealed = &s
		}
		_, again, err := w.log.Append(w.t.Context(), c, *sealed)
		if !errors.Is(err, eventlog.ErrConflict) {
			if err != nil || again {
				w.t.Errorf("append %s: again %v, error %v", key, again, err)
			}
			return
		}
		w.mu.Lock()
		w.conflicts++
		w.mu.Unlock()
		sealed = nil
	}
}
