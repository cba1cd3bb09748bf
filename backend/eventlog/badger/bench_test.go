package badger_test

import (
	"bytes"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/eventlog/eventlogtest"
	"parley/backend/id"
)

// BenchmarkAppend measures durable appends of 300-byte commits, with and
// without sealed content, spread over 10,000 streams.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 64} {
		for _, sealed := range []bool{false, true} {
			b.Run(fmt.Sprintf("writers=%d/sealed=%v", writers, sealed), func(b *testing.B) {
				benchmarkAppend(b, writers, sealed)
			})
		}
	}
}

func benchmarkAppend(b *testing.B, writers int, sealed bool) {
	o := badger.Options{Logger: small().Logger}
	l := open(b, b.TempDir(), o)
	data := bytes.Repeat([]byte("x"), 300-140)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		wg.Go(func() {
			heads := make([]eventlog.Head, 10_000/writers)
			content := bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0, 1}, 25)
			for i := 0; next.Add(1) <= int64(b.N); i++ {
				n := i % len(heads)
				s := eventlogtest.Conversation("conversation-" + strconv.Itoa(w) + "-" + strconv.Itoa(n))
				c := eventlogtest.Next(s, heads[n], id.New())
				c.Events[0].Data = data
				var items []eventlog.Sealed
				if sealed {
					items = []eventlog.Sealed{{Key: "body/" + string(c.ID), Value: content}}
				}
				got, _, err := l.Append(b.Context(), c, items...)
				if err != nil {
					b.Error(err)
					return
				}
				heads[n] = eventlogtest.HeadOf(got)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
