package deskapi

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	org "parley/backend/config"
	"parley/backend/hub/board"
	"parley/backend/id"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

// Boards is what supervisors' desks need of board.Board.
type Boards interface {
	Ready() <-chan struct{}
	// Changed gets a signal when the board may be another than before.
	Changed() <-chan struct{}
	// Since returns what changed after a mark; see supervisor.State.Since. It is
	// false while the board is not folded.
	Since(m board.Mark, minute bool) (supervisor.Board, board.Mark, bool)
	Watching() map[id.Conversation][]id.Agent
	At(context.Context, time.Time) (supervisor.Board, error)
	Days(from, to time.Time) ([]supervisor.Day, error)
}

// boardWatch is how far a desk has been told of the boards.
type boardWatch struct {
	mu     sync.Mutex
	on     bool
	busy   bool // a frame is on its way
	mark   board.Mark
	minute int64
	told   time.Time
	scope  *scope
	shown  map[id.Conversation]bool // rows that the desk has
}

// turn begins to tell, from the whole on, or ends it.
func (b *boardWatch) turn(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if on && !b.on {
		b.mark, b.shown = board.Mark{}, map[id.Conversation]bool{}
	}
	b.on = on
}

// arrived says that the last frame was written.
func (b *boardWatch) arrived() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = false
}

// scope is what a supervisor sees of the boards, by the organisation as it was.
type scope struct {
	of                    *org.Organisation
	queues, conversations map[id.Queue]bool
	agents                map[id.Agent]bool
	everyone              bool // agents who are no users any more, too
}

func (h *Hub) scopeOf(a id.Agent) *scope {
	rights := h.rights()
	s := &scope{of: rights, queues: map[id.Queue]bool{}, conversations: map[id.Queue]bool{}, agents: map[id.Agent]bool{}}
	for _, q := range rights.Where(a, org.SeeQueues) {
		s.queues[q] = true
	}
	for _, q := range rights.Where(a, org.Monitor) {
		s.conversations[q] = true
	}
	s.everyone = rights.Reach(a, org.SeeAgents) == org.Everywhere
	for _, q := range rights.Where(a, org.SeeAgents) {
		queue, _ := rights.Queue(q)
		for _, m := range queue.Members {
			s.agents[m] = true
		}
	}
	return s
}

func (h *Hub) seesBoard(a id.Agent) bool {
	return h.rights().Reach(a, org.SeeQueues) != org.Nowhere || h.rights().Reach(a, org.SeeAgents) != org.Nowhere
}

// keep leaves in a board what the scope sees.
func (s *scope) keep(b *supervisor.Board) {
	b.Queues = slices.DeleteFunc(b.Queues, func(r supervisor.QueueRow) bool { return !s.queues[r.Queue] })
	b.Agents = slices.DeleteFunc(b.Agents, func(r supervisor.AgentRow) bool { return !s.everyone && !s.agents[r.Agent] })
	b.Conversations = slices.DeleteFunc(b.Conversations, func(r supervisor.LiveRow) bool { return !s.conversations[r.Queue] })
}

// frame returns what the desk has yet to be told, or nil. The hub's clock is now.
func (b *boardWatch) frame(h *Hub, a id.Agent, now time.Time) *protocol.Board {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.on || b.busy {
		return nil
	}
	if b.scope == nil || b.scope.of != h.rights() {
		b.scope, b.mark = h.scopeOf(a), board.Mark{}
	}
	minute := now.Unix() / 60
	news, mark, ok := h.o.Board.Since(b.mark, minute != b.minute)
	if !ok {
		return nil
	}
	moved := slices.Clone(news.Conversations)
	b.scope.keep(&news)
	news.Gone = b.gone(news, moved)
	if news.Whole {
		clear(b.shown)
	}
	b.mark, b.minute = mark, minute
	if !news.Whole && len(news.Queues)+len(news.Agents)+len(news.Conversations)+len(news.Gone) == 0 && now.Sub(b.told) < heartbeat {
		return nil
	}
	b.busy, b.told = true, now
	out := &protocol.Board{Board: news}
	for _, r := range news.Conversations {
		b.shown[r.Conversation] = true
		if name := h.names.of(h, r); name != "" {
			if out.Contacts == nil {
				out.Contacts = map[id.Conversation]string{}
			}
			out.Contacts[r.Conversation] = name
		}
	}
	return out
}

// heartbeat is how often a desk is told that nothing changed.
const heartbeat = 5 * time.Second

// gone lists what the desk shows and may not any more: what is over, and what was
// moved out of its sight. moved are the rows that changed before keep.
func (b *boardWatch) gone(news supervisor.Board, moved []supervisor.LiveRow) []id.Conversation {
	var out []id.Conversation
	for _, conv := range news.Gone {
		if b.shown[conv] {
			out = append(out, conv)
		}
	}
	for _, r := range moved {
		if b.shown[r.Conversation] && !b.scope.conversations[r.Queue] {
			out = append(out, r.Conversation)
		}
	}
	for _, conv := range out {
		delete(b.shown, conv)
	}
	return out
}

// tellBoards tells a desk that just began to watch, or that keeps up again.
func (h *Hub) tellBoards() {
	select {
	case h.reboard <- struct{}{}:
	default:
	}
}

// framePause is the least time between two frames of the boards.
const framePause = 250 * time.Millisecond

// boardLoop tells desks what changed on the boards: when something did, at most
// four times in a second, and otherwise now and then.
func (h *Hub) boardLoop() {
	quiet := time.NewTicker(heartbeat)
	defer quiet.Stop()
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.reboard:
		case <-h.o.Board.Changed():
		case <-quiet.C:
		}
		for _, s := range h.desks() {
			if f := s.board.frame(h, s.agent, h.o.Engine.Now()); f != nil {
				s.out.put(item{frame: &protocol.ToDesk{Board: f}})
			}
		}
		pause := time.NewTimer(framePause)
		select {
		case <-h.ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// desks lists all connected desks.
func (h *Hub) desks() []*socket {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []*socket
	for _, list := range h.agents {
		out = append(out, list...)
	}
	return out
}

// names remembers the names of conversations' contacts, which lie sealed.
type names struct {
	mu sync.Mutex
	by map[id.Conversation]string
}

const maxNames = 16_384

func (n *names) of(h *Hub, r supervisor.LiveRow) string {
	n.mu.Lock()
	name, known := n.by[r.Conversation]
	n.mu.Unlock()
	if known {
		return name
	}
	p, err := h.o.Engine.ContactProfile(h.ctx, r.Contact)
	if err != nil {
		h.log.Error("a contact's profile cannot be opened", "error", err)
		return ""
	}
	name = cmp.Or(p.Name, p.Handle)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.by == nil || len(n.by) >= maxNames {
		n.by = map[id.Conversation]string{}
	}
	n.by[r.Conversation] = name
	return name
}

// changed forgets a name that may be another now.
func (n *names) changed(c id.Conversation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.by, c)
}
