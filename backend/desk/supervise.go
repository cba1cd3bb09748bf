package desk

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"parley/backend/coach"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/monitor"
	"parley/backend/protocol"
	"parley/backend/readmodel"
	"parley/backend/supervisor"
)

// supervising is what a desk watches beside its agent's own interactions, and
// what came of it. d.mu guards it.
type supervising struct {
	want     protocol.Watch
	refused  map[id.Conversation]string // why one is not monitored
	board    supervisor.Board           // as last told; its lists are never changed
	live     bool                       // it is being told
	contacts map[id.Conversation]string
	monitors map[id.Conversation]*monitor.State
	threads  map[id.Communication]*thread
}

// thread is the coaching of one leg.
type thread struct {
	conversation id.Conversation
	rev          uint64
	lines        []CoachLine
}

// Supervision is what the window shows of it beside the board.
type Supervision struct {
	Board     bool // the boards are watched
	Monitored []Monitored
	Coaching  []Coaching
}

// Monitored is a conversation that this desk watches silently.
type Monitored struct {
	Conversation string
	Contact      string
	Handle       string
	Channel      string
	Queue        string
	Phase        string // supervisor.Phase, or ended
	Agent        string // who has it, or had it last
	ConnectedMs  int64
	QueuedMs     int64
	HelpMs       int64
	EndedMs      int64
	Priority     int
	Watchers     []string // other supervisors
	Loaded       bool     // it has come
	Problem      string   // why it is not monitored
}

// Coaching is what was written in private about a conversation: with its agent if
// this desk monitors it, with those who coach if it is the agent's.
type Coaching struct {
	Conversation string
	Lines        []CoachLine
}

// CoachLine is one message of it.
type CoachLine struct {
	ID     string
	AtMs   int64
	By     string
	Mine   bool
	Text   string
	Erased bool
}

// BoardChange is what is new on the boards since it was last taken. Board is the
// whole as it is now and is never changed; the lists name what differs.
type BoardChange struct {
	Live          bool // false: nothing is told now, or not yet
	Board         supervisor.Board
	Contacts      map[id.Conversation]string
	Whole         bool
	Queues        []id.Queue
	Agents        []id.Agent
	Conversations []id.Conversation
	Gone          []id.Conversation
}

// boardNews gathers what changed between two looks of a watcher.
type boardNews struct {
	any, whole    bool
	queues        map[id.Queue]bool
	agents        map[id.Agent]bool
	conversations map[id.Conversation]bool // false = gone
}

// WatchBoard begins to watch the boards, or ends it.
func (d *Desk) WatchBoard(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.super.want.Board == on {
		return
	}
	d.super.want.Board = on
	if !on {
		d.boardGone()
	}
	d.tellWatch()
}

// Monitor begins to watch a conversation silently.
func (d *Desk) Monitor(conv id.Conversation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.super.refused, conv)
	if !slices.Contains(d.super.want.Monitor, conv) {
		d.super.want.Monitor = append(slices.Clone(d.super.want.Monitor), conv)
	}
	d.tellWatch()
}

// Unmonitor ends it. What came of it is forgotten.
func (d *Desk) Unmonitor(conv id.Conversation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.super.want.Monitor, conv) {
		return
	}
	d.super.want.Monitor = slices.DeleteFunc(slices.Clone(d.super.want.Monitor), func(c id.Conversation) bool { return c == conv })
	delete(d.super.refused, conv)
	d.tellWatch()
}

// tellWatch tells the hub what is watched, when it can. d.mu is held.
func (d *Desk) tellWatch() {
	if d.conn != nil {
		d.sayWatch(d.conn)
	}
	d.stale()
}

func (d *Desk) sayWatch(c *conn) {
	want := d.super.want
	if err := c.send(protocol.ToHub{Watch: &want}); err != nil {
		d.log.Error("what is watched could not be told", "error", err)
	}
}

// onBoard takes what changed on the boards. d.mu is held.
func (d *Desk) onBoard(f *protocol.Board) {
	if !d.super.want.Board || (!d.super.live && !f.Whole) {
		return // it crossed with the word that ended it
	}
	d.super.live = true
	if f.Whole {
		d.super.contacts = f.Contacts
	} else if len(f.Contacts)+len(f.Gone) > 0 {
		contacts := make(map[id.Conversation]string, len(d.super.contacts)+len(f.Contacts))
		maps.Copy(contacts, d.super.contacts)
		maps.Copy(contacts, f.Contacts)
		for _, gone := range f.Gone {
			delete(contacts, gone)
		}
		d.super.contacts = contacts
	}
	d.super.board.Take(f.Board)
	for w := range d.watchers {
		w.board.add(f)
	}
}

func (n *boardNews) add(f *protocol.Board) {
	n.any = true
	if f.Whole {
		*n = boardNews{any: true, whole: true}
		return
	}
	if n.queues == nil {
		n.queues, n.agents, n.conversations = map[id.Queue]bool{}, map[id.Agent]bool{}, map[id.Conversation]bool{}
	}
	for _, r := range f.Queues {
		n.queues[r.Queue] = true
	}
	for _, r := range f.Agents {
		n.agents[r.Agent] = true
	}
	for _, r := range f.Conversations {
		n.conversations[r.Conversation] = true
	}
	for _, conv := range f.Gone {
		n.conversations[conv] = false
	}
}

// boardGone says that the boards are not told any more. d.mu is held.
func (d *Desk) boardGone() {
	d.super.live = false
	for w := range d.watchers {
		w.board = boardNews{any: true, whole: true}
	}
}

// takeBoard returns what is new on the boards, or nil. d.mu is held.
func (w *Watcher) takeBoard() *BoardChange {
	if !w.board.any {
		return nil
	}
	s, n := &w.desk.super, w.board
	w.board = boardNews{}
	out := &BoardChange{Live: s.live, Board: s.board, Contacts: s.contacts, Whole: n.whole}
	if n.whole {
		return out
	}
	out.Queues, out.Agents = slices.Sorted(maps.Keys(n.queues)), slices.Sorted(maps.Keys(n.agents))
	for _, conv := range slices.Sorted(maps.Keys(n.conversations)) {
		if n.conversations[conv] {
			out.Conversations = append(out.Conversations, conv)
		} else {
			out.Gone = append(out.Gone, conv)
		}
	}
	return out
}

// BoardNow is the whole board as last told.
func (d *Desk) BoardNow() *BoardChange {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &BoardChange{Live: d.super.live, Board: d.super.board, Contacts: d.super.contacts, Whole: true}
}

// onUnwatched notes why a conversation is not monitored. d.mu is held.
func (d *Desk) onUnwatched(f *protocol.Unwatched) {
	if slices.Contains(d.super.want.Monitor, f.Conversation) {
		d.super.refused[f.Conversation] = f.Message
	}
}

// loadBeside folds what the cache holds of streams beside conversations.
func (d *Desk) loadBeside() error {
	d.super.refused, d.super.monitors, d.super.threads = map[id.Conversation]string{}, map[id.Conversation]*monitor.State{}, map[id.Communication]*thread{}
	for _, kind := range []eventlog.Kind{eventlog.Monitor, eventlog.Coach} {
		streams, err := d.model.StreamsOf(kind)
		if err != nil {
			return err
		}
		for _, s := range streams {
			if err := d.besideOf(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideOf folds the cached commits of a stream beside a conversation.
func (d *Desk) besideOf(s eventlog.Stream) error {
	head, err := d.model.Head(s)
	if err != nil {
		return err
	}
	for rev := uint64(1); rev <= head.Rev; rev++ {
		raw, err := d.model.CommitBytes(s, rev)
		if err != nil {
			return err
		}
		c, err := eventlog.Decode(raw)
		if err != nil {
			return readmodel.ErrCorrupt
		}
		d.foldBeside(eventlog.Stored{Commit: c, Hash: eventlog.HashOf(raw)})
	}
	return nil
}

func (d *Desk) foldBeside(c eventlog.Stored) {
	switch c.Stream.Kind {
	case eventlog.Monitor:
		conv := id.Conversation(c.Stream.ID)
		m := d.super.monitors[conv]
		if m == nil || c.Rev == 1 {
			m = &monitor.State{}
			d.super.monitors[conv] = m
		}
		if err := m.Apply(c); err != nil {
			d.log.Error("who else monitors is not known", "conversation", conv, "error", err)
		}
	case eventlog.Coach:
		d.foldCoach(c)
	}
}

func (d *Desk) foldCoach(c eventlog.Stored) {
	leg := id.Communication(c.Stream.ID)
	t := d.super.threads[leg]
	if t == nil || c.Rev == 1 {
		t = &thread{}
		d.super.threads[leg] = t
	}
	if c.Rev <= t.rev {
		return
	}
	t.rev = c.Rev
	for _, e := range c.Events {
		said, ok := coach.Decode(e).(coach.Message)
		if !ok {
			continue
		}
		t.conversation = said.Conversation
		line := CoachLine{ID: string(said.Message), AtMs: ms(c.At), By: string(said.By), Mine: said.By == d.opt.Agent}
		var body message.Body
		b, err := d.model.Beside(c.Stream, bodyName(said.Message))
		if err == nil {
			err = json.Unmarshal(b, &body)
		}
		line.Text, line.Erased = body.Text, err != nil
		t.lines = append(slices.Clip(t.lines), line)
	}
}

// goneBeside forgets a stream beside a conversation. d.mu is held.
func (d *Desk) goneBeside(s eventlog.Stream) {
	switch s.Kind {
	case eventlog.Monitor:
		delete(d.super.monitors, id.Conversation(s.ID))
	case eventlog.Coach:
		delete(d.super.threads, id.Communication(s.ID))
	}
}

// supervision is what the window shows now. d.mu is held.
func (d *Desk) supervision() Supervision {
	out := Supervision{Board: d.super.want.Board, Monitored: []Monitored{}, Coaching: []Coaching{}}
	for _, conv := range d.super.want.Monitor {
		out.Monitored = append(out.Monitored, d.monitored(conv))
	}
	by := map[id.Conversation][]CoachLine{}
	for _, t := range d.super.threads {
		by[t.conversation] = append(by[t.conversation], t.lines...)
	}
	for _, conv := range slices.Sorted(maps.Keys(by)) {
		lines := slices.Clone(by[conv])
		slices.SortFunc(lines, func(a, b CoachLine) int { return cmp.Or(cmp.Compare(a.AtMs, b.AtMs), cmp.Compare(a.ID, b.ID)) })
		for i := range lines {
			lines[i].By = d.agentName(id.Agent(lines[i].By))
		}
		out.Coaching = append(out.Coaching, Coaching{Conversation: string(conv), Lines: lines})
	}
	return out
}

var shownPhases = map[conversation.Phase]supervisor.Phase{
	conversation.Waiting: supervisor.Waiting, conversation.Alerting: supervisor.Alerting, conversation.Talking: supervisor.Connected,
	conversation.Aside: supervisor.Parked, conversation.AfterCall: supervisor.Wrapping, conversation.Done: "ended",
}

func (d *Desk) monitored(conv id.Conversation) Monitored {
	out := Monitored{Conversation: string(conv), Watchers: []string{}, Problem: d.super.refused[conv]}
	st, err := d.model.ConversationState(conv)
	if err != nil {
		return out
	}
	contact := d.contact(conv)
	out.Loaded, out.Contact, out.Handle = true, cmpOr(contact.Name, contact.Handle), contact.Handle
	out.Channel, out.Queue, out.Phase = string(st.Channel), d.queueName(st.Queue), string(shownPhases[st.Phase])
	out.QueuedMs, out.HelpMs, out.EndedMs, out.Priority = ms(st.QueuedAt), ms(st.Help), ms(st.EndedAt), st.Priority
	if st.Leg != nil && st.Phase != conversation.Waiting {
		out.Agent, out.ConnectedMs = d.agentName(st.Leg.Agent), ms(st.Leg.ConnectedAt)
	}
	if m := d.super.monitors[conv]; m != nil {
		for _, a := range m.Names() {
			if a != d.opt.Agent {
				out.Watchers = append(out.Watchers, d.agentName(a))
			}
		}
	}
	return out
}
