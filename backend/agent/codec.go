package agent

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
	case "presence_changed":
		return decodeAs[PresenceChanged](e)
	case "reserved":
		return decodeAs[Reserved](e)
	case "released":
		return decodeAs[Released](e)
	case "stopped_responding":
		return decodeAs[StoppedResponding](e)
	case "queue_left":
		return decodeAs[QueueLeft](e)
	case "queue_joined":
		return decodeAs[QueueJoined](e)
	case "external_started":
		return decodeAs[ExternalStarted](e)
	case "external_ended":
		return decodeAs[ExternalEnded](e)
	case "resumed":
		return decodeAs[Resumed](e)
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
