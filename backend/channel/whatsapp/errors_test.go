package whatsapp_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/channeltest"
	"parley/backend/message"
)

// TestEveryCodeOfThePage: what the platform's list of errors asks of the hub. Most
// come with status 400, the rate limits as well.
func TestEveryCodeOfThePage(t *testing.T) {
	const (
		permanent = "permanent"
		trouble   = "trouble"
		account_  = "account waits"
		contact_  = "contact waits"
		fault     = "fault"
		window    = "window"
		template  = "template"
	)
	codes := map[string][]int{
		trouble:   {0, 190, 3, 10, 200, 250, 299, 131048, 133016, 368, 131031, 131037, 131042, 131045, 133010},
		account_:  {4, 80007, 130429},
		contact_:  {131056},
		fault:     {131000, 131016, 131057, 131052, 135000},
		window:    {131047},
		template:  {132000, 132001, 132005, 132007, 132012, 132015, 132016, 132068, 132069},
		permanent: {130472, 130497, 131005, 131008, 131009, 131021, 131026, 131050, 131051, 131053, 131055, 300, 999999},
		"later":   {131049},
	}
	for want, list := range codes {
		for _, code := range list {
			answer := channeltest.Answer(400, fmt.Sprintf(`{"error":{"message":"m","type":"OAuthException","code":%d,"error_data":{"details":"d"}}}`, code))
			step, err := connector.Next(account(), text("x"), []channel.Exchange{answer}, t0)
			if err != nil {
				t.Fatal(err)
			}
			got := permanent
			switch {
			case step.Call != nil && step.Hold == channel.HoldAccount:
				got = account_
			case step.Call != nil && step.Hold == channel.HoldContact:
				got = contact_
			case step.Call != nil:
				got = fault
			case step.Done.Trouble != "":
				got = trouble
			case step.Done.Rule == channel.RuleReplyWindow:
				got = window
			case step.Done.Rule != "":
				got = step.Done.Rule
			case step.Done.Retry:
				got = "later"
			}
			if got != want {
				t.Errorf("%d: %s, want %s (%+v)", code, got, want, step.Done)
			}
			if r := step.Done; r != nil && (r.Code != fmt.Sprint(code) || strings.Contains(r.Reason, "%") || r.Reason == "") {
				t.Errorf("%d: %+v", code, r)
			}
		}
	}
}

func TestMessagesToOneContactWaitLongerEachTime(t *testing.T) {
	pair := channeltest.Answer(400, `{"error":{"message":"m","code":131056}}`)
	var done []channel.Exchange
	for _, want := range []time.Duration{4, 16, 64} {
		done = append(done, pair)
		step, err := connector.Next(account(), text("x"), done, t0)
		if err != nil || step.Call == nil || step.After != want*time.Second || step.Hold != channel.HoldContact {
			t.Errorf("after %d refusals: %+v, %v", len(done), step, err)
		}
	}
}

func TestAMarketingMessageThatIsHeldBackMayGoADayLater(t *testing.T) {
	_, r := channeltest.Play(t, connector, account(), text("x"), t0, channeltest.Answer(400, `{"error":{"code":131049}}`))
	if r.State != message.Failed || !r.Retry || r.RetryAfter != 24*time.Hour {
		t.Errorf("%+v", r)
	}
}

func TestAWebhookThatIsFarTooLargeIsNotRead(t *testing.T) {
	body := webhook(`"messages":[{"id":"m","from":"35699000000","type":"text","text":{"body":"` + strings.Repeat("x", 4<<20) + `"}}]`)
	if _, err := connector.Parse(nil, channel.Request{Method: http.MethodPost, Body: []byte(body)}); !errors.Is(err, channel.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownErrorIsShownInThePlatformsWords(t *testing.T) {
	_, r := channeltest.Play(t, connector, account(), text("x"), t0, channeltest.Answer(400, `{"error":{"code":999999,"message":"title","error_data":{"details":"The moon is full."}}}`))
	if r.Reason != "WhatsApp refused this: The moon is full." || r.Retry {
		t.Errorf("%+v", r)
	}
}
