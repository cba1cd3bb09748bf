package whatsapp

import (
	"encoding/json"
	"fmt"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
)

// rawValue is a value whose lists are read element by element.
type rawValue struct {
	Metadata json.RawMessage `json:"metadata"`
	Contacts json.RawMessage `json:"contacts"`
	Messages json.RawMessage `json:"messages"`
	Statuses json.RawMessage `json:"statuses"`
	Echoes   json.RawMessage `json:"message_echoes"`
	Errors   json.RawMessage `json:"errors"`
}

// parseEach reads a webhook in which something is not as documented.
func parseEach(body []byte) (channel.Batch, error) {
	var raw struct {
		Object json.RawMessage `json:"object"`
		Entry  json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return channel.Batch{}, fmt.Errorf("%w: %s", channel.ErrMalformed, meta.Describe(err))
	}
	var b batch
	var name string
	if json.Unmarshal(raw.Object, &name) != nil || name == "" {
		return channel.Batch{}, fmt.Errorf("%w: the object has no name", channel.ErrMalformed)
	}
	if b.foreign(name) {
		return b.Batch, nil
	}
	entries, ok := meta.Each(raw.Entry)
	if !ok {
		return channel.Batch{}, fmt.Errorf("%w: entry is no list", channel.ErrMalformed)
	}
	for _, data := range entries {
		b.eachChange(data)
	}
	return b.Batch, b.notEmpty(name)
}

func (b *batch) eachChange(data json.RawMessage) {
	var e struct {
		ID      json.RawMessage `json:"id"`
		Changes json.RawMessage `json:"changes"`
	}
	err := json.Unmarshal(data, &e)
	changes, ok := meta.Each(e.Changes)
	if err != nil || !ok || len(changes) == 0 {
		b.skip("malformed", "the entry is not as documented")
		return
	}
	var owner string
	_ = json.Unmarshal(e.ID, &owner) // no text is no name
	for _, data := range changes {
		var c struct {
			Field json.RawMessage `json:"field"`
			Value json.RawMessage `json:"value"`
		}
		var field string
		if json.Unmarshal(data, &c) != nil || json.Unmarshal(c.Field, &field) != nil {
			b.skip("malformed", "the change is not as documented")
			continue
		}
		if b.field(owner, field) {
			b.eachValue(c.Value)
		}
	}
}

// eachValue reads a value's elements alone: what has the wrong type is left out
// and told.
func (b *batch) eachValue(data json.RawMessage) {
	var raw rawValue
	if err := json.Unmarshal(data, &raw); err != nil {
		b.skip("malformed", meta.Describe(err))
		return
	}
	var v value
	if err := json.Unmarshal(raw.Metadata, &v.Metadata); err != nil && len(raw.Metadata) > 0 {
		b.skip("malformed", meta.Describe(err))
	}
	v.Contacts = lenient[contact](b, raw.Contacts)
	v.Messages = lenient[inbound](b, raw.Messages)
	v.Statuses = lenient[report](b, raw.Statuses)
	v.Echoes = lenient[inbound](b, raw.Echoes)
	v.Errors = lenient[problem](b, raw.Errors)
	b.value(v)
}

func lenient[T any](b *batch, data json.RawMessage) []T {
	list, ok := meta.Each(data)
	if !ok {
		b.skip("malformed", "a list is none")
		return nil
	}
	var out []T
	for _, element := range list {
		var v T
		if err := json.Unmarshal(element, &v); err != nil {
			b.skip("malformed", meta.Describe(err))
		}
		out = append(out, v)
	}
	return out
}
