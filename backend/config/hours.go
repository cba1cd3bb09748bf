package config

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // a hub may run where there is no database of time zones

	"parley/backend/id"
)

// Hours are opening hours that queues share.
type Hours struct {
	ID   id.Hours `json:"id"`
	Name string   `json:"name"`
	Zone string   `json:"zone"` // of the tz database, for example Europe/Berlin
	Open []Span   `json:"open,omitempty"`
	// Closed are days on which nobody is there, as 2026-12-25.
	Closed []string `json:"closed,omitempty"`
}

// Span is a time of day on days of the week. One that ends before it begins
// goes on into the next day.
type Span struct {
	Days []Day  `json:"days"`
	From string `json:"from"` // as 09:00
	To   string `json:"to"`   // as 18:00; 24:00 is the day's end
}

// Day is a day of the week in three letters.
type Day string

var days = []Day{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Days lists the days of the week, Monday first.
func Days() []Day { return append(slices.Clone(days[1:]), days[0]) }

// IsOpen tells whether now is within the hours. Hours that cannot be read are
// open: nobody is turned away for a mistake.
func (h Hours) IsOpen(now time.Time) bool {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return true
	}
	local := now.In(zone)
	minute := local.Hour()*60 + local.Minute()
	for _, s := range h.Open {
		from, ok := minutes(s.From)
		to, fits := minutes(s.To)
		if !ok || !fits {
			return true
		}
		today := s.on(local) && !h.closedOn(local)
		if to > from {
			if today && minute >= from && minute < to {
				return true
			}
			continue
		}
		before := local.AddDate(0, 0, -1)
		if (today && minute >= from) || (s.on(before) && !h.closedOn(before) && minute < to) {
			return true
		}
	}
	return false
}

func (s Span) on(t time.Time) bool { return slices.Contains(s.Days, days[t.Weekday()]) }

func (h Hours) closedOn(t time.Time) bool { return slices.Contains(h.Closed, t.Format(time.DateOnly)) }

// minutes reads a time of day.
func minutes(s string) (int, bool) {
	var h, m int
	if len(s) != 5 {
		return 0, false
	}
	if n, err := fmt.Sscanf(s, "%02d:%02d", &h, &m); n != 2 || err != nil {
		return 0, false
	}
	if h < 0 || m < 0 || m > 59 || h > 24 || (h == 24 && m > 0) {
		return 0, false
	}
	return h*60 + m, true
}

// Location is where the organisation's days begin: the zone of its first opening
// hours, or UTC if it has none.
func (o *Organisation) Location() *time.Location {
	for _, h := range o.Hours {
		if zone, err := time.LoadLocation(h.Zone); err == nil {
			return zone
		}
	}
	return time.UTC
}
