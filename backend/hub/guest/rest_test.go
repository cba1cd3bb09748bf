package guest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"parley/backend/message"
)

const historyPath = "/api/v2/webmessaging/messages"

// TestHistoryPages: newest first, with the counters that clients count on, and
// the same entities as were seen live.
func TestHistoryPages(t *testing.T) {
	p := start(t, unlimited)
	c := p.join(newToken())
	conv := c.open("message 0")
	var live []string
	for i := 1; i < 60; i++ {
		if i%2 == 0 {
			c.say("", fmt.Sprint("message ", i))
		} else {
			p.say(conv, message.Body{Text: fmt.Sprint("message ", i)})
		}
		e := c.next("StructuredMessage").entity(t)
		live = append(live, e.ID+e.Channel.Time+e.Text)
	}
	next := 59
	for number := 1; number <= 4; number++ {
		h := c.history(fmt.Sprintf("?pageNumber=%d&pageSize=25", number))
		if h.Total != 60 || h.PageCount != 3 || h.PageSize != 25 || h.PageNumber != number {
			t.Errorf("page %d: %d of %d, %d a page", h.PageNumber, h.PageCount, h.Total, h.PageSize)
		}
		for _, e := range h.Entities {
			if e.Text != fmt.Sprint("message ", next) || (next > 0 && live[next-1] != e.ID+e.Channel.Time+e.Text) {
				t.Fatalf("got %+v, want message %d", e, next)
			}
			next--
		}
	}
	if next != -1 {
		t.Errorf("%d messages are missing", next+1)
	}
}

// TestHistoryAccess: tokens that are wrong, expired or of another hub; origins;
// paging that makes no sense; the rate.
func TestHistoryAccess(t *testing.T) {
	p := start(t, nil)
	c := p.join(newToken())
	jwt := c.jwt()
	get := func(header map[string]string, query string) (int, http.Header, map[string]any) {
		res, b := p.request(http.MethodGet, p.server.URL+historyPath+query, header, nil)
		var body map[string]any
		if err := json.Unmarshal(b, &body); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		return res.StatusCode, res.Header, body
	}
	if status, header, body := get(map[string]string{"Authorization": "Bearer " + jwt, "Origin": "https://shop.example"}, ""); status != 200 ||
		header.Get("Access-Control-Allow-Origin") != "https://shop.example" || body["total"] != 0.0 || len(body["entities"].([]any)) != 0 {
		t.Errorf("%d %v %v", status, header, body)
	}
	for name, test := range map[string]struct {
		header map[string]string
		query  string
		status int
	}{
		"none":       {nil, "", 401},
		"nonsense":   {map[string]string{"Authorization": "bearer x"}, "", 401},
		"scheme":     {map[string]string{"Authorization": "Basic " + jwt}, "", 401},
		"changed":    {map[string]string{"Authorization": "bearer " + jwt + "x"}, "", 401},
		"guest":      {map[string]string{"Authorization": "bearer " + c.token}, "", 401},
		"origin":     {map[string]string{"Authorization": "bearer " + jwt, "Origin": "https://evil.example"}, "", 403},
		"page zero":  {map[string]string{"Authorization": "bearer " + jwt}, "?pageNumber=0", 400},
		"page words": {map[string]string{"Authorization": "bearer " + jwt}, "?pageSize=all", 400},
	} {
		status, _, body := get(test.header, test.query)
		if status != test.status || body["status"] != float64(test.status) || body["code"] == "" || body["message"] == "" {
			t.Errorf("%s: %d %v, want %d", name, status, body, test.status)
		}
	}
	res, _ := p.request(http.MethodOptions, p.server.URL+historyPath, map[string]string{"Origin": "https://shop.example"}, nil)
	if res.StatusCode != 204 || res.Header.Get("Access-Control-Allow-Headers") != "Authorization" {
		t.Errorf("preflight: %d %v", res.StatusCode, res.Header)
	}
	p.stopClock()
	limited := 0
	for range 12 {
		status, header, _ := get(map[string]string{"Authorization": "bearer " + jwt}, "")
		if status == 429 && header.Get("Retry-After") != "" {
			limited++
		}
	}
	if limited < 2 {
		t.Errorf("%d of 12 calls were limited, want those beyond 10 a minute", limited)
	}
	p.stopClockAfter(16 * time.Minute)
	if status, _, _ := get(map[string]string{"Authorization": "bearer " + jwt}, ""); status != 401 {
		t.Errorf("an expired token gets %d", status)
	}
}

// TestDeploymentDocuments: config.json holds all that strict clients need, and
// anybody may read it.
func TestDeploymentDocuments(t *testing.T) {
	p := start(t, nil)
	base := p.server.URL + "/webdeployments/v1/deployments/" + deployment
	res, b := p.request(http.MethodGet, base+"/config.json", map[string]string{"Origin": "https://any.example"}, nil)
	var c struct {
		ID, Version, DefaultLanguage, APIEndpoint, Status *string
		Languages                                         []string
		Messenger                                         struct {
			Enabled *bool
			Apps    struct {
				Conversations struct {
					MessagingEndpoint       string
					ShowUserTypingIndicator bool
					ConversationDisconnect  struct {
						Enabled bool
						Type    string
					}
					ConversationClear struct{ Enabled bool }
				}
			}
			Styles         struct{ PrimaryColor string }
			LauncherButton struct{ Visibility string }
			FileUpload     *struct{ EnableAttachments bool }
		}
		JourneyEvents, Auth struct{ Enabled *bool }
	}
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	m := c.Messenger
	if res.Header.Get("Access-Control-Allow-Origin") != "*" || *c.ID != deployment || c.Version == nil || c.DefaultLanguage == nil ||
		*c.APIEndpoint != p.server.URL || *c.Status != "Active" || len(c.Languages) != 1 || m.Enabled == nil ||
		m.Apps.Conversations.MessagingEndpoint != "ws"+p.server.URL[4:] || m.Apps.Conversations.ConversationDisconnect.Type != "Send" ||
		m.Styles.PrimaryColor == "" || m.LauncherButton.Visibility != "On" || !m.FileUpload.EnableAttachments ||
		c.JourneyEvents.Enabled == nil || c.Auth.Enabled == nil {
		t.Errorf("%v %s", res.Header, b)
	}
	if _, b := p.request(http.MethodGet, base+"/domains.json", nil, nil); string(b) != `{"allowAllDomains":false,"allowedDomains":["shop.example"]}`+"\n" {
		t.Errorf("domains are %s", b)
	}
	if res, _ := p.request(http.MethodGet, p.server.URL+"/webdeployments/v1/deployments/nobody/config.json", nil, nil); res.StatusCode != 404 {
		t.Errorf("an unknown deployment gets %d", res.StatusCode)
	}
}
