//go:build linux

package demo_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"parley/app/demo"
)

// A hub that was kept runs on without the desk, is found by the next one, and
// ends when a desk says so.
func TestKeptHub(t *testing.T) {
	dir := t.TempDir()
	one := start(t, dir)
	first := await(t, one.ready, "hub")
	if !first.Own || demo.Stays(dir) {
		t.Errorf("a desk's own hub is %+v, and stays: %v", first, demo.Stays(dir))
	}
	one.leave(demo.ErrKeep)
	t.Cleanup(func() { _ = demo.End(context.Background(), dir) })
	if dead(first.PID) || !demo.Stays(dir) {
		t.Fatal("the hub that was to stay is gone")
	}
	two := start(t, dir)
	if found := await(t, two.ready, "hub that was kept"); found.Own || found.PID != first.PID || found.URL != first.URL {
		t.Errorf("the next desk has %+v", found)
	}
	two.end()
	if dead(first.PID) {
		t.Fatal("a desk that found the hub ended it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := demo.End(ctx, dir); err != nil {
		t.Error(err)
	}
	gone(t, first.PID)
	if demo.Stays(dir) || demo.End(ctx, dir) == nil {
		t.Error("there is still a hub to end")
	}
	three := start(t, dir)
	if next := await(t, three.ready, "new hub"); !next.Own || next.URL != first.URL {
		t.Errorf("the hub after the one that was kept is %+v, was at %s", next, first.URL)
	}
}

// It runs on when the process that started it is gone, too.
func TestKeptHubOutlivesItsDesk(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), "PARLEY_TEST_PART=desk", "PARLEY_TEST_KEEP=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(bytes.NewReader(out), &pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = demo.End(context.Background(), dir) })
	if dead(pid) {
		t.Fatal("the hub that was to stay is gone")
	}
	next := start(t, dir)
	if found := await(t, next.ready, "hub that was kept"); found.PID != pid {
		t.Errorf("found %+v, left %d", found, pid)
	}
}

// output is a child's; it is closed when the child stays.
type output struct {
	bytes.Buffer
	closed bool
}

func (o *output) Close() error { o.closed = true; return nil }

func TestWithParent(t *testing.T) {
	t.Setenv(demo.EndWithStdin, t.TempDir()+"/hub.sock")
	for name, in := range map[string]string{"gone": "", "says something else": "hello\n"} {
		ctx, end := demo.WithParent(t.Context(), bytes.NewBufferString(in), &output{})
		await(t, ctx.Done(), "end, as the parent "+name)
		end()
	}
	t.Setenv(demo.EndWithStdin, t.TempDir()+"/no/such/folder/hub.sock")
	out := &output{}
	ctx, end := demo.WithParent(t.Context(), bytes.NewBufferString("stay\n"), out)
	await(t, ctx.Done(), "end, as nobody could end it later")
	if out.closed || out.Len() > 0 {
		t.Errorf("it said %q", out)
	}
	end()
	t.Setenv(demo.EndWithStdin, "")
	ctx, end = demo.WithParent(t.Context(), bytes.NewReader(nil), &output{})
	if ctx.Err() != nil {
		t.Error("it ended although nobody asked for that")
	}
	end()
}
