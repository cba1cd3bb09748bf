package channel_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/message"
)

// TestWhatPeopleWroteStaysOutOfLogs: every value of the port that holds content,
// a name or a secret address redacts itself.
func TestWhatPeopleWroteStaysOutOfLogs(t *testing.T) {
	body := message.Body{Text: "private words", Links: []message.Link{{URL: "https://private.example"}}}
	media := channel.Media{Kind: channel.Image, URL: "https://cdn.example/private", Name: "private.png"}
	person := channel.Person{Name: "private", Handle: "private"}
	send := channel.SendMessage{Message: "m-1", Body: body, To: "private"}
	call := channel.Call{Method: "POST", URL: "https://graph.example/private?sig=private", Body: []byte("private"), Header: http.Header{"X": {"private"}}}
	receipt := channel.Receipt{State: message.Failed, Reason: "private", Code: "10", Person: &person}
	for name, v := range map[string]any{
		"received":  channel.MessageReceived{Account: "a", PlatformID: "p", Body: body, Media: []channel.Media{media}, EphemeralURL: "https://cdn.example/private"},
		"edited":    channel.MessageEdited{Account: "a", PlatformID: "p", Body: body},
		"echoed":    channel.Echoed{Account: "a", PlatformID: "p", Body: body, Media: []channel.Media{media}},
		"described": channel.ContactDescribed{Account: "a", From: "private", Person: person},
		"media":     media,
		"person":    person,
		"send":      send,
		"reconcile": channel.Reconcile{Sent: send},
		"call":      call,
		"step":      channel.Step{Call: &call},
		"done":      channel.Step{Done: &receipt},
		"push":      channel.Step{Push: []byte("private")},
		"exchange":  channel.Exchange{Step: channel.Step{Call: &call}, Status: 200, Body: []byte("private")},
		"receipt":   receipt,
	} {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", v)
		if strings.Contains(out.String(), "private") {
			t.Errorf("%s: logged %s", name, out.String())
		}
	}
}
