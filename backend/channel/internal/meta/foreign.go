package meta

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// latest is the end of the year 9999; what is later cannot be written as JSON.
const latest = 253402300799999

// Time reads a time, a number or a text of it: milliseconds, or seconds as
// WhatsApp and some senders have them. It is zero if there is none.
func Time(raw json.RawMessage) time.Time {
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	if n > 0 && n < 100_000_000_000 {
		n *= 1000
	}
	if err != nil || n <= 0 || n > latest {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// Each splits a list; nothing is an empty one.
func Each(raw json.RawMessage) ([]json.RawMessage, bool) {
	var out []json.RawMessage
	if len(raw) == 0 {
		return nil, true
	}
	return out, json.Unmarshal(raw, &out) == nil
}

// UnknownKey names an event of no known kind by the member that makes it one.
func UnknownKey(raw json.RawMessage) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return "malformed"
	}
	var names []string
	for k := range members {
		if k != "sender" && k != "recipient" && k != "timestamp" {
			names = append(names, k)
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	slices.Sort(names)
	return Word(names[0])
}

// Word keeps a foreign name fit for logs and counters.
func Word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return -1
	}, s)
	if len(s) > 40 {
		s = s[:40]
	}
	if s == "" {
		return "unnamed"
	}
	return s
}

// Describe says what is wrong with a document without repeating any of it.
func Describe(err error) string {
	if t, ok := err.(*json.UnmarshalTypeError); ok && t.Field != "" {
		return "wrong type: " + Word(t.Field)
	} else if ok {
		return "wrong type"
	}
	return "not valid JSON"
}
