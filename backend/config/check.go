package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/id"
)

// Fault is one thing that is wrong: where, and what is allowed there.
type Fault struct {
	// Path are the keys and indexes to it, for example queues, 0, members, 2.
	Path []any
	Text string
}

func (f Fault) Error() string {
	path := ""
	for _, step := range f.Path {
		switch step := step.(type) {
		case int:
			path += fmt.Sprintf("[%d]", step)
		default:
			if path != "" {
				path += "."
			}
			path += fmt.Sprint(step)
		}
	}
	return path + ": " + f.Text
}

// Faults are all that is wrong.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Limits of what a configuration holds.
const (
	MaxQueues    = 500
	MaxUsers     = 5_000
	maxName      = 200 // code points
	maxText      = 4_000
	maxList      = 500
	MaxSkill     = 5
	maxACW       = 900
	minAlert     = 7
	maxAlert     = 900
	maxSeconds   = 86_400
	maxRings     = 6
	maxOpenHours = 720
)

// Check says what is wrong with a completed organisation. Nothing means that it
// can be worked with.
func (o *Organisation) Check() Faults {
	c := checker{o: o, byID: make(map[id.Agent]User, len(o.Users))}
	for _, u := range o.Users {
		c.byID[u.ID] = u
	}
	c.names()
	c.general()
	for i := range o.Skills {
		c.name(o.Skills[i].Name, "skills", i, "name")
	}
	for i := range o.Hours {
		c.hours(o.Hours[i], "hours", i)
	}
	for i := range o.Queues {
		c.queue(o.Queues[i], "queues", i)
	}
	for i := range o.Users {
		c.user(o.Users[i], "users", i)
	}
	for i := range o.Libraries {
		c.library(o.Libraries[i], "libraries", i)
	}
	return c.faults
}

type checker struct {
	o                               *Organisation
	faults                          Faults
	byID                            map[id.Agent]User
	skills, hoursIDs, queues, users []string
}

func (c *checker) bad(path []any, format string, args ...any) {
	c.faults = append(c.faults, Fault{Path: path, Text: fmt.Sprintf(format, args...)})
}

func at(path []any, more ...any) []any { return append(slices.Clone(path), more...) }

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// names checks IDs: their form, and that each is there once.
func (c *checker) names() {
	o := c.o
	c.skills = ids(c, o.Skills, "skills", "skill", func(s Skill) string { return string(s.ID) })
	c.hoursIDs = ids(c, o.Hours, "hours", "hours", func(h Hours) string { return string(h.ID) })
	c.queues = ids(c, o.Queues, "queues", "queue", func(q Queue) string { return string(q.ID) })
	c.users = ids(c, o.Users, "users", "user", func(u User) string { return string(u.ID) })
	ids(c, o.Libraries, "libraries", "library", func(l Library) string { return string(l.ID) })
	if len(o.Queues) > MaxQueues {
		c.bad([]any{"queues"}, "%d are too many; allowed: %d", len(o.Queues), MaxQueues)
	}
	if len(o.Users) > MaxUsers {
		c.bad([]any{"users"}, "%d are too many; allowed: %d", len(o.Users), MaxUsers)
	}
}

func ids[T any](c *checker, all []T, key, what string, of func(T) string) []string {
	seen := make([]string, 0, len(all))
	known := make(map[string]bool, len(all))
	for i, v := range all {
		name := of(v)
		if !idForm.MatchString(name) {
			c.bad([]any{key, i, "id"}, "must be 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit")
		}
		if known[name] {
			c.bad([]any{key, i, "id"}, "%s is the ID of another %s", name, what)
			continue
		}
		known[name] = true
		seen = append(seen, name)
	}
	return seen
}

func (c *checker) name(s string, path ...any) {
	if n := utf8.RuneCountInString(s); n == 0 || n > maxName {
		c.bad(path, "must have from 1 to %d characters", maxName)
	}
}

func (c *checker) text(s string, path ...any) {
	if n := utf8.RuneCountInString(s); n > maxText {
		c.bad(path, "has %d characters; allowed: %d", n, maxText)
	}
	for _, name := range unknownPlaceholders(s) {
		c.bad(path, "no such placeholder: {{%s}}; allowed: %s", name, strings.Join(Placeholders(), ", "))
	}
}

func (c *checker) span(n, low, high int, path ...any) {
	if n < low || n > high {
		c.bad(path, "must be from %d to %d", low, high)
	}
}

// one checks a name that must be there; "" is nothing.
func one[T ~string](c *checker, v T, allowed []string, what string, path ...any) {
	if v != "" && !slices.Contains(allowed, string(v)) {
		c.bad(path, "no such %s; allowed: %s", what, list(allowed))
	}
}

func each[T ~string](c *checker, all []T, allowed []string, what string, path ...any) {
	if len(all) > maxList && len(all) > len(allowed) {
		c.bad(path, "%d are too many; allowed: %d", len(all), maxList)
		return
	}
	for i, v := range all {
		if !slices.Contains(allowed, string(v)) {
			c.bad(at(path, i), "no such %s; allowed: %s", what, list(allowed))
		}
	}
}

// choice checks a word out of a few.
func choice[T ~string](c *checker, v T, allowed []T, path ...any) {
	if !slices.Contains(allowed, v) {
		c.bad(path, "must be one of %s", join(allowed))
	}
}

func join[T ~string](all []T) string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return strings.Join(out, ", ")
}

// list names what is allowed; of many, the first ones.
func list(of []string) string {
	const most = 20
	switch {
	case len(of) == 0:
		return "none, as none is configured"
	case len(of) > most:
		return strings.Join(of[:most], ", ") + fmt.Sprintf(" and %d more", len(of)-most)
	}
	return strings.Join(of, ", ")
}

func (c *checker) general() {
	c.name(c.o.Name, "organisation")
	c.capacity(c.o.Capacity, "capacity")
	for _, k := range keys(c.o.InterruptibleBy) {
		if !kindForm.MatchString(string(k)) {
			c.bad([]any{"interruptibleBy", string(k)}, "a channel, or a medium outside Parley, is named by 1 to 32 lower-case letters and hyphens")
		}
		for i, by := range c.o.InterruptibleBy[k] {
			choice(c, by, channel.Kinds(), "interruptibleBy", string(k), i)
		}
	}
	seen := map[Threshold]bool{}
	for i, t := range c.o.Thresholds {
		choice(c, t.Metric, Metrics(), "thresholds", i, "metric")
		one(c, t.Queue, c.queues, "queue", "thresholds", i, "queue")
		c.span(t.Warn, 0, maxSeconds, "thresholds", i, "warn")
		c.span(t.Alarm, 0, maxSeconds, "thresholds", i, "alarm")
		same := Threshold{Metric: t.Metric, Queue: t.Queue}
		if seen[same] {
			c.bad([]any{"thresholds", i}, "there is another threshold of %s for the same queue", t.Metric)
		}
		seen[same] = true
		worse := t.Warn > t.Alarm
		if t.Metric == MetricServiceLevel {
			worse = t.Warn < t.Alarm
		}
		if worse && t.Warn > 0 && t.Alarm > 0 {
			c.bad([]any{"thresholds", i, "alarm"}, "an alarm of %s must come after its warning at %d", t.Metric, t.Warn)
		}
	}
}

func keys[K cmp.Ordered, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func (c *checker) capacity(m map[channel.Kind]int, path ...any) {
	for _, k := range keys(m) {
		choice(c, k, channel.Kinds(), at(path, string(k))...)
		c.span(m[k], 0, agent.MaxCapacity, at(path, string(k))...)
	}
}

var kindForm = regexp.MustCompile(`^[a-z][a-z-]{0,31}$`)

func (c *checker) hours(h Hours, path ...any) {
	c.name(h.Name, at(path, "name")...)
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || h.Zone == "Local" {
		c.bad(at(path, "zone"), "no such time zone; write it as Europe/Berlin")
	}
	for i, s := range h.Open {
		if len(s.Days) == 0 {
			c.bad(at(path, "open", i), "missing: days; allowed: %s", join(Days()))
		}
		for j, d := range s.Days {
			choice(c, d, Days(), at(path, "open", i, "days", j)...)
		}
		for _, of := range []struct{ key, time string }{{"from", s.From}, {"to", s.To}} {
			if _, ok := minutes(of.time); !ok {
				c.bad(at(path, "open", i, of.key), "must be a time of day, from 00:00 to 24:00")
			}
		}
		if s.From == s.To {
			c.bad(at(path, "open", i, "to"), "must be another time than from")
		}
	}
	for i, d := range h.Closed {
		if _, err := time.Parse(time.DateOnly, d); err != nil {
			c.bad(at(path, "closed", i), "must be a day as 2026-12-25")
		}
	}
}

func (c *checker) queue(q Queue, path ...any) {
	c.name(q.Name, at(path, "name")...)
	each(c, q.Members, c.users, "user", at(path, "members")...)
	for i, m := range q.Members {
		if u, known := c.byID[m]; known && reach(u, Answer) == Nowhere {
			c.bad(at(path, "members", i), "%s has no role that answers; allowed: users with the role %s or %s", m, RoleAgent, RoleSupervisor)
		}
	}
	c.span(q.Priority, -conversation.MaxPriority, conversation.MaxPriority, at(path, "priority")...)
	each(c, q.Skills, c.skills, "skill", at(path, "skills")...)
	for i, l := range q.Languages {
		c.language(l, at(path, "languages", i)...)
	}
	c.routing(q, path...)
	c.span(q.AlertSeconds, minAlert, maxAlert, at(path, "alertTimeoutSeconds")...)
	c.afterCall(q, path...)
	if s := q.ServiceLevel; s != nil {
		c.span(s.Percent, 1, 100, at(path, "serviceLevel", "percent")...)
		c.span(s.Seconds, 1, maxSeconds, at(path, "serviceLevel", "seconds")...)
	}
	if i := q.Inactivity; i != nil {
		c.span(i.Seconds, 60, 7*maxSeconds, at(path, "inactivity", "seconds")...)
		choice(c, i.Then, []string{ThenDisconnect, ThenRequeue}, at(path, "inactivity", "then")...)
	}
	one(c, q.Hours, c.hoursIDs, "hours", at(path, "hours")...)
	if q.Away != "" && q.Hours == "" {
		c.bad(at(path, "away"), "is sent while the queue is closed, so it needs hours; allowed: %s", list(c.hoursIDs))
	}
	c.text(q.Greeting, at(path, "greeting")...)
	c.text(q.Away, at(path, "away")...)
	if s := q.Survey; s != nil {
		c.name(s.Question, at(path, "survey", "question")...)
		c.span(s.Scale, 2, 10, at(path, "survey", "scale")...)
		c.text(s.Thanks, at(path, "survey", "thanks")...)
		c.text(s.Comment, at(path, "survey", "comment")...)
		c.span(s.Hours, 1, maxOpenHours, at(path, "survey", "openHours")...)
	}
}

func (c *checker) routing(q Queue, path ...any) {
	choice(c, q.Routing, []RoutingMode{Idle, Skills, Bullseye}, at(path, "routing")...)
	c.span(q.PreferredSeconds, 0, maxSeconds, at(path, "preferredAgentSeconds")...)
	switch {
	case q.Routing == Bullseye && len(q.Rings) == 0:
		c.bad(path, "missing: rings, which routing bullseye needs")
	case q.Routing != Bullseye && len(q.Rings) > 0:
		c.bad(at(path, "rings"), "only routing bullseye has rings")
	case len(q.Rings) > maxRings:
		c.bad(at(path, "rings"), "%d are too many; allowed: %d", len(q.Rings), maxRings)
	}
	asks := q.Asks()
	for i, r := range q.Rings {
		c.span(r.Seconds, 1, maxSeconds, at(path, "rings", i, "seconds")...)
		for j, s := range r.Drop {
			if !slices.Contains(asks, s) {
				c.bad(at(path, "rings", i, "drop", j), "the queue does not ask for it; allowed: %s", list(strs(asks)))
			}
		}
	}
}

func strs(skills []id.Skill) []string {
	out := make([]string, len(skills))
	for i, s := range skills {
		out[i] = string(s)
	}
	return out
}

func (c *checker) afterCall(q Queue, path ...any) {
	choice(c, q.ACW, []ACWMode{NoACW, OptionalACW, Discretionary, Timeboxed}, at(path, "acw")...)
	c.span(q.ACWSeconds, 0, maxACW, at(path, "acwSeconds")...)
	codes := make([]string, 0, len(q.Codes))
	for i, code := range q.Codes {
		if !idForm.MatchString(code.ID) {
			c.bad(at(path, "codes", i, "id"), "must be 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit")
		}
		if slices.Contains(codes, code.ID) {
			c.bad(at(path, "codes", i, "id"), "%s is the ID of another code of this queue", code.ID)
		} else {
			codes = append(codes, code.ID)
		}
		c.name(code.Name, at(path, "codes", i, "name")...)
	}
	one(c, q.DefaultCode, codes, "code", at(path, "defaultCode")...)
	switch {
	case q.ACW == Timeboxed && q.ACWSeconds == 0:
		c.bad(path, "missing: acwSeconds, which acw timeboxed needs; allowed: from 1 to %d", maxACW)
	case q.ACW == Timeboxed && q.DefaultCode == "":
		c.bad(path, "missing: defaultCode, which acw timeboxed needs; allowed: %s", list(codes))
	case (q.ACW == NoACW || q.ACW == Discretionary) && q.ACWSeconds > 0:
		c.bad(at(path, "acwSeconds"), "acw %s has no limit; allowed with it: optional, timeboxed", q.ACW)
	}
}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$`)

func (c *checker) language(l id.Skill, path ...any) {
	if len(l) > 35 || !languageForm.MatchString(string(l)) {
		c.bad(path, "must be a language as en or pt-BR")
	}
}

func (c *checker) user(u User, path ...any) {
	c.name(u.Name, at(path, "name")...)
	for i, r := range u.Roles {
		choice(c, r, Roles(), at(path, "roles", i)...)
	}
	each(c, u.Supervises, c.queues, "queue", at(path, "supervises")...)
	if len(u.Supervises) > 0 && !slices.Contains(u.Roles, RoleSupervisor) {
		c.bad(at(path, "supervises"), "only a user with the role %s supervises queues", RoleSupervisor)
	}
	for _, s := range keys(u.Skills) {
		if !slices.Contains(c.skills, string(s)) {
			c.bad(at(path, "skills", string(s)), "no such skill; allowed: %s", list(c.skills))
		}
		c.span(u.Skills[s], 1, MaxSkill, at(path, "skills", string(s))...)
	}
	for _, l := range keys(u.Languages) {
		c.language(l, at(path, "languages", string(l))...)
		c.span(u.Languages[l], 1, MaxSkill, at(path, "languages", string(l))...)
	}
	c.capacity(u.Capacity, at(path, "capacity")...)
}

func (c *checker) library(l Library, path ...any) {
	c.name(l.Name, at(path, "name")...)
	each(c, l.Queues, c.queues, "queue", at(path, "queues")...)
	if len(l.Responses) > maxList {
		c.bad(at(path, "responses"), "%d are too many; allowed: %d", len(l.Responses), maxList)
	}
	seen := map[id.Response]bool{}
	for i, r := range l.Responses {
		here := at(path, "responses", i)
		if !idForm.MatchString(string(r.ID)) {
			c.bad(at(here, "id"), "must be 1 to 64 letters, digits, dots, underscores and hyphens, and begin with a letter or digit")
		}
		if seen[r.ID] {
			c.bad(at(here, "id"), "%s is the ID of another response of this library", r.ID)
		}
		seen[r.ID] = true
		c.name(r.Name, at(here, "name")...)
		if strings.TrimSpace(r.Text) == "" {
			c.bad(at(here, "text"), "must have from 1 to %d characters", maxText)
		}
		c.text(r.Text, at(here, "text")...)
		if r.Language != "" {
			c.language(r.Language, at(here, "language")...)
		}
	}
}
