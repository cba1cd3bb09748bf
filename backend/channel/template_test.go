package channel_test

import (
	"errors"
	"reflect"
	"testing"

	"parley/backend/channel"
	"parley/backend/message"
)

func appointment() channel.Template {
	return channel.Template{
		Name: "appointment_note", Language: "en_GB", Status: "APPROVED", Sendable: true,
		Header: "Dear {{1}}", Text: "See you {{day}}, {{first_name}}.", Footer: "The shop",
		Parameters: []channel.Parameter{
			{Part: message.TemplateHeader, Placeholder: "{{1}}", Kind: message.TemplateText},
			{Part: message.TemplateBody, Placeholder: "{{day}}", Name: "day", Kind: message.TemplateText},
			{Part: message.TemplateBody, Placeholder: "{{first_name}}", Name: "first_name", Kind: message.TemplateText},
			{Part: message.TemplateQuick, Index: 1, Kind: message.TemplatePayload},
		},
	}
}

func TestFillATemplate(t *testing.T) {
	// A value that looks like a placeholder is a value.
	got, err := appointment().Fill([]string{"Ms Borg", "{{first_name}}", "Carla", "CONFIRM"})
	want := message.Body{
		Text: "Dear Ms Borg\n\nSee you {{first_name}}, Carla.\n\nThe shop",
		Template: &message.Template{Name: "appointment_note", Language: "en_GB", Values: []message.TemplateValue{
			{Part: message.TemplateHeader, Kind: message.TemplateText, Text: "Ms Borg"},
			{Part: message.TemplateBody, Name: "day", Kind: message.TemplateText, Text: "{{first_name}}"},
			{Part: message.TemplateBody, Name: "first_name", Kind: message.TemplateText, Text: "Carla"},
			{Part: message.TemplateQuick, Index: 1, Kind: message.TemplatePayload, Text: "CONFIRM"},
		}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v)\nwant %+v", got, err, want)
	}
}

func TestFillWithAPicture(t *testing.T) {
	picture := channel.Template{
		Name: "offer", Language: "en", Sendable: true, Text: "Look.",
		Parameters: []channel.Parameter{{Part: message.TemplateHeader, Kind: message.TemplateImage}},
	}
	got, err := picture.Fill([]string{"a-1"})
	want := message.TemplateValue{Part: message.TemplateHeader, Kind: message.TemplateImage, Attachment: "a-1"}
	if err != nil || got.Text != "Look." || got.Template.Values[0] != want {
		t.Errorf("got %+v (%v)", got, err)
	}
}

func TestFillRefuses(t *testing.T) {
	paused := appointment()
	paused.Sendable, paused.Status = false, "PAUSED"
	for name, tt := range map[string]struct {
		template channel.Template
		values   []string
		want     error
	}{
		"paused":          {paused, []string{"a", "b", "c", "d"}, channel.ErrNotSendable},
		"a value missing": {appointment(), []string{"a", "b", "c"}, channel.ErrValueMissing},
		"an empty value":  {appointment(), []string{"a", " ", "c", "d"}, channel.ErrValueMissing},
	} {
		if _, err := tt.template.Fill(tt.values); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
