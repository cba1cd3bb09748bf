package channel_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

var t0 = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

const hour = 60 * 60 * 1000

func TestPermit(t *testing.T) {
	window := channel.Policy{ReplyWindowMs: 24 * hour, First: channel.FirstNever}
	extended := channel.Policy{ReplyWindowMs: 24 * hour, ExtendedWindowMs: 7 * 24 * hour, First: channel.FirstNever}
	templates := channel.Policy{ReplyWindowMs: 24 * hour, TemplateOutside: true, First: channel.FirstByTemplate}
	wrote := channel.Facts{LastInboundAt: t0}
	for _, tt := range []struct {
		name   string
		policy channel.Policy
		facts  channel.Facts
		draft  channel.Draft
		after  time.Duration
		want   channel.Refusal // the zero value: permitted
	}{
		{name: "no rules", facts: channel.Facts{}, after: 1000 * time.Hour},
		{name: "window's last moment", policy: window, facts: wrote, after: 24 * time.Hour},
		{
			name: "window closed", policy: window, facts: wrote, after: 24*time.Hour + time.Millisecond,
			want: channel.Refusal{Rule: "reply_window", Reason: "replies are accepted for 24 hours after the contact's last message; the contact has to write again"},
		},
		{name: "a tap opens it again", policy: window, facts: channel.Facts{LastInboundAt: t0, OpenedAt: t0.Add(30 * time.Hour)}, after: 50 * time.Hour},
		{name: "an older tap does not shorten it", policy: window, facts: channel.Facts{LastInboundAt: t0, OpenedAt: t0.Add(-time.Hour)}, after: 24 * time.Hour},
		{name: "a person in the extended window", policy: extended, facts: wrote, after: 7 * 24 * time.Hour},
		{
			name: "a person after the extended window", policy: extended, facts: wrote, after: 7*24*time.Hour + 1,
			want: channel.Refusal{Rule: "reply_window", Reason: "replies are accepted for 7 days after the contact's last message; the contact has to write again"},
		},
		{
			name: "no automation in the extended window", policy: extended, facts: wrote, draft: channel.Draft{Automatic: true}, after: 25 * time.Hour,
			want: channel.Refusal{Rule: "reply_window", Reason: "automatic replies are accepted for 24 hours after the contact's last message; the contact has to write again"},
		},
		{
			name: "the extended window counts from the last message, not from a tap", policy: extended,
			facts: channel.Facts{LastInboundAt: t0, OpenedAt: t0.Add(6 * 24 * time.Hour)}, after: 7*24*time.Hour + 1,
			want: channel.Refusal{Rule: "reply_window", Reason: "replies are accepted for 7 days after the contact's last message; the contact has to write again"},
		},
		{
			name: "template only", policy: templates, facts: wrote, after: 25 * time.Hour,
			want: channel.Refusal{Rule: "reply_window", Template: true, Reason: "replies are accepted for 24 hours after the contact's last message; now only an approved template can be sent"},
		},
		{name: "a template outside the window", policy: templates, facts: wrote, draft: channel.Draft{Template: true}, after: 1000 * time.Hour},
		{
			name: "never write first", policy: window,
			want: channel.Refusal{Rule: "first", Reason: "the contact has to write first"},
		},
		{
			name: "first by template", policy: templates,
			want: channel.Refusal{Rule: "first", Template: true, Reason: "the contact has not written yet: begin with an approved template"},
		},
		{name: "a template first", policy: templates, draft: channel.Draft{Template: true}},
		{name: "five replies", policy: channel.Policy{MaxReplies: 5}, facts: channel.Facts{LastInboundAt: t0, RepliesSince: 4}},
		{
			name: "the sixth reply", policy: channel.Policy{MaxReplies: 5}, facts: channel.Facts{LastInboundAt: t0, RepliesSince: 5},
			want: channel.Refusal{Rule: "max_replies", Reason: "at most 5 replies to each message of the contact are delivered; the contact has to write again"},
		},
		{
			name: "opted out", policy: templates, facts: channel.Facts{LastInboundAt: t0, OptedOut: true}, draft: channel.Draft{Template: true},
			want: channel.Refusal{Rule: "opted_out", Reason: "the contact has opted out of messages and has to opt in again first"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.policy.Permit(tt.facts, tt.draft, t0.Add(tt.after))
			var got channel.Refusal
			if r := (*channel.Refusal)(nil); errors.As(err, &r) {
				got = *r
			} else if err != nil {
				t.Fatalf("%v is no refusal", err)
			}
			if got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestClosesTellsWhenTheComposerWillClose(t *testing.T) {
	p := channel.Policy{ReplyWindowMs: hour, ExtendedWindowMs: 3 * hour, TemplateOutside: true}
	f := channel.Facts{LastInboundAt: t0}
	for draft, want := range map[channel.Draft]time.Time{
		{}:                t0.Add(3 * time.Hour),
		{Automatic: true}: t0.Add(time.Hour),
		{Template: true}:  {},
	} {
		if got := p.Closes(f, draft); !got.Equal(want) {
			t.Errorf("%+v closes at %s, want %s", draft, got, want)
		}
	}
}

func TestEachKindOfFileHasItsOwnLimit(t *testing.T) {
	c := channel.Capabilities{Label: "Chat", BlockedEndings: []string{".exe"}}.WithMedia(
		channel.MediaLimit{Kind: channel.Image, Types: []string{"image/png"}, MaxBytes: 5 << 20},
		channel.MediaLimit{Kind: channel.File, Types: []string{"application/*"}, MaxBytes: 100 << 20},
	)
	if c.MaxFileBytes != 100<<20 || !reflect.DeepEqual(c.FileTypes, []string{"image/png", "application/*"}) {
		t.Errorf("the widest limits are %d and %v", c.MaxFileBytes, c.FileTypes)
	}
	for _, tt := range []struct {
		a    message.Attachment
		want string
	}{
		{message.Attachment{MIME: "image/png", Size: 5 << 20}, ""},
		{message.Attachment{MIME: "image/png", Size: 5<<20 + 1}, "Chat takes such files up to 5 MB"},
		{message.Attachment{MIME: "image/gif", Size: 1}, "Chat does not take files of this type"},
		{message.Attachment{MIME: "Application/PDF; x=y", Size: 50 << 20}, ""},
		{message.Attachment{Name: "a.EXE", MIME: "application/pdf", Size: 1}, "Chat does not take files of this type"},
	} {
		got := ""
		if err := c.Accept(tt.a); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.a, got, tt.want)
		}
	}
}

// TestProfilesAreData: a profile crosses to the window, where types are
// generated from it.
func TestProfilesAreData(t *testing.T) {
	var walk func(at string, r reflect.Type)
	walk = func(at string, r reflect.Type) {
		switch r.Kind() {
		case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
			if r == reflect.TypeFor[time.Duration]() {
				t.Errorf("%s is a duration: times cross as …Ms", at)
			}
		case reflect.Slice:
			walk(at+"[]", r.Elem())
		case reflect.Struct:
			for i := range r.NumField() {
				f := r.Field(i)
				if tag := f.Tag.Get("json"); tag == "" {
					t.Errorf("%s.%s has no name outside Go", at, f.Name)
				}
				walk(at+"."+f.Name, f.Type)
			}
		default:
			t.Errorf("%s is a %s", at, r.Kind())
		}
	}
	walk("Profile", reflect.TypeFor[channel.Profile]())
}

func TestAContactIsCalledByWhateverIsKnown(t *testing.T) {
	for _, tt := range []struct {
		person channel.Person
		want   string
	}{
		{channel.Person{Name: "Carla", Handle: "carla_m", Phone: "+356"}, "Carla"},
		{channel.Person{Handle: "carla_m", Phone: "+356"}, "carla_m"},
		{channel.Person{Phone: "+35699000000"}, "+35699000000"},
		{channel.Person{}, "7001"},
	} {
		if got := tt.person.Label("7001"); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.person, got, tt.want)
		}
	}
}
