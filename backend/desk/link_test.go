package desk_test

import (
	"testing"
	"time"

	"parley/backend/desk"
)

// An agent who does not want to wait for the next try has it at once; however
// many fail, the desk is offline since the first.
func TestTryNow(t *testing.T) {
	h, clock := newHub(t), &handClock{now: time.Now()}
	h.noSocket = 503
	o := options(t, h, "")
	o.Clock = clock // so that nothing is tried again by itself
	d := open(t, o)
	first := until(t, d, "offline", func(s *desk.Snapshot) bool { return s.Link.State == desk.Offline }).Link
	clock.advance(time.Millisecond)
	d.Reconnect()
	second := until(t, d, "offline again", func(s *desk.Snapshot) bool {
		return s.Link.State == desk.Offline && s.Link.RetryAtMs != first.RetryAtMs
	}).Link
	same(t, "offline since", second.SinceMs, first.SinceMs)
	h.set(func() { h.noSocket = 0 })
	d.Reconnect()
	until(t, d, "online", online)
}
