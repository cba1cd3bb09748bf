package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/hub"
	"parley/backend/hub/auth"
	"parley/backend/hub/command"
	"parley/backend/hub/config"
)

const organisation = `organisation: Tarn & Fell
users:
  - {id: ann, name: Ann}
log: {reserveMB: 1}
`

// run runs a command to its end.
func run(t *testing.T, in string, args ...string) (code int, out, words string) {
	t.Helper()
	var o, e bytes.Buffer
	code = command.Main(t.Context(), args, command.Streams{In: strings.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCommandLines(t *testing.T) {
	good, bad := file(t, organisation), file(t, "organisation: A\nqueue: []\n")
	empty := t.TempDir()
	for _, tc := range []struct {
		name       string
		args       []string
		code       int
		out, words string // what they must contain
	}{
		{"nothing", nil, 2, "", "parley-hub serve --data DIR"},
		{"help", []string{"help"}, 0, "parley-hub serve --data DIR", ""},
		{"version", []string{"version"}, 0, "parley-hub dev", ""},
		{"unknown", []string{"dance"}, 2, "", "parley-hub serve --data DIR"},
		{"serve without data", []string{"serve", "--demo"}, 2, "", "--data is missing"},
		{"serve without configuration", []string{"serve", "--data", empty}, 2, "", "--config is missing"},
		{"serve with both", []string{"serve", "--data", empty, "--demo", "--config", good}, 2, "", "leave --config out"},
		{"serve with an unknown flag", []string{"serve", "--dtaa", empty}, 2, "", "flag provided but not defined: -dtaa"},
		{"serve with a wrong configuration", []string{"serve", "--data", empty, "--config", bad}, 1, "", bad + ":2: queue: unknown key; allowed: "},
		{"serve beyond loopback", []string{"serve", "--data", empty, "--config", good, "--listen", "0.0.0.0:0"}, 1, "", "needs tls"},
		{"check", []string{"config", "check", good}, 0, good + " is right: Tarn & Fell, 0 queues, 1 users, 0 deployments", ""},
		{"check a wrong one", []string{"config", "check", bad}, 1, "", bad + ":2: queue: unknown key; allowed: "},
		{"check what is not there", []string{"config", "check", empty + "/none.yaml"}, 1, "", "no such file"},
		{"schema", []string{"config", "schema"}, 0, string(config.Schema), ""},
		{"plan of no file", []string{"config", "plan", "--data", empty}, 1, "", "the file is missing"},
		{"plan of two files", []string{"config", "plan", good, bad, "--data", empty}, 1, "", "one file is enough"},
		{"plan without a place", []string{"config", "plan", good}, 1, "", "give either --hub or --data"},
		{"plan with two places", []string{"config", "plan", good, "--hub", "http://localhost", "--data", empty}, 1, "", "give either --hub or --data"},
		{"plan by nobody", []string{"config", "plan", good, "--hub", "http://localhost"}, 1, "", "--user is missing"},
		{"plan of a wrong file", []string{"config", "plan", bad, "--data", empty}, 1, "", bad + ":2: queue: unknown key; allowed: "},
		{"plan in no directory", []string{"config", "plan", good, "--data", empty}, 1, "", "is not a hub's data directory"},
		{"plan over the network in the clear", []string{"config", "plan", good, "--hub", "http://chat.example", "--user", "ada"}, 1, "", "by https only"},
		{"plan without a password", []string{"config", "plan", good, "--hub", "http://127.0.0.1:1", "--user", "ada"}, 1, "", "the password is missing"},
		{"plan at no address", []string{"config", "plan", good, "--hub", "chat.example", "--user", "ada"}, 1, "", "is no address of a hub"},
		{"audit of nothing", []string{"audit"}, 2, "", "parley-hub audit verify"},
		{"verify without data", []string{"audit", "verify"}, 2, "", "--data is missing"},
		{"verify in no directory", []string{"audit", "verify", "--data", empty}, 1, "", "is not a hub's data directory"},
		{"verify with nonsense", []string{"audit", "verify", "--data", empty, "--expect", "7"}, 1, "", "is not REVISION:HASH"},
		{"list since nonsense", []string{"audit", "list", "--data", empty, "--since", "yesterday"}, 1, "", "is no time"},
		{"a user that is not configured", []string{"user", "add", "--data", empty, "--config", good, "bob"}, 1, "", `there is no user "bob"`},
		{"no user", []string{"user", "add", "--data", empty, "--config", good}, 2, "", "0 arguments, want 1"},
		{"repair of nothing", []string{"repair", "--data", empty}, 1, "", "is not a hub's data directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, words := run(t, "", tc.args...)
			if code != tc.code || !strings.Contains(out, tc.out) || !strings.Contains(words, tc.words) {
				t.Errorf("exit code %d, output %q, errors %q\nwant %d, %q, %q", code, out, words, tc.code, tc.out, tc.words)
			}
			if tc.out == "" && out != "" {
				t.Errorf("unexpected output %q", out)
			}
		})
	}
}

func TestUserAdd(t *testing.T) {
	data, c := filepath.Join(t.TempDir(), "data"), file(t, organisation)
	password := func() string {
		t.Helper()
		all, err := hub.ReadPasswords(hub.PasswordsFile(data))
		if err != nil {
			t.Fatal(err)
		}
		return all["ann"]
	}
	if code, out, words := run(t, "correct horse\n", "user", "add", "--data", data, "--config", c, "ann"); code != 0 || out != "" {
		t.Fatal(code, out, words)
	}
	if ok, err := auth.Verify(password(), "correct horse"); !ok || err != nil {
		t.Error("the given password is not stored", err)
	}
	code, made, words := run(t, "", "user", "add", "--data", data, "--config", c, "ann")
	if code != 0 {
		t.Fatal(words)
	}
	if ok, err := auth.Verify(password(), strings.TrimSpace(made)); !ok || err != nil {
		t.Error("the printed password is not stored", err)
	}
	if code, _, words := run(t, "short\n", "user", "add", "--data", data, "--config", c, "ann"); code != 1 || !strings.Contains(words, "at least 10") {
		t.Errorf("a short password: %d %s", code, words)
	}
}

// The demo says in one line all that one needs, keeps its secrets to its owner
// and over a restart, and serves nobody who asks for another host.
func TestDemo(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first, stop := demo(t, data)
	if first.DeploymentID == "" || len(first.Users) < 3 || first.Shop != first.URL+"/shop/" || len(first.Channels) != len(channel.Kinds()) {
		t.Errorf("the hub says %+v", first)
	}
	resp, err := http.Get(first.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != "ok\n" {
		t.Errorf("readyz: %d %q %v", resp.StatusCode, body, err)
	}
	stop()
	err = filepath.WalkDir(data, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && filepath.Dir(path) == data && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s may be read by others: %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	second, stop := demo(t, data)
	defer stop()
	if second.DeploymentID != first.DeploymentID || second.Users[0] != first.Users[0] {
		t.Errorf("after a restart %+v, before %+v", second, first)
	}
}

// demo starts a demo hub; stop ends it as a signal would and waits.
func demo(t *testing.T, data string) (r hub.Ready, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code, words := make(chan int, 1), &bytes.Buffer{}
	go func() {
		code <- command.Main(ctx, []string{"serve", "--demo", "--data", data, "--listen", "127.0.0.1:0"}, command.Streams{In: strings.NewReader(""), Out: in, Err: words})
		_ = in.Close()
	}()
	if err := json.NewDecoder(out).Decode(&r); err != nil {
		cancel()
		t.Fatal(err, <-code, words)
	}
	return r, func() {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("the hub ends with %d: %s", c, words)
		}
	}
}

// A log that was damaged is mended with words.
func TestRepair(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, stop := demo(t, data)
	stop()
	code, out, words := run(t, "", "repair", "--data", data)
	if code != 0 || !strings.Contains(out, "Nothing was lost.") {
		t.Fatalf("%d %q %q", code, out, words)
	}
	_, stop = demo(t, data)
	stop()
}
