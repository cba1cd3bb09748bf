package app

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FilesPath is where attachments lie on the window's own origin:
// FilesPath + conversation + "/" + attachment.
const FilesPath = "/files/"

// FileURL is the address of an attachment in the window.
func FileURL(conversation, attachment string) string {
	return FilesPath + conversation + "/" + attachment
}

// inlineTypes may be shown in the window. SVG is missing since it can run scripts.
var inlineTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// Inline says whether a file of that type may be shown in the window.
func Inline(mimeType string) bool { return slices.Contains(inlineTypes, mimeType) }

// Files serves attachments of the open desk to the window, and to nobody else:
// it stands on the window's asset server, which has no port.
type Files struct{ Shell *Shell }

// ServeHTTP answers GET FilesPath….
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	rest, found := strings.CutPrefix(r.URL.Path, FilesPath)
	conversation, attachment, split := strings.Cut(rest, "/")
	if !found || !split || conversation == "" || attachment == "" || strings.Contains(attachment, "/") {
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "files can only be read", http.StatusMethodNotAllowed)
		return
	}
	desk, err := f.Shell.current()
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	file, err := desk.File(r.Context(), conversation, attachment)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	kind := "application/octet-stream"
	if Inline(file.MIME) {
		kind = file.MIME
	} else {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	}
	h.Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, file.Content)
}

// SaveFile implements Core.
func (s *Shell) SaveFile(conversation, attachment string) error {
	desk, err := s.current()
	if err != nil {
		return err
	}
	ctx, end := context.WithTimeout(s.ctx, time.Minute)
	defer end()
	file, err := desk.File(ctx, conversation, attachment)
	if err != nil {
		return err
	}
	target, err := s.o.Native.ChooseTarget(filepath.Base(file.Name))
	if err != nil {
		return fmt.Errorf("the file dialog could not be shown: %w", err)
	}
	if target == "" {
		return nil
	}
	return save(target, file.Content)
}

// save writes content to target, and leaves no part of it where that fails.
func save(target string, content io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(target), ".parley-*")
	if err != nil {
		return fmt.Errorf("the file could not be saved there: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("the file could not be saved: %w", err)
		}
	}()
	if _, err := io.Copy(f, content); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), target)
}
