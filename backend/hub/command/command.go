// Package command is the hub's command line, for the binary parley-hub and for
// the desk's, which runs it as "parley hub".
package command

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"parley/backend/hub"
	"parley/backend/hub/config"
	"parley/backend/version"
)

const usage = `parley-hub is the server of Parley.

  parley-hub serve --data DIR [--listen HOST:PORT] [--config FILE] [--demo]
        Serve until it is told to end. When it is ready it prints one line of
        JSON; its log goes to standard error.
  parley-hub config check FILE
        Check a configuration file.
  parley-hub config schema
        Print the JSON Schema of configuration files.
  parley-hub user add --data DIR --config FILE USER
        Give a configured user a password: the first line of standard input, or
        a random one, which is printed.
  parley-hub repair --data DIR [--config FILE]
        Mend a damaged log from its second copy. The hub must not be running.
  parley-hub version
`

// errUsage: the command line is wrong; what is wrong has been printed.
var errUsage = errors.New("usage")

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Main runs a command and returns the process's exit code: 0 if it did what it
// was asked, 1 if it failed, 2 if it was asked wrongly. SIGTERM and SIGINT end
// it in order.
func Main(ctx context.Context, args []string, s Streams) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	err := run(ctx, args, s)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(s.Err, "parley-hub:", err)
	return 1
}

func run(ctx context.Context, args []string, s Streams) error {
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "serve":
		return serve(ctx, args, s)
	case "config":
		return configure(args, s)
	case "user":
		return user(args, s)
	case "repair":
		return repair(args, s)
	case "version", "--version":
		_, err := fmt.Fprintln(s.Out, "parley-hub", version.Version)
		return err
	case "help", "--help", "-h":
		_, err := fmt.Fprint(s.Out, usage)
		return err
	}
	fmt.Fprint(s.Err, usage)
	return errUsage
}

// flags makes a set of flags that reports its errors as errUsage.
func flags(name string, s Streams) *flag.FlagSet {
	f := flag.NewFlagSet("parley-hub "+name, flag.ContinueOnError)
	f.SetOutput(s.Err)
	return f
}

func parse(f *flag.FlagSet, args []string, rest int) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if f.NArg() != rest {
		fmt.Fprintf(f.Output(), "%s: %d arguments, want %d\n", f.Name(), f.NArg(), rest)
		f.Usage()
		return errUsage
	}
	return nil
}

// missing reports a flag that must be set.
func missing(f *flag.FlagSet, name string) error {
	fmt.Fprintf(f.Output(), "%s: --%s is missing\n", f.Name(), name)
	f.Usage()
	return errUsage
}

func serve(ctx context.Context, args []string, s Streams) error {
	var o hub.Options
	f := flags("serve", s)
	f.StringVar(&o.Data, "data", "", "keep everything in `DIR`")
	f.StringVar(&o.Listen, "listen", "", "listen on `HOST:PORT`; port 0 picks a free one")
	f.BoolVar(&o.Demo, "demo", false, "serve a demo organisation and its shop, on loopback only")
	file := f.String("config", "", "read the configuration from `FILE`")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		// Badger's memtables count as live memory, touched or not, and the
		// collector would let as much garbage gather before it runs.
		debug.SetGCPercent(50)
	}
	switch {
	case o.Data == "":
		return missing(f, "data")
	case *file == "" && !o.Demo:
		return missing(f, "config")
	case *file != "" && o.Demo:
		fmt.Fprintln(s.Err, "parley-hub serve: --demo brings its own configuration; leave --config out")
		return errUsage
	}
	if *file != "" {
		c, err := config.Load(*file)
		if err != nil {
			return err
		}
		o.Config = c
	}
	o.Logger = slog.New(slog.NewTextHandler(s.Err, nil))
	failed := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o.Ready = func(r hub.Ready) {
		b, err := json.Marshal(r)
		if err == nil {
			_, err = s.Out.Write(append(b, '\n'))
		}
		if err != nil {
			failed <- fmt.Errorf("tell that the hub is ready: %w", err)
			stop()
		}
	}
	err := hub.Run(ctx, o)
	select {
	case e := <-failed:
		return errors.Join(e, err)
	default:
		return err
	}
}

func configure(args []string, s Streams) error {
	if len(args) == 1 && args[0] == "schema" {
		_, err := s.Out.Write(config.Schema)
		return err
	}
	if len(args) != 2 || args[0] != "check" {
		fmt.Fprint(s.Err, usage)
		return errUsage
	}
	c, err := config.Load(args[1])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s is right: %s, %d queues, %d users, %d deployments\n",
		args[1], c.Name, len(c.Queues), len(c.Users), len(c.Deployments))
	return err
}
