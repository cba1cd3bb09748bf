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

// run starts cmd and calls read with its output; it returns when the process has
// ended, never with nil. When ctx ends or read fails, it asks the process to
// end, and kills it after endWithin. The process does not outlive this one: its
// input closes with it, and Linux signals the simulator besides.
//
// Where ctx ends with ErrKeep and the process may stay, it is asked to; read
// returns ErrKeep when it says that it does, and so does run, at once.
func run(ctx context.Context, cmd *exec.Cmd, mayStay bool, read func(out io.Reader) error) error {
	if !mayStay {
		// Linux sends the parent-death signal when the starting thread ends, so this
		// goroutine keeps its thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		tie(cmd)
	} else {
		apart(cmd)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var readErr error
	failed, drained, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(drained)
		if readErr = read(out); readErr != nil && !errors.Is(readErr, ErrKeep) {
			close(failed)
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	var ending sync.WaitGroup
	ending.Go(func() {
		select {
		case <-over:
			return
		case <-failed:
		case <-ctx.Done():
			if mayStay && errors.Is(context.Cause(ctx), ErrKeep) && askToStay(in, over) {
				return
			}
		}
		_ = in.Close()
		askToEnd(cmd.Process)
		select {
		case <-over:
		case <-time.After(endWithin):
			_ = cmd.Process.Kill()
		}
	})
	<-drained
	if errors.Is(readErr, ErrKeep) {
		close(over)
		ending.Wait()
		return errors.Join(readErr, in.Close(), cmd.Process.Release())
	}
	err = cmd.Wait()
	close(over)
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
	err := run(ctx, cmd, false, func(out io.Reader) error {
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

// openLog opens the hub's log in o.Dir, keeping the one before. The hub gets the
// file itself, so that it can write on when this desk is gone.
func (o Options) openLog() (*os.File, error) {
	path := filepath.Join(o.Dir, "hub.log")
	_ = os.Rename(path, path+".1")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the demo hub's log cannot be kept: %w", err)
	}
	return f, nil
}

// lastWords returns the last line of a log.
func lastWords(f *os.File) string {
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	end := make([]byte, min(info.Size(), 4096))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return ""
	}
	words := &tail{}
	_, _ = words.Write(end)
	return words.last()
}

// tail remembers the last line written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	line []byte
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
