//go:build smoke

package smoke_test

import (
	"image"
	"image/color"
	_ "image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNativeWindow opens the desk, tries the demo by a click, answers a customer
// by the keyboard and ends everything.
func TestNativeWindow(t *testing.T) {
	display := startDisplay(t)
	desk := startDesk(t, display, filepath.Join(t.TempDir(), "data"))

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
	desk.await("painted", func(l line) bool { return l["state"] == "empty" })

	customer := newCustomer(t, hub["url"].(string), hub["deploymentId"].(string))
	customer.write("Is the blue tent back in stock?")
	desk.await("interaction", func(l line) bool { return l["status"] == "alerting" })
	desk.await("painted", func(l line) bool { return l["state"] == "roster" })
	display.run(t, "xdotool", "key", "--window", window, "F2")
	desk.await("interaction", func(l line) bool { return l["status"] == "connected" })
	desk.answer(display, customer, "It is, in both sizes.")

	display.picture(t, window)

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
	desk.awaitEnd()
	if alive(hubPID) {
		t.Error("the hub outlived the desk")
	}
}

// answer types into the composer and sends. Escape leads there once the page has
// shown it; before that nothing takes the keys, so they are typed again.
func (d *desk) answer(display *display, c *customer, text string) {
	d.t.Helper()
	for range 20 {
		display.run(d.t, "xdotool", "key", "Escape")
		display.run(d.t, "xdotool", "type", "--delay", "10", text)
		display.run(d.t, "xdotool", "key", "Return")
		if c.hears(2*time.Second, func(f frame) bool {
			return f.Class == "StructuredMessage" && f.Body.Direction == "Outbound" && f.Body.Text == text
		}) {
			return
		}
	}
	d.t.Fatal("the customer never got the answer")
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

// bubble is the ground of what the agent wrote, in the light theme.
var bubble = color.RGBA{0xdc, 0xee, 0xf3, 0xff}

// picture takes pictures of the window until one shows the agent's message: the
// page paints after it has told of a change. It leaves the last where
// PARLEY_SCREENSHOT says.
func (d *display) picture(t *testing.T, window string) {
	t.Helper()
	path := os.Getenv("PARLEY_SCREENSHOT")
	if path == "" {
		path = filepath.Join(t.TempDir(), "window.png")
	}
	var seen map[color.Color]int
	for end := time.Now().Add(patience); time.Now().Before(end); {
		d.run(t, "import", "-window", window, path)
		seen = colours(t, path)
		if seen[bubble] > 500 {
			if len(seen) <= 50 {
				t.Errorf("the window shows %d colours, so it is blank or nearly", len(seen))
			}
			return
		}
	}
	t.Errorf("the agent's message is not on the screen, which shows %d colours", len(seen))
}

// colours counts the pixels of each colour of a picture.
func colours(t *testing.T, path string) map[color.Color]int {
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
	seen := map[color.Color]int{}
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0xff}]++
		}
	}
	return seen
}
