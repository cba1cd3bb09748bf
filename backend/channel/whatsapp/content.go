package whatsapp

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// read turns the content of a message of some type into a body and its files.
// What WhatsApp did not hand over, or we do not know, is named as such.
func (c content) read(kind string) (message.Body, []channel.Media) {
	var b message.Body
	var media []channel.Media
	known := true
	switch {
	case kind == "text" && c.Text != nil:
		b.Text = c.Text.Body
	case kind == "image" && c.Image != nil:
		b.Text, media = c.Image.Caption, c.Image.media(channel.Image)
	case kind == "video" && c.Video != nil:
		b.Text, media = c.Video.Caption, c.Video.media(channel.Video)
	case kind == "audio" && c.Audio != nil:
		media = c.Audio.media(channel.Audio)
	case kind == "document" && c.Document != nil:
		b.Text, media = c.Document.Caption, c.Document.media(channel.File)
	case kind == "sticker" && c.Sticker != nil:
		media = c.Sticker.media(channel.Sticker)
	case kind == "location" && c.Location != nil && c.Location.Latitude != nil && c.Location.Longitude != nil:
		l := c.Location
		b.Location = &message.Location{Latitude: *l.Latitude, Longitude: *l.Longitude, Name: l.Name, Address: l.Address}
	case kind == "contacts" && len(c.Contacts) > 0:
		for _, card := range c.Contacts {
			b.Contacts = append(b.Contacts, card.card())
		}
	case kind == "button" && c.Button != nil:
		b.Text, b.Payload = c.Button.Text, c.Button.Payload
	case kind == "interactive" && c.Interactive != nil:
		known = c.Interactive.read(&b)
	case kind == "order" && c.Order != nil:
		b.Text = c.Order.text()
	default:
		known = false
	}
	if !known || b.Empty() && len(media) == 0 {
		b.Unsupported = c.missing(kind)
	}
	return b, media
}

// missing names content that was not handed over.
func (c content) missing(kind string) string {
	if c.Unsupported != nil && c.Unsupported.Type != "" {
		kind = c.Unsupported.Type
	}
	return meta.Word(kind)
}

// read takes over a choice; false if it is of a kind that we do not know.
//
//	{"type":"list_reply","list_reply":{"id":"slot-3","title":"Thursday","description":"14:00"}}
func (i interactive) read(b *message.Body) bool {
	for _, c := range []*choice{i.ButtonReply, i.ListReply} {
		if c != nil {
			b.Text, b.Payload = strings.TrimSpace(c.Title+"\n"+c.Description), c.ID
			return true
		}
	}
	if i.FlowReply != nil {
		b.Text, b.Payload = i.FlowReply.Body, i.FlowReply.Response
		return true
	}
	return false
}

func (f *file) media(kind channel.MediaKind) []channel.Media {
	if f.ID == "" {
		return nil
	}
	return []channel.Media{{Kind: kind, ID: f.ID, Name: f.Filename, MIME: f.MIME, SHA256: digest(f.SHA256), Voice: f.Voice}}
}

// digest writes a SHA-256 in hexadecimal, whichever way it came; "" if it is none.
func digest(s string) string {
	if b, err := hex.DecodeString(s); err == nil && len(b) == 32 {
		return strings.ToLower(s)
	}
	if b, err := base64.StdEncoding.DecodeString(s); err == nil && len(b) == 32 {
		return hex.EncodeToString(b)
	}
	return ""
}

func (c card) card() message.Card {
	out := message.Card{Name: c.Name.Formatted, Org: c.Org.Company}
	if out.Name == "" {
		out.Name = strings.TrimSpace(c.Name.First + " " + c.Name.Last)
	}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, p.Phone)
	}
	for _, e := range c.Emails {
		out.Emails = append(out.Emails, e.Email)
	}
	return out
}

// text writes an order as lines without words of any language.
func (o order) text() string {
	var lines []string
	if o.Text != "" {
		lines = append(lines, o.Text)
	}
	for _, i := range o.Items {
		line := number(i.Quantity) + " × " + i.Product
		if price := number(i.Price); price != "" {
			line += ", " + strings.TrimSpace(price+" "+i.Currency)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// number is a number as it was written, quoted or not; "" if it is none.
func number(raw json.RawMessage) string {
	s := strings.Trim(string(raw), `"`)
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return ""
	}
	return s
}
