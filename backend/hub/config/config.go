// Package config reads the hub's configuration: one YAML file, checked against
// a published JSON Schema and then against itself. Every error names the file,
// the line and what is allowed there. The organisation in it is a wish, see
// backend/config; the rest are settings of the hub itself.
package config

import (
	_ "embed" // the schema
	"fmt"
	"time"

	"parley/backend/channel"
	org "parley/backend/config"
	"parley/backend/id"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration file.
//
//go:embed schema.json
var Schema []byte

// Config is the whole configuration with all defaults filled in: what the
// organisation is wished to be, and the hub's own settings.
type Config struct {
	org.Organisation `yaml:"-"`
	// Passwords are the users' hashes, which are no part of the organisation.
	Passwords map[id.Agent]string `yaml:"-"`

	Listen       string       `yaml:"listen,omitempty"`
	PublicURL    string       `yaml:"publicUrl,omitempty"`
	TLS          *TLS         `yaml:"tls,omitempty"`
	KeepDays     int          `yaml:"keepDays,omitempty"`
	GraceSeconds int          `yaml:"disconnectGraceSeconds,omitempty"`
	Deployments  []Deployment `yaml:"deployments,omitempty"`
	Channels     []Channel    `yaml:"channels,omitempty"`
	Limits       Limits       `yaml:"limits,omitempty"`
	Log          Log          `yaml:"log,omitempty"`
	Reports      Reports      `yaml:"reports,omitempty"`
}

// TLS names the files of the hub's certificate.
type TLS struct {
	CertFile string `yaml:"certFile"`
	KeyFile  string `yaml:"keyFile"`
}

// Deployment is one web messaging deployment.
type Deployment struct {
	ID              id.Deployment `yaml:"id"`
	Name            string        `yaml:"name"`
	Active          *bool         `yaml:"active,omitempty"`
	Queue           id.Queue      `yaml:"queue"`
	AllowedOrigins  []string      `yaml:"allowedOrigins,omitempty"`
	AllowAllOrigins bool          `yaml:"allowAllOrigins,omitempty"`
	Languages       []string      `yaml:"languages,omitempty"`
	DefaultLanguage string        `yaml:"defaultLanguage,omitempty"`
	PrimaryColor    string        `yaml:"primaryColor,omitempty"`
	Launcher        string        `yaml:"launcher,omitempty"`       // On, Off, OnDemand
	Alignment       string        `yaml:"alignment,omitempty"`      // Auto, Left, Right
	SideSpace       *int          `yaml:"sideSpace,omitempty"`      // pixels
	BottomSpace     *int          `yaml:"bottomSpace,omitempty"`    // pixels
	SessionSeconds  int           `yaml:"sessionSeconds,omitempty"` // without a word
	Disconnect      string        `yaml:"disconnect,omitempty"`     // Off, Send, ReadOnly
	Clear           *bool         `yaml:"clear,omitempty"`
	AutoStart       bool          `yaml:"autoStart,omitempty"`
	Markdown        bool          `yaml:"markdown,omitempty"`
	AgentTyping     *bool         `yaml:"agentTyping,omitempty"`
	ContactTyping   *bool         `yaml:"contactTyping,omitempty"`
	Uploads         *bool         `yaml:"uploads,omitempty"`
	UploadTypes     []string      `yaml:"uploadTypes,omitempty"`
	UploadMaxKB     int           `yaml:"uploadMaxKB,omitempty"`
}

// Limits protect the hub.
type Limits struct {
	Rates       *bool `yaml:"rates,omitempty"`
	SignInTries int   `yaml:"signInTries,omitempty"`
	MaxGuests   int   `yaml:"maxGuests,omitempty"`
	SessionDays int   `yaml:"sessionDays,omitempty"`
}

// Log is about the disk.
type Log struct {
	ReserveMB  int    `yaml:"reserveMB,omitempty"` // 0 = the log's own default
	WitnessDir string `yaml:"witnessDir,omitempty"`
}

// Reports are the figures of each day as files, and how they are counted.
type Reports struct {
	Folder       string `yaml:"folder,omitempty"` // "" = none are written
	At           string `yaml:"at,omitempty"`     // on the day after, as 00:30
	ShortAbandon int    `yaml:"shortAbandonSeconds,omitempty"`
}

// Time is At as a time of day.
func (r Reports) Time() time.Duration {
	at, err := time.Parse("15:04", r.At)
	if err != nil {
		return 0 // the schema has refused it
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}

// withDefaults fills in what the file leaves out. After it no pointer but TLS
// is nil.
func (c *Config) withDefaults() {
	c.KeepDays = or(c.KeepDays, 7)
	c.GraceSeconds = or(c.GraceSeconds, 60)
	for i := range c.Deployments {
		c.Deployments[i].withDefaults()
	}
	c.Reports.At = or(c.Reports.At, "00:30")
	for i := range c.Channels {
		c.Channels[i].withDefaults()
	}
	c.Limits.Rates = or(c.Limits.Rates, new(true))
	c.Limits.SignInTries = or(c.Limits.SignInTries, 5)
	c.Limits.MaxGuests = or(c.Limits.MaxGuests, 50_000)
	c.Limits.SessionDays = or(c.Limits.SessionDays, 30)
}

func (d *Deployment) withDefaults() {
	d.Active = or(d.Active, new(true))
	if len(d.Languages) == 0 {
		d.Languages = []string{"en-us"}
	}
	d.DefaultLanguage = or(d.DefaultLanguage, d.Languages[0])
	d.PrimaryColor = or(d.PrimaryColor, "#0a6c74")
	d.Launcher = or(d.Launcher, "On")
	d.Alignment = or(d.Alignment, "Auto")
	d.SideSpace = or(d.SideSpace, new(20))
	d.BottomSpace = or(d.BottomSpace, new(12))
	d.SessionSeconds = or(d.SessionSeconds, 259_200)
	d.Disconnect = or(d.Disconnect, "Send")
	d.Clear = or(d.Clear, new(true))
	d.AgentTyping = or(d.AgentTyping, new(true))
	d.ContactTyping = or(d.ContactTyping, new(true))
	d.Uploads = or(d.Uploads, new(true))
	if len(d.UploadTypes) == 0 {
		d.UploadTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}
	}
	d.UploadMaxKB = or(d.UploadMaxKB, 10_240)
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Deployment finds a deployment.
func (c *Config) Deployment(d id.Deployment) (Deployment, bool) {
	for i := range c.Deployments {
		if c.Deployments[i].ID == d {
			return c.Deployments[i], true
		}
	}
	return Deployment{}, false
}

// Pinned are the queues that deployments and accounts send conversations to, and
// which do.
func (c *Config) Pinned() map[id.Queue]string {
	out := map[id.Queue]string{}
	for _, d := range c.Deployments {
		out[d.Queue] = fmt.Sprintf("the deployment %s", d.ID)
	}
	for _, e := range c.Channels {
		for _, a := range e.Accounts {
			out[a.Queue] = fmt.Sprintf("the %s account %s", e.Kind, a.Name)
		}
	}
	return out
}

// HomeOf is the queue in which an account's conversations begin; "" if the account
// is not configured.
func (c *Config) HomeOf(kind channel.Kind, account string) id.Queue {
	if d, ok := c.Deployment(id.Deployment(account)); ok && kind == channel.Web {
		return d.Queue
	}
	for _, e := range c.Channels {
		for _, a := range e.Accounts {
			if e.Kind == kind && a.ID == account {
				return a.Queue
			}
		}
	}
	return ""
}

// Session is how long a guest's session lasts without a word.
func (d Deployment) Session() time.Duration { return time.Duration(d.SessionSeconds) * time.Second }

// Grace is how long an agent's last desk may be gone.
func (c *Config) Grace() time.Duration { return time.Duration(c.GraceSeconds) * time.Second }
