package protocol

import (
	"encoding/json"

	"parley/backend/audit"
	"parley/backend/config"
	"parley/backend/id"
)

// HTTP paths of administration. Each takes a token and a right, and answers 403
// with the code forbidden without it.
const (
	// PathConfig: GET → Configuration.
	PathConfig = "/desk/v1/config"
	// PathPlan: POST Wish → Plan. It changes nothing.
	PathPlan = "/desk/v1/config/plan"
	// PathApply: POST Wish → Applied; 409 Conflict if Revision is not the last.
	PathApply = "/desk/v1/config/apply"
	// PathEntity: PUT …/{kind}/{id} with one thing as body, DELETE …/{kind}/{id};
	// both with ?revision= at which it was read → Applied; 409 Conflict if that
	// thing changed since. The kinds are config.Kind's; general takes no ID.
	PathEntity = "/desk/v1/config/"
	// PathPasswords: POST …/{user} SetPassword → Password. It signs the user out.
	PathPasswords = "/desk/v1/passwords/"
	// PathAudit: GET ?after=REVISION&sinceMs=&limit= → AuditPage.
	PathAudit = "/desk/v1/audit"
)

// Configuration is the organisation at a revision.
type Configuration struct {
	Revision     uint64              `json:"revision"`
	AtMs         int64               `json:"atMs"`
	By           string              `json:"by"` // actor of the last change
	Organisation config.Organisation `json:"organisation"`
}

// Wish is what the organisation shall be. What is left out is completed.
type Wish struct {
	// Revision is the one that the wish was compared with.
	Revision uint64 `json:"revision"`
	// ID makes a repeated request one command; "" = each is its own.
	ID           id.Command          `json:"id,omitempty"`
	Organisation config.Organisation `json:"organisation"`
}

// Plan is what a wish would change.
type Plan struct {
	Revision uint64        `json:"revision"`
	Steps    []config.Step `json:"steps"`
}

// Applied is what has changed.
type Applied struct {
	Revision uint64        `json:"revision"`
	Steps    []config.Step `json:"steps"`
}

// Fault is one thing that is wrong with what shall be set. Path is within what
// was sent, for example queues[0].members[1], or members[1] of one queue.
type Fault struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Invalid is the body of a 422, code invalid.
type Invalid struct {
	Problem
	Faults []Fault `json:"faults"`
}

// Conflict is the body of a 409, code stale: others were faster.
type Conflict struct {
	Problem
	Revision  uint64      `json:"revision"` // the last one
	Meanwhile []Meanwhile `json:"meanwhile"`
}

// Meanwhile is one change since.
type Meanwhile struct {
	Revision uint64   `json:"revision"`
	AtMs     int64    `json:"atMs"`
	By       string   `json:"by"`
	About    []string `json:"about"` // for example "queue orders"
}

// SetPassword gives a user a password; "" has one made.
type SetPassword struct {
	Password string `json:"password,omitempty"`
}

// Password is the one that was made; "" if it was given.
type Password struct {
	Password string `json:"password,omitempty"`
}

// AuditPage is a part of the audit log, oldest first.
type AuditPage struct {
	Records []AuditRecord `json:"records"`
	// Next is the revision to continue after; 0 at the end.
	Next uint64 `json:"next,omitempty"`
}

// AuditRecord is a record with its place in the chain.
type AuditRecord struct {
	Revision uint64 `json:"revision"`
	Hash     string `json:"hash"`
	audit.Record
}

// Entity is one thing of a configuration as it is sent to PathEntity.
type Entity = json.RawMessage
