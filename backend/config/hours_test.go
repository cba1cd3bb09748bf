package config_test

import (
	"testing"
	"time"

	"parley/backend/config"
)

func TestHours(t *testing.T) {
	office := whole().Hours[0]
	night := config.Hours{ID: "night", Zone: "Europe/Berlin", Open: []config.Span{{Days: []config.Day{"fri"}, From: "22:00", To: "06:00"}}, Closed: []string{"2026-11-20"}}
	for _, tc := range []struct {
		name  string
		hours config.Hours
		at    string
		open  bool
	}{
		{"before nine in Berlin", office, "2026-11-26T07:59:00Z", false},
		{"nine in Berlin", office, "2026-11-26T08:00:00Z", true},
		{"nine in Berlin, in summer", office, "2026-07-30T07:00:00Z", true},
		{"six in the evening", office, "2026-11-26T17:00:00Z", false},
		{"a Saturday", office, "2026-11-28T10:00:00Z", false},
		{"a holiday", office, "2026-12-25T10:00:00Z", false},
		{"the night from Friday", night, "2026-11-28T04:59:00Z", true},
		{"its end", night, "2026-11-28T05:00:00Z", false},
		{"the night before", night, "2026-11-27T04:00:00Z", false},
		{"the night of a closed Friday", night, "2026-11-21T03:00:00Z", false},
		{"to the day's end", config.Hours{Zone: "UTC", Open: []config.Span{{Days: config.Days(), From: "20:00", To: "24:00"}}}, "2026-11-28T23:59:59Z", true},
		{"hours that cannot be read", config.Hours{Zone: "Nowhere"}, "2026-11-28T04:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := tc.hours.IsOpen(at); got != tc.open {
			t.Errorf("%s: open is %v, want %v", tc.name, got, tc.open)
		}
	}
}

func TestFill(t *testing.T) {
	names := map[string]string{"contact.firstName": "Rosa", "agent.name": "Ann $1"}
	for text, want := range map[string]string{
		"Hello {{contact.firstName}}!":              "Hello Rosa!",
		"Hello, {{ contact.name }}, welcome":        "Hello, welcome",
		"{{agent.name}} says {{contact.firstName}}": "Ann $1 says Rosa",
		"{single} {{ and open":                      "{single} {{ and open",
	} {
		if got := config.Fill(text, func(name string) string { return names[name] }); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	o := whole()
	q, _ := o.Queue("orders")
	got := q.Settings()
	if got.AlertTimeout != 45*time.Second || !got.WrapUp || got.ACWOptional || got.ACWTimeout != time.Minute || !got.Manual ||
		got.Inactivity != 10*time.Minute || !got.InactiveRequeue || len(got.Codes) != 2 {
		t.Errorf("settings are %+v", got)
	}
	if u := o.Utilization("ann"); u.Capacity["web"] != 2 || u.Capacity["x"] != 4 || u.InterruptibleBy["voice"] == nil {
		t.Errorf("utilization is %+v", u)
	}
	if o.Capacity["web"] != 3 {
		t.Error("an agent's capacity changed the organisation's")
	}
	o.Thresholds = append(o.Thresholds, config.Threshold{Metric: config.MetricWaiting, Warn: 1})
	if a, b := o.ThresholdOf(config.MetricWaiting, "orders"), o.ThresholdOf(config.MetricWaiting, "billing"); a.Warn != 5 || b.Warn != 1 {
		t.Errorf("thresholds are %+v and %+v", a, b)
	}
	if own, other := o.LibrariesOf("orders"), o.LibrariesOf("billing"); len(own) != 1 || len(other) != 0 {
		t.Errorf("libraries are %v and %v", own, other)
	}
}

func TestLocation(t *testing.T) {
	o := config.Organisation{}
	if got := o.Location().String(); got != "UTC" {
		t.Errorf("without hours the days are those of %s", got)
	}
	o.Hours = []config.Hours{{ID: "lost", Zone: "Nowhere"}, {ID: "office", Zone: "Europe/Berlin"}, {ID: "far", Zone: "Asia/Tokyo"}}
	if got := o.Location().String(); got != "Europe/Berlin" {
		t.Errorf("the days are those of %s", got)
	}
}
