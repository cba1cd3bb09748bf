package simulate_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"parley/backend/simulate"
)

func TestUnknownScript(t *testing.T) {
	_, err := simulate.Customers(t.Context(), simulate.Options{Hub: "http://127.0.0.1:1", Deployment: "d", Rate: 1, Script: "nobody"})
	if !errors.Is(err, simulate.ErrScript) {
		t.Errorf("got %v, want ErrScript", err)
	}
}

// play lets customers knock at a hub that refuses everybody, and gives the
// scripts in the order of the customers' numbers.
func play(t *testing.T, hub string, seed uint64) []string {
	t.Helper()
	const count = 8
	var mu sync.Mutex
	scripts := make([]string, count)
	failed, err := simulate.Customers(t.Context(), simulate.Options{
		Hub: hub, Deployment: "d", Rate: 1e6, Count: count, Seed: seed,
		Report: func(h simulate.Happening) {
			mu.Lock()
			defer mu.Unlock()
			if h.Type != "failed" || h.Error == "" {
				t.Errorf("%+v at a hub that refuses", h)
			}
			scripts[h.Customer-1] = h.Script
		},
	})
	if err != nil || failed != count {
		t.Errorf("%d failed, %v; want %d", failed, err, count)
	}
	return scripts
}

// TestSeed: equal seeds give equal customers; a hub that refuses or is down is
// told of, customer by customer.
func TestSeed(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	first := play(t, refusing.URL, 3)
	if again := play(t, down, 3); !slices.Equal(first, again) {
		t.Errorf("equal seeds, different customers:\n%v\n%v", first, again)
	}
	if other := play(t, refusing.URL, 4); slices.Equal(first, other) {
		t.Errorf("different seeds, the same customers: %v", other)
	}
	want := simulate.Scripts()
	slices.Sort(want)
	slices.Sort(first)
	if !slices.Equal(first, want) {
		t.Errorf("played %v, want each of %v", first, want)
	}
}
