//go:build linux

package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/app/demo"
	"parley/backend/protocol"
)

// The test binary plays three parts: itself, a hub, and a desk that starts a
// hub and is then killed.
func TestMain(m *testing.M) {
	switch os.Getenv("PARLEY_TEST_PART") {
	case "hub":
		os.Exit(playHub(os.Args[1:]))
	case "desk":
		playDesk(os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// playHub serves what a desk asks of a demo hub.
func playHub(args []string) int {
	if why := os.Getenv("PARLEY_TEST_FAIL"); why != "" {
		fmt.Fprintln(os.Stderr, why)
		return 3
	}
	listen := args[3]
	l, err := net.Listen("tcp", listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	about := func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(protocol.About{Product: "parley", Demo: true})
	}
	mux := http.NewServeMux()
	mux.HandleFunc(protocol.PathAbout, about)
	go func() { _ = http.Serve(l, mux) }()
	ctx, end := demo.WithParent(context.Background(), os.Stdin, os.Stdout)
	defer end()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	fmt.Printf(`{"url":"http://%s","shop":"http://%s/shop/","deploymentId":"d","users":[{"user":"agent-1","password":"secret","role":"agent"}]}`+"\n", l.Addr(), l.Addr())
	<-ctx.Done()
	return 0
}

// playDesk runs a hub until it is killed, or leaves it and ends.
func playDesk(dir string) {
	_ = os.Setenv("PARLEY_TEST_PART", "hub")
	ctx, end := context.WithCancelCause(context.Background())
	demo.Run(ctx, demo.Options{
		Command: []string{os.Args[0]}, Dir: dir, Log: slog.New(slog.DiscardHandler),
		Ready: func(_ context.Context, r demo.Ready) {
			fmt.Println(r.PID)
			if os.Getenv("PARLEY_TEST_KEEP") != "" {
				end(demo.ErrKeep)
			}
		},
		Failed: func(err error) { fmt.Fprintln(os.Stderr, err) },
	})
}

// running is a desk's demo.Run under test.
type running struct {
	ready  chan demo.Ready
	failed chan error
	end    func()            // and wait
	leave  func(cause error) // likewise
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	t.Setenv("PARLEY_TEST_PART", "hub")
	r := &running{ready: make(chan demo.Ready, 16), failed: make(chan error, 16)}
	ctx, cancel := context.WithCancelCause(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		demo.Run(ctx, demo.Options{
			Command: []string{os.Args[0]}, Dir: dir, Log: slog.New(slog.DiscardHandler),
			Ready:  func(_ context.Context, hub demo.Ready) { r.ready <- hub },
			Failed: func(err error) { r.failed <- err },
		})
	}()
	r.leave = func(cause error) {
		cancel(cause)
		<-over
	}
	r.end = func() { r.leave(nil) }
	t.Cleanup(r.end)
	return r
}

func await[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("no %s", what)
	}
	panic("not reached")
}

// gone waits until a process has ended. It is not this one's child any more,
// so there is nothing to wait on but the process table.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if dead(pid) {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Errorf("process %d is still there", pid)
}

// dead is true of a zombie too, which nobody has reaped yet.
func dead(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z") || strings.HasPrefix(rest, "X")
}

func TestHubEndsWithTheDesk(t *testing.T) {
	dir := t.TempDir()
	r := start(t, dir)
	hub := await(t, r.ready, "hub")
	if hub.PID == 0 || dead(hub.PID) || !strings.HasPrefix(hub.URL, "http://127.0.0.1:") || hub.Deployment != "d" {
		t.Fatalf("hub %+v", hub)
	}
	if info, err := os.Stat(filepath.Join(dir, "hub.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the passwords: %v, %v", info, err)
	}
	r.end()
	gone(t, hub.PID)
}

func TestHubIsRestartedAtItsAddress(t *testing.T) {
	r := start(t, t.TempDir())
	first := await(t, r.ready, "hub")
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, r.failed, "word of its death")
	second := await(t, r.ready, "hub after it was killed")
	if second.PID == first.PID || second.URL != first.URL {
		t.Errorf("first %s (%d), then %s (%d)", first.URL, first.PID, second.URL, second.PID)
	}
}

func TestTwoDesksShareAHub(t *testing.T) {
	dir := t.TempDir()
	one := start(t, dir)
	first := await(t, one.ready, "hub")
	two := start(t, dir)
	if shared := await(t, two.ready, "shared hub"); shared.PID != first.PID || shared.URL != first.URL {
		t.Errorf("the second desk has %+v", shared)
	}
	two.end()
	if dead(first.PID) {
		t.Error("the second desk ended the hub of the first")
	}
	three := start(t, dir)
	await(t, three.ready, "shared hub")
	one.end() // the owner quits: the other takes over
	await(t, three.failed, "word of its end")
	if next := await(t, three.ready, "hub of the second desk"); next.URL != first.URL {
		t.Errorf("it moved from %s to %s", first.URL, next.URL)
	}
}

func TestTakenPort(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	other := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
	go func() { _ = other.Serve(l) }()
	defer func() { _ = other.Close() }()
	raw := fmt.Sprintf(`{"url":"http://%s"}`, l.Addr())
	if err := os.WriteFile(filepath.Join(dir, "hub.json"), []byte(raw), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, dir)
	await(t, r.failed, "word of the taken port")
	if hub := await(t, r.ready, "hub"); strings.Contains(raw, hub.URL) {
		t.Errorf("it says it serves at %s", hub.URL)
	}
}

func TestWhyItFailed(t *testing.T) {
	t.Setenv("PARLEY_TEST_FAIL", "the disk is full")
	r := start(t, t.TempDir())
	if err := await(t, r.failed, "failure"); !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("it says %v", err)
	}
}

func TestHubOutlivesNoDesk(t *testing.T) {
	cmd := exec.Command(os.Args[0], t.TempDir())
	cmd.Env = append(os.Environ(), "PARLEY_TEST_PART=desk")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(out, &pid); err != nil {
		t.Fatal(err)
	}
	if dead(pid) {
		t.Fatal("the hub does not run")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var killed *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &killed) {
		t.Errorf("the desk ended with %v", err)
	}
	gone(t, pid)
}

func TestAs(t *testing.T) {
	r := demo.Ready{Users: []demo.User{
		{User: "agent-1", Role: "agent"}, {User: "agent-2", Role: "agent"}, {User: "sam", Role: "supervisor"},
	}}
	for profile, want := range map[string]string{
		"": "agent-1", "two": "agent-2", "supervisor": "sam", "sam": "sam", "agent-1": "agent-1",
	} {
		if got, ok := r.As(profile); !ok || got.User != want {
			t.Errorf("profile %q signs in as %q, want %q", profile, got.User, want)
		}
	}
	if _, ok := (demo.Ready{}).As(""); ok {
		t.Error("nobody can sign in where there are no users")
	}
}
