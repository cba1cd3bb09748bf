package x

import (
	"encoding/json"
	"fmt"
	"strings"

	"parley/backend/channel"
	"parley/backend/message"
)

// event is one entry of direct_message_events.
//
//	{"type": "message_create", "id": "1990…1", "created_timestamp": "1793000400123", "message_create": {
//	  "target": {"recipient_id": "3300440055"}, "sender_id": "7700880099",
//	  "message_data": {"text": "hi", "entities": {…}, "attachment": {"type": "media", "media": {…}}}}}
type event struct {
	Type   string `json:"type"`
	ID     scalar `json:"id"`
	At     scalar `json:"created_timestamp"`
	Create struct {
		Sender scalar `json:"sender_id"`
		Target struct {
			Recipient scalar `json:"recipient_id"`
		} `json:"target"`
		Data data `json:"message_data"`
	} `json:"message_create"`
}

// data is what a message says. What is beside the text is read by itself, so
// that a shape that changed does not cost the text.
type data struct {
	Text       string          `json:"text"`
	Entities   json.RawMessage `json:"entities"`
	QuickReply json.RawMessage `json:"quick_reply_response"`
	Attachment json.RawMessage `json:"attachment"`
}

func (p *parser) message(raw json.RawMessage) error {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if e.Type != "" && e.Type != "message_create" {
		p.skip("direct_message_events."+e.Type, "not a message")
		return nil
	}
	sender, recipient := string(e.Create.Sender), string(e.Create.Target.Recipient)
	if e.Type == "" || e.ID == "" || sender == "" {
		return fmt.Errorf("no type, no ID or no sender")
	}
	body, media := content(e.Create.Data)
	if sender == p.account {
		if recipient == "" {
			return fmt.Errorf("no recipient")
		}
		p.describe(recipient)
		p.batch.Events = append(p.batch.Events, channel.Echoed{
			Account: p.account, To: recipient, PlatformID: string(e.ID), Body: body, Media: media, SentAt: e.At.time(),
		})
		return nil
	}
	if body.Empty() && len(media) == 0 {
		p.skip("empty_message", "neither text nor file")
		return nil
	}
	p.describe(sender)
	p.batch.Events = append(p.batch.Events, channel.MessageReceived{
		Account: p.account, From: sender, PlatformID: string(e.ID), Body: body, Media: media, SentAt: e.At.time(),
	})
	return nil
}

// content makes a body and references to files of a message's data.
func content(d data) (message.Body, []channel.Media) {
	var attached attachment
	if len(d.Attachment) > 0 && json.Unmarshal(d.Attachment, &attached) != nil {
		attached = attachment{Type: "attachment"}
	}
	body := message.Body{
		Text:    readable(d.Text, d.Entities, attached.Media.Link),
		Payload: text(field(d.QuickReply, "metadata")),
	}
	var media []channel.Media
	switch {
	case attached.Type == "":
	case attached.Type == "media" && attached.Media.url() != "":
		media = []channel.Media{attached.Media.reference()}
	case attached.Type == "location" && attached.place() != nil:
		body.Location = attached.place()
	default:
		body.Unsupported = word(attached.Type)
	}
	return body, media
}

// attachment is a file or a place.
type attachment struct {
	Type     string `json:"type"`
	Media    file   `json:"media"`
	Location struct {
		Coordinate struct {
			Coordinates struct {
				Values []float64 `json:"coordinates"` // longitude, latitude
			} `json:"coordinates"`
		} `json:"shared_coordinate"`
		Place struct {
			Place struct {
				Name string `json:"full_name"`
			} `json:"place"`
		} `json:"shared_place"`
	} `json:"location"`
}

func (a attachment) place() *message.Location {
	if v := a.Location.Coordinate.Coordinates.Values; len(v) == 2 {
		return &message.Location{Longitude: v[0], Latitude: v[1]}
	}
	if name := a.Location.Place.Place.Name; name != "" {
		return &message.Location{Name: name}
	}
	return nil
}

// file is a picture or a film.
type file struct {
	ID      scalar `json:"id"`
	IDText  string `json:"id_str"`
	Type    string `json:"type"` // photo, video, animated_gif
	Address string `json:"media_url_https"`
	Link    string `json:"url"` // the short address that X puts at the end of the text
	Video   struct {
		Variants []variant `json:"variants"`
	} `json:"video_info"`
}

type variant struct {
	Bitrate int64  `json:"bitrate"`
	Type    string `json:"content_type"`
	URL     string `json:"url"`
}

// best is the film's variant with the most detail; the zero variant if it has
// none that is one file.
func (f file) best() variant {
	var best variant
	for _, v := range f.Video.Variants {
		if v.Type == "video/mp4" && v.URL != "" && (best.URL == "" || v.Bitrate > best.Bitrate) {
			best = v
		}
	}
	return best
}

func (f file) url() string { return first(f.best().URL, f.Address) }

func (f file) reference() channel.Media {
	m := channel.Media{Kind: channel.Image, ID: first(f.IDText, string(f.ID)), URL: f.url()}
	if v := f.best(); v.URL != "" {
		m.Kind, m.MIME = channel.Video, v.Type
	}
	return m
}

// readable undoes what X did to a text: it puts the attachment's short address
// at the end, replaces addresses by short ones, and writes &, < and > as HTML.
func readable(text string, entities json.RawMessage, link string) string {
	if link != "" {
		text = strings.TrimSuffix(strings.TrimSuffix(text, link), " ")
	}
	var e struct {
		URLs []struct {
			Short string `json:"url"`
			Whole string `json:"expanded_url"`
		} `json:"urls"`
	}
	if json.Unmarshal(entities, &e) == nil {
		for _, u := range e.URLs {
			if strings.HasPrefix(u.Short, "https://t.co/") && strings.HasPrefix(u.Whole, "http") {
				text = strings.Replace(text, u.Short, u.Whole, 1)
			}
		}
	}
	return unescape.Replace(text)
}

var unescape = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
