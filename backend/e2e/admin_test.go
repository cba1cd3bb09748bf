package e2e_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"parley/backend/config"
	"parley/backend/desk"
	"parley/backend/protocol"
)

// admin signs a demo user in who administers.
func (h *runningHub) admin(user string) *desk.Admin {
	h.t.Helper()
	c, err := desk.NewClient(h.ready.URL, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	in, err := c.SignIn(h.t.Context(), protocol.SignIn{User: user, Password: h.password(user), Device: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	return desk.NewAdmin(c, in.Token)
}

// An administrator's change reaches desks that are open: names, rights, answers.
// What is wrong, who was faster and who may not are told apart.
func TestAdministrationFromADesk(t *testing.T) {
	h := startHub(t)
	d := openDesk(t, h.signIn(""))
	until(t, d, "online", settled)
	admin := h.admin("admin-1")
	now, err := admin.Configuration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ref := config.Ref{Kind: config.KindQueue, ID: "web-orders"}
	q, _ := now.Organisation.Queue("web-orders")
	q.Name = "Orders of the web"
	done, err := admin.Set(t.Context(), ref, now.Revision, q)
	if err != nil || len(done.Steps) != 1 || !strings.Contains(config.Text(done.Steps), "Web orders → Orders of the web") {
		t.Fatalf("set: %+v, %v", done, err)
	}
	until(t, d, "the new name", func(s *desk.Snapshot) bool {
		return slices.ContainsFunc(s.Org.Queues, func(q protocol.Queue) bool { return q.Name == "Orders of the web" }) && s.Org.Revision == done.Revision
	})
	var stale protocol.Conflict
	if _, err := admin.Set(t.Context(), ref, now.Revision, q); !errors.As(err, &stale) || len(stale.Meanwhile) != 1 || stale.Meanwhile[0].By != "agent:admin-1" {
		t.Errorf("as read before: %v", err)
	}
	q.AlertSeconds = 901
	var invalid protocol.Invalid
	if _, err := admin.Set(t.Context(), ref, done.Revision, q); !errors.As(err, &invalid) || invalid.Faults[0].Path != "alertTimeoutSeconds" || invalid.Faults[0].Text != "must be from 7 to 900" {
		t.Errorf("too long an alert: %v", err)
	}
	var problem protocol.Problem
	if _, err := h.admin("supervisor-1").Configuration(t.Context()); !errors.As(err, &problem) || problem.Code != "forbidden" {
		t.Errorf("a supervisor: %v", err)
	}
	made, err := admin.SetPassword(t.Context(), "agent-2", "")
	if err != nil || len(made) < 16 {
		t.Errorf("a password: %q, %v", made, err)
	}
	page, err := admin.Audit(t.Context(), 0, 0, 0)
	if err != nil || !slices.ContainsFunc(page.Records, func(r protocol.AuditRecord) bool {
		return r.Who == "agent:admin-1" && r.Action == string(config.ChangeConfiguration) && slices.Equal(r.Subject, []string{"queue web-orders"})
	}) {
		t.Errorf("the audit log: %+v, %v", page, err)
	}
	if _, err := admin.Remove(t.Context(), config.Ref{Kind: config.KindUser, ID: "agent-1"}, done.Revision); err != nil {
		t.Fatal(err)
	}
	until(t, d, "signed out", func(s *desk.Snapshot) bool {
		return s.Link.State == desk.SignedOut && strings.Contains(s.Link.Reason, "no longer a user")
	})
	wish := protocol.Wish{Organisation: now.Organisation}
	plan, err := admin.Plan(t.Context(), wish)
	if err != nil || !strings.Contains(config.Text(plan.Steps), `+ user agent-1 "Sofia Lindqvist"`) {
		t.Fatalf("back to what it was: %+v, %v", plan, err)
	}
	wish.Revision = plan.Revision
	if _, err := admin.Apply(t.Context(), wish); err != nil {
		t.Fatal(err)
	}
	again, err := admin.Configuration(t.Context())
	if err != nil || len(config.Diff(now.Organisation, again.Organisation)) > 0 {
		t.Errorf("applied, and yet it differs: %v, %v", config.Diff(now.Organisation, again.Organisation), err)
	}
}
