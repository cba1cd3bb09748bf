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

  parley-hub serve --data DIR [--listen HOST:PORT] [--config FILE]
              [--demo [--platform-url URL]]
        Serve until it is told to end. When it is ready it prints one line of
        JSON; its log goes to standard error.
  parley-hub config check FILE
        Check a configuration file.
  parley-hub config schema
        Print the JSON Schema of configuration files.
  parley-hub config plan FILE (--hub URL --user USER [--password-file F] | --data DIR)
        Show how the organisation differs from what a file wants. The exit code
        is 0 if it does not, 2 if it does, 1 if that could not be found out.
  parley-hub config apply FILE (--hub URL --user USER [--password-file F] | --data DIR)
        Show the same, and make it so, unless somebody else changes it meanwhile.
  parley-hub audit list (--hub URL --user USER [--password-file F] | --data DIR)
        [--since TIME] [--json]
        Print the audit log.
  parley-hub audit verify --data DIR [--config FILE] [--expect REVISION:HASH]
        Walk the audit log's chain and compare it with all that it tells of.
  parley-hub user add --data DIR --config FILE USER
        Give a configured user a password: the first line of standard input, or
        a random one, which is printed.
  parley-hub repair --data DIR [--config FILE]
        Mend a damaged log from its second copy. The hub must not be running.
  parley-hub version
`

// errUsage: the command line is wrong; what is wrong has been printed. errAsked is
// the same of a command whose exit code 2 means something else.
var (
	errUsage = errors.New("usage")
	errAsked = errors.New("asked wrongly")
)

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
	case errors.Is(err, errUsage), errors.Is(err, errDiffers):
		return 2
	case errors.Is(err, errAsked):
		return 1
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
		return configure(ctx, args, s)
	case "audit":
		return auditLog(ctx, args, s)
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

// withFile parses flags around one argument, the name of a file.
func withFile(f *flag.FlagSet, args []string) (string, error) {
	file := ""
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return "", err
			}
			return "", errUsage
		}
		if f.NArg() == 0 {
			break
		}
		if file != "" {
			fmt.Fprintf(f.Output(), "%s: one file is enough: %q or %q\n", f.Name(), file, f.Arg(0))
			return "", errUsage
		}
		file, args = f.Arg(0), f.Args()[1:]
	}
	if file == "" {
		fmt.Fprintf(f.Output(), "%s: the file is missing\n", f.Name())
		f.Usage()
		return "", errUsage
	}
	return file, nil
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
	f.StringVar(&o.PlatformURL, "platform-url", "", "with --demo, call `URL` instead of the messaging platforms")
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
	if o.PlatformURL != "" && !o.Demo {
		fmt.Fprintln(s.Err, "parley-hub serve: --platform-url goes with --demo; in a configuration, channels have platformUrl")
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
