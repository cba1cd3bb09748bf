package conversation

import (
	"encoding/json"
	"strconv"

	"parley/backend/id"
	"parley/backend/internal/plainjson"
	"parley/backend/message"
)

// The events of a message's way make up nearly all of a log. They are written
// and read here without reflection, in the same form; a message with files goes
// the long way.

// encode gives an event's stored form.
func encode(e Event) ([]byte, error) {
	switch e := e.(type) {
	case MessageReceived:
		if e.Body.Files == nil {
			return e.plain(), nil
		}
	case MessageSent:
		if e.Body.Files == nil {
			return e.plain(), nil
		}
	case DeliveryChanged:
		return e.plain(), nil
	case ReadByAgent:
		return e.plain(), nil
	}
	return json.Marshal(e)
}

// plainSize is more than these events usually take.
const plainSize = 192

func (e MessageReceived) plain() []byte {
	b := append(make([]byte, 0, plainSize), `{"message":`...)
	b = plainjson.AppendString(b, string(e.Message))
	b = appendRef(b, e.Body)
	if e.PlatformID != "" {
		b = append(b, `,"platformId":`...)
		b = plainjson.AppendString(b, e.PlatformID)
	}
	return append(b, '}')
}

func (e MessageSent) plain() []byte {
	b := append(make([]byte, 0, plainSize), `{"message":`...)
	b = plainjson.AppendString(b, string(e.Message))
	b = append(b, `,"agent":`...)
	b = plainjson.AppendString(b, string(e.Agent))
	b = appendRef(b, e.Body)
	if e.Auto != "" {
		b = append(b, `,"auto":`...)
		b = plainjson.AppendString(b, e.Auto)
	}
	return append(b, '}')
}

func (e DeliveryChanged) plain() []byte {
	b := append(make([]byte, 0, plainSize), `{"message":`...)
	b = plainjson.AppendString(b, string(e.Message))
	b = append(b, `,"state":`...)
	b = plainjson.AppendString(b, string(e.State))
	if e.Reason != "" {
		b = append(b, `,"reason":`...)
		b = plainjson.AppendString(b, e.Reason)
	}
	return append(b, '}')
}

func (e ReadByAgent) plain() []byte {
	b := append(make([]byte, 0, plainSize), `{"agent":`...)
	b = plainjson.AppendString(b, string(e.Agent))
	b = strconv.AppendInt(append(b, `,"inbound":`...), int64(e.Inbound), 10)
	return append(b, '}')
}

func appendRef(b []byte, ref message.Ref) []byte {
	b = strconv.AppendInt(append(b, `,"body":{"length":`...), int64(ref.Length), 10)
	if ref.Digest != "" {
		b = append(b, `,"digest":`...)
		b = plainjson.AppendString(b, ref.Digest)
	}
	return append(b, '}')
}

// decodePlain reads what plain wrote; false for anything else.
func decodePlain(kind string, data []byte) (Event, bool) {
	r := plainjson.Read(data)
	var e Event
	switch kind {
	case "message_received":
		r.Skip(`{"message":`)
		m := MessageReceived{Message: id.Message(r.String()), Body: readRef(&r)}
		if r.Has(`,"platformId":`) {
			m.PlatformID = r.String()
		}
		e = m
	case "message_sent":
		r.Skip(`{"message":`)
		m := MessageSent{Message: id.Message(r.String())}
		r.Skip(`,"agent":`)
		m.Agent, m.Body = id.Agent(r.String()), readRef(&r)
		if r.Has(`,"auto":`) {
			m.Auto = r.String()
		}
		e = m
	case "delivery_changed":
		r.Skip(`{"message":`)
		d := DeliveryChanged{Message: id.Message(r.String())}
		r.Skip(`,"state":`)
		d.State = message.Delivery(r.String())
		if r.Has(`,"reason":`) {
			d.Reason = r.String()
		}
		e = d
	case "read_by_agent":
		r.Skip(`{"agent":`)
		a := ReadByAgent{Agent: id.Agent(r.String())}
		r.Skip(`,"inbound":`)
		a.Inbound = r.Int()
		e = a
	}
	r.Skip(`}`)
	return e, r.Whole()
}

func readRef(r *plainjson.Reader) (ref message.Ref) {
	r.Skip(`,"body":{"length":`)
	ref.Length = r.Int()
	if r.Has(`,"digest":`) {
		ref.Digest = r.String()
	}
	r.Skip(`}`)
	return ref
}
