package app_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley/app"
)

func TestFilesForTheWindow(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	files := &app.Files{Shell: p.shell}
	get := func(method, path string) *http.Response {
		w := httptest.NewRecorder()
		files.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Result()
	}
	if r := get("GET", app.FileURL("c1", "a1")); r.StatusCode != http.StatusForbidden {
		t.Errorf("signed out: %d", r.StatusCode)
	}
	desk := p.signIn()
	for _, c := range []struct {
		name, method, path, mime string
		status                   int
		kind, disposition        string
	}{
		{"image", "GET", "/files/c1/a1", "image/png", 200, "image/png", ""},
		{"image that can run scripts", "GET", "/files/c1/a1", "image/svg+xml", 200, "application/octet-stream", `attachment; filename="a b.png"`},
		{"page", "GET", "/files/c1/a1", "text/html", 200, "application/octet-stream", `attachment; filename="a b.png"`},
		{"only its head", "HEAD", "/files/c1/a1", "image/png", 200, "image/png", ""},
		{"another conversation", "GET", "/files/c2/a1", "image/png", 404, "text/plain; charset=utf-8", ""},
		{"longer path", "GET", "/files/c1/a1/x", "image/png", 404, "text/plain; charset=utf-8", ""},
		{"no attachment", "GET", "/files/c1/", "image/png", 404, "text/plain; charset=utf-8", ""},
		{"elsewhere", "GET", "/index.html", "image/png", 404, "text/plain; charset=utf-8", ""},
		{"writing", "POST", "/files/c1/a1", "image/png", 405, "text/plain; charset=utf-8", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			desk.file = app.File{Attachment: app.Attachment{ID: "a1", Name: "a b.png", MIME: c.mime}, Content: strings.NewReader("content")}
			r := get(c.method, c.path)
			if r.StatusCode != c.status || r.Header.Get("Content-Type") != c.kind || r.Header.Get("Content-Disposition") != c.disposition {
				t.Errorf("%d %v", r.StatusCode, r.Header)
			}
			if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "private, no-store" {
				t.Errorf("%v", r.Header)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || (c.status == 200 && c.method == "GET") != (string(body) == "content") {
				t.Errorf("body %q, %v", body, err)
			}
		})
	}
}

func TestSaveFile(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	desk := p.signIn()
	desk.file = app.File{Attachment: app.Attachment{ID: "a1", Name: "../x.pdf"}, Content: strings.NewReader("content")}
	if err := p.shell.SaveFile("c1", "a1"); err != nil {
		t.Errorf("the person changed their mind: %v", err)
	}
	dir := t.TempDir()
	p.native.target = filepath.Join(dir, "x.pdf")
	if err := p.shell.SaveFile("c1", "a1"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(p.native.target); err != nil || string(got) != "content" {
		t.Errorf("saved %q, %v", got, err)
	}
	p.native.target = filepath.Join(dir, "missing", "x.pdf")
	if err := p.shell.SaveFile("c1", "a1"); err == nil {
		t.Error("saved into a folder that is not there")
	}
	if err := p.shell.SaveFile("c1", "other"); err == nil {
		t.Error("saved a file that is not there")
	}
}

func TestAddingFiles(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	small := base64.StdEncoding.EncodeToString([]byte("content"))
	if err := p.shell.AddFile("c1", "a.txt", "text/plain", small); err == nil {
		t.Error("added a file without a desk")
	}
	desk := p.signIn()
	if err := p.shell.AddFile("c1", "../a.txt", "text/plain", small); err != nil {
		t.Fatal(err)
	}
	if err := p.shell.AddFile("c1", "b.txt", "text/plain", "no base64!"); err == nil {
		t.Error("added what is not base64")
	}
	exact := bytes.Repeat([]byte{1}, 10<<20)
	if err := p.shell.AddFile("c1", "exact.bin", "", base64.StdEncoding.EncodeToString(exact)); err != nil {
		t.Errorf("10 MB: %v", err)
	}
	if err := p.shell.AddFile("c1", "more.bin", "", base64.StdEncoding.EncodeToString(append(exact, 1))); err == nil {
		t.Error("added a byte more than 10 MB")
	}
	dir := t.TempDir()
	chosen := filepath.Join(dir, "c.png")
	if err := os.WriteFile(chosen, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.native.choose = []string{chosen, dir, filepath.Join(dir, "missing")}
	err := p.shell.ChooseFiles("c1")
	if err == nil || !strings.Contains(err.Error(), "is not a file") || !strings.Contains(err.Error(), "missing could not be read") {
		t.Errorf("it says %v", err)
	}
	var got []string
	for name := range desk.added {
		got = append(got, name)
	}
	slices.Sort(got)
	if want := []string{"a.txt text/plain", "c.png image/png", "exact.bin "}; !reflect.DeepEqual(got, want) {
		t.Errorf("added %v, want %v", got, want)
	}
}
