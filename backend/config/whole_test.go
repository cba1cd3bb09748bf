package config_test

import (
	"time"

	"parley/backend/channel"
	"parley/backend/config"
	"parley/backend/id"
)

var t0 = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// whole is an organisation in which everything is set.
func whole() config.Organisation {
	o := config.Organisation{
		General: config.General{
			Name:            "Tarn & Fell",
			Capacity:        map[channel.Kind]int{channel.Web: 3, channel.SMS: 0},
			InterruptibleBy: map[channel.Kind][]channel.Kind{"voice": {}, channel.Web: {channel.Web}},
			Thresholds:      []config.Threshold{{Metric: config.MetricWaiting, Queue: "orders", Warn: 5, Alarm: 10}},
		},
		Skills: []config.Skill{{ID: "returns", Name: "Returns"}, {ID: "warranty", Name: "Warranty"}},
		Hours: []config.Hours{{
			ID: "office", Name: "Office", Zone: "Europe/Berlin",
			Open:   []config.Span{{Days: []config.Day{"mon", "tue", "wed", "thu", "fri"}, From: "09:00", To: "18:00"}},
			Closed: []string{"2026-12-25"},
		}},
		Queues: []config.Queue{
			{ID: "billing", Name: "Billing", Members: []id.Agent{"bob"}},
			{
				ID: "orders", Name: "Orders", Members: []id.Agent{"ann", "bob"},
				Priority: 5, Skills: []id.Skill{"returns"}, Languages: []id.Skill{"de"}, Routing: config.Bullseye,
				Rings: []config.Ring{{Seconds: 30}, {Seconds: 60, Drop: []id.Skill{"returns"}}}, PreferredSeconds: 20,
				AlertSeconds: 45, AutoAnswer: true, Manual: true,
				ACW: config.Timeboxed, ACWSeconds: 60, DefaultCode: "none", Codes: []config.Code{{ID: "sent", Name: "Label sent"}, {ID: "none", Name: "No answer"}},
				ServiceLevel: &config.ServiceLevel{Percent: 80, Seconds: 20}, Inactivity: &config.Inactivity{Seconds: 600, Then: config.ThenRequeue},
				Hours: "office", Greeting: "Hello {{contact.firstName}}", Away: "We are back at nine.",
				Survey: &config.Survey{Question: "How was it?", Scale: 5, Thanks: "Thank you.", Hours: 24},
			},
		},
		Users: []config.User{
			{ID: "ada", Name: "Ada", Roles: []config.Role{config.RoleAdministrator}},
			{ID: "ann", Name: "Ann", Skills: map[id.Skill]int{"returns": 4}, Languages: map[id.Skill]int{"de": 5, "en": 3}, Capacity: map[channel.Kind]int{channel.Web: 2}},
			{ID: "bob", Name: "Bob"},
			{ID: "sue", Name: "Sue", Roles: []config.Role{config.RoleSupervisor}, Supervises: []id.Queue{"orders"}},
		},
		Libraries: []config.Library{{
			ID: "returns", Name: "Returns", Queues: []id.Queue{"orders"},
			Responses: []config.Response{{ID: "label", Name: "Label", Text: "Hello {{contact.firstName}}, your label is attached.\n{{agent.name}}", Language: "en"}},
		}},
	}
	o.Complete()
	return o
}

// edited is whole with something changed.
func edited(edit func(*config.Organisation)) config.Organisation {
	o := whole()
	edit(&o)
	return o
}

// queue returns a queue of o to change.
func queue(o *config.Organisation, q id.Queue) *config.Queue {
	for i := range o.Queues {
		if o.Queues[i].ID == q {
			return &o.Queues[i]
		}
	}
	panic("no queue " + q)
}
