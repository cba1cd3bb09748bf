package guest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"parley/backend/channel/web"
	"parley/backend/eventlog"
	"parley/backend/hub/picture"
	"parley/backend/id"
	"parley/backend/message"
)

const (
	pathFiles = "/messenger/files/"
	// fileLife is how long a download address holds. Clients ask for a fresh one
	// with getAttachment or find one in the history.
	fileLife = time.Hour
)

// complete fills in what the hub knows of a message's uploads. A code other
// than 0 says why one of them cannot be sent.
func (h *Hub) complete(s *session, body *message.Body) (code int, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range body.Attachments {
		u := h.uploads[body.Attachments[i].ID]
		switch {
		case u == nil || u.session.guest != s.guest:
			return web.CodeAttachmentNotFound, "there is no such attachment"
		case u.stage != ready:
			return web.CodeAttachmentNotReady, "the attachment has not been uploaded"
		}
		body.Attachments[i] = u.file
	}
	return 0, ""
}

// sent marks a message's uploads as part of it: they are kept with it.
func (h *Hub) sent(body message.Body) {
	h.mu.Lock()
	for _, a := range body.Attachments {
		if u := h.uploads[a.ID]; u != nil {
			u.sent = true
		}
	}
	h.mu.Unlock()
	for _, a := range body.Attachments {
		h.o.Files.Sent(a.ID)
	}
}

// getAttachment answers with a fresh download address.
func (c *conn) getAttachment(s *session, r web.GetAttachment) {
	a, err := c.hub.find(s, id.Attachment(r.ID))
	if err != nil {
		if !errors.Is(err, eventlog.ErrNotFound) {
			c.hub.log.Error("an attachment cannot be found", "guest", s.guest, "error", err)
		}
		c.refused(web.CodeAttachmentNotFound, "attachment")
		c.send(web.UploadRefused(r.TracingID, r.ID, web.CodeAttachmentNotFound, "there is no such attachment"))
		return
	}
	c.send(web.DownloadFrame(r.TracingID, web.Upload{
		AttachmentID: string(a.ID), URL: c.hub.url(a), FileName: a.Name, FileSize: a.Size, FileType: a.MIME,
	}))
}

// find looks for an attachment among a guest's uploads and in the messages of
// the session.
func (h *Hub) find(s *session, file id.Attachment) (message.Attachment, error) {
	h.mu.Lock()
	u := h.uploads[file]
	h.mu.Unlock()
	if u != nil && u.session.guest == s.guest && u.stage == ready {
		return u.file, nil
	}
	lines, err := h.lines(h.ctx, s)
	if err != nil {
		return message.Attachment{}, err
	}
	for _, l := range lines {
		for _, f := range l.item.Body.Files {
			if f.ID != file {
				continue
			}
			body, err := h.o.Engine.Body(h.ctx, l.conv, l.item.Message)
			if err != nil {
				return message.Attachment{}, err
			}
			for _, a := range body.Attachments {
				if a.ID == file {
					return a, nil
				}
			}
		}
	}
	return message.Attachment{}, eventlog.ErrNotFound
}

// deleteAttachment takes back an upload that is in no message.
func (c *conn) deleteAttachment(s *session, r web.DeleteAttachment) {
	h := c.hub
	file := id.Attachment(r.ID)
	s.write.Lock() // a message may be taking it
	defer s.write.Unlock()
	h.mu.Lock()
	u := h.uploads[file]
	mine := u != nil && u.session.guest == s.guest && !u.sent && u.stage != arriving
	if mine {
		delete(h.uploads, file)
	}
	h.mu.Unlock()
	if !mine {
		c.fail(r.TracingID, web.CodeAttachmentNotFound, "there is no such attachment, or it was sent", "attachment")
		return
	}
	if u.stage == ready {
		h.discard(file)
	}
	c.send(web.AttachmentDeleted(r.TracingID, r.ID))
}

// files gives a message's attachments their addresses.
func (h *Hub) files(b message.Body) []web.File {
	var out []web.File
	for _, a := range b.Attachments {
		out = append(out, web.File{Attachment: a, URL: h.url(a)})
	}
	return out
}

func (h *Hub) urls(b message.Body) map[id.Attachment]string {
	if len(b.Attachments) == 0 {
		return nil
	}
	out := map[id.Attachment]string{}
	for _, a := range b.Attachments {
		out[a.ID] = h.url(a)
	}
	return out
}

// url gives an address that loads one file for fileLife.
func (h *Hub) url(a message.Attachment) string {
	grant := sign(h.keys.file, fileGrant{
		File: a.ID, Name: a.Name, MIME: a.MIME, Inline: inline(a), Expires: h.now().Add(fileLife).Unix(),
	})
	return h.o.PublicURL + pathFiles + url.PathEscape(string(a.ID)) + "?grant=" + grant
}

// inline says whether a file may be shown where it stands: only a picture of a
// kind that holds no script, with the measures that encoding it anew gave it.
func inline(a message.Attachment) bool {
	return picture.Known(a.MIME) && a.Width > 0 && a.Height > 0
}

// serveFile answers a download. The address alone lets its bearer in.
func (h *Hub) serveFile(w http.ResponseWriter, r *http.Request) {
	h.anyOrigin(w, r)
	var g fileGrant
	err := verify(h.keys.file, r.URL.Query().Get("grant"), &g)
	switch {
	case err != nil || string(g.File) != r.PathValue("file"):
		h.log.Info("download refused", "reason", "bad_grant")
		h.problem(w, http.StatusForbidden, "forbidden", "this address is not valid")
		return
	case h.now().Unix() >= g.Expires:
		h.log.Info("download refused", "reason", "expired_grant")
		h.problem(w, http.StatusGone, "expired", "this address has expired; ask for a new one")
		return
	}
	f, err := h.o.Files.Open(g.File)
	if errors.Is(err, eventlog.ErrNotFound) {
		h.problem(w, http.StatusNotFound, "not.found", "the file is gone")
		return
	}
	if err != nil {
		h.log.Error("a file cannot be opened", "file", g.File, "error", err)
		h.problem(w, http.StatusInternalServerError, "internal.server.error", "the file cannot be read now")
		return
	}
	defer func() {
		if err := f.Close(); err != nil {
			h.log.Error("a file was not closed", "file", g.File, "error", err)
		}
	}()
	header := w.Header()
	disposition, kind := "attachment", "application/octet-stream"
	if g.Inline {
		disposition, kind = "inline", g.MIME
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": g.Name}))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin") // the messenger shows it on the shop's page
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "private, max-age=3600")
	http.ServeContent(w, r, "", time.Time{}, io.ReadSeeker(f))
}

// anyOrigin lets any page use an address that is a secret by itself.
func (h *Hub) anyOrigin(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	h.cors(w, r, nil)
}

// tendUploads forgets addresses that were not used, files that were not sent,
// and those that are in a message, which hold all that is known of them.
func (h *Hub) tendUploads(now time.Time) {
	var drop []id.Attachment
	h.mu.Lock()
	for file, u := range h.uploads {
		if u.stage == arriving || now.Before(u.until) {
			continue
		}
		delete(h.uploads, file)
		if u.stage == ready && !u.sent {
			drop = append(drop, file)
		}
	}
	h.mu.Unlock()
	for _, file := range drop {
		h.discard(file)
	}
}
