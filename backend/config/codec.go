package config

import (
	"encoding/json"
	"fmt"

	"parley/backend/eventlog"
)

// Encode gives the stored form of events.
func Encode(events []Event) ([]eventlog.Event, error) {
	out := make([]eventlog.Event, 0, len(events))
	for _, e := range events {
		if u, ok := e.(Unknown); ok {
			out = append(out, eventlog.Event{Type: u.Type, Data: u.Data})
			continue
		}
		data, err := json.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.eventType(), err)
		}
		out = append(out, eventlog.Event{Type: e.eventType(), Data: data})
	}
	return out, nil
}

// Decode reads one stored event; what it does not know becomes Unknown.
func Decode(e eventlog.Event) Event {
	switch e.Type {
	case "requested":
		return decodeAs[Requested](e)
	case "general_set":
		return decodeAs[GeneralSet](e)
	case "skill_set":
		return decodeAs[SkillSet](e)
	case "skill_removed":
		return decodeAs[SkillRemoved](e)
	case "hours_set":
		return decodeAs[HoursSet](e)
	case "hours_removed":
		return decodeAs[HoursRemoved](e)
	case "queue_set":
		return decodeAs[QueueSet](e)
	case "queue_removed":
		return decodeAs[QueueRemoved](e)
	case "user_set":
		return decodeAs[UserSet](e)
	case "user_removed":
		return decodeAs[UserRemoved](e)
	case "library_set":
		return decodeAs[LibrarySet](e)
	case "library_removed":
		return decodeAs[LibraryRemoved](e)
	}
	return Unknown(e)
}

func decodeAs[E Event](e eventlog.Event) Event {
	var out E
	if err := json.Unmarshal(e.Data, &out); err != nil {
		return Unknown(e)
	}
	return out
}
