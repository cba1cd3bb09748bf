package hub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/backend/channel/sms"
	"parley/backend/channel/x"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/id"
	"parley/backend/message"
	"parley/backend/protocol"
)

// kind is how a test speaks a channel.
type kind struct {
	name string
	say  func(h *running, from, platformID, text string) (int, []byte)
	// sends is in the path of the call that sends a message; answered is its
	// answer, which names the message OUT.
	sends, answered string
	signed          func(*testing.T, called)
	report          func(h *running, to, platformID string, m id.Message) (int, []byte)
	reports         message.Delivery
}

func ms() int64 { return time.Now().UnixMilli() }

func pageSay(object, account string) func(*running, string, string, string) (int, []byte) {
	return func(h *running, from, mid, text string) (int, []byte) {
		return h.webhook(map[string]string{"page": "messenger", "instagram": "instagram"}[object], fmt.Sprintf(`{"object":%q,"entry":[{"id":%q,"time":%d,"messaging":[
			{"sender":{"id":%q},"recipient":{"id":%q},"timestamp":%d,"message":{"mid":%q,"text":%q}}]}]}`, object, account, ms(), from, account, ms(), mid, text))
	}
}

func bearer(t *testing.T, c called) {
	if got := c.header.Get("Authorization"); got != "Bearer "+accessToken {
		t.Errorf("signed with %q", got)
	}
}

func (h *running) xHook(body string) (int, []byte) {
	return h.call(http.MethodPost, "/webhooks/x/support", "", []byte(body), func(r *http.Request) { r.Header.Set(x.HeaderSignature, x.Sign(appSecret, []byte(body))) })
}

func (h *running) smsHook(query string, fields url.Values) (int, []byte) {
	path := "/webhooks/sms/support" + query
	return h.call(http.MethodPost, path, "", []byte(fields.Encode()), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(sms.HeaderSignature, sms.Sign(appSecret, h.url+path, fields))
	})
}

func (h *running) openToken() string {
	h.t.Helper()
	status, body := h.call(http.MethodPost, "/oauth/token", "", []byte("grant_type=client_credentials"), func(r *http.Request) { r.SetBasicAuth("client-1", appSecret) })
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK {
		h.t.Fatalf("no token: %d %s", status, body)
	}
	return got.Token
}

func (h *running) openSay(call string, body any) (int, []byte) {
	h.t.Helper()
	return h.call(http.MethodPost, "/api/v2/conversations/messages/34a1/inbound/open/"+call, h.openToken(), body, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
}

func customer77(from string) map[string]any {
	return map[string]any{"id": from, "idType": "Opaque", "nickname": "Bo"}
}

func kinds() []kind {
	now := func() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }
	return []kind{
		{
			name: "whatsapp", sends: "/v23.0/1065/messages", answered: `{"messages":[{"id":"OUT"}]}`, signed: bearer, reports: message.Delivered,
			say: func(h *running, from, pid, text string) (int, []byte) {
				return h.webhook("whatsapp", waText(pid, from, text))
			},
			report: func(h *running, to, pid string, m id.Message) (int, []byte) {
				return h.webhook("whatsapp", waStatus(pid, "delivered", to, m))
			},
		},
		{
			name: "messenger", sends: "/v25.0/1100/messages", answered: `{"recipient_id":"1","message_id":"OUT"}`, signed: bearer, reports: message.Delivered,
			say: pageSay("page", "1100"),
			report: func(h *running, to, pid string, _ id.Message) (int, []byte) {
				return h.webhook("messenger", fmt.Sprintf(`{"object":"page","entry":[{"id":"1100","time":%d,"messaging":[
					{"sender":{"id":%q},"recipient":{"id":"1100"},"timestamp":%d,"delivery":{"mids":[%q],"watermark":%d}}]}]}`, ms(), to, ms(), pid, ms()))
			},
		},
		{
			name: "instagram", sends: "/v25.0/me/messages", answered: `{"recipient_id":"1","message_id":"OUT"}`, signed: bearer, reports: message.Read,
			say: pageSay("instagram", "1784"),
			report: func(h *running, to, pid string, _ id.Message) (int, []byte) {
				return h.webhook("instagram", fmt.Sprintf(`{"object":"instagram","entry":[{"id":"1784","time":%d,"messaging":[
					{"sender":{"id":%q},"recipient":{"id":"1784"},"timestamp":%d,"read":{"mid":%q}}]}]}`, ms(), to, ms(), pid))
			},
		},
		{
			name: "x", sends: "/2/dm_conversations/with/", answered: `{"data":{"dm_conversation_id":"1-2","dm_event_id":"OUT"}}`, reports: message.Read,
			signed: func(t *testing.T, c called) {
				if got := c.header.Get("Authorization"); !strings.HasPrefix(got, "OAuth ") || !strings.Contains(got, "oauth_signature=") {
					t.Errorf("signed with %q", got)
				}
			},
			say: func(h *running, from, pid, text string) (int, []byte) {
				return h.xHook(fmt.Sprintf(`{"for_user_id":"1500","direct_message_events":[{"type":"message_create","id":%q,"created_timestamp":"%d","message_create":
					{"target":{"recipient_id":"1500"},"sender_id":%q,"message_data":{"text":%q,"entities":{}}}}],"users":{%q:{"id":%q,"name":"Bo","screen_name":"bo"}}}`, pid, ms(), from, text, from, from))
			},
			report: func(h *running, to, pid string, _ id.Message) (int, []byte) {
				return h.xHook(fmt.Sprintf(`{"for_user_id":"1500","direct_message_mark_read_events":[{"created_timestamp":"%d","sender_id":%q,"target":{"recipient_id":"1500"},"last_read_event_id":%q}]}`, ms(), to, pid))
			},
		},
		{
			name: "sms", sends: "/2010-04-01/Accounts/AC1/Messages.json", answered: `{"sid":"OUT","status":"queued"}`, reports: message.Delivered,
			signed: func(t *testing.T, c called) {
				r := http.Request{Header: c.header}
				if user, password, ok := r.BasicAuth(); !ok || user != accessToken || password != accessToken {
					t.Errorf("signed with %q", c.header.Get("Authorization"))
				}
			},
			say: func(h *running, from, pid, text string) (int, []byte) {
				return h.smsHook("", url.Values{"MessageSid": {pid}, "From": {from}, "To": {"+35621000000"}, "Body": {text}, "NumMedia": {"0"}})
			},
			report: func(h *running, to, pid string, m id.Message) (int, []byte) {
				return h.smsHook("?message="+string(m), url.Values{"MessageSid": {pid}, "From": {"+35621000000"}, "To": {to}, "MessageStatus": {"delivered"}})
			},
		},
		{
			name: "open", sends: "/open/webhook", answered: `{}`, reports: message.Delivered,
			signed: func(t *testing.T, c called) {
				if got := c.header.Get("X-Hub-Signature-256"); !strings.HasPrefix(got, "sha256=") {
					t.Errorf("signed with %q", got)
				}
			},
			say: func(h *running, from, pid, text string) (int, []byte) {
				return h.openSay("message", map[string]any{"channel": map[string]any{"messageId": pid, "time": now(), "from": customer77(from)}, "text": text})
			},
			report: func(h *running, to, _ string, m id.Message) (int, []byte) {
				return h.openSay("receipt", map[string]any{"id": string(m), "channel": map[string]any{"to": customer77(to), "time": now()}, "status": "Delivered"})
			},
		},
	}
}

// Every channel of the text, in its real wire format: a customer writes, an agent
// answers, the platform gets the call and reports.
func TestYouAndYourContactsCanSeeTheTextThatEachOtherEnters(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			h, p := newChannels(t, func(w http.ResponseWriter, c called) {
				if c.method == http.MethodPost {
					reply(w, strings.ReplaceAll(k.answered, "OUT", "out-1"))
					return
				}
				reply(w, `{}`)
			})
			h.start()
			ann := h.desk("ann")
			ann.onQueue()
			from := "+35699000001"
			if k.name != "sms" {
				from = "35699000001"
			}
			for range 2 { // the platform repeats itself
				if status, body := k.say(h, from, "in-1", "Where is my parcel?"); status/100 != 2 {
					t.Fatalf("the webhook is answered with %d %s", status, body)
				}
			}
			conv, leg := ann.answered()
			if got := ann.texts(conv); len(got) != 1 || got[0] != "Where is my parcel?" {
				t.Errorf("ann sees %q", got)
			}
			m := ann.sent(conv, "It left us today")
			c := p.next(t, k.sends)
			k.signed(t, c)
			if body, _ := url.QueryUnescape(string(c.body)); !strings.Contains(body, "It left us today") || !strings.Contains(c.path+body, from) {
				t.Errorf("%s got %s %s", k.name, c.path, body)
			}
			ann.delivery(conv, m, message.Sent)
			if status, body := k.report(h, from, "out-1", m); status/100 != 2 {
				t.Fatalf("the report is answered with %d %s", status, body)
			}
			ann.delivery(conv, m, k.reports)

			// What comes after the end begins another conversation.
			ann.must(protocol.Command{Disconnect: &leg})
			if status, body := k.say(h, from, "in-2", "One more thing"); status/100 != 2 {
				t.Fatalf("the webhook is answered with %d %s", status, body)
			}
			ann.until("another conversation", func() bool {
				for c, s := range ann.convs {
					if c != conv && s.Phase == conversation.Alerting {
						return s.Contact == ann.convs[conv].Contact
					}
				}
				return false
			})
			if log := h.words.String(); strings.Contains(log, "parcel") || strings.Contains(log, accessToken) || strings.Contains(log, from) {
				t.Errorf("the log tells too much:\n%s", log)
			}
		})
	}
}

// If you send a sixth reply, you receive a message that indicates a delivery
// failure.
func TestASixthReplyOnXIsADeliveryFailure(t *testing.T) {
	n := 0
	h, p := newChannels(t, func(w http.ResponseWriter, c called) {
		n++
		reply(w, fmt.Sprintf(`{"data":{"dm_event_id":"out-%d"}}`, n))
	})
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	x := kinds()[3]
	x.say(h, "7700", "in-1", "Hello?")
	conv, _ := ann.answered()
	for i := range 5 {
		ann.sent(conv, fmt.Sprint("reply ", i))
		p.next(t, x.sends)
	}
	if problem := ann.say(conv, "one too many"); problem == nil || problem.Code != "policy" || !strings.Contains(problem.Message, "at most 5 replies") {
		t.Errorf("the sixth reply: %+v", problem)
	}
	x.say(h, "7700", "in-2", "Thanks")
	ann.until("the question", func() bool { return len(ann.order[conv]) == 7 })
	ann.sent(conv, "You are welcome")
	p.next(t, x.sends)
}

// After 24 hours, you must use a template message to respond to the interaction.
func TestAfter24HoursWhatsAppTakesATemplateOnly(t *testing.T) {
	h, _ := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{"messages":[{"id":"out-1"}]}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", waText("in-1", "35699000001", "Hello?"))
	conv, _ := ann.answered()
	h.ahead.Add(int64(25 * time.Hour))
	if problem := ann.say(conv, "too late"); problem == nil || problem.Code != "policy" || !strings.Contains(problem.Message, "template") {
		t.Errorf("after 25 hours: %+v", problem)
	}
}

// The Instagram mobile and web apps allow Instagram users to unsend direct
// messages.
func TestUnsentMessagesAreDeleted(t *testing.T) {
	h, _ := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	ig := kinds()[2]
	unsend := func(mid string) {
		h.took("instagram", fmt.Sprintf(`{"object":"instagram","entry":[{"id":"1784","time":%d,"messaging":[
			{"sender":{"id":"6600"},"recipient":{"id":"1784"},"timestamp":%d,"message":{"mid":%q,"is_deleted":true}}]}]}`, ms(), ms(), mid))
	}
	unsend("early")
	ig.say(h, "6600", "early", "never mind this")
	ig.say(h, "6600", "in-1", "my number is 4242")
	conv, _ := ann.answered()
	if got := ann.texts(conv); len(got) != 1 || got[0] != "my number is 4242" {
		t.Fatalf("ann sees %q", got)
	}
	unsend("in-1")
	ann.until("the marker", func() bool { return len(ann.unsent[conv]) == 1 })
	bob := newDesk(t, "ann", h.signIn("ann", "another"))
	for deadline := time.Now().Add(patience); ; {
		bob.connect(h.url)
		if _, there := bob.bodies[ann.unsent[conv][0]]; !there {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a desk that comes later still gets what was taken back")
		}
		bob = newDesk(t, "ann", bob.token)
	}
}

// A contact who opts out gets nothing more until they opt in again.
func TestOptOutStopsMessages(t *testing.T) {
	h, p := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{"sid":"out-1","status":"queued"}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	text := kinds()[4]
	text.say(h, "+35699000001", "in-1", "STOP")
	conv, leg := ann.answered()
	if problem := ann.say(conv, "a word"); problem == nil || problem.Code != "policy" {
		t.Errorf("after STOP: %+v", problem)
	}
	ann.must(protocol.Command{Disconnect: &leg})
	text.say(h, "+35699000001", "in-2", "Hello again") // still opted out, in another conversation
	var next id.Conversation
	ann.until("another conversation", func() bool {
		for c, s := range ann.convs {
			if c != conv && s.Phase == conversation.Alerting {
				next = c
			}
		}
		return next != ""
	})
	if !ann.convs[next].OptedOut {
		t.Error("the next conversation does not know of it")
	}
	text.say(h, "+35699000001", "in-3", "START")
	second := ann.leg(next)
	ann.must(protocol.Command{Accept: &second})
	ann.until("the consent", func() bool { return !ann.convs[next].OptedOut })
	ann.sent(next, "Welcome back")
	p.next(t, text.sends)
}

// A survey that is asked after the end is answered where it was asked, and begins
// no other conversation.
func TestASurveyIsAnsweredOnItsChannel(t *testing.T) {
	h, p := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{"messages":[{"id":"out-1"}]}`) })
	q := &h.config.Queues[0]
	q.Survey = &org.Survey{Question: "How was it, from 1 to 5?", Scale: 5}
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	h.took("whatsapp", waText("in-1", "35699000001", "Hello?"))
	conv, leg := ann.answered()
	ann.must(protocol.Command{Disconnect: &leg})
	if c := p.next(t, "/messages"); !strings.Contains(string(c.body), "How was it") {
		t.Errorf("the call says %s", c.body)
	}
	h.took("whatsapp", waText("in-2", "35699000001", "4"))
	ann.until("the score", func() bool { s := ann.convs[conv].Survey; return s != nil && s.Score == 4 })
	if len(ann.convs) != 1 {
		t.Errorf("there are %d conversations", len(ann.convs))
	}
}

// Edits replace what a message says, reactions stand in the transcript, typing is
// seen on both sides, and the contact is told that their message was read.
func TestWhatElseContactsAndAgentsDo(t *testing.T) {
	h, p := newChannels(t, func(w http.ResponseWriter, _ called) { reply(w, `{"recipient_id":"7001","message_id":"out-1"}`) })
	h.start()
	ann := h.desk("ann")
	ann.onQueue()
	page := kinds()[1]
	hook := func(event string) {
		t.Helper()
		body := fmt.Sprintf(`{"object":"page","entry":[{"id":"1100","time":%d,"messaging":[{"sender":{"id":"7001"},"recipient":{"id":"1100"},"timestamp":%d,%s}]}]}`, ms(), ms(), event)
		h.took("messenger", body)
		h.took("messenger", body) // repeated
	}
	page.say(h, "7001", "in-1", "A bleu jacket")
	conv, _ := ann.answered()
	hook(`"message_edit":{"mid":"in-1","text":"A blue jacket","num_edit":1}`)
	ann.until("the edit", func() bool { return len(ann.changed[conv]) > 0 })
	if got := ann.bodies[ann.changed[conv][0]].Text; got != "A blue jacket" || len(ann.changed[conv]) != 1 {
		t.Errorf("edited to %q, %d times", got, len(ann.changed[conv]))
	}
	m := ann.sent(conv, "Which size?")
	ann.delivery(conv, m, message.Sent)
	hook(`"reaction":{"mid":"out-1","action":"react","reaction":"love","emoji":"❤"}`)
	ann.until("the reaction", func() bool {
		for _, b := range ann.bodies {
			if b.Text == "❤" {
				return true
			}
		}
		return false
	})
	for len(p.calls) > 0 {
		<-p.calls
	}
	ann.send(protocol.ToHub{Typing: &protocol.Typing{Conversation: conv}})
	if c := p.next(t, page.sends); !strings.Contains(string(c.body), "typing_on") {
		t.Errorf("typing says %s", c.body)
	}
	ann.must(protocol.Command{MarkRead: &protocol.MarkRead{Conversation: conv, Inbound: 1}})
	if c := p.next(t, page.sends); !strings.Contains(string(c.body), "mark_seen") {
		t.Errorf("reading says %s", c.body)
	}
	posts := kinds()[3]
	posts.say(h, "7700", "in-1", "Hello?")
	other, _ := ann.answered()
	if status, body := h.xHook(`{"for_user_id":"1500","direct_message_indicate_typing_events":[{"created_timestamp":"1793000401000","sender_id":"7700","target":{"recipient_id":"1500"}}],"users":{"7700":{"id":"7700","name":"Bo","screen_name":"bo"}}}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	ann.until("typing", func() bool { return ann.typing[other] })
}
