package x

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

const (
	// maxPages bounds how far back a reconciliation reads.
	maxPages = 3
	// slack is how far X's clock and the hub's may be apart.
	slack = 2 * time.Minute
	// settled is how long after sending a message that X took is on its list for
	// certain.
	settled = time.Minute
)

// listed is one event of a conversation, newest first.
type listed struct {
	ID          string    `json:"id"`
	Sender      string    `json:"sender_id"`
	Text        string    `json:"text"`
	Created     time.Time `json:"created_at"`
	Attachments struct {
		Keys []string `json:"media_keys"`
	} `json:"attachments"`
}

type page struct {
	Data []listed `json:"data"`
	Meta struct {
		Next string `json:"next_token"`
	} `json:"meta"`
}

// reconcile looks for the parts of a message in the conversation. X knows no key
// of the sender's: a part is known by its time, its text and whether it has a
// file.
//
// https://docs.x.com/x-api/direct-messages/lookup/integrate
func reconcile(a channel.Account, t channel.Reconcile, done []channel.Exchange) channel.Step {
	query := url.Values{"event_types": {"MessageCreate"}, "max_results": {"100"}, "dm_event.fields": {"attachments,created_at,event_type,id,sender_id,text"}}
	var found []listed
	var wait time.Duration
	pages, tries := 0, 0
	for _, e := range done {
		var p page
		kind := outcome.Of(e)
		if kind == outcome.Refused || kind == outcome.Done && json.Unmarshal(e.Body, &p) != nil {
			return undecided(outcome.Code(e))
		}
		if kind != outcome.Done {
			tries++
			if wait = pause(e, tries); tries > outcome.MaxTries || wait > longestWait {
				return undecided(outcome.Code(e))
			}
			continue
		}
		older := false
		for _, m := range p.Data {
			if m.Created.Before(t.Sent.At.Add(-slack)) {
				older = true
			} else if m.Sender == a.ID && !slices.Contains(t.Known, m.ID) && !slices.Contains(t.Made, m.ID) {
				found = append(found, m)
			}
		}
		pages, tries, wait = pages+1, 0, 0
		if older || p.Meta.Next == "" {
			return channel.Step{Done: settle(t, found, e.At)}
		}
		if pages == maxPages {
			return undecided("")
		}
		query.Set("pagination_token", p.Meta.Next)
	}
	return channel.Step{After: wait, Call: &channel.Call{
		Method: http.MethodGet, Auth: auth(a), URL: base(a) + "/2/dm_conversations/with/" + url.PathEscape(t.Sent.To) + "/dm_events?" + query.Encode(),
	}}
}

func undecided(code string) channel.Step {
	return channel.Step{Done: &channel.Receipt{State: message.Unknown, Code: code, Reason: "X did not say whether it has the message."}}
}

// settle finds each part that is not known to have gone, oldest first, among
// messages that are nobody else's. If there is such a message with other words, X may have changed the words.
func settle(t channel.Reconcile, found []listed, at time.Time) *channel.Receipt {
	slices.Reverse(found)
	r := &channel.Receipt{State: message.Sent, PlatformIDs: slices.Clone(t.Made)}
	parts := split(t.Sent.Body)
	for _, p := range parts[min(len(t.Made), len(parts)):] {
		i := slices.IndexFunc(found, func(m listed) bool {
			return (p.file != nil) == (len(m.Attachments.Keys) > 0) && bare(m.Text) == bare(p.text)
		})
		switch {
		case i >= 0:
			r.PlatformIDs = append(r.PlatformIDs, found[i].ID)
			found = slices.Delete(found, i, i+1)
			continue
		case len(found) > 0:
			r.State, r.Reason = message.Unknown, "X has a message of the company from that time with other words. Look at the conversation on X."
		case len(r.PlatformIDs) > 0:
			r.State, r.Reason = message.Failed, "Only a part of the message went out. Send the rest again."
		case at.Sub(t.Sent.At) < settled:
			r.State, r.Reason, r.RetryAfter = message.Unknown, "X has no such message yet.", settled
		default:
			r.State, r.Reason, r.Retry = message.Failed, "X never took the message. It can be sent again.", true
		}
		return r
	}
	return r
}

var address = regexp.MustCompile(`https?://\S+`)

// bare is a text without what X changes in it: addresses become short ones, one
// for the file comes at the end, and three signs are written as HTML.
func bare(text string) string {
	return strings.TrimSpace(unescape.Replace(address.ReplaceAllString(text, "")))
}
