package archtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "parley"

// pkg is one package of this module.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
}

// is says that the package is path or lies below it.
func (p pkg) is(path string) bool {
	path = module + "/" + path
	return p.ImportPath == path || strings.HasPrefix(p.ImportPath, path+"/")
}

// root is the module's directory.
func root(t *testing.T) string {
	t.Helper()
	return filepath.Dir(goCommand(t, "", "env", "GOMOD"))
}

func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v: %s", strings.Join(args, " "), err, words.String())
	}
	return strings.TrimSpace(string(out))
}

var list = sync.OnceValues(func() (map[string]pkg, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,CgoFiles,Imports", module, module+"/app/...", module+"/backend/...")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

// packages returns the module's packages by import path.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found only %d packages", len(all))
	}
	return all
}

// reach returns what a package imports, directly or not, each with the one
// through which it was first found. Packages of other modules are not followed.
func reach(all map[string]pkg, from string) map[string]string {
	found := map[string]string{}
	queue := []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range all[at].Imports {
			if _, seen := found[next]; !seen {
				found[next] = at
				queue = append(queue, next)
			}
		}
	}
	return found
}

// files parses a package's files, without its tests.
func files(t *testing.T, p pkg) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	set := token.NewFileSet()
	out := map[string]*ast.File{}
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles) {
		path := filepath.Join(p.Dir, name)
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = f
	}
	return set, out
}
