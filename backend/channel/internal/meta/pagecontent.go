package meta

import (
	"maps"
	"slices"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Settings of Instagram accounts: "off" reports none of the kind.
const (
	SettingStoryMentions = "storyMentions"
	SettingStoryReplies  = "storyReplies"
)

// storyLife is how long a story lasts after it was told of.
const storyLife = 24 * time.Hour

// content is what a message holds, apart from its places in the webhook.
type content struct {
	body  message.Body
	media []channel.Media
	url   string // of body.Ephemeral
}

func (b *pageBatch) message(account string, e pageEvent, at time.Time) {
	m := e.Message
	contact := e.Sender.ID
	if m.IsEcho {
		contact = e.Recipient.ID
	}
	if m.IsDeleted {
		if m.MID == "" || contact == "" {
			b.skip("is_deleted", "no message is named")
			return
		}
		b.add(channel.MessageUnsent{Account: account, From: contact, PlatformID: m.MID, At: at})
		return
	}
	c := m.content(at)
	if contact == account {
		b.skip("self", "a message of the account to itself")
		return
	}
	if m.IsEcho {
		if contact == "" {
			b.skip("anonymous", "an echo without recipient")
			return
		}
		b.add(channel.Echoed{
			Account: account, To: contact, PlatformID: m.MID, Message: Untag(m.Metadata),
			Body: c.body, Media: c.media, SentAt: at,
		})
		return
	}
	if kind := b.switchedOff(account, c.body.Ephemeral); kind != "" {
		b.skip(kind, "switched off for this account")
		return
	}
	out := channel.MessageReceived{
		Account: account, From: contact, PlatformID: m.MID, Body: c.body, Media: c.media,
		EphemeralURL: c.url, SentAt: at, Attributes: m.Referral.attributes(),
	}
	if m.ReplyTo != nil {
		out.ReplyTo = m.ReplyTo.MID
	}
	b.add(out)
}

// switchedOff names the kind of story that an account does not want, or "".
func (b *pageBatch) switchedOff(account string, e *message.Ephemeral) string {
	settings := b.accounts[account].Settings
	if e == nil {
		return ""
	}
	switch {
	case e.Kind == message.StoryMention && settings[SettingStoryMentions] == "off",
		e.Kind == message.StoryReply && settings[SettingStoryReplies] == "off":
		return string(e.Kind)
	}
	return ""
}

func (m *pageMessage) content(at time.Time) content {
	c := content{body: message.Body{Text: m.Text}}
	if m.QuickReply != nil {
		c.body.Payload = m.QuickReply.Payload
	}
	if m.ReplyTo != nil && m.ReplyTo.Story != nil {
		c.ephemeral(message.StoryReply, m.ReplyTo.Story.URL, at)
	}
	// What the platform names without handing it over, each once.
	missing := map[string]bool{}
	for _, a := range m.Attachments {
		if !c.attachment(a, at) {
			missing[Word(a.Type)] = true
		}
	}
	if m.Unsupported {
		missing["unsupported"] = true
	}
	if len(missing) == 0 && c.body.Empty() && len(c.media) == 0 {
		missing["empty"] = true
	}
	c.body.Unsupported = strings.Join(slices.Sorted(maps.Keys(missing)), ", ")
	return c
}

// ephemeral marks the first media that may not be kept. The address goes beside
// the body, never into it.
func (c *content) ephemeral(kind message.EphemeralKind, url string, at time.Time) {
	if c.body.Ephemeral != nil {
		return
	}
	c.body.Ephemeral, c.url = &message.Ephemeral{Kind: kind}, url
	if !at.IsZero() && kind != message.ViewOnce {
		c.body.Ephemeral.Until = at.Add(storyLife)
	}
}

var mediaKinds = map[string]channel.MediaKind{
	"image": channel.Image, "audio": channel.Audio, "video": channel.Video, "file": channel.File, "sticker": channel.Sticker,
}

// links are what is shared by address. Of a type that we do not know the address
// is not kept: it may be of media that may not be.
var links = map[string]bool{
	"share": true, "fallback": true, "post": true, "ig_post": true, "reel": true, "ig_reel": true, "template": true,
}

// attachment adds one; false if the platform did not hand it over.
//
//	{"type":"image","payload":{"url":"https://cdn.example/p.jpg?sig=x"}}
//	{"type":"fallback","title":"A page"}
//	{"type":"story_mention","payload":{"url":"https://cdn.example/story?asset=1"}}
//	{"type":"ephemeral"}
func (c *content) attachment(a pageAttachment, at time.Time) bool {
	url := a.Payload.URL
	switch {
	case a.Type == "ephemeral":
		c.ephemeral(message.ViewOnce, "", at)
		return true
	case strings.Contains(a.Type, "story"):
		c.ephemeral(message.StoryMention, url, at)
		return true
	}
	if kind, ok := mediaKinds[a.Type]; ok {
		if len(a.Payload.StickerID) > 0 {
			kind = channel.Sticker
		}
		if url == "" {
			return false
		}
		c.media = append(c.media, channel.Media{Kind: kind, URL: url})
		return true
	}
	if !links[a.Type] {
		return false
	}
	if url == "" {
		url = a.URL
	}
	title := a.Payload.Title
	if title == "" {
		title = a.Title
	}
	if url == "" {
		return false
	}
	c.body.Links = append(c.body.Links, message.Link{Title: title, URL: url})
	return true
}
