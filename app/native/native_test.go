//go:build linux

package native_test

import (
	"bufio"
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"parley/app/native"
)

//go:embed testdata/icon.png
var icon []byte

// The notification library finds its bus by the environment, so it runs in a
// process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("PARLEY_TEST_PART") == "notify" {
		n := native.NewNotices(icon)
		if err := n.Notify("Waiting for an answer: <b>Anna</b>", "two\nlines & "+strings.Repeat("x", 500)); err != nil {
			os.Exit(7)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// bus starts a session bus of the test's own, without any service.
func bus(t *testing.T) (address string, env []string) {
	t.Helper()
	home := t.TempDir()
	rules := `<busconfig><type>session</type><listen>unix:dir=` + home + `</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(home+"/bus.conf", []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+home+"/bus.conf", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSpace(address)
	// No search path: there is no other program either that could show one.
	return address, []string{"PARLEY_TEST_PART=notify", "HOME=" + home, "PATH=" + home, "DBUS_SESSION_BUS_ADDRESS=" + address}
}

type notification struct{ app, title, body string }

// service shows notifications by handing them to its test.
type service struct{ shown chan notification }

// Notify is the specification's method.
func (s service) Notify(app string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.shown <- notification{app, title, body}
	return 1, nil
}

func TestNotify(t *testing.T) {
	address, env := bus(t)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	s := service{make(chan notification, 1)}
	if err := conn.Export(s, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.freedesktop.Notifications", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	select {
	case got := <-s.shown:
		want := notification{"Parley", "Waiting for an answer: &lt;b&gt;Anna&lt;/b&gt;", "two lines &amp; " + strings.Repeat("x", 147) + "…"}
		if got != want {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no notification")
	}
}

func TestWithoutAService(t *testing.T) {
	_, env := bus(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = env
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
}

// A window that has not started drops what is sent to it, and says so where it
// is asked for something.
func TestWindowBeforeItsStart(t *testing.T) {
	w := &native.Window{}
	w.Emit("push", nil)
	w.OpenLink("https://example.com")
	w.Show()
	if _, err := w.ChooseFiles(); err == nil {
		t.Error("files were chosen in a window that is not open")
	}
	if _, err := w.ChooseTarget("x"); err == nil {
		t.Error("a target was chosen in a window that is not open")
	}
}
