package auth

import "time"

const (
	maxWait  = 15 * time.Minute
	maxTries = 10_000 // names and addresses remembered
)

// tries remembers wrong passwords by user and by address.
type tries struct {
	free int
	by   map[string]*failures
}

type failures struct {
	n     int
	until time.Time // refused before
	last  time.Time
}

func (t *tries) wait(key string, now time.Time) time.Duration {
	if f := t.by[key]; f != nil && now.Before(f.until) {
		return f.until.Sub(now)
	}
	return 0
}

// failed doubles the wait with each failure beyond the free ones, from a second
// to a quarter of an hour.
func (t *tries) failed(key string, now time.Time) {
	f := t.by[key]
	if f == nil {
		t.forget(now)
		f = &failures{}
		t.by[key] = f
	}
	f.n++
	f.last = now
	if over := f.n - t.free; over >= 0 {
		f.until = now.Add(min(time.Second<<min(over, 20), maxWait))
	}
}

func (t *tries) worked(key string) { delete(t.by, key) }

// forget drops what is long over, and if that is not enough, anything: memory
// must not grow with the number of names that somebody makes up.
func (t *tries) forget(now time.Time) {
	if len(t.by) < maxTries {
		return
	}
	for key, f := range t.by {
		if now.Sub(f.last) > maxWait {
			delete(t.by, key)
		}
	}
	for key := range t.by {
		if len(t.by) < maxTries {
			return
		}
		delete(t.by, key)
	}
}
