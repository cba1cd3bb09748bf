package place_test

import (
	"errors"
	"path/filepath"
	"testing"

	"parley/app/place"
)

func TestOf(t *testing.T) {
	dir := t.TempDir()
	standard, err := place.Of(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (place.Places{Profile: filepath.Join(dir, "profiles", "default"), Demo: filepath.Join(dir, "demo")}); standard != want {
		t.Errorf("got %+v, want %+v", standard, want)
	}
	named, err := place.Of(dir, "default")
	if err != nil || named.Profile == standard.Profile || named.Instance() == standard.Instance() {
		t.Errorf("a profile called default is not the default one: %+v, %v", named, err)
	}
	for _, name := range []string{"..", ".hidden", "a/b", `a\b`, "a b", "übung", "0123456789012345678901234567890123"} {
		if _, err := place.Of(dir, name); !errors.Is(err, place.ErrProfile) {
			t.Errorf("profile %q: %v", name, err)
		}
	}
}
