package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/text/language"

	"parley/app/atomicfile"
	"parley/app/sound"
)

// DefaultSettings are a new profile's preferences.
func DefaultSettings() Settings {
	return Settings{
		Theme: "system", Density: "default", TextSize: 100, EnterSends: true,
		Sound: true, Volume: 70, Tone: sound.Default, Tones: tones(),
		Notifications: true, OnQuit: hubAsk,
	}
}

func tones() []Tone {
	out := []Tone{}
	for _, t := range sound.Tones() {
		out = append(out, Tone{ID: t.ID, Label: t.Label})
	}
	return out
}

const settingsName = "settings.json"

// LoadSettings reads the settings at path. A missing file gives the defaults; a
// file that cannot be read gives the defaults and an error. A field that is
// missing or not allowed takes its default.
func LoadSettings(path string) (Settings, error) {
	s := DefaultSettings()
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read settings: %w", err)
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return DefaultSettings(), fmt.Errorf("read settings: %w", err)
	}
	s.Tones = tones()
	return repair(s), nil
}

// SaveSettings writes the settings to path, whole or not at all.
func SaveSettings(path string, s Settings) error {
	s.Tones = nil
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return atomicfile.Write(path, raw, 0o600)
}

var (
	themes    = []string{"system", "light", "dark", "contrast-light", "contrast-dark"}
	densities = []string{"default", "compact", "roomy"}
	endings   = []string{hubAsk, hubKeep, hubEnd}
)

// check says in words what is wrong with s.
func check(s Settings) error {
	switch {
	case !slices.Contains(themes, s.Theme):
		return fmt.Errorf("there is no theme %q", s.Theme)
	case !slices.Contains(densities, s.Density):
		return fmt.Errorf("there is no density %q", s.Density)
	case !slices.Contains(endings, s.OnQuit):
		return fmt.Errorf("a hub cannot be left as %q", s.OnQuit)
	case s.TextSize < 100 || s.TextSize > 150:
		return errors.New("the text size goes from 100 to 150 per cent")
	case s.Volume < 0 || s.Volume > 100:
		return errors.New("the volume goes from 0 to 100 per cent")
	case !sound.Known(s.Tone):
		return fmt.Errorf("there is no tone %q", s.Tone)
	}
	if _, err := language.Parse(s.Language); s.Language != "" && err != nil {
		return fmt.Errorf("%q is no language", s.Language)
	}
	return nil
}

// repair replaces what is not allowed by its default.
func repair(s Settings) Settings {
	d := DefaultSettings()
	if !slices.Contains(themes, s.Theme) {
		s.Theme = d.Theme
	}
	if !slices.Contains(densities, s.Density) {
		s.Density = d.Density
	}
	if !slices.Contains(endings, s.OnQuit) {
		s.OnQuit = d.OnQuit
	}
	if s.TextSize < 100 || s.TextSize > 150 {
		s.TextSize = d.TextSize
	}
	if s.Volume < 0 || s.Volume > 100 {
		s.Volume = d.Volume
	}
	if !sound.Known(s.Tone) {
		s.Tone = d.Tone
	}
	if _, err := language.Parse(s.Language); s.Language != "" && err != nil {
		s.Language = ""
	}
	return s
}

// Background is the colour of the window before its page is painted, red, green
// and blue, as the settings in a profile's directory ask for. What the system
// prefers is known to the page only, so "system" is light.
func Background(dir string) [3]uint8 {
	s, err := LoadSettings(filepath.Join(dir, settingsName))
	if err != nil {
		return [3]uint8{0xf1, 0xf0, 0xed}
	}
	switch s.Theme {
	case "dark":
		return [3]uint8{0x0e, 0x13, 0x17}
	case "contrast-light":
		return [3]uint8{0xff, 0xff, 0xff}
	case "contrast-dark":
		return [3]uint8{0, 0, 0}
	}
	return [3]uint8{0xf1, 0xf0, 0xed}
}
