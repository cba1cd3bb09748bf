//go:build smoke

package smoke_test

import (
	"image"
	_ "image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNativeWindow opens the desk, tries the demo by a click, waits for the
// roster and ends everything.
func TestNativeWindow(t *testing.T) {
	display := startDisplay(t)
	desk := startDesk(t, display)

	first := desk.await("painted", nil)
	if first["state"] != "signin" {
		t.Fatalf("the first screen is %v", first["state"])
	}
	if ports := listening(t, desk.pid()); len(ports) > 0 {
		t.Errorf("the desk listens on %v", ports)
	}
	window := display.window(t, "Parley")
	desk.clickTryParley(display, window)

	hub := desk.await("hub", nil)
	desk.await("session", func(l line) bool { return l["state"] == "signed_in" })
	desk.await("link", func(l line) bool { return l["state"] == "online" })
	desk.await("painted", func(l line) bool { return l["state"] == "empty" || l["state"] == "roster" })

	picture := filepath.Join(t.TempDir(), "window.png")
	if kept := os.Getenv("PARLEY_SCREENSHOT"); kept != "" {
		picture = kept
	}
	display.run(t, "import", "-window", window, picture)
	if n := colours(t, picture); n <= 50 {
		t.Errorf("the window shows %d colours, so it is blank or nearly", n)
	}

	hubPID := int(hub["pid"].(float64))
	for _, pid := range family(t, desk.pid()) {
		ports := listening(t, pid)
		switch {
		case pid == hubPID && (len(ports) != 1 || !strings.HasSuffix(hub["url"].(string), ":"+strconv.Itoa(ports[0]))):
			t.Errorf("the hub at %v listens on %v", hub["url"], ports)
		case pid != hubPID && len(ports) > 0:
			t.Errorf("process %d of the desk listens on %v", pid, ports)
		}
	}

	if err := desk.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-desk.ended:
		if err != nil {
			t.Errorf("the desk ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the desk did not end")
	}
	if alive(hubPID) {
		t.Error("the hub outlived the desk")
	}
}

// clickTryParley clicks the button below the sign-in card. Where the card ends
// depends on what it asks, so the clicks climb from the window's lower edge
// until the desk says that it signs in; nothing else lies on that way.
func (d *desk) clickTryParley(display *display, window string) {
	d.t.Helper()
	display.run(d.t, "xdotool", "windowfocus", window)
	for y := 880; y > 500; y -= 12 {
		display.run(d.t, "xdotool", "mousemove", "--window", window, "832", strconv.Itoa(y), "click", "1")
		if d.within(150*time.Millisecond, "session", func(l line) bool { return l["state"] == "signing_in" }) {
			return
		}
	}
	d.t.Fatal("no click reached Try Parley")
}

// colours counts the distinct colours of a picture.
func colours(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]bool{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
