package x

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// HeaderSignature carries X's signature.
const HeaderSignature = "X-Twitter-Webhooks-Signature"

// Sign makes X's signature over a webhook's raw body, and its answer to a
// challenge (CRC) over the token: HMAC-SHA256 with the app's consumer secret, in
// base64, unlike Meta's.
//
// https://docs.x.com/x-api/webhooks/introduction
func Sign(consumerSecret string, data []byte) string {
	mac := hmac.New(sha256.New, []byte(consumerSecret))
	mac.Write(data)
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func signed(consumerSecret string, body []byte, signature string) bool {
	return hmac.Equal([]byte(Sign(consumerSecret, body)), []byte(signature))
}
