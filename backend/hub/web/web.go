// Package web serves what browsers of customers load: the messenger's loader and chunks, and the demo shop.
// Both are built into dist by the front end's build and embedded; a hub built without them says so.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

//go:embed all:dist
var embedded embed.FS

// Options says what the handler serves.
type Options struct {
	// DeploymentID is the messenger deployment the shop carries. Required with Shop.
	DeploymentID string
	// Shop turns the demo shop on. Off, its addresses do not exist.
	Shop bool
	// Files replaces the embedded files, for tests.
	Files fs.FS
}

// placeholder in the shop's pages stands for the deployment ID.
const placeholder = "{{deployment}}"

// hashed matches names that carry a hash of their content, so that they never change under that name.
var hashed = regexp.MustCompile(`-[A-Za-z0-9_-]{8}\.(js|css|woff2|svg)$`)

// contentTypes lists all that dist may hold. Types are fixed here, since the machine's own table may say anything.
var contentTypes = map[string]string{
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".html":  "text/html; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

// ShopPolicy is the content security policy of the shop's pages: the page may load from its hub and nobody else.
// Messenger's styles are constructed sheets, so no inline style is needed; blob: shows pictures while they upload.
const ShopPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const notBuilt = "The messenger and the shop are not part of this hub: it was built before the front end.\n" +
	"Run `make build`, which builds the front end first, and start the hub again.\n"

// Handler serves GET and HEAD of /messenger.js, /messenger/… and, with Shop, /shop/… from memory. It reads the files
// once; the error names the file that could not be read. Without a built front end the handler answers 503 and says
// what to do, and error is nil, since a hub can do its other work. It is safe for concurrent use.
func Handler(o Options) (http.Handler, error) {
	if o.Shop && o.DeploymentID == "" {
		return nil, errors.New("shop: no deployment ID")
	}
	if o.Files == nil {
		sub, err := fs.Sub(embedded, "dist")
		if err != nil {
			return nil, fmt.Errorf("embedded files: %w", err)
		}
		o.Files = sub
	}
	assets, err := read(o)
	if err != nil {
		return nil, err
	}
	return site{assets: assets, shop: o.Shop}, nil
}

// read loads every file that may be served, by its address.
func read(o Options) (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(o.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contentType, known := contentTypes[path.Ext(name)]
		inShop := strings.HasPrefix(name, "shop/")
		if !known || (inShop && !o.Shop) {
			return nil
		}
		body, err := fs.ReadFile(o.Files, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		a := asset{contentType: contentType, immutable: hashed.MatchString(name), page: path.Ext(name) == ".html"}
		if a.page {
			body = bytes.ReplaceAll(body, []byte(placeholder), []byte(html.EscapeString(o.DeploymentID)))
		} else if packed, err := fs.ReadFile(o.Files, name+".gz"); err == nil {
			a.packed = packed
		}
		a.body = body
		if a.page {
			a.packed = pack(body)
		}
		a.etag = tag(body)
		assets["/"+name] = a
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("front end files: %w", err)
	}
	return assets, nil
}

// pack compresses a page whose deployment ID was put in after the build.
func pack(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// A bytes.Buffer refuses nothing, so neither call can fail.
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}
