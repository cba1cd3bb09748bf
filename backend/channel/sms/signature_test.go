package sms_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/sms"
)

// signature is one entry of testdata/signatures.json. A test of the frontend's
// makes each with Twilio's own library, so that the two agree both ways.
type signature struct {
	Name      string `json:"name"`
	Token     string `json:"token"`
	URL       string `json:"url"`
	Body      string `json:"body"`
	Signature string `json:"signature"`
}

const signatures = "testdata/signatures.json"

func TestSignaturesAreTwilios(t *testing.T) {
	data, err := os.ReadFile(signatures)
	if err != nil {
		t.Fatal(err)
	}
	var list []signature
	if err := json.Unmarshal(data, &list); err != nil || len(list) < 10 {
		t.Fatalf("%d vectors, %v", len(list), err)
	}
	for i, v := range list {
		fields, err := url.ParseQuery(v.Body)
		if err != nil {
			t.Fatal(err)
		}
		got := sms.Sign(v.Token, v.URL, fields)
		if os.Getenv(channeltest.UpdateEnv) == "1" {
			list[i].Signature = got
			continue
		}
		t.Run(v.Name, func(t *testing.T) {
			if got != v.Signature {
				t.Errorf("got %s, want %s", got, v.Signature)
			}
			verified(t, v, "", nil)
			verified(t, v, "tampered body", func(r *channel.Request) { r.Body = append(r.Body, "&x=1"...) })
			verified(t, v, "no signature", func(r *channel.Request) { r.Header.Del(sms.HeaderSignature) })
			verified(t, v, "other signature", func(r *channel.Request) { r.Header.Set(sms.HeaderSignature, "0/KCTR6DLpKmkAf8muzZqo1nDgR=") })
		})
	}
	if os.Getenv(channeltest.UpdateEnv) == "1" {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(list); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(signatures, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// verified hands a vector to Verify, changed or not.
func verified(t *testing.T, v signature, changed string, change func(*channel.Request)) {
	t.Helper()
	e := channel.Endpoint{URL: v.URL, Secrets: map[string]string{sms.SecretAuthToken: v.Token}}
	r := request(v.Body)
	r.Header.Set(sms.HeaderSignature, v.Signature)
	if change != nil {
		change(&r)
	}
	reply, err := sms.Connector{}.Verify(e, r, time.Time{})
	if (err == nil) != (change == nil) || (reply.Status == http.StatusOK) != (change == nil) {
		t.Errorf("%s: HTTP %d, %v", changed, reply.Status, err)
	}
}

// request is a webhook without a signature.
func request(body string) channel.Request {
	return channel.Request{
		Method: http.MethodPost, Body: []byte(body),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}},
	}
}

func TestVerifyKnowsTheAddressInEachOfTwiliosForms(t *testing.T) {
	const token, body = "12345", "MessageSid=SM1&Body=x"
	fields, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, configured, signed string
		query                    url.Values
		want                     bool
	}{
		{"with the scheme's port", "https://hub.example/sms", "https://hub.example:443/sms", nil, true},
		{"without it", "https://hub.example:443/sms", "https://hub.example/sms", nil, true},
		{"plain HTTP", "http://hub.example/sms", "http://hub.example:80/sms", nil, true},
		{"IPv6", "https://[2001:db8::1]/sms", "https://[2001:db8::1]:443/sms", nil, true},
		{"connection settings in the fragment", "https://hub.example/sms#rc=3&rp=all", "https://hub.example/sms", nil, true},
		{"no path", "https://hub.example?x=1", "https://hub.example:443?x=1", nil, true},
		{"callback", "https://hub.example/sms", "https://hub.example/sms?message=0190", url.Values{"message": {"0190"}}, true},
		{"callback beside a query", "https://hub.example/sms?x=1", "https://hub.example/sms?x=1&message=0190", url.Values{"message": {"0190"}, "x": {"1"}}, true},
		{"callback for another message", "https://hub.example/sms", "https://hub.example/sms?message=0190", url.Values{"message": {"0191"}}, false},
		{"another port", "https://hub.example:8443/sms", "https://hub.example:9443/sms", nil, false},
		{"another path", "https://hub.example/sms", "https://hub.example/voice", nil, false},
		{"another scheme", "https://hub.example/sms", "http://hub.example/sms", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(body)
			r.Query = c.query
			r.Header.Set(sms.HeaderSignature, sms.Sign(token, c.signed, fields))
			e := channel.Endpoint{URL: c.configured, Secrets: map[string]string{sms.SecretAuthToken: token}}
			if _, err := (sms.Connector{}).Verify(e, r, time.Time{}); (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAnEndpointWithoutATokenTrustsNobody: an empty key would be one that
// everybody knows.
func TestAnEndpointWithoutATokenTrustsNobody(t *testing.T) {
	r := request("MessageSid=SM1")
	r.Header.Set(sms.HeaderSignature, sms.Sign("", "https://hub.example/sms", url.Values{"MessageSid": {"SM1"}}))
	_, err := sms.Connector{}.Verify(channel.Endpoint{URL: "https://hub.example/sms"}, r, time.Time{})
	if err == nil || !strings.Contains(err.Error(), "no auth token") {
		t.Errorf("got %v", err)
	}
}
