package hub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"parley/backend/channel"
	"parley/backend/hub/config"
	"parley/backend/id"
)

// demoEndpoint is the endpoint of a demo's channels.
const demoEndpoint = "demo"

// nowhere is what a demo calls when no platform is simulated: nothing listens
// there, so that messages fail in words.
const nowhere = "http://127.0.0.1:1"

// demoChannels are one account of each channel. Their secrets derive from the
// seed. With platform P, a channel calls below P/KIND.
func demoChannels(seed, platform string, queue id.Queue) []config.Channel {
	if platform == "" {
		platform = nowhere
	}
	secrets := func(kind channel.Kind, names ...string) map[string]config.Secret {
		out := map[string]config.Secret{}
		for _, n := range names {
			m := hmac.New(sha256.New, []byte(seed))
			m.Write([]byte(string(kind) + " " + n))
			out[n] = config.Secret{Value: hex.EncodeToString(m.Sum(nil)[:16])}
		}
		return out
	}
	one := func(kind channel.Kind, id, name string, settings map[string]string, endpoint, account []string) config.Channel {
		return config.Channel{
			Kind: kind, Endpoint: demoEndpoint, Secrets: secrets(kind, endpoint...), PlatformURL: platform + "/" + string(kind),
			Accounts: []config.ChannelAccount{{
				ID: id, Name: name, Queue: queue, Settings: settings, Secrets: secrets(kind, account...), ThreadHours: 72,
			}},
		}
	}
	meta, token := []string{"app_secret", "verify_token"}, []string{"token"}
	return []config.Channel{
		one(channel.Messenger, "110000000000001", "Tarn & Fell", map[string]string{"humanAgent": "on"}, meta, token),
		one(channel.Instagram, "17840000000000001", "tarnandfell", map[string]string{"humanAgent": "on"}, meta, token),
		one(channel.WhatsApp, "106540352242922", "Tarn & Fell", map[string]string{"businessAccount": "102290129340398"}, meta, token),
		one(channel.X, "1500000000000000001", "tarnandfell", map[string]string{"api": "1.1"}, []string{"consumer_secret"},
			[]string{"consumer_key", "token", "token_secret"}),
		one(channel.SMS, "+35621000000", "Tarn & Fell", map[string]string{"accountSid": "AC00000000000000000000000000000001"}, []string{"auth_token"},
			[]string{"api_user", "api_password"}),
		one(channel.Open, "demo-integration", "Tarn & Fell app", map[string]string{"typing.inbound": "Enabled", "typing.outbound": "Enabled"},
			[]string{"client_id", "client_secret"}, []string{"webhook_secret"}),
	}
}
