package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// display is a virtual one with a session bus and an unlocked keychain, in a
// home of its own. This program's environment leads to them from then on.
type display struct {
	home    string
	servers []*exec.Cmd
}

func startDisplay() (*display, error) {
	home, err := os.MkdirTemp("", "parley-bench-home-")
	if err != nil {
		return nil, err
	}
	d := &display{home: home}
	for name, value := range map[string]string{
		"HOME": home, "XDG_RUNTIME_DIR": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home,
		"GDK_BACKEND": "x11", "WAYLAND_DISPLAY": "", "NO_AT_BRIDGE": "1", "LANG": "C.UTF-8",
	} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	number, err := d.serve("", "Xvfb", "-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp")
	if err == nil {
		err = os.Setenv("DISPLAY", ":"+number)
	}
	var bus string
	if err == nil {
		bus, err = d.serve("", "dbus-daemon", "--session", "--nofork", "--nopidfile", "--nosyslog", "--print-address=3")
	}
	if err == nil {
		err = os.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
	}
	if err == nil {
		_, err = d.serve("\n", "gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground")
	}
	if err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

// serve starts a server and returns the line that it writes to file 3; one that
// is given a line to read says nothing there.
func (d *display) serve(reads, name string, args ...string) (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd := exec.Command(name, args...)
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stdin = strings.NewReader(reads)
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", fmt.Errorf("%w (apt-get install xvfb dbus gnome-keyring)", err)
	}
	d.servers = append(d.servers, cmd)
	if reads != "" {
		return "", nil
	}
	said, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s did not start", name)
	}
	return strings.TrimSpace(said), nil
}

func (d *display) stop() {
	for i := len(d.servers) - 1; i >= 0; i-- {
		_ = d.servers[i].Process.Kill()
		_ = d.servers[i].Wait()
	}
	os.RemoveAll(d.home)
}

// window is a program with a window.
type window struct {
	cmd  *exec.Cmd
	took time.Duration // from its start to its first screen
}

// openWindow starts a program and waits for the first line of JSON on its
// standard output that fits.
func openWindow(fits func(line map[string]any) bool, name string, args ...string) (*window, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PARLEY_TRACE=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &window{cmd: cmd}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line map[string]any
		if json.Unmarshal(lines.Bytes(), &line) == nil && fits(line) {
			w.took = time.Since(begin)
			go func() {
				for lines.Scan() { // nobody else empties the pipe
				}
			}()
			return w, nil
		}
	}
	_ = cmd.Process.Kill()
	err = cmd.Wait()
	return nil, fmt.Errorf("%s never showed its first screen: %w: %s", name, err, stderr.String())
}

func (w *window) close() {
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	_ = w.cmd.Wait()
}
