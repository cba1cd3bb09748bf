package outcome_test

import (
	"net/http"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name string
		e    channel.Exchange
		want outcome.Kind
	}{
		{"created", channel.Exchange{Status: 201}, outcome.Done},
		{"no content", channel.Exchange{Status: 204}, outcome.Done},
		{"redirect", channel.Exchange{Status: 302}, outcome.Refused},
		{"not found", channel.Exchange{Status: 404}, outcome.Refused},
		{"too many", channel.Exchange{Status: 429}, outcome.Busy},
		{"fault", channel.Exchange{Status: 503}, outcome.Fault},
		{"time-out", channel.Exchange{Err: "time-out"}, outcome.Lost},
		{"refused connection", channel.Exchange{Err: "refused", Unsent: true}, outcome.Unsent},
	} {
		if got := outcome.Of(c.e); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestWait(t *testing.T) {
	at := time.Date(2026, time.November, 26, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after string
		n     int
		want  time.Duration
	}{
		{"", 1, time.Second},
		{"", 2, 2 * time.Second},
		{"", 5, 16 * time.Second},
		{"", 99, time.Minute},
		{"7", 3, 7 * time.Second},
		{"0", 1, 0},
		{"-1", 1, time.Second},
		{"999999999", 1, time.Second},
		{"soon", 1, time.Second},
		{"Thu, 26 Nov 2026 09:00:30 GMT", 1, 30 * time.Second},
		{"Thu, 26 Nov 2026 08:00:00 GMT", 1, time.Second},
	} {
		h := http.Header{}
		if c.after != "" {
			h.Set("Retry-After", c.after)
		}
		if got := outcome.Wait(channel.Exchange{Header: h, At: at}, c.n); got != c.want {
			t.Errorf("%q, %d: got %s, want %s", c.after, c.n, got, c.want)
		}
	}
}
