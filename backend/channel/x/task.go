package x

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/outcome"
	"parley/backend/message"
)

// Next gives the next step for a task.
func (Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, _ time.Time) (channel.Step, error) {
	switch t := t.(type) {
	case channel.SendMessage:
		return send(a, t, done), nil
	case channel.SendTyping:
		if legacy(a) {
			return once(signal11(a, "indicate_typing", url.Values{"recipient_id": {t.To}}), done, nil), nil
		}
	case channel.SendRead:
		if legacy(a) {
			return once(signal11(a, "mark_read", url.Values{"recipient_id": {t.To}, "last_read_event_id": {t.LastInbound}}), done, nil), nil
		}
	case channel.FetchProfile:
		return once(channel.Call{
			Method: http.MethodGet, Auth: auth(a),
			URL: base(a) + "/2/users/" + url.PathEscape(t.Contact) + "?user.fields=name,profile_image_url,username",
		}, done, person), nil
	case channel.FetchMedia:
		return fetch(a, t, done), nil
	case channel.Reconcile:
		return reconcile(a, t, done), nil
	case channel.SendDisconnect, channel.ListTemplates:
	}
	return channel.Step{}, channel.ErrUnsupported
}

// signal11 is a call of version 1.1 that answers with nothing.
func signal11(a channel.Account, name string, form url.Values) channel.Call {
	return channel.Call{
		Method: http.MethodPost, URL: base(a) + "/1.1/direct_messages/" + name + ".json", Auth: auth(a),
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte(form.Encode()),
	}
}

// once is a task of one call that is not made again: what it is about is past by
// then, or is asked for again. read makes a receipt of the answer's body.
func once(call channel.Call, done []channel.Exchange, read func([]byte) *channel.Receipt) channel.Step {
	if len(done) == 0 {
		return channel.Step{Call: &call}
	}
	e := done[len(done)-1]
	switch outcome.Of(e) {
	case outcome.Done:
		if read != nil {
			return channel.Step{Done: read(e.Body)}
		}
		return channel.Step{Done: &channel.Receipt{State: message.Sent}}
	case outcome.Busy:
		return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: busy, Code: "429", Retry: true, RetryAfter: pause(e, 1)}}
	case outcome.Refused:
		r := refusal(e)
		r.Reason = "X refused it (HTTP " + outcome.Code(e) + ")."
		return channel.Step{Done: r}
	case outcome.Unsent, outcome.Fault, outcome.Lost:
	}
	return channel.Step{Done: &channel.Receipt{State: message.Failed, Reason: "X did not answer.", Code: outcome.Code(e), Retry: true, RetryAfter: time.Minute}}
}

const busy = "X takes no more messages of the company for the moment."

// person reads a profile.
//
//	{"data": {"id": "7700880099", "name": "Dario", "username": "dario_r", "profile_image_url": "https://…"}}
func person(body []byte) *channel.Receipt {
	var b struct {
		Data *struct {
			Name     string `json:"name"`
			Username string `json:"username"`
			Picture  string `json:"profile_image_url"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &b) != nil || b.Data == nil {
		return &channel.Receipt{State: message.Failed, Reason: "X does not know this person."}
	}
	return &channel.Receipt{State: message.Sent, Person: &channel.Person{Name: b.Data.Name, Handle: b.Data.Username, Picture: b.Data.Picture}}
}

// fetch loads a file of an inbound message. Pictures lie behind the account's
// permission, films do not; no other address gets the account's credentials.
func fetch(a channel.Account, t channel.FetchMedia, done []channel.Exchange) channel.Step {
	call := channel.Call{URL: t.Media.URL}
	u, err := url.Parse(t.Media.URL)
	own, _ := url.Parse(base(a))
	ours := err == nil && own != nil && u.Scheme == own.Scheme && u.Host == own.Host
	if ours || err == nil && u.Scheme == "https" && (u.Host == "ton.twitter.com" || u.Host == "ton.x.com") {
		call.Auth = auth(a)
		if path, is := strings.CutPrefix(u.Path, "/1.1/ton/data/dm/"); is && call.Auth.Scheme == channel.Bearer {
			call.URL = base(a) + "/2/dm_conversations/media/" + path
		}
		return outcome.Fetch(call, done, "X", credentials.trouble)
	}
	return outcome.Fetch(call, done, "X", "")
}
