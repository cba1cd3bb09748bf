package hub_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/sms"
	"parley/backend/hub"
	"parley/backend/message"
	"parley/backend/protocol"
)

// The documented example is a channel of its own: what is typed into a terminal
// reaches an agent, and what the agent writes is printed there and counts as
// delivered.
func TestTheDocumentedOpenExampleWorksWithARealHub(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("Node is needed, as for the frontend")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port for the example, known beforehand
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	h, _ := newChannels(t, func(http.ResponseWriter, called) {})
	last := len(h.config.Channels) - 1
	h.config.Channels[last].Accounts[0].Settings = map[string]string{"webhookUrl": fmt.Sprintf("http://127.0.0.1:%d/", port)}
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	cmd := exec.Command(node, filepath.Join("..", "..", "docs", "channels", "open-example.mjs"))
	cmd.Env = append(os.Environ(), "HUB="+h.url, "INTEGRATION=34a1", "CLIENT_ID=client-1", "CLIENT_SECRET="+appSecret, "WEBHOOK_SECRET="+verifyToken, "PORT="+strconv.Itoa(port))
	var failed bytes.Buffer
	cmd.Stderr = &failed
	typed, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	printed, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer stop.Stop()
	lines := bufio.NewScanner(printed)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "webhook:") {
		t.Fatalf("the example says %q %s", lines.Text(), failed.String())
	}
	if _, err := io.WriteString(typed, "Is it in stock?\n"); err != nil {
		t.Fatal(err)
	}
	conv, _ := ann.answered()
	if got := ann.texts(conv); len(got) != 1 || got[0] != "Is it in stock?" || ann.contact[conv].Name != "Terminal" {
		t.Errorf("ann sees %q of %+v", got, ann.contact[conv])
	}
	m := ann.sent(conv, "Yes, three left")
	if !lines.Scan() || lines.Text() != "Agent: Yes, three left" {
		t.Errorf("the terminal shows %q", lines.Text())
	}
	ann.delivery(conv, m, message.Delivered)
	if err := typed.Close(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		t.Errorf("the terminal also shows %q", lines.Text())
	}
	if err := cmd.Wait(); err != nil || failed.Len() > 0 {
		t.Errorf("%v: %s", err, failed.String())
	}
}

// demoChannel finds a channel in a demo's ready line.
func demoChannel(t *testing.T, r hub.Ready, kind channel.Kind) hub.Channel {
	t.Helper()
	for _, c := range r.Channels {
		if c.Kind == string(kind) {
			return c
		}
	}
	t.Fatalf("no %s in %+v", kind, r.Channels)
	return hub.Channel{}
}

// A demo has an account of every channel, calls the platforms' twins, and asks
// them about a message whose answer was lost instead of sending it again.
func TestDemoHasEveryChannelAndAsksAboutLostAnswers(t *testing.T) {
	sent := make(chan string, 1)
	p := newPlatform(t, nil)
	p.answer = func(w http.ResponseWriter, c called) {
		if c.method == http.MethodPost {
			form, _ := url.ParseQuery(string(c.body))
			sent <- form.Get("Body")
			panic(http.ErrAbortHandler) // it took the message, and the answer is lost
		}
		now := time.Now().UTC().Format(time.RFC1123Z)
		body, err := json.Marshal(map[string]any{"messages": []map[string]any{{
			"sid": "SMout1", "status": "sent", "body": "Lost and found", "num_media": "0", "date_created": now, "to": "+35699000001", "from": "+35621000000", "direction": "outbound-api",
		}}})
		if err != nil {
			t.Error(err)
		}
		reply(w, string(body))
	}
	c := startChild(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--demo", "--platform-url", p.URL)
	for _, kind := range channel.Kinds() {
		told := demoChannel(t, c.ready, kind)
		if kind == channel.Web {
			continue
		}
		if told.Account == "" || told.Secret == "" || !strings.HasPrefix(told.Webhook, c.ready.URL) || told.PlatformURL != p.URL+"/"+string(kind) {
			t.Errorf("%s is told as %+v", kind, told)
		}
	}
	number := demoChannel(t, c.ready, channel.SMS)
	h := &running{t: t, url: c.ready.URL, words: c.words}
	user := c.ready.Users[0]
	status, body := h.call(http.MethodPost, protocol.PathSession, "", protocol.SignIn{User: user.User, Password: user.Password, Device: "test"})
	var in protocol.SignedIn
	if err := json.Unmarshal(body, &in); err != nil || status != http.StatusOK {
		t.Fatalf("sign in: %d %s", status, body)
	}
	ann := newDesk(t, user.User, in.Token)
	ann.connect(h.url)
	ann.onQueue()
	fields := url.Values{"MessageSid": {"SMin1"}, "From": {"+35699000001"}, "To": {number.Account}, "Body": {"Hello?"}, "NumMedia": {"0"}}
	status, body = h.call(http.MethodPost, strings.TrimPrefix(number.Webhook, h.url), "", []byte(fields.Encode()), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(sms.HeaderSignature, sms.Sign(number.Secret, number.Webhook, fields))
	})
	if status != http.StatusOK {
		t.Fatalf("the webhook is answered with %d %s", status, body)
	}
	conv, _ := ann.answered()
	m := ann.sent(conv, "Lost and found")
	if got := <-sent; got != "Lost and found" {
		t.Errorf("the platform got %q", got)
	}
	ann.delivery(conv, m, message.Unknown)
	ann.delivery(conv, m, message.Sent)
	for len(p.calls) > 0 {
		if again := <-p.calls; again.method == http.MethodPost && bytes.Contains(again.body, []byte("Lost")) && len(sent) > 0 {
			t.Error("it was sent again")
		}
	}
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait()
}
