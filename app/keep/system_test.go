//go:build linux

package keep_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"parley/app/keep"
)

// The library keeps its connection to the session bus for the whole process, so
// each case of a real keychain runs in a process of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("PARLEY_TEST_PART") {
	case "use":
		os.Exit(useKeychain())
	case "miss":
		ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
		defer end()
		if keep.NewEntry(keep.System{}, "profile").Works(ctx) {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// useKeychain returns the number of the step that failed, 0 if none did.
func useKeychain() int {
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	one, two := keep.NewEntry(keep.System{}, "/data/one"), keep.NewEntry(keep.System{}, "/data/two")
	if _, err := one.Load(ctx); !errors.Is(err, keep.ErrNone) {
		return 11
	}
	if one.Save(ctx, secret) != nil {
		return 12
	}
	if got, err := one.Load(ctx); err != nil || !reflect.DeepEqual(got, secret) {
		return 13
	}
	if _, err := two.Load(ctx); !errors.Is(err, keep.ErrNone) { // another profile's entry
		return 14
	}
	for range 2 { // what is gone may be deleted again
		if one.Delete(ctx) != nil {
			return 15
		}
	}
	if _, err := one.Load(ctx); !errors.Is(err, keep.ErrNone) {
		return 16
	}
	return 0
}

// bus starts a session bus of the test's own, without services that it could
// start by itself, and returns the environment to use it.
func bus(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	conf := home + "/bus.conf"
	rules := `<busconfig><type>session</type><listen>unix:dir=` + home + `</listen><policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`
	if err := os.WriteFile(conf, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--config-file="+conf, "--nofork", "--nopidfile", "--nosyslog", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address),
		"HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_CACHE_HOME="+home, "XDG_CONFIG_HOME="+home)
}

// awaitOwner waits until somebody on the bus has a name.
func awaitOwner(t *testing.T, env []string, name string) {
	t.Helper()
	address := ""
	for _, e := range env {
		if value, found := strings.CutPrefix(e, "DBUS_SESSION_BUS_ADDRESS="); found {
			address = value
		}
	}
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 64)
	conn.Signal(signals)
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)); err != nil {
		t.Fatal(err)
	}
	var owned bool
	if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned); err != nil {
		t.Fatal(err)
	}
	for late := time.After(20 * time.Second); !owned; {
		select {
		case s := <-signals:
			owned = s.Name == "org.freedesktop.DBus.NameOwnerChanged" && s.Body[0] == name
		case <-late:
			t.Fatalf("nobody has the name %s", name)
		}
	}
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

func TestRealKeychain(t *testing.T) {
	env := bus(t)
	daemon := exec.Command("gnome-keyring-daemon", "--unlock", "--components=secrets", "--foreground")
	daemon.Env, daemon.Stdin = env, strings.NewReader("\n")
	start(t, daemon)
	awaitOwner(t, env, "org.freedesktop.secrets")
	run(t, env, "use")
}

func TestNoKeychain(t *testing.T) {
	run(t, bus(t), "miss")
	run(t, append(bus(t), "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere"), "miss")
}

func run(t *testing.T, env []string, part string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(env, "PARLEY_TEST_PART="+part)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
