package channels

import (
	"errors"
	"mime"
	"net/http"
	"time"

	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
)

// PathFiles begins the addresses at which platforms fetch agents' files.
const PathFiles = "/channel-files/"

// fileLife is how long such an address holds: platforms fetch at once, or again
// after a while.
const fileLife = 24 * time.Hour

// fileGrant lets its bearer load one file.
type fileGrant struct {
	File    id.Attachment `json:"f"`
	Name    string        `json:"n"`
	MIME    string        `json:"m"`
	Expires int64         `json:"e"` // Unix seconds
}

// FileURL is an address at which a platform, or a contact, can load a file for a
// day.
func (h *Hub) FileURL(a message.Attachment) (string, error) {
	// Whole days, so that a restarted hub makes the same call as before.
	until := h.now().Truncate(fileLife).Add(2 * fileLife)
	grant, err := h.keys.sign(fileGrant{File: a.ID, Name: a.Name, MIME: a.MIME, Expires: until.Unix()})
	if err != nil {
		return "", err
	}
	return h.o.PublicURL + PathFiles + grant, nil
}

// serveFile gives a file to whoever has its address.
func (h *Hub) serveFile(w http.ResponseWriter, r *http.Request) {
	var g fileGrant
	if err := h.keys.verify(r.PathValue("grant"), &g); err != nil || h.now().Unix() >= g.Expires {
		http.Error(w, "this address is not valid any more", http.StatusForbidden)
		return
	}
	f, err := h.o.Files.Open(g.File)
	if err != nil {
		status := http.StatusNotFound
		if !errors.Is(err, eventlog.ErrNotFound) {
			h.log.Error("a file cannot be served to a platform", "file", g.File, "error", err)
			status = http.StatusInternalServerError
		}
		http.Error(w, "the file cannot be had", status)
		return
	}
	defer func() { _ = f.Close() }() // read only
	w.Header().Set("Content-Type", g.MIME)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": g.Name}))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r, "", time.Time{}, f)
}
