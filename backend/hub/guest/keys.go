package guest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"strings"
	"sync"
	"time"

	"parley/backend/id"
)

// keys are made of the hub's secret, one for each use.
type keys struct{ guest, command, jwt, file *key }

func newKeys(secret []byte) keys {
	derive := func(use string) *key { return newKey(newKey(secret).mac("parley guest " + use)) }
	return keys{guest: derive("session"), command: derive("command"), jwt: derive("jwt"), file: derive("file")}
}

// key is a key of HMAC-SHA-256, with hashes that have taken it in already.
type key struct{ ready sync.Pool }

type keyedHash struct {
	hash.Hash
	message []byte
}

func newKey(secret []byte) *key {
	return &key{sync.Pool{New: func() any { return &keyedHash{Hash: hmac.New(sha256.New, secret)} }}}
}

// mac is the HMAC over the parts, each with its length, so that no two lists of
// parts look alike.
func (k *key) mac(parts ...string) []byte {
	m := k.ready.Get().(*keyedHash)
	defer k.ready.Put(m)
	m.Reset()
	m.message = m.message[:0]
	for _, p := range parts {
		m.message = append(binary.BigEndian.AppendUint32(m.message, uint32(len(p))), p...)
	}
	m.Write(m.message)
	return m.Sum(nil)
}

// guestOf names the session of a token at a deployment. It tells nothing about
// the token.
func (k keys) guestOf(d id.Deployment, token string) id.Guest {
	return id.Guest(hex.EncodeToString(k.guest.mac(string(d), token)[:16]))
}

// commandOf names the command of a message that carries a tracing ID: the same
// for a message that is sent again within its session, so that it is found and
// not repeated. The content is part of it, so that a client that reuses its
// tracing IDs loses nothing.
func (k keys) commandOf(g id.Guest, before id.Conversation, tracing string, content ...string) id.Command {
	parts := append([]string{string(g), string(before), tracing}, content...)
	return id.Command("guest-" + hex.EncodeToString(k.command.mac(parts...)[:16]))
}

const (
	minTokenText = 36 // a UUID as text
	minTokenHex  = 32 // a UUID without dashes
	maxToken     = 256
)

// errToken says which tokens are accepted. It repeats nothing of the token.
var errToken = errors.New("the token must be a random UUID or longer: 36 to 256 characters, or at least 32 hexadecimal digits")

func checkToken(token string) error {
	if len(token) > maxToken || len(token) < minTokenHex {
		return errToken
	}
	if len(token) < minTokenText {
		if _, err := hex.DecodeString(token[:len(token)/2*2]); err != nil || len(token)%2 != 0 {
			return errToken
		}
	}
	return nil
}

var (
	errSignature = errors.New("the signature is wrong")
	errExpired   = errors.New("expired")
)

// sign gives payload.signature, both in URL-safe base64.
func sign(k *key, v any) string {
	plain, err := json.Marshal(v)
	if err != nil {
		panic("guest: a signed value cannot be encoded: " + err.Error()) // structs of strings and numbers
	}
	payload := base64.RawURLEncoding.EncodeToString(plain)
	return payload + "." + base64.RawURLEncoding.EncodeToString(k.mac(payload))
}

// verify reads what sign wrote.
func verify(k *key, signed string, v any) error {
	payload, signature, _ := strings.Cut(signed, ".")
	got, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || !hmac.Equal(got, k.mac(payload)) {
		return errSignature
	}
	plain, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return errSignature
	}
	return json.Unmarshal(plain, v)
}

// claims are what a history token says.
type claims struct {
	Deployment id.Deployment `json:"dep"`
	Guest      id.Guest      `json:"sub"`
	Expires    int64         `json:"exp"` // Unix seconds
}

// jwtHeader is {"alg":"HS256","typ":"JWT"}.
const jwtHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."

func (k keys) jwtOf(c claims) string { return jwtHeader + sign(k.jwt, c) }

func (k keys) readJWT(token string, now time.Time) (claims, error) {
	rest, ok := strings.CutPrefix(token, jwtHeader)
	if !ok {
		return claims{}, errSignature
	}
	var c claims
	if err := verify(k.jwt, rest, &c); err != nil {
		return claims{}, err
	}
	if now.Unix() >= c.Expires {
		return claims{}, errExpired
	}
	return c, nil
}

// fileGrant lets its bearer load one file.
type fileGrant struct {
	File    id.Attachment `json:"f"`
	Name    string        `json:"n"`
	MIME    string        `json:"m"`
	Inline  bool          `json:"i,omitempty"` // a picture that the hub encoded itself
	Expires int64         `json:"e"`           // Unix seconds
}
