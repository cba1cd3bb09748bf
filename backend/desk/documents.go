package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Tabs are the open interactions, with what is written in each and not sent.
type Tabs struct {
	Open   []Tab  `json:"open"`
	Active string `json:"active"`
}

// Tab is one open interaction.
type Tab struct {
	Conversation string   `json:"conversation"`
	Draft        string   `json:"draft,omitempty"`
	Files        []Staged `json:"files,omitempty"`
}

// LoadTabs returns the tabs as SaveTabs kept them; none if it never did or the
// desk keeps nothing.
func (d *Desk) LoadTabs() (Tabs, error) {
	var t Tabs
	if d.dir == "" {
		return t, nil
	}
	plain, err := d.docs.readSealed(filepath.Join(d.dir, "tabs"))
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("read the open tabs: %w", err)
	}
	if err := json.Unmarshal(plain, &t); err != nil {
		return Tabs{}, fmt.Errorf("read the open tabs: %w", err)
	}
	return t, nil
}

// SaveTabs keeps tabs and drafts sealed, whole or not at all. It costs a file
// written and no sync: call it as the agent writes, a few times a second at most.
func (d *Desk) SaveTabs(t Tabs) error {
	if d.dir == "" {
		return nil
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("keep the open tabs: %w", err)
	}
	if err := d.docs.writeSealed(filepath.Join(d.dir, "tabs"), plain, false); err != nil {
		return fmt.Errorf("keep the open tabs: %w", err)
	}
	return nil
}

// LoadPlain reads what SavePlain kept in a profile's directory, and leaves v as
// it is when there is nothing. It serves settings that hold no secret and are
// needed before anybody has signed in.
func LoadPlain(dir, name string, v any) error {
	path, err := plainPath(dir, name)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// SavePlain keeps v as JSON, whole or not at all, readable by this user only.
func SavePlain(dir, name string, v any) error {
	path, err := plainPath(dir, name)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = writeFile(path, append(b, '\n'), true)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", name, err)
	}
	return nil
}

func plainPath(dir, name string) (string, error) {
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return "", fmt.Errorf("keep %q: not a name", name)
	}
	return filepath.Join(dir, name+".json"), nil
}
