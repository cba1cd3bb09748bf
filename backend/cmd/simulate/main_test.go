package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCustomersFlags(t *testing.T) {
	for name, args := range map[string][]string{
		"none": nil, "no deployment": {"--hub", "http://127.0.0.1:1"}, "rate zero": {"--hub", "http://127.0.0.1:1", "--deployment", "d", "--rate", "0"},
		"unknown flag": {"--nonsense"}, "unknown script": {"--hub", "http://127.0.0.1:1", "--deployment", "d", "--script", "nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, human bytes.Buffer
			if code := runCustomers(t.Context(), args, strings.NewReader(""), &out, &human); code != 2 || human.Len() == 0 || out.Len() != 0 {
				t.Errorf("code %d, said %q, wrote %q", code, &human, &out)
			}
		})
	}
}

// TestCustomersJSON: what happens goes to stdout as JSON lines, and to stderr
// in words; failures make the exit code 1.
func TestCustomersJSON(t *testing.T) {
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	var out, human bytes.Buffer
	code := runCustomers(t.Context(), []string{"--hub", refusing.URL, "--deployment", "d", "--count", "2", "--rate", "1e6", "--json"}, strings.NewReader(""), &out, &human)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if code != 1 || len(lines) != 2 || strings.Count(human.String(), "HTTP 404") != 2 {
		t.Errorf("code %d\n%s\n%s", code, &out, &human)
	}
	for _, l := range lines {
		var h struct{ Type, Script, Error string }
		if err := json.Unmarshal([]byte(l), &h); err != nil || h.Type != "failed" || h.Script == "" || h.Error == "" {
			t.Errorf("%v: %s", err, l)
		}
	}
}
