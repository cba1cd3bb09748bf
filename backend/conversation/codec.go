package conversation

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
		data, err := encode(e)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", e.eventType(), err)
		}
		out = append(out, eventlog.Event{Type: e.eventType(), Data: data})
	}
	return out, nil
}

// Decode reads one stored event. A type it does not know, or data that does not
// fit, gives Unknown: a fold never fails for what a later version wrote.
func Decode(e eventlog.Event) Event {
	switch e.Type {
	case "message_received", "message_sent", "delivery_changed", "read_by_agent":
		if out, ok := decodePlain(e.Type, e.Data); ok {
			return out
		}
	}
	switch e.Type {
	case "started":
		return decodeAs[Started](e)
	case "queued":
		return decodeAs[Queued](e)
	case "message_received":
		return decodeAs[MessageReceived](e)
	case "message_sent":
		return decodeAs[MessageSent](e)
	case "delivery_changed":
		return decodeAs[DeliveryChanged](e)
	case "alerted":
		return decodeAs[Alerted](e)
	case "connected":
		return decodeAs[Connected](e)
	case "alert_ended":
		return decodeAs[AlertEnded](e)
	case "disconnected":
		return decodeAs[Disconnected](e)
	case "wrapped_up":
		return decodeAs[WrappedUp](e)
	case "ended":
		return decodeAs[Ended](e)
	case "contact_returned":
		return decodeAs[ContactReturned](e)
	case "contact_cleared":
		return decodeAs[ContactCleared](e)
	case "read_by_agent":
		return decodeAs[ReadByAgent](e)
	case "leg_ended":
		return decodeAs[LegEnded](e)
	case "parked":
		return decodeAs[Parked](e)
	case "unparked":
		return decodeAs[Unparked](e)
	case "assignment_lapsed":
		return decodeAs[AssignmentLapsed](e)
	case "priority_changed":
		return decodeAs[PriorityChanged](e)
	case "note_added":
		return decodeAs[NoteAdded](e)
	case "help_asked":
		return decodeAs[HelpAsked](e)
	case "help_ended":
		return decodeAs[HelpEnded](e)
	case "survey_asked":
		return decodeAs[SurveyAsked](e)
	case "survey_answered":
		return decodeAs[SurveyAnswered](e)
	case "survey_commented":
		return decodeAs[SurveyCommented](e)
	case "message_named":
		return decodeAs[MessageNamed](e)
	case "part_delivered":
		return decodeAs[PartDelivered](e)
	case "message_unsent":
		return decodeAs[MessageUnsent](e)
	case "message_changed":
		return decodeAs[MessageChanged](e)
	case "reacted":
		return decodeAs[Reacted](e)
	case "consent_changed":
		return decodeAs[ConsentChanged](e)
	case "contact_described":
		return decodeAs[ContactDescribed](e)
	case "window_opened":
		return decodeAs[WindowOpened](e)
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
