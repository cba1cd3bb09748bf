package deskside

import (
	"bytes"
	"context"
	"reflect"
	"slices"

	"parley/app"
	"parley/backend/agent"
	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// news returns what the window has not been told, and notes it in told.
func (s *Session) news(told *app.Push, change desk.Change) app.Push {
	snap := change.Snapshot
	var p app.Push
	link, me, org, roster := link(snap.Link), me(snap.Me), org(snap.Org), roster(snap.Interactions)
	typing := app.Typing{Conversations: list(snap.Typing)}
	tell(&told.Link, &p.Link, link)
	tell(&told.Me, &p.Me, me)
	tell(&told.Org, &p.Org, org)
	tell(&told.Roster, &p.Roster, roster)
	tell(&told.Typing, &p.Typing, typing)
	tell(&told.Supervision, &p.Supervision, supervision(snap))
	if change.Board != nil {
		p.Board = new(s.board(change.Board, snap))
	}
	if notices := notices(snap.Notices); told.Notices == nil || !slices.Equal(told.Notices, notices) {
		told.Notices, p.Notices = notices, notices
	}
	s.mu.Lock()
	back := snap.Link.State == desk.Online && !s.online
	s.online = snap.Link.State == desk.Online
	if told.Tabs == nil {
		tabs := s.tabsNow()
		told.Tabs, p.Tabs = &tabs, &tabs
	}
	changes := map[string]int{}
	for conversation, from := range change.Transcripts {
		changes[conversation] = from
	}
	if back { // files that had no address have one now
		for conversation, from := range s.absent {
			if at, there := changes[conversation]; !there || from < at {
				changes[conversation] = from
			}
		}
		clear(s.absent)
	}
	shown := []string{}
	for _, tab := range s.tabs.Open {
		shown = append(shown, tab.Conversation)
	}
	s.mu.Unlock()
	for _, m := range snap.Supervision.Monitored {
		if !slices.Contains(shown, m.Conversation) {
			shown = append(shown, m.Conversation)
		}
	}
	for _, conversation := range shown {
		if from, changed := changes[conversation]; changed {
			p.Transcripts = append(p.Transcripts, s.transcript(conversation, from))
		}
	}
	return p
}

// tell sets push to now where that is not what was told.
func tell[T any](told, push **T, now T) {
	if *told == nil || !reflect.DeepEqual(**told, now) {
		*told, *push = &now, &now
	}
}

// mostLines is how much of a transcript crosses in one change; the window asks
// for the rest when it shows it.
const mostLines = 200

func (s *Session) transcript(conversation string, from int) app.TranscriptChange {
	out := app.TranscriptChange{Conversation: conversation, From: from, Items: []app.Item{}}
	page, err := s.desk.Transcript(id.Conversation(conversation), from, mostLines)
	if err != nil {
		s.log.Debug("transcript has gone", "conversation", conversation, "error", err)
		out.From = 0
		return out
	}
	// What shrank below from has nothing to tell from there on.
	out.From, out.Total = min(from, page.Total), page.Total
	if page.Total-from <= mostLines {
		out.Items = s.items(page)
	}
	return out
}

func (s *Session) items(page desk.Page) []app.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]app.Item, 0, len(page.Items))
	for n, i := range page.Items {
		item := app.Item{
			ID: i.ID, Kind: i.Kind, AtMs: i.AtMs, Direction: i.Direction, Author: i.Author, Mine: i.Mine, Text: i.Text,
			Erased: i.Erased, Attachments: []app.Attachment{}, Delivery: i.Delivery, Reason: i.Reason, Unsent: i.Command != "",
			Event: i.Event, Detail: i.Detail, Auto: i.Auto,
		}
		for _, a := range i.Attachments {
			shown := s.file(page.Conversation, a)
			if shown.URL == "" {
				at, there := s.absent[page.Conversation]
				if !there || page.From+n < at {
					s.absent[page.Conversation] = page.From + n
				}
			}
			item.Attachments = append(item.Attachments, shown)
		}
		out = append(out, item)
	}
	return out
}

// file is an attachment that the window has been told of.
type file struct {
	message.Attachment
	conversation string
	staged       bool
}

// file puts an attachment into the window's words. mu is held.
func (s *Session) file(conversation string, a desk.Attachment) app.Attachment {
	s.files[a.ID] = file{Attachment: a.Attachment, conversation: conversation, staged: a.Staged}
	out := app.Attachment{
		ID: string(a.ID), Name: a.Name, MIME: a.MIME, Size: a.Size, Width: a.Width, Height: a.Height, Image: app.Inline(a.MIME),
	}
	if a.Local || a.Staged || s.online {
		out.URL = app.FileURL(conversation, string(a.ID))
	}
	return out
}

// File implements app.Desk.
func (s *Session) File(ctx context.Context, conversation, attachment string) (app.File, error) {
	s.mu.Lock()
	f, known := s.files[id.Attachment(attachment)]
	s.mu.Unlock()
	if !known || f.conversation != conversation {
		return app.File{}, words(desk.ErrNoFile)
	}
	var content []byte
	err := desk.ErrNoFile
	if f.staged {
		content, err = s.desk.StagedFile(attachment)
	}
	if err != nil {
		content, err = s.desk.File(ctx, f.ID)
	}
	if err != nil {
		return app.File{}, words(err)
	}
	meta := app.Attachment{ID: attachment, Name: f.Name, MIME: f.MIME, Size: int64(len(content)), Image: app.Inline(f.MIME)}
	return app.File{Attachment: meta, Content: bytes.NewReader(content)}, nil
}

func link(l desk.Link) app.Link {
	state := string(l.State)
	if l.State == desk.SignedOut {
		state = string(desk.Offline)
	}
	return app.Link{
		State: state, SinceMs: l.SinceMs, CompleteToMs: l.CompleteToMs, RetryAtMs: l.RetryAtMs,
		Reason: l.Reason, Pending: l.Pending, SkewMs: l.SkewMs, CacheNote: l.CacheNote,
	}
}

// presenceLabels are for people.
var presenceLabels = map[agent.Presence]string{
	agent.OnQueue: "On queue", agent.Available: "Available", agent.Busy: "Busy", agent.Away: "Away", agent.Break: "Break",
	agent.Meal: "Meal", agent.Meeting: "Meeting", agent.Training: "Training", agent.Offline: "Offline",
}

func me(m desk.Me) app.Me {
	out := app.Me{
		Presence: m.Presence, PresenceMs: m.PresenceMs, Routing: m.Routing, Used: m.Used, Capacity: m.Capacity,
		NotResponding: m.NotResponding, Waiting: m.Waiting, LongestMs: m.LongestMs, Presences: []app.Presence{},
		Queues: []app.MyQueue{}, Externals: []app.External{},
	}
	for _, q := range m.Queues {
		out.Queues = append(out.Queues, app.MyQueue{ID: q.Queue, Name: q.Name, Joined: q.Joined})
	}
	for _, x := range m.Externals {
		out.Externals = append(out.Externals, app.External(x))
	}
	for _, p := range agent.Presences() {
		out.Presences = append(out.Presences, app.Presence{ID: string(p), Label: presenceLabels[p]})
	}
	return out
}

func org(o protocol.Org) app.Org {
	out := app.Org{
		Name: o.Name, ShopURL: o.ShopURL, Queues: []app.Queue{}, Channels: []app.Channel{}, Libraries: []app.Library{},
	}
	for _, l := range o.Libraries {
		library := app.Library{ID: string(l.ID), Name: l.Name, Queues: idList(l.Queues), Responses: []app.Response{}}
		for _, r := range l.Responses {
			library.Responses = append(library.Responses, app.Response{ID: string(r.ID), Name: r.Name, Text: r.Text, Language: string(r.Language)})
		}
		out.Libraries = append(out.Libraries, library)
	}
	for _, q := range o.Queues {
		queue := app.Queue{
			ID: string(q.ID), Name: q.Name, AlertTimeoutMs: q.AlertTimeoutMs, ACWTimeoutMs: q.ACWTimeoutMs,
			DefaultCode: q.DefaultCode, Codes: []app.WrapUpCode{},
			ACWOptional: q.ACWOptional, Manual: q.Manual,
		}
		for _, c := range q.Codes {
			queue.Codes = append(queue.Codes, app.WrapUpCode{ID: c.ID, Name: c.Name})
		}
		out.Queues = append(out.Queues, queue)
	}
	for _, p := range o.Profiles {
		c := p.Capabilities
		channel := app.Channel{
			Kind: string(p.Kind), Label: c.Label, MaxTextBytes: c.MaxTextBytes, MaxTextChars: c.MaxTextChars, MaxTextSegments: c.MaxTextSegments,
			MaxFileBytes: c.MaxFileBytes, FileTypes: list(c.FileTypes), Reports: []string{},
		}
		for _, r := range c.Reports {
			channel.Reports = append(channel.Reports, string(r))
		}
		out.Channels = append(out.Channels, channel)
	}
	return out
}

func roster(all []desk.Interaction) app.Roster {
	out := app.Roster{Interactions: make([]app.Interaction, 0, len(all))}
	for _, i := range all {
		card := app.Interaction{
			ID: i.ID, Communication: i.Communication, Channel: i.Channel, ContactID: i.ContactID, Contact: i.Contact,
			Handle: i.Handle, Queue: i.Queue, QueueName: i.QueueName, Status: string(i.Status), Group: string(i.Group),
			LastText: i.LastText, LastDirection: i.LastDirection, LastFailed: i.LastFailed, LastPending: i.LastPending,
			Unread: i.Unread, Inbound: i.Inbound, LastMs: i.LastMs, WaitMs: i.WaitMs, QueuedMs: i.QueuedMs,
			AlertedMs: i.AlertedMs, AlertUntilMs: i.AlertUntilMs, ConnectedMs: i.ConnectedMs, AutoAnswered: i.AutoAnswered,
			ACWUntilMs: i.ACWUntilMs, EndedMs: i.EndedMs, EndReason: i.EndReason, WrapUpCode: i.WrapUpCode, Why: i.Why,
			Details: []app.KeyValue{}, Permit: i.Permit, ACWOptional: i.ACWOptional,
			ParkedMs: i.ParkedMs, ParkUntilMs: i.ParkUntilMs, Priority: i.Priority, HelpMs: i.HelpMs, InactiveAtMs: i.InactiveAtMs,
			HandedBy: i.HandedBy, HandedNote: i.HandedNote, HandedAtMs: i.HandedAtMs,
			SurveyScore: i.SurveyScore, SurveyScale: i.SurveyScale,
		}
		for _, d := range i.Details {
			card.Details = append(card.Details, app.KeyValue(d))
		}
		out.Interactions = append(out.Interactions, card)
	}
	return out
}

func notices(all []desk.Notice) []app.Notice {
	out := []app.Notice{}
	for _, n := range all {
		out = append(out, app.Notice(n))
	}
	return out
}

// idList gives IDs as the window has them.
func idList[T ~string](ids []T) []string {
	out := make([]string, 0, len(ids))
	for _, each := range ids {
		out = append(out, string(each))
	}
	return out
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
