package instagram_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/instagram"
	"parley/backend/channel/internal/meta/metatest"
	"parley/backend/message"
)

// What the text that Parley implements says of Instagram Direct.

const (
	mention = `"message":{"mid":"aWdt_2","attachments":[{"type":"story_mention","payload":{"url":"https://cdn.example/story?asset=1&sig=x"}}]}`
	reply   = `"message":{"mid":"aWdt_3","text":"love this!","reply_to":{"story":{"id":"18","url":"https://cdn.example/story?asset=2&sig=y"}}}`
)

func TestImagesAndOtherMediaExpireAfter24HoursForStoryMentions(t *testing.T) {
	m := metatest.One[channel.MessageReceived](t, connector, account(), event(mention))
	if m.Body.Ephemeral == nil || m.Body.Ephemeral.Kind != message.StoryMention || !m.Body.Ephemeral.Until.Equal(t0.Add(24*time.Hour)) {
		t.Errorf("%+v", m.Body.Ephemeral)
	}
}

func TestIfAUserHasNoDisplayNameTheUsernameIsShownElseThePageScopedID(t *testing.T) {
	for answer, want := range map[string]string{
		`{"name":"Carla","username":"carla_m"}`: "Carla",
		`{"username":"carla_m"}`:                "carla_m",
		`{"name":"","username":""}`:             contact,
	} {
		_, r := channeltest.Play(t, connector, account(), channel.FetchProfile{Contact: contact}, t0, channeltest.Answer(200, answer))
		if got := r.Person.Label(contact); got != want {
			t.Errorf("%s is called %q, want %q", answer, got, want)
		}
	}
}

func TestBecauseInstagramDoesNotSendImagesInUserSharedStoriesTheyDoNotAppear(t *testing.T) {
	m := metatest.One[channel.MessageReceived](t, connector, account(), event(`"message":{"mid":"m","attachments":[{"type":"share"}]}`))
	if len(m.Media) != 0 || m.EphemeralURL != "" || m.Body.Unsupported != "share" {
		t.Errorf("%+v", m)
	}
}

// TestEphemeralMediaIsNotPersistedInAnyConversation: whatever is stored or logged
// of an event, the address is not in it. It is beside the event, for who shows it.
func TestEphemeralMediaIsNotPersistedInAnyConversation(t *testing.T) {
	for _, members := range []string{mention, reply} {
		m := metatest.One[channel.MessageReceived](t, connector, account(), event(members))
		if !strings.HasPrefix(m.EphemeralURL, "https://cdn.example/story") {
			t.Errorf("the address is %q", m.EphemeralURL)
		}
		whole, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		body, err := json.Marshal(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("received", "event", m, "body", m.Body)
		slog.New(slog.NewTextHandler(&log, nil)).Info("received", "event", m, "body", m.Body)
		for where, text := range map[string]string{"the event": string(whole), "the body": string(body), "a log": log.String()} {
			if strings.Contains(text, "cdn.example") {
				t.Errorf("the address is in %s: %s", where, text)
			}
		}
	}
}

func TestIfYourAdminDisablesStoryMentionsAndStoryRepliesYouDoNotReceiveThem(t *testing.T) {
	for kind, tt := range map[string]struct{ setting, members string }{
		"story_mention": {instagram.SettingStoryMentions, mention},
		"story_reply":   {instagram.SettingStoryReplies, reply},
	} {
		a := account()
		a.Settings[tt.setting] = "off"
		if got := metatest.Nothing(t, connector, a, event(tt.members)); got != kind {
			t.Errorf("skipped as %q, want %q", got, kind)
		}
		// The other one stays, as do both where nothing is switched off.
		metatest.One[channel.MessageReceived](t, connector, account(), event(tt.members))
	}
}

func TestMessagesThatUsersUnsendAreDeleted(t *testing.T) {
	e := metatest.One[channel.MessageUnsent](t, connector, account(), event(`"message":{"mid":"aWdt_1","is_deleted":true}`))
	if want := (channel.MessageUnsent{Account: "17840000000000001", From: contact, PlatformID: "aWdt_1", At: t0}); e != want {
		t.Errorf("%+v, want %+v", e, want)
	}
}
