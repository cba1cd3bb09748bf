package adminapi

import (
	"fmt"
	"net/http"

	org "parley/backend/config"
	"parley/backend/id"
)

// entity reads the thing that a request sets. Its ID is the address's; a body
// that says another is refused.
func entity(w http.ResponseWriter, r *http.Request) (org.Event, error) {
	key := r.PathValue("id")
	kind := org.Kind(r.PathValue("kind"))
	var (
		out  org.Event
		said *string // the ID that the body said
		err  error
	)
	switch kind {
	case org.KindGeneral:
		var v org.General
		err = decode(w, r, &v)
		out, said = org.GeneralSet{General: v}, new(string)
	case org.KindSkill:
		var v org.Skill
		err = decode(w, r, &v)
		said, v.ID = was(v.ID), id.Skill(key)
		out = org.SkillSet{Skill: v}
	case org.KindHours:
		var v org.Hours
		err = decode(w, r, &v)
		said, v.ID = was(v.ID), id.Hours(key)
		out = org.HoursSet{Hours: v}
	case org.KindQueue:
		var v org.Queue
		err = decode(w, r, &v)
		said, v.ID = was(v.ID), id.Queue(key)
		out = org.QueueSet{Queue: v}
	case org.KindUser:
		var v org.User
		err = decode(w, r, &v)
		said, v.ID = was(v.ID), id.Agent(key)
		out = org.UserSet{User: v}
	case org.KindLibrary:
		var v org.Library
		err = decode(w, r, &v)
		said, v.ID = was(v.ID), id.Library(key)
		out = org.LibrarySet{Library: v}
	default:
		return nil, unknownKind(kind)
	}
	switch {
	case err != nil:
		return nil, err
	case (kind == org.KindGeneral) != (key == ""):
		return nil, fmt.Errorf("%w: general has no ID, and everything else has one", errMalformed)
	case *said != "" && *said != key:
		return nil, fmt.Errorf("%w: the body is about %q and the address about %q", errMalformed, *said, key)
	}
	return out, nil
}

func was[T ~string](v T) *string {
	s := string(v)
	return &s
}

func removal(kind org.Kind, key string) (org.Event, error) {
	switch kind {
	case org.KindSkill:
		return org.SkillRemoved{ID: key}, nil
	case org.KindHours:
		return org.HoursRemoved{ID: key}, nil
	case org.KindQueue:
		return org.QueueRemoved{ID: key}, nil
	case org.KindUser:
		return org.UserRemoved{ID: key}, nil
	case org.KindLibrary:
		return org.LibraryRemoved{ID: key}, nil
	case org.KindGeneral:
	}
	return nil, unknownKind(kind)
}

func unknownKind(kind org.Kind) error {
	return fmt.Errorf("%w: %q cannot be set or removed; allowed: general (set only), skill, hours, queue, user, library", errMalformed, kind)
}
