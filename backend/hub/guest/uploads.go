package guest

import (
	"cmp"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"parley/backend/channel/web"
	"parley/backend/eventlog"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
)

const (
	pathUploads = "/messenger/uploads/"
	// uploadHeader must be in the answer to onAttachment: clients take one
	// without headers for a download.
	uploadHeader = "x-amz-tagging"

	uploadLife  = 5 * time.Minute // of an address to upload to
	unsentLife  = time.Hour       // of a file that is in no message
	maxUploads  = 10              // of one guest that are in no message
	maxFileName = 1024            // characters
)

// stage is how far an upload has come.
type stage int

const (
	promised stage = iota // its address waits for the file
	arriving              // the address is used
	ready                 // the file is whole
	failed
)

// upload is a file on its way into a message. It lives in memory: a hub that
// restarts has forgotten it, and the client uploads again.
type upload struct {
	session *session
	file    message.Attachment // as announced; as it is, once ready
	md5     string
	secret  string
	until   time.Time
	stage   stage
	sent    bool
}

// onAttachment promises an address to upload one file to.
func (c *conn) onAttachment(s *session, r web.OnAttachment) {
	h := c.hub
	refuse := func(code int, why string) {
		c.refused(code, "attachment")
		c.send(web.UploadRefused(r.TracingID, r.ID, code, why))
	}
	s.mu.Lock()
	readOnly := s.readOnly
	s.mu.Unlock()
	d := c.deployment
	switch {
	case readOnly:
		c.failed(s, r.TracingID, errReadOnly)
		return
	case !*d.Uploads:
		refuse(web.CodeUnavailable, "attachments are switched off")
		return
	case utf8.RuneCountInString(r.Name) >= maxFileName:
		refuse(web.CodeFileNameTooLong, "the file's name is too long")
		return
	case !validName(r.Name):
		refuse(web.CodeFileName, "the file's name needs an ending and may hold no path")
		return
	case r.Size <= 0:
		refuse(web.CodeFileEmpty, "the file is empty")
		return
	case r.Size > d.maxBytes:
		refuse(web.CodeFileTooLarge, fmt.Sprintf("a file may have %d KB", d.maxBytes>>10))
		return
	case blocked(r.Name) || !d.accepts(r.MIME):
		refuse(web.CodeFileType, "files of this type are not accepted")
		return
	case r.ID != "" && !validID(r.ID):
		refuse(web.CodeBadRequest, "attachmentId must be a UUID")
		return
	}
	u := &upload{
		session: s, md5: r.MD5, secret: rand.Text(), until: h.now().Add(uploadLife),
		file: message.Attachment{ID: id.Attachment(cmp.Or(r.ID, id.New())), Name: r.Name, MIME: plainType(r.MIME), Size: r.Size},
	}
	if why := h.promise(u); why != "" {
		refuse(web.CodeBadRequest, why)
		return
	}
	c.send(web.UploadFrame(r.TracingID, web.Upload{
		AttachmentID: string(u.file.ID), URL: h.o.PublicURL + pathUploads + string(u.file.ID) + "?key=" + u.secret,
		Headers: map[string]string{uploadHeader: "upload=parley"}, FileName: r.Name, FileType: r.MIME,
	}))
}

// validName wants an ending, and nothing that is a path somewhere.
func validName(name string) bool {
	ending := path.Ext(name)
	return utf8.ValidString(name) && len(ending) > 1 && len(ending) < len(name) &&
		!strings.ContainsAny(name, "/\\\x00\r\n") && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' })
}

// validID accepts what clients make: UUIDs with or without dashes.
func validID(s string) bool {
	plain := strings.ReplaceAll(s, "-", "")
	_, err := hex.DecodeString(plain)
	return err == nil && len(plain) == 32 && len(s) <= 36
}

// promise keeps an upload; the answer says why not, if not.
func (h *Hub) promise(u *upload) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.uploads[u.file.ID]; old != nil && old.stage != failed {
		return "this attachmentId is in use"
	}
	n := 0
	for _, other := range h.uploads {
		if other.session.guest == u.session.guest && !other.sent && other.stage != failed {
			n++
		}
	}
	if n >= maxUploads {
		return "too many files wait to be sent; send or delete some first"
	}
	h.uploads[u.file.ID] = u
	return ""
}

// claim takes the one use of an upload's address.
func (h *Hub) claim(file id.Attachment, secret string) (*upload, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	u := h.uploads[file]
	if u == nil || subtle.ConstantTimeCompare([]byte(secret), []byte(u.secret)) != 1 {
		return nil, http.StatusForbidden
	}
	if u.stage != promised {
		return nil, http.StatusConflict
	}
	if !h.now().Before(u.until) {
		return nil, http.StatusGone
	}
	u.stage = arriving
	return u, http.StatusOK
}

// serveUpload takes PUT of the bytes.
func (h *Hub) serveUpload(w http.ResponseWriter, r *http.Request) {
	h.anyOrigin(w, r)
	u, status := h.claim(id.Attachment(r.PathValue("file")), r.URL.Query().Get("key"))
	if u == nil {
		h.log.Info("upload refused", "status", status)
		h.problem(w, status, "upload.refused", map[int]string{
			http.StatusForbidden: "no such upload address",
			http.StatusConflict:  "this upload address has been used",
			http.StatusGone:      "this upload address has expired",
		}[status])
		return
	}
	got, code, err := h.take(r, u)
	if err != nil {
		h.failUpload(u, code, err)
		status := http.StatusUnprocessableEntity
		if code == web.CodeFileTooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		h.problem(w, status, "upload.refused", err.Error())
		return
	}
	h.mu.Lock()
	u.stage, u.file, u.until = ready, got, h.now().Add(unsentLife)
	h.mu.Unlock()
	w.WriteHeader(http.StatusOK)
	h.push(u.session, web.UploadSucceeded(string(got.ID), h.url(got), h.now()), nil)
}

func (h *Hub) failUpload(u *upload, code int, err error) {
	h.mu.Lock()
	u.stage = failed
	file := u.file.ID
	h.mu.Unlock()
	h.log.LogAttrs(h.ctx, slog.LevelInfo, "upload refused", slog.Int("code", code), slog.String("guest", string(u.session.guest)))
	h.push(u.session, web.UploadFailed(string(file), code, err.Error(), h.now()), nil)
}

var (
	errTooLarge = errors.New("the file is larger than was announced")
	errShort    = errors.New("the file is shorter than was announced")
	errMD5      = errors.New("the file's MD5 is not what was announced")
	errStore    = errors.New("the file could not be stored; try again")
)

// take stores the bytes of an upload and looks at them. The code goes with the
// error.
func (h *Hub) take(r *http.Request, u *upload) (message.Attachment, int, error) {
	none := message.Attachment{}
	if r.ContentLength > u.file.Size {
		return none, web.CodeFileTooLarge, errTooLarge
	}
	if r.ContentLength >= 0 && r.ContentLength < u.file.Size {
		return none, web.CodeFileContent, errShort
	}
	picture := strings.HasPrefix(u.file.MIME, "image/")
	stored := u.file.ID
	if picture {
		stored = id.Attachment(id.New()) // what arrives is never shown, only what is made of it
	}
	sum := md5.New() // the protocol's choice; it guards against accidents only
	in := &exact{r: io.TeeReader(r.Body, sum), left: u.file.Size}
	if _, err := h.o.Files.Put(r.Context(), unsent.Upload{File: stored, Guest: u.session.guest}, in); err != nil {
		switch {
		case errors.Is(err, errTooLarge):
			return none, web.CodeFileTooLarge, errTooLarge
		case errors.Is(err, errShort), r.Context().Err() != nil:
			return none, web.CodeFileContent, errShort
		case errors.Is(err, eventlog.ErrFull):
			return none, web.CodeUnexpected, eventlog.ErrFull
		}
		h.log.Error("an upload was not stored", "guest", u.session.guest, "error", err)
		return none, web.CodeUnexpected, errStore
	}
	out, err := u.file, error(nil)
	switch {
	case !u.matches(sum.Sum(nil)):
		err = errMD5
	case picture:
		err = h.encodeAnew(r.Context(), u.session.guest, stored, &out)
	}
	if err != nil || picture {
		h.discard(stored)
	}
	switch {
	case errors.Is(err, errStore):
		return none, web.CodeUnexpected, err
	case err != nil:
		return none, web.CodeFileContent, err
	}
	return out, 0, nil
}

// matches compares with the MD5 that was announced, if one was, in either of
// the forms that clients write.
func (u *upload) matches(sum []byte) bool {
	return u.md5 == "" || u.md5 == base64.StdEncoding.EncodeToString(sum) || strings.EqualFold(u.md5, hex.EncodeToString(sum))
}

func (h *Hub) discard(file id.Attachment) {
	if err := h.o.Files.Delete(file); err != nil {
		h.log.Error("a file was not deleted", "file", file, "error", err)
	}
}

// plainType gives a MIME type without parameters, in lower case.
func plainType(mime string) string {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	return strings.TrimSpace(mime)
}

// exact reads exactly left bytes: more and fewer are errors.
type exact struct {
	r    io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if int64(len(p)) > e.left+1 {
		p = p[:e.left+1]
	}
	n, err := e.r.Read(p)
	e.left -= int64(n)
	switch {
	case e.left < 0:
		return 0, errTooLarge
	case errors.Is(err, io.EOF) && e.left > 0, errors.Is(err, io.ErrUnexpectedEOF):
		return 0, errShort
	}
	return n, err
}
