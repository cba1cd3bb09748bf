package open_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/open"
	"parley/backend/id"
	"parley/backend/message"
)

var at = time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)

const (
	messages = "/api/v2/conversations/messages/34a1/inbound/open/message"
	event    = "/api/v2/conversations/messages/34a1/inbound/open/event"
	receipt  = "/api/v2/conversations/messages/34a1/inbound/open/receipt"
	response = "/api/v2/conversations/messages/34a1/inbound/open/structured/response"
	older    = "/api/v2/conversations/messages/inbound/open"
	text     = `{"channel":{"messageId":"wa-8812","time":"2026-11-22T09:00:00.123Z","from":{"id":"cust-77","idType":"Opaque","nickname":"Bo"}},"text":"Is it in stock?"}`
)

func account(settings ...string) channel.Account {
	a := channel.Account{Kind: channel.Open, ID: "34a1", Name: "Shop app", Settings: map[string]string{open.SettingWebhook: "https://mw.example/parley"}}
	for i := 0; i+1 < len(settings); i += 2 {
		a.Settings[settings[i]] = settings[i+1]
	}
	return a
}

func endpoint() channel.Endpoint {
	return channel.Endpoint{Account: account(), Secrets: map[string]string{
		open.SecretClientID: "client", open.SecretClientSecret: "client-secret", open.SecretWebhook: "correct-horse-battery",
	}}
}

// login asks for a token.
func login(client, secret, form string) channel.Request {
	return channel.Request{
		Method: http.MethodPost, Path: open.PathToken, Body: []byte(form),
		Header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(client+":"+secret))}, "Content-Type": {"application/x-www-form-urlencoded"}},
	}
}

const credentials = "grant_type=client_credentials"

// token is one that the endpoint gave at a time.
func token(t *testing.T, when time.Time) string {
	t.Helper()
	reply, err := open.Connector{}.Verify(endpoint(), login("client", "client-secret", credentials), when)
	var body struct {
		Token string `json:"access_token"`
	}
	if err != nil || !reply.Final || json.Unmarshal(reply.Body, &body) != nil || body.Token == "" {
		t.Fatalf("%+v %s, %v", reply, reply.Body, err)
	}
	return body.Token
}

// authorized is a genuine call.
func authorized(t *testing.T, path, body string) channel.Request {
	t.Helper()
	return channel.Request{Method: http.MethodPost, Path: path, Body: []byte(body), Header: http.Header{
		"Authorization": {"Bearer " + token(t, at)}, "Content-Type": {"application/json"},
	}}
}

func sendMessage() channel.SendMessage {
	return channel.SendMessage{
		Message: "0190b7c1000070008000000000000001", To: "cust-77", From: "Ann", At: at,
		Body: message.Body{Text: "Yes, three left.", Attachments: []message.Attachment{
			{ID: "a1", Name: "a.png", MIME: "image/png", Size: 7}, {ID: "a2", Name: "b.pdf", MIME: "application/pdf", Size: 8},
		}},
		FileURL: map[id.Attachment]string{"a1": "https://hub.example/a1", "a2": "https://hub.example/a2"},
	}
}

func with(r channel.Request, change func(*channel.Request)) channel.Request {
	r.Header = r.Header.Clone()
	change(&r)
	return r
}

func TestSuite(t *testing.T) {
	good := authorized(t, messages, text)
	typing := account(open.SettingTypingIn, "Enabled", open.SettingTypingOut, "Enabled")
	tasks := []channel.Task{sendMessage(), channel.FetchMedia{Media: channel.Media{Kind: channel.Image, URL: "https://files.example/a.jpg"}}}
	suite := channeltest.Suite{
		Connector: open.Connector{},
		Account:   account(),
		Golden:    filepath.Join("testdata", "parse"),
		Genuine:   []channeltest.Call{{Name: "message", Endpoint: endpoint(), Request: good}, {Name: "token", Endpoint: endpoint(), Request: login("client", "client-secret", credentials)}},
		Forged: []channeltest.Call{
			{Name: "without a token", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Header.Del("Authorization") })},
			{Name: "with Basic", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Header.Set("Authorization", "Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ=") })},
			{Name: "with a made-up token", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Header.Set("Authorization", "Bearer Y2xpZW50.AAAA") })},
			{Name: "with an expired token", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Header.Set("Authorization", "Bearer "+token(t, at.Add(-24*time.Hour))) })},
			{Name: "of another integration", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Path = strings.Replace(messages, "34a1", "99", 1) })},
			{Name: "at an endpoint without secrets", Endpoint: channel.Endpoint{Account: account()}, Request: good},
			{Name: "token with a wrong secret", Endpoint: endpoint(), Request: login("client", "guess", credentials)},
			{Name: "token of nobody", Endpoint: channel.Endpoint{}, Request: login("", "", credentials)},
		},
		Broken: []channeltest.Call{
			{Name: "no JSON", Endpoint: endpoint(), Request: authorized(t, messages, "{")},
			{Name: "XML", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Header.Set("Content-Type", "text/xml") })},
			{Name: "GET", Endpoint: endpoint(), Request: with(good, func(r *channel.Request) { r.Method = http.MethodGet })},
			{Name: "no such call", Endpoint: endpoint(), Request: authorized(t, "/api/v2/users/me", text)},
			{Name: "another grant", Endpoint: endpoint(), Request: login("client", "client-secret", "grant_type=password")},
		},
		Tasks: tasks,
	}
	channeltest.Run(t, suite)
	suite.Account, suite.Tasks = typing, append(tasks, channel.SendTyping{To: "cust-77", From: "Ann", At: at})
	suite.Golden = filepath.Join("testdata", "typing")
	t.Run("with typing", func(t *testing.T) { channeltest.Run(t, suite) })
}

func TestTokens(t *testing.T) {
	reply, err := open.Connector{}.Verify(endpoint(), login("client", "client-secret", credentials), at)
	var body struct {
		Type string `json:"token_type"`
		In   int    `json:"expires_in"`
	}
	if err != nil || json.Unmarshal(reply.Body, &body) != nil || body.Type != "bearer" || body.In != 86399 || reply.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%+v %s, %v", reply, reply.Body, err)
	}
	good := authorized(t, messages, text)
	for _, c := range []struct {
		name   string
		change func(*channel.Endpoint)
		after  time.Duration
		want   bool
	}{
		{"until it expires", func(*channel.Endpoint) {}, 24*time.Hour - time.Second, true},
		{"not after", func(*channel.Endpoint) {}, 24 * time.Hour, false},
		{"not with a new secret", func(e *channel.Endpoint) { e.Secrets[open.SecretClientSecret] = "new" }, 0, false},
		{"not of another client", func(e *channel.Endpoint) { e.Secrets[open.SecretClientID] = "other" }, 0, false},
	} {
		e := endpoint()
		c.change(&e)
		if _, err := (open.Connector{}).Verify(e, good, at.Add(c.after)); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestAnswersAreThePlatforms compares whole answers: clients read them.
func TestAnswersAreThePlatforms(t *testing.T) {
	const from = `{"id":"cust-77","idType":"Opaque","nickname":"Bo"}`
	for _, c := range []struct {
		name, path, body string
		status           int
		want             string // of the answer; … stands for an ID
	}{
		{"message", messages, text, 202, `{"id":"…","channel":{"id":"34a1","platform":"Open","type":"Private","to":{"id":"34a1"},"from":` + from + `,"time":"2026-11-22T09:00:00.123Z","messageId":"wa-8812"},"type":"Text","text":"Is it in stock?","content":[]}`},
		{"event", event, `{"channel":{"from":` + from + `,"time":"2026-11-22T09:00:02.000Z"},"events":[{"eventType":"Typing","typing":{"type":"On","duration":5000}}]}`, 202, `{"id":"…","channel":{"id":"34a1","platform":"Open","type":"Private","to":{"id":"34a1"},"from":` + from + `,"time":"2026-11-22T09:00:02.000Z"},"type":"Event","events":[{"eventType":"Typing","typing":{"type":"On","duration":5000}}]}`},
		{"receipt", receipt, `{"id":"d7d58935af65a45e5234ac77de017a0a","channel":{"to":{"id":"cust-77","idType":"Opaque"},"time":"2026-11-22T09:00:09.000Z"},"status":"Failed","reasons":[{"code":"GeneralError","message":"m"}],"isFinalReceipt":true}`, 202, `{"id":"…","channel":{"id":"34a1","platform":"Open","type":"Private","to":{"id":"cust-77","idType":"Opaque"},"time":"2026-11-22T09:00:09.000Z"},"type":"Receipt","status":"Failed","reasons":[{"code":"GeneralError","message":"m"}],"isFinalReceipt":true,"direction":"Outbound"}`},
		{"response", response, `{"channel":{"messageId":"wa-8813","time":"2026-11-22T09:01:00.000Z","from":` + from + `},"buttonResponse":{"type":"QuickReply","text":"Yes","payload":"YES"}}`, 202, `{"id":"…","channel":{"id":"34a1","platform":"Open","type":"Private","to":{"id":"34a1"},"from":` + from + `,"time":"2026-11-22T09:01:00.000Z","messageId":"wa-8813"},"type":"Structured","content":[{"buttonResponse":{"type":"QuickReply","text":"Yes","payload":"YES"},"contentType":"ButtonResponse"}],"direction":"Inbound"}`},
		{"what is wrong", messages, `{"channel":{"from":{"id":"1","idType":"Face"}},"text":"x"}`, 400, `{"code":"invalid.value","details":[],"errors":[],"message":"Value [Face] is not valid for field [channel.from.idType]. Allowable values are: Email, Phone, Opaque","messageParams":{},"status":400}`},
		{"no such integration", strings.Replace(messages, "34a1", "99", 1), text, 404, `{"code":"not.found","details":[],"errors":[],"message":"no integration of this client has this ID","messageParams":{},"status":404}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply, _ := open.Connector{}.Verify(endpoint(), authorized(t, c.path, c.body), at)
			var got map[string]any
			if err := json.Unmarshal(reply.Body, &got); err != nil {
				t.Fatal(err)
			}
			want := c.want
			if name, is := got["id"].(string); is {
				if len(name) != 32 {
					t.Errorf("the ID %q has not 32 digits", name)
				}
				want = strings.Replace(want, "…", name, 1)
			}
			if reply.Status != c.status || string(reply.Body) != want || reply.Header.Get("Content-Type") != "application/json" {
				t.Errorf("HTTP %d\n got %s\nwant %s", reply.Status, reply.Body, want)
			}
		})
	}
}

func TestARepeatIsAnsweredLikeTheFirst(t *testing.T) {
	answer := func(path, body string) string {
		reply, err := open.Connector{}.Verify(endpoint(), authorized(t, path, body), at)
		if err != nil {
			t.Fatal(err)
		}
		return string(reply.Body)
	}
	first := answer(messages, text)
	if again := answer(messages, text); again != first {
		t.Errorf("%s\n%s", first, again)
	}
	if other := answer(messages, strings.Replace(text, "8812", "8813", 1)); other[:40] == first[:40] {
		t.Errorf("another message has the ID of the first: %s", other)
	}
	if viaOlder := answer(older, strings.Replace(text, `{"channel":{`, `{"type":"Text","channel":{"to":{"id":"34a1"},`, 1)); viaOlder[:40] != first[:40] {
		t.Errorf("the older call gives another ID: %s", viaOlder)
	}
}

func TestTheConversationIsToldToWhoAsks(t *testing.T) {
	r := authorized(t, messages, text)
	if open.Prefetch(r) {
		t.Error("nobody asked")
	}
	r.Query = url.Values{"prefetchConversationId": {"true"}}
	if !open.Prefetch(r) {
		t.Error("not seen")
	}
	reply, err := open.Connector{}.Verify(endpoint(), r, at)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		ID, ConversationID string
	}
	if err := json.Unmarshal(open.WithConversation(reply, "5d0d331e").Body, &body); err != nil || body.ConversationID != "5d0d331e" || len(body.ID) != 32 {
		t.Errorf("%+v, %v", body, err)
	}
}

func TestIfYourAdministratorDisablesInboundTypingIndicatorsYouDoNotSeeTypingIndicatorsWhenAnEndCustomerIsTyping(t *testing.T) {
	const body = `{"channel":{"from":{"id":"cust-77","idType":"Opaque"},"time":"2026-11-22T09:00:02.000Z"},"events":[{"eventType":"Typing","typing":{"type":"On","duration":5000}}]}`
	for switched, want := range map[string]int{"Disabled": 0, "": 0, "Enabled": 1} {
		a := account(open.SettingTypingIn, switched)
		batch, err := open.Connector{}.Parse(channel.Accounts{a.ID: a}, channel.Request{Path: event, Body: []byte(body)})
		if err != nil || len(batch.Events) != want || len(batch.Skipped) != 1-want {
			t.Errorf("%q: %+v, %v", switched, batch, err)
		}
		if got := (open.Connector{}).Profile(a).Capabilities.TypingIn; got != (want == 1) {
			t.Errorf("%q: the profile says %t", switched, got)
		}
	}
	// Events of an integration that is not configured are not shown either.
	if batch, err := (open.Connector{}).Parse(nil, channel.Request{Path: event, Body: []byte(body)}); err != nil || len(batch.Events) != 0 {
		t.Errorf("%+v, %v", batch, err)
	}
}

func TestProfileFollowsTheSettings(t *testing.T) {
	got := open.Connector{}.Profile(account(open.SettingMaxFileBytes, "1000", open.SettingFileTypes, "Image/*, application/pdf")).Capabilities
	if got.MaxFileBytes != 1000 || !reflect.DeepEqual(got.FileTypes, []string{"image/*", "application/pdf"}) {
		t.Errorf("%+v", got)
	}
	if none := (open.Connector{}).Profile(account(open.SettingMaxFileBytes, "0")).Capabilities; none.FileTypes != nil {
		t.Errorf("%+v", none)
	}
}
