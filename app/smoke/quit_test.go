//go:build smoke

package smoke_test

import (
	"image/color"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestQuitting closes the native window by its key, twice: the first time the
// demo hub is kept, and the next desk finds it; then it is ended.
func TestQuitting(t *testing.T) {
	display := startDisplay(t)
	display.manage(t)
	data := filepath.Join(t.TempDir(), "data")

	desk := startDesk(t, display, data, "--demo")
	hub := desk.await("hub", nil)
	pid := int(hub["pid"].(float64))
	t.Cleanup(func() {
		if alive(pid) {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
	})
	desk.await("painted", func(l line) bool { return l["state"] == "empty" })
	desk.askedOnClosing(display)
	display.run(t, "xdotool", "key", "Tab", "Return") // from Cancel to Keep it running
	desk.awaitEnd()
	if !alive(pid) {
		t.Fatal("the hub that was to stay is gone")
	}

	next := startDesk(t, display, data, "--demo")
	if found := next.await("hub", nil); found["pid"] != hub["pid"] || found["url"] != hub["url"] {
		t.Errorf("kept %v at %v, found %v at %v", hub["pid"], hub["url"], found["pid"], found["url"])
	}
	next.await("link", func(l line) bool { return l["state"] == "online" })
	next.await("painted", func(l line) bool { return l["state"] == "empty" })
	next.askedOnClosing(display)
	display.run(t, "xdotool", "key", "Tab", "Tab", "Return") // on to End it
	next.awaitEnd()
	if alive(pid) {
		t.Error("the hub that was to end is still there")
	}
}

// askedOnClosing closes the window and waits until the question is on the
// screen: it dims what stands behind it.
func (d *desk) askedOnClosing(display *display) {
	d.t.Helper()
	window := display.window(d.t, "Parley")
	path := filepath.Join(d.t.TempDir(), "before.png")
	display.run(d.t, "import", "-window", window, path)
	ground, most := color.Color(nil), 0
	for c, n := range colours(d.t, path) {
		if n > most {
			ground, most = c, n
		}
	}
	display.run(d.t, "xdotool", "windowactivate", "--sync", window, "key", "--clearmodifiers", "alt+F4")
	d.await("asks", nil)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		display.run(d.t, "import", "-window", window, path)
		if colours(d.t, path)[ground] < most/2 {
			return
		}
	}
	d.t.Fatal("the question is not on the screen")
}
