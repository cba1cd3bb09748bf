package web_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/web"
	"parley/backend/id"
	"parley/backend/message"
)

const (
	messageID = id.Message("0d4f0c2ab1d94cc0a3f2f9f4d6f6a0b1")
	uploadID  = "5b3c9d0e6f7a4b1c8d2e3f4a5b6c7d8e"
)

// frames gives one frame of every kind and odd case, under the name of its
// golden part.
func frames() []txtar.File {
	media := web.NewMedia([]string{"image/png", "*/*"}, 10<<20)
	session := web.Session{
		Connected: true, NewSession: true, MaxCustomDataBytes: 2048, DurationSeconds: 259200,
		ExpirationDate: 1791139139, AllowedMedia: media, BlockedExtensions: []string{".exe", ".js"},
	}
	upload := web.Upload{
		AttachmentID: uploadID, URL: "https://hub.example/u/1?a=1&b=2", FileName: "a.png", FileSize: 424242, FileType: "image/png",
		Headers: map[string]string{"x-amz-tagging": "guest"},
	}
	picture := web.File{Attachment: message.Attachment{ID: uploadID, Name: "a.png", MIME: "image/png", Size: 424242}, URL: "https://hub.example/d/1"}
	sound := web.File{Attachment: message.Attachment{ID: uploadID, Name: "a.ogg", MIME: "audio/ogg", Size: 1}, URL: "https://hub.example/d/2"}
	inbound := func(b message.Body, files ...web.File) web.Entity { return web.InboundEntity(messageID, at, b, files) }
	outbound := func(b message.Body, files ...web.File) web.Entity {
		return web.OutboundEntity(messageID, at, "Ann", b, files)
	}
	answer := web.Message{
		Structured: true, Text: "Yes", Content: []json.RawMessage{json.RawMessage(`{"contentType":"ButtonResponse","buttonResponse":{"type":"QuickReply","payload":"<yes>"}}`)},
		Metadata: map[string]string{"parentMessageId": "b7c1"},
	}
	textless := answer
	textless.Text = ""
	return []txtar.File{
		{Name: "session", Data: web.SessionFrame("t-1", session)},
		{Name: "session_closed", Data: web.SessionFrame("", web.Session{ReadOnly: true})},
		{Name: "session_without_files", Data: web.SessionFrame("t", web.Session{Connected: true, AllowedMedia: web.NewMedia(nil, 0)})},
		{Name: "configuration", Data: web.ConfigurationFrame("t", web.Configuration{
			AllowedMedia: media, BlockedExtensions: []string{}, MaxCustomDataBytes: 2048, MessageRoutingEnabled: true, SessionDurationSeconds: 900,
		})},
		{Name: "jwt", Data: web.JWTFrame("t", "opaque", at)},
		{Name: "echo_text", Data: web.EchoFrame("m-17", inbound(message.Body{Text: "Where is <my> parcel & why?"}))},
		{Name: "echo_untraced", Data: web.EchoFrame("", inbound(message.Body{Text: "أين طلبي؟ 👩‍👧"}))},
		{Name: "echo_structured", Data: web.EchoFrame("m", inbound(answer.Body()))},
		{Name: "echo_structured_textless", Data: web.EchoFrame("m", inbound(textless.Body()))},
		{Name: "echo_file_only", Data: web.EchoFrame("m", inbound(message.Body{}, picture))},
		{Name: "echo_join", Data: web.EchoFrame("j", web.PresenceEntity("5e1f", web.Join, at))},
		{Name: "echo_clear", Data: web.EchoFrame("", web.PresenceEntity("5e1f", web.Clear, at))},
		{Name: "outbound_text", Data: web.OutboundFrame(outbound(message.Body{Text: "Let me look."}))},
		{Name: "outbound_nameless", Data: web.OutboundFrame(web.OutboundEntity(messageID, at, "", message.Body{Text: "Hi"}, nil))},
		{Name: "outbound_files", Data: web.OutboundFrame(outbound(message.Body{Text: "Here"}, picture, sound))},
		{Name: "outbound_buttons", Data: web.OutboundFrame(outbound(message.Body{Text: "Shall I?", Buttons: []message.Button{{Text: "Yes", Payload: "y"}, {Text: "No", Payload: "n"}}}))},
		{Name: "outbound_automatic", Data: web.OutboundFrame(web.OutboundEntity(messageID, at, "", message.Body{Text: "Welcome"}, nil).Automatic())},
		{Name: "outbound_typing", Data: web.OutboundFrame(web.TypingEntity("5e1f", "Ann", at))},
		{Name: "outbound_disconnect", Data: web.OutboundFrame(web.DisconnectEntity("5e1f", "Ann", at, false))},
		{Name: "outbound_disconnect_read_only", Data: web.OutboundFrame(web.DisconnectEntity("5e1f", "Ann", at, true))},
		{Name: "health", Data: web.HealthFrame("SGVhbHRoQ2hlY2tNZXNzYWdlSWQ=", "e-1", "ping", "259200", "1791139139")},
		{Name: "upload", Data: web.UploadFrame("t", upload)},
		{Name: "download", Data: web.DownloadFrame("t", upload)},
		{Name: "upload_succeeded", Data: web.UploadSucceeded(uploadID, "https://hub.example/d/1", at)},
		{Name: "upload_failed", Data: web.UploadFailed(uploadID, web.CodeFileContent, "the file is no PNG image", at)},
		{Name: "upload_refused", Data: web.UploadRefused("t", uploadID, web.CodeFileType, "files of this type are not accepted")},
		{Name: "attachment_deleted", Data: web.AttachmentDeleted("t", uploadID)},
		{Name: "error", Data: web.ErrorFrame("m-17", web.CodeMessageTooLong, "message too long")},
		{Name: "error_untraced", Data: web.ErrorFrame("", web.CodeBadRequest, "the frame is not valid JSON")},
		{Name: "read_only", Data: web.ErrorFrame("m", web.CodeReadOnly, web.BodyReadOnly)},
		{Name: "too_many", Data: web.TooManyRequests("m", 2100*time.Millisecond, web.MessageRateTooHigh)},
		{Name: "too_many_soon", Data: web.TooManyRequests("", 0, web.RequestRateTooHigh)},
		{Name: "session_expired", Data: web.SessionExpired()},
		{Name: "session_cleared", Data: web.SessionCleared()},
		{Name: "connection_closed", Data: web.ConnectionClosed("")},
		{Name: "connection_closed_reason", Data: web.ConnectionClosed("signedIn")},
	}
}

// TestFrames compares every frame, byte for byte, with testdata/frames.txtar.
func TestFrames(t *testing.T) {
	path := filepath.Join("testdata", "frames.txtar")
	got := &txtar.Archive{Comment: []byte("Every frame the server sends, byte for byte.\n"), Files: frames()}
	for i := range got.Files {
		got.Files[i].Data = append(got.Files[i].Data, '\n')
	}
	if os.Getenv(channeltest.UpdateEnv) == "1" {
		if err := os.WriteFile(path, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Files) != len(got.Files) {
		t.Fatalf("%d frames, %d in the golden file", len(got.Files), len(want.Files))
	}
	for i, f := range got.Files {
		t.Run(f.Name, func(t *testing.T) {
			if want.Files[i].Name != f.Name || !bytes.Equal(want.Files[i].Data, f.Data) {
				t.Errorf("got\n%swant %s\n%s", f.Data, want.Files[i].Name, want.Files[i].Data)
			}
		})
	}
}

// TestEnvelope holds the rules of the envelope that strict clients need: type,
// class, an integer code and a body in every frame; strings alone in metadata.
func TestEnvelope(t *testing.T) {
	for _, f := range frames() {
		t.Run(f.Name, func(t *testing.T) {
			var frame struct {
				Type, Class string
				Code        *int
				Body        json.RawMessage
			}
			if err := json.Unmarshal(f.Data, &frame); err != nil {
				t.Fatal(err)
			}
			if (frame.Type != "response" && frame.Type != "message") || frame.Class == "" || frame.Code == nil || len(frame.Body) == 0 {
				t.Errorf("incomplete envelope: %s", f.Data)
			}
			if frame.Class != "StructuredMessage" {
				return
			}
			var body struct {
				ID, Type, Direction string
				Metadata            map[string]string
			}
			if err := json.Unmarshal(frame.Body, &body); err != nil || body.ID == "" || body.Type == "" || body.Direction == "" {
				t.Errorf("incomplete message (%v): %s", err, frame.Body)
			}
		})
	}
}

// TestProfile: a deployment's settings shape what its channel can do.
func TestProfile(t *testing.T) {
	tests := map[string]struct {
		settings  map[string]string
		wantBytes int64
		wantTypes []string
		wantTyped bool
	}{
		"defaults": {nil, 10 << 20, []string{"*/*"}, true},
		"limited":  {map[string]string{web.SettingMaxFileBytes: "1024", web.SettingFileTypes: "image/PNG"}, 1024, []string{"image/png"}, true},
		"no files": {map[string]string{web.SettingMaxFileBytes: "0"}, 0, nil, true},
		"nonsense": {map[string]string{web.SettingMaxFileBytes: "-1"}, 10 << 20, []string{"*/*"}, true},
		"silent":   {map[string]string{web.SettingTyping: "off"}, 10 << 20, []string{"*/*"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := web.Connector{}.Profile(channel.Account{Kind: channel.Web, ID: "d", Settings: test.settings}).Capabilities
			if got.MaxFileBytes != test.wantBytes || got.TypingOut != test.wantTyped || len(got.FileTypes) != len(test.wantTypes) {
				t.Errorf("got %+v, want %+v", got, test)
			}
		})
	}
}
