package deskapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/hub/auth"
	"parley/backend/id"
	"parley/backend/protocol"
)

// noted keeps what the desk API records.
type noted struct {
	mu      sync.Mutex
	records []audit.Record
	acting  map[id.Command]auth.Session
}

func (n *noted) Acting(cmd id.Command, s auth.Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.acting == nil {
		n.acting = map[id.Command]auth.Session{}
	}
	n.acting[cmd] = s
}

func (n *noted) Record(_ context.Context, r audit.Record) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records = append(n.records, r)
	return nil
}

func (n *noted) Refused(ctx context.Context, r audit.Record) {
	r.Outcome = audit.Refused
	_ = n.Record(ctx, r)
}

func (n *noted) take() []audit.Record {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.records
	n.records = nil
	return out
}

// Each command of a desk takes a right, and who lacks it is refused, and the
// refusal recorded with the session. This is the table of what each command takes.
func TestCommandsTakeRights(t *testing.T) {
	p := start(t, 64)
	p.change(func(o *org.Organisation) {
		o.Users = append(o.Users, org.User{ID: "rex", Name: "Rex"})
		o.Users[0].Roles = []org.Role{org.RoleReviewer}
		o.Queues = []org.Queue{{ID: "web", Name: "Web", Members: []id.Agent{"rex"}, Manual: true}}
	})
	conv := id.Conversation(id.New())
	p.do(conv, conversation.Start{Contact: "c", Queue: "web"})
	ws := p.dial()
	p.greet(ws)
	leg := protocol.OnLeg{Conversation: conv, Communication: "leg-0001"}
	for _, tc := range []struct {
		action  org.Action
		command protocol.Command
	}{
		{org.Answer, protocol.Command{Presence: &protocol.SetPresence{Presence: "on_queue"}}},
		{org.Answer, protocol.Command{Accept: &leg}},
		{org.Answer, protocol.Command{Decline: &leg}},
		{org.Answer, protocol.Command{Disconnect: &leg}},
		{org.Answer, protocol.Command{WrapUp: &protocol.WrapUp{OnLeg: leg}}},
		{org.Answer, protocol.Command{AskHelp: &leg}},
		{org.Answer, protocol.Command{SetQueue: &protocol.SetQueue{Queue: "web"}}},
		{org.Send, protocol.Command{Send: &protocol.Send{Conversation: conv, Message: "message-1"}}},
		{org.Send, protocol.Command{MarkRead: &protocol.MarkRead{Conversation: conv}}},
		{org.Send, protocol.Command{Confirm: &protocol.Confirm{Conversation: conv}}},
		{org.Transfer, protocol.Command{Transfer: &protocol.Transfer{OnLeg: leg}}},
		{org.Park, protocol.Command{Park: &protocol.Park{OnLeg: leg}}},
		{org.Note, protocol.Command{AddNote: &protocol.AddNote{Conversation: conv, Note: "note-0001"}}},
		{org.Pull, protocol.Command{Pull: &protocol.Pull{Conversation: conv}}},
	} {
		tc.command.ID = id.Command(id.New())
		if err := ws.WriteJSON(protocol.ToHub{Command: &tc.command}); err != nil {
			t.Fatal(err)
		}
		f := p.read(ws)
		for ; f.Nack == nil && f.Ack == nil; f = p.read(ws) {
		}
		if f.Nack == nil || f.Nack.Code != "forbidden" {
			t.Errorf("%s: answered %+v %+v", tc.action, f.Ack, f.Nack)
		}
		got := p.trail.take()
		if len(got) != 1 || got[0].Action != string(tc.action) || got[0].Who != "agent:ann" || got[0].Outcome != audit.Refused || got[0].Session == "" || got[0].Device != "test" {
			t.Errorf("%s: recorded %+v", tc.action, got)
		}
		if p.trail.acting[tc.command.ID].Device != "test" {
			t.Errorf("%s: nobody knows whose command it was", tc.action)
		}
	}
}

// Sign-ins and sign-outs are recorded; of a name that nobody has, nothing is.
func TestSignInsAreRecorded(t *testing.T) {
	p := start(t, 64)
	call := func(method, token string, body any) (int, protocol.SignedIn) {
		t.Helper()
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(method, p.url+protocol.PathSession, strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var in protocol.SignedIn
		_ = json.NewDecoder(resp.Body).Decode(&in)
		return resp.StatusCode, in
	}
	status, in := call(http.MethodPost, "", protocol.SignIn{User: "ann", Password: password, Device: "laptop"})
	got := p.trail.take()
	if status != http.StatusOK || len(got) != 1 || got[0].Who != "agent:ann" || got[0].Action != "sign_in" || got[0].Outcome != audit.Done || got[0].Device != "laptop" {
		t.Errorf("signed in %d: %+v", status, got)
	}
	call(http.MethodPost, "", protocol.SignIn{User: "ann", Password: "wrong"})
	if got = p.trail.take(); len(got) != 1 || got[0].Who != "agent:ann" || got[0].Outcome != audit.Refused || got[0].Detail != "wrong_password" {
		t.Errorf("a wrong password: %+v", got)
	}
	call(http.MethodPost, "", protocol.SignIn{User: "hunter2", Password: "ann"})
	if got = p.trail.take(); len(got) != 1 || got[0].Who != "" || strings.Contains(got[0].Subject[0], "hunter2") {
		t.Errorf("an unknown name: %+v", got)
	}
	call(http.MethodDelete, in.Token, nil)
	if got = p.trail.take(); len(got) != 1 || got[0].Who != "agent:ann" || got[0].Action != "sign_out" {
		t.Errorf("signed out: %+v", got)
	}
	call(http.MethodDelete, in.Token, nil)
	if got = p.trail.take(); len(got) != 0 {
		t.Errorf("signed out again: %+v", got)
	}
}
