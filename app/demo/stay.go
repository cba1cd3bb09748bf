package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ErrKeep is the cause with which a context ends that leaves the hub running.
var ErrKeep = errors.New("the hub stays")

// EndWithStdin is the environment variable that makes a child end when its
// standard input closes: its parent is gone, however it went. Its value is the
// path of the socket over which a child that stays takes its end.
const EndWithStdin = "PARLEY_END_WITH_STDIN"

// What desk and hub say to each other, a line each: the desk over the hub's
// input while it runs the hub, and over the socket once the hub stays.
const (
	wordStay  = "stay\n"
	wordStays = "stays\n" // the hub's answer, its last output
	wordEnd   = "end\n"
)

const (
	stayWithin = 5 * time.Second
	wordWithin = 2 * time.Second
)

func socket(dir string) string { return filepath.Join(dir, "hub.sock") }

// WithParent returns a context for the child's side: where EndWithStdin is set,
// it ends when in does, unless the parent said before that the child is to stay.
// Then out is closed, since nobody reads it any more.
func WithParent(ctx context.Context, in io.Reader, out io.WriteCloser) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	if path := os.Getenv(EndWithStdin); path != "" {
		go func() {
			defer end()
			if line, err := bufio.NewReader(in).ReadString('\n'); err == nil && line == wordStay {
				stay(ctx, path, out, end)
			}
		}()
	}
	return ctx, end
}

// stay answers the parent and calls end when a desk says that the hub is to.
func stay(ctx context.Context, path string, out io.WriteCloser, end func()) {
	_ = os.Remove(path) // of a hub that was killed; there is one hub to a directory
	l, err := net.Listen("unix", path)
	if err != nil {
		return // without a socket nobody could end it
	}
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	defer func() { _ = l.Close() }()
	_, _ = io.WriteString(out, wordStays)
	_ = out.Close()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.SetReadDeadline(time.Now().Add(wordWithin))
		line, err := bufio.NewReader(io.LimitReader(c, 64)).ReadString('\n')
		if err == nil && line == wordEnd {
			end()
			// The answer is that c closes, with this process.
			_ = c.SetReadDeadline(time.Time{})
			_, _ = io.Copy(io.Discard, c)
			return
		}
		_ = c.Close()
	}
}

// askToStay asks a child and waits until it has let go, or ended.
func askToStay(in io.Writer, over <-chan struct{}) bool {
	if _, err := io.WriteString(in, wordStay); err != nil {
		return false
	}
	select {
	case <-over:
		return true
	case <-time.After(stayWithin):
		return false
	}
}

// awaitStays reads what a hub says after its first line: ErrKeep when it stays.
func awaitStays(lines *bufio.Reader) error {
	for {
		line, err := lines.ReadString('\n')
		if line == wordStays {
			return ErrKeep
		}
		if err != nil {
			return nil // it has ended, and its status says how
		}
	}
}

// Stays says whether a hub runs on dir that was left running.
func Stays(dir string) bool {
	c, err := net.DialTimeout("unix", socket(dir), wordWithin)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// End ends a hub that was left running on dir, and returns when it has ended.
func End(ctx context.Context, dir string) error {
	c, err := net.DialTimeout("unix", socket(dir), wordWithin)
	if err != nil {
		return fmt.Errorf("the demo hub cannot be reached: %w", err)
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })()
	if _, err := io.WriteString(c, wordEnd); err != nil {
		return fmt.Errorf("the demo hub cannot be reached: %w", err)
	}
	if _, err := io.Copy(io.Discard, c); ctx.Err() != nil {
		return fmt.Errorf("the demo hub did not end: %w", err)
	}
	return nil
}
