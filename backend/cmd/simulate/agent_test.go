package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestAgentFlags(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"none":           {nil, 2, "agent needs --hub"},
		"unknown flag":   {[]string{"--nonsense"}, 2, "nonsense"},
		"no such hub":    {[]string{"--hub", "http://127.0.0.1:1", "--user", "u", "--password", "hush"}, 1, "is not running"},
		"not an address": {[]string{"--hub", "ftp://hub", "--user", "u"}, 1, "not the address of a hub"},
		"in the open":    {[]string{"--hub", "http://hub.example.org", "--user", "u"}, 1, "over https only"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, human bytes.Buffer
			code := runAgent(t.Context(), c.args, strings.NewReader(""), &out, &human)
			if code != c.code || !strings.Contains(human.String(), c.says) || out.Len() != 0 {
				t.Errorf("code %d, said %q, wrote %q", code, &human, &out)
			}
			if strings.Contains(human.String(), "hush") {
				t.Error("the password was shown")
			}
		})
	}
}
