package x

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

// fault is one of X's refusals in words for the agent.
type fault struct {
	reason  string
	trouble string // for the administrator: the account cannot send at all
}

var (
	notAllowed  = fault{reason: "X does not let the company write to this person: they accept no messages from it. Use another channel."}
	credentials = fault{reason: "X refuses the company's credentials. An administrator has to look.", trouble: "X refuses the account's credentials. Check its keys and tokens, and that the app may read and write Direct Messages."}
)

// faults are version 1.1's codes, as its page "Error codes and responses" had
// them. Version 2 has none: there the HTTP status decides.
var faults = map[int]fault{
	32:  credentials,
	89:  credentials,
	150: {reason: "This person does not follow the company's account and takes no messages from it. Use another channel."},
	151: {reason: "X could not send the message. Send it again."},
	349: notAllowed,
	476: {reason: "X wants the company's account to be verified before it may write to this person. An administrator has to look."},
}

// refusal reads the error of a call that X refused.
//
//	{"type": "about:blank", "title": "Forbidden", "detail": "…", "status": 403}
//	{"errors": [{"code": 349, "message": "…"}]}
func refusal(e channel.Exchange) *channel.Receipt {
	var body struct {
		Errors []struct {
			Code int `json:"code"`
		} `json:"errors"`
	}
	r := &channel.Receipt{State: message.Failed, Code: strconv.Itoa(e.Status)}
	f := fault{reason: "X refused the message (HTTP " + r.Code + "). Send it differently; if that does not help, an administrator has to look."}
	switch e.Status {
	case http.StatusUnauthorized:
		f = credentials
	case http.StatusForbidden:
		f = notAllowed
	}
	if json.Unmarshal(e.Body, &body) == nil {
		for _, one := range body.Errors {
			if known, is := faults[one.Code]; is {
				f, r.Code = known, r.Code+"/"+strconv.Itoa(one.Code)
				break
			}
		}
	}
	r.Reason, r.Trouble = f.reason, f.trouble
	return r
}

// longestWait is how long a task waits for X's short limit: its window is 15
// minutes. What takes longer is told, so that the agent need not wait.
const longestWait = 15 * time.Minute

// pause is how long X wants the account to wait after a 429: until the window
// ends whose calls are used up, of the day if it is that one.
func pause(e channel.Exchange, tries int) time.Duration {
	for _, limit := range []string{"X-User-Limit-24hour-", "X-App-Limit-24hour-", "X-Rate-Limit-"} {
		reset, err := strconv.ParseInt(e.Header.Get(limit+"Reset"), 10, 64)
		if err != nil || e.At.IsZero() || e.Header.Get(limit+"Remaining") != "0" && limit != "X-Rate-Limit-" {
			continue
		}
		if wait := time.Unix(reset, 0).Sub(e.At); wait > 0 && wait <= 24*time.Hour {
			return wait.Round(time.Second)
		}
	}
	return outcome.Wait(e, tries)
}
