package adminapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"parley/backend/audit"
	org "parley/backend/config"
	"parley/backend/hub/auth"
	"parley/backend/hub/trail"
	"parley/backend/id"
	"parley/backend/protocol"
)

// password gives a user a password, and signs them out wherever they are.
func (a *API) password(w http.ResponseWriter, r *http.Request, s auth.Session) {
	user := id.Agent(r.PathValue("user"))
	err := a.may(s, org.ChangeConfiguration)
	var in protocol.SetPassword
	if err == nil {
		err = decode(w, r, &in)
	}
	if err == nil {
		if _, known := a.o.Organisation.View().User(user); !known {
			err = fmt.Errorf("user %s: %w", user, org.ErrNothing)
		}
	}
	out := protocol.Password{}
	password := in.Password
	if password == "" {
		password = auth.NewPassword()
		out.Password = password
	}
	if err == nil {
		err = auth.Acceptable(password)
		if err != nil {
			err = fmt.Errorf("%w: %w", errMalformed, err)
		}
	}
	if err == nil {
		err = a.o.StorePassword(user, password)
	}
	if err == nil {
		err = a.o.SignOut(user)
	}
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	a.record(r, s, audit.SetPassword, "user "+string(user))
	answer(w, http.StatusOK, out)
}

// maxPage is how many records one page holds.
const maxPage = 1000

// audit answers a page of the audit log.
func (a *API) audit(w http.ResponseWriter, r *http.Request, s auth.Session) {
	err := a.may(s, org.ReadAudit)
	q := r.URL.Query()
	number := func(name string) uint64 {
		text := q.Get(name)
		if text == "" || err != nil {
			return 0
		}
		n, bad := strconv.ParseUint(text, 10, 63)
		if bad != nil {
			err = fmt.Errorf("%w: %s must be a number from 0 on", errMalformed, name)
		}
		return n
	}
	after, since, limit := number("after"), number("sinceMs"), number("limit")
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	if limit == 0 || limit > maxPage {
		limit = maxPage
	}
	from := time.Time{}
	if since > 0 {
		from = time.UnixMilli(int64(since))
	}
	page := protocol.AuditPage{Records: []protocol.AuditRecord{}}
	err = trail.List(r.Context(), a.o.Log, after, from, func(e trail.Entry) bool {
		if uint64(len(page.Records)) == limit {
			page.Next = page.Records[limit-1].Revision
			return false
		}
		page.Records = append(page.Records, protocol.AuditRecord{Revision: e.Rev, Hash: e.Hash, Record: e.Record})
		return true
	})
	if err != nil {
		a.refuse(w, r, s, err, 0)
		return
	}
	answer(w, http.StatusOK, page)
}
