package hub_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A hub that is told to writes yesterday's figures, in the names that are in use
// now, and counts short abandons as its configuration says.
func TestHubWritesReports(t *testing.T) {
	h := newHub(t)
	h.log.Reserve = 1 << 20
	h.config.Reports.Folder, h.config.Reports.At = t.TempDir(), "00:00"
	h.config.Reports.ShortAbandon = 600
	h.ahead.Store(int64(-24 * time.Hour))
	h.start()
	c := h.customer()
	c.say("hello")
	h.stop()
	h.ahead.Store(0)
	h.start()
	h.words.until(t, "parley-queues-")
	files, err := filepath.Glob(filepath.Join(h.config.Reports.Folder, "parley-queues-*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are %v, %v", files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(raw), ",web,Web,web,1,0,0,") {
		t.Errorf("the report is %s", raw)
	}
}
