package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"parley/backend/config"
	"parley/backend/id"
	"parley/backend/protocol"
)

// Admin changes the organisation for whoever may. It asks the hub each time and
// keeps nothing: what others do meanwhile is for the hub to judge. Errors are
// protocol.Invalid with what is wrong, protocol.Conflict with who was faster, a
// protocol.Problem, or that the hub cannot be reached.
type Admin struct {
	client *Client
	token  string
}

// Admin is administration in the name of the desk's user.
func (d *Desk) Admin() *Admin { return &Admin{client: d.opt.Client, token: d.opt.Token} }

// NewAdmin is administration with a sign-in and without a desk.
func NewAdmin(c *Client, token string) *Admin { return &Admin{client: c, token: token} }

// Configuration reads the organisation.
func (a *Admin) Configuration(ctx context.Context) (protocol.Configuration, error) {
	var out protocol.Configuration
	return out, a.call(ctx, http.MethodGet, protocol.PathConfig, nil, &out)
}

// Plan says what a wish would change.
func (a *Admin) Plan(ctx context.Context, w protocol.Wish) (protocol.Plan, error) {
	var out protocol.Plan
	return out, a.call(ctx, http.MethodPost, protocol.PathPlan, w, &out)
}

// Apply makes the organisation what is wished. A wish that carries an ID may be
// repeated.
func (a *Admin) Apply(ctx context.Context, w protocol.Wish) (protocol.Applied, error) {
	var out protocol.Applied
	return out, a.call(ctx, http.MethodPost, protocol.PathApply, w, &out)
}

// Set adds or changes one thing, as read at a revision. Thing is a config.General,
// Skill, Hours, Queue, User or Library.
func (a *Admin) Set(ctx context.Context, ref config.Ref, revision uint64, thing any) (protocol.Applied, error) {
	var out protocol.Applied
	return out, a.call(ctx, http.MethodPut, entity(ref, revision), thing, &out)
}

// Remove takes one thing away, as read at a revision.
func (a *Admin) Remove(ctx context.Context, ref config.Ref, revision uint64) (protocol.Applied, error) {
	var out protocol.Applied
	return out, a.call(ctx, http.MethodDelete, entity(ref, revision), nil, &out)
}

func entity(ref config.Ref, revision uint64) string {
	path := protocol.PathEntity + url.PathEscape(string(ref.Kind))
	if ref.ID != "" {
		path += "/" + url.PathEscape(ref.ID)
	}
	return fmt.Sprintf("%s?revision=%d", path, revision)
}

// SetPassword gives a user a password and signs them out; "" has one made, which
// is returned.
func (a *Admin) SetPassword(ctx context.Context, user id.Agent, password string) (made string, err error) {
	var out protocol.Password
	err = a.call(ctx, http.MethodPost, protocol.PathPasswords+url.PathEscape(string(user)), protocol.SetPassword{Password: password}, &out)
	return out.Password, err
}

// Audit reads the audit log after a revision, of what happened at sinceMs or later.
func (a *Admin) Audit(ctx context.Context, after uint64, sinceMs int64, limit int) (protocol.AuditPage, error) {
	var out protocol.AuditPage
	path := fmt.Sprintf("%s?after=%d&sinceMs=%d&limit=%d", protocol.PathAudit, after, max(0, sinceMs), max(0, limit))
	return out, a.call(ctx, http.MethodGet, path, nil, &out)
}

func (a *Admin) call(ctx context.Context, method, path string, body, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var b []byte
	if body != nil {
		var err error
		if b, err = json.Marshal(body); err != nil {
			return fmt.Errorf("call the hub: %w", err)
		}
	}
	return a.client.call(ctx, method, path, a.token, b, out)
}
