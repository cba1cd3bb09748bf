package acd

import (
	"container/heap"
	"time"

	"parley/backend/agent"
	"parley/backend/conversation"
	"parley/backend/hub/engine"
	"parley/backend/id"
)

// timerKind says what runs out.
type timerKind int

const (
	alertTimer timerKind = iota
	workTimer            // after-call work
	parkTimer
	lapseTimer // a reservation that no communication uses
)

// timer is when something runs out. Those that no longer apply are dropped when
// they are due.
type timer struct {
	at            time.Time
	kind          timerKind
	conversation  id.Conversation
	communication id.Communication // of a lapse: the reservation's name
	agent         id.Agent         // of a lapse
}

type timers []timer

func (t *timers) add(x timer) { heap.Push(t, x) }

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }

func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// due turns what has become due into actions.
func (r *Router) due(now time.Time) {
	for len(r.timers) > 0 && !r.timers[0].at.After(now) {
		t := heap.Pop(&r.timers).(timer)
		if o := r.conversations[t.conversation]; o != nil && t.kind != lapseTimer {
			r.expire(o, t)
		}
		if t.kind == lapseTimer {
			r.lapse(t)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, since := range r.gone {
		if now.Sub(since) < r.o.Grace {
			continue
		}
		delete(r.gone, a)
		if s := r.agents[a]; s != nil && online(s) {
			r.onAgent(id.Command(id.New()), a, agent.SetPresence{Presence: agent.Offline, Reason: "disconnected"})
		}
	}
}

// expire ends what a conversation's timer says has run out, if it still stands.
func (r *Router) expire(o *open, t timer) {
	current := o.leg.communication == t.communication && o.leg.until.Equal(t.at)
	switch t.kind {
	case alertTimer:
		if o.phase == conversation.Alerting && current {
			r.onConversation(engine.FollowUp("expire", string(t.communication)), o.id, conversation.ExpireAlert{Communication: t.communication})
		}
	case workTimer:
		if _, open := o.wrapping[t.communication]; open {
			r.onConversation(engine.FollowUp("acw", string(t.communication)), o.id, conversation.ExpireACW{Communication: t.communication})
		}
	case parkTimer:
		if o.phase == conversation.Aside && current {
			r.onConversation(engine.FollowUp("unpark", string(t.communication)), o.id, conversation.ExpirePark{Communication: t.communication})
		}
	case lapseTimer:
	}
}

// nextTime is when to wake without being woken.
func (r *Router) nextTime() (time.Time, bool) {
	var next time.Time
	earlier := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if len(r.timers) > 0 {
		earlier(r.timers[0].at)
	}
	r.mu.Lock()
	for _, since := range r.gone {
		earlier(since.Add(r.o.Grace))
	}
	r.mu.Unlock()
	if r.failures > 0 && (len(r.actions) > 0 || r.changed) {
		earlier(r.retryAt)
	}
	if r.failures > 0 && next.Before(r.retryAt) && !next.IsZero() {
		next = r.retryAt
	}
	return next, !next.IsZero()
}
