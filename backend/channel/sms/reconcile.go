package sms

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

const (
	// maxPages bounds how far back a reconciliation reads.
	maxPages = 5
	// slack is how far Twilio's clock and the hub's may be apart.
	slack = 2 * time.Minute
	// settled is how long after sending a message that Twilio took is on its list
	// for certain.
	settled = time.Minute
)

// page is one page of Twilio's list of messages, newest first.
type page struct {
	Messages []resource `json:"messages"`
	Next     string     `json:"next_page_uri"`
}

// reconcile looks for the parts of a message among those that Twilio has from
// the account's number to the contact's. Twilio knows no key of the sender's, so
// a part is known by its time, its text and its number of files.
func reconcile(a channel.Account, t channel.Reconcile, done []channel.Exchange) channel.Step {
	if why := unfit(a, t.Sent); why != "" {
		return channel.Step{Done: &channel.Receipt{State: message.Unknown, Reason: why}}
	}
	address := messages(a) + "?" + url.Values{"To": {t.Sent.To}, "From": {a.ID}, "PageSize": {"100"}}.Encode()
	var found []resource
	var wait time.Duration
	pages, tries := 0, 0
	for _, e := range done {
		var p page
		kind := outcome.Of(e)
		if kind == outcome.Refused || kind == outcome.Done && json.Unmarshal(e.Body, &p) != nil {
			return undecided("Twilio did not say whether it has the message.", outcome.Code(e))
		}
		if kind != outcome.Done {
			if tries++; tries > outcome.MaxTries {
				return undecided("Twilio did not say whether it has the message.", outcome.Code(e))
			}
			wait = outcome.Wait(e, tries)
			continue
		}
		older := false
		for _, m := range p.Messages {
			created, err := time.Parse(time.RFC1123Z, m.Created)
			if err == nil && created.Before(t.Sent.At.Add(-slack)) {
				older = true
			} else if !slices.Contains(t.Known, m.SID) && !slices.Contains(t.Made, m.SID) {
				found = append(found, m)
			}
		}
		pages, tries, wait = pages+1, 0, 0
		switch {
		case older || p.Next == "":
			return channel.Step{Done: settle(t, found, e.At)}
		case pages == maxPages || !strings.HasPrefix(p.Next, "/"):
			return undecided("Twilio has more messages to this number than could be looked through.", "")
		}
		address = base(a) + p.Next
	}
	return channel.Step{After: wait, Call: &channel.Call{
		Method: http.MethodGet, URL: address, Auth: credentials, Header: http.Header{"Accept": {"application/json"}},
	}}
}

func undecided(reason, code string) channel.Step {
	return channel.Step{Done: &channel.Receipt{State: message.Unknown, Reason: reason, Code: code}}
}

// settle finds each part that is not known to have gone, oldest first, among
// messages that are nobody else's.
func settle(t channel.Reconcile, found []resource, at time.Time) *channel.Receipt {
	slices.Reverse(found)
	r := &channel.Receipt{State: message.Sent, PlatformIDs: slices.Clone(t.Made)}
	parts := split(t.Sent)
	for _, p := range parts[min(len(t.Made), len(parts)):] {
		i := slices.IndexFunc(found, func(m resource) bool {
			return strings.TrimSpace(m.Body) == strings.TrimSpace(p.text) && m.Media == strconv.Itoa(len(p.files))
		})
		if i < 0 {
			return missing(r.PlatformIDs, at.Sub(t.Sent.At))
		}
		if failed, is := found[i].failed(); is {
			failed.PlatformIDs = append(r.PlatformIDs, found[i].SID)
			return &failed
		}
		r.PlatformIDs = append(r.PlatformIDs, found[i].SID)
		found = slices.Delete(found, i, i+1)
	}
	return r
}

// missing is what the absence of a part means.
func missing(ids []string, since time.Duration) *channel.Receipt {
	switch {
	case len(ids) > 0:
		return &channel.Receipt{State: message.Failed, PlatformIDs: ids, Reason: "Only a part of the message went out. Send the rest again."}
	case since < settled:
		return &channel.Receipt{State: message.Unknown, Reason: "Twilio has no such message yet.", RetryAfter: settled}
	}
	return &channel.Receipt{State: message.Failed, Reason: "Twilio never took the message. It can be sent again.", Retry: true}
}

// fetch loads a file of an inbound message. The account's credentials go to
// Twilio alone: an address elsewhere is asked without them.
func fetch(a channel.Account, t channel.FetchMedia, done []channel.Exchange) channel.Step {
	if !ofTwilio(a, t.Media.URL) {
		return outcome.Fetch(channel.Call{URL: t.Media.URL}, done, "The server", "")
	}
	return outcome.Fetch(channel.Call{URL: t.Media.URL, Auth: credentials}, done, "Twilio", faults[20003].trouble)
}

// ofTwilio says that an address is Twilio's own, or the configured one in its
// place.
func ofTwilio(a channel.Account, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if b, err := url.Parse(base(a)); err == nil && u.Scheme == b.Scheme && u.Host == b.Host {
		return true
	}
	return u.Scheme == "https" && (u.Host == "twilio.com" || strings.HasSuffix(u.Host, ".twilio.com"))
}
