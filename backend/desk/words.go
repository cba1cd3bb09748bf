package desk

import (
	"fmt"
	"strings"

	"parley/backend/message"
)

// inWords is what a message says as text: also places, address book entries and
// links, and that there was something which is not here.
func inWords(b message.Body) string {
	var lines []string
	add := func(parts ...string) {
		var words []string
		for _, p := range parts {
			if p != "" {
				words = append(words, p)
			}
		}
		if len(words) > 0 {
			lines = append(lines, strings.Join(words, ", "))
		}
	}
	add(b.Text)
	if l := b.Location; l != nil {
		add(l.Name, l.Address, fmt.Sprintf("%.5f, %.5f", l.Latitude, l.Longitude))
	}
	for _, c := range b.Contacts {
		add(append(append([]string{c.Name, c.Org}, c.Phones...), c.Emails...)...)
	}
	for _, l := range b.Links {
		if !strings.Contains(b.Text, l.URL) {
			add(l.Title, l.URL)
		}
	}
	if e := b.Ephemeral; e != nil {
		add(map[message.EphemeralKind]string{
			message.StoryMention: "[mentioned you in a story]", message.StoryReply: "[answered your story]", message.ViewOnce: "[sent something that can be seen once]",
		}[e.Kind])
	}
	if b.Unsupported != "" {
		add("[" + b.Unsupported + "]")
	}
	return strings.Join(lines, "\n")
}
