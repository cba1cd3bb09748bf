package whatsapp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"parley/backend/channel"
	"parley/backend/channel/internal/meta"
)

func address(a channel.Account, path ...string) string {
	out := meta.Base(a, api)
	for _, s := range path {
		out += "/" + url.PathEscape(s)
	}
	return out
}

// Next gives the next call of a task.
func (c Connector) Next(a channel.Account, t channel.Task, done []channel.Exchange, now time.Time) (channel.Step, error) {
	switch t := t.(type) {
	case channel.SendMessage:
		return send(a, c.Profile(a), t, done, now), nil
	case channel.SendTyping:
		return mark(a, t.LastInbound, &typingIndicator{"text"}, done), nil
	case channel.SendRead:
		return mark(a, t.LastInbound, nil, done), nil
	case channel.FetchMedia:
		return fetch(a, t.Media, done), nil
	case channel.ListTemplates:
		return listTemplates(a, done), nil
	case channel.FetchProfile, channel.Reconcile, channel.SendDisconnect:
		// Names come with messages. What became of a message is told by statuses,
		// which repeat our own ID; there is no list to ask for.
	}
	return channel.Step{}, channel.ErrUnsupported
}

type typingIndicator struct {
	Type string `json:"type"`
}

// mark tells that a message was read, and that an answer is being typed if typing
// is set: the one does not go without the other. It covers earlier messages too.
//
//	{"messaging_product":"whatsapp","status":"read","message_id":"wamid.IN1","typing_indicator":{"type":"text"}}
func mark(a channel.Account, messageID string, typing *typingIndicator, done []channel.Exchange) channel.Step {
	missing := ""
	if messageID == "" {
		missing = "there is no message to mark as read"
	}
	return table.Try(meta.Post(address(a, a.ID, "messages"), struct {
		Product string           `json:"messaging_product"`
		Status  string           `json:"status"`
		Message string           `json:"message_id"`
		Typing  *typingIndicator `json:"typing_indicator,omitempty"`
	}{"whatsapp", "read", messageID, typing}), missing, done)
}

// refetches is how often a file's address is asked for: it lives five minutes,
// and the answer 404 means to ask again.
const refetches = 2

// fetch asks for the file's address, then loads the file with the same token.
//
//	{"url":"https://lookaside.example/a","mime_type":"image/jpeg","sha256":"…","file_size":303833,"id":"5500660077"}
func fetch(a channel.Account, m channel.Media, done []channel.Exchange) channel.Step {
	if m.ID == "" {
		return meta.Failed("the file has no ID")
	}
	ask := meta.Get(address(a, m.ID), url.Values{"phone_number_id": {a.ID}})
	for round := 1; ; round++ {
		answer, left, step := table.Ask(ask, done)
		if answer == nil {
			return step
		}
		var found struct {
			URL    string `json:"url"`
			MIME   string `json:"mime_type"`
			SHA256 string `json:"sha256"`
		}
		if json.Unmarshal(answer.Body, &found) != nil || !meta.Secure(found.URL, meta.Base(a, api)) {
			return table.Unreadable()
		}
		promised := channel.Media{MIME: found.MIME, SHA256: digest(found.SHA256)}
		if promised.SHA256 == "" {
			promised.SHA256 = m.SHA256
		}
		if promised.MIME == "" {
			promised.MIME = m.MIME
		}
		if gone := expired(left); gone >= 0 && round < refetches {
			done = left[gone+1:]
			continue
		}
		return table.Fetch(meta.Get(found.URL, nil), promised, left)
	}
}

// expired finds the answer that says that a file's address has run out; -1 if
// there is none.
func expired(done []channel.Exchange) int {
	for i, e := range done {
		if e.Err == "" && e.Status == http.StatusNotFound {
			return i
		}
	}
	return -1
}
