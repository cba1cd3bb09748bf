package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/hub/organisation"
	"parley/backend/id"
)

// passwords finds users' hashes: those that "user add" stored go before those
// of the configuration. The file is read at each sign-in, which is seldom.
type passwords struct {
	config *config.Config
	live   *organisation.Live
	file   string
	log    *slog.Logger
}

func (p passwords) of(a id.Agent) (string, bool) {
	if _, known := p.live.View().User(a); !known {
		return "", false
	}
	stored, err := ReadPasswords(p.file)
	if err != nil {
		p.log.Error("stored passwords cannot be read", "file", p.file, "error", err)
	}
	if stored[a] != "" {
		return stored[a], true
	}
	hash := p.config.Passwords[a]
	return hash, hash != ""
}

// ReadPasswords reads the hashes that "user add" stored; none if there is no
// such file.
func ReadPasswords(file string) (map[id.Agent]string, error) {
	out := map[id.Agent]string{}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	return out, json.Unmarshal(data, &out)
}

// StorePassword adds a password's hash to the passwords of a data directory.
func StorePassword(data string, who id.Agent, password string) error {
	if err := auth.Acceptable(password); err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	hash := auth.Hash(password)
	file := PasswordsFile(data)
	all, err := ReadPasswords(file)
	if err != nil {
		return fmt.Errorf("read passwords: %w", err)
	}
	all[who] = hash
	b, err := json.Marshal(all)
	if err == nil {
		err = auth.WriteFile(file, b)
	}
	if err != nil {
		return fmt.Errorf("store the password: %w", err)
	}
	return nil
}
