package channeltest

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"parley/backend/channel"
)

// UpdateEnv, set to 1, rewrites the wanted part of golden files. Look at the
// difference before committing it.
const UpdateEnv = "PARLEY_UPDATE_GOLDEN"

// golden runs every file of s.Golden. A file holds one request and what Parse
// makes of it:
//
//	what the case is about
//	-- path --
//	/hooks/7              (may be left out)
//	-- query --
//	deploymentId=…        (may be left out)
//	-- header --
//	Name: value           (may be left out)
//	-- settings --
//	stories=off           (of the suite's account; may be left out)
//	-- body --
//	{…}
//	-- want --
//	[{"MessageReceived": {…}}, {"Skipped": {…}}], or error: …
//
// Beyond that, each body is cut short and changed at many places to see that
// Parse neither panics nor goes silent.
func golden(t *testing.T, s Suite) {
	files, err := filepath.Glob(filepath.Join(s.Golden, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files in %q (%v)", s.Golden, err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) { goldenFile(t, s, path) })
	}
}

func goldenFile(t *testing.T, s Suite, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	request, want := channel.Request{Method: http.MethodPost}, -1
	for i, f := range archive.Files {
		data := bytes.TrimSuffix(f.Data, []byte("\n"))
		switch f.Name {
		case "path":
			request.Path = string(data)
		case "query":
			if request.Query, err = url.ParseQuery(string(data)); err != nil {
				t.Fatal(err)
			}
		case "settings":
			s.Accounts = withSettings(s, string(data))
		case "header":
			request.Header = headers(string(data))
		case "body":
			request.Body = data
		case "want":
			want = i
		default:
			t.Fatalf("unknown part %q", f.Name)
		}
	}
	if want < 0 {
		t.Fatal("the part want is missing")
	}
	body := bytes.Clone(request.Body)
	got := describe(s.Connector.Parse(s.Accounts, request))
	if !bytes.Equal(body, request.Body) {
		t.Error("Parse changed the request's body")
	}
	if os.Getenv(UpdateEnv) == "1" {
		archive.Files[want].Data = got
		if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(got, archive.Files[want].Data) {
		t.Errorf("got\n%s\nwant\n%s", got, archive.Files[want].Data)
	}
	damage(t, s, request)
}

// places is at how many places of a body damage is done; fuzzing does the rest.
const places = 200

// damage parses the request cut, and with a byte changed, at places all over it.
func damage(t *testing.T, s Suite, r channel.Request) {
	for i := 0; i < len(r.Body); i += 1 + len(r.Body)/places {
		Fuzz(t, s.Connector, s.Accounts, r, r.Body[:i])
		changed := bytes.Clone(r.Body)
		changed[i] ^= 0x15
		Fuzz(t, s.Connector, s.Accounts, r, changed)
	}
}

// withSettings returns the suite's accounts with these settings in its own.
func withSettings(s Suite, text string) channel.Accounts {
	all, own := maps.Clone(s.Accounts), s.Account
	own.Settings = maps.Clone(own.Settings)
	if own.Settings == nil {
		own.Settings = map[string]string{}
	}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			own.Settings[k] = v
		}
	}
	all[own.ID] = own
	return all
}

func headers(text string) http.Header {
	h := http.Header{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			h.Add(k, strings.TrimSpace(v))
		}
	}
	return h
}

// describe writes what Parse returned, one event a line block, in order.
func describe(b channel.Batch, err error) []byte {
	if err != nil {
		kind := "error"
		if errors.Is(err, channel.ErrMalformed) {
			kind = "malformed"
		}
		return []byte(kind + ": " + err.Error() + "\n")
	}
	list := []map[string]any{}
	for _, e := range b.Events {
		list = append(list, map[string]any{reflect.TypeOf(e).Name(): e})
	}
	for _, s := range b.Skipped {
		list = append(list, map[string]any{"Skipped": s})
	}
	out, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return []byte("error: " + err.Error() + "\n")
	}
	return append(out, '\n')
}
