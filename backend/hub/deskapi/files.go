package deskapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/picture"
	"parley/backend/hub/unsent"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// upload is what is known of a file from a desk. It is kept sealed beside the
// file, so that a message may carry the file also after a restart.
type upload struct {
	Agent      id.Agent           `json:"agent"`
	Attachment message.Attachment `json:"attachment"`
}

func about(a id.Attachment) id.Attachment { return a + ".about" }

// fileLimit is the largest of all channels: a desk uploads before it says where
// the file goes, and the channel's own limit is checked when it is sent.
func (h *Hub) fileLimit() int64 {
	var most int64
	for _, p := range h.o.Profiles {
		most = max(most, p.Capabilities.MaxFileBytes)
	}
	return most
}

func (h *Hub) upload(w http.ResponseWriter, r *http.Request, who signedIn) {
	a := message.Attachment{ID: id.Attachment(id.New()), Name: cleanName(r.URL.Query().Get("name"))}
	if a.Name == "" {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "malformed", Message: "give the file's name: ?name=…"})
		return
	}
	limit := h.fileLimit()
	body := http.MaxBytesReader(w, r.Body, limit)
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		answer(w, http.StatusBadRequest, protocol.Problem{Code: "empty", Message: "the file is empty"})
		return
	}
	a.MIME = mimeOf(a.Name, r.Header.Get("Content-Type"), head[:n])
	if !h.allowed(a) {
		answer(w, http.StatusUnsupportedMediaType, protocol.Problem{Code: "file_type", Message: "files of this type may not be sent"})
		return
	}
	stored := a.ID
	if picture.Known(a.MIME) {
		stored = id.Attachment(id.New()) // contacts are shown what is made of it
	}
	mine := unsent.Upload{File: stored, Agent: who.session.Agent}
	if stored == a.ID {
		mine.Beside = []id.Attachment{about(a.ID)}
	}
	a.Size, err = h.o.Files.Put(r.Context(), mine, io.MultiReader(bytes.NewReader(head[:n]), body))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		answer(w, http.StatusRequestEntityTooLarge, protocol.Problem{Code: "too_large", Message: fmt.Sprintf("files of at most %d bytes may be sent", limit)})
		return
	case err != nil:
		h.failed(w, err)
		return
	}
	if stored != a.ID {
		err := errors.Join(h.encodeAnew(r.Context(), who.session.Agent, stored, &a), h.o.Files.Delete(stored))
		switch {
		case errors.Is(err, picture.ErrContent), errors.Is(err, picture.ErrPixels):
			answer(w, http.StatusUnprocessableEntity, protocol.Problem{Code: "file_content", Message: "this picture cannot be sent: it is damaged, not what its name says, or too large to decode"})
			return
		case err != nil:
			h.failed(w, err)
			return
		}
	}
	known, err := json.Marshal(upload{Agent: who.session.Agent, Attachment: a})
	if err == nil {
		_, err = h.o.Files.PutBeside(r.Context(), about(a.ID), bytes.NewReader(known))
	}
	if err != nil {
		h.failed(w, errors.Join(err, h.o.Files.Delete(a.ID)))
		return
	}
	answer(w, http.StatusOK, a)
}

// encodeAnew stores as a.ID what is seen in the stored picture and nothing else:
// the messenger shows it where it stands, and where a photo was taken is nobody's
// business.
func (h *Hub) encodeAnew(ctx context.Context, who id.Agent, stored id.Attachment, a *message.Attachment) error {
	select { // one at a time: decoding takes memory
	case h.decoder <- struct{}{}:
		defer func() { <-h.decoder }()
	case <-ctx.Done():
		return ctx.Err()
	}
	in, err := h.o.Files.Open(stored)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // read only
	p, err := picture.Encode(in, a.MIME)
	if err != nil {
		return err
	}
	a.Name, a.MIME, a.Size, a.Width, a.Height = p.Rename(a.Name), p.MIME, int64(len(p.Data)), p.Width, p.Height
	mine := unsent.Upload{File: a.ID, Beside: []id.Attachment{about(a.ID)}, Agent: who}
	_, err = h.o.Files.Put(ctx, mine, bytes.NewReader(p.Data))
	return err
}

// mimeOf is the file's type: what its bytes say if they say a picture, else
// what the desk or the name says.
func mimeOf(name, claimed string, head []byte) string {
	if sniffed := http.DetectContentType(head); strings.HasPrefix(sniffed, "image/") {
		return sniffed
	}
	for _, candidate := range []string{claimed, mime.TypeByExtension(path.Ext(name))} {
		t, _, err := mime.ParseMediaType(candidate)
		if err == nil && strings.Contains(t, "/") && !strings.HasPrefix(t, "image/") {
			return t
		}
	}
	return "application/octet-stream"
}

// allowed tells whether any channel takes such a file.
func (h *Hub) allowed(a message.Attachment) bool {
	for _, p := range h.o.Profiles {
		if p.Capabilities.Takes(a) {
			return true
		}
	}
	return false
}

// cleanName keeps the last part of a file's name, without what is not text.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	for len(name) > 200 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	if name = strings.TrimSpace(name); name == "." || name == "/" || name == ".." {
		return ""
	}
	return name
}

// uploadOf returns what is known of a file from a desk.
func (h *Hub) uploadOf(a id.Attachment) (upload, error) {
	var u upload
	if !wellFormed(string(a)) {
		return u, eventlog.ErrNotFound
	}
	f, err := h.o.Files.Open(about(a))
	if err != nil {
		return u, err
	}
	defer func() { _ = f.Close() }()
	if err := json.NewDecoder(io.LimitReader(f, 64<<10)).Decode(&u); err != nil {
		return u, fmt.Errorf("read what is known of file %s: %w", a, err)
	}
	return u, nil
}

// download serves a file that the agent uploaded, or that belongs to a
// conversation they may see.
func (h *Hub) download(w http.ResponseWriter, r *http.Request, who signedIn) {
	file := id.Attachment(r.PathValue("file"))
	missing := protocol.Problem{Code: "not_found", Message: "no such file, or not one of your conversations"}
	if !wellFormed(string(file)) {
		answer(w, http.StatusNotFound, missing)
		return
	}
	may, err := h.mayRead(r.Context(), who.session.Agent, file)
	if err != nil {
		h.failed(w, err)
		return
	}
	if !may {
		answer(w, http.StatusNotFound, missing)
		return
	}
	f, err := h.o.Files.Open(file)
	switch {
	case errors.Is(err, eventlog.ErrNotFound):
		answer(w, http.StatusNotFound, missing)
		return
	case err != nil:
		h.failed(w, err)
		return
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment")
	http.ServeContent(w, r, "", time.Time{}, f)
}

func (h *Hub) mayRead(ctx context.Context, a id.Agent, file id.Attachment) (bool, error) {
	if u, err := h.uploadOf(file); err == nil && u.Agent == a {
		return true, nil
	}
	if err := h.o.Index.WaitFor(ctx, eventlog.Position{Pos: h.o.Engine.Position()}); err != nil {
		return false, fmt.Errorf("wait for the read model: %w", err)
	}
	list, err := h.o.Index.ByAgent(a, h.o.Engine.Now().AddDate(0, 0, -h.o.Config.KeepDays))
	if err != nil {
		return false, err
	}
	list = append(list, h.watchedBy(a)...)
	if conv, known := h.owners.of(file); known {
		for _, c := range list {
			if c == conv {
				return true, nil
			}
		}
		return false, nil
	}
	for i := len(list) - 1; i >= 0; i-- { // IDs sort by time: the newest first
		has, err := h.hasFile(ctx, list[i], file)
		if err != nil || has {
			return has, err
		}
	}
	return false, nil
}

// hasFile looks through a conversation's log for a file.
func (h *Hub) hasFile(ctx context.Context, conv id.Conversation, file id.Attachment) (bool, error) {
	found := false
	for c, err := range h.o.Engine.Read(ctx, eventlog.Stream{Kind: eventlog.Conversation, ID: string(conv)}, 0) {
		if errors.Is(err, eventlog.ErrDamaged) {
			return found, nil
		}
		if err != nil {
			return false, err
		}
		for _, e := range c.Events {
			for _, f := range filesOf(conversation.Decode(e)) {
				h.owners.put(f.ID, conv)
				found = found || f.ID == file
			}
		}
	}
	return found, nil
}

func filesOf(e conversation.Event) []message.File {
	switch e := e.(type) {
	case conversation.MessageReceived:
		return e.Body.Files
	case conversation.MessageSent:
		return e.Body.Files
	case conversation.MessageChanged:
		return e.Body.Files
	}
	return nil
}

// owners remembers to which conversations files belong, for the last ones seen.
type owners struct {
	mu sync.Mutex
	by map[id.Attachment]id.Conversation
}

const maxOwners = 65_536

func newOwners() owners { return owners{by: map[id.Attachment]id.Conversation{}} }

func (o *owners) note(conv id.Conversation, b message.Body) {
	for _, a := range b.Attachments {
		o.put(a.ID, conv)
	}
}

func (o *owners) put(a id.Attachment, conv id.Conversation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.by) >= maxOwners {
		clear(o.by)
	}
	o.by[a] = conv
}

func (o *owners) of(a id.Attachment) (id.Conversation, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	conv, ok := o.by[a]
	return conv, ok
}
