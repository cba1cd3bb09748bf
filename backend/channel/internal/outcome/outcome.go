// Package outcome reads what came of a connector's call: whether the platform
// acted on it, and how long to wait before it is made again.
package outcome

import (
	"net/http"
	"strconv"
	"time"

	"parley/backend/channel"
)

// Kind says what is known after a call.
type Kind int

// The kinds. After Unsent and Busy the platform did nothing; after Refused it
// will do nothing; after Lost and Fault nobody knows.
const (
	Done    Kind = iota // 2xx
	Unsent              // nothing left the hub
	Busy                // 429
	Refused             // any other answer
	Fault               // 5xx
	Lost                // no answer
)

// Of tells what came of a call.
func Of(e channel.Exchange) Kind {
	switch {
	case e.Err != "" && e.Unsent:
		return Unsent
	case e.Err != "":
		return Lost
	case e.Status/100 == 2:
		return Done
	case e.Status == http.StatusTooManyRequests:
		return Busy
	case e.Status >= 500:
		return Fault
	}
	return Refused
}

// mostWait bounds a wait that only this side chose.
const mostWait = time.Minute

// Wait is how long to wait after e before the call is made for the nth time
// again, n from 1: what Retry-After asks for, else 1, 2, 4 … seconds.
func Wait(e channel.Exchange, n int) time.Duration {
	after := e.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil && seconds >= 0 && seconds <= 24*60*60 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil && !e.At.IsZero() && at.After(e.At) {
		return at.Sub(e.At)
	}
	return min(time.Second<<min(max(n-1, 0), 10), mostWait)
}
