package e2e_test

import (
	"slices"
	"testing"
	"time"

	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
)

// colleague opens the desk of another agent, off queue.
func colleague(t *testing.T, h *runningHub, user string) *desk.Desk {
	t.Helper()
	o, err := signIn(h.ready.URL, user, h.password(user), t.TempDir())
	ok(t, err)
	return openDesk(t, o)
}

func TestATransferBringsItsNoteToTheReceiverAndNothingToTheContact(t *testing.T) {
	h := startHub(t)
	ann, bob := openDesk(t, h.signIn(t.TempDir())), colleague(t, h, "agent-2")
	g := joinGuest(t, h)
	conv := connected(t, g, ann)
	ok(t, ann.AddNote(conv, "asked twice already"))
	until(t, ann, "noted", settled)
	ok(t, bob.SetPresence("on_queue"))
	until(t, bob, "on queue", func(s *desk.Snapshot) bool { return settled(s) && s.Me.Routing == "idle" })

	targets, err := ann.Targets(t.Context())
	ok(t, err)
	if !slices.ContainsFunc(targets.Agents, func(a protocol.TargetAgent) bool { return a.Agent == "agent-2" && a.Routing == "idle" }) {
		t.Errorf("agent-2 is no target: %+v", targets.Agents)
	}
	ok(t, ann.Transfer(conv, "", "agent-2", "knows the order"))
	until(t, ann, "after-call work of the transfer", first(desk.ACW))
	s := until(t, bob, "alerting", first(desk.Alerting))
	in := s.Interactions[0]
	same(t, "interaction", in.ID, string(conv))
	same(t, "handed by", in.HandedBy, "Sofia Lindqvist")
	same(t, "handed note", in.HandedNote, "knows the order")
	ok(t, bob.Answer(conv))
	_, err = bob.Send(conv, "Daniel here", nil)
	ok(t, err)
	g.until("Daniel here", func(texts []string, _ int) bool { return slices.Equal(texts, []string{"Daniel here"}) })

	ok(t, ann.WrapUp(conv, "passed-on"))
	until(t, ann, "free", func(s *desk.Snapshot) bool { return settled(s) && len(s.Interactions) == 0 })
	until(t, bob, "still connected", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Connected)(s) })
	page, err := bob.Tail(conv, 50)
	ok(t, err)
	var notes []string
	for _, it := range page.Items {
		if it.Kind == "note" {
			notes = append(notes, it.Author+": "+it.Text)
		}
	}
	same(t, "notes", notes, []string{"Sofia Lindqvist: asked twice already", "Sofia Lindqvist: knows the order"})
}

func TestAParkedInteractionStaysTheAgents(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(t.TempDir()))
	g := joinGuest(t, h)
	conv := connected(t, g, d)
	ok(t, d.Park(conv, time.Now().Add(time.Hour)))
	s := until(t, d, "parked", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Parked)(s) })
	same(t, "group", s.Interactions[0].Group, desk.GroupParked)
	g.say("still there?")
	s = until(t, d, "a message while parked", func(s *desk.Snapshot) bool { return s.Interactions[0].LastText == "still there?" })
	same(t, "unread", s.Interactions[0].Unread, 2)
	if _, err := d.Send(conv, "not now", nil); err == nil {
		t.Error("a parked interaction took a message")
	}
	ok(t, d.Resume(conv))
	until(t, d, "taken up again", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Connected)(s) })
	_, err := d.Send(conv, "here I am", nil)
	ok(t, err)
	g.until("here I am", func(texts []string, _ int) bool { return slices.Equal(texts, []string{"here I am"}) })
	ok(t, d.Park(conv, time.Now().Add(time.Hour)))
	until(t, d, "parked again", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Parked)(s) })
	ok(t, d.End(conv))
	until(t, d, "after-call work", first(desk.ACW))
}

func TestWhatWaitsIsPulledByChoiceOnce(t *testing.T) {
	h := startHub(t)
	ann, bob := openDesk(t, h.signIn(t.TempDir())), colleague(t, h, "agent-2")
	until(t, ann, "online", settled)
	until(t, bob, "online", settled)
	joinGuest(t, h).say("nobody is on queue")
	var conv id.Conversation
	for conv == "" {
		waiting, err := ann.Waiting(t.Context())
		ok(t, err)
		if len(waiting.Conversations) == 1 {
			conv = waiting.Conversations[0].Conversation
		}
	}
	ok(t, ann.Pull(conv))
	ok(t, bob.Pull(conv))
	has := func(d *desk.Desk) bool { return len(d.Snapshot().Interactions) == 1 }
	until(t, ann, "answered", settled)
	until(t, bob, "answered", settled)
	winner := ann
	if has(bob) {
		winner = bob
	}
	until(t, winner, "connected", func(s *desk.Snapshot) bool { return settled(s) && first(desk.Connected)(s) })
	if has(ann) == has(bob) {
		t.Errorf("ann has it: %v, bob has it: %v; want one of them", has(ann), has(bob))
	}
}

func TestAnAgentLeavesAQueueAndJoinsItAgain(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(t.TempDir()))
	joined := func(want bool) func(*desk.Snapshot) bool {
		return func(s *desk.Snapshot) bool {
			return settled(s) && slices.ContainsFunc(s.Me.Queues, func(q desk.MyQueue) bool { return q.Queue == "web-orders" && q.Joined == want })
		}
	}
	until(t, d, "joined", joined(true))
	ok(t, d.SetQueue("web-orders", false))
	until(t, d, "left", joined(false))
	ok(t, d.SetQueue(id.Queue("web-orders"), true))
	until(t, d, "joined again", joined(true))
	ok(t, d.SetQueue("someone-elses", false))
	until(t, d, "refused in words", func(s *desk.Snapshot) bool {
		return settled(s) && slices.ContainsFunc(s.Notices, func(n desk.Notice) bool {
			return n.Text == "The queue could not be changed: you are not a member of this queue"
		})
	})
}

func TestHelpIsAskedForAndWithdrawn(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(t.TempDir()))
	conv := connected(t, joinGuest(t, h), d)
	ok(t, d.AskHelp(conv, true))
	until(t, d, "asked", func(s *desk.Snapshot) bool { return settled(s) && s.Interactions[0].HelpMs > 0 })
	ok(t, d.AskHelp(conv, true))
	ok(t, d.AskHelp(conv, false))
	until(t, d, "withdrawn", func(s *desk.Snapshot) bool { return settled(s) && s.Interactions[0].HelpMs == 0 })
}
