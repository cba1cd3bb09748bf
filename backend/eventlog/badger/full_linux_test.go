package badger_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
)

// TestFullDisk fills a small disk of its own: the log ends in a refusal in words,
// goes on reading, and goes on writing once there is room again.
func TestFullDisk(t *testing.T) {
	mount := t.TempDir()
	wrap := []string{"unshare", "-m"}
	if os.Getuid() != 0 {
		wrap = []string{"unshare", "-Urm"}
	}
	wrap = append(wrap, "sh", "-c", `mount -t tmpfs -o size=256m none "$EVENTLOG_DIR" && exec "$0"`)
	cmd, lines, stderr := startChild(t, "fill", mount, 8, 0, wrap...)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		t.Fatalf("the child died: %v\n%s\n%s", err, strings.Join(said, "\n"), stderr)
	case err != nil:
		t.Fatal(err)
	}
	t.Log(strings.Join(said, "\n"))
	if len(said) == 0 || said[len(said)-1] != "done" {
		t.Error("the child did not come to its end")
	}
}

// childFill writes until it is refused, reads everything back, makes room and
// writes once more.
func childFill() error {
	dir, out := os.Getenv(childDir), os.NewFile(3, "out")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 96<<20), 0o600); err != nil {
		return err
	}
	o := small()
	o.Reserve = 0 // the default, on a disk so small that Badger's own need counts
	l, err := badger.Open(filepath.Join(dir, "data"), o)
	if err != nil {
		return err
	}
	ctx, s := testContext(), eventlogtest.Conversation("a")
	var head eventlog.Head
	add := func() error {
		c := eventlogtest.Next(s, head, fmt.Sprint("command ", head.Rev+1))
		got, _, err := l.Append(ctx, c, eventlog.Sealed{Key: fmt.Sprint("body/", head.Rev+1), Value: make([]byte, 20_000)})
		if err == nil {
			head = eventlogtest.HeadOf(got)
		}
		return err
	}
	// Badger gives room back as it tidies up, so the first refusal is not the last.
	for refusals := 0; refusals < 300; refusals++ {
		if err = add(); err == nil {
			refusals = 0
		}
	}
	fmt.Fprintf(out, "after %d commits: %v\n", head.Rev, err)
	if !errors.Is(err, eventlog.ErrFull) || !strings.Contains(err.Error(), "refused") {
		return fmt.Errorf("refused with %w", err)
	}
	if !errors.Is(l.Room(1<<20), eventlog.ErrFull) {
		return errors.New("there is room beside the log, but not in it")
	}
	n := uint64(0)
	for _, err := range l.Read(ctx, s, 0) {
		if err != nil {
			return err
		}
		n++
	}
	if n != head.Rev {
		return fmt.Errorf("%d commits can be read, %d were written", n, head.Rev)
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if err := add(); err != nil {
		return fmt.Errorf("after room was made: %w", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	fmt.Fprintln(out, "done")
	return nil
}
