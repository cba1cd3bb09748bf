package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// asset is one file in memory, plain and compressed.
type asset struct {
	contentType string
	body        []byte
	packed      []byte // gzip; nil when there is none
	etag        string // of the plain body, with quotes
	immutable   bool
	page        bool
}

// tag is a strong ETag of a body.
func tag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

type site struct {
	assets map[string]asset
	shop   bool
}

func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	inShop := r.URL.Path == "/shop" || strings.HasPrefix(r.URL.Path, "/shop/")
	if inShop && !s.shop {
		http.NotFound(w, r)
		return
	}
	if _, built := s.assets["/messenger.js"]; !built {
		header.Set("Cache-Control", "no-store")
		http.Error(w, notBuilt, http.StatusServiceUnavailable)
		return
	}
	if inShop && s.redirect(w, r) {
		return
	}
	name := r.URL.Path
	if strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	a, found := s.assets[name]
	if !found {
		http.NotFound(w, r)
		return
	}
	a.serve(w, r)
}

// redirect sends the address of a directory to the one with a slash, where its relative links are right.
func (s site) redirect(w http.ResponseWriter, r *http.Request) bool {
	if _, directory := s.assets[r.URL.Path+"/index.html"]; !directory {
		return false
	}
	http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
	return true
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	switch {
	case a.page:
		header.Set("Content-Security-Policy", ShopPolicy)
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-cache")
	case a.immutable:
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	default:
		// The loader keeps its name over versions: browsers ask each time and mostly hear 304.
		header.Set("Cache-Control", "public, no-cache")
	}
	if !a.page {
		// Pages of any origin load the chat as a module, which needs CORS. The files are public and carry no cookies.
		header.Set("Access-Control-Allow-Origin", "*")
	}
	body, etag := a.body, a.etag
	if a.packed != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body, etag = a.packed, strings.TrimSuffix(a.etag, `"`)+`-gz"`
	}
	header.Set("ETag", etag)
	// ServeContent answers If-None-Match, ranges and HEAD.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads an Accept-Encoding header; q=0 is a refusal.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSpace(params), "=")
		quality, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return !strings.EqualFold(strings.TrimSpace(key), "q") || err != nil || quality > 0
	}
	return false
}
