package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"parley/backend/deskagent"
)

// runAgent works as an agent until interrupted: commands come as JSON lines on
// in, changes go as JSON lines to out, what goes wrong goes to human.
func runAgent(ctx context.Context, args []string, in io.Reader, out, human io.Writer) int {
	o := deskagent.Options{In: in, Out: out}
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.SetOutput(human)
	flags.StringVar(&o.Hub, "hub", "", "the hub's address, http://HOST:PORT")
	flags.StringVar(&o.User, "user", "", "sign-in name")
	flags.StringVar(&o.Password, "password", "", "password")
	flags.BoolVar(&o.OnQueue, "on-queue", false, "go on queue")
	flags.BoolVar(&o.AutoAccept, "auto-accept", false, "answer every alert")
	flags.BoolVar(&o.Echo, "echo", false, "answer each inbound text once with the same text")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if o.Hub == "" || o.User == "" || flags.NArg() > 0 {
		fmt.Fprintln(human, "agent needs --hub, --user and --password")
		return 2
	}
	o.Logger = slog.New(slog.NewTextHandler(human, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := deskagent.Run(ctx, o); err != nil {
		fmt.Fprintln(human, err)
		return 1
	}
	return 0
}
