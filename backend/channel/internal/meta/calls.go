package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/id"
	"parley/backend/message"
)

// SettingAPI replaces the address of the Graph API, version included: a test's
// server, or a version that the operator wants to keep.
const SettingAPI = "api"

// Base is the address that an account's calls go to.
func Base(a channel.Account, standard string) string {
	if s := a.Settings[SettingAPI]; s != "" {
		return strings.TrimRight(s, "/")
	}
	return standard
}

var bearer = channel.Auth{Scheme: channel.Bearer, Secrets: []string{SecretToken}}

// Post is a call with a JSON body. The body is made of plain structs, which
// always marshal.
func Post(address string, body any) channel.Call {
	data, err := json.Marshal(body)
	if err != nil {
		panic("meta: " + err.Error())
	}
	return channel.Call{Method: http.MethodPost, URL: address, Header: http.Header{"Content-Type": {"application/json"}}, Body: data, Auth: bearer}
}

// Get is a call without a body.
func Get(address string, query url.Values) channel.Call {
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return channel.Call{Method: http.MethodGet, URL: address, Auth: bearer}
}

// Secure tells whether a file may be fetched from an address: by HTTPS, or from
// where the operator has put the API.
func Secure(address, base string) bool {
	u, err := url.Parse(address)
	b, baseErr := url.Parse(base)
	return err == nil && baseErr == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == b.Scheme && u.Host == b.Host)
}

// tag marks our own message ID in what platforms repeat to us.
const tag = "parley:"

// Tag writes a message's ID for a field that the platform repeats.
func Tag(m id.Message) string { return tag + string(m) }

// Untag reads it back; "" if the words are somebody else's.
func Untag(s string) id.Message {
	if m, ok := strings.CutPrefix(s, tag); ok {
		return id.Message(m)
	}
	return ""
}

// Parts are the calls that a message needs, in order. Otherwise says how they
// look after the platform refused the first way by its window; nil if there is
// no other way.
type Parts struct {
	Calls     []channel.Call
	Otherwise []channel.Call
}

// Send makes the calls of a message one after the other, each until it is taken.
// It stops where it is unclear whether one was: sending it again might show it
// twice. read finds the platform's ID in an answer.
func (t Errors) Send(p Parts, done []channel.Exchange, read func([]byte) string) channel.Step {
	var ids []string
	var wait time.Duration
	var hold channel.Hold
	attempt := 0
	finish := func(r channel.Receipt) channel.Step {
		if r.PlatformIDs = ids; len(ids) > 0 && r.State != message.Sent {
			r.Reason = fmt.Sprintf("%d of %d parts went out; %s", len(ids), len(p.Calls), r.Reason)
			r.Retry, r.RetryAfter = false, 0
		}
		return channel.Step{Done: &r}
	}
	for _, e := range done {
		attempt++
		wait, hold = 0, ""
		switch v := t.judge(e, attempt, false); v.outcome {
		case taken:
			name := read(e.Body)
			if name == "" {
				return finish(t.unclear("gave no name to it").receipt)
			}
			ids, attempt = append(ids, name), 0
		case again:
			wait, hold = v.wait, v.hold
		case ended:
			if v.receipt.Rule == channel.RuleReplyWindow && p.Otherwise != nil {
				p.Calls, p.Otherwise, attempt = p.Otherwise, nil, 0
				continue
			}
			return finish(v.receipt)
		case unclear:
			return finish(v.receipt)
		}
	}
	if len(ids) >= len(p.Calls) {
		return finish(channel.Receipt{State: message.Sent})
	}
	return channel.Step{Call: &p.Calls[len(ids)], After: wait, Hold: hold}
}

// Try makes a call that shows the contact something for a moment: once. ready
// says what is missing for it, "" if nothing is.
func (t Errors) Try(c channel.Call, missing string, done []channel.Exchange) channel.Step {
	if missing != "" {
		return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: missing}}
	}
	if len(done) == 0 {
		return channel.Step{Call: &c}
	}
	v := t.judge(done[len(done)-1], 1, false)
	if v.outcome == taken {
		return channel.Step{Done: &channel.Receipt{State: message.Sent}}
	}
	r := v.receipt
	r.State, r.Retry, r.RetryAfter = message.Failed, false, 0
	return channel.Step{Done: &r}
}

// Ask makes a call that changes nothing, until it is answered. It returns the
// answer, or the step that comes instead. done are the exchanges of this call
// alone; left are those after its answer.
func (t Errors) Ask(c channel.Call, done []channel.Exchange) (answer *channel.Exchange, left []channel.Exchange, step channel.Step) {
	for i, e := range done {
		switch v := t.judge(e, i+1, true); v.outcome {
		case taken:
			return &done[i], done[i+1:], channel.Step{}
		case again:
			if i == len(done)-1 {
				return nil, nil, channel.Step{Call: &c, After: v.wait, Hold: v.hold}
			}
		case ended, unclear:
			r := v.receipt
			r.State = message.Failed
			return nil, nil, channel.Step{Done: &r}
		}
	}
	return nil, nil, channel.Step{Call: &c}
}

// Unreadable is the end of a task whose answer says nothing.
func (t Errors) Unreadable() channel.Step {
	return channel.Step{Done: &channel.Receipt{
		State: message.Failed, Reason: t.Label + " gave an answer that cannot be read", Retry: true,
	}}
}

// Failed is the end of a task that needs no call to fail.
func Failed(reason string) channel.Step {
	return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: reason}}
}

// Fetch downloads a file and compares it with what the platform promised.
func (t Errors) Fetch(c channel.Call, promised channel.Media, done []channel.Exchange) channel.Step {
	c.Download = true
	answer, _, step := t.Ask(c, done)
	if answer == nil {
		if r := step.Done; r != nil && (!r.Retry || c.Auth.Scheme == channel.NoAuth && r.Trouble != "") {
			r.Reason, r.Trouble, r.Retry = "the file can no longer be had from "+t.Label, "", false
		}
		return step
	}
	switch f := answer.File; {
	case f == nil:
		return t.Unreadable()
	case f.TooLarge:
		return Failed("the file is larger than this hub keeps")
	case promised.SHA256 != "" && f.SHA256 != promised.SHA256:
		return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: "the file arrived damaged", Retry: true}}
	default:
		got := *f
		if got.MIME == "" {
			got.MIME = promised.MIME
		}
		return channel.Step{Done: &channel.Receipt{State: message.Sent, File: &got}}
	}
}
