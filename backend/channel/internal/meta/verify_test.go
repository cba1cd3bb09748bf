package meta_test

import (
	"net/http"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/channel/internal/meta/metatest"
)

func TestSignatureVector(t *testing.T) {
	if got := meta.Sign(metatest.Secret, metatest.Body); got != metatest.Signature {
		t.Errorf("got %s, want %s", got, metatest.Signature)
	}
}

func TestTheChallengeIsAnsweredWithTheBareValue(t *testing.T) {
	reply, err := meta.Verify(metatest.Endpoint(), metatest.Challenge("subscribe", metatest.Token, "1158201444"))
	if err != nil || reply.Status != http.StatusOK || string(reply.Body) != "1158201444" || !reply.Final {
		t.Errorf("got %+v, %v", reply, err)
	}
}

func TestAWebhookIsAnsweredAfterItWasTakenOn(t *testing.T) {
	reply, err := meta.Verify(metatest.Endpoint(), metatest.Post(metatest.Signature, metatest.Body))
	if err != nil || reply.Status != http.StatusOK || reply.Final || len(reply.Body) > 0 {
		t.Errorf("got %+v, %v", reply, err)
	}
}

func TestARefusedRequestIsToldWhy(t *testing.T) {
	large := metatest.Post(metatest.Signature, metatest.Body)
	large.Body = make([]byte, meta.MaxBody+1)
	for name, tt := range map[string]struct {
		request channel.Request
		want    int
	}{
		"unsigned":     {metatest.Post("", "{}"), http.StatusForbidden},
		"badly signed": {metatest.Post("sha256=1", "{}"), http.StatusBadRequest},
		"wrong token":  {metatest.Challenge("subscribe", "x", "1"), http.StatusForbidden},
		"wrong method": {channel.Request{Method: http.MethodDelete}, http.StatusMethodNotAllowed},
		"too large":    {large, http.StatusRequestEntityTooLarge},
	} {
		reply, err := meta.Verify(metatest.Endpoint(), tt.request)
		if err == nil || reply.Status != tt.want || reply.Final {
			t.Errorf("%s: status %d, %v, want %d", name, reply.Status, err, tt.want)
		}
	}
}

// FuzzVerify: whatever comes, only the right signature and the right token are
// accepted.
func FuzzVerify(f *testing.F) {
	f.Add(metatest.Signature, metatest.Body, metatest.Token, "1")
	f.Add("sha256=", "", "", "")
	f.Fuzz(func(t *testing.T, signature, body, token, word string) {
		if _, err := meta.Verify(metatest.Endpoint(), metatest.Post(signature, body)); err == nil && meta.Sign(metatest.Secret, body) != lower(signature) {
			t.Errorf("%q was accepted for %q", signature, body)
		}
		reply, err := meta.Verify(metatest.Endpoint(), metatest.Challenge("subscribe", token, word))
		if err == nil && (token != metatest.Token || string(reply.Body) != word) {
			t.Errorf("token %q was accepted, answered with %q", token, reply.Body)
		}
	})
}

// lower makes hexadecimal digits comparable.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'F' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
