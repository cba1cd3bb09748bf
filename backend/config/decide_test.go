package config_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"parley/backend/config"
	"parley/backend/id"
)

func TestDecide(t *testing.T) {
	ada := config.Origin{By: "ada", Via: config.ViaDesk, Session: "s-1"}
	asked := config.Requested{Via: config.ViaDesk, Session: "s-1"}
	manual := edited(func(o *config.Organisation) { queue(o, "billing").Manual = true })
	billing, _ := manual.Queue("billing")
	withoutBob := edited(func(o *config.Organisation) { queue(o, "orders").Members = []id.Agent{"ann"} })
	orders, _ := withoutBob.Queue("orders")
	for _, tc := range []struct {
		name string
		cmd  config.Command
		env  config.Env
		want []config.Event
		err  error
	}{
		{name: "nothing differs", cmd: config.Replace{Origin: ada, Rev: 1, Organisation: whole()}},
		{name: "one queue differs", cmd: config.Replace{Origin: ada, Rev: 1, Organisation: manual}, want: []config.Event{asked, config.QueueSet{Queue: billing}}},
		{name: "set as it is", cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.UserSet{User: config.User{ID: "bob", Name: "Bob"}}}}},
		{
			name: "set, and completed", cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.UserSet{User: config.User{ID: "zoe", Name: "Zoe"}}}},
			want: []config.Event{asked, config.UserSet{User: config.User{ID: "zoe", Name: "Zoe", Roles: []config.Role{config.RoleAgent}}}},
		},
		{
			name: "a user goes, and leaves their queues", cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.QueueRemoved{ID: "billing"}, config.UserRemoved{ID: "bob"}}},
			want: []config.Event{asked, config.UserRemoved{ID: "bob"}, config.QueueSet{Queue: orders}, config.QueueRemoved{ID: "billing"}},
		},
		{name: "compared with an old state", cmd: config.Replace{Origin: ada, Rev: 0, Organisation: manual}, err: config.ErrStale},
		{name: "read before it changed", cmd: config.Change{Origin: ada, Rev: 0, Events: []config.Event{config.SkillRemoved{ID: "warranty"}}}, err: config.ErrStale},
		{name: "read in the future", cmd: config.Change{Origin: ada, Rev: 2, Events: []config.Event{config.SkillRemoved{ID: "warranty"}}}, err: config.ErrStale},
		{name: "removed already", cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.SkillRemoved{ID: "juggling"}}}, err: config.ErrNothing},
		{name: "by a supervisor", cmd: config.Replace{Origin: config.Origin{By: "sue"}, Rev: 1, Organisation: manual}, err: config.ErrForbidden},
		{name: "by a stranger", cmd: config.Replace{Origin: config.Origin{By: "eve"}, Rev: 1, Organisation: manual}, err: config.ErrForbidden},
		{
			name: "by whom it makes an administrator", cmd: config.Change{Origin: config.Origin{By: "sue"}, Rev: 1, Events: []config.Event{
				config.UserSet{User: config.User{ID: "sue", Name: "Sue", Roles: []config.Role{config.RoleAdministrator}}},
			}}, err: config.ErrForbidden,
		},
		{name: "the last administrator", cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.UserRemoved{ID: "ada"}}}, err: config.ErrLastAdmin},
		{
			name: "too much at once", err: config.ErrTooLarge,
			cmd: config.Replace{Origin: ada, Rev: 1, Organisation: edited(func(o *config.Organisation) {
				for i := range 300 {
					o.Libraries[0].Responses = append(o.Libraries[0].Responses, config.Response{ID: id.Response(fmt.Sprint("r", i)), Name: "R", Text: strings.Repeat("x", 4000)})
				}
			})},
		},
		{
			name: "a queue that a deployment needs", env: config.Env{Pinned: map[id.Queue]string{"billing": "the deployment shop"}},
			cmd: config.Change{Origin: ada, Rev: 1, Events: []config.Event{config.QueueRemoved{ID: "billing"}}}, err: config.ErrPinned,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := given(t, whole())
			before := s.Clone()
			got, err := config.Decide(s, tc.cmd, tc.env)
			if !errors.Is(err, tc.err) || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v, %v\nwant %+v, %v", got, err, tc.want, tc.err)
			}
			if !reflect.DeepEqual(s, before) {
				t.Error("a decision changed the state")
			}
		})
	}
}

func TestOthersMayChangeOtherThingsMeanwhile(t *testing.T) {
	s := given(t, whole())
	change := func(rev uint64, e config.Event) error {
		events, err := config.Decide(s, config.Change{Rev: rev, Events: []config.Event{e}}, config.Env{})
		if err == nil {
			commit(t, s, events)
		}
		return err
	}
	if err := change(1, config.SkillSet{Skill: config.Skill{ID: "returns", Name: "Sending back"}}); err != nil {
		t.Fatal(err)
	}
	if err := change(1, config.SkillSet{Skill: config.Skill{ID: "warranty", Name: "Guarantee"}}); err != nil {
		t.Errorf("another skill: %v", err)
	}
	if err := change(1, config.SkillSet{Skill: config.Skill{ID: "returns", Name: "Parcels"}}); !errors.Is(err, config.ErrStale) {
		t.Errorf("the same skill: %v, want ErrStale", err)
	}
	if err := change(3, config.SkillSet{Skill: config.Skill{ID: "returns", Name: "Parcels"}}); err != nil {
		t.Errorf("the same skill, read anew: %v", err)
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		want string // the one fault
		edit func(*config.Organisation)
	}{
		{"organisation: must have from 1 to 200 characters", func(o *config.Organisation) { o.Name = "" }},
		{"capacity.sms: must be from 0 to 25", func(o *config.Organisation) { o.Capacity["sms"] = 26 }},
		{"capacity.fax: must be one of web, messenger, instagram, whatsapp, x, sms, open", func(o *config.Organisation) { o.Capacity["fax"] = 1 }},
		{"interruptibleBy.voice[0]: must be one of web, messenger, instagram, whatsapp, x, sms, open", func(o *config.Organisation) {
			o.InterruptibleBy["voice"] = append(o.InterruptibleBy["voice"], "E-Mail")
		}},
		{"thresholds[0].metric: must be one of waiting, longestWait, serviceLevel, abandoned, handleTime, firstAnswer", func(o *config.Organisation) { o.Thresholds[0].Metric = "mood" }},
		{"thresholds[0].alarm: an alarm of waiting must come after its warning at 5", func(o *config.Organisation) { o.Thresholds[0].Alarm = 4 }},
		{"thresholds[1]: there is another threshold of waiting for the same queue", func(o *config.Organisation) { o.Thresholds = append(o.Thresholds, o.Thresholds[0]) }},
		{"skills[1].id: returns is the ID of another skill", func(o *config.Organisation) { o.Skills[1].ID = "returns" }},
		{"hours[0].zone: no such time zone; write it as Europe/Berlin", func(o *config.Organisation) { o.Hours[0].Zone = "Berlin" }},
		{"hours[0].open[0].days[0]: must be one of mon, tue, wed, thu, fri, sat, sun", func(o *config.Organisation) { o.Hours[0].Open[0].Days[0] = "Monday" }},
		{"hours[0].open[0].to: must be a time of day, from 00:00 to 24:00", func(o *config.Organisation) { o.Hours[0].Open[0].To = "24:01" }},
		{"hours[0].closed[0]: must be a day as 2026-12-25", func(o *config.Organisation) { o.Hours[0].Closed[0] = "2026-02-30" }},
		{"queues[1].members[0]: no such user; allowed: ada, ann, bob, sue", func(o *config.Organisation) { queue(o, "orders").Members[0] = "eve" }},
		{"queues[0].members[0]: ada has no role that answers; allowed: users with the role agent or supervisor", func(o *config.Organisation) { queue(o, "billing").Members[0] = "ada" }},
		{"queues[1].priority: must be from -100 to 100", func(o *config.Organisation) { queue(o, "orders").Priority = 101 }},
		{"queues[0].skills[0]: no such skill; allowed: returns, warranty", func(o *config.Organisation) { queue(o, "billing").Skills = []id.Skill{"owls"} }},
		{"queues[1].languages[0]: must be a language as en or pt-BR", func(o *config.Organisation) { queue(o, "orders").Languages[0] = "german" }},
		{"queues[0].routing: must be one of idle, skills, bullseye", func(o *config.Organisation) { queue(o, "billing").Routing = "luck" }},
		{"queues[0]: missing: rings, which routing bullseye needs", func(o *config.Organisation) { queue(o, "billing").Routing = config.Bullseye }},
		{"queues[1].rings[1].drop[0]: the queue does not ask for it; allowed: returns, de", func(o *config.Organisation) { queue(o, "orders").Rings[1].Drop[0] = "warranty" }},
		{"queues[1].alertTimeoutSeconds: must be from 7 to 900", func(o *config.Organisation) { queue(o, "orders").AlertSeconds = 6 }},
		{"queues[1].acwSeconds: must be from 0 to 900", func(o *config.Organisation) { queue(o, "orders").ACWSeconds = 901 }},
		{"queues[1]: missing: acwSeconds, which acw timeboxed needs; allowed: from 1 to 900", func(o *config.Organisation) { queue(o, "orders").ACWSeconds = 0 }},
		{"queues[1]: missing: defaultCode, which acw timeboxed needs; allowed: sent, none", func(o *config.Organisation) { queue(o, "orders").DefaultCode = "" }},
		{"queues[1].acwSeconds: acw discretionary has no limit; allowed with it: optional, timeboxed", func(o *config.Organisation) { queue(o, "orders").ACW = config.Discretionary }},
		{"queues[1].defaultCode: no such code; allowed: sent, none", func(o *config.Organisation) { queue(o, "orders").DefaultCode = "lost" }},
		{"queues[1].codes[1].id: sent is the ID of another code of this queue", func(o *config.Organisation) { q := queue(o, "orders"); q.Codes[1].ID, q.DefaultCode = "sent", "sent" }},
		{"queues[1].serviceLevel.percent: must be from 1 to 100", func(o *config.Organisation) { queue(o, "orders").ServiceLevel.Percent = 0 }},
		{"queues[1].inactivity.then: must be one of disconnect, requeue", func(o *config.Organisation) { queue(o, "orders").Inactivity.Then = "shout" }},
		{"queues[1].hours: no such hours; allowed: office", func(o *config.Organisation) { queue(o, "orders").Hours = "night" }},
		{"queues[1].away: is sent while the queue is closed, so it needs hours; allowed: office", func(o *config.Organisation) { queue(o, "orders").Hours = "" }},
		{"queues[1].greeting: no such placeholder: {{contact.age}}; allowed: contact.name, contact.firstName, agent.name, agent.firstName, queue.name, organisation.name", func(o *config.Organisation) { queue(o, "orders").Greeting = "{{contact.age}}?" }},
		{"queues[1].survey.scale: must be from 2 to 10", func(o *config.Organisation) { queue(o, "orders").Survey.Scale = 11 }},
		{"users[0].roles[0]: must be one of agent, supervisor, reviewer, admin", func(o *config.Organisation) { o.Users[0].Roles[0] = "king" }},
		{"users[1].supervises: only a user with the role supervisor supervises queues", func(o *config.Organisation) { o.Users[1].Supervises = []id.Queue{"orders"} }},
		{"users[3].supervises[0]: no such queue; allowed: billing, orders", func(o *config.Organisation) { o.Users[3].Supervises[0] = "mail" }},
		{"users[1].skills.returns: must be from 1 to 5", func(o *config.Organisation) { o.Users[1].Skills["returns"] = 6 }},
		{"users[1].skills.owls: no such skill; allowed: returns, warranty", func(o *config.Organisation) { o.Users[1].Skills["owls"] = 1 }},
		{"users[1].capacity.web: must be from 0 to 25", func(o *config.Organisation) { o.Users[1].Capacity["web"] = -1 }},
		{"libraries[0].queues[0]: no such queue; allowed: billing, orders", func(o *config.Organisation) { o.Libraries[0].Queues[0] = "mail" }},
		{"libraries[0].responses[0].text: must have from 1 to 4000 characters", func(o *config.Organisation) { o.Libraries[0].Responses[0].Text = " \n" }},
		{"libraries[0].responses[1].id: label is the ID of another response of this library", func(o *config.Organisation) { l := &o.Libraries[0]; l.Responses = append(l.Responses, l.Responses[0]) }},
	} {
		t.Run(tc.want, func(t *testing.T) {
			o := edited(tc.edit)
			if got := o.Check().Error(); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
	good := whole()
	if faults := good.Check(); len(faults) > 0 {
		t.Errorf("a good one: %v", faults)
	}
}
