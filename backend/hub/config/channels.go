package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"parley/backend/channel"
	"parley/backend/id"
)

// Channel is an endpoint of a messaging channel: one address that a platform
// calls, for one account or many.
type Channel struct {
	Kind     channel.Kind      `yaml:"kind"`
	Endpoint string            `yaml:"endpoint"` // in the address: /webhooks/KIND/ENDPOINT
	Secrets  map[string]Secret `yaml:"secrets,omitempty"`
	// PlatformURL replaces the platform's own address, for simulators and proxies.
	PlatformURL string `yaml:"platformUrl,omitempty"`
	// PrivateAddresses are IP addresses or networks beyond public ones that calls
	// of this endpoint may go to.
	PrivateAddresses []string         `yaml:"privateAddresses,omitempty"`
	Accounts         []ChannelAccount `yaml:"accounts"`
}

// ChannelAccount is one account: a page, a number, an integration.
type ChannelAccount struct {
	ID       string            `yaml:"id"` // the platform's
	Name     string            `yaml:"name"`
	Queue    id.Queue          `yaml:"queue"`
	Settings map[string]string `yaml:"settings,omitempty"` // the connector's
	Secrets  map[string]Secret `yaml:"secrets,omitempty"`
	// ThreadHours is how long after its last message a conversation is gone on with.
	ThreadHours int `yaml:"threadHours,omitempty"`
}

// Secret says where a secret is. Exactly one of the fields is set.
type Secret struct {
	Env      string `yaml:"env,omitempty"`      // a variable of the environment
	File     string `yaml:"file,omitempty"`     // a file; a line end at its end is no part
	Keychain string `yaml:"keychain,omitempty"` // SERVICE/NAME in the system's keychain
	// Value is a demo's: it was made by the hub and is in no configuration.
	Value string `yaml:"-"`
}

// String keeps secrets out of whatever prints one.
func (Secret) String() string { return "[secret]" }

const defaultThreadHours = 72

func (c *Channel) withDefaults() {
	for i := range c.Accounts {
		c.Accounts[i].ThreadHours = or(c.Accounts[i].ThreadHours, defaultThreadHours)
	}
}

// words are the names that a kind of channel knows.
type words struct {
	endpoint, account  []string // of secrets; all of an endpoint's must be given
	required, settings []string
	prefix             string // of settings with names of the operator's
}

// known says what each kind of channel knows; docs/channels tells what it means.
func known(k channel.Kind) words {
	switch k {
	case channel.Messenger:
		return words{[]string{"app_secret", "verify_token"}, []string{"token"}, []string{"token"}, []string{"humanAgent", "api"}, ""}
	case channel.Instagram:
		return words{[]string{"app_secret", "verify_token"}, []string{"token"}, []string{"token"}, []string{"page", "humanAgent", "storyMentions", "storyReplies", "api"}, ""}
	case channel.WhatsApp:
		return words{[]string{"app_secret", "verify_token"}, []string{"token"}, []string{"token"}, []string{"businessAccount", "listButton", "api"}, ""}
	case channel.X:
		return words{[]string{"consumer_secret"}, []string{"consumer_key", "consumer_secret", "token", "token_secret", "access_token"}, nil, []string{"api", "auth", "apiUrl"}, ""}
	case channel.SMS:
		return words{[]string{"auth_token"}, []string{"api_user", "api_password"}, []string{"api_user", "api_password"}, []string{"accountSid", "webhookUrl", "maxSegments", "apiUrl"}, ""}
	case channel.Open:
		return words{[]string{"client_id", "client_secret"}, []string{"webhook_secret"}, []string{"webhook_secret"}, []string{"webhookUrl", "signature", "typing.inbound", "typing.outbound", "maxFileBytes", "fileTypes"}, "header."}
	case channel.Web:
	}
	return words{}
}

// checkChannels reports what a schema cannot say about channels.
func checkChannels(c *Config, bad func(string, []any, ...any)) {
	queues := make([]string, 0, len(c.Queues))
	for _, q := range c.Queues {
		queues = append(queues, string(q.ID))
	}
	endpoints, accounts := map[string]bool{}, map[string]bool{}
	for i, e := range c.Channels {
		at := func(steps ...any) []any { return append([]any{"channels", i}, steps...) }
		if key := string(e.Kind) + "/" + e.Endpoint; endpoints[key] {
			bad("%s is another endpoint of this kind", []any{e.Endpoint}, at("endpoint")...)
		} else {
			endpoints[key] = true
		}
		w := known(e.Kind)
		checkSecrets(e.Secrets, w.endpoint, w.endpoint, bad, at("secrets"))
		if e.PlatformURL != "" && !address(e.PlatformURL) {
			bad("must be an address like https://api.example.org", nil, at("platformUrl")...)
		}
		for j, p := range e.PrivateAddresses {
			if _, err := Network(p); err != nil {
				bad("must be an IP address or a network like 10.0.0.0/8", nil, at("privateAddresses", j)...)
			}
		}
		for j, a := range e.Accounts {
			in := func(steps ...any) []any { return append(at("accounts", j), steps...) }
			if key := string(e.Kind) + "/" + a.ID; accounts[key] {
				bad("%s is the ID of another account of this kind", []any{a.ID}, in("id")...)
			} else {
				accounts[key] = true
			}
			if !slices.Contains(queues, string(a.Queue)) {
				bad("no such queue; allowed: %s", []any{list(queues)}, in("queue")...)
			}
			checkSecrets(a.Secrets, w.account, w.required, bad, in("secrets"))
			for name := range a.Settings {
				if !slices.Contains(w.settings, name) && (w.prefix == "" || !strings.HasPrefix(name, w.prefix)) {
					bad("unknown setting of %s; allowed: %s", []any{e.Kind, strings.Join(w.settings, ", ")}, in("settings", name)...)
				}
			}
			for _, name := range []string{"webhookUrl", "apiUrl"} {
				if v := a.Settings[name]; v != "" && !address(v) {
					bad("must be an address like https://example.org/path", nil, in("settings", name)...)
				}
			}
		}
	}
}

func checkSecrets(have map[string]Secret, allowed, required []string, bad func(string, []any, ...any), at []any) {
	for name, s := range have {
		if !slices.Contains(allowed, name) {
			bad("unknown secret; allowed: %s", []any{list(allowed)}, append(slices.Clone(at), name)...)
		}
		if service, user, ok := strings.Cut(s.Keychain, "/"); s.Keychain != "" && (!ok || service == "" || user == "") {
			bad("must be SERVICE/NAME", nil, append(slices.Clone(at), name, "keychain")...)
		}
	}
	for _, name := range required {
		if _, there := have[name]; !there {
			bad("the secret %s is missing", []any{name}, at...)
		}
	}
}

func address(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

// Network reads an IP address or a network.
func Network(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fmt.Errorf("read a network: %w", err)
	}
	return p, nil
}
