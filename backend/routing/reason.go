package routing

// reason is a Reason as the board counts it.
type reason uint8

// Numbers of the reasons, in their order. What fits has none of them, and is
// idle if there is no interaction at all.
const (
	fits reason = iota
	offQueue
	notResponding
	leftQueue
	lacksSkill
	full
	interrupted
	notMeant
	lessSkilled
	lessIdle
	reasons
	idle   = reasons     // fits, and has no interaction at all
	vacant = reasons + 1 // nobody sits there
)

// free says that the agent may take one more.
func (r reason) free() bool { return r == fits || r == idle }

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

// passed counts the others by why they did not get it. The chosen one may be no
// member.
func (p *pool) passed(chosen int32, behind reason) Passed {
	counts, others := p.counts, int32(p.able)
	if chosen >= 0 {
		if why := p.why[chosen]; why.free() {
			others--
		} else {
			counts[why]--
		}
	}
	counts[behind] += others
	return counts
}
