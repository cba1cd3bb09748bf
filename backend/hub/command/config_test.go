package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"parley/backend/hub"
	"parley/backend/hub/command"
)

const managed = `organisation: Tarn & Fell
listen: 127.0.0.1:0
users:
  - {id: ada, name: Ada, role: admin}
  - {id: ann, name: Ann}
log: {reserveMB: 1}
`

// serve starts a hub with a configuration file; stop ends it and waits.
func serve(t *testing.T, data, file string) (r hub.Ready, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code, words := make(chan int, 1), &bytes.Buffer{}
	go func() {
		code <- command.Main(ctx, []string{"serve", "--data", data, "--config", file}, command.Streams{In: strings.NewReader(""), Out: in, Err: words})
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

// expect runs a command and checks its exit code and what it prints.
func expect(t *testing.T, in string, code int, says string, args ...string) string {
	t.Helper()
	got, out, words := run(t, in, args...)
	if got != code || !strings.Contains(out+words, says) {
		t.Fatalf("%v: exit code %d, output %q, errors %q\nwant %d and %q", args, got, out, words, code, says)
	}
	return out
}

// Configuration as code, from a pipeline's side: plan tells by its exit code
// whether something differs, apply makes it so, on a running hub and on a
// directory, and all of it is in the audit log, which verifies.
func TestPlanApplyAndAudit(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	first := file(t, managed)
	expect(t, "correct horse\n", 0, "", "user", "add", "--data", data, "--config", first, "ada")
	secret := file(t, "correct horse\n")
	r, stop := serve(t, data, first)
	at := []string{"--hub", r.URL, "--user", "ada", "--password-file", secret}
	with := func(args ...string) []string { return append(args, at...) }

	expect(t, "", 0, "Nothing differs at revision 1.", with("config", "plan", first)...)
	second := file(t, managed+"queues: [{id: web, name: Web, members: [ann], manual: true}]\n")
	out := expect(t, "", 2, "Differences at revision 1: 1.", with("config", "plan", second)...)
	if !strings.Contains(out, "+ queue web \"Web\"\n") || !strings.Contains(out, "    manual: true\n") {
		t.Errorf("the plan is %q", out)
	}
	expect(t, "correct horse\n", 0, "Applied as revision 2.", "config", "apply", second, "--hub", r.URL, "--user", "ada")
	expect(t, "", 0, "Nothing differs at revision 2.", with("config", "apply", second)...)
	expect(t, "", 1, "user or password is wrong", "config", "plan", second, "--hub", r.URL, "--user", "ada", "--password-file", first)
	noAdmin := file(t, strings.Replace(managed, ", role: admin", "", 1))
	expect(t, "", 1, "at least one user must have the role admin", with("config", "plan", noAdmin)...)
	expect(t, "", 1, "another hub runs on the data directory", "config", "plan", second, "--data", data)
	listed := expect(t, "", 0, "change_configuration", with("audit", "list", "--since", "24h", "--json")...)
	stop()

	third := file(t, managed+"skills: [{id: returns, name: Returns}]\n")
	expect(t, "", 2, "- queue web \"Web\"", "config", "plan", "--data", data, third)
	expect(t, "", 0, "Applied as revision 3.", "config", "apply", "--data", data, third)
	expect(t, "", 0, "1 commits are not recorded yet", "audit", "verify", "--data", data)
	_, stop = serve(t, data, third)
	stop()
	out = expect(t, "", 0, "All is well up to ", "audit", "verify", "--data", data)
	head := regexp.MustCompile(`\d+:[0-9a-f]{64}`).FindString(out)
	expect(t, "", 0, "All is well up to "+head, "audit", "verify", "--data", data, "--expect", head)
	other := strings.Replace(head, ":", ":0", 1)[:len(head)]
	expect(t, "", 1, "was noted", "audit", "verify", "--data", data, "--expect", other)

	all := expect(t, "", 0, "change_configuration", "audit", "list", "--data", data, "--json")
	if !strings.HasPrefix(all, listed[:strings.Index(listed, "\n")]) {
		t.Errorf("online it begins with\n%s\noffline with\n%s", listed, all)
	}
	var whos []string
	for line := range strings.Lines(all) {
		var record struct{ Who, Action, Outcome, Detail, Device string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.Action == "change_configuration" {
			whos = append(whos, record.Who+" "+record.Detail)
		}
		if record.Action == "sign_in" && record.Outcome == "done" && !strings.Contains(record.Device, ", command line ") {
			t.Errorf("signed in from %q", record.Device)
		}
	}
	if got := strings.Join(whos, ", "); got != "hub start, agent:ada command, system offline" {
		t.Errorf("changed by %s", got)
	}
	if strings.Contains(all, "horse") || strings.Contains(all, "argon2id") {
		t.Error("the audit log holds a secret")
	}
	text := expect(t, "", 0, "system  change_configuration  done  offline  skill returns, queue web", "audit", "list", "--data", data)
	if strings.Count(text, "\n") != strings.Count(all, "\n") {
		t.Errorf("as text %d lines, as JSON %d", strings.Count(text, "\n"), strings.Count(all, "\n"))
	}
}

// A deployment's queue that nobody has is told at the start, with the way out.
func TestADeploymentWithoutItsQueue(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	_, stop := serve(t, data, file(t, managed))
	stop()
	wants := file(t, managed+`queues: [{id: web, name: Web}]
deployments: [{id: shop, name: Shop, queue: web, allowAllOrigins: true}]
`)
	expect(t, "", 1, "the deployment shop sends conversations to the queue web, which the organisation does not have; run: parley-hub config apply", "serve", "--data", data, "--config", wants)
	expect(t, "", 0, "Applied as revision 2.", "config", "apply", wants, "--data", data)
	_, stop = serve(t, data, wants)
	stop()
	if _, err := os.Stat(filepath.Join(data, "audit.json")); err != nil {
		t.Error(err)
	}
}
