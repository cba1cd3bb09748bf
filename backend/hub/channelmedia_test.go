package hub_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub"
	"parley/backend/hub/engine"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
	"parley/backend/vault"
)

// photo is a JPEG with a note in its metadata that nobody should see.
func photo(t *testing.T, note string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 20, 10)), nil); err != nil {
		t.Fatal(err)
	}
	comment := append([]byte{0xff, 0xfe, 0, byte(len(note) + 2)}, note...)
	return append(append(append([]byte(nil), b.Bytes()[:2]...), comment...), b.Bytes()[2:]...)
}

// waits until a message holds files.
func (d *desk) files(conv id.Conversation, n int) []message.Attachment {
	d.t.Helper()
	var out []message.Attachment
	d.until("files", func() bool {
		for _, c := range d.changed[conv] {
			if out = d.bodies[c].Attachments; len(out) == n {
				return true
			}
		}
		return false
	})
	return out
}

// Files of contacts are fetched from the platform, encoded anew if they are
// pictures, and reach the agent; files of agents reach the platform by an address
// that runs out.
func TestFilesGoBothWays(t *testing.T) {
	picture := photo(t, "taken at home")
	sum := sha256.Sum256(picture)
	var p *platform
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		switch {
		case strings.Contains(c.path, "/55001"):
			reply(w, fmt.Sprintf(`{"url":%q,"mime_type":"image/jpeg","sha256":%q,"file_size":%d}`, p.URL+"/whatsapp/file", hex.EncodeToString(sum[:]), len(picture)))
		case strings.HasSuffix(c.path, "/whatsapp/file"):
			w.Header().Set("Content-Type", "image/jpeg")
			_, _ = w.Write(picture)
		default:
			reply(w, `{"messages":[{"id":"out-1"}]}`)
		}
	})
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", strings.NewReplacer(`"type":"text"`, `"type":"image"`, `"text":{"body":"x"}`, `"image":{"id":"55001","mime_type":"image/jpeg","caption":"broken"}`).
		Replace(waText("in-1", "35699000001", "x")))
	conv, _ := ann.answered()
	file := ann.files(conv, 1)[0]
	if file.MIME != "image/jpeg" || file.Width != 20 {
		t.Errorf("the file is %+v", file)
	}
	status, got := h.call(http.MethodGet, protocol.PathFiles+string(file.ID), ann.token, nil)
	if status != http.StatusOK || !bytes.HasPrefix(got, []byte{0xff, 0xd8}) || bytes.Contains(got, []byte("taken at home")) {
		t.Errorf("ann loads %d: %d bytes", status, len(got))
	}
	status, raw := h.call(http.MethodPost, protocol.PathFiles+"?name=label.pdf", ann.token, []byte("%PDF-1.7 return label"))
	var up message.Attachment
	if err := json.Unmarshal(raw, &up); err != nil || status != http.StatusOK {
		t.Fatalf("upload: %d %s", status, raw)
	}
	m := id.Message(id.New())
	ann.must(protocol.Command{Send: &protocol.Send{Conversation: conv, Message: m, Body: message.Body{Attachments: []message.Attachment{up}}}})
	c := p.next(t, "/v23.0/1065/messages")
	document, _ := c.json(t)["document"].(map[string]any)
	link, _ := document["link"].(string)
	if !strings.HasPrefix(link, h.url+"/channel-files/") {
		t.Fatalf("the call says %s", c.body)
	}
	path := strings.TrimPrefix(link, h.url)
	if status, body := h.call(http.MethodGet, path, "", nil); status != http.StatusOK || string(body) != "%PDF-1.7 return label" {
		t.Errorf("the platform loads %d %q", status, body)
	}
	if status, _ := h.call(http.MethodGet, path+"x", "", nil); status != http.StatusForbidden {
		t.Errorf("another address gives %d", status)
	}
	h.ahead.Add(int64(49 * time.Hour))
	if status, _ := h.call(http.MethodGet, path, "", nil); status != http.StatusForbidden {
		t.Errorf("two days later it gives %d", status)
	}
	ann.delivery(conv, m, message.Sent)
}

// Instagram prohibits storage of ephemeral images, videos, or other media
// contained in an Instagram story mention.
func TestInstagramProhibitsStorageOfEphemeralMedia(t *testing.T) {
	const canary = "canary-of-a-story-4711"
	story := photo(t, canary)
	var p *platform
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		if strings.Contains(c.path, canary) {
			_, _ = w.Write(story)
			return
		}
		reply(w, `{"message_id":"out-1"}`)
	})
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("instagram", fmt.Sprintf(`{"object":"instagram","entry":[{"id":"1784","time":%d,"messaging":[{"sender":{"id":"6600"},"recipient":{"id":"1784"},"timestamp":%d,
		"message":{"mid":"in-1","attachments":[{"type":"story_mention","payload":{"url":%q}}]}}]}]}`, ms(), ms(), p.URL+"/instagram/story?sig="+canary))
	conv, _ := ann.answered()
	m := ann.order[conv][0]
	if e := ann.bodies[m].Ephemeral; e == nil || e.Kind != message.StoryMention {
		t.Errorf("ann sees %+v", ann.bodies[m])
	}
	ann.sent(conv, "Thank you!")
	path := protocol.PathEphemeral + string(conv) + "/" + string(m)
	if status, got := h.call(http.MethodGet, path, ann.token, nil); status != http.StatusOK || !bytes.Contains(got, []byte(canary)) {
		t.Errorf("ann looks at it: %d, %d bytes", status, len(got))
	}
	if status, _ := h.call(http.MethodGet, path, h.signIn("bob", "test"), nil); status != http.StatusNotFound {
		t.Errorf("bob gets %d", status)
	}
	h.ahead.Add(int64(25 * time.Hour))
	if status, _ := h.call(http.MethodGet, path, ann.token, nil); status != http.StatusGone {
		t.Errorf("a day later it gives %d", status)
	}
	h.stop()
	nowhereOnDisk(t, h, canary)
}

// nowhereOnDisk looks for a word in every file of a hub that has ended, and in
// every content that its log and vault hold, decrypted.
func nowhereOnDisk(t *testing.T, h *running, word string) {
	t.Helper()
	if strings.Contains(h.words.String(), word) {
		t.Error("the log lines tell it")
	}
	files := 0
	err := filepath.WalkDir(h.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(word)) {
			t.Errorf("%s holds it", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
	log, err := badger.Open(hub.LogDir(h.data), h.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	master, err := vault.MasterKey(filepath.Join(h.data, "keys", "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(h.data, "keys", "epochs.sealed"), master, log, vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tail, err := log.Tail(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for c, err := range log.Follow(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(c.Encode(), []byte(word)) {
			t.Errorf("a commit holds it")
		}
		if c.Stream.Kind == eventlog.Conversation {
			opened += lookInto(t, v, c, word)
		}
		if c.Pos >= tail.Pos {
			break
		}
	}
	if opened == 0 {
		t.Error("nothing was opened")
	}
}

// lookInto opens what a commit refers to.
func lookInto(t *testing.T, v *vault.Vault, c eventlog.Stored, word string) (opened int) {
	t.Helper()
	events := decoded(c)
	for _, m := range engine.Messages(events) {
		plain, err := v.Open(t.Context(), vault.BodyKey(id.Conversation(c.Stream.ID), m))
		if err != nil {
			t.Fatal(err)
		}
		opened++
		if bytes.Contains(plain, []byte(word)) {
			t.Errorf("message %s holds it", m)
		}
	}
	return opened
}

func decoded(c eventlog.Stored) []conversation.Event {
	out := make([]conversation.Event, 0, len(c.Events))
	for _, e := range c.Events {
		out = append(out, conversation.Decode(e))
	}
	return out
}

// A text that is longer than any window shows arrives whole all the same.
func TestAnEndlessTextBecomesAFile(t *testing.T) {
	h, _ := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	text := strings.Repeat("again and ", 10_000)
	if status, body := kinds()[5].say(h, "cust-77", "in-1", text); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	conv, _ := ann.answered()
	got := ann.bodies[ann.order[conv][0]]
	if len(got.Text) > 70_000 || len(got.Attachments) != 1 {
		t.Fatalf("%d bytes and %d files", len(got.Text), len(got.Attachments))
	}
	if _, file := h.call(http.MethodGet, protocol.PathFiles+string(got.Attachments[0].ID), ann.token, nil); string(file) != text {
		t.Errorf("the file holds %d bytes", len(file))
	}
}
