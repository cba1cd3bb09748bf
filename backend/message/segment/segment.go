// Package segment counts the parts in which a text message leaves as SMS: what
// a carrier bills and what the composer shows. It is pure and a leaf.
//
// Sizes are from https://www.twilio.com/docs/glossary/what-sms-character-limit,
// the alphabet from 3GPP TS 23.038, section 6.2.1, without national tables.
package segment

import "strings"

// Encoding is how a text's characters are packed.
type Encoding string

// The two encodings. One character outside GSM7 turns the whole text to UCS2.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// Count is what a text takes.
type Count struct {
	Encoding Encoding `json:"encoding"`
	// Units are places: septets in GSM7, 16-bit halves in UCS2. A place that stays
	// empty because a character may not be split is not counted.
	Units int `json:"units"`
	// Segments are the parts; 0 for an empty text.
	Segments int `json:"segments"`
	// Left is how many places the last part has free.
	Left int `json:"left"`
}

// Places of a message that is alone, and of each part of several.
const (
	gsmSingle, gsmPart   = 160, 153
	ucs2Single, ucs2Part = 70, 67
)

// basic takes one place each, extended two: an escape before it.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// Of counts text. Bytes that are no UTF-8 count as the U+FFFD they leave as.
func Of(text string) Count {
	encoding, single, part := GSM7, gsmSingle, gsmPart
	for _, r := range text {
		if !strings.ContainsRune(basic, r) && !strings.ContainsRune(extended, r) {
			encoding, single, part = UCS2, ucs2Single, ucs2Part
			break
		}
	}
	// Both are counted in one pass: as one message, and as parts, in which neither
	// an escape nor a surrogate pair is split.
	units, parts, used := 0, 0, part
	for _, r := range text {
		n := places(encoding, r)
		units += n
		if used+n > part {
			parts, used = parts+1, 0
		}
		used += n
	}
	switch {
	case units == 0:
		return Count{Encoding: encoding, Left: single}
	case units <= single:
		return Count{Encoding: encoding, Units: units, Segments: 1, Left: single - units}
	}
	return Count{Encoding: encoding, Units: units, Segments: parts, Left: part - used}
}

func places(e Encoding, r rune) int {
	if e == UCS2 && r > 0xFFFF || e == GSM7 && strings.ContainsRune(extended, r) {
		return 2
	}
	return 1
}
