package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/backend/hub"
	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/id"
)

// minPassword is the least that a password has, in bytes.
const minPassword = 10

func user(args []string, s Streams) error {
	if len(args) == 0 || args[0] != "add" {
		fmt.Fprint(s.Err, usage)
		return errUsage
	}
	f := flags("user add", s)
	data := f.String("data", "", "the hub's data `DIR`")
	file := f.String("config", "", "the `FILE` in which the user is configured")
	if err := parse(f, args[1:], 1); err != nil {
		return err
	}
	switch {
	case *data == "":
		return missing(f, "data")
	case *file == "":
		return missing(f, "config")
	}
	c, err := config.Load(*file)
	if err != nil {
		return err
	}
	who := id.Agent(f.Arg(0))
	if !configured(c, who) {
		return fmt.Errorf("there is no user %q in %s; add it there first", who, *file)
	}
	password, made, err := read(s.In)
	if err != nil {
		return err
	}
	if err := store(*data, who, auth.Hash(password)); err != nil {
		return err
	}
	if made {
		_, err = fmt.Fprintf(s.Out, "%s\n", password)
	}
	return err
}

func configured(c *config.Config, who id.Agent) bool {
	for _, u := range c.Users {
		if u.ID == who {
			return true
		}
	}
	return false
}

// read takes a password from the first line of in, or makes one.
func read(in io.Reader) (password string, made bool, err error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read the password: %w", err)
	}
	switch line = strings.TrimRight(line, "\r\n"); {
	case line == "":
		return auth.NewPassword(), true, nil
	case len(line) < minPassword:
		return "", false, fmt.Errorf("a password has at least %d characters", minPassword)
	}
	return line, false, nil
}

// store adds a hash to the passwords of a data directory.
func store(data string, who id.Agent, hash string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	file := hub.PasswordsFile(data)
	all, err := hub.ReadPasswords(file)
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
