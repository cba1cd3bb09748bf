package routing

// reason is a Reason as the board counts it.
type reason uint8

// fits is the reason that is none.
const fits reason = 0

// Numbers of the reasons, in their order.
const (
	offQueue reason = iota + 1
	notResponding
	leftQueue
	lacksSkill
	full
	interrupted
	notMeant
	lessSkilled
	lessIdle
	reasons
)

var named = [reasons]Reason{
	offQueue: OffQueue, notResponding: NotResponding, leftQueue: LeftQueue, lacksSkill: LacksSkill, full: Full,
	interrupted: Interrupted, notMeant: NotMeant, lessSkilled: LessSkilled, lessIdle: LessIdle,
}

// Passed counts agents by why they were passed over.
type Passed [reasons]int32

// Counts gives the reasons that occur.
func (p Passed) Counts() map[Reason]int {
	out := map[Reason]int{}
	for why, n := range p {
		if n > 0 {
			out[named[why]] = int(n)
		}
	}
	return out
}

// passed counts the others by why they did not get it; nil is no member.
func (p *pool) passed(chosen *place, behind reason) Passed {
	counts, free := p.counts, p.able
	switch {
	case chosen == nil:
	case chosen.why == fits:
		free--
	default:
		counts[chosen.why]--
	}
	counts[behind] += int32(free)
	return counts
}
