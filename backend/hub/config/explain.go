package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"gopkg.in/yaml.v3"
)

const schemaURL = "file:///parley-hub.schema.json"

// explain reports what the validator found: where in the file, and what is
// allowed there.
func (p *parser) explain(root *yaml.Node, schema any, e *jsonschema.ValidationError) {
	at, path := locate(root, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		allowed := properties(schema, e.SchemaURL)
		for _, name := range k.Properties {
			p.report(keyNode(at, name), join(path, name), "unknown key; allowed: %s", allowed)
		}
		return
	case *kind.Required:
		p.report(at, path, "missing: %s", strings.Join(k.Missing, ", "))
		return
	case *kind.Type:
		p.report(at, path, "must be %s, not %s", strings.Join(k.Want, " or "), k.Got)
		return
	case *kind.Enum:
		p.report(at, path, "must be one of %s", choices(k.Want))
		return
	case *kind.Pattern:
		p.report(at, path, "does not have the form %s%s", k.Want, description(schema, e.SchemaURL))
		return
	case *kind.MinLength, *kind.MaxLength:
		p.report(at, path, "must have %s characters", length(lookup(schema, e.SchemaURL)))
		return
	case *kind.Minimum, *kind.Maximum:
		p.report(at, path, "must be %s", span(lookup(schema, e.SchemaURL)))
		return
	}
	if len(e.Causes) == 0 {
		p.report(at, path, "%s", e.ErrorKind.LocalizedString(message.NewPrinter(language.English)))
		return
	}
	for _, cause := range e.Causes {
		p.explain(root, schema, cause)
	}
}

// locate follows a path of keys and indexes through the file.
func locate(n *yaml.Node, steps []string) (at *yaml.Node, path string) {
	for _, step := range steps {
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
			path = join(path, step)
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
			}
			path += "[" + step + "]"
		case yaml.DocumentNode, yaml.ScalarNode, yaml.AliasNode:
		}
		if next == nil {
			return n, path
		}
		n = next
	}
	return n, path
}

// keyNode is the node of a mapping's key.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return n
}

// lookup finds a schema by its address, for example
// "…#/properties/queues/items".
func lookup(schema any, url string) map[string]any {
	_, fragment, _ := strings.Cut(url, "#")
	for step := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
		if step == "" {
			continue
		}
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		m, ok := schema.(map[string]any)
		if !ok {
			return nil
		}
		schema = m[step]
	}
	m, _ := schema.(map[string]any)
	return m
}

func properties(schema any, url string) string {
	props, _ := lookup(schema, url)["properties"].(map[string]any)
	names := make([]string, 0, len(props))
	for name := range props {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func description(schema any, url string) string {
	if text, ok := lookup(schema, url)["description"].(string); ok {
		return ": " + text
	}
	return ""
}

func choices(list []any) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return strings.Join(out, ", ")
}

func length(s map[string]any) string {
	return span(map[string]any{"minimum": s["minLength"], "maximum": s["maxLength"]})
}

func span(s map[string]any) string {
	low, high := s["minimum"], s["maximum"]
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("from %v to %v", low, high)
	case low != nil:
		return fmt.Sprintf("at least %v", low)
	}
	return fmt.Sprintf("at most %v", high)
}
