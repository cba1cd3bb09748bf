package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"parley/backend/hub/web"
)

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	loader = "loader()"
	chunk  = "/messenger/chat-AbCd_-12.js"
)

func built(t *testing.T) fs.FS {
	t.Helper()
	return fstest.MapFS{
		".gitkeep":                              {},
		"messenger.js":                          {Data: []byte(loader)},
		"messenger.js.gz":                       {Data: pack(t, loader)},
		chunk[1:]:                               {Data: []byte("chat()")},
		"shop/index.html":                       {Data: []byte(`<script src="/messenger.js" data-deployment="{{deployment}}"></script>`)},
		"shop/basket/index.html":                {Data: []byte("basket")},
		"shop/assets/shop-12345678.css":         {Data: []byte("body{}")},
		"shop/assets/inter-wght-12345678.woff2": {Data: []byte("wOF2")},
		"shop/secret.key":                       {Data: []byte("not for the public")},
	}
}

func handler(t *testing.T, o web.Options) http.Handler {
	t.Helper()
	h, err := web.Handler(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnswers(t *testing.T) {
	on := web.Options{DeploymentID: "5f0c", Shop: true, Files: built(t)}
	off := web.Options{Files: built(t)}
	tests := map[string]struct {
		options web.Options
		method  string
		target  string
		headers []string
		status  int
		body    string
		want    map[string]string
	}{
		"loader": {on, "GET", "/messenger.js", nil, 200, loader, map[string]string{
			"Content-Type":                "text/javascript; charset=utf-8",
			"Cache-Control":               "public, no-cache",
			"X-Content-Type-Options":      "nosniff",
			"Access-Control-Allow-Origin": "*",
			"Content-Encoding":            "",
			"Vary":                        "Accept-Encoding",
		}},
		"loader as HEAD":   {on, "HEAD", "/messenger.js", nil, 200, "", map[string]string{"Content-Length": "8"}},
		"gzip refused":     {on, "GET", "/messenger.js", []string{"Accept-Encoding", "gzip;q=0"}, 200, loader, map[string]string{"Content-Encoding": ""}},
		"query is ignored": {on, "GET", "/messenger.js?v=2", nil, 200, loader, nil},
		"chunk with a hash": {on, "GET", chunk, nil, 200, "chat()", map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable",
		}},
		"no gzip was built": {on, "GET", chunk, []string{"Accept-Encoding", "gzip"}, 200, "chat()", map[string]string{"Content-Encoding": ""}},
		"shop page": {on, "GET", "/shop/", nil, 200, `<script src="/messenger.js" data-deployment="5f0c"></script>`, map[string]string{
			"Content-Type":                "text/html; charset=utf-8",
			"Content-Security-Policy":     web.ShopPolicy,
			"Cache-Control":               "no-cache",
			"Access-Control-Allow-Origin": "",
			"X-Content-Type-Options":      "nosniff",
		}},
		"shop without a slash":   {on, "GET", "/shop", nil, 301, "", map[string]string{"Location": "/shop/"}},
		"basket without a slash": {on, "GET", "/shop/basket", nil, 301, "", map[string]string{"Location": "/shop/basket/"}},
		"style":                  {on, "GET", "/shop/assets/shop-12345678.css", nil, 200, "body{}", map[string]string{"Content-Type": "text/css; charset=utf-8"}},
		"font":                   {on, "GET", "/shop/assets/inter-wght-12345678.woff2", nil, 200, "wOF2", map[string]string{"Content-Type": "font/woff2"}},
		"unknown type":           {on, "GET", "/shop/secret.key", nil, 404, "404 page not found\n", nil},
		"packed file by name":    {on, "GET", "/messenger.js.gz", nil, 404, "404 page not found\n", nil},
		"traversal":              {on, "GET", "/shop/../messenger.js", nil, 404, "404 page not found\n", nil},
		"unknown page":           {on, "GET", "/shop/nothing/", nil, 404, "404 page not found\n", nil},
		"shop is off":            {off, "GET", "/shop/", nil, 404, "404 page not found\n", nil},
		"shop's files are off":   {off, "GET", "/shop/assets/shop-12345678.css", nil, 404, "404 page not found\n", nil},
		"messenger without shop": {off, "GET", "/messenger.js", nil, 200, loader, nil},
		"other method":           {on, "POST", "/messenger.js", nil, 405, "only GET and HEAD\n", map[string]string{"Allow": "GET, HEAD"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			response := get(t, handler(t, test.options), test.method, test.target, test.headers...)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if got := text(t, response.Body); test.status != 301 && got != test.body {
				t.Errorf("body %q, want %q", got, test.body)
			}
			for key, want := range test.want {
				if got := response.Header.Get(key); got != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestCompressedAnswersHoldTheSame(t *testing.T) {
	h := handler(t, web.Options{DeploymentID: "5f0c", Shop: true, Files: built(t)})
	for target, want := range map[string]string{"/messenger.js": loader, "/shop/basket/": "basket"} {
		response := get(t, h, "GET", target, "Accept-Encoding", "br, gzip;q=0.8")
		if got := response.Header.Get("Content-Encoding"); got != "gzip" {
			t.Fatalf("%s: encoding %q", target, got)
		}
		unpacked, err := gzip.NewReader(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, unpacked); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestETagSparesTheBody(t *testing.T) {
	h := handler(t, web.Options{Files: built(t)})
	plain := get(t, h, "GET", "/messenger.js").Header.Get("ETag")
	packed := get(t, h, "GET", "/messenger.js", "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == "" || plain == packed {
		t.Fatalf("ETags %q and %q must differ: the bytes do", plain, packed)
	}
	again := get(t, h, "GET", "/messenger.js", "If-None-Match", plain)
	if body := text(t, again.Body); again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("status %d with body %q, want 304 without", again.StatusCode, body)
	}
}

func TestDeploymentIDCannotBreakOutOfThePage(t *testing.T) {
	h := handler(t, web.Options{DeploymentID: `"><script>alert(1)</script>`, Shop: true, Files: built(t)})
	body := text(t, get(t, h, "GET", "/shop/").Body)
	if strings.Contains(body, "<script>alert") || !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("page holds the ID as markup: %s", body)
	}
}

func TestNotBuiltSaysSo(t *testing.T) {
	h := handler(t, web.Options{DeploymentID: "5f0c", Shop: true, Files: fstest.MapFS{".gitkeep": {}}})
	for _, target := range []string{"/messenger.js", "/shop/"} {
		response := get(t, h, "GET", target)
		if body := text(t, response.Body); response.StatusCode != 503 || !strings.Contains(body, "make build") {
			t.Errorf("%s: status %d, body %q", target, response.StatusCode, body)
		}
	}
}

func TestShopNeedsADeployment(t *testing.T) {
	if _, err := web.Handler(web.Options{Shop: true}); err == nil {
		t.Error("a shop without a deployment was accepted")
	}
}

func TestEmbeddedFilesAreReadable(t *testing.T) {
	h := handler(t, web.Options{DeploymentID: "5f0c", Shop: true})
	if status := get(t, h, "GET", "/messenger.js").StatusCode; status != 200 && status != 503 {
		t.Errorf("status %d, want 200 after a build or 503 before one", status)
	}
}
