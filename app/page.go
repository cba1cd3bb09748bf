package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// FirstPush is the ID of the page's element that holds the state as it was when
// the page was served, so that its first screen need not ask for it.
const FirstPush = "first-push"

// Page serves what next does, and puts the first push into the page itself.
func (s *Shell) Page(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/" && r.URL.Path != "/index.html" {
			next.ServeHTTP(w, r)
			return
		}
		page := &held{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(page, r)
		body := page.body.Bytes()
		if page.status == http.StatusOK && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			body = s.withFirstPush(body)
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(page.status)
		_, _ = w.Write(body) // the window has gone
	})
}

func (s *Shell) withFirstPush(page []byte) []byte {
	push, err := json.Marshal(s.Subscribe()) // it escapes what would end the element
	if err != nil {
		s.o.Log.Error("the page begins without the state", "error", err)
		return page
	}
	element := `<script type="application/json" id="` + FirstPush + `">` + string(push) + "</script></head>"
	return bytes.Replace(page, []byte("</head>"), []byte(element), 1)
}

// held keeps an answer until it is complete.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) WriteHeader(status int)      { h.status = status }
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }
