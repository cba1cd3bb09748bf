package config

import (
	"errors"
	"fmt"
	"slices"

	"parley/backend/id"
)

// Role is what a user is in the organisation; a user may have several. What
// they may do is what any of their roles allows, and nothing else.
type Role string

// The roles.
const (
	RoleAgent         Role = "agent"
	RoleSupervisor    Role = "supervisor" // of the queues that the user supervises
	RoleReviewer      Role = "reviewer"
	RoleAdministrator Role = "admin"
)

// Roles lists all, in the order in which a menu shows them.
func Roles() []Role {
	return []Role{RoleAgent, RoleSupervisor, RoleReviewer, RoleAdministrator}
}

// Action is something that takes a right. Its text is stable: the audit log
// holds it.
type Action string

// What a user does with interactions of their own.
const (
	Answer   Action = "answer"
	Send     Action = "send"
	Transfer Action = "transfer"
	Park     Action = "park"
	Pull     Action = "pull" // out of a queue that one is a member of
	Note     Action = "note"
	Canned   Action = "canned" // use of canned responses
)

// What a supervisor does with conversations and agents of others.
const (
	Monitor         Action = "monitor"
	Coach           Action = "coach"
	TakeOver        Action = "take_over"
	Assign          Action = "assign"           // a waiting conversation, to an agent
	Reassign        Action = "reassign"         // an agent's conversation, to another queue or agent
	SetPriority     Action = "set_priority"     //
	DisconnectOther Action = "disconnect_other" //
	NoteOther       Action = "note_other"       // a note in another's conversation
	SetStatus       Action = "set_status"       // another's presence
	SetMembership   Action = "set_membership"   // let another join or leave a queue for now
	SeeQueues       Action = "see_queues"       // the board of queues
	SeeAgents       Action = "see_agents"       // the board of agents
	SeeReports      Action = "see_reports"      //
	Export          Action = "export"           // what one may see, as a file
	BlockContact    Action = "block_contact"    // and unblock
)

// What a reviewer does with conversations of others.
const (
	SearchTranscripts Action = "search_transcripts"
	Evaluate          Action = "evaluate"
)

// What an administrator does.
const (
	ReadConfiguration   Action = "read_configuration"
	ChangeConfiguration Action = "change_configuration" // passwords of users too
	ReadAudit           Action = "read_audit"
	Erase               Action = "erase" // a contact, for good
	ManageTokens        Action = "manage_tokens"
)

// Scope is how far a right reaches.
type Scope int

// The scopes, from the least to the most.
const (
	Nowhere    Scope = iota
	Own              // conversations that one has or had
	Member           // queues that one is a member of
	Supervised       // queues that one supervises, and agents who are their members
	Everywhere
)

// String is the scope's name on the wire.
func (s Scope) String() string {
	switch s {
	case Nowhere:
		return "nowhere"
	case Own:
		return "own"
	case Member:
		return "member"
	case Supervised:
		return "supervised"
	case Everywhere:
		return "everywhere"
	}
	return "nowhere"
}

// grants is the whole table. What is not in it is denied.
//
// An administrator configures, and reads no conversation: who wants both needs
// both roles, and giving oneself a role leaves a record.
var grants = map[Action]map[Role]Scope{
	Answer:   {RoleAgent: Own, RoleSupervisor: Own},
	Send:     {RoleAgent: Own, RoleSupervisor: Own},
	Transfer: {RoleAgent: Own, RoleSupervisor: Own},
	Park:     {RoleAgent: Own, RoleSupervisor: Own},
	Pull:     {RoleAgent: Member, RoleSupervisor: Member},
	Note:     {RoleAgent: Own, RoleSupervisor: Own},
	Canned:   {RoleAgent: Own, RoleSupervisor: Own},

	Monitor:         {RoleSupervisor: Supervised},
	Coach:           {RoleSupervisor: Supervised},
	TakeOver:        {RoleSupervisor: Supervised},
	Assign:          {RoleSupervisor: Supervised},
	Reassign:        {RoleSupervisor: Supervised},
	SetPriority:     {RoleSupervisor: Supervised},
	DisconnectOther: {RoleSupervisor: Supervised},
	NoteOther:       {RoleSupervisor: Supervised},
	SetStatus:       {RoleSupervisor: Supervised},
	SetMembership:   {RoleSupervisor: Supervised},
	SeeQueues:       {RoleSupervisor: Supervised, RoleAdministrator: Everywhere},
	SeeAgents:       {RoleSupervisor: Supervised, RoleAdministrator: Everywhere},
	SeeReports:      {RoleSupervisor: Supervised, RoleReviewer: Everywhere, RoleAdministrator: Everywhere},
	Export:          {RoleSupervisor: Supervised, RoleReviewer: Everywhere, RoleAdministrator: Everywhere},
	BlockContact:    {RoleSupervisor: Supervised, RoleAdministrator: Everywhere},

	SearchTranscripts: {RoleSupervisor: Supervised, RoleReviewer: Everywhere},
	Evaluate:          {RoleSupervisor: Supervised, RoleReviewer: Everywhere},

	ReadConfiguration:   {RoleAdministrator: Everywhere},
	ChangeConfiguration: {RoleAdministrator: Everywhere},
	ReadAudit:           {RoleAdministrator: Everywhere},
	Erase:               {RoleAdministrator: Everywhere},
	ManageTokens:        {RoleAdministrator: Everywhere},
}

// Actions lists every action that somebody may be allowed, sorted.
func Actions() []Action {
	out := make([]Action, 0, len(grants))
	for a := range grants {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

// ErrForbidden: none of the user's roles allows it there.
var ErrForbidden = errors.New("you have no right to do this")

// Refusal is an ErrForbidden that says of what, for the audit log.
type Refusal struct {
	User   id.Agent
	Action Action
	Queue  id.Queue // "" = no place, or Other
	Other  id.Agent
}

func (r *Refusal) Error() string { return fmt.Sprintf("%v: %s%s", ErrForbidden, r.Action, r.where()) }

func (r *Refusal) where() string {
	switch {
	case r.Queue != "":
		return " in the queue " + string(r.Queue)
	case r.Other != "":
		return " with " + string(r.Other)
	}
	return ""
}

// Is makes it an ErrForbidden.
func (r *Refusal) Is(target error) bool { return target == ErrForbidden }

// Reach is how far a user's right to an action reaches: the most that any of
// their roles gives. Somebody unknown has no right to anything.
func (o *Organisation) Reach(user id.Agent, a Action) Scope {
	u, _ := o.User(user)
	return reach(u, a)
}

func reach(u User, a Action) Scope {
	most := Nowhere
	for _, r := range u.Roles {
		most = max(most, grants[a][r])
	}
	return most
}

// May says whether a user may do something in a queue: nil, or a *Refusal. Of actions on one's own conversations the queue does not
// matter, and whether a conversation is one's own is the caller's to know. An
// action without a place, such as ReadAudit, takes the queue "".
func (o *Organisation) May(user id.Agent, a Action, queue id.Queue) error {
	allowed := false
	switch o.Reach(user, a) {
	case Own, Everywhere:
		allowed = true
	case Member:
		allowed = slices.Contains(o.MemberOf(user), queue)
	case Supervised:
		allowed = slices.Contains(o.Supervises(user), queue)
	case Nowhere:
	}
	if allowed {
		return nil
	}
	return &Refusal{User: user, Action: a, Queue: queue}
}

// MayWith says whether a user may do something with another user, such as set
// their status: nil, or a *Refusal. Who supervises a queue
// may with its members.
func (o *Organisation) MayWith(user id.Agent, a Action, other id.Agent) error {
	_, known := o.User(other)
	allowed := false
	switch o.Reach(user, a) {
	case Everywhere:
		allowed = known
	case Supervised:
		supervised := o.Supervises(user)
		allowed = slices.ContainsFunc(o.MemberOf(other), func(q id.Queue) bool { return slices.Contains(supervised, q) })
	case Nowhere, Own, Member:
	}
	if allowed {
		return nil
	}
	return &Refusal{User: user, Action: a, Other: other}
}

// Where lists the queues in which a user may do something, sorted; none for
// actions on one's own conversations and those without a place.
func (o *Organisation) Where(user id.Agent, a Action) []id.Queue {
	switch o.Reach(user, a) {
	case Member:
		return o.MemberOf(user)
	case Supervised:
		return o.Supervises(user)
	case Everywhere:
		all := make([]id.Queue, 0, len(o.Queues))
		for _, q := range o.Queues {
			all = append(all, q.ID)
		}
		slices.Sort(all)
		return all
	case Nowhere, Own:
	}
	return nil
}

// MemberOf lists the queues that a user is a member of, sorted.
func (o *Organisation) MemberOf(user id.Agent) []id.Queue {
	var out []id.Queue
	for _, q := range o.Queues {
		if slices.Contains(q.Members, user) {
			out = append(out, q.ID)
		}
	}
	slices.Sort(out)
	return out
}

// Supervises lists the queues that a user supervises and that exist, sorted.
func (o *Organisation) Supervises(user id.Agent) []id.Queue {
	u, _ := o.User(user)
	if !slices.Contains(u.Roles, RoleSupervisor) {
		return nil
	}
	var out []id.Queue
	for _, q := range u.Supervises {
		if _, exists := o.Queue(q); exists {
			out = append(out, q)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
