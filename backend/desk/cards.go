package desk

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

// unreadable turns the read model's errors into the desk's and has a damaged
// cache rebuilt. d.mu is held.
func (d *Desk) unreadable(err error) error {
	if errors.Is(err, readmodel.ErrNotFound) {
		return ErrNoConversation
	}
	if errors.Is(err, readmodel.ErrCorrupt) && !d.rebuild {
		d.log.Error("cache is damaged", "error", err)
		d.rebuild = true
		if d.conn != nil {
			_ = d.conn.ws.Close() // the next connection begins with rebuilding
		}
		d.Reconnect()
	}
	return err
}

// verifyCache looks for damage that reading would not come upon, and has a
// damaged cache rebuilt.
func (d *Desk) verifyCache() {
	d.mu.Lock()
	model := d.model
	d.mu.Unlock()
	err := model.Verify(d.ctx)
	if err == nil || d.ctx.Err() != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.model != model {
		return // it was set aside meanwhile
	}
	if !errors.Is(err, readmodel.ErrCorrupt) {
		d.log.Error("cache could not be verified", "error", err)
		return
	}
	_ = d.unreadable(err)
}

// refreshCard builds a conversation's card anew, or takes it off the roster
// when it is not this agent's. d.mu is held.
func (d *Desk) refreshCard(conv id.Conversation) {
	d.stale()
	st, err := d.forecast(conv)
	var leg *conversation.Leg
	if err == nil {
		leg = d.myLeg(st)
	}
	if leg == nil {
		delete(d.cards, conv)
		return
	}
	contact := d.contact(conv)
	in := &Interaction{
		ID: string(conv), Communication: string(leg.Communication), Channel: string(st.Channel),
		ContactID: string(st.Contact), Contact: contact.Name, Handle: contact.Handle,
		Queue: string(st.Queue), QueueName: d.queueName(st.Queue),
		Unread: st.Unread(), Inbound: st.Inbound, LastMs: ms(st.LastAt), WaitMs: ms(st.WaitingSince),
		QueuedMs: ms(st.QueuedAt), AlertedMs: ms(leg.AlertedAt), AlertUntilMs: ms(leg.AlertUntil),
		ConnectedMs: ms(leg.ConnectedAt), AutoAnswered: leg.Auto, ACWUntilMs: ms(leg.ACWUntil), ACWOptional: leg.ACWOptional,
		EndedMs: ms(st.EndedAt), EndReason: st.EndReason, WrapUpCode: leg.WrapUpCode, Why: leg.Why,
		ParkedMs: ms(leg.ParkedAt), ParkUntilMs: ms(leg.ParkUntil), Priority: st.Priority, HelpMs: ms(st.Help),
		Details: []KeyValue{},
	}
	if in.Contact == "" {
		in.Contact = contact.Handle
	}
	for _, k := range slices.Sorted(maps.Keys(contact.Attributes)) {
		in.Details = append(in.Details, KeyValue{k, contact.Attributes[k]})
	}
	in.Status, in.Group = d.statusOf(st, leg)
	d.handed(in, st)
	if s := st.Survey; s != nil {
		in.SurveyScore, in.SurveyScale = s.Score, s.Scale
	}
	if in.Status == Connected {
		env := d.env(st)
		in.InactiveAtMs = ms(st.InactiveAt(env.Settings))
		if err := env.Policy.Permit(st.Facts(), channel.Draft{}, env.Now); err != nil {
			in.Permit = err.Error()
		}
	} else {
		in.WaitMs = 0
	}
	d.lastLine(in, st)
	d.cards[conv] = in
	if in.Status == Alerting {
		d.alerted[leg.Communication] = in.Contact
	}
}

// myLeg is the leg that makes an interaction this agent's: the one that has the
// conversation, else one whose after-call work is open, else the last of one
// that has ended. It is nil where there is none.
func (d *Desk) myLeg(st *conversation.State) *conversation.Leg {
	me := d.opt.Agent
	if st.Holder() == me {
		return st.Leg
	}
	if l := st.Wraps(me); l != nil {
		return l
	}
	if !st.Phase.Live() && st.Leg != nil && st.Leg.Agent == me {
		return st.Leg
	}
	return nil
}

// handed fills in who transferred the interaction, for whom it is news.
func (d *Desk) handed(in *Interaction, st *conversation.State) {
	h := st.Handover
	if h == nil || h.By == d.opt.Agent || st.Holder() != d.opt.Agent {
		return
	}
	in.HandedBy, in.HandedAtMs = d.agentName(h.By), ms(h.At)
	if body := d.body(id.Conversation(in.ID), h.Note); body != nil {
		in.HandedNote = body.Text
	}
}

func (d *Desk) statusOf(st *conversation.State, leg *conversation.Leg) (Status, Group) {
	if leg.WrapUpDue {
		return ACW, GroupACW
	}
	switch st.Phase {
	case conversation.Alerting:
		return Alerting, GroupAlerting
	case conversation.Talking:
		if st.WaitingSince.IsZero() {
			return Connected, WaitsContact
		}
		return Connected, NeedsReply
	case conversation.Aside:
		return Parked, GroupParked
	case conversation.New, conversation.Waiting, conversation.AfterCall, conversation.Done:
	}
	return Ended, Earlier
}

// lastLine fills in what was written last, and whether it arrived.
func (d *Desk) lastLine(in *Interaction, st *conversation.State) {
	in.LastDirection = string(st.LastDirection)
	if body := d.body(id.Conversation(in.ID), st.LastMessage); body != nil {
		in.LastText = oneLine(*body)
	}
	if st.LastDirection == message.Outbound {
		in.LastFailed = d.lastFailed(id.Conversation(in.ID), st.LastMessage)
	}
	for _, e := range d.entries {
		if e.Command.Send == nil || string(target(e.Command)) != in.ID {
			continue
		}
		in.LastText, in.LastDirection = oneLine(e.Command.Send.Body), string(message.Outbound)
		if in.LastText == "" && len(e.Files) > 0 {
			in.LastText = e.Files[0].Name
		}
		in.LastFailed, in.LastPending = e.Failed != nil, e.Failed == nil && !e.inflight && e.acked == nil
	}
}

// lastFailed says whether a message near the end of the transcript failed.
func (d *Desk) lastFailed(conv id.Conversation, m id.Message) bool {
	_, total, err := d.model.Transcript(conv, 0, 0)
	if err != nil {
		return false
	}
	items, _, err := d.model.Transcript(conv, total-8, 8)
	if err != nil {
		return false
	}
	for _, it := range items {
		if it.Message == m {
			return it.Delivery == message.Failed
		}
	}
	return false
}

// oneLine is a message as a card shows it: at most 160 characters in a line.
func oneLine(b message.Body) string {
	s := strings.Join(strings.Fields(b.Text), " ")
	if s == "" && len(b.Attachments) > 0 {
		s = b.Attachments[0].Name
	}
	if r := []rune(s); len(r) > 160 {
		s = string(r[:159]) + "…"
	}
	return s
}

// body returns a message's content, or nil if it was erased.
func (d *Desk) body(conv id.Conversation, m id.Message) *message.Body {
	if m == "" {
		return nil
	}
	b, err := d.model.Beside(streamOf(conv), bodyName(m))
	if err != nil {
		return nil
	}
	var out message.Body
	if err := json.Unmarshal(b, &out); err != nil {
		d.log.Error("a cached message could not be read", "error", err)
		return nil
	}
	return &out
}

func (d *Desk) contact(conv id.Conversation) protocol.Contact {
	var c protocol.Contact
	b, err := d.model.Beside(streamOf(conv), contactName)
	if err != nil {
		return c
	}
	if err := json.Unmarshal(b, &c); err != nil {
		d.log.Error("a cached contact could not be read", "error", err)
	}
	return c
}

func (d *Desk) queueName(q id.Queue) string {
	for _, o := range d.org.Queues {
		if o.ID == q {
			return o.Name
		}
	}
	return string(q)
}

func (d *Desk) agentName(a id.Agent) string {
	for _, list := range [][]protocol.Person{d.org.Agents, d.org.Former} {
		for _, p := range list {
			if p.Agent == a {
				return p.Name
			}
		}
	}
	return string(a)
}

func (d *Desk) codeName(q id.Queue, code string) string {
	for _, o := range d.org.Queues {
		if o.ID != q {
			continue
		}
		for _, c := range o.Codes {
			if c.ID == code {
				return c.Name
			}
		}
	}
	return code
}

// groupRank orders the roster's groups.
var groupRank = map[Group]int{GroupAlerting: 0, NeedsReply: 1, WaitsContact: 2, GroupACW: 3, GroupParked: 4, Earlier: 5}

// urgency orders two cards: by group, and in it what runs out or waits longest
// first; what waits for the contact, and what is over, newest first.
func urgency(a, b Interaction) int {
	if c := cmp.Compare(groupRank[a.Group], groupRank[b.Group]); c != 0 {
		return c
	}
	c := 0
	switch a.Group {
	case GroupAlerting:
		c = cmp.Compare(a.AlertUntilMs, b.AlertUntilMs)
	case NeedsReply:
		c = cmp.Compare(a.WaitMs, b.WaitMs)
	case WaitsContact:
		c = cmp.Compare(b.LastMs, a.LastMs)
	case GroupACW:
		c = cmp.Compare(noLimitLast(a.ACWUntilMs), noLimitLast(b.ACWUntilMs))
	case GroupParked:
		c = cmp.Compare(a.ParkUntilMs, b.ParkUntilMs)
	case Earlier:
		c = cmp.Compare(b.EndedMs, a.EndedMs)
	}
	return cmp.Or(c, strings.Compare(a.ID, b.ID))
}

func noLimitLast(until int64) int64 {
	if until == 0 {
		return 1 << 62
	}
	return until
}
