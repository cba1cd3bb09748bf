package guest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
)

// upload is the body of a PresignedUrlResponse.
type upload struct {
	AttachmentID, URL, FileName, FileType string
	FileSize                              int64
	Headers                               map[string]string
}

func (c *client) ask(name, mime string, size int, more string) upload {
	c.p.t.Helper()
	c.do("onAttachment", fmt.Sprintf(`,"tracingId":"up","fileName":%q,"fileType":%q,"fileSize":%d,"errorsAsJson":true%s`, name, mime, size, more))
	f := c.next("PresignedUrlResponse")
	var u upload
	if err := json.Unmarshal(f.Body, &u); err != nil || f.TracingID != "up" || f.Type != "response" {
		c.p.t.Fatalf("%v: %s", err, f.raw)
	}
	return u
}

func (p *place) put(url string, data []byte) int {
	p.t.Helper()
	res, _ := p.request(http.MethodPut, url, map[string]string{"Content-Type": "image/png", "x-amz-tagging": "upload=parley", "Origin": "https://shop.example"}, bytes.NewReader(data))
	return res.StatusCode
}

// uploaded uploads a file and gives its ID.
func (c *client) uploaded(name, mime string, data []byte) string {
	c.p.t.Helper()
	u := c.ask(name, mime, len(data), "")
	if status := c.p.put(u.URL, data); status != http.StatusOK {
		c.p.t.Fatalf("upload: %d\n%s", status, c.p.logged)
	}
	f := c.next("UploadSuccessEvent")
	var body struct{ AttachmentID, DownloadURL, Timestamp string }
	if err := json.Unmarshal(f.Body, &body); err != nil || body.AttachmentID != u.AttachmentID || body.DownloadURL == "" || body.Timestamp == "" || f.Type != "message" {
		c.p.t.Fatalf("%v: %s", err, f.raw)
	}
	return u.AttachmentID
}

func (c *client) sendFile(attachment string) entity {
	c.p.t.Helper()
	c.do("onMessage", fmt.Sprintf(`,"tracingId":"f","message":{"content":[{"contentType":"Attachment","attachment":{"id":%q}}]}`, attachment))
	return c.next("StructuredMessage").entity(c.p.t)
}

// failure is a code from UploadFailureEvent or GenerateUrlError.
func (f frame) failure(t *testing.T) int {
	t.Helper()
	var body struct {
		ErrorCode    int
		ErrorMessage string
	}
	if err := json.Unmarshal(f.Body, &body); err != nil || body.ErrorMessage == "" {
		t.Fatalf("%v: %s", err, f.raw)
	}
	return body.ErrorCode
}

func testImage(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{R: uint8(x * 5), G: uint8(y * 9), B: 90, A: 255})
		}
	}
	return img
}

func pngBytes(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, testImage(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPicture goes the whole way: promise, upload, message, echo, inline
// download without metadata, history after a restart, a fresh address.
func TestPicture(t *testing.T) {
	p := start(t, unlimited)
	token := newToken()
	c := p.join(token)
	data := append(pngBytes(t, 30, 20), "hidden after the picture's end"...)
	u := c.ask("a.png", "image/png", len(data), `,"attachmentId":"0d4f0c2a-b1d9-4cc0-a3f2-f9f4d6f6a0b1"`)
	if u.AttachmentID != "0d4f0c2a-b1d9-4cc0-a3f2-f9f4d6f6a0b1" || len(u.Headers) == 0 || u.FileSize != 0 {
		t.Errorf("promise is %+v", u)
	}
	res, _ := p.request(http.MethodOptions, u.URL, map[string]string{"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}, nil)
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Access-Control-Allow-Methods") != "PUT" || !strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), "x-amz-tagging") {
		t.Errorf("preflight is %d %v", res.StatusCode, res.Header)
	}
	if status := p.put(u.URL, data); status != http.StatusOK {
		t.Fatalf("upload: %d\n%s", status, p.logged)
	}
	c.next("UploadSuccessEvent")
	if status := p.put(u.URL, data); status != http.StatusConflict {
		t.Errorf("a second use of the address gets %d", status)
	}
	e := c.sendFile(u.AttachmentID)
	if e.Type != "Text" || len(e.Content) != 1 {
		t.Fatalf("echo is %+v", e)
	}
	a := e.Content[0].Attachment
	if a.ID != u.AttachmentID || a.Filename != "a.png" || a.MIME != "image/png" || a.MediaType != "Image" {
		t.Errorf("attachment is %+v", a)
	}
	res, body := p.request(http.MethodGet, a.URL, map[string]string{"Origin": "https://shop.example"}, nil)
	for header, want := range map[string]string{
		"Content-Type": "image/png", "Content-Disposition": "inline; filename=a.png", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'", "Cross-Origin-Resource-Policy": "cross-origin",
	} {
		if got := res.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	img, err := png.Decode(bytes.NewReader(body))
	if err != nil || img.Bounds() != image.Rect(0, 0, 30, 20) || bytes.Contains(body, []byte("hidden")) {
		t.Errorf("the picture is %v %v", img, err)
	}
	p.stop()
	p.open()
	back := p.join(token)
	h := back.history("")
	if len(h.Entities) != 1 || h.Entities[0].Content[0].Attachment.ID != u.AttachmentID {
		t.Fatalf("history is %+v", h)
	}
	back.do("getAttachment", fmt.Sprintf(`,"tracingId":"g","attachmentId":%q`, u.AttachmentID))
	var fresh upload
	f := back.next("PresignedUrlResponse")
	if err := json.Unmarshal(f.Body, &fresh); err != nil || len(fresh.Headers) != 0 || fresh.FileName != "a.png" || fresh.FileSize == 0 || fresh.FileType != "image/png" {
		t.Errorf("fresh address is %s", f.raw)
	}
	if res, again := p.request(http.MethodGet, fresh.URL, nil, nil); res.StatusCode != http.StatusOK || !bytes.Equal(again, body) {
		t.Errorf("after a restart: %d", res.StatusCode)
	}
}

// TestFile: what is no picture is an attachment, whatever its name says.
func TestFile(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	data := []byte("<script>alert(1)</script>")
	e := c.sendFile(c.uploaded("notes – ü.txt", "text/plain", data))
	res, body := p.request(http.MethodGet, e.Content[0].Attachment.URL, nil, nil)
	if !bytes.Equal(body, data) || res.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment;") ||
		res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%v %s", res.Header, body)
	}
}

// TestAgentsFile: the guest gets an address for a file that an agent sends.
func TestAgentsFile(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	conv := c.open("hello")
	if _, err := p.blobs.Put(t.Context(), "agents-file", strings.NewReader("the return label")); err != nil {
		t.Fatal(err)
	}
	p.say(conv, message.Body{Text: "Here", Attachments: []message.Attachment{{ID: "agents-file", Name: "label.pdf", MIME: "application/pdf", Size: 16}}})
	a := c.next("StructuredMessage").entity(t).Content[0].Attachment
	if _, body := p.request(http.MethodGet, a.URL, nil, nil); string(body) != "the return label" || a.Filename != "label.pdf" || a.MediaType != "File" {
		t.Errorf("%+v: %s", a, body)
	}
}

// TestUploadRefusals: what may not be uploaded is refused before it is.
func TestUploadRefusals(t *testing.T) {
	p := start(t, unlimited)
	c := p.join(newToken())
	tests := map[string]struct {
		name, mime string
		size, code int
	}{
		"type":       {"a.zip", "application/zip", 9, web.CodeFileType},
		"ending":     {"a.EXE", "text/plain", 9, web.CodeFileType},
		"svg":        {"a.svg", "image/svg+xml", 9, web.CodeFileType},
		"size":       {"a.png", "image/png", 65<<10 + 1, web.CodeFileTooLarge},
		"empty":      {"a.png", "image/png", 0, web.CodeFileEmpty},
		"negative":   {"a.png", "image/png", -1, web.CodeFileEmpty},
		"no ending":  {"png", "image/png", 9, web.CodeFileName},
		"path":       {"../a.png", "image/png", 9, web.CodeFileName},
		"windows":    {`..\a.png`, "image/png", 9, web.CodeFileName},
		"line break": {"a\nb.png", "image/png", 9, web.CodeFileName},
		"long name":  {strings.Repeat("n", 1024) + ".png", "image/png", 9, web.CodeFileNameTooLong},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			quoted, _ := json.Marshal(test.name)
			c.do("onAttachment", fmt.Sprintf(`,"tracingId":"up","attachmentId":"0d4f0c2a-b1d9-4cc0-a3f2-f9f4d6f6a0b1","fileName":%s,"fileType":%q,"fileSize":%d`, quoted, test.mime, test.size))
			f := c.next("GenerateUrlError")
			if code := f.failure(t); code != test.code || f.Code != 400 || f.TracingID != "up" || !strings.Contains(string(f.Body), "0d4f0c2a-b1d9-4cc0-a3f2-f9f4d6f6a0b1") {
				t.Errorf("got %s, want code %d", f.raw, test.code)
			}
		})
	}
	c.do("onAttachment", `,"attachmentId":"../../etc","fileName":"a.png","fileType":"image/png","fileSize":9`)
	if f := c.next("GenerateUrlError"); f.failure(t) != web.CodeBadRequest {
		t.Errorf("got %s", f.raw)
	}
}

// bomb is a PNG of a few bytes that claims a size beyond all measure.
func bomb() []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(b, 60_000)
	b = binary.BigEndian.AppendUint32(b, 60_000)
	b = append(b, 8, 6, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// gifBomb is a GIF of many large frames that hold nothing.
func gifBomb(t *testing.T) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
	g := &gif.GIF{Config: image.Config{Width: 8000, Height: 4000, ColorModel: frame.Palette}}
	for range 3 {
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	for i := 0; i+10 < len(data); i++ { // each frame claims the whole picture
		if data[i] == 0x2c && binary.LittleEndian.Uint32(data[i+5:]) == 1|1<<16 {
			binary.LittleEndian.PutUint16(data[i+5:], 8000)
			binary.LittleEndian.PutUint16(data[i+7:], 4000)
		}
	}
	return data
}

// TestRefusedContent: the bytes are not what was announced.
func TestRefusedContent(t *testing.T) {
	good := pngBytes(t, 8, 8)
	tests := map[string]struct {
		mime   string
		size   int
		data   []byte
		more   string
		status int
		code   int
	}{
		"no picture":   {"image/png", 16, []byte("<html>0123456789"), "", 422, web.CodeFileContent},
		"another kind": {"image/jpeg", len(good), good, "", 422, web.CodeFileContent},
		"cut picture":  {"image/png", len(good) - 20, good[:len(good)-20], "", 422, web.CodeFileContent},
		"larger":       {"text/plain", 4, []byte("12345"), "", 413, web.CodeFileTooLarge},
		"shorter":      {"text/plain", 6, []byte("12345"), "", 422, web.CodeFileContent},
		"md5":          {"text/plain", 5, []byte("12345"), `,"fileMd5":"1B2M2Y8AsgTpgAmY7PhCfg=="`, 422, web.CodeFileContent},
		"bomb":         {"image/png", len(bomb()), bomb(), "", 422, web.CodeFileContent},
		"gif bomb":     {"image/gif", len(gifBomb(t)), gifBomb(t), "", 422, web.CodeFileContent},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := start(t, nil)
			c := p.join(newToken())
			u := c.ask("a.bin", test.mime, test.size, test.more)
			if status := p.put(u.URL, test.data); status != test.status {
				t.Errorf("status is %d, want %d", status, test.status)
			}
			f := c.next("UploadFailureEvent")
			if code := f.failure(t); code != test.code {
				t.Errorf("got %s, want code %d", f.raw, test.code)
			}
			c.do("onMessage", fmt.Sprintf(`,"message":{"content":[{"contentType":"Attachment","attachment":{"id":%q}}]}`, u.AttachmentID))
			if f := c.next("string"); f.Code != web.CodeAttachmentNotReady {
				t.Errorf("sending it gets %s", f.raw)
			}
			if _, err := p.blobs.Open(id.Attachment(u.AttachmentID)); err == nil {
				t.Error("something was stored")
			}
		})
	}
}

// TestChunkedUpload: a size that is not announced in the request is enforced
// while the bytes stream in.
func TestChunkedUpload(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	u := c.ask("a.txt", "text/plain", 10, "")
	r, err := http.NewRequest(http.MethodPut, u.URL, io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20))))
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = -1
	if res, err := http.DefaultClient.Do(r); err == nil {
		_ = res.Body.Close()
		if res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("status is %d", res.StatusCode)
		}
	}
	if f := c.next("UploadFailureEvent"); f.failure(t) != web.CodeFileTooLarge {
		t.Errorf("got %s", f.raw)
	}
}

// TestUploadAddresses: wrong, foreign, expired and crooked ones.
func TestUploadAddresses(t *testing.T) {
	p := start(t, nil)
	c, thief := p.join(newToken()), p.join(newToken())
	u := c.ask("a.txt", "text/plain", 5, "")
	for name, address := range map[string]string{
		"another key": strings.Replace(u.URL, "key=", "key=A", 1), "no key": strings.Split(u.URL, "?")[0], "another file": strings.Replace(u.URL, u.AttachmentID, strings.Repeat("a", 32), 1),
	} {
		if status := p.put(address, []byte("12345")); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, crooked := range []string{"/messenger/uploads/../uploads/x", "/messenger/uploads/%2e%2e%2fkeys", "/messenger/files/%2e%2e%2f%2e%2e%2fkeys", "/messenger/files/..%5ckeys"} {
		if res, body := p.request(http.MethodGet, p.server.URL+crooked, nil, nil); res.StatusCode < 400 {
			t.Errorf("%s: %d %s", crooked, res.StatusCode, body)
		}
	}
	if status := p.put(u.URL, []byte("12345")); status != http.StatusOK {
		t.Errorf("the genuine address gets %d after all that", status)
	}
	c.next("UploadSuccessEvent")
	thief.do("onMessage", fmt.Sprintf(`,"message":{"content":[{"contentType":"Attachment","attachment":{"id":%q}}]}`, u.AttachmentID))
	if f := thief.next("string"); f.Code != web.CodeAttachmentNotFound {
		t.Errorf("a foreign attachment gets %s", f.raw)
	}
	for _, action := range []string{"deleteAttachment", "getAttachment"} {
		thief.do(action, fmt.Sprintf(`,"attachmentId":%q`, u.AttachmentID))
		if f := <-thief.frames; f.Class != "string" && f.Class != "GenerateUrlError" {
			t.Errorf("%s of a foreign attachment gets %s", action, f.raw)
		}
	}
	late := c.ask("a.txt", "text/plain", 5, "")
	p.stopClockAfter(6 * time.Minute)
	if status := p.put(late.URL, []byte("12345")); status != http.StatusGone && status != http.StatusForbidden {
		t.Errorf("an expired address gets %d", status)
	}
}

// TestDownloadAddresses: changed and expired ones.
func TestDownloadAddresses(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	e := c.sendFile(c.uploaded("a.txt", "text/plain", []byte("12345")))
	address := e.Content[0].Attachment.URL
	_, grant, _ := strings.Cut(address, "grant=")
	payload, signature, _ := strings.Cut(grant, ".")
	plain, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	forged := base64.RawURLEncoding.EncodeToString(bytes.Replace(plain, []byte(`"e":`), []byte(`"i":true,"e":`), 1)) + "." + signature
	for name, changed := range map[string]string{
		"forged": strings.Replace(address, grant, forged, 1), "none": strings.Split(address, "?")[0],
		"another file": strings.Replace(address, e.Content[0].Attachment.ID, strings.Repeat("a", 32), 1),
	} {
		if res, _ := p.request(http.MethodGet, changed, nil, nil); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	p.later(61 * time.Minute)
	if res, _ := p.request(http.MethodGet, address, nil, nil); res.StatusCode != http.StatusGone {
		t.Errorf("an expired address gets %d", res.StatusCode)
	}
}

// TestDeleteAttachment: before it is sent only.
// TestResendOfAFileAfterARestart: the hub has forgotten the upload, and knows
// the message.
func TestResendOfAFileAfterARestart(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	file := c.uploaded("a.txt", "text/plain", []byte("hello"))
	first := c.sendFile(file)
	p.stop()
	p.open()
	again := p.join(c.token)
	second := again.sendFile(file)
	if second.ID != first.ID || len(second.Content) != 1 || second.Content[0].Attachment.ID != file || second.Content[0].Attachment.Filename != "a.txt" {
		t.Errorf("echo is %+v, want that of %s", second, first.ID)
	}
	if n := p.count(isReceived); n != 0 {
		t.Errorf("%d more messages", n)
	}
	again.do("onMessage", fmt.Sprintf(`,"tracingId":"another","message":{"content":[{"contentType":"Attachment","attachment":{"id":%q}}]}`, file))
	if f := again.next("string"); f.Code != web.CodeAttachmentNotFound {
		t.Errorf("got %s", f.raw)
	}
}

func TestDeleteAttachment(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	first := c.uploaded("a.txt", "text/plain", []byte("12345"))
	c.do("deleteAttachment", fmt.Sprintf(`,"tracingId":"d","attachmentId":%q`, first))
	if f := c.next("AttachmentDeletedResponse"); !strings.Contains(string(f.Body), first) || f.TracingID != "d" {
		t.Errorf("got %s", f.raw)
	}
	if _, err := p.blobs.Open(id.Attachment(first)); err == nil {
		t.Error("the file is still there")
	}
	second := c.uploaded("a.txt", "text/plain", []byte("12345"))
	c.sendFile(second)
	c.do("deleteAttachment", fmt.Sprintf(`,"attachmentId":%q`, second))
	if f := c.next("string"); f.Code != web.CodeAttachmentNotFound {
		t.Errorf("got %s", f.raw)
	}
}

// rotated is a JPEG whose camera was held sideways: 40 by 20, to be shown as 20
// by 40.
func rotated(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, testImage(40, 20), nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	return append(append(append([]byte{}, b.Bytes()[:2]...), exif...), b.Bytes()[2:]...)
}

// TestPhotoIsTurnedUpright and loses its metadata.
func TestPhotoIsTurnedUpright(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	e := c.sendFile(c.uploaded("IMG_1.JPEG", "image/jpeg", rotated(t)))
	a := e.Content[0].Attachment
	_, body := p.request(http.MethodGet, a.URL, nil, nil)
	img, err := jpeg.Decode(bytes.NewReader(body))
	if err != nil || img.Bounds() != image.Rect(0, 0, 20, 40) || bytes.Contains(body, []byte("Exif")) || a.Filename != "IMG_1.JPEG" {
		t.Errorf("%v %v %+v", img, err, a)
	}
	conv := p.until("a file", func(_ id.Conversation, e conversation.Event) bool {
		m, ok := e.(conversation.MessageReceived)
		return ok && len(m.Body.Files) == 1
	})
	b, err := p.engine.Body(t.Context(), conv, id.Message(e.ID))
	if err != nil || b.Attachments[0].Width != 20 || b.Attachments[0].Height != 40 || b.Attachments[0].Size != int64(len(body)) {
		t.Errorf("%v %+v", err, b.Attachments)
	}
}
