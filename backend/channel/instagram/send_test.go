package instagram_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/instagram"
	"parley/backend/message"
)

const (
	taken1 = `{"recipient_id":"6600100200300400","message_id":"aWdt_out_1"}`
	closed = `{"error":{"message":"outside","type":"OAuthException","code":10,"error_subcode":2534022}}`
	day    = 24 * time.Hour
)

// bodies are what the steps' calls sent.
func bodies(steps []channel.Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, string(s.Call.Body))
	}
	return out
}

// TestAReply has no metadata, which Instagram does not document.
func TestAReply(t *testing.T) {
	m := text("Yes, Malta takes five days.")
	m.ReplyTo = "aWdt_1"
	for after, want := range map[time.Duration]string{
		time.Hour: `{"recipient":{"id":"6600100200300400"},"messaging_type":"RESPONSE","message":{"text":"Yes, Malta takes five days."},"reply_to":{"mid":"aWdt_1"}}`,
		2 * day:   `{"recipient":{"id":"6600100200300400"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message":{"text":"Yes, Malta takes five days."},"reply_to":{"mid":"aWdt_1"}}`,
	} {
		steps, receipt := channeltest.Play(t, connector, account(), m, t0.Add(after), channeltest.Answer(200, taken1))
		if got := bodies(steps); got[0] != want {
			t.Errorf("got  %s\nwant %s", got[0], want)
		}
		if !reflect.DeepEqual(receipt, channel.Receipt{PlatformIDs: []string{"aWdt_out_1"}, State: message.Sent}) {
			t.Errorf("receipt %+v", receipt)
		}
	}
}

func TestCallsGoToThePageOrToTheTokensAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"by the token":     {nil, "https://graph.facebook.com/v25.0/me/messages"},
		"by a linked page": {map[string]string{instagram.SettingPage: "900100200300"}, "https://graph.facebook.com/v25.0/900100200300/messages"},
		"Instagram Login":  {map[string]string{instagram.SettingAPI: "https://graph.instagram.com/v25.0/"}, "https://graph.instagram.com/v25.0/me/messages"},
	} {
		a := account()
		a.Settings = tt.settings
		steps, _ := channeltest.Play(t, connector, a, text("x"), t0, channeltest.Answer(200, taken1))
		if got := steps[0].Call.URL; got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestReconcileAsksForInstagramsThreads(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), channel.Reconcile{Sent: text("x")}, t0.Add(time.Minute),
		channeltest.Answer(200, `{"data":[{"id":"t_1"}]}`),
		channeltest.Answer(200, `{"data":[{"id":"aWdt_out_1","created_time":"2026-11-22T09:00:02+0000","from":{"id":"17840000000000001"},"message":"x"}]}`))
	if !strings.Contains(steps[0].Call.URL, "/me/conversations?platform=instagram&user_id=6600100200300400") {
		t.Errorf("asked %s", steps[0].Call.URL)
	}
	if !reflect.DeepEqual(receipt, channel.Receipt{PlatformIDs: []string{"aWdt_out_1"}, State: message.Sent}) {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestAPersonsHandleIsToldWithTheName(t *testing.T) {
	steps, receipt := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0,
		channeltest.Answer(200, `{"name":"Carla","username":"carla_m","profile_pic":null}`))
	if want := (channel.Person{Name: "Carla", Handle: "carla_m"}); receipt.Person == nil || !reflect.DeepEqual(*receipt.Person, want) {
		t.Errorf("%+v", receipt)
	}
	if want := "https://graph.facebook.com/v25.0/6600100200300400?fields=name%2Cusername%2Cprofile_pic"; steps[0].Call.URL != want {
		t.Errorf("asked %s", steps[0].Call.URL)
	}
}
