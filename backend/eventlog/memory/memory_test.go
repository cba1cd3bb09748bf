package memory_test

import (
	"testing"

	"parley/backend/eventlog/eventlogtest"
	"parley/backend/eventlog/memory"
)

func TestSuite(t *testing.T) {
	eventlogtest.Run(t, func(t testing.TB) eventlogtest.Home {
		l := memory.New()
		t.Cleanup(func() { _ = l.Close() })
		return eventlogtest.Home{Log: l}
	})
}
