// Package oauth1 signs calls for platforms that ask for OAuth 1.0a: the scheme
// channel.OAuth1. It is pure: nonce and time are the caller's.
package oauth1

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Keys are what a platform gave an app, and an account of it.
type Keys struct {
	Consumer, ConsumerSecret string
	Token, TokenSecret       string
}

// Authorize makes the Authorization header of one call (RFC 5849, HMAC-SHA1).
// form is the call's body if it is a form; a body of JSON or parts is not signed.
// The nonce is the caller's: unique among the calls of one second.
func Authorize(k Keys, method, address string, form url.Values, nonce string, now time.Time) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("sign a call: %w", err)
	}
	own := url.Values{
		"oauth_consumer_key":     {k.Consumer},
		"oauth_nonce":            {nonce},
		"oauth_signature_method": {"HMAC-SHA1"},
		"oauth_timestamp":        {strconv.FormatInt(now.Unix(), 10)},
		"oauth_token":            {k.Token},
		"oauth_version":          {"1.0"},
	}
	base := strings.ToUpper(method) + "&" + escape(origin(u)) + "&" + escape(strings.Join(pairs(`=`, "", own, u.Query(), form), "&"))
	mac := hmac.New(sha1.New, []byte(escape(k.ConsumerSecret)+"&"+escape(k.TokenSecret)))
	mac.Write([]byte(base))
	own.Set("oauth_signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return "OAuth " + strings.Join(pairs(`="`, `"`, own), ", "), nil
}

// origin is the address without query and without the scheme's own port.
func origin(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path
}

// pairs lists every name and value, escaped, in the order of RFC 5849.
func pairs(between, after string, sets ...url.Values) []string {
	var all [][2]string
	for _, set := range sets {
		for name, values := range set {
			for _, v := range values {
				all = append(all, [2]string{escape(name), escape(v)})
			}
		}
	}
	slices.SortFunc(all, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = p[0] + between + p[1] + after
	}
	return out
}

// escape is percent-encoding as RFC 3986 has it: everything but the unreserved.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
