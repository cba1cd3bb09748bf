package open_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/open"
	"parley/backend/message"
)

// soon bounds what a test waits for; it is reached only if something is broken.
const soon = 30 * time.Second

// hub is as much of a hub as an integration sees: it verifies and parses what
// comes in, and has the events.
func hub(t *testing.T) (address string, events <-chan channel.Event) {
	t.Helper()
	out := make(chan channel.Event, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		request := channel.Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body}
		reply, err := open.Connector{}.Verify(endpoint(), request, time.Now())
		if err == nil && !reply.Final {
			batch, err := open.Connector{}.Parse(channel.Accounts{"34a1": account()}, request)
			if err != nil {
				t.Error(err)
			}
			for _, e := range batch.Events {
				out <- e
			}
		}
		for name, values := range reply.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(reply.Status)
		if _, err := w.Write(reply.Body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, out
}

// await takes the next event of a kind.
func await[E channel.Event](t *testing.T, events <-chan channel.Event) E {
	t.Helper()
	deadline := time.After(soon)
	for {
		select {
		case e := <-events:
			if wanted, is := e.(E); is {
				return wanted
			}
		case <-deadline:
			t.Fatal("the event did not come")
		}
	}
}

// example is the program of docs/channels/open.md, running.
type example struct {
	address string
	typed   io.WriteCloser
	lines   <-chan string
}

func start(t *testing.T, hub string) example {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("Node is needed, as for the frontend")
	}
	cmd := exec.Command(node, filepath.Join("..", "..", "..", "docs", "channels", "open-example.mjs"))
	cmd.Env = append(os.Environ(), "HUB="+hub, "INTEGRATION=34a1", "CLIENT_ID=client", "CLIENT_SECRET=client-secret", "WEBHOOK_SECRET=correct-horse-battery", "PORT=0")
	var errors bytes.Buffer
	cmd.Stderr = &errors
	typed, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	written, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 16)
	read := make(chan struct{})
	go func() {
		defer close(read)
		for s := bufio.NewScanner(written); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		typed.Close()
		defer time.AfterFunc(soon, func() { _ = cmd.Process.Kill() }).Stop()
		<-read
		if err := cmd.Wait(); err != nil || errors.Len() > 0 {
			t.Errorf("%v: %s", err, errors.String())
		}
	})
	e := example{typed: typed, lines: lines}
	e.address = strings.TrimPrefix(e.line(t), "webhook: ")
	return e
}

func (e example) line(t *testing.T) string {
	t.Helper()
	select {
	case l := <-e.lines:
		return l
	case <-time.After(soon):
		t.Fatal("the example says nothing")
	}
	return ""
}

// post makes a call as the hub does: signed by its scheme.
func (e example) post(t *testing.T, c *channel.Call, secret string) int {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(c.Body)
	r, err := http.NewRequestWithContext(t.Context(), c.Method, e.address, bytes.NewReader(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = c.Header.Clone()
	r.Header.Set("X-Hub-Signature-256", "sha256="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// TestTheDocumentedExampleTalksWithTheHub runs it against this package, each
// side by its own code.
func TestTheDocumentedExampleTalksWithTheHub(t *testing.T) {
	address, events := hub(t)
	e := start(t, address)

	const said = "Is it in stock? ‹👋 & \"›"
	if _, err := io.WriteString(e.typed, said+"\n"); err != nil {
		t.Fatal(err)
	}
	got := await[channel.MessageReceived](t, events)
	if got.Body.Text != said || got.From != "terminal-1" || got.PlatformID == "" {
		t.Errorf("%+v", got)
	}

	answer := channel.SendMessage{Message: name, To: got.From, At: at, Body: message.Body{Text: "Yes,\u2028three \"left\" <b>&amp;"}}
	step, err := open.Connector{}.Next(account(), answer, nil, at)
	if err != nil {
		t.Fatal(err)
	}
	if status := e.post(t, step.Call, "another-secret-of-some-length"); status != http.StatusForbidden {
		t.Errorf("a wrong signature: HTTP %d", status)
	}
	for range 2 { // the second one is a repeat
		if status := e.post(t, step.Call, "correct-horse-battery"); status != http.StatusOK {
			t.Errorf("HTTP %d", status)
		}
	}
	if l := e.line(t); l != "Agent: "+answer.Body.Text {
		t.Errorf("%q", l)
	}
	receipt := await[channel.DeliveryReported](t, events)
	if receipt.Message != name || receipt.State != message.Delivered || receipt.From != "terminal-1" {
		t.Errorf("%+v", receipt)
	}

	typing := channel.SendTyping{To: got.From, At: at}
	step, err = open.Connector{}.Next(account(open.SettingTypingOut, "Enabled"), typing, nil, at)
	if err != nil {
		t.Fatal(err)
	}
	if status := e.post(t, step.Call, "correct-horse-battery"); status != http.StatusOK {
		t.Errorf("HTTP %d", status)
	}
	// Nothing of the repeat came before it.
	if l := e.line(t); l != "(the agent is typing)" {
		t.Errorf("%q", l)
	}
}
