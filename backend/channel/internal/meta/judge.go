package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/message"
)

// Class says what an error asks for.
type Class int

// The classes. Final is not tried again.
const (
	Final Class = iota
	// Fault is the platform's own trouble: it is tried again a few times.
	Fault
	// FaultOnce is tried again once.
	FaultOnce
	// Rate makes the whole account wait, RateContact this contact alone.
	Rate
	RateContact
	// Later may be tried again by the agent, after Known.Wait.
	Later
)

// Known is what an error means. Words are for the agent: %s is the channel's
// name. Trouble is for the administrator.
type Known struct {
	Class   Class
	Words   string
	Trouble string
	Rule    string
	Wait    time.Duration
	// Quote adds what Meta wrote: its pages disagree about this error.
	Quote bool
}

// Errors is a table of a platform's errors. Keys are "code/subcode", "/subcode"
// and "code"; the first that is there counts.
type Errors struct {
	Label string
	Known map[string]Known
	// Other judges a code that is in no row.
	Other func(code int) (Known, bool)
}

// GraphError is an error of the Graph API.
//
//	{"error": {"message": "...", "type": "OAuthException", "code": 10,
//	  "error_subcode": 2018278, "error_data": {"details": "..."}, "fbtrace_id": "A1b2"}}
type GraphError struct {
	Message string `json:"message"`
	Code    int    `json:"code"`
	Subcode int    `json:"error_subcode"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// ID names an error for the log.
func (g GraphError) ID() string {
	if g.Subcode == 0 {
		return strconv.Itoa(g.Code)
	}
	return fmt.Sprintf("%d/%d", g.Code, g.Subcode)
}

// quote is what Meta wrote, in one short line.
func (g GraphError) quote() string {
	text := g.Data.Details
	if text == "" {
		text = g.Message
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200]) + "…"
	}
	return text
}

// Find tells what an error means.
func (t Errors) Find(g GraphError) Known {
	code, sub := strconv.Itoa(g.Code), strconv.Itoa(g.Subcode)
	for _, key := range []string{code + "/" + sub, "/" + sub, code} {
		if k, ok := t.Known[key]; ok {
			return k
		}
	}
	if t.Other != nil {
		if k, ok := t.Other(g.Code); ok {
			return k
		}
	}
	return Known{Class: Final, Words: "%s refused this", Quote: true}
}

// Words are what an agent is told of an error.
func (t Errors) Words(k Known, g GraphError) string {
	words := strings.ReplaceAll(k.Words, "%s", t.Label)
	if q := g.quote(); k.Quote && q != "" {
		words += ": " + q
	}
	return words
}

// outcome is what became of a call.
type outcome int

const (
	taken   outcome = iota // the platform answered yes
	again                  // it is safe and sensible to make the call again
	unclear                // nobody knows whether the platform took it
	ended                  // it did not, and will not
)

// verdict is an outcome with what is needed to go on.
type verdict struct {
	outcome outcome
	wait    time.Duration
	hold    channel.Hold
	tries   int // how many there may be in all
	err     GraphError
	known   Known
	receipt channel.Receipt // of the end, if this is it
}

// How often and how long a connector tries by itself. What takes longer is told
// to the agent, who may try again.
const (
	faultTries  = 3
	unsentTries = 4
	rateTries   = 5
	patience    = 2 * time.Minute
)

// judge tells what became of a call that was tried attempt times, this one
// included. repeatable says that making it twice does no harm.
func (t Errors) judge(e channel.Exchange, attempt int, repeatable bool) verdict {
	v := t.read(e, attempt)
	if v.outcome == unclear && repeatable {
		v.outcome, v.tries, v.wait = again, faultTries, backoff(attempt)
	}
	if v.outcome == again && (attempt >= v.tries || v.wait > patience) {
		v.outcome = ended
		v.receipt.Retry, v.receipt.RetryAfter = true, v.wait
	}
	return v
}

func (t Errors) read(e channel.Exchange, attempt int) verdict {
	if e.Err != "" {
		if e.Unsent {
			r := channel.Receipt{State: message.Failed, Reason: t.Label + " could not be reached"}
			return verdict{outcome: again, tries: unsentTries, wait: backoff(attempt), receipt: r}
		}
		return t.unclear("did not answer")
	}
	if e.Status >= 200 && e.Status < 300 {
		return verdict{outcome: taken}
	}
	var body struct {
		Error *GraphError `json:"error"`
	}
	if err := json.Unmarshal(e.Body, &body); err != nil || body.Error == nil {
		return t.bare(e, attempt)
	}
	known := t.Find(*body.Error)
	if known.Class == Final && known.Quote && e.Status == http.StatusTooManyRequests {
		known = Known{Class: Rate, Words: busy}
	}
	return t.known(known, *body.Error, e.Header, attempt)
}

// bare judges an answer that is no error of the Graph API: something between us
// and it answered.
func (t Errors) bare(e channel.Exchange, attempt int) verdict {
	g := GraphError{Code: e.Status, Message: http.StatusText(e.Status)}
	switch {
	case e.Status == http.StatusTooManyRequests:
		return t.known(Known{Class: Rate, Words: busy}, g, e.Header, attempt)
	case e.Status == http.StatusUnauthorized:
		return t.known(tokenTrouble, g, e.Header, attempt)
	case e.Status >= 500:
		return t.unclear(fmt.Sprintf("failed with status %d", e.Status))
	}
	return t.known(Known{Class: Final, Words: "%s refused this", Quote: true}, g, e.Header, attempt)
}

const busy = "%s takes no more messages for the moment"

var tokenTrouble = Known{
	Class: Later, Words: "the connection to %s needs your administrator",
	Trouble: "the access token is invalid or has expired: authorise the account again",
}

func (t Errors) unclear(what string) verdict {
	return verdict{outcome: unclear, receipt: channel.Receipt{
		State: message.Unknown, Reason: fmt.Sprintf("%s %s, so it is not known whether the message arrived", t.Label, what),
	}}
}

func (t Errors) known(k Known, g GraphError, h http.Header, attempt int) verdict {
	v := verdict{outcome: ended, err: g, known: k, receipt: channel.Receipt{
		State: message.Failed, Reason: t.Words(k, g), Code: g.ID(), Rule: k.Rule, Trouble: k.Trouble,
	}}
	switch k.Class {
	case Fault:
		v.outcome, v.tries, v.wait = again, faultTries, backoff(attempt)
	case FaultOnce:
		v.outcome, v.tries, v.wait = again, 2, backoff(attempt)
	case Rate:
		v.outcome, v.tries, v.hold = again, rateTries, channel.HoldAccount
		v.wait = max(backoff(attempt), asked(h))
	case RateContact:
		v.outcome, v.tries, v.hold = again, rateTries, channel.HoldContact
		v.wait = backoff(attempt)
	case Later:
		v.receipt.Retry, v.receipt.RetryAfter = true, k.Wait
	case Final:
	}
	return v
}

// backoff is 4, 16, 64 … seconds: what WhatsApp's page asks for after too many
// messages to one person.
func backoff(attempt int) time.Duration {
	return time.Second << (2 * min(max(attempt, 1), 6))
}

// asked is how long an answer's headers say to wait: Retry-After, or the minutes
// of X-Business-Use-Case-Usage.
//
//	{"900100200300":[{"type":"messenger","call_count":100,"estimated_time_to_regain_access":4}]}
func asked(h http.Header) time.Duration {
	var wait time.Duration
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil && s > 0 {
		wait = time.Duration(min(s, 7*24*3600)) * time.Second
	}
	var usage map[string][]struct {
		Minutes int `json:"estimated_time_to_regain_access"`
	}
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &usage) == nil {
		for _, list := range usage {
			for _, u := range list {
				wait = max(wait, time.Duration(min(u.Minutes, 7*24*60))*time.Minute)
			}
		}
	}
	return wait
}
