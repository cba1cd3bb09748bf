package messenger_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
)

// BenchmarkParse reads one message, beside what encoding/json needs for the same
// bytes and plain structs: the parser is to cost little more than that.
func BenchmarkParse(b *testing.B) {
	body := []byte(event(`"message":{"mid":"m_AbC1","text":"Gr\u00fc\u00dfe","attachments":[{"type":"image","payload":{"url":"https://cdn.example/p.jpg"}}]}`))
	b.Run("connector", func(b *testing.B) {
		a := account()
		accounts, request := channel.Accounts{a.ID: a}, channel.Request{Method: http.MethodPost, Body: body}
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if batch, err := connector.Parse(accounts, request); err != nil || len(batch.Events) != 1 {
				b.Fatal(batch, err)
			}
		}
	})
	b.Run("plain structs", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var doc struct {
				Object string `json:"object"`
				Entry  []struct {
					ID        string `json:"id"`
					Time      int64  `json:"time"`
					Messaging []struct {
						Sender, Recipient struct {
							ID string `json:"id"`
						}
						Timestamp int64 `json:"timestamp"`
						Message   *struct {
							MID         string `json:"mid"`
							Text        string `json:"text"`
							Attachments []struct {
								Type    string `json:"type"`
								Payload struct {
									URL string `json:"url"`
								} `json:"payload"`
							} `json:"attachments"`
						} `json:"message"`
					} `json:"messaging"`
				} `json:"entry"`
			}
			if err := json.Unmarshal(body, &doc); err != nil || doc.Entry[0].Messaging[0].Message.MID == "" {
				b.Fatal(err)
			}
		}
	})
}

func TestAWebhookThatIsFarTooLargeIsNotRead(t *testing.T) {
	body := event(`"message":{"mid":"m","text":"` + strings.Repeat("x", 4<<20) + `"}`)
	if _, err := connector.Parse(nil, channel.Request{Method: http.MethodPost, Body: []byte(body)}); !errors.Is(err, channel.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

// TestDepth: a document that is nested deeper than any platform's is refused, not
// followed.
func TestDepth(t *testing.T) {
	deep := make([]byte, 0, 40_000)
	for range 20_000 {
		deep = append(deep, '[')
	}
	for range 20_000 {
		deep = append(deep, ']')
	}
	body := event(`"x":` + string(deep))
	if _, err := connector.Parse(nil, channel.Request{Method: http.MethodPost, Body: []byte(body)}); err == nil {
		t.Error("twenty thousand levels were read")
	}
	channeltest.Fuzz(t, connector, nil, channel.Request{Method: http.MethodPost}, []byte(body))
}
