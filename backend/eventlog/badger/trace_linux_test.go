package badger_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSyncBeforeAck traces a child's system calls: between the request for a
// commit and its acknowledgement a sync of the log's write-ahead log must begin
// and end without error.
func TestSyncBeforeAck(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace (apt-get install strace): without it nobody sees whether acknowledgements wait for the disk")
	}
	for name, load := range map[string]struct{ writers, appends int }{
		"one at a time": {1, 200}, "eight at once": {8, 50},
	} {
		t.Run(name, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			cmd, lines, stderr := startChild(t, "write", t.TempDir(), load.writers, load.appends,
				"strace", "-f", "-y", "-e", "trace=write,fsync,fdatasync,msync", "-s", "64", "-o", trace)
			for lines.Scan() { // until the child closes its end
			}
			if err := cmd.Wait(); err != nil {
				t.Fatalf("traced child: %v\n%s", err, stderr)
			}
			acks, syncs := checkTrace(t, trace)
			if acks != load.writers*load.appends || syncs == 0 {
				t.Errorf("%d acknowledgements and %d syncs in the trace, want %d acknowledgements", acks, syncs, load.writers*load.appends)
			}
		})
	}
}

var (
	said     = regexp.MustCompile(`^(\d+) +write\(3<[^>]*>, "(REQ|ACK) ([^ \\]+)`)
	syncCall = regexp.MustCompile(`^(\d+) +(fdatasync|fsync)\(\d+<[^>]*/log/\d+\.mem>(\)? += 0| <unfinished)`)
	syncEnd  = regexp.MustCompile(`^(\d+) +<\.\.\. (fdatasync|fsync) resumed>\) += 0`)
)

// checkTrace replays a trace: begun counts syncs that have begun, and done is
// the latest one that has ended, by its number.
func checkTrace(t *testing.T, path string) (acks, syncs int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begun, done := 0, 0
	running := make(map[string]int) // by thread
	asked := make(map[string]int)   // how many syncs had begun when it was asked
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := said.FindStringSubmatch(line); m != nil {
			if m[2] == "REQ" {
				asked[m[3]] = begun
				continue
			}
			acks++
			if before, ok := asked[m[3]]; !ok || done <= before {
				t.Errorf("%s was acknowledged before a sync of its own: asked at sync %d, ended is %d", m[3], before, done)
			}
		} else if m := syncCall.FindStringSubmatch(line); m != nil {
			begun++
			if strings.Contains(m[3], "unfinished") {
				running[m[1]] = begun
			} else {
				done = begun
			}
		} else if m := syncEnd.FindStringSubmatch(line); m != nil {
			if n, ok := running[m[1]]; ok {
				done = max(done, n)
				delete(running, m[1])
			}
		}
	}
	return acks, begun
}
