// Package place says where a desk keeps its data on this system.
package place

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// ErrProfile: the name cannot be one of a profile.
var ErrProfile = errors.New("a profile's name has 1 to 32 letters, digits, dots, dashes or underscores, and begins with a letter or digit")

var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`)

// Places are one profile's directories. They need not exist.
type Places struct {
	Profile string // settings, session and cache
	Demo    string // the demo hub's data, shared by all profiles of one data directory
}

// Of returns the places of a profile under the data directory, or under the
// user's own where data is "". The default profile is "".
func Of(data, profile string) (Places, error) {
	if profile != "" && !profileName.MatchString(profile) {
		return Places{}, ErrProfile
	}
	if data == "" {
		home, err := userData()
		if err != nil {
			return Places{}, fmt.Errorf("find the data folder: %w", err)
		}
		data = filepath.Join(home, "parley")
	}
	data, err := filepath.Abs(data)
	if err != nil {
		return Places{}, fmt.Errorf("find the data folder: %w", err)
	}
	name := profile
	if name == "" {
		name = "default"
	} else {
		name = "profile-" + name
	}
	return Places{Profile: filepath.Join(data, "profiles", name), Demo: filepath.Join(data, "demo")}, nil
}

// Instance is a name for the one desk of these places.
func (p Places) Instance() string {
	sum := sha256.Sum256([]byte(p.Profile))
	return "parley_" + hex.EncodeToString(sum[:8])
}

// userData is the user's folder for data that programs keep on this machine.
func userData() (string, error) {
	switch runtime.GOOS {
	case "windows", "darwin", "ios":
		return os.UserConfigDir()
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".local", "share"), nil
}
