package hub

import (
	"log/slog"
	"path/filepath"

	"parley/backend/audit"
	"parley/backend/channel"
	"parley/backend/hub/channels"
	"parley/backend/hub/config"
	"parley/backend/id"
)

// Channel is an account of a messaging channel. What is secret is told of a demo
// only.
type Channel struct {
	Kind        string `json:"kind"`
	Account     string `json:"account,omitempty"`
	Endpoint    string `json:"endpoint,omitempty"`
	Webhook     string `json:"webhook,omitempty"`     // where the platform calls
	PlatformURL string `json:"platformUrl,omitempty"` // where the hub calls; channels.settings says which paths
	// Secret signs webhooks to the hub: of Meta's channels the app's secret, of X
	// the consumer secret, of SMS the auth token. Of open messaging it signs the
	// hub's webhooks. VerifyToken answers Meta's challenge.
	Secret      string `json:"secret,omitempty"`
	VerifyToken string `json:"verifyToken,omitempty"`
	// Credentials are all secrets, by name.
	Credentials map[string]string `json:"credentials,omitempty"`
}

// LogValue keeps secrets out of logs.
func (c Channel) LogValue() slog.Value { return slog.StringValue(c.Kind + " " + c.Account) }

// connectChannels makes the messaging channels.
func (a *assembled) connectChannels(o Options, c *config.Config, p place, r *rules, typing func(id.Conversation)) error {
	secret, err := a.stores.secret("channels.key")
	if err != nil {
		return err
	}
	a.channels, err = channels.New(channels.Options{
		Endpoints: c.Channels, Engine: a.engine, Log: a.stores.log, Model: a.stores.model, Files: a.stores.uploads, Vault: a.stores.vault,
		Secret: secret, Dir: filepath.Join(o.Data, channelsDir), PublicURL: p.public, Demo: o.Demo,
		Typing: typing, AgentName: a.agentName, Asks: a.asks, Logger: o.Logger, Now: o.Now,
	})
	if err != nil {
		return err
	}
	r.channels.Store(a.channels)
	for _, e := range c.Channels {
		if len(e.PrivateAddresses) == 0 {
			continue
		}
		subject := []string{"channel " + string(e.Kind) + "/" + e.Endpoint}
		for _, address := range e.PrivateAddresses {
			subject = append(subject, "address "+address)
		}
		record := audit.Record{At: a.engine.Now(), Who: "hub", Action: audit.AllowAddresses, Subject: subject, Outcome: audit.Done}
		if err := a.trail.Record(a.channels.Context(), record); err != nil {
			a.channels.Close()
			return err
		}
	}
	return nil
}

// agentTyping shows a conversation's contact that the agent types, whatever
// their channel is.
func (a *assembled) agentTyping(conv id.Conversation, agent string) {
	a.guests.Typing(conv, agent)
	a.channels.Typing(conv, agent)
}

// announced are the channels as the ready line tells them.
func announced(o Options, c *config.Config, public string) []Channel {
	out := []Channel{{Kind: string(channel.Web)}}
	for _, e := range c.Channels {
		for _, account := range e.Accounts {
			told := Channel{
				Kind: string(e.Kind), Account: account.ID, Endpoint: e.Endpoint, PlatformURL: e.PlatformURL,
				Webhook: channels.WebhookURL(public, e.Kind, e.Endpoint),
			}
			if o.Demo {
				told.reveal(e.Secrets, account.Secrets)
			}
			out = append(out, told)
		}
	}
	return out
}

// reveal tells a demo's secrets.
func (c *Channel) reveal(all ...map[string]config.Secret) {
	c.Credentials = map[string]string{}
	for _, secrets := range all {
		for name, s := range secrets {
			c.Credentials[name] = s.Value
		}
	}
	c.VerifyToken = c.Credentials["verify_token"]
	for _, name := range []string{"app_secret", "consumer_secret", "auth_token", "webhook_secret"} {
		if v := c.Credentials[name]; v != "" {
			c.Secret = v
		}
	}
}
