package x_test

import (
	"testing"

	"parley/backend/channel/x"
)

func TestSign(t *testing.T) {
	const want = "sha256=e01KHzxEACuVzKGO5kuQkhEZeIuehIWER3tA1sqb+9Q="
	if got := x.Sign("app-consumer-secret", []byte("crc-token-1")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
