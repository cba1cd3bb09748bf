package desk

import "time"

// Clock is the desk's time, so that tests can move it.
type Clock interface {
	Now() time.Time
	// At returns a channel that receives once when t has come, and a function
	// that gives the timer up.
	At(t time.Time) (<-chan time.Time, func())
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) At(t time.Time) (<-chan time.Time, func()) {
	timer := time.NewTimer(time.Until(t))
	return timer.C, func() { timer.Stop() }
}

// now is the time of commits and commands: UTC in whole milliseconds.
func (d *Desk) now() time.Time { return d.opt.Clock.Now().UTC().Truncate(time.Millisecond) }

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
