package desk

import (
	"maps"
	"slices"
	"strings"

	"parley/backend/agent"
	"parley/backend/id"
	"parley/backend/protocol"
)

// Watcher tells one reader of changes. However many come, C holds at most one
// signal, and Take returns all of them merged.
type Watcher struct {
	C <-chan struct{}

	desk  *Desk
	c     chan struct{}
	from  map[string]int // transcripts' changes since the last Take; under desk.mu
	board boardNews      // the boards' changes since then
}

// Watch begins to watch. Its first signal is there at once. Close ends it.
func (d *Desk) Watch() *Watcher {
	c := make(chan struct{}, 1)
	c <- struct{}{}
	w := &Watcher{C: c, c: c, desk: d, from: map[string]int{}, board: boardNews{any: true, whole: true}}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers[w] = struct{}{}
	return w
}

// Take returns what is new since the last Take.
func (w *Watcher) Take() Change {
	d := w.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	out := Change{Snapshot: d.snapshotNow(), Transcripts: w.from, Board: w.takeBoard()}
	w.from = map[string]int{}
	return out
}

// Close ends the watching.
func (w *Watcher) Close() {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	delete(w.desk.watchers, w)
}

// stale says that the snapshot is no longer what it was. d.mu is held.
func (d *Desk) stale() {
	d.snapshot = nil
	for w := range d.watchers {
		select {
		case w.c <- struct{}{}:
		default:
		}
	}
}

// touch says that a transcript changed from an index on. d.mu is held.
func (d *Desk) touch(conv id.Conversation, from int) {
	for w := range d.watchers {
		if old, ok := w.from[string(conv)]; !ok || from < old {
			w.from[string(conv)] = from
		}
	}
	d.stale()
}

// touchPending says that the messages behind the stored transcript changed.
func (d *Desk) touchPending(conv id.Conversation) {
	_, total, err := d.model.Transcript(conv, 0, 0)
	if err == nil {
		d.touch(conv, total)
	}
}

// Snapshot returns what the window shows beside transcripts.
func (d *Desk) Snapshot() *Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshotNow()
}

func (d *Desk) snapshotNow() *Snapshot {
	if d.snapshot != nil {
		return d.snapshot
	}
	s := &Snapshot{
		Link: d.link, Me: d.meNow(), Org: d.org,
		Interactions: make([]Interaction, 0, len(d.cards)), Typing: []string{}, Notices: slices.Clone(d.notices),
		Supervision: d.supervision(),
	}
	if s.Notices == nil {
		s.Notices = []Notice{}
	}
	for _, e := range d.entries {
		if e.Failed == nil && e.acked == nil && e.Command.MarkRead == nil {
			s.Link.Pending++
		}
	}
	for _, in := range d.cards {
		s.Interactions = append(s.Interactions, *in)
	}
	slices.SortFunc(s.Interactions, urgency)
	for _, conv := range slices.Sorted(maps.Keys(d.typing)) {
		s.Typing = append(s.Typing, string(conv))
	}
	d.snapshot = s
	return s
}

func (d *Desk) meNow() Me {
	me := Me{
		Agent: string(d.opt.Agent), Presence: string(agent.Offline), Routing: string(agent.OffQueue),
		Waiting: d.queues.Waiting, LongestMs: d.queues.LongestSinceMs,
	}
	for _, n := range d.org.Capacity {
		me.Capacity += n
	}
	st, err := d.me()
	if err != nil {
		return me
	}
	me.Queues, me.Externals = d.myQueues(st), externals(st)
	if st.Presence != "" {
		me.Presence = string(st.Presence)
	}
	me.PresenceMs, me.Routing, me.Used = ms(st.PresenceSince), string(st.Routing()), len(st.Reservations)
	if st.NotResponding {
		me.NotResponding = d.unanswered(st.NotRespondingTo)
	}
	return me
}

// unanswered names the contact whose alert went unanswered. The interaction may
// be gone from this desk by then.
func (d *Desk) unanswered(c id.Communication) string {
	return cmpOr(d.alerted[c], "the contact")
}

func cmpOr(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// notify adds a notice. d.mu is held.
func (d *Desk) notify(level, conv, text string) {
	d.notices = append(d.notices, Notice{ID: id.New(), Level: level, Text: text, Conversation: conv})
	if len(d.notices) > maxNotices {
		d.notices = slices.Clone(d.notices[len(d.notices)-maxNotices:])
	}
	d.stale()
}

const maxNotices = 50

// Dismiss takes a notice away.
func (d *Desk) Dismiss(notice string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notices = slices.DeleteFunc(slices.Clone(d.notices), func(n Notice) bool { return n.ID == notice })
	d.stale()
}

// Org is the organisation's configuration as last known.
func (d *Desk) Org() protocol.Org {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.org
}
