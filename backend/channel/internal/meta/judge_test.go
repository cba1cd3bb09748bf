package meta_test

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/channel/internal/meta"
	"parley/backend/message"
)

// replay sends one call and gives the waits before each try, what else waits, and
// the receipt; nil while another try is due.
func replay(t *testing.T, errs meta.Errors, answers ...channel.Exchange) (waits []time.Duration, hold channel.Hold, receipt *channel.Receipt) {
	t.Helper()
	parts := meta.Parts{Calls: []channel.Call{{Method: http.MethodPost, URL: "https://graph.example/messages"}}}
	read := func(b []byte) string { return string(b) }
	for i := range len(answers) + 1 {
		step := errs.Send(parts, answers[:i], read)
		if step.Done != nil {
			if i < len(answers) {
				t.Fatalf("done after %d of %d answers: %+v", i, len(answers), *step.Done)
			}
			return waits, hold, step.Done
		}
		waits, hold = append(waits, step.After), step.Hold
	}
	return waits, hold, nil
}

func failure(status int, code, subcode int) channel.Exchange {
	return channeltest.Answer(status, fmt.Sprintf(`{"error":{"message":"m","code":%d,"error_subcode":%d}}`, code, subcode))
}

func repeat(e channel.Exchange, n int) []channel.Exchange {
	out := make([]channel.Exchange, n)
	for i := range out {
		out[i] = e
	}
	return out
}

const s = time.Second

func TestWhatIsTriedAgainAndHowLongItWaits(t *testing.T) {
	soon := func(h http.Header) channel.Exchange {
		e := failure(400, 613, 2018338)
		e.Header = h
		return e
	}
	errs := meta.MessengerErrors()
	for _, tt := range []struct {
		name    string
		answers []channel.Exchange
		waits   []time.Duration
		hold    channel.Hold
	}{
		{"a fault", repeat(failure(500, 2, 0), 2), []time.Duration{0, 4 * s, 16 * s}, channel.HoldTask},
		{"a rate", repeat(failure(400, 613, 2018338), 3), []time.Duration{0, 4 * s, 16 * s, 64 * s}, channel.HoldAccount},
		{"the general rate", []channel.Exchange{failure(400, 4, 0)}, []time.Duration{0, 4 * s}, channel.HoldAccount},
		{"a rate without a document", []channel.Exchange{channeltest.Answer(429, "slow down")}, []time.Duration{0, 4 * s}, channel.HoldAccount},
		{"an unknown code with status 429", []channel.Exchange{failure(429, 777, 0)}, []time.Duration{0, 4 * s}, channel.HoldAccount},
		{"as long as asked", []channel.Exchange{soon(http.Header{"Retry-After": {"30"}})}, []time.Duration{0, 30 * s}, channel.HoldAccount},
		{"as long as the usage says", []channel.Exchange{soon(http.Header{
			"X-Business-Use-Case-Usage": {`{"900":[{"type":"messenger","estimated_time_to_regain_access":2}]}`},
		})}, []time.Duration{0, 120 * s}, channel.HoldAccount},
		{"not reached", repeat(channeltest.Unreached, 3), []time.Duration{0, 4 * s, 16 * s, 64 * s}, channel.HoldTask},
	} {
		t.Run(tt.name, func(t *testing.T) {
			waits, hold, receipt := replay(t, errs, tt.answers...)
			if receipt != nil || hold != tt.hold || !reflect.DeepEqual(waits, tt.waits) {
				t.Errorf("waits %v, hold %q, %+v; want %v, %q", waits, hold, receipt, tt.waits, tt.hold)
			}
			// The one that works ends it.
			if _, _, receipt := replay(t, errs, append(tt.answers, channeltest.Answer(200, "m_1"))...); receipt == nil || receipt.State != message.Sent {
				t.Errorf("after success: %+v", receipt)
			}
		})
	}
}

func TestPatienceEnds(t *testing.T) {
	long := failure(400, 4, 0)
	long.Header = http.Header{"Retry-After": {"3600"}}
	huge := failure(400, 4, 0)
	huge.Header = http.Header{"Retry-After": {"99999999999"}, "X-Business-Use-Case-Usage": {`{"1":[{"estimated_time_to_regain_access":1e3}]}`}}
	for name, tt := range map[string]struct {
		answers []channel.Exchange
		after   time.Duration
		reason  string
	}{
		"a fault that stays": {repeat(failure(500, 2, 0), 3), 64 * s, "Facebook Messenger has a fault at the moment"},
		"a rate that stays":  {repeat(failure(400, 4, 0), 4), 256 * s, "Facebook Messenger takes no more messages for the moment"},
		"not reached":        {repeat(channeltest.Unreached, 4), 256 * s, "Facebook Messenger could not be reached"},
		"an hour":            {[]channel.Exchange{long}, time.Hour, "Facebook Messenger takes no more messages for the moment"},
		"absurd headers":     {[]channel.Exchange{huge}, 7 * 24 * time.Hour, "Facebook Messenger takes no more messages for the moment"},
	} {
		_, _, r := replay(t, meta.MessengerErrors(), tt.answers...)
		if r == nil || r.State != message.Failed || !r.Retry || r.RetryAfter != tt.after || r.Reason != tt.reason {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestACallThatFailedInTheMiddleStartsCountingAnew(t *testing.T) {
	parts := meta.Parts{Calls: []channel.Call{{URL: "https://a"}, {URL: "https://b"}}}
	fault, fine := failure(500, 2, 0), channeltest.Answer(200, "m")
	step := meta.MessengerErrors().Send(parts, []channel.Exchange{fault, fault, fine, fault}, func(b []byte) string { return string(b) })
	if step.Call == nil || step.Call.URL != "https://b" || step.After != 4*s {
		t.Errorf("got %+v", step)
	}
}

// TestThePlatformsWordsAreOneShortLine: they are shown to an agent.
func TestThePlatformsWordsAreOneShortLine(t *testing.T) {
	long := channeltest.Answer(400, `{"error":{"code":100,"message":"(#100)\n\tParameter`+repeated("x", 300)+`"}}`)
	_, _, r := replay(t, meta.MessengerErrors(), long)
	want := "Facebook Messenger did not accept the message: (#100) Parameter" + repeated("x", 184) + "…"
	if r == nil || r.Reason != want {
		t.Errorf("got %+v", r)
	}
}

func repeated(s string, n int) string {
	out := ""
	for range n {
		out += s
	}
	return out
}

// kind is what a row of a reference sheet asks of the hub.
type kind string

const (
	permanent kind = "permanent"
	window    kind = "window"
	backOff   kind = "back off"
	retry     kind = "retry"
	trouble   kind = "trouble"
)

func kindOf(t *testing.T, errs meta.Errors, status, code, subcode int) kind {
	t.Helper()
	step := errs.Send(meta.Parts{Calls: []channel.Call{{URL: "https://a"}}}, []channel.Exchange{failure(status, code, subcode)}, nil)
	switch {
	case step.Call != nil && step.Hold == channel.HoldAccount:
		return backOff
	case step.Call != nil:
		return retry
	case step.Done.Trouble != "":
		return trouble
	case step.Done.Rule == channel.RuleReplyWindow:
		return window
	case step.Done.Retry:
		return "later"
	}
	return permanent
}

func TestMessengersErrors(t *testing.T) {
	for _, tt := range []struct {
		code, subcode int
		want          kind
	}{
		{10, 2018278, window}, {10, 2018065, window}, {10, 2018108, permanent}, {10, 1893063, trouble},
		{4, 0, backOff}, {32, 0, backOff}, {613, 2018338, backOff}, {613, 2534040, backOff}, {613, 0, backOff}, {2, 0, retry},
		{100, 0, permanent}, {100, 2018001, permanent}, {100, 2018008, permanent}, {100, 2018047, permanent},
		{100, 2018109, permanent}, {100, 2018294, permanent}, {190, 0, trouble}, {190, 460, trouble},
		{200, 0, trouble}, {200, 1545041, permanent}, {551, 1545041, permanent}, {551, 0, permanent},
		{100, 2018218, permanent}, {10, 2018300, permanent}, {9000001, 0, permanent},
		{10, 0, trouble}, {10, 4711, permanent}, {987654, 0, permanent},
	} {
		if got := kindOf(t, meta.MessengerErrors(), 400, tt.code, tt.subcode); got != tt.want {
			t.Errorf("%d/%d: %s, want %s", tt.code, tt.subcode, got, tt.want)
		}
	}
}

func TestInstagramsErrors(t *testing.T) {
	for _, tt := range []struct {
		code, subcode int
		want          kind
	}{
		{10, 2534022, window}, {100, 2534014, permanent}, {100, 2534013, permanent}, {100, 2534015, permanent},
		{1, 2534029, trouble}, {1, 2534037, permanent}, {200, 2534041, trouble}, {613, 2534040, backOff},
		{36103, 0, trouble}, {190, 33, trouble}, {551, 1545041, permanent}, {2, 0, retry}, {4, 0, backOff},
	} {
		if got := kindOf(t, meta.InstagramErrors(), 400, tt.code, tt.subcode); got != tt.want {
			t.Errorf("%d/%d: %s, want %s", tt.code, tt.subcode, got, tt.want)
		}
	}
}
