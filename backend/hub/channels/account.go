package channels

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/instagram"
	"parley/backend/channel/messenger"
	"parley/backend/channel/open"
	"parley/backend/channel/sms"
	"parley/backend/channel/whatsapp"
	"parley/backend/channel/x"
	"parley/backend/hub/config"
	"parley/backend/id"
)

// endpoint is one address that a platform calls.
type endpoint struct {
	config    config.Channel
	connector channel.Connector
	url       string // public
	accounts  channel.Accounts
	private   []netip.Prefix
}

// account is one configured account with what is under way on it.
type account struct {
	channel.Account
	endpoint  *endpoint
	connector channel.Connector
	profile   channel.Profile
	queue     id.Queue
	thread    time.Duration // how long a conversation is gone on with
	secrets   map[string]config.Secret
	lane      *lane
}

// add makes an endpoint and its accounts.
func (h *Hub) add(c config.Channel) error {
	e := &endpoint{config: c, connector: h.connectors[c.Kind], url: WebhookURL(h.o.PublicURL, c.Kind, c.Endpoint), accounts: channel.Accounts{}}
	if e.connector == nil {
		return fmt.Errorf("the hub has no channel %q", c.Kind)
	}
	for _, p := range c.PrivateAddresses {
		network, err := config.Network(p)
		if err != nil {
			return err
		}
		e.private = append(e.private, network)
	}
	if len(e.private) > 0 {
		h.log.Warn("calls of a channel may go to addresses that are not public", "channel", c.Kind, "endpoint", c.Endpoint, "addresses", c.PrivateAddresses)
	}
	for _, configured := range c.Accounts {
		a := &account{
			Account:  channel.Account{Kind: c.Kind, ID: configured.ID, Name: configured.Name, Settings: settings(c, configured, e.url)},
			endpoint: e, connector: e.connector, queue: configured.Queue, secrets: configured.Secrets,
			thread: time.Duration(configured.ThreadHours) * time.Hour,
		}
		a.profile = e.connector.Profile(a.Account)
		a.lane = newLane(h, a)
		e.accounts[a.ID] = a.Account
		h.accounts[accountKey{c.Kind, a.ID}] = a
	}
	h.endpoints = append(h.endpoints, e)
	return nil
}

// WebhookURL is an endpoint's address. Open messaging has addresses of its own,
// and this is the hub's.
func WebhookURL(public string, kind channel.Kind, endpoint string) string {
	if kind == channel.Open {
		return public
	}
	return public + "/webhooks/" + string(kind) + "/" + endpoint
}

// settings are an account's, completed by where platform and hub are. With
// platformUrl P the calls of the channels go to these addresses below it:
//
//	messenger, instagram   P/v25.0/…                      Graph API
//	whatsapp               P/v23.0/…                      Graph API
//	x                      P/2/…, P/1.1/…                 API, uploads included
//	sms                    P/2010-04-01/Accounts/SID/…    API
//	open                   P/webhook                      unless webhookUrl is set
//
// and files of inbound messages to wherever the platform's answers say, which
// has to be on P's host if it is not HTTPS.
func settings(c config.Channel, a config.ChannelAccount, webhook string) map[string]string {
	out := maps.Clone(a.Settings)
	if out == nil {
		out = map[string]string{}
	}
	platform := strings.TrimRight(c.PlatformURL, "/")
	set := func(name, value string) {
		if out[name] == "" {
			out[name] = value
		}
	}
	if c.Kind == channel.SMS {
		set(sms.SettingWebhook, webhook)
	}
	if platform == "" {
		return out
	}
	switch c.Kind {
	case channel.Messenger:
		set(messenger.SettingAPI, platform+"/v25.0")
	case channel.Instagram:
		set(instagram.SettingAPI, platform+"/v25.0")
	case channel.WhatsApp:
		set(whatsapp.SettingAPI, platform+"/v23.0")
	case channel.X:
		set(x.SettingURL, platform)
	case channel.SMS:
		set(sms.SettingAPI, platform)
	case channel.Open:
		set(open.SettingWebhook, platform+"/webhook")
	case channel.Web:
	}
	return out
}

// signedURL is the address that the platform signs, if it signs one.
func (e *endpoint) signedURL() string {
	for _, id := range slices.Sorted(maps.Keys(e.accounts)) {
		if own := e.accounts[id].Settings[sms.SettingWebhook]; e.config.Kind == channel.SMS && own != "" {
			return own
		}
	}
	return e.url
}

// find returns the endpoint of a kind and name, or nil.
func (h *Hub) find(kind channel.Kind, name string) *endpoint {
	for _, e := range h.endpoints {
		if e.config.Kind == kind && e.config.Endpoint == name && kind != channel.Open {
			return e
		}
	}
	return nil
}
