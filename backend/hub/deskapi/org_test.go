package deskapi_test

import (
	"net/http"
	"reflect"
	"slices"
	"testing"

	org "parley/backend/config"
	"parley/backend/id"
	"parley/backend/protocol"
)

// change changes the organisation as an administrator would.
func (p *place) change(edit func(*org.Organisation)) {
	p.t.Helper()
	next := p.live.View().Organisation.Clone()
	edit(&next)
	cmd := org.Replace{Rev: p.live.View().Rev, Organisation: next}
	if _, err := p.live.Execute(p.t.Context(), id.Command(id.New()), "test", cmd); err != nil {
		p.t.Fatal(err)
	}
}

// A connected desk hears of every change: queues, people, answers, and what its
// user may do.
func TestDesksHearOfChanges(t *testing.T) {
	p := start(t, 64)
	ws := p.dial()
	p.greet(ws)
	p.change(func(o *org.Organisation) {
		o.Queues = append(o.Queues, org.Queue{ID: "orders", Name: "Orders", Members: []id.Agent{"ann"}, Manual: true})
		o.Users[0].Roles, o.Users[0].Supervises = []org.Role{org.RoleSupervisor}, []id.Queue{"orders"}
		o.Libraries = []org.Library{{ID: "l", Name: "L", Responses: []org.Response{{ID: "r", Name: "R", Text: "Hi"}}}}
	})
	f := p.read(ws)
	for ; f.Org == nil; f = p.read(ws) {
	}
	o := f.Org
	if len(o.Queues) != 1 || !o.Queues[0].Manual || len(o.Libraries) != 1 || o.Libraries[0].Responses[0].Text != "Hi" || o.Revision != 2 {
		t.Errorf("the desk hears %+v", o)
	}
	if len(o.Agents) != 1 || !slices.Equal(o.Agents[0].Queues, []id.Queue{"orders"}) {
		t.Errorf("people are %+v", o.Agents)
	}
	monitor := slices.IndexFunc(o.Rights, func(r protocol.Right) bool { return r.Action == "monitor" })
	if monitor < 0 || o.Rights[monitor].Scope != "supervised" || !slices.Equal(o.Rights[monitor].Queues, []id.Queue{"orders"}) {
		t.Errorf("rights are %+v", o.Rights)
	}
	if slices.ContainsFunc(o.Rights, func(r protocol.Right) bool { return r.Action == "read_audit" }) {
		t.Error("a supervisor may read the audit log")
	}
	p.change(func(o *org.Organisation) { o.Users = append(o.Users, org.User{ID: "bob", Name: "Bob"}) })
	p.change(func(o *org.Organisation) { o.Users = o.Users[:1] })
	for f = p.read(ws); f.Org == nil || f.Org.Revision != 4; f = p.read(ws) {
	}
	if want := []protocol.Person{{Agent: "bob", Name: "Bob"}}; !reflect.DeepEqual(f.Org.Former, want) || len(f.Org.Agents) != 1 {
		t.Errorf("former people are %+v, want %+v", f.Org.Former, want)
	}
}

// Who is no longer a user is signed out at once, and stays so when a user of that
// name comes back.
func TestRemovedUsersAreSignedOut(t *testing.T) {
	p := start(t, 64)
	ws := p.dial()
	p.greet(ws)
	p.change(func(o *org.Organisation) { o.Users = []org.User{{ID: "bob", Name: "Bob"}} })
	f := p.read(ws)
	for ; f.Bye == nil; f = p.read(ws) {
	}
	if f.Bye.Code != "signed_out" || f.Bye.Retry {
		t.Errorf("goodbye is %+v", *f.Bye)
	}
	p.change(func(o *org.Organisation) { o.Users = append(o.Users, org.User{ID: "ann", Name: "Another Ann"}) })
	r, err := http.NewRequest(http.MethodGet, p.url+protocol.PathTargets, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the old session gives %s", resp.Status)
	}
}
