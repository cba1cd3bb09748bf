// Command parley-simulate plays the people around a hub: customers over the web
// messaging guest protocol, and agents without a window.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// command is one subcommand; run returns the process's exit code.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, in io.Reader, out, human io.Writer) int
}

// commands are all subcommands. Each lies in a file of its own.
func commands() []command {
	return []command{
		{"customers", "customers who write, answer, pause, return and leave", runCustomers},
		{"agent", "an agent without a window, driven by JSON lines", runAgent},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(dispatch(ctx, os.Args[1:]))
}

func dispatch(ctx context.Context, args []string) int {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				return c.run(ctx, args[1:], os.Stdin, os.Stdout, os.Stderr)
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: parley-simulate COMMAND [flags]")
	for _, c := range commands() {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", c.name, c.summary)
	}
	return 2
}
