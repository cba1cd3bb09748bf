package channel

import (
	"errors"
	"fmt"
	"strings"

	"parley/backend/id"
	"parley/backend/message"
)

// Template is one that the platform has on its list. Name and Language together
// are its key.
type Template struct {
	Name     string `json:"name"`
	Language string `json:"language"` // as the platform writes it: "en_GB"
	Category string `json:"category"`
	// Status is the platform's word; Sendable says that it may be sent.
	Status   string `json:"status"`
	Sendable bool   `json:"sendable"`
	// Header, Text and Footer hold placeholders as Parameters name them.
	Header     string      `json:"header"`
	Text       string      `json:"text"`
	Footer     string      `json:"footer"`
	Buttons    []string    `json:"buttons"` // labels
	Parameters []Parameter `json:"parameters"`
}

// Parameter is one value that a template asks for.
type Parameter struct {
	Part  message.TemplatePart `json:"part"`
	Index int                  `json:"index"` // of the button; 0 for other parts
	// Placeholder is what stands for it in the text: "{{1}}", "{{name}}"; "" for
	// files and for payloads.
	Placeholder string `json:"placeholder"`
	// Name is the parameter's own; "" where parameters go by their order.
	Name    string                 `json:"name"`
	Kind    message.TemplateValues `json:"kind"`
	Example string                 `json:"example"`
}

// Errors of Fill.
var (
	ErrNotSendable  = errors.New("the template may not be sent")
	ErrValueMissing = errors.New("a value of the template is missing")
)

// Fill puts values, in the order of Parameters, into the template. The body has
// the text that the contact will read and what the platform needs. A value for a
// file is its attachment's ID: the caller adds the attachment to the body.
func (t Template) Fill(values []string) (message.Body, error) {
	if !t.Sendable {
		return message.Body{}, fmt.Errorf("%w: %s is %s", ErrNotSendable, t.Name, strings.ToLower(t.Status))
	}
	if len(values) != len(t.Parameters) {
		return message.Body{}, fmt.Errorf("%w: %d of %d", ErrValueMissing, len(values), len(t.Parameters))
	}
	filled := &message.Template{Name: t.Name, Language: t.Language}
	text := map[message.TemplatePart][]string{}
	for i, p := range t.Parameters {
		if strings.TrimSpace(values[i]) == "" {
			return message.Body{}, fmt.Errorf("%w: value %d", ErrValueMissing, i+1)
		}
		v := message.TemplateValue{Part: p.Part, Index: p.Index, Name: p.Name, Kind: p.Kind}
		if p.Kind == message.TemplateText || p.Kind == message.TemplatePayload {
			v.Text = values[i]
		} else {
			v.Attachment = id.Attachment(values[i])
		}
		filled.Values = append(filled.Values, v)
		if p.Placeholder != "" {
			text[p.Part] = append(text[p.Part], p.Placeholder, values[i])
		}
	}
	var parts []string
	for _, part := range []struct {
		name message.TemplatePart
		text string
	}{{message.TemplateHeader, t.Header}, {message.TemplateBody, t.Text}, {"", t.Footer}} {
		if part.text != "" {
			parts = append(parts, strings.NewReplacer(text[part.name]...).Replace(part.text))
		}
	}
	return message.Body{Text: strings.Join(parts, "\n\n"), Template: filled}, nil
}
