package hub_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"parley/backend/conversation"
	"parley/backend/hub/config"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// A hub that is killed after a message left and before that is recorded does not
// send it again: what became of it is unknown, until a status says.
func TestKilledBetweenSentAndRecordedSendsOnce(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		if strings.Contains(c.path, "/messages") {
			arrived <- struct{}{}
			<-release
		}
	})
	defer close(release)
	file := filepath.Join(t.TempDir(), "hub.yaml")
	yaml := strings.ReplaceAll(strings.ReplaceAll(channelsYAML, "PLATFORM", p.URL), "HASH", hash()) + "limits: {rates: false}\nlog: {reserveMB: 1}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--data", h.data, "--config", file}
	first := startChild(t, args...)
	h.url = first.ready.URL
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", waText("in-1", "35699000001", "Hello?"))
	conv, _ := ann.answered()
	m := ann.sent(conv, "only once")
	<-arrived
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	second := startChild(t, args...)
	h.url = second.ready.URL
	ann.connect(h.url)
	ann.delivery(conv, m, message.Unknown)
	again := ann.sent(conv, "the next one")
	<-arrived // of the next one; the first did not come twice
	release <- struct{}{}
	release <- struct{}{}
	ann.until("the next one's end", func() bool { return ann.deliveries[again] != message.Sending && ann.deliveries[again] != "" })
	h.took("whatsapp", strings.Replace(waStatus("out-1", "delivered", "35699000001", m), `"recipient_id"`, `"biz_opaque_callback_data":"parley:`+string(m)+`","recipient_id"`, 1))
	ann.delivery(conv, m, message.Delivered)
	n := 0
	for len(p.calls) > 0 {
		if c := <-p.calls; strings.Contains(string(c.body), "only once") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the message was sent %d times", n)
	}
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = second.cmd.Wait()
}

// Many webhooks of which half are repeats, many at a time: nothing is lost and
// nothing comes twice.
func TestRepeatedWebhooksAreTakenOnce(t *testing.T) {
	const contacts, each = 50, 10 // 1,000 webhooks
	h, _ := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{}`) })
	h.start()
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		wrong []int
	)
	for c := range contacts {
		work.Go(func() {
			from := fmt.Sprint("3569900", 1000+c)
			for n := range each {
				for range 2 {
					if status, _ := h.webhook("whatsapp", waText(fmt.Sprint(from, "-", n), from, fmt.Sprint("message ", n))); status != http.StatusOK {
						mu.Lock()
						wrong = append(wrong, status)
						mu.Unlock()
					}
				}
			}
		})
	}
	work.Wait()
	if len(wrong) > 0 {
		t.Fatalf("answered with %v", wrong)
	}
	ann := h.desk("ann")
	ann.onQueue()
	want := make([]string, each)
	for n := range want {
		want[n] = fmt.Sprint("message ", n)
	}
	seen := map[id.Contact]bool{}
	for len(seen) < contacts {
		conv, leg := ann.answered()
		if got := ann.texts(conv); !slices.Equal(got, want) {
			t.Fatalf("a conversation holds %q", got)
		}
		if who := ann.convs[conv].Contact; seen[who] {
			t.Fatalf("%s has two conversations", who)
		} else {
			seen[who] = true
		}
		ann.must(protocol.Command{Disconnect: &leg})
		ann.until("after-call work", func() bool { return ann.convs[conv].Phase == conversation.AfterCall })
		ann.must(protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg, Code: "done"}})
		ann.until("the end", func() bool { return ann.convs[conv].Phase == conversation.Done })
	}
	ann.until("an empty queue", func() bool { return ann.queues.Waiting == 0 })
}

// While one account is out, others go on; its messages go out when it is back,
// in their order.
func TestAnOutageOfOneAccountHoldsNoOther(t *testing.T) {
	var (
		mu  sync.Mutex
		out = true
		got []string
	)
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strings.HasPrefix(c.path, "/open") && out:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case strings.HasPrefix(c.path, "/open"):
			got = append(got, c.json(t)["text"].(string))
			reply(w, `{}`)
		default:
			reply(w, `{"messages":[{"id":"out-1"}]}`)
		}
	})
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	app := kinds()[5]
	app.say(h, "cust-77", "in-1", "Hello?")
	conv, _ := ann.answered()
	one, two := ann.sent(conv, "one"), ann.sent(conv, "two")
	p.next(t, "/open/webhook")
	h.took("whatsapp", waText("in-1", "35699000001", "Hello too"))
	other, _ := ann.answered()
	ann.delivery(other, ann.sent(other, "at once"), message.Sent)
	mu.Lock()
	out = false
	mu.Unlock()
	ann.delivery(conv, one, message.Sent)
	ann.delivery(conv, two, message.Sent)
	if mu.Lock(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("the app got %q", got)
	}
	mu.Unlock()
}

// An account that its platform refuses is stopped, and goes on by itself once it
// has another secret; meanwhile nothing is lost.
func TestAStoppedAccountGoesOnWithANewSecret(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("dead-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		if c.header.Get("Authorization") != "Bearer new-token" {
			w.WriteHeader(http.StatusUnauthorized)
			reply(w, `{"error":{"message":"dead","type":"OAuthException","code":190}}`)
			return
		}
		reply(w, `{"messages":[{"id":"out-1"}]}`)
	})
	h.config.Channels[0].Accounts[0].Secrets = map[string]config.Secret{"token": {File: token}}
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", waText("in-1", "35699000001", "Hello?"))
	conv, _ := ann.answered()
	ann.delivery(conv, ann.sent(conv, "one"), message.Failed)
	p.next(t, "/messages")
	two := ann.sent(conv, "two")
	if _, body := h.call(http.MethodGet, "/readyz", "", nil); !strings.Contains(string(body), "stopped: whatsapp account 1065") {
		t.Errorf("readyz says %s", body)
	}
	if err := os.WriteFile(token, []byte("new-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ann.delivery(conv, two, message.Sent)
	if c := p.next(t, "/messages"); !strings.Contains(string(c.body), "two") {
		t.Errorf("the platform got %s", c.body)
	}
}

// A hub that is killed while it fetches a contact's file fetches it after its
// start: the webhook was answered long ago, and does not come again.
func TestAFileThatWasBeingFetchedComesAfterARestart(t *testing.T) {
	asked := make(chan struct{}, 1)
	var killed atomic.Bool
	var p *platform
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		switch {
		case strings.Contains(c.path, "/55001"):
			reply(w, fmt.Sprintf(`{"url":%q,"mime_type":"application/pdf"}`, p.URL+"/whatsapp/file"))
		case strings.HasSuffix(c.path, "/whatsapp/file") && !killed.Load():
			asked <- struct{}{}
			panic(http.ErrAbortHandler)
		case strings.HasSuffix(c.path, "/whatsapp/file"):
			_, _ = w.Write([]byte("%PDF-1.7 invoice"))
		}
	})
	file := filepath.Join(t.TempDir(), "hub.yaml")
	yaml := strings.ReplaceAll(strings.ReplaceAll(channelsYAML, "PLATFORM", p.URL), "HASH", hash()) + "limits: {rates: false}\nlog: {reserveMB: 1}\n"
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--data", h.data, "--config", file}
	first := startChild(t, args...)
	h.url = first.ready.URL
	h.took("whatsapp", strings.NewReplacer(`"type":"text"`, `"type":"document"`, `"text":{"body":"x"}`, `"document":{"id":"55001","mime_type":"application/pdf","filename":"invoice.pdf"}`).
		Replace(waText("in-1", "35699000001", "x")))
	<-asked
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	killed.Store(true)
	second := startChild(t, args...)
	h.url = second.ready.URL
	ann := h.desk("ann")
	ann.onQueue()
	conv, _ := ann.answered()
	if got := ann.files(conv, 1)[0]; got.Name != "invoice.pdf" || got.Size != int64(len("%PDF-1.7 invoice")) {
		t.Errorf("the file is %+v", got)
	}
	if left, err := filepath.Glob(filepath.Join(h.data, "channels", "send-*")); err != nil || len(left) > 0 {
		t.Errorf("journals are left: %v %v", left, err)
	}
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = second.cmd.Wait()
}
