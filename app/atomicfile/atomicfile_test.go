package atomicfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/app/atomicfile"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"one", "two, longer", ""} {
		if err := atomicfile.Write(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("read %q, %v", got, err)
		}
	}
	if err := atomicfile.Write(filepath.Join(dir, "missing", "file"), nil, 0o600); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind %v, %v", left, err)
	}
}
