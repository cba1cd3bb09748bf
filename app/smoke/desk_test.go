//go:build smoke

package smoke_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// patience is for machines that build something else at the same time.
const patience = 90 * time.Second

// display is a virtual one, with a session bus of its own.
type display struct{ env []string }

func startDisplay(t *testing.T) *display {
	t.Helper()
	home := t.TempDir()
	d := &display{env: append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home,
		"XDG_CACHE_HOME="+home, "GDK_BACKEND=x11", "NO_AT_BRIDGE=1", "WAYLAND_DISPLAY=", "LANG=C.UTF-8")}
	// Xvfb takes a free number and says which; the bus says its address.
	number := d.serve(t, "Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	d.env = append(d.env, "DISPLAY=:"+number)
	bus := d.serve(t, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--nosyslog", "--print-address=3")
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+bus)
	return d
}

// serve starts a server and returns the line that it writes to file 3.
func (d *display) serve(t *testing.T, name string, args ...string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.ExtraFiles = d.env, []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = r.Close()
	})
	_ = w.Close()
	said, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%s did not start: %v", name, err)
	}
	return strings.TrimSpace(said)
}

// manage starts a window manager, which takes the key that closes a window.
func (d *display) manage(t *testing.T) {
	t.Helper()
	cmd := exec.Command("openbox")
	cmd.Env = d.env
	if err := cmd.Start(); err != nil {
		t.Fatalf("openbox: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// run runs a program on the display and returns what it printed.
func (d *display) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// window returns the number of the visible window with that title.
func (d *display) window(t *testing.T, title string) string {
	t.Helper()
	found := strings.Fields(d.run(t, "xdotool", "search", "--sync", "--onlyvisible", "--name", "^"+title+"$"))
	if len(found) == 0 {
		t.Fatalf("there is no window called %s", title)
	}
	return found[0]
}

// line is one line of the desk's trace.
type line map[string]any

// desk is the production binary, running.
type desk struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan line
	ended chan error
}

func startDesk(t *testing.T, d *display, data string, args ...string) *desk {
	t.Helper()
	binary := os.Getenv("PARLEY_BINARY")
	if binary == "" {
		t.Fatal("PARLEY_BINARY must name the desk's binary")
	}
	cmd := exec.Command(binary, append([]string{"--data", data}, args...)...)
	cmd.Env = append(d.env, "PARLEY_TRACE=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	desk := &desk{t: t, cmd: cmd, lines: make(chan line, 1024), ended: make(chan error, 1)}
	go func() {
		for text := bufio.NewScanner(out); text.Scan(); {
			l := line{}
			if json.Unmarshal(text.Bytes(), &l) == nil { // the other lines are for people
				desk.lines <- l
			}
		}
		close(desk.lines)
		desk.ended <- cmd.Wait()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return desk
}

// awaitEnd waits until the desk has ended well.
func (d *desk) awaitEnd() {
	d.t.Helper()
	late := time.After(patience)
	lines := d.lines
	for {
		select {
		case _, open := <-lines:
			if !open {
				lines = nil
			}
		case err := <-d.ended:
			if err != nil {
				d.t.Errorf("the desk ended with %v", err)
			}
			return
		case <-late:
			d.t.Fatal("the desk did not end")
		}
	}
}

func (d *desk) pid() int { return d.cmd.Process.Pid }

// await returns the next line of that kind that fits; it forgets those before.
func (d *desk) await(kind string, fits func(line) bool) line {
	d.t.Helper()
	l, ok := d.next(patience, kind, fits)
	if !ok {
		d.t.Fatalf("the desk did not tell of %s", kind)
	}
	return l
}

func (d *desk) within(wait time.Duration, kind string, fits func(line) bool) bool {
	_, ok := d.next(wait, kind, fits)
	return ok
}

func (d *desk) next(wait time.Duration, kind string, fits func(line) bool) (line, bool) {
	late := time.After(wait)
	for {
		select {
		case l, open := <-d.lines:
			if !open {
				d.t.Fatal("the desk has ended")
			}
			if l["trace"] == kind && (fits == nil || fits(l)) {
				return l, true
			}
		case <-late:
			return nil, false
		}
	}
}
