package ladder_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"parley/backend/internal/ladder"
)

// TestLadder compares with a sorted slice after every change: additions mostly
// at the end, removals mostly at the front, both now and then anywhere.
func TestLadder(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := ladder.Ladder[int]{Before: func(a, b int) bool { return a < b }}
		var want []int
		next := 0
		for range 6000 {
			switch n := r.IntN(100); {
			case n < 45:
				next += 1 + r.IntN(3)
				l.Add(next)
				want = append(want, next)
			case n < 55:
				x := r.IntN(next + 1)
				at, there := slices.BinarySearch(want, x)
				if !there {
					l.Add(x)
					want = slices.Insert(want, at, x)
				}
			case n < 75-30*int(seed%2) && len(want) > 0:
				l.Drop(want[0])
				want = want[1:]
			default:
				x := r.IntN(next + 2)
				l.Drop(x)
				if at, there := slices.BinarySearch(want, x); there {
					want = slices.Delete(want, at, at+1)
				}
			}
			if l.Len() != len(want) || (len(want) > 0 && l.First() != want[0]) {
				t.Fatalf("seed %d: %d elements, want %d", seed, l.Len(), len(want))
			}
		}
		var got []int
		if l.Len() > 0 {
			c := l.Walk()
			for got = append(got, c.Here()); c.Next(); {
				got = append(got, c.Here())
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: walks\n%v, want\n%v", seed, got, want)
		}
	}
}
