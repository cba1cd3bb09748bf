package hub_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// upload sends a file up and gives its ID; it is in no message yet.
func (c *customer) upload(name string, data []byte) string {
	c.t.Helper()
	err := c.write(map[string]any{"action": "onAttachment", "fileName": name, "fileType": "text/plain", "fileSize": len(data)})
	if err != nil {
		c.t.Fatal(err)
	}
	address, file := "", ""
	c.until("an address for "+name, func() bool {
		if c.last.Class == "PresignedUrlResponse" {
			address, file = c.last.Body.URL, c.last.Body.AttachmentID
		}
		return address != ""
	})
	req, err := http.NewRequest(http.MethodPut, address, bytes.NewReader(data))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("x-amz-tagging", "upload=parley")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = res.Body.Close()
	c.until(name+" to arrive", func() bool { return c.last.Class == "UploadSuccessEvent" })
	return file
}

// blobs counts the sealed files on the hub's disk.
func (h *running) blobs() int {
	found, err := filepath.Glob(filepath.Join(h.data, "files", "*", "*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return len(found)
}

// marks reads the account of what is in no message.
func (h *running) marks() map[string][]byte {
	out := map[string][]byte{}
	found, err := filepath.Glob(filepath.Join(h.data, "unsent", "*"))
	for _, file := range found {
		var mark []byte
		if mark, err = os.ReadFile(file); err == nil {
			out[file] = mark
		}
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// Files that were uploaded and never sent go after a day, over a restart; those
// in messages stay, even when the hub died before it noted that they are.
func TestUploadsThatWereNeverSentGo(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	ann.onQueue()
	c := h.customer()
	c.say("a form, please")
	conv := ann.inPhase(conversation.Alerting)
	leg := ann.leg(conv)
	ann.must(protocol.Command{Accept: &leg})
	files := map[string]id.Attachment{}
	for _, name := range []string{"sent.txt", "unsent.txt"} {
		_, body := h.call(http.MethodPost, protocol.PathFiles+"?name="+name, ann.token, []byte(name))
		var a message.Attachment
		if err := json.Unmarshal(body, &a); err != nil {
			t.Fatal(err)
		}
		files[name] = a.ID
	}
	for _, name := range []string{"guest-sent.txt", "guest-unsent.txt"} {
		files[name] = id.Attachment(c.upload(name, []byte(name)))
	}
	marks := h.marks()
	if n := h.blobs(); n != 6 || len(marks) != 4 { // a note lies beside each file of a desk
		t.Fatalf("%d files lie there, %d are accounted for", n, len(marks))
	}
	ann.must(protocol.Command{Send: &protocol.Send{Conversation: conv, Message: id.Message(id.New()),
		Body: message.Body{Attachments: []message.Attachment{{ID: files["sent.txt"]}}}}})
	if err := c.write(map[string]any{"action": "onMessage", "message": map[string]any{"content": []any{
		map[string]any{"contentType": "Attachment", "attachment": map[string]any{"id": files["guest-sent.txt"]}}}}}); err != nil {
		t.Fatal(err)
	}
	ann.until("the guest's file", func() bool { return len(ann.order[conv]) == 3 })
	h.stop()
	if left := h.marks(); len(left) != 2 {
		t.Errorf("%d uploads are accounted for as unsent", len(left))
	}
	for file, mark := range marks { // as if it had been killed after the commits
		if err := os.WriteFile(file, mark, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	h.ahead.Store(int64(25 * time.Hour))
	h.start()
	for end := time.Now().Add(patience); len(h.marks()) > 0; <-time.After(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never swept\n%s", h.words)
		}
	}
	if n := h.blobs(); n != 3 {
		t.Errorf("%d files are left, want those in messages and a note", n)
	}
	for name, want := range map[string]int{"sent.txt": 200, "unsent.txt": 404, "guest-sent.txt": 200, "guest-unsent.txt": 404} {
		status, body := h.call(http.MethodGet, protocol.PathFiles+string(files[name]), ann.token, nil)
		if status != want || (want == 200 && string(body) != name) {
			t.Errorf("%s: %d %q, want %d", name, status, body, want)
		}
	}
}
