// Command parley-hub is the server of Parley.
package main

import (
	"context"
	"os"

	"parley/backend/hub/command"
)

func main() {
	os.Exit(command.Main(context.Background(), os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
