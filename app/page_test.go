package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"parley/app"
)

// servePage asks for a path of a window whose assets are one page and one script.
func servePage(p *parts, method, path string) *httptest.ResponseRecorder {
	assets := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/", "/index.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, "<html><head><title>Parley</title></head><body></body></html>")
		case "/assets/desk.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, "// </head>")
		default:
			http.NotFound(w, r)
		}
	})
	w := httptest.NewRecorder()
	p.shell.Page(assets).ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestPageHoldsTheFirstPush(t *testing.T) {
	p := newParts(t)
	p.start()
	defer p.shell.Shutdown()
	p.awaitSession("signed_out")
	desk := p.signIn()
	nasty := "</script><script>alert(1)</script><!--"
	desk.changed(app.Push{Roster: &app.Roster{Interactions: []app.Interaction{{ID: "c1", LastText: nasty}}}})
	p.await("the card", func(s app.Push) bool { return len(s.Roster.Interactions) == 1 })
	for _, path := range []string{"/", "/index.html"} {
		w := servePage(p, "GET", path)
		page := w.Body.String()
		if got := w.Header().Get("Content-Length"); w.Code != http.StatusOK || got != strconv.Itoa(len(page)) {
			t.Errorf("%s: status %d, length %s of %d", path, w.Code, got, len(page))
		}
		_, rest, found := strings.Cut(page, `<title>Parley</title><script type="application/json" id="`+app.FirstPush+`">`)
		raw, rest, ended := strings.Cut(rest, "</script>")
		if !found || !ended || rest != "</head><body></body></html>" {
			t.Fatalf("%s: %s", path, page)
		}
		var push app.Push
		if err := json.Unmarshal([]byte(raw), &push); err != nil {
			t.Fatal(err)
		}
		if push.Session.State != "signed_in" || push.Tabs == nil || len(push.Roster.Interactions) != 1 || push.Roster.Interactions[0].LastText != nasty {
			t.Errorf("%s: %+v", path, push)
		}
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/assets/desk.js", "// </head>", 200},
		{"GET", "/nothing", "404 page not found\n", 404},
		{"POST", "/", "<html><head><title>Parley</title></head><body></body></html>", 200},
	} {
		if w := servePage(p, c.method, c.path); w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%s %s: %d %q", c.method, c.path, w.Code, w.Body)
		}
	}
}
