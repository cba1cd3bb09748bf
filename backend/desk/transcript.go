package desk

import (
	"slices"
	"strconv"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
	"parley/backend/readmodel"
)

// Transcript returns up to count lines from index from on, oldest first. The
// agent's messages that the hub has not taken on yet, or refused, come last.
func (d *Desk) Transcript(conv id.Conversation, from, count int) (Page, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from = max(from, 0)
	items, stored, err := d.model.Transcript(conv, from, count)
	if err != nil {
		return Page{}, d.unreadable(err)
	}
	p := Page{Conversation: string(conv), From: from, Total: stored, Items: make([]Item, 0, len(items))}
	contact := d.contact(conv)
	for _, it := range items {
		p.Items = append(p.Items, d.line(conv, contact, it))
	}
	for _, e := range d.entries {
		if (e.Command.Send == nil && e.Command.AddNote == nil) || target(e.Command) != conv {
			continue
		}
		if p.Total >= from && len(p.Items) < count {
			p.Items = append(p.Items, d.pendingLine(e))
		}
		p.Total++
	}
	return p, nil
}

// Tail returns the last count lines.
func (d *Desk) Tail(conv id.Conversation, count int) (Page, error) {
	p, err := d.Transcript(conv, 0, 0)
	if err != nil {
		return p, err
	}
	return d.Transcript(conv, p.Total-count, count)
}

// line gives one stored line in words for people.
func (d *Desk) line(conv id.Conversation, contact protocol.Contact, it readmodel.Item) Item {
	out := Item{AtMs: ms(it.At), Attachments: []Attachment{}, Reason: it.Reason}
	if it.Event == readmodel.ItemNote {
		out.ID, out.Kind, out.Author, out.Mine = string(it.Message), "note", d.agentName(it.Agent), it.Agent == d.opt.Agent
		if body := d.body(conv, it.Message); body != nil {
			out.Text = body.Text
		} else {
			out.Erased = true
		}
		return out
	}
	if it.Event != readmodel.ItemMessage {
		out.ID, out.Kind = strconv.FormatUint(it.Rev, 10)+"."+strconv.Itoa(it.N), "event"
		out.Event, out.Detail = string(it.Event), d.detail(conv, it)
		out.Mine = it.Agent == d.opt.Agent
		if body := d.body(conv, it.Message); body != nil {
			out.Text = body.Text // what the contact wrote beside a score
		}
		if it.By != "" {
			out.Author = d.agentName(it.By)
		}
		return out
	}
	out.ID, out.Kind, out.Direction, out.Delivery = string(it.Message), "message", string(it.Direction), string(it.Delivery)
	out.Author = cmpOr(contact.Name, contact.Handle)
	if it.Direction == message.Outbound {
		out.Author, out.Mine, out.Auto = d.agentName(it.Agent), it.Agent == d.opt.Agent, it.Code
	}
	if it.Delivery == message.Unknown && d.confirmed(conv, it.Message) {
		out.Delivery, out.Reason = string(message.Sent), conversation.ByWord
	}
	out.Mark = it.Mark
	body := d.body(conv, it.Sealed())
	if body == nil {
		out.Erased = true
		return out
	}
	out.Text = inWords(*body)
	for _, a := range body.Attachments {
		out.Attachments = append(out.Attachments, Attachment{Attachment: a, Local: d.file.has(a.ID)})
	}
	return out
}

// confirmed says that the agent's word for a message waits for the hub.
func (d *Desk) confirmed(conv id.Conversation, m id.Message) bool {
	return slices.ContainsFunc(d.entries, func(e *entry) bool {
		c := e.Command.Confirm
		return c != nil && c.Conversation == conv && c.Message == m
	})
}

// detail is what an event is about, for people.
func (d *Desk) detail(conv id.Conversation, it readmodel.Item) string {
	switch {
	case it.Queue != "" && it.Agent != "":
		return d.agentName(it.Agent) // it waits for one agent
	case it.Queue != "":
		return d.queueName(it.Queue)
	case it.Number != 0 || it.Event == readmodel.ItemPriority:
		return strconv.Itoa(it.Number)
	case it.Code != "":
		if st, err := d.model.ConversationState(conv); err == nil {
			return d.codeName(st.Queue, it.Code)
		}
		return it.Code
	case it.Event == readmodel.ItemDisconnected || it.Event == readmodel.ItemEnded:
		return it.Reason
	case it.Agent != "":
		return d.agentName(it.Agent)
	}
	return it.Reason
}

// pendingLine is a message that waits for the hub.
func (d *Desk) pendingLine(e *entry) Item {
	if n := e.Command.AddNote; n != nil {
		return Item{
			ID: string(n.Note), Kind: "note", AtMs: e.Command.AtMs, Author: d.agentName(d.opt.Agent), Mine: true,
			Text: n.Text, Attachments: []Attachment{}, Delivery: "pending",
		}
	}
	send := e.Command.Send
	out := Item{
		ID: string(send.Message), Kind: "message", AtMs: e.Command.AtMs, Direction: string(message.Outbound),
		Author: d.agentName(d.opt.Agent), Mine: true, Text: send.Body.Text, Attachments: []Attachment{},
		Delivery: "pending", Command: string(e.Command.ID),
	}
	for _, a := range send.Body.Attachments {
		out.Attachments = append(out.Attachments, Attachment{Attachment: a, Local: d.file.has(a.ID)})
	}
	for _, f := range e.Files {
		a := message.Attachment{ID: id.Attachment(f.ID), Name: f.Name, MIME: f.MIME, Size: f.Size, Width: f.Width, Height: f.Height}
		out.Attachments = append(out.Attachments, Attachment{Attachment: a, Local: true, Staged: true})
	}
	switch {
	case e.Failed != nil:
		out.Delivery, out.Reason = string(message.Failed), e.Failed.Message
	case e.inflight, e.acked != nil, e.busy:
		out.Delivery = string(message.Sending)
	}
	if e.acked != nil {
		out.Command = ""
	}
	return out
}
