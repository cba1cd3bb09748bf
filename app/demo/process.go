package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// EndWithStdin is the environment variable that makes a child end when its
// standard input closes: its parent is gone, however it went.
const EndWithStdin = "PARLEY_END_WITH_STDIN"

// WithParent returns a context for the child's side: where EndWithStdin is set,
// it ends when stdin does.
func WithParent(ctx context.Context, stdin io.Reader) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	if os.Getenv(EndWithStdin) != "" {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			end()
		}()
	}
	return ctx, end
}

// run starts cmd and calls read with its output; it returns when the process has
// ended, never with nil. When ctx ends or read fails, it asks the process to
// end, and kills it after endWithin. The process never outlives this one: its
// input closes with it, and Linux signals it besides.
func run(ctx context.Context, cmd *exec.Cmd, read func(out io.Reader) error) error {
	// Linux sends the parent-death signal when the starting thread ends, so this
	// goroutine keeps its thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	tie(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	var readErr error
	failed, drained, exited := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(drained)
		if readErr = read(out); readErr != nil {
			close(failed)
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	var ending sync.WaitGroup
	ending.Go(func() {
		select {
		case <-exited:
			return
		case <-ctx.Done():
		case <-failed:
		}
		_ = in.Close()
		askToEnd(cmd.Process)
		select {
		case <-exited:
		case <-time.After(endWithin):
			_ = cmd.Process.Kill()
		}
	})
	<-drained
	err = cmd.Wait()
	close(exited)
	ending.Wait()
	if err == nil {
		err = errors.New("exit status 0")
	}
	return errors.Join(readErr, err)
}

// Simulate runs parley-simulate's customers against a demo hub until ctx ends.
// It says at once where the program cannot be found.
func Simulate(ctx context.Context, program string, r Ready) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("simulated customers: %w", err)
	}
	words := &tail{}
	cmd := exec.Command(program, "customers", "--hub", r.URL, "--deployment", r.Deployment)
	cmd.Stderr = words
	err := run(ctx, cmd, func(out io.Reader) error {
		_, err := io.Copy(io.Discard, out)
		return err
	})
	if ctx.Err() == nil {
		return fmt.Errorf("simulated customers ended: %w: %s", err, words.last())
	}
	return nil
}

// Simulator returns where parley-simulate is: beside this program, else on the
// search path.
func Simulator() string {
	name := "parley-simulate"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	return name
}

// logFile opens the hub's log in o.Dir, keeping the one before.
func (o Options) logFile(words *tail) io.Writer {
	path := filepath.Join(o.Dir, "hub.log")
	_ = os.Rename(path, path+".1")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		o.Log.Warn("the demo hub's log cannot be kept", "error", err)
		return io.Discard
	}
	words.file = f
	return f
}

// tail remembers the last line written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	line []byte
	file io.Closer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line = append(t.line, p...)
	trimmed := bytes.TrimRight(t.line, "\r\n")
	if i := bytes.LastIndexByte(trimmed, '\n'); i >= 0 {
		t.line = t.line[i+1:]
	}
	if len(t.line) > 4096 {
		t.line = t.line[len(t.line)-4096:]
	}
	return len(p), nil
}

func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.line))
}

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
}
