package web_test

import (
	"reflect"
	"testing"

	"parley/backend/channel/web"
)

var plainFrames = []string{
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":"Hello","metadata":{"id":"c-1"}}}`,
	`{"action":"onMessage","token":"t","tracingId":"","message":{"type":"Text","text":"größer <b>&\"quoted\""}}`,
	`{"action":"onMessage","token":"","tracingId":"c-1","message":{"type":"Text","text":"Hello"}}`,
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":""}}`,
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":"Hello","metadata":{"id":"c-1","more":"x"}}}`,
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":"Hello","content":[{"contentType":"Attachment","attachment":{"id":"f-1"}}]}}`,
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":"Hello"},"channel":{"metadata":{"customAttributes":{"plan":"gold"}}}}`,
	`{"action":"onMessage","token":"t","tracingId":"c-1","message":{"type":"Text","text":"Hello"}`,
	"{\"action\":\"onMessage\",\"token\":\"t\",\"tracingId\":\"c-1\",\"message\":{\"type\":\"Text\",\"text\":\"\xff\"}}",
}

// sameSpaced compares how a frame is read with how it is read behind a space,
// which no client writes.
func sameSpaced(t *testing.T, frame []byte) {
	t.Helper()
	got, err := web.ParseRequest(frame)
	want, wantErr := web.ParseRequest(append([]byte(" "), frame...))
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(err, wantErr) {
		t.Errorf("%s is read as %#v, %v; behind a space as %#v, %v", frame, got, err, want, wantErr)
	}
}

func TestPlainTextIsReadAsAnyMessage(t *testing.T) {
	for _, f := range plainFrames {
		sameSpaced(t, []byte(f))
	}
}

func FuzzPlainText(f *testing.F) {
	for _, frame := range plainFrames {
		f.Add([]byte(frame))
	}
	f.Fuzz(sameSpaced)
}

func BenchmarkParseRequest(b *testing.B) {
	frame := []byte(plainFrames[0])
	b.ReportAllocs()
	for b.Loop() {
		if _, err := web.ParseRequest(frame); err != nil {
			b.Fatal(err)
		}
	}
}
