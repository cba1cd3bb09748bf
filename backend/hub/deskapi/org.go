package deskapi

import (
	"maps"
	"slices"

	org "parley/backend/config"
	"parley/backend/hub/organisation"
	"parley/backend/id"
	"parley/backend/protocol"
)

// told is what desks are told of the organisation.
type told struct {
	view *organisation.View
	org  protocol.Org // without what differs from user to user
}

// to is what one user's desk is told.
func (t *told) to(a id.Agent) protocol.Org {
	out := t.org
	out.Rights = rights(t.view, a)
	return out
}

// describe prepares what every desk is told.
func (h *Hub) describe(v *organisation.View) *told {
	o := &v.Organisation
	out := protocol.Org{
		Name: o.Name, Queues: []protocol.Queue{}, Agents: []protocol.Person{}, Profiles: h.o.Profiles, Capacity: o.Capacity,
		ShopURL: h.o.ShopURL, Revision: v.Rev, Thresholds: o.Thresholds, Zone: o.Location().String(),
	}
	for _, q := range o.Queues {
		out.Queues = append(out.Queues, queue(q))
	}
	for _, u := range o.Users {
		out.Agents = append(out.Agents, protocol.Person{Agent: u.ID, Name: u.Name, Queues: v.MemberOf(u.ID)})
	}
	for _, a := range slices.Sorted(maps.Keys(v.Names)) {
		if _, still := v.User(a); !still {
			out.Former = append(out.Former, protocol.Person{Agent: a, Name: v.Names[a]})
		}
	}
	for _, l := range o.Libraries {
		library := protocol.Library{ID: l.ID, Name: l.Name, Queues: l.Queues, Responses: []protocol.Response{}}
		for _, r := range l.Responses {
			library.Responses = append(library.Responses, protocol.Response{ID: r.ID, Name: r.Name, Text: r.Text, Language: r.Language})
		}
		out.Libraries = append(out.Libraries, library)
	}
	return &told{view: v, org: out}
}

func queue(q org.Queue) protocol.Queue {
	s := q.Settings()
	out := protocol.Queue{
		ID: q.ID, Name: q.Name, AlertTimeoutMs: s.AlertTimeout.Milliseconds(), AutoAnswer: s.AutoAnswer,
		WrapUp: s.WrapUp, ACWTimeoutMs: s.ACWTimeout.Milliseconds(), DefaultCode: s.DefaultCode, Codes: []protocol.WrapUpCode{},
		ACWOptional: s.ACWOptional, Manual: s.Manual, InactivityMs: s.Inactivity.Milliseconds(), InactiveRequeue: s.InactiveRequeue,
		ServiceLevel: q.ServiceLevel,
	}
	for _, c := range q.Codes {
		out.Codes = append(out.Codes, protocol.WrapUpCode{ID: c.ID, Name: c.Name})
	}
	return out
}

// rights are what a user may do, as far as their desk shows it. The hub checks
// each time anew.
func rights(v *organisation.View, a id.Agent) []protocol.Right {
	var out []protocol.Right
	for _, action := range org.Actions() {
		if scope := v.Organisation.Reach(a, action); scope != org.Nowhere {
			out = append(out, protocol.Right{Action: string(action), Scope: scope.String(), Queues: v.Organisation.Where(a, action)})
		}
	}
	return out
}

// role is the one of a user's roles that says most.
func role(u org.User) string {
	for _, r := range []org.Role{org.RoleAdministrator, org.RoleSupervisor, org.RoleReviewer} {
		if slices.Contains(u.Roles, r) {
			return string(r)
		}
	}
	return string(org.RoleAgent)
}

// SignOut ends all sessions of a user, for example because their password is
// another now.
func (h *Hub) SignOut(a id.Agent) error {
	if err := h.o.Sessions.Retain(func(other id.Agent) bool { return other != a }); err != nil {
		return err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.agents[a] {
		s.out.bye(protocol.Problem{Code: "signed_out", Message: "sign in again"})
	}
	return nil
}

// reconfigure tells every desk what is new, and sends those away whose user is
// gone.
func (h *Hub) reconfigure(v *organisation.View) {
	now := h.describe(v)
	h.told.Store(now)
	known := func(a id.Agent) bool {
		_, there := v.User(a)
		return there
	}
	if err := h.o.Sessions.Retain(known); err != nil {
		h.log.Error("sessions of removed users could not be ended", "error", err)
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for a, list := range h.agents {
		frame := item{frame: &protocol.ToDesk{}}
		if known(a) {
			org := now.to(a)
			frame.frame.Org = &org
		}
		for _, s := range list {
			if frame.frame.Org == nil {
				s.out.bye(protocol.Problem{Code: "signed_out", Message: "you are no longer a user of this organisation"})
				continue
			}
			s.out.put(frame)
		}
	}
	h.QueuesChanged()
	h.tellBoards()
	h.reviewWatched()
}
