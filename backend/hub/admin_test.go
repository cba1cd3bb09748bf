package hub_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/hub"
	"parley/backend/id"
	"parley/backend/protocol"
)

// administered is the usual organisation with somebody in charge.
const administered = `
  - {id: ada, name: Ada, role: admin, passwordHash: "HASH"}
  - {id: sue, name: Sue, role: supervisor, supervises: [web], passwordHash: "HASH"}
  - {id: rex, name: Rex, role: reviewer, passwordHash: "HASH"}
queues:`

func startAdministered(t *testing.T) *running {
	h := newHub(t)
	h.config = parse(t, strings.Replace(organisation, "\nqueues:", administered, 1))
	h.log.Reserve = 1 << 20
	h.start()
	return h
}

// ask makes a request and reads its answer into out.
func (h *running) ask(method, path, token string, body, out any) int {
	h.t.Helper()
	status, b := h.call(method, path, token, body)
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			h.t.Fatalf("%s %s: %d %s", method, path, status, b)
		}
	}
	return status
}

func (h *running) configuration(token string) protocol.Configuration {
	h.t.Helper()
	var c protocol.Configuration
	if status := h.ask(http.MethodGet, protocol.PathConfig, token, nil, &c); status != http.StatusOK {
		h.t.Fatal(status)
	}
	return c
}

// put sets one thing, and remove takes one away, at the last revision.
func (h *running) put(token, path, body string) {
	h.t.Helper()
	rev := h.configuration(token).Revision
	if status, b := h.call(http.MethodPut, fmt.Sprintf("%s%s?revision=%d", protocol.PathEntity, path, rev), token, []byte(body)); status != http.StatusOK {
		h.t.Fatalf("put %s: %d %s", path, status, b)
	}
}

func (h *running) remove(token, path string) {
	h.t.Helper()
	rev := h.configuration(token).Revision
	if status, b := h.call(http.MethodDelete, fmt.Sprintf("%s%s?revision=%d", protocol.PathEntity, path, rev), token, nil); status != http.StatusOK {
		h.t.Fatalf("remove %s: %d %s", path, status, b)
	}
}

// The table of what each role may ask of administration.
func TestAdministrationTakesRights(t *testing.T) {
	h := startAdministered(t)
	tokens := map[string]string{}
	for _, user := range []string{"ann", "sue", "rex", "ada"} {
		tokens[user] = h.signIn(user, "test")
	}
	for _, tc := range []struct {
		method, path string
		body         any
		right        string
		status       int // of who may
	}{
		{http.MethodGet, protocol.PathConfig, nil, "read_configuration", 200},
		{http.MethodPost, protocol.PathPlan, []byte(`{"organisation":{}}`), "read_configuration", 422},
		{http.MethodPost, protocol.PathApply, []byte(`{"organisation":{}}`), "change_configuration", 409},
		{http.MethodPut, protocol.PathEntity + "queue/web?revision=1", []byte(`{}`), "change_configuration", 422},
		{http.MethodPut, protocol.PathEntity + "general?revision=1", []byte(`{}`), "change_configuration", 422},
		{http.MethodDelete, protocol.PathEntity + "queue/nothing?revision=1", nil, "change_configuration", 404},
		{http.MethodPost, protocol.PathPasswords + "bob", []byte(`{}`), "change_configuration", 200},
		{http.MethodGet, protocol.PathAudit, nil, "read_audit", 200},
	} {
		for user, token := range tokens {
			status, body := h.call(tc.method, tc.path, token, tc.body)
			want := http.StatusForbidden
			if user == "ada" {
				want = tc.status
			}
			if status != want {
				t.Errorf("%s: %s %s gives %d %s, want %d", user, tc.method, tc.path, status, body, want)
			}
		}
		if status, body := h.call(tc.method, tc.path, "nonsense", tc.body); status != http.StatusUnauthorized {
			t.Errorf("nobody: %s %s gives %d %s", tc.method, tc.path, status, body)
		}
	}
	var page protocol.AuditPage
	h.ask(http.MethodGet, protocol.PathAudit, tokens["ada"], nil, &page)
	refused := map[string]int{}
	for _, r := range page.Records {
		if r.Outcome == audit.Refused {
			refused[r.Who+" "+r.Action]++
		}
	}
	want := map[string]int{}
	for _, user := range []string{"agent:ann", "agent:sue", "agent:rex"} {
		want[user+" read_configuration"], want[user+" change_configuration"], want[user+" read_audit"] = 2, 5, 1
	}
	if fmt.Sprint(refused) != fmt.Sprint(want) {
		t.Errorf("refused and recorded: %v, want %v", refused, want)
	}
}

// A change is planned, applied, at once in force, told to desks and recorded; a
// repeated request is one change; what was compared with an older revision is
// refused with who was faster.
func TestPlanAndApply(t *testing.T) {
	h := startAdministered(t)
	ada, ann := h.signIn("ada", "test"), h.desk("ann")
	now := h.configuration(ada)
	if now.Revision != 1 || now.By != "hub" || now.Organisation.Name != "Tarn & Fell" {
		t.Fatalf("at first: %+v", now)
	}
	wish := protocol.Wish{Revision: 1, ID: "apply-number-1", Organisation: now.Organisation.Clone()}
	wish.Organisation.Queues[0].AutoAnswer = true
	wish.Organisation.Queues = append(wish.Organisation.Queues, org.Queue{ID: "billing", Name: "Billing", Members: []id.Agent{"ann"}})
	var plan protocol.Plan
	h.ask(http.MethodPost, protocol.PathPlan, ada, wish, &plan)
	const want = `+ queue billing "Billing"
    acw: none
    alertTimeoutSeconds: 30
    members: [ann]
    routing: idle
~ queue web "Web"
    autoAnswer: true
`
	if got := org.Text(plan.Steps); got != want {
		t.Errorf("the plan is\n%s", got)
	}
	if h.configuration(ada).Revision != 1 {
		t.Error("a plan changed something")
	}
	var applied, again protocol.Applied
	if status := h.ask(http.MethodPost, protocol.PathApply, ada, wish, &applied); status != 200 || applied.Revision != 2 || fmt.Sprint(applied.Steps) != fmt.Sprint(plan.Steps) {
		t.Errorf("applied %d %+v, planned %+v", status, applied, plan)
	}
	if status := h.ask(http.MethodPost, protocol.PathApply, ada, wish, &again); status != 200 || fmt.Sprint(again) != fmt.Sprint(applied) {
		t.Errorf("again: %d %+v", status, again)
	}
	var stale protocol.Conflict
	wish.ID = ""
	if status := h.ask(http.MethodPost, protocol.PathApply, ada, wish, &stale); status != http.StatusConflict || stale.Code != "stale" || stale.Revision != 2 ||
		len(stale.Meanwhile) != 1 || stale.Meanwhile[0].By != "agent:ada" || !slices.Equal(stale.Meanwhile[0].About, []string{"queue billing", "queue web"}) {
		t.Errorf("an old revision: %d %+v", status, stale)
	}
	ann.onQueue()
	c := h.customer()
	c.say("hello")
	ann.until("connected without an alert", func() bool {
		for _, s := range ann.convs {
			if s.Leg != nil && s.Leg.Auto {
				return true
			}
		}
		return false
	})
	var page protocol.AuditPage
	h.ask(http.MethodGet, protocol.PathAudit, ada, nil, &page)
	i := slices.IndexFunc(page.Records, func(r protocol.AuditRecord) bool { return r.Action == "change_configuration" && r.Who == "agent:ada" })
	if i < 0 || page.Records[i].Detail != "desk" || page.Records[i].Session == "" || !slices.Equal(page.Records[i].Subject, []string{"queue billing", "queue web"}) {
		t.Errorf("recorded %+v", page.Records)
	}
}

// Of many who apply on one revision, one does.
func TestTwoAppliesOnOneRevision(t *testing.T) {
	h := startAdministered(t)
	ada := h.signIn("ada", "test")
	now := h.configuration(ada)
	var work sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		work.Go(func() {
			wish := protocol.Wish{Revision: 1, Organisation: now.Organisation.Clone()}
			wish.Organisation.Name = fmt.Sprint("Name ", i)
			statuses[i], _ = h.call(http.MethodPost, protocol.PathApply, ada, wish)
		})
	}
	work.Wait()
	slices.Sort(statuses)
	if want := []int{200, 409, 409, 409, 409, 409, 409, 409}; !slices.Equal(statuses, want) {
		t.Errorf("the answers are %v, want %v", statuses, want)
	}
	if c := h.configuration(ada); c.Revision != 2 {
		t.Errorf("the revision is %d", c.Revision)
	}
}

// Screens set and remove one thing at a time, and others may change other things
// meanwhile. What is wrong is told by field.
func TestOneThingAtATime(t *testing.T) {
	h := startAdministered(t)
	ada := h.signIn("ada", "test")
	put := func(path string, rev uint64, body string) (int, string) {
		t.Helper()
		status, b := h.call(http.MethodPut, fmt.Sprintf("%s%s?revision=%d", protocol.PathEntity, path, rev), ada, []byte(body))
		return status, string(b)
	}
	for _, tc := range []struct {
		name, path string
		rev        uint64
		body       string
		status     int
		says       string
	}{
		{"a skill", "skill/returns", 1, `{"name":"Returns"}`, 200, `"revision":2`},
		{"another, read before", "skill/warranty", 1, `{"name":"Warranty"}`, 200, `"revision":3`},
		{"the same, read before", "skill/returns", 1, `{"name":"Parcels"}`, 409, `"about":["skill returns"]`},
		{"the same as it is", "skill/returns", 3, `{"name":"Returns"}`, 200, `"steps":[]`},
		{"a user", "user/ann", 3, `{"name":"Ann","skills":{"returns":9}}`, 422, `"path":"skills.returns","text":"must be from 1 to 5"`},
		{"hours", "hours/office", 3, `{"id":"office","name":"Office","zone":"Europe/Berlin","open":[{"days":["mon"],"from":"09:00","to":"17:00"}]}`, 200, `"kind":"hours"`},
		{"a library", "library/l", 4, `{"name":"L","responses":[{"id":"r","name":"R","text":"Hi {{agent.name}}"}]}`, 200, `"kind":"library"`},
		{"all in general", "general", 5, `{"organisation":"Fell & Tarn"}`, 200, `"from":"Tarn \u0026 Fell"`},
		{"an unknown field", "queue/web", 6, `{"shape":"round"}`, 400, `unknown field`},
		{"another's ID", "queue/web", 6, `{"id":"billing"}`, 400, `the body is about`},
		{"an unknown kind", "weather/rain", 6, `{}`, 400, `allowed: general`},
		{"no revision", "queue/web", 99, `{"name":"W"}`, 409, `stale`},
	} {
		if status, body := put(tc.path, tc.rev, tc.body); status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s: %d %s, want %d with %s", tc.name, status, body, tc.status, tc.says)
		}
	}
	remove := func(path string) (int, string) {
		t.Helper()
		rev := h.configuration(ada).Revision
		status, b := h.call(http.MethodDelete, fmt.Sprintf("%s%s?revision=%d", protocol.PathEntity, path, rev), ada, nil)
		return status, string(b)
	}
	for path, want := range map[string]string{
		"queue/web": `422 the deployment shop`, "user/ada": "422 at least one user must have the role admin", "skill/nothing": "404 ",
		"skill/warranty": "200 ", "library/l": "200 ",
	} {
		status, body := remove(path)
		code, says, _ := strings.Cut(want, " ")
		if fmt.Sprint(status) != code || !strings.Contains(body, says) {
			t.Errorf("remove %s: %d %s, want %s", path, status, body, want)
		}
	}
}

// An administrator gives a password; the user's old sessions end with it, and the
// log holds neither the one nor the other.
func TestPasswords(t *testing.T) {
	h := startAdministered(t)
	ada, bob := h.signIn("ada", "test"), h.desk("bob")
	var made protocol.Password
	if status := h.ask(http.MethodPost, protocol.PathPasswords+"bob", ada, protocol.SetPassword{}, &made); status != 200 || len(made.Password) < 16 {
		t.Fatalf("%d %+v", status, made)
	}
	bob.until("signed out", func() bool { return bob.bye != nil })
	sign := func(with string) int {
		status, _ := h.call(http.MethodPost, protocol.PathSession, "", protocol.SignIn{User: "bob", Password: with, Device: "x"})
		return status
	}
	if old, now := sign(password), sign(made.Password); old != http.StatusForbidden || now != http.StatusOK {
		t.Errorf("the old password gives %d, the new one %d", old, now)
	}
	if status, body := h.call(http.MethodPost, protocol.PathPasswords+"bob", ada, protocol.SetPassword{Password: "short"}); status != http.StatusBadRequest || !strings.Contains(string(body), "at least 10") {
		t.Errorf("a short one: %d %s", status, body)
	}
	if status, _ := h.call(http.MethodPost, protocol.PathPasswords+"nobody", ada, protocol.SetPassword{}); status != http.StatusNotFound {
		t.Errorf("of nobody: %d", status)
	}
	var page protocol.AuditPage
	h.ask(http.MethodGet, protocol.PathAudit+"?limit=3", ada, nil, &page)
	if len(page.Records) != 3 || page.Next != 3 {
		t.Errorf("a page of three: %+v", page)
	}
	var rest protocol.AuditPage
	h.ask(http.MethodGet, protocol.PathAudit+"?after=3", ada, nil, &rest)
	all := append(page.Records, rest.Records...)
	b, err := json.Marshal(all)
	if err != nil || strings.Contains(string(b), made.Password) || strings.Contains(string(b), "argon2id") || !strings.Contains(string(b), "set_password") {
		t.Errorf("the audit log holds %s (%v)", b, err)
	}
	stored, err := hub.ReadPasswords(hub.PasswordsFile(h.data))
	if err != nil || !strings.HasPrefix(stored["bob"], "$argon2id$") {
		t.Errorf("stored %v, %v", stored, err)
	}
}

// What waits in a queue that is removed goes on in the queue where its channel's
// conversations begin: at once, and when somebody gives it back later.
func TestConversationsOfARemovedQueue(t *testing.T) {
	h := startAdministered(t)
	ada := h.signIn("ada", "test")
	h.put(ada, "queue/side", `{"name":"Side","members":["bob"],"manual":true}`)
	h.put(ada, "user/bob", `{"name":"Bob","capacity":{"web":1}}`)
	ann, bob := h.desk("ann"), h.desk("bob")
	ann.onQueue()
	for range 2 {
		h.customer().say("hello")
		conv := ann.inPhase(conversation.Alerting)
		leg := ann.leg(conv)
		ann.must(protocol.Command{Accept: &leg})
		ann.must(protocol.Command{Transfer: &protocol.Transfer{OnLeg: ann.leg(conv), Queue: "side"}})
		ann.must(protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg, Code: "done"}})
	}
	// Bob has one in hand while the queue goes; the other one waits in it.
	bob.onQueue()
	first := bob.inPhase(conversation.Alerting)
	leg := bob.leg(first)
	bob.must(protocol.Command{Accept: &leg})
	h.remove(ada, "queue/side")
	back := func(what string, not id.Conversation) id.Conversation {
		t.Helper()
		var conv id.Conversation
		ann.until(what, func() bool {
			for c, s := range ann.convs {
				if c != not && s.Phase == conversation.Alerting && s.Queue == "web" && s.Leg.Agent == "ann" {
					conv = c
				}
			}
			return conv != ""
		})
		return conv
	}
	second := back("what waited comes back", "")
	if second == first {
		t.Error("what Bob has in hand was taken from him")
	}
	leg = ann.leg(second)
	ann.must(protocol.Command{Accept: &leg})
	bob.must(protocol.Command{Park: &protocol.Park{OnLeg: bob.leg(first), UntilMs: time.Now().Add(time.Hour).UnixMilli()}})
	bob.must(protocol.Command{Presence: &protocol.SetPresence{Presence: "offline"}})
	h.remove(ada, "user/bob") // and what he had goes back to where it was
	if again := back("what Bob had comes back", second); again != first {
		t.Errorf("%s comes back, want %s", again, first)
	}
}

// A queue's conversations begin with its priority, and ask for what it asks for.
func TestWhatAQueueAsksFor(t *testing.T) {
	h := startAdministered(t)
	ada := h.signIn("ada", "test")
	h.put(ada, "user/ann", `{"name":"Ann","languages":{"de":4}}`)
	h.put(ada, "queue/web", `{"name":"Web","members":["ann","bob"],"routing":"skills","languages":["de"],"priority":7}`)
	ann, bob := h.desk("ann"), h.desk("bob")
	bob.onQueue()
	h.customer().say("Guten Tag")
	ann.onQueue()
	s := ann.convs[ann.inPhase(conversation.Alerting)]
	if s.Priority != 7 || !slices.Equal(s.Skills, []id.Skill{"de"}) {
		t.Errorf("it begins with priority %d and asks for %v", s.Priority, s.Skills)
	}
	if len(bob.convs) > 0 {
		t.Error("Bob, who knows no German, was offered it")
	}
}
