package lock_test

import (
	"errors"
	"testing"

	"parley/app/lock"
)

func TestOneHolder(t *testing.T) {
	dir := t.TempDir()
	first, err := lock.Take(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Take(dir); !errors.Is(err, lock.ErrHeld) {
		t.Errorf("a second holder: %v", err)
	}
	first.Release()
	again, err := lock.Take(dir)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again.Release()
}
