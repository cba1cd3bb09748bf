package app

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pushInterval is the least time between two pushes: 60 a second.
const pushInterval = time.Second / 60

// pusher merges changes and sends them as numbered pushes. All methods are safe
// for concurrent use.
type pusher struct {
	emit func(Push)
	wake chan struct{} // holds one

	mu      sync.Mutex
	seq     int
	whole   Push // everything as it is now, without Transcripts
	waiting Push // what changed since the last push
	dirty   bool
	watched bool // somebody subscribed; before that nobody could hear
}

func newPusher(emit func(Push)) *pusher {
	return &pusher{emit: emit, wake: make(chan struct{}, 1)}
}

// run sends what changes until ctx ends.
func (p *pusher) run(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		}
		if push, ok := p.take(); ok {
			p.emit(push)
		}
		pause.Reset(pushInterval)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// take returns the next push and whether there is one.
func (p *pusher) take() (Push, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dirty || !p.watched {
		return Push{}, false
	}
	p.seq++
	out := p.waiting
	out.Seq = p.seq
	p.waiting, p.dirty = Push{}, false
	return out, true
}

// heard says whether somebody listens.
func (p *pusher) heard() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.watched
}

// change merges c into what the next push tells.
func (p *pusher) change(c Push) {
	p.mu.Lock()
	defer p.mu.Unlock()
	overlay(&p.whole, c)
	overlay(&p.waiting, c)
	if p.watched {
		p.waiting.Transcripts = mergeTranscripts(p.waiting.Transcripts, c.Transcripts)
	}
	p.dirty = true
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// subscribe returns everything under the number of the last push. What waits to
// be sent is part of it and follows as the next push all the same, since there
// may be other listeners: changes may be repeated without harm.
func (p *pusher) subscribe() Push {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.watched {
		p.watched, p.waiting, p.dirty = true, Push{}, false
	}
	out := p.whole
	out.Seq, out.Transcripts = p.seq, []TranscriptChange{}
	return out
}

// overlay copies the set single fields of c into p.
func overlay(p *Push, c Push) {
	set(&p.Session, c.Session)
	set(&p.Link, c.Link)
	set(&p.Me, c.Me)
	set(&p.Org, c.Org)
	set(&p.Roster, c.Roster)
	set(&p.Tabs, c.Tabs)
	set(&p.Settings, c.Settings)
	set(&p.Typing, c.Typing)
	set(&p.Supervision, c.Supervision)
	p.Board = mergeBoards(p.Board, c.Board)
	if c.Notices != nil {
		p.Notices = c.Notices
	}
}

func set[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

// mergeTranscripts joins consecutive changes of one conversation into one. What
// a change replaces, and what lies behind it, is gone; a change that begins
// behind the end of the one before it cannot be joined and stands alone.
func mergeTranscripts(have, more []TranscriptChange) []TranscriptChange {
	for _, c := range more {
		i := lastOf(have, c.Conversation)
		switch {
		case i < 0 || c.From > have[i].From+len(have[i].Items):
			have = append(have, c)
		case c.From <= have[i].From:
			have[i] = c
		default:
			h := &have[i]
			h.Items = slices.Concat(h.Items[:c.From-h.From], c.Items)
			h.Total = c.Total
		}
	}
	return have
}

func lastOf(changes []TranscriptChange, conversation string) int {
	for i, c := range slices.Backward(changes) {
		if c.Conversation == conversation {
			return i
		}
	}
	return -1
}
