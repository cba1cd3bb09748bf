package oauth1_test

import (
	"net/url"
	"testing"
	"time"

	"parley/backend/channel/oauth1"
)

// TestAuthorize uses the examples of RFC 5849's forerunner, OAuth Core 1.0a
// (appendix A.5), and of X's page "Creating a signature" in its first edition.
func TestAuthorize(t *testing.T) {
	for _, c := range []struct {
		name            string
		keys            oauth1.Keys
		method, address string
		form            url.Values
		nonce           string
		at              int64
		want            string
	}{
		{
			name:   "OAuth Core",
			keys:   oauth1.Keys{Consumer: "dpf43f3p2l4k3l03", ConsumerSecret: "kd94hf93k423kf44", Token: "nnch734d00sl2jdk", TokenSecret: "pfkkdhi9sl3r4s00"},
			method: "GET", address: "http://photos.example.net:80/photos?file=vacation.jpg&size=original",
			nonce: "kllo9940pd9333jh", at: 1191242096,
			want: `OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_nonce="kllo9940pd9333jh", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="1191242096", oauth_token="nnch734d00sl2jdk", oauth_version="1.0"`,
		},
		{
			name: "X",
			keys: oauth1.Keys{
				Consumer: "xvz1evFS4wEEPTGEFPHBog", ConsumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
				Token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", TokenSecret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
			},
			method: "post", address: "https://api.twitter.com/1/statuses/update.json?include_entities=true",
			form:  url.Values{"status": {"Hello Ladies + Gentlemen, a signed OAuth request!"}},
			nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", at: 1318622958,
			want: `OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", oauth_signature="tnnArxj06cWHq44gCs1OSKk%2FjLY%3D", ` +
				`oauth_signature_method="HMAC-SHA1", oauth_timestamp="1318622958", oauth_token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", oauth_version="1.0"`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := oauth1.Authorize(c.keys, c.method, c.address, c.form, c.nonce, time.Unix(c.at, 0))
			if err != nil || got != c.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
			}
		})
	}
}

func TestAuthorizeRefusesWhatIsNoAddress(t *testing.T) {
	if _, err := oauth1.Authorize(oauth1.Keys{}, "GET", "http://[", nil, "n", time.Unix(0, 0)); err == nil {
		t.Error("no error")
	}
}
