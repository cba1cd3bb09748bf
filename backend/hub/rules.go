package hub

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/channel/web"
	"parley/backend/conversation"
	"parley/backend/hub/channels"
	"parley/backend/hub/config"
	"parley/backend/hub/organisation"
	"parley/backend/id"
	"parley/backend/supervisor"
)

// rules are the configured rules as the engine asks for them.
type rules struct {
	live     atomic.Pointer[organisation.Live] // set before the first decision
	accounts map[string]channel.Profile        // web messaging: by deployment
	web      channel.Profile                   // of an account that is no longer configured
	channels atomic.Pointer[channels.Hub]      // set before the first decision
}

func newRules(c *config.Config) *rules {
	r := &rules{accounts: map[string]channel.Profile{}}
	connector := web.Connector{}
	r.web = connector.Profile(channel.Account{Kind: channel.Web})
	for _, d := range c.Deployments {
		r.accounts[string(d.ID)] = connector.Profile(account(d))
	}
	return r
}

// account is a deployment as its connector sees it.
func account(d config.Deployment) channel.Account {
	a := channel.Account{Kind: channel.Web, ID: string(d.ID), Name: d.Name, Settings: map[string]string{}}
	a.Settings[web.SettingMaxFileBytes] = strconv.Itoa(d.UploadMaxKB << 10)
	a.Settings[web.SettingFileTypes] = strings.Join(d.UploadTypes, ",")
	if !*d.Uploads {
		a.Settings[web.SettingMaxFileBytes] = "0"
	}
	if !*d.AgentTyping {
		a.Settings[web.SettingTyping] = "off"
	}
	return a
}

// Queue implements engine.Rules.
func (r *rules) Queue(q id.Queue) conversation.Settings { return r.live.Load().View().Settings(q) }

// Profile implements engine.Rules.
func (r *rules) Profile(kind channel.Kind, account string) channel.Profile {
	if kind != channel.Web && kind != "" {
		return r.channels.Load().Profile(kind, account)
	}
	if p, ok := r.accounts[account]; ok {
		return p
	}
	return r.web
}

// Utilization implements engine.Rules.
func (r *rules) Utilization(a id.Agent) agent.Utilization { return r.live.Load().View().Utilization(a) }

// profiles are what desks are told, one for each kind of channel: the first
// deployment's.
func (r *rules) profiles() []channel.Profile {
	first := r.web
	if all := slices.Sorted(maps.Keys(r.accounts)); len(all) > 0 {
		first = r.accounts[all[0]]
	}
	return append([]channel.Profile{first}, r.channels.Load().Profiles()...)
}

// figures are the rules by which the board counts: service levels are the
// queues' own.
func figures(c *config.Config, v *organisation.View) supervisor.Rules {
	short := time.Duration(c.Reports.ShortAbandon) * time.Second
	out := supervisor.Rules{
		Zone: v.Organisation.Location(), Queues: map[id.Queue]supervisor.QueueRules{},
		Default: supervisor.QueueRules{ServiceLevel: defaultServiceLevel, ShortAbandon: short},
	}
	for _, q := range v.Organisation.Queues {
		if q.ServiceLevel != nil {
			out.Queues[q.ID] = supervisor.QueueRules{ServiceLevel: time.Duration(q.ServiceLevel.Seconds) * time.Second, ShortAbandon: short}
		}
	}
	return out
}

// called are the names in reports.
type called struct{ view *organisation.View }

// Queue implements supervisor.Names.
func (c called) Queue(q id.Queue) string {
	if known, ok := c.view.Organisation.Queue(q); ok {
		return known.Name
	}
	return string(q)
}

// Agent implements supervisor.Names.
func (c called) Agent(a id.Agent) string {
	if known, ok := c.view.User(a); ok {
		return known.Name
	}
	return string(a)
}

// Code implements supervisor.Names.
func (c called) Code(q id.Queue, code string) string {
	known, _ := c.view.Organisation.Queue(q)
	for _, x := range known.Codes {
		if x.ID == code {
			return x.Name
		}
	}
	return code
}

// Location implements supervisor.Names.
func (c called) Location() *time.Location { return c.view.Organisation.Location() }

// defaultServiceLevel is the longest wait that counts as answered in time, in a
// queue that has no aim of its own.
const defaultServiceLevel = time.Minute
