package message_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"parley/backend/message"
)

func TestBodiesRedactThemselvesInLogs(t *testing.T) {
	var out bytes.Buffer
	body := message.Body{Text: "my card is 4111"}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("received", "body", body)
	slog.New(slog.NewTextHandler(&out, nil)).Info("received", slog.Any("body", body))
	if got := out.String(); strings.Contains(got, "4111") || strings.Count(got, "[body]") != 2 {
		t.Errorf("logged %s", got)
	}
}
