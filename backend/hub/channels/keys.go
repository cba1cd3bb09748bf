package channels

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"parley/backend/channel"
	"parley/backend/id"
)

// keys are made of the hub's secret, one for each use.
type keys struct{ contact, command, file, journal []byte }

func newKeys(secret []byte) keys {
	derive := func(use string) []byte { return mac(secret, "parley channels "+use) }
	return keys{contact: derive("contact"), command: derive("command"), file: derive("file"), journal: derive("journal")}
}

// mac is HMAC-SHA-256 over the parts, each with its length, so that no two lists
// of parts look alike.
func mac(key []byte, parts ...string) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		n := len(p)
		m.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

func (k keys) name(key []byte, parts ...string) string {
	return hex.EncodeToString(mac(key, parts...)[:16])
}

// guest names whoever has this ID on an account. It tells nothing about them.
func (k keys) guest(kind channel.Kind, account, from string) id.Guest {
	return id.Guest(k.name(k.contact, string(kind), account, from))
}

// contactOf names the contact behind a guest.
func contactOf(kind channel.Kind, g id.Guest) id.Contact {
	return id.Contact(string(kind) + "-" + string(g))
}

// commandOf names the command that follows from what a platform told: the same
// again when it is told again.
func (k keys) commandOf(what string, kind channel.Kind, account string, parts ...string) id.Command {
	return id.Command(what + ":" + k.name(k.command, append([]string{what, string(kind), account}, parts...)...))
}

var errSignature = errors.New("the signature is wrong")

// sign gives payload.signature, both in URL-safe base64.
func (k keys) sign(v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	payload := base64.RawURLEncoding.EncodeToString(plain)
	return payload + "." + base64.RawURLEncoding.EncodeToString(mac(k.file, payload)), nil
}

// verify reads what sign wrote.
func (k keys) verify(signed string, v any) error {
	payload, signature, _ := strings.Cut(signed, ".")
	got, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(got, mac(k.file, payload)) {
		return errSignature
	}
	plain, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return errSignature
	}
	return json.Unmarshal(plain, v)
}
