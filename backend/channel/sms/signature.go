package sms

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// HeaderSignature carries Twilio's signature.
const HeaderSignature = "X-Twilio-Signature"

// Sign makes the signature that Twilio puts on a form POST: HMAC-SHA1 with the
// account's auth token over the whole address as it was given to Twilio, then
// every field's name and value in order of the names. The values of a name that
// occurs more than once are sorted, each once. The address's fragment holds
// connection settings for Twilio and is not signed.
//
// https://www.twilio.com/docs/usage/webhooks/webhooks-security
func Sign(token, address string, fields url.Values) string {
	address, _, _ = strings.Cut(address, "#")
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(fields[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name))
			mac.Write([]byte(v))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// signed says that one of the addresses under which Twilio may know address
// gives this signature: Twilio signs with the scheme's own port or without it.
func signed(token, address string, fields url.Values, signature string) bool {
	ok := false
	for _, form := range ports(address) {
		if hmac.Equal([]byte(signature), []byte(Sign(token, form, fields))) {
			ok = true
		}
	}
	return ok
}

// ports gives address without a port, with its scheme's own, and as it is.
// Nothing else of it is touched: re-encoding would change what was signed.
func ports(address string) []string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return []string{address}
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, tail := rest[:end], rest[end:]
	bare := host
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		bare = host[:colon]
	}
	own := ":443"
	if strings.EqualFold(scheme, "http") {
		own = ":80"
	}
	out := []string{address}
	for _, h := range []string{bare, bare + own} {
		if form := scheme + "://" + h + tail; !slices.Contains(out, form) {
			out = append(out, form)
		}
	}
	return out
}
