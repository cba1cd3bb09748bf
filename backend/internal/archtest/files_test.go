package archtest_test

import (
	"bytes"
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackageComments: every package says once what it is. One that has tests
// alone is nobody's to read about.
func TestPackageComments(t *testing.T) {
	for path, p := range packages(t) {
		if len(p.GoFiles)+len(p.CgoFiles) == 0 {
			continue
		}
		_, parsed := files(t, p)
		having := []string{}
		for name, f := range parsed {
			if f.Doc != nil {
				having = append(having, filepath.Base(name))
			}
		}
		if len(having) != 1 {
			t.Errorf("%s has %d package comments: %v", path, len(having), having)
		}
	}
}

// TestNoInit: composition is written out, so nothing registers itself.
func TestNoInit(t *testing.T) {
	for _, p := range packages(t) {
		set, parsed := files(t, p)
		for _, f := range parsed {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: func init", set.Position(fn.Pos()))
				}
			}
		}
	}
}

// TestExportedThingsAreDocumented: an exported name is a contract. A comment on
// a group counts for its members.
func TestExportedThingsAreDocumented(t *testing.T) {
	for _, p := range packages(t) {
		set, parsed := files(t, p)
		for _, f := range parsed {
			for _, d := range f.Decls {
				for _, name := range undocumented(d) {
					t.Errorf("%s: %s has no comment", set.Position(name.Pos()), name.Name)
				}
			}
		}
	}
}

func undocumented(d ast.Decl) []*ast.Ident {
	var out []*ast.Ident
	switch d := d.(type) {
	case *ast.FuncDecl:
		// Methods of a union's members and of well-known interfaces say it by name.
		known := []string{"Error", "String", "Unwrap", "LogValue", "MarshalJSON", "UnmarshalJSON", "Len", "Less", "Swap", "Is"}
		if d.Name.IsExported() && d.Doc == nil && receiverExported(d) && (d.Recv == nil || !slices.Contains(known, d.Name.Name)) {
			out = append(out, d.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil && !d.Lparen.IsValid() {
					out = append(out, s.Name)
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
						out = append(out, n)
					}
				}
			}
		}
	}
	return out
}

func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	kind := d.Recv.List[0].Type
	for {
		switch k := kind.(type) {
		case *ast.StarExpr:
			kind = k.X
		case *ast.IndexExpr:
			kind = k.X
		case *ast.IndexListExpr:
			kind = k.X
		case *ast.Ident:
			return k.IsExported()
		default:
			return false
		}
	}
}

// walk calls visit with the path, relative to the module, of each file that
// people wrote.
func walk(t *testing.T, visit func(path string, content []byte)) {
	t.Helper()
	top := root(t)
	seen := 0
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if slices.Contains([]string{".git", "node_modules", "dist", "testdata", "bin", ".cache", "tmp"}, d.Name()) || rel == "frontend/wailsjs" || rel == "build/bin" {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains(written, filepath.Ext(path)) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		visit(rel, content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 100 {
		t.Fatalf("found only %d files", seen)
	}
}

// written are the endings of what people write.
var written = []string{".go", ".ts", ".svelte", ".css", ".html", ".js", ".mjs", ".sh", ".md", ".yaml", ".yml"}

const mostLines = 500

func TestFilesAreShort(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^(//|/\*|#) ?Code generated`)
	walk(t, func(path string, content []byte) {
		if n := bytes.Count(content, []byte("\n")); n > mostLines && !generated.Match(content) && path != "CHANGELOG.md" {
			t.Errorf("%s has %d lines, at most %d are allowed", path, n, mostLines)
		}
	})
}

// TestOnlyTheBridgeKnowsTheBindings: in the window, src/bridge alone imports
// what is generated from Go.
func TestOnlyTheBridgeKnowsTheBindings(t *testing.T) {
	uses := regexp.MustCompile(`(from|import)\s*\(?\s*["'][^"']*wailsjs`)
	found := false
	walk(t, func(path string, content []byte) {
		if !strings.HasPrefix(path, "frontend/src/") || !uses.Match(content) {
			return
		}
		found = true
		if !strings.HasPrefix(path, "frontend/src/bridge/") {
			t.Errorf("%s imports wailsjs", path)
		}
	})
	if !found {
		t.Error("nothing imports wailsjs")
	}
}

// TestADRNumbers: an architecture decision's number is its own.
func TestADRNumbers(t *testing.T) {
	named := regexp.MustCompile(`^docs/adr/(\d+)-[a-z0-9-]+\.md$`)
	taken := map[string]string{}
	walk(t, func(path string, _ []byte) {
		if !strings.HasPrefix(path, "docs/adr/") || path == "docs/adr/README.md" {
			return
		}
		m := named.FindStringSubmatch(path)
		if m == nil {
			t.Errorf("%s is not named like 0001-short-title.md", path)
			return
		}
		if other, used := taken[m[1]]; used {
			t.Errorf("%s and %s have the same number", path, other)
		}
		taken[m[1]] = path
	})
}
