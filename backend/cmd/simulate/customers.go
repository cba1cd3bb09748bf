package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"parley/backend/simulate"
)

// runCustomers is parley-simulate customers.
func runCustomers(ctx context.Context, args []string, _ io.Reader, out, human io.Writer) int {
	var o simulate.Options
	flags := flag.NewFlagSet("customers", flag.ContinueOnError)
	flags.SetOutput(human)
	flags.StringVar(&o.Hub, "hub", "", "the hub's address, http://HOST:PORT")
	flags.StringVar(&o.Deployment, "deployment", "", "the deployment's ID")
	flags.Float64Var(&o.Rate, "rate", 6, "customers a minute")
	flags.IntVar(&o.Count, "count", 0, "stop after so many customers; 0 = go on")
	flags.DurationVar(&o.Duration, "duration", 0, "let nobody arrive after this; 0 = go on")
	flags.StringVar(&o.Script, "script", "", "what everybody plays; empty = all in turn: "+strings.Join(simulate.Scripts(), ", "))
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same customers")
	flags.Float64Var(&o.Speed, "speed", 1, "divides all waiting")
	asJSON := flags.Bool("json", false, "write what happens as JSON lines on stdout")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if o.Hub == "" || o.Deployment == "" || o.Rate <= 0 || flags.NArg() > 0 {
		fmt.Fprintln(human, "customers needs --hub, --deployment and a --rate above 0")
		return 2
	}
	var mu sync.Mutex
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	o.Report = func(h simulate.Happening) {
		mu.Lock()
		defer mu.Unlock()
		if *asJSON {
			_ = encoder.Encode(h) // nobody reads any more
		}
		fmt.Fprintln(human, line(h))
	}
	failed, err := simulate.Customers(ctx, o)
	if err != nil {
		fmt.Fprintln(human, err)
		return 2
	}
	if failed > 0 {
		fmt.Fprintf(human, "%d customers failed\n", failed)
		return 1
	}
	return 0
}

// line tells a happening to a person.
func line(h simulate.Happening) string {
	who := fmt.Sprintf("%s  customer %d (%s)", time.UnixMilli(h.AtMs).Format(time.TimeOnly), h.Customer, h.Script)
	switch h.Type {
	case "said":
		return who + " wrote: " + h.Text
	case "heard":
		return who + " heard from " + h.From + ": " + h.Text
	case "photo":
		return who + " sent a photo: " + h.Text
	case "failed":
		return who + " failed: " + h.Error
	case "typing":
		return who + " is typing"
	case "ended":
		return who + " was told that the conversation has ended"
	}
	return who + " " + h.Type
}
