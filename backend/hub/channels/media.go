package channels

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/backend/channel"
	"parley/backend/hub/picture"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
)

// maxFile is the largest inbound file that is kept, in bytes.
const maxFile = 100 << 20

// beginFetch writes down that a message's files are to be fetched, before the
// message is taken on; nil if it has none.
func (h *Hub) beginFetch(t *thread, m id.Message, media []channel.Media) (*journal, error) {
	if len(media) == 0 {
		return nil, nil
	}
	path := journalPath(h.o.Dir, fetching, m)
	return h.keys.openJournal(path, taskRecord{Message: m, Kind: t.account.Kind, Account: t.account.ID, From: t.from, Media: media})
}

// fetch fetches a message's files beside everything else, and adds them.
func (h *Hub) fetch(t *thread, conv id.Conversation, m id.Message, j *journal) {
	if j == nil {
		return
	}
	h.threads.mu.Lock()
	t.users++
	h.threads.mu.Unlock()
	h.work.Go(func() {
		defer h.leave(t)
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := h.fetchAll(h.ctx, t, place{conv: conv, message: m}, j.task.Media)
			if err == nil {
				break
			}
			if h.ctx.Err() == nil {
				h.log.Error("a message's files are not stored yet", "conversation", conv, "message", m, "retry_in", wait, "error", err)
			}
			if pause(h.ctx, wait) != nil {
				j.leave()
				return
			}
		}
		if err := j.remove(); err != nil {
			h.log.Error("a journal cannot be removed", "error", err)
		}
	})
}

// resumeFetch goes on with files of a message, if it was taken on at all.
func (h *Hub) resumeFetch(j *journal) {
	a := h.accounts[accountKey{j.task.Kind, j.task.Account}]
	if a == nil {
		j.leave()
		return
	}
	t := h.enter(a, j.task.From)
	defer h.leave(t)
	list, err := h.conversations(h.ctx, t, lookConvs)
	if err != nil {
		h.log.Error("a message whose files are missing cannot be found", "error", err)
		j.leave()
		return
	}
	for _, conv := range list {
		if _, err := h.o.Model.Place(conv, j.task.Message); err == nil {
			h.fetch(t, conv, j.task.Message, j)
			return
		}
	}
	if err := j.remove(); err != nil {
		h.log.Error("a journal cannot be removed", "error", err)
	}
}

// fetchAll fetches the files and adds them to the message. What the platform
// does not hand over is said in the message; an error is of the hub's own disk.
func (h *Hub) fetchAll(ctx context.Context, t *thread, p place, media []channel.Media) error {
	var (
		files   []message.Attachment
		missing []string
	)
	for _, m := range media {
		a, why, err := h.fetchOne(ctx, t.account, t.guest, m)
		switch {
		case err != nil:
			h.discard(files)
			return err
		case why != "":
			missing = append(missing, why)
		default:
			files = append(files, a)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	body, gone, err := h.present(ctx, p)
	if err != nil || gone {
		h.discard(files)
		return err
	}
	body.Attachments = append(body.Attachments, files...)
	if len(missing) > 0 {
		body.Unsupported = strings.Join(missing, "; ")
	}
	cmd := h.keys.commandOf("files", t.account.Kind, t.account.ID, string(p.message))
	if err := h.change(ctx, t, p.conv, cmd, p.message, body, "files"); err != nil {
		return err
	}
	for _, f := range files {
		h.o.Files.Sent(f.ID)
	}
	return nil
}

func (h *Hub) discard(files []message.Attachment) {
	for _, f := range files {
		if err := h.o.Files.Delete(f.ID); err != nil {
			h.log.Error("a file was not deleted", "file", f.ID, "error", err)
		}
	}
}

// fetchAgain is how often a file is asked for that the platform says to ask for
// again later.
const fetchAgain = 3

// fetchOne fetches one file. why says in words what the platform did not hand
// over.
func (h *Hub) fetchOne(ctx context.Context, a *account, g id.Guest, m channel.Media) (got message.Attachment, why string, err error) {
	var full error
	take := func(ctx context.Context, body io.Reader, kind string) (*channel.Download, error) {
		d, err := h.store(ctx, g, body, kind)
		if err != nil && !errors.Is(err, errBody) {
			full = err
		}
		return d, err
	}
	for try := 1; ; try++ {
		r, err := h.performWith(ctx, a, channel.FetchMedia{Media: m}, nil, take)
		switch {
		case full != nil:
			return got, "", full
		case errors.Is(err, channel.ErrUnsupported):
			return got, "a file that this channel does not hand over", nil
		case err != nil:
			return got, "", err
		case r.State == message.Sent && r.File != nil:
			got, err = h.look(ctx, g, *r.File, m)
			if errors.Is(err, picture.ErrContent) || errors.Is(err, picture.ErrPixels) {
				return got, "a picture that cannot be shown: " + err.Error(), nil
			}
			return got, "", err
		case !r.Retry || try >= fetchAgain:
			h.log.Warn("a file was not handed over", "channel", a.Kind, "account", a.ID, "receipt", r)
			return got, strings.TrimSuffix("a file did not come: "+r.Reason, "."), nil
		}
		if err := pause(ctx, max(h.sooner(r.RetryAfter), time.Second)); err != nil {
			return got, "", err
		}
	}
}

// errBody: the platform's answer broke off.
var errBody = errors.New("the file did not arrive whole")

// store streams a file into the vault, up to the limit.
func (h *Hub) store(ctx context.Context, g id.Guest, body io.Reader, kind string) (*channel.Download, error) {
	d := &channel.Download{Attachment: id.Attachment(id.New()), MIME: plainType(kind)}
	sum := sha256.New()
	in := &counted{r: body, left: maxFile}
	size, err := h.o.Files.Put(ctx, unsent.Upload{File: d.Attachment, Guest: g}, io.TeeReader(in, sum))
	switch {
	case in.over:
		return &channel.Download{TooLarge: true, MIME: d.MIME}, nil
	case in.err != nil:
		return nil, fmt.Errorf("%w: %s", errBody, reasonOf(in.err))
	case err != nil:
		return nil, err
	}
	d.Size, d.SHA256 = size, hex.EncodeToString(sum.Sum(nil))
	return d, nil
}

// counted reads up to a limit, and keeps apart whether it or reading failed.
type counted struct {
	r    io.Reader
	left int64
	over bool
	err  error
}

var errTooLarge = errors.New("the file is too large")

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		c.over = true
		return 0, errTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

func plainType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil {
		return ""
	}
	return t
}

// look finds out what a stored file is by its bytes. A picture is encoded anew,
// as guests' are; what calls itself one and is none is a plain file.
func (h *Hub) look(ctx context.Context, g id.Guest, d channel.Download, m channel.Media) (message.Attachment, error) {
	a := message.Attachment{ID: d.Attachment, Name: fileName(m.Name), Size: d.Size}
	in, err := h.o.Files.Open(d.Attachment)
	if err != nil {
		return a, err
	}
	defer func() { _ = in.Close() }() // read only
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return a, err
	}
	a.MIME = mimeOf(head[:n], d.MIME, m.MIME)
	if picture.Known(a.MIME) {
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return a, err
		}
		a, err = h.encodeAnew(ctx, g, in, a)
		h.discard([]message.Attachment{{ID: d.Attachment}})
		if err != nil {
			return a, err
		}
	}
	if a.Name == "" {
		a.Name = string(m.Kind) + ending(a.MIME)
	}
	return a, nil
}

// mimeOf is what the bytes say; where they say nothing, what the server or the
// platform says, unless that is something a window would run or show.
func mimeOf(head []byte, claims ...string) string {
	sniffed := plainType(http.DetectContentType(head))
	switch group, _, _ := strings.Cut(sniffed, "/"); {
	case group == "image", group == "video", group == "audio", sniffed == "application/pdf":
		return sniffed
	case sniffed == "text/html":
		return plainFile
	}
	for _, c := range claims {
		c = plainType(c)
		switch group, _, _ := strings.Cut(c, "/"); {
		case c == "", group == "image", c == "text/html", strings.Contains(c, "xml"), strings.Contains(c, "javascript"):
		default:
			return c
		}
	}
	return plainFile
}

const plainFile = "application/octet-stream"

func (h *Hub) encodeAnew(ctx context.Context, g id.Guest, in io.ReadSeeker, a message.Attachment) (message.Attachment, error) {
	select { // one at a time: decoding takes memory
	case h.pictures <- struct{}{}:
		defer func() { <-h.pictures }()
	case <-ctx.Done():
		return a, ctx.Err()
	}
	p, err := picture.Encode(in, a.MIME)
	if err != nil {
		return a, err
	}
	a.ID, a.MIME, a.Size, a.Width, a.Height = id.Attachment(id.New()), p.MIME, int64(len(p.Data)), p.Width, p.Height
	if a.Name != "" {
		a.Name = p.Rename(a.Name)
	}
	_, err = h.o.Files.Put(ctx, unsent.Upload{File: a.ID, Guest: g}, bytes.NewReader(p.Data))
	return a, err
}

// fileName keeps the last part of a file's name, without what is not text.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	if name = short(name); name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// ending is a usual ending for a type.
func ending(kind string) string {
	for _, e := range [][2]string{
		{"image/jpeg", ".jpg"}, {"image/png", ".png"}, {"image/gif", ".gif"}, {"image/webp", ".webp"}, {"video/mp4", ".mp4"}, {"audio/mpeg", ".mp3"},
		{"audio/ogg", ".ogg"}, {"application/ogg", ".ogg"}, {"audio/wave", ".wav"}, {"application/pdf", ".pdf"}, {"text/plain", ".txt"},
	} {
		if e[0] == kind {
			return e[1]
		}
	}
	return ""
}
