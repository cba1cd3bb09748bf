package desk_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"parley/backend/desk"
)

// smallDisk names, in the child, the directory on a small disk of its own.
const smallDisk = "DESK_SMALL_DISK"

// TestDiskFillsWhileTheDeskRuns does so in a child, as a write to a mapped page
// of a full disk kills the process: what is new is refused in words, reading goes
// on, and nothing is lost once there is room again.
func TestDiskFillsWhileTheDeskRuns(t *testing.T) {
	if dir := os.Getenv(smallDisk); dir != "" {
		fillDisk(t, dir)
		return
	}
	wrap := []string{"unshare", "-m"}
	if os.Getuid() != 0 {
		wrap = []string{"unshare", "-Urm"}
	}
	script := `mount -t tmpfs -o size=256m none "$` + smallDisk + `" && exec "$0" -test.run "^` + t.Name() + `$" -test.v`
	cmd := exec.Command(wrap[0], append(wrap[1:], "sh", "-c", script, os.Args[0])...)
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	h := newHub(t)
	d := open(t, options(t, h, dir))
	connected(t, h, d, "c")
	_, err := d.Send("c", "before", nil)
	ok(t, err)
	until(t, d, "sent", settled)
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast, 4<<20)

	if _, err := d.Send("c", "refused", nil); !errors.Is(err, desk.ErrFull) {
		t.Errorf("a message on a full disk: %v", err)
	}
	if _, err := d.Stage("f.txt", "text/plain", []byte("x")); !errors.Is(err, desk.ErrFull) {
		t.Errorf("a file on a full disk: %v", err)
	}
	if err := d.End("c"); !errors.Is(err, desk.ErrFull) {
		t.Errorf("another command on a full disk: %v", err)
	}
	s := until(t, d, "nothing pending", settled)
	same(t, "status", card(s, "c").Status, desk.Connected)
	same(t, "reading", lines(t, d, "c"), []string{"in: hello", "out(sending): before"})

	// The contact writes more than the desk holds in memory.
	long := strings.Repeat("word ", 8<<10)
	for n := range 40 {
		h.says("c", fmt.Sprint(n, " ", long))
	}
	until(t, d, "word of the disk", func(s *desk.Snapshot) bool {
		return s.Link.State == desk.Offline && strings.Contains(s.Link.Reason, "disk is almost full")
	})
	if got := lines(t, d, "c"); len(got) < 3 || got[1] != "out(sending): before" {
		t.Errorf("reading on: %d lines", len(got))
	}

	ok(t, os.Remove(ballast))
	d.Reconnect()
	until(t, d, "all of it", func(s *desk.Snapshot) bool { return settled(s) && card(s, "c").Inbound == 41 })
	_, err = d.Send("c", "after", nil)
	ok(t, err)
	until(t, d, "sent", settled)
	want := lines(t, d, "c")
	same(t, "lines", len(want), 43)
	same(t, "the hub's log", len(h.texts("c")), 43)
	shut(t, d)

	h.set(func() { h.noSocket = 503 })
	d = open(t, options(t, h, dir))
	same(t, "after a restart", lines(t, d, "c"), want)
}

// fill writes to path until the disk has no more than left bytes.
func fill(t *testing.T, path string, left uint64) {
	t.Helper()
	f, err := os.Create(path)
	ok(t, err)
	var disk unix.Statfs_t
	ok(t, unix.Statfs(filepath.Dir(path), &disk))
	part := make([]byte, 1<<20)
	for free := disk.Bavail * uint64(disk.Bsize); free > left+uint64(len(part)); free -= uint64(len(part)) {
		_, err := f.Write(part)
		ok(t, err)
	}
	ok(t, f.Close())
}
