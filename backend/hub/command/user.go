package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/backend/hub"
	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/id"
)

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
	if err := hub.StorePassword(*data, who, password); err != nil {
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
	password, err = line(in)
	if err == nil && password == "" {
		return auth.NewPassword(), true, nil
	}
	return password, false, err
}

// line reads a password: the first line.
func line(in io.Reader) (string, error) {
	text, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}
