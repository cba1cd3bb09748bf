package agent

import (
	"fmt"
	"slices"

	"parley/backend/channel"
)

// MaxCapacity is the most interactions of one kind at once, as in Genesys Cloud.
const MaxCapacity = 25

// Utilization says how much an agent takes at once. It is configuration; what
// is used follows from what the agent holds.
type Utilization struct {
	// Capacity is the most at once by kind, 0 to MaxCapacity; a kind that is
	// missing has none.
	Capacity map[channel.Kind]int
	// InterruptibleBy lists the other kinds that may be offered while one of this
	// kind is held. Messaging channels that have no entry are interruptible by
	// every kind with capacity; outside work that has none is interruptible by
	// nothing.
	InterruptibleBy map[channel.Kind][]channel.Kind
}

// Room says whether one more of kind fits beside what is held: nil,
// ErrNoCapacity or ErrInterrupted.
func (u Utilization) Room(held map[channel.Kind]int, kind channel.Kind) error {
	if n := u.Capacity[kind]; held[kind] >= n {
		return fmt.Errorf("%w: %d of %d", ErrNoCapacity, held[kind], n)
	}
	for other, n := range held {
		if n > 0 && other != kind && !u.interruptible(other, kind) {
			return ErrInterrupted
		}
	}
	return nil
}

func (u Utilization) interruptible(held, by channel.Kind) bool {
	list, set := u.InterruptibleBy[held]
	if !set {
		_, messaging := u.Capacity[held]
		return messaging
	}
	return slices.Contains(list, by)
}
