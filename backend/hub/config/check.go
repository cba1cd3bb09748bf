package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	org "parley/backend/config"
)

// check reports what a schema cannot say: what must be unique, and what must
// name something that is there.
func (p *parser) check(root *yaml.Node, c *Config) {
	at := func(steps ...any) (*yaml.Node, string) {
		text := make([]string, len(steps))
		for i, s := range steps {
			text[i] = fmt.Sprint(s)
		}
		return locate(root, text)
	}
	bad := func(format string, args []any, steps ...any) {
		n, path := at(steps...)
		if len(args) == 0 {
			format, args = "%s", []any{format}
		}
		p.report(n, path, format, args...)
	}
	for _, fault := range c.Check() {
		bad(fault.Text, nil, fault.Path...)
	}
	unique(c.Deployments, func(d Deployment) string { return string(d.ID) }, func(i int, v string) {
		bad("%s is the ID of another deployment", []any{v}, "deployments", i, "id")
	})
	queues := unique(c.Queues, func(q org.Queue) string { return string(q.ID) }, func(int, string) {}) // repeats are told by Check
	for i, d := range c.Deployments {
		if !slices.Contains(queues, string(d.Queue)) {
			bad("no such queue; allowed: %s", []any{list(queues)}, "deployments", i, "queue")
		}
		if !slices.Contains(d.Languages, d.DefaultLanguage) {
			bad("not one of languages; allowed: %s", []any{list(d.Languages)}, "deployments", i, "defaultLanguage")
		}
		if len(d.AllowedOrigins) == 0 && !d.AllowAllOrigins {
			bad("missing: allowedOrigins, or allowAllOrigins: true", nil, "deployments", i)
		}
	}
	checkChannels(c, bad)
	p.checkAddress(c, bad)
}

func (p *parser) checkAddress(c *Config, bad func(string, []any, ...any)) {
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Hostname() == "" || u.User != nil {
			bad("must be scheme and host, for example https://chat.example.org", nil, "publicUrl")
		}
	}
	if i := strings.LastIndexByte(c.Listen, ':'); c.Listen != "" {
		if port, err := strconv.Atoi(c.Listen[i+1:]); err != nil || port > 65535 {
			bad("the port must be from 0 to 65535", nil, "listen")
		}
	}
}

// unique returns all keys and reports the repeated ones by index.
func unique[T any](all []T, key func(T) string, twice func(i int, key string)) []string {
	keys := make([]string, 0, len(all))
	for i, v := range all {
		k := key(v)
		if slices.Contains(keys, k) {
			twice(i, k)
			continue
		}
		keys = append(keys, k)
	}
	return keys
}

func list(of []string) string {
	if len(of) == 0 {
		return "none, as none is configured"
	}
	return strings.Join(of, ", ")
}
