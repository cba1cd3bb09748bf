package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"parley/backend/config"
	"parley/backend/id"
)

// shop has one user for each role. Sue supervises orders, of which Ann is a
// member and Bob is not.
var shop = config.Organisation{
	General: config.General{Name: "Tarn & Fell"},
	Queues:  []config.Queue{{ID: "orders", Name: "Orders", Members: []id.Agent{"ann"}}, {ID: "billing", Name: "Billing", Members: []id.Agent{"bob"}}},
	Users: []config.User{
		{ID: "ann", Name: "Ann", Roles: []config.Role{config.RoleAgent}},
		{ID: "bob", Name: "Bob", Roles: []config.Role{config.RoleAgent}, Supervises: []id.Queue{"billing"}},
		{ID: "sue", Name: "Sue", Roles: []config.Role{config.RoleSupervisor}, Supervises: []id.Queue{"orders", "gone"}},
		{ID: "rex", Name: "Rex", Roles: []config.Role{config.RoleReviewer}},
		{ID: "ada", Name: "Ada", Roles: []config.Role{config.RoleAdministrator}},
		{ID: "zoe", Name: "Zoe"},
		{ID: "max", Name: "Max", Roles: []config.Role{config.RoleAgent, config.RoleAdministrator}},
	},
}

// table is what each role may, written by hand a second time: agent,
// supervisor, reviewer, admin. "-" nowhere, "o" own, "m" member, "s"
// supervised, "e" everywhere.
const table = `
answer               o o - -
send                 o o - -
transfer             o o - -
park                 o o - -
pull                 m m - -
note                 o o - -
canned               o o - -
monitor              - s - -
coach                - s - -
take_over            - s - -
assign               - s - -
reassign             - s - -
set_priority         - s - -
disconnect_other     - s - -
note_other           - s - -
set_status           - s - -
set_membership       - s - -
see_queues           - s - e
see_agents           - s - e
see_reports          - s e e
export               - s e e
block_contact        - s - e
search_transcripts   - s e -
evaluate             - s e -
read_configuration   - - - e
change_configuration - - - e
read_audit           - - - e
erase                - - - e
manage_tokens        - - - e
`

func TestEveryRoleAndAction(t *testing.T) {
	scopes := map[string]config.Scope{"-": config.Nowhere, "o": config.Own, "m": config.Member, "s": config.Supervised, "e": config.Everywhere}
	users := []id.Agent{"ann", "sue", "rex", "ada"}
	var seen []config.Action
	for line := range strings.Lines(strings.TrimSpace(table)) {
		cells := strings.Fields(line)
		action := config.Action(cells[0])
		seen = append(seen, action)
		for i, user := range users {
			if got, want := shop.Reach(user, action), scopes[cells[i+1]]; got != want {
				t.Errorf("%s: %s reaches %v, want %v", user, action, got, want)
			}
		}
		for _, nobody := range []id.Agent{"zoe", "stranger", ""} {
			if err := shop.May(nobody, action, "orders"); !errors.Is(err, config.ErrForbidden) {
				t.Errorf("%q may %s: %v", nobody, action, err)
			}
		}
	}
	slices.Sort(seen)
	if !slices.Equal(seen, config.Actions()) {
		t.Errorf("the table holds %v, the code %v", seen, config.Actions())
	}
}

func TestMay(t *testing.T) {
	for _, tc := range []struct {
		user    id.Agent
		action  config.Action
		queue   id.Queue
		allowed bool
	}{
		{"ann", config.Send, "billing", true}, // a transfer may have brought it to her
		{"ann", config.Pull, "orders", true},
		{"ann", config.Pull, "billing", false},
		{"ann", config.Pull, "", false},
		{"sue", config.TakeOver, "orders", true},
		{"sue", config.TakeOver, "billing", false},
		{"sue", config.TakeOver, "", false},
		{"sue", config.TakeOver, "gone", false},
		{"sue", config.ReadConfiguration, "", false},
		{"bob", config.Monitor, "billing", false}, // names queues, but is no supervisor
		{"rex", config.SearchTranscripts, "billing", true},
		{"rex", config.Send, "orders", false},
		{"ada", config.ReadAudit, "", true},
		{"ada", config.SearchTranscripts, "orders", false},
		{"max", config.Send, "orders", true},
		{"max", config.ChangeConfiguration, "", true},
		{"max", config.Monitor, "orders", false},
		{"ada", "fly", "", false},
	} {
		err := shop.May(tc.user, tc.action, tc.queue)
		if (err == nil) != tc.allowed || (err != nil && !errors.Is(err, config.ErrForbidden)) {
			t.Errorf("%s may %s in %q: %v, want allowed %v", tc.user, tc.action, tc.queue, err, tc.allowed)
		}
	}
}

func TestMayWith(t *testing.T) {
	for _, tc := range []struct {
		user    id.Agent
		action  config.Action
		other   id.Agent
		allowed bool
	}{
		{"sue", config.SetStatus, "ann", true},
		{"sue", config.SetStatus, "bob", false},
		{"sue", config.SetStatus, "stranger", false},
		{"ann", config.SetStatus, "ann", false},
		{"ann", config.Send, "bob", false},
		{"ada", config.SeeAgents, "bob", true},
		{"ada", config.SeeAgents, "stranger", false},
	} {
		err := shop.MayWith(tc.user, tc.action, tc.other)
		if (err == nil) != tc.allowed || (err != nil && !errors.Is(err, config.ErrForbidden)) {
			t.Errorf("%s may %s with %q: %v, want allowed %v", tc.user, tc.action, tc.other, err, tc.allowed)
		}
	}
}

func TestWhere(t *testing.T) {
	for _, tc := range []struct {
		user   id.Agent
		action config.Action
		want   []id.Queue
	}{
		{"sue", config.Monitor, []id.Queue{"orders"}},
		{"rex", config.Evaluate, []id.Queue{"billing", "orders"}},
		{"ann", config.Pull, []id.Queue{"orders"}},
		{"ann", config.Send, nil},
		{"ann", config.Monitor, nil},
	} {
		if got := shop.Where(tc.user, tc.action); !slices.Equal(got, tc.want) {
			t.Errorf("%s may %s in %v, want %v", tc.user, tc.action, got, tc.want)
		}
	}
}
