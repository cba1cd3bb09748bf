package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	org "parley/backend/config"
	"parley/backend/id"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// Error is one thing that is wrong with a configuration file.
type Error struct {
	File string
	Line int    // from 1
	Path string // for example queues[0].name
	Text string // what is wrong and what is allowed
}

func (e Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Path, e.Text)
}

// Errors are all that is wrong, in order of lines.
type Errors []Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Load reads, checks and completes a configuration file. Relative file names
// in it are relative to its own directory. What is wrong with its content comes
// as Errors.
func Load(file string) (*Config, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open the configuration: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s is larger than the %d bytes allowed", file, maxFile)
	}
	c, err := Parse(file, data)
	if err != nil {
		return nil, err
	}
	c.relativeTo(filepath.Dir(file))
	return c, nil
}

func (c *Config) relativeTo(dir string) {
	files := []*string{&c.Log.WitnessDir, &c.Reports.Folder}
	if c.TLS != nil {
		files = append(files, &c.TLS.CertFile, &c.TLS.KeyFile)
	}
	for _, e := range c.Channels {
		inDir(dir, e.Secrets)
		for _, a := range e.Accounts {
			inDir(dir, a.Secrets)
		}
	}
	for _, f := range files {
		if *f != "" && !filepath.IsAbs(*f) {
			*f = filepath.Join(dir, *f)
		}
	}
}

// inDir completes the names of files that hold secrets.
func inDir(dir string, secrets map[string]Secret) {
	for name, s := range secrets {
		if s.File != "" && !filepath.IsAbs(s.File) {
			s.File = filepath.Join(dir, s.File)
			secrets[name] = s
		}
	}
}

// Parse checks and completes a configuration; name stands for it in errors.
func Parse(name string, data []byte) (*Config, error) {
	p := parser{name: name}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, Errors{{File: name, Line: 1, Text: "the file is empty; it needs at least: organisation"}}
		}
		return nil, Errors{syntax(name, err)}
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		p.report(nil, "", "only one YAML document is allowed")
		return nil, p.errors
	}
	root := doc.Content[0]
	value := p.value(root, "")
	if len(p.errors) > 0 {
		return nil, p.sorted()
	}
	if err := p.schema(root, value); err != nil {
		return nil, err
	}
	var c Config
	if err := root.Decode(&c); err != nil {
		return nil, Errors{syntax(name, err)}
	}
	if err := p.organisation(root, value, &c); err != nil {
		return nil, err
	}
	c.withDefaults()
	p.check(root, &c)
	if len(p.errors) > 0 {
		return nil, p.sorted()
	}
	c.Complete()
	return &c, nil
}

// organisation reads the file's wish. Its keys are those of org.Organisation;
// a user's role is short for roles, and their hash is no part of it.
func (p *parser) organisation(root *yaml.Node, value any, c *Config) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	var beside struct {
		Users []struct {
			Role         org.Role
			PasswordHash string
		}
	}
	if err := errors.Join(json.Unmarshal(b, &c.Organisation), json.Unmarshal(b, &beside)); err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	c.Passwords = map[id.Agent]string{}
	for i, u := range beside.Users {
		user := &c.Users[i]
		if u.Role != "" && len(user.Roles) > 0 {
			n, path := locate(root, []string{"users", strconv.Itoa(i), "role"})
			p.report(n, path, "give role or roles, not both")
		}
		if u.Role != "" {
			user.Roles = append(user.Roles, u.Role)
		}
		if u.PasswordHash != "" {
			c.Passwords[user.ID] = u.PasswordHash
		}
	}
	c.Fill()
	return nil
}

// syntax turns an error of the YAML parser, "yaml: line 3: …", into ours.
func syntax(name string, err error) Error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if n, after, ok := strings.Cut(rest, ": "); ok {
			if v, err := strconv.Atoi(n); err == nil {
				line, text = v, after
			}
		}
	}
	return Error{File: name, Line: line, Text: "not readable as YAML: " + text}
}

type parser struct {
	name   string
	errors Errors
}

func (p *parser) report(n *yaml.Node, path, format string, args ...any) {
	line := 1
	if n != nil && n.Line > 0 {
		line = n.Line
	}
	p.errors = append(p.errors, Error{File: p.name, Line: line, Path: path, Text: fmt.Sprintf(format, args...)})
}

func (p *parser) sorted() Errors {
	slices.SortFunc(p.errors, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Text, b.Text))
	})
	return p.errors
}

// value turns a node into what the schema's validator reads. It refuses what
// YAML can say and a configuration should not: aliases, repeated keys, keys
// that are no text.
func (p *parser) value(n *yaml.Node, path string) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, child := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				p.report(key, path, "a key must be plain text")
				continue
			}
			if _, twice := m[key.Value]; twice {
				p.report(key, join(path, key.Value), "is there twice")
				continue
			}
			m[key.Value] = p.value(child, join(path, key.Value))
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, child := range n.Content {
			list = append(list, p.value(child, fmt.Sprintf("%s[%d]", path, i)))
		}
		return list
	case yaml.ScalarNode:
		return p.scalar(n, path)
	case yaml.AliasNode:
		p.report(n, path, "aliases are not allowed; write the value out")
	case yaml.DocumentNode:
	}
	return nil
}

func (p *parser) scalar(n *yaml.Node, path string) any {
	var v any
	if err := n.Decode(&v); err != nil {
		p.report(n, path, "not readable: write it in quotes")
		return nil
	}
	switch v := v.(type) {
	case nil, string, bool, int, int64, uint64, float64:
		return v
	}
	return n.Value // a date, for example, is text here
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// schema checks the file against the published schema.
func (p *parser) schema(root *yaml.Node, value any) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	schema, err := compiler.Compile(schemaURL)
	if err != nil {
		return fmt.Errorf("compile the schema: %w", err)
	}
	err = schema.Validate(value)
	var invalid *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &invalid):
		return fmt.Errorf("check the configuration: %w", err)
	}
	p.explain(root, doc, invalid)
	return p.sorted()
}
