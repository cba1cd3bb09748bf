package config

import (
	"regexp"
	"slices"
)

// Placeholders lists what {{…}} may name in greetings, replies and canned
// responses.
func Placeholders() []string {
	return []string{"contact.name", "contact.firstName", "agent.name", "agent.firstName", "queue.name", "organisation.name"}
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// Fill puts values in place of a text's placeholders. One that value does not
// know is left out, with the comma or space before it, so that "Hello
// {{contact.firstName}}, …" reads well of somebody without a name.
func Fill(text string, value func(name string) string) string {
	return gap.ReplaceAllStringFunc(text, func(found string) string {
		parts := gap.FindStringSubmatch(found)
		if v := value(parts[2]); v != "" {
			return parts[1] + v
		}
		return ""
	})
}

var gap = regexp.MustCompile(`([, ]*)\{\{\s*([^{}]*?)\s*\}\}`)

func unknownPlaceholders(text string) []string {
	var out []string
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(Placeholders(), found[1]) {
			out = append(out, found[1])
		}
	}
	return out
}
