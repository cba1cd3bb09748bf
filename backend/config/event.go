package config

// Event is something that happened to the configuration. Those that set hold
// the whole of what they set.
//
//sumtype:decl
type Event interface{ eventType() string }

type (
	// Requested says where a change came from. It is the first event of every
	// commit; who did it is the commit's actor.
	Requested struct {
		Via     Via    `json:"via"`
		Session string `json:"session,omitempty"` // auth.Session.ID of the desk or command line
	}
	// GeneralSet changes what the organisation has once.
	GeneralSet struct{ General }
	// SkillSet adds or changes a skill.
	SkillSet struct{ Skill }
	// SkillRemoved takes it away.
	SkillRemoved struct {
		ID string `json:"id"`
	}
	// HoursSet adds or changes opening hours.
	HoursSet struct{ Hours }
	// HoursRemoved takes them away.
	HoursRemoved struct {
		ID string `json:"id"`
	}
	// QueueSet adds or changes a queue.
	QueueSet struct{ Queue }
	// QueueRemoved takes it away.
	QueueRemoved struct {
		ID string `json:"id"`
	}
	// UserSet adds or changes a user.
	UserSet struct{ User }
	// UserRemoved takes them away.
	UserRemoved struct {
		ID string `json:"id"`
	}
	// LibrarySet adds or changes a library of canned responses.
	LibrarySet struct{ Library }
	// LibraryRemoved takes it away.
	LibraryRemoved struct {
		ID string `json:"id"`
	}
	// Unknown stands for an event of a later version. It is kept and skipped.
	Unknown struct {
		Type string
		Data []byte
	}
)

// Via is the way by which a change came.
type Via string

// The ways.
const (
	ViaDesk    Via = "desk"
	ViaCommand Via = "command" // the command line, on a running hub
	ViaOffline Via = "offline" // the command line, on a data directory
	ViaStart   Via = "start"   // the file, at the first start
)

func (Requested) eventType() string      { return "requested" }
func (GeneralSet) eventType() string     { return "general_set" }
func (SkillSet) eventType() string       { return "skill_set" }
func (SkillRemoved) eventType() string   { return "skill_removed" }
func (HoursSet) eventType() string       { return "hours_set" }
func (HoursRemoved) eventType() string   { return "hours_removed" }
func (QueueSet) eventType() string       { return "queue_set" }
func (QueueRemoved) eventType() string   { return "queue_removed" }
func (UserSet) eventType() string        { return "user_set" }
func (UserRemoved) eventType() string    { return "user_removed" }
func (LibrarySet) eventType() string     { return "library_set" }
func (LibraryRemoved) eventType() string { return "library_removed" }
func (u Unknown) eventType() string      { return u.Type }

// Kind is what an event is about.
type Kind string

// The kinds of thing that a configuration holds.
const (
	KindGeneral Kind = "general"
	KindSkill   Kind = "skill"
	KindHours   Kind = "hours"
	KindQueue   Kind = "queue"
	KindUser    Kind = "user"
	KindLibrary Kind = "library"
)

// Ref names one thing that a configuration holds.
type Ref struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id,omitempty"`
}

func (r Ref) String() string {
	if r.ID == "" {
		return string(r.Kind)
	}
	return string(r.Kind) + " " + r.ID
}

// About is what an event is about; the zero Ref for those about nothing.
func About(e Event) Ref {
	switch e := e.(type) {
	case GeneralSet:
		return Ref{Kind: KindGeneral}
	case SkillSet:
		return Ref{KindSkill, string(e.ID)}
	case SkillRemoved:
		return Ref{KindSkill, e.ID}
	case HoursSet:
		return Ref{KindHours, string(e.ID)}
	case HoursRemoved:
		return Ref{KindHours, e.ID}
	case QueueSet:
		return Ref{KindQueue, string(e.ID)}
	case QueueRemoved:
		return Ref{KindQueue, e.ID}
	case UserSet:
		return Ref{KindUser, string(e.ID)}
	case UserRemoved:
		return Ref{KindUser, e.ID}
	case LibrarySet:
		return Ref{KindLibrary, string(e.ID)}
	case LibraryRemoved:
		return Ref{KindLibrary, e.ID}
	case Requested, Unknown:
	}
	return Ref{}
}
