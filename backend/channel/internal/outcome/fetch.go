package outcome

import (
	"net/http"
	"strconv"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// MaxTries bounds how often one call is made again before its task ends.
const MaxTries = 4

// Fetch is the whole of FetchMedia where one call loads the file. platform is
// its name for people; trouble, where the call was signed, is what it means that
// the platform refuses the account.
func Fetch(call channel.Call, done []channel.Exchange, platform, trouble string) channel.Step {
	tries := 0
	var wait time.Duration
	for _, e := range done {
		failed := &channel.Receipt{State: message.Failed, Code: Code(e)}
		switch Of(e) {
		case Done:
			if e.File == nil || e.File.TooLarge {
				failed.Reason, failed.Code = "The file is too large to take in.", ""
				return channel.Step{Done: failed}
			}
			return channel.Step{Done: &channel.Receipt{State: message.Sent, File: e.File}}
		case Refused:
			failed.Reason = platform + " no longer has the file."
			if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
				failed.Reason, failed.Trouble = platform+" does not hand the file over.", trouble
			}
			return channel.Step{Done: failed}
		case Unsent, Busy, Fault, Lost:
			if tries++; tries > MaxTries {
				failed.Reason, failed.Retry, failed.RetryAfter = platform+" did not hand the file over.", true, time.Minute
				return channel.Step{Done: failed}
			}
			wait = Wait(e, tries)
		}
	}
	call.Method, call.Download = http.MethodGet, true
	return channel.Step{Call: &call, After: wait}
}

// Code is the HTTP status for logs, "" if there was no answer.
func Code(e channel.Exchange) string {
	if e.Status == 0 {
		return ""
	}
	return strconv.Itoa(e.Status)
}
