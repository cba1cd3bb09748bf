package deskapi_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/hub/deskapi"
)

// writes notes each write of a connection.
type writes struct {
	net.Conn
	got    []string
	broken error
}

func (w *writes) Write(p []byte) (int, error) {
	w.got = append(w.got, string(p))
	return len(p), w.broken
}

func (w *writes) SetWriteDeadline(time.Time) error { return nil }

func TestWhatIsHeldGoesOutInOnePiece(t *testing.T) {
	under := &writes{}
	w := deskapi.NewWire(under)
	write := func(s string) {
		t.Helper()
		if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("wrote %d of %d bytes, %v", n, len(s), err)
		}
	}
	write("welcome")
	w.Hold()
	write("commits ")
	write("complete")
	if err := w.Release(); err != nil {
		t.Error(err)
	}
	w.Hold()
	if err := w.Release(); err != nil {
		t.Error(err)
	}
	write("ping")
	long := strings.Repeat("x", 50<<10)
	w.Hold()
	write(long)
	write(long)
	write("end")
	if err := w.Release(); err != nil {
		t.Error(err)
	}
	if want := []string{"welcome", "commits complete", "ping", long + long, "end"}; !slices.Equal(under.got, want) {
		t.Errorf("%d writes, want %d", len(under.got), len(want))
	}
	under.broken = errors.New("broken pipe")
	w.Hold()
	write("lost")
	if err := w.Release(); !errors.Is(err, under.broken) {
		t.Errorf("release says %v", err)
	}
}
