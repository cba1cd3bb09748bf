package badger

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"parley/backend/eventlog"
)

// logger passes Badger's warnings and errors on and drops its chatter.
type logger struct{ to *slog.Logger }

func (l logger) Errorf(f string, a ...any) {
	l.to.Error("badger", "text", strings.TrimSpace(fmt.Sprintf(f, a...)))
}

func (l logger) Warningf(f string, a ...any) {
	l.to.Warn("badger", "text", strings.TrimSpace(fmt.Sprintf(f, a...)))
}

func (logger) Infof(string, ...any)  {}
func (logger) Debugf(string, ...any) {}

func damagedStore(dir string, cause any) error {
	return fmt.Errorf("open %s: %w: %v", filepath.Base(dir), eventlog.ErrDamaged, cause)
}

// storeError puts Badger's refusal to open into words.
func storeError(dir string, err error) error {
	text := err.Error()
	if strings.Contains(text, "Cannot acquire directory lock") {
		return fmt.Errorf("open %s: another process uses it: %w", dir, err)
	}
	for _, sign := range []string{"checksum", "manifest", "MANIFEST", "magic", "corrupt", "does not exist"} {
		if strings.Contains(text, sign) {
			return damagedStore(dir, err)
		}
	}
	return fmt.Errorf("open %s: %w", dir, err)
}
