package trail

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many refusals are recorded: of one user, and of all together.
const (
	burstOfOne = 20
	burstOfAll = 200
	mostUsers  = 1000
)

const (
	rateOfOne = rate.Limit(0.2) // in a second
	rateOfAll = rate.Limit(2)
)

// limits bounds what refusals cost: somebody who is refused a thousand times in
// a second must not fill the disk.
type limits struct {
	mu      sync.Mutex
	all     *rate.Limiter
	one     map[string]*rate.Limiter
	skipped int
}

func newLimits() limits {
	return limits{all: rate.NewLimiter(rateOfAll, burstOfAll), one: map[string]*rate.Limiter{}}
}

// take says whether a refusal is recorded, and how many were not before it.
func (l *limits) take(who string, now time.Time) (skipped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.one[who]
	if one == nil {
		if len(l.one) >= mostUsers {
			clear(l.one)
		}
		one = rate.NewLimiter(rateOfOne, burstOfOne)
		l.one[who] = one
	}
	if !one.AllowN(now, 1) || !l.all.AllowN(now, 1) {
		l.skipped++
		return 0, false
	}
	skipped, l.skipped = l.skipped, 0
	return skipped, true
}

// left is how many refusals no record tells of yet.
func (l *limits) left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.skipped
}
