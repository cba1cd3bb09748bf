package hub_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"testing"

	"parley/backend/message"
	"parley/backend/protocol"
)

// TestAgentsPicture: the messenger shows agents' pictures where they stand, so
// they hold what is seen and nothing else, as customers' do.
func TestAgentsPicture(t *testing.T) {
	h := startHub(t)
	ann := h.desk("ann")
	var plain bytes.Buffer
	if err := png.Encode(&plain, image.NewRGBA(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	secret := []byte("<script>a second file</script>")
	status, body := h.call(http.MethodPost, protocol.PathFiles+"?name=photo.png", ann.token, append(plain.Bytes(), secret...))
	var file message.Attachment
	if err := json.Unmarshal(body, &file); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	_, got := h.call(http.MethodGet, protocol.PathFiles+string(file.ID), ann.token, nil)
	want := message.Attachment{ID: file.ID, Name: "photo.png", MIME: "image/png", Size: int64(len(got)), Width: 30, Height: 20}
	if file != want {
		t.Errorf("uploaded %+v, want %+v", file, want)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(got)); err != nil || c.Width != 30 || bytes.Contains(got, secret) {
		t.Errorf("the file is kept as it came: %v, %d wide", err, c.Width)
	}
	if status, body := h.call(http.MethodPost, protocol.PathFiles+"?name=broken.png", ann.token, plain.Bytes()[:40]); status != http.StatusUnprocessableEntity {
		t.Errorf("half a picture: %d %s", status, body)
	}
}
