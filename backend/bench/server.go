package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/backend/hub/auth"
)

// server is a process that says its address in its first line.
type server struct {
	cmd   *exec.Cmd
	stdin io.Closer
	dir   string
	first string
}

func startServer(dir, name string, args ...string) (*server, error) {
	s := &server{cmd: exec.Command(name, args...), dir: dir}
	said, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		return nil, err
	}
	defer said.Close()
	s.cmd.Stderr = said
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	s.stdin = in
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		words, _ := os.ReadFile(said.Name())
		s.stop()
		return nil, fmt.Errorf("%s ended: %s", name, words[:min(len(words), 2000)])
	}
	s.first = strings.TrimSpace(line)
	return s, nil
}

func (s *server) stop() {
	s.stdin.Close()
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
	os.RemoveAll(s.dir)
}

func (s *server) pid() int { return s.cmd.Process.Pid }

const (
	benchUser     = "bench"
	benchPassword = "correct horse battery staple"
)

// hubProcess is a real hub with its rate limits lifted.
type hubProcess struct {
	*server
	url string
}

func startHub(capacity int) (*hubProcess, error) {
	dir, err := os.MkdirTemp("", "parley-bench-hub-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "hub.yaml")
	yaml := fmt.Sprintf(`organisation: Bench
capacity: {web: %d}
queues:
  - {id: q, name: Bench, members: [%s], autoAnswer: true}
users:
  - {id: %s, name: Bench, passwordHash: %q}
deployments:
  - {id: bench, name: Bench, queue: q, allowAllOrigins: true}
limits: {rates: false}
`, capacity, benchUser, benchUser, auth.Hash(benchPassword))
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		return nil, err
	}
	s, err := startServer(dir, filepath.Join(binaries, "parley-hub"), "serve", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--config", file)
	if err != nil {
		return nil, err
	}
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal([]byte(s.first), &ready); err != nil {
		s.stop()
		return nil, err
	}
	return &hubProcess{s, ready.URL}, nil
}

// startBare starts the bare relay as a process of its own, as the hub is.
func startBare() (*server, error) {
	dir, err := os.MkdirTemp("", "parley-bench-bare-")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startServer(dir, self, "-bare", dir)
}

func serveUntilEOF(dir string) {
	b, err := serveBare(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(b.addr)
	_, _ = io.Copy(io.Discard, os.Stdin)
	b.stop()
}

// settle gives a server's garbage collector and timers time to rest before its
// memory is read. This is a measurement, not a test: waiting is its point.
func settle() { time.Sleep(3 * time.Second) }
