package whatsapp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/backend/channel"
)

// BenchmarkParse reads one message and a batch of a hundred, beside what
// encoding/json needs for the same bytes and plain structs: the parser is to cost
// little more than that.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{1, 100} {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"wamid.IN%d","from":"35699000000","timestamp":"1793000200","type":"text","text":{"body":"Hello"}}`, i))
		}
		body := []byte(webhook(`"contacts":[{"profile":{"name":"Carla"},"wa_id":"35699000000"}],"messages":[` + strings.Join(list, ",") + `]`))
		b.Run(fmt.Sprintf("connector/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if batch, err := connector.Parse(nil, channel.Request{Method: http.MethodPost, Body: body}); err != nil || len(batch.Events) != n+1 {
					b.Fatal(len(batch.Events), err)
				}
			}
		})
		b.Run(fmt.Sprintf("plain structs/%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var doc plain
				if err := json.Unmarshal(body, &doc); err != nil || len(doc.Entry[0].Changes[0].Value.Messages) != n {
					b.Fatal(err)
				}
			}
		})
	}
}

type plain struct {
	Object string `json:"object"`
	Entry  []struct {
		ID      string `json:"id"`
		Changes []struct {
			Field string `json:"field"`
			Value struct {
				Metadata struct {
					PhoneNumberID string `json:"phone_number_id"`
				} `json:"metadata"`
				Contacts []struct {
					Profile struct {
						Name string `json:"name"`
					} `json:"profile"`
					WaID string `json:"wa_id"`
				} `json:"contacts"`
				Messages []struct {
					ID        string `json:"id"`
					From      string `json:"from"`
					Timestamp string `json:"timestamp"`
					Type      string `json:"type"`
					Text      struct {
						Body string `json:"body"`
					} `json:"text"`
				} `json:"messages"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}
