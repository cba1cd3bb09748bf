package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Op is what happens to a thing.
type Op string

// The operations.
const (
	Added   Op = "add"
	Changed Op = "change"
	Removed Op = "remove"
)

// Step is one difference between two organisations, for people.
type Step struct {
	Op     Op      `json:"op"`
	Kind   Kind    `json:"kind"`
	ID     string  `json:"id,omitempty"`
	Name   string  `json:"name,omitempty"`
	Fields []Field `json:"fields,omitempty"`
}

// Field is a value that differs. From or To is "" where there is none.
type Field struct {
	Path string `json:"path"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Diff tells how two completed organisations differ, in the order in which a
// person would read it.
func Diff(from, to Organisation) []Step {
	var out []Step
	if s := compare(KindGeneral, "", "", from.General, to.General); len(s.Fields) > 0 {
		s.Op = Changed
		if from.Name == "" {
			s.Op = Added
		}
		out = append(out, s)
	}
	out = append(out, differ(KindSkill, from.Skills, to.Skills, skillID, func(s Skill) string { return s.Name })...)
	out = append(out, differ(KindHours, from.Hours, to.Hours, hoursID, func(h Hours) string { return h.Name })...)
	out = append(out, differ(KindUser, from.Users, to.Users, userID, func(u User) string { return u.Name })...)
	out = append(out, differ(KindQueue, from.Queues, to.Queues, queueID, func(q Queue) string { return q.Name })...)
	return append(out, differ(KindLibrary, from.Libraries, to.Libraries, libraryID, func(l Library) string { return l.Name })...)
}

func differ[T any](kind Kind, from, to []T, key, name func(T) string) []Step {
	var out []Step
	for _, v := range to {
		s := Step{}
		if i, there := find(from, key(v), key); there {
			s = compare(kind, key(v), name(v), from[i], v)
			s.Op = Changed
		} else {
			s = compare(kind, key(v), name(v), nil, v)
			s.Op = Added
			s.Fields = slices.DeleteFunc(s.Fields, func(f Field) bool { return f.Path == "name" }) // it is said already
		}
		if s.Op == Added || len(s.Fields) > 0 {
			out = append(out, s)
		}
	}
	for _, v := range from {
		if _, stays := find(to, key(v), key); !stays {
			out = append(out, Step{Op: Removed, Kind: kind, ID: key(v), Name: name(v)})
		}
	}
	return out
}

// compare lists the fields in which two things differ, by the form in which
// they are stored.
func compare(kind Kind, id, name string, from, to any) Step {
	s := Step{Kind: kind, ID: id, Name: name}
	a, b := map[string]string{}, map[string]string{}
	flatten(a, "", plain(from))
	flatten(b, "", plain(to))
	for _, path := range sortedPaths(a, b) {
		if a[path] != b[path] && path != "id" {
			s.Fields = append(s.Fields, Field{Path: path, From: a[path], To: b[path]})
		}
	}
	return s
}

func sortedPaths(a, b map[string]string) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func plain(v any) any {
	var out any
	if b, err := json.Marshal(v); err == nil {
		_ = json.Unmarshal(b, &out)
	}
	return out
}

// flatten writes out nested values under their paths. Of a list whose members
// have IDs, each has a path of its own, and its place does not matter; other
// lists are one value.
func flatten(out map[string]string, path string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, inner := range v {
			flatten(out, dotted(path, key), inner)
		}
	case []any:
		if !identified(v) {
			out[path] = listed(v)
			return
		}
		for _, member := range v {
			m := member.(map[string]any)
			flatten(out, fmt.Sprintf("%s[%v]", path, m["id"]), without(m, "id"))
		}
	default:
		out[path] = scalar(v)
	}
}

func without(m map[string]any, key string) map[string]any {
	out := maps.Clone(m)
	delete(out, key)
	return out
}

func dotted(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func identified(list []any) bool {
	for _, v := range list {
		if m, ok := v.(map[string]any); !ok || m["id"] == nil {
			return false
		}
	}
	return len(list) > 0
}

func listed(list []any) string {
	out := make([]string, len(list))
	for i, v := range list {
		m, ok := v.(map[string]any)
		if !ok {
			out[i] = scalar(v)
			continue
		}
		parts := make([]string, 0, len(m))
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if inner, ok := m[key].([]any); ok {
				parts = append(parts, key+" "+listed(inner))
				continue
			}
			parts = append(parts, key+" "+scalar(m[key]))
		}
		out[i] = strings.Join(parts, " ")
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// Text writes differences for a person: a line for each thing, its fields
// below. There is nothing for no difference.
func Text(steps []Step) string {
	var out strings.Builder
	signs := map[Op]string{Added: "+", Changed: "~", Removed: "-"}
	for _, s := range steps {
		fmt.Fprintf(&out, "%s %s", signs[s.Op], Ref{Kind: s.Kind, ID: s.ID})
		if s.Name != "" {
			fmt.Fprintf(&out, " %q", s.Name)
		}
		out.WriteString("\n")
		for _, f := range s.Fields {
			fmt.Fprintf(&out, "    %s\n", f)
		}
	}
	return out.String()
}

func (f Field) String() string {
	switch {
	case strings.HasPrefix(f.From+f.To, "[") && f.From != "" && f.To != "":
		return f.Path + ": " + members(f.From, f.To)
	case f.From == "":
		return f.Path + ": " + shortened(f.To)
	case f.To == "":
		return f.Path + ": " + shortened(f.From) + " → nothing"
	}
	return f.Path + ": " + shortened(f.From) + " → " + shortened(f.To)
}

// members tells how a list changed by what came and what went; of one whose
// order alone changed, both forms.
func members(from, to string) string {
	a, b := strings.Split(strings.Trim(from, "[]"), ", "), strings.Split(strings.Trim(to, "[]"), ", ")
	var out []string
	for _, v := range b {
		if !slices.Contains(a, v) {
			out = append(out, "+"+v)
		}
	}
	for _, v := range a {
		if !slices.Contains(b, v) {
			out = append(out, "-"+v)
		}
	}
	if len(out) == 0 {
		return from + " → " + to
	}
	return strings.Join(out, " ")
}

// shortened keeps a line a line.
func shortened(s string) string {
	const most = 100
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
